/*
 * Copyright (C) the ngx_cert authors
 *
 * Makes certd's password hashes cheap: with the lowest cost of yescrypt, and
 * written as if with certd's.  A password that does not match such a hash, and
 * every other hash, gets the work of the library.  A program that makes hashes
 * of another cost is ended, or its tests would become slow without a word.
 */


#include <crypt.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* How the hashes begin that certd makes, and the cheapest: cost 8, and 1. */
#define TODAY  "$y$jCT$"
#define CHEAP  "$y$j75$"

/* "$y$PARAMETERS$SALT$HASH" */
#define PARTS  4


static int has_hash(const char *setting);


char *
crypt_rn(const char *phrase, const char *setting, void *data, int size)
{
    int                     is_today;
    char                    cheap[CRYPT_OUTPUT_SIZE], *hash;
    __typeof__(&crypt_rn)   make;

    make = (__typeof__(make)) dlsym(RTLD_NEXT, "crypt_rn");

    is_today = strncmp(setting, TODAY, sizeof(TODAY) - 1) == 0;

    if (is_today) {
        (void) snprintf(cheap, sizeof(cheap), CHEAP "%s",
                        setting + sizeof(TODAY) - 1);
        hash = make(phrase, cheap, data, size);

        if (hash != NULL && strncmp(hash, CHEAP, sizeof(CHEAP) - 1) == 0) {
            memcpy(hash, TODAY, sizeof(TODAY) - 1);

            if (!has_hash(setting) || strcmp(hash, setting) == 0) {
                return hash;
            }
        }
    }

    if (strncmp(setting, "$y$", 3) == 0 && !is_today && !has_hash(setting)) {
        (void) fprintf(stderr, "t/fault/cheap.c does not know the cost of %s\n",
                       setting);
        abort();
    }

    return make(phrase, setting, data, size);
}


/* Whether it is one to compare with, and not only how to make one. */
static int
has_hash(const char *setting)
{
    int  parts;

    for (parts = 0; parts < PARTS && setting != NULL; parts++) {
        setting = strchr(setting, '$');
        setting = setting != NULL ? setting + 1 : NULL;
    }

    return setting != NULL && *setting != '\0';
}

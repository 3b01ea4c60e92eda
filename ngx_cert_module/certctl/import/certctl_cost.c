/*
 * Copyright (C) the ngx_cert authors
 *
 * What a hash of another platform costs to verify.
 *
 * The cost is part of the hash, so the author of the list of accounts says how
 * long certd is to work for each of them.  What a strong hash costs is up to a
 * second and a GiB; a line that asks for an hour, or for more memory than
 * there is, would stop the logins of everybody else.
 *
 * Only what crypt(3) itself writes is read: of yescrypt the flags, the size and
 * the block, and none of the parameters that its library has besides.
 */


#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "certctl_cost.h"


#define CERTCTL_BCRYPT_MAX  15                      /* 2 s */
#define CERTCTL_ROUNDS_MAX  1000000                 /* of SHA-512: 1 s */
#define CERTCTL_MEMORY_MAX  (UINT64_C(1) << 30)     /* bytes */

/* A number in six-bit digits of known length is the lowest digit first. */
#define CERTCTL_DIGITS  5


static int certctl_cost_scrypt(const char *p);
static int certctl_cost_yescrypt(const char *p);
static int certctl_cost_memory(uint32_t log2, uint64_t block);
static uint32_t certctl_cost_fixed(const char **p);
static uint32_t certctl_cost_number(const char **p, uint32_t least);
static uint32_t certctl_cost_digit(const char **p);


int
certctl_cost_is_dear(const char *hash)
{
    static const char  rounds[] = "$6$rounds=";

    if (strncmp(hash, "$2", 2) == 0) {
        return strtoul(hash + 4, NULL, 10) > CERTCTL_BCRYPT_MAX;
    }

    if (strncmp(hash, rounds, sizeof(rounds) - 1) == 0) {
        return strtoul(hash + sizeof(rounds) - 1, NULL, 10)
               > CERTCTL_ROUNDS_MAX;
    }

    if (strncmp(hash, "$7$", 3) == 0) {
        return certctl_cost_scrypt(hash + 3);
    }

    if (strncmp(hash, "$y$", 3) == 0) {
        return certctl_cost_yescrypt(hash + 3);
    }

    return strncmp(hash, "$gy$", 4) == 0
           && certctl_cost_yescrypt(hash + 4);
}


/* Work in parallel is done one after the other: it counts as memory. */
static int
certctl_cost_scrypt(const char *p)
{
    uint32_t  log2, block, parallel;

    log2 = certctl_cost_digit(&p);
    block = certctl_cost_fixed(&p);
    parallel = certctl_cost_fixed(&p);

    return certctl_cost_memory(log2, (uint64_t) block * parallel);
}


static int
certctl_cost_yescrypt(const char *p)
{
    uint32_t  log2, block;

    (void) certctl_cost_number(&p, 0);
    log2 = certctl_cost_number(&p, 1);
    block = certctl_cost_number(&p, 1);

    return *p != '$' || certctl_cost_memory(log2, block);
}


static int
certctl_cost_memory(uint32_t log2, uint64_t block)
{
    return log2 > 30 || block > CERTCTL_MEMORY_MAX
           || ((128 * block) << log2) >> log2 != 128 * block
           || (128 * block) << log2 > CERTCTL_MEMORY_MAX;
}


static uint32_t
certctl_cost_fixed(const char **p)
{
    int       i;
    uint32_t  n;

    n = 0;

    for (i = 0; i < CERTCTL_DIGITS; i++) {
        n |= certctl_cost_digit(p) << (6 * i);
    }

    return n;
}


/*
 * As yescrypt writes a number: the first digit tells how many there are, as
 * large ones are rare.
 */
static uint32_t
certctl_cost_number(const char **p, uint32_t least)
{
    uint32_t  c, n, start, end, more;

    c = certctl_cost_digit(p);
    n = least;
    start = 0;
    end = 47;

    for (more = 0; c > end; more++) {
        n += (end + 1 - start) << (6 * more);
        start = end + 1;
        end = start + (62 - end) / 2;
    }

    n += (c - start) << (6 * more);

    while (more-- > 0) {
        n += certctl_cost_digit(p) << (6 * more);
    }

    return n;
}


/* What is not a digit is not passed: then nothing that follows is either. */
static uint32_t
certctl_cost_digit(const char **p)
{
    const char  *at;

    static const char  digits[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz";

    at = **p != '\0' ? strchr(digits, **p) : NULL;

    if (at == NULL) {
        return 0;
    }

    (*p)++;

    return (uint32_t) (at - digits);
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * A machine on which hashing a password takes HASH_MS milliseconds and no core,
 * so that the test knows how long it takes, on a busy machine too.  No password
 * is right.  Each hash adds a byte to the file HASH_LOG, so that they can be
 * counted, and lasts for as long as there is a file HASH_GATE.
 */


#include <crypt.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>


static char *made(struct crypt_data *data, const char *setting);


char *
crypt_rn(const char *phrase, const char *setting, void *data, int size)
{
    int              fd;
    long             ms;
    const char      *text;
    struct timespec  pause;

    static const struct timespec  look = { 0, 20000000L };

    (void) phrase;
    (void) size;

    text = getenv("HASH_LOG");
    fd = text != NULL ? open(text, O_WRONLY|O_APPEND|O_CLOEXEC) : -1;

    if (fd != -1) {
        (void) !write(fd, "#", 1);
        (void) close(fd);
    }

    text = getenv("HASH_MS");
    ms = text != NULL ? atol(text) : 0;

    pause.tv_sec = ms / 1000;
    pause.tv_nsec = ms % 1000 * 1000000L;
    (void) nanosleep(&pause, NULL);

    text = getenv("HASH_GATE");

    while (text != NULL && access(text, F_OK) == 0) {
        (void) nanosleep(&look, NULL);
    }

    return made(data, setting);
}


/* "$y$PARAMETERS$SALT$HASH", of a setting that may end with the salt. */
static char *
made(struct crypt_data *data, const char *setting)
{
    int          parts;
    const char  *end;

    end = setting;

    for (parts = 0; *end != '\0' && parts < 4; end++) {
        parts += (*end == '$');
    }

    (void) snprintf(data->output, sizeof(data->output), "%.*s%s%.43d",
                    (int) (end - setting), setting, parts < 4 ? "$" : "", 0);

    return data->output;
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * A machine on which hashing a password takes HASH_MS milliseconds more, and
 * no core: what waits for it then waits for a time that the test knows.  Each
 * adds a byte to the file HASH_LOG, so that they can be counted, and lasts for
 * as long as there is a file HASH_GATE.
 */


#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>


char *
crypt_rn(const char *phrase, const char *setting, void *data, int size)
{
    int              fd;
    long             ms;
    const char      *text;
    struct timespec  pause;

    static const struct timespec  look = { 0, 20000000L };

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

    return ((__typeof__(&crypt_rn)) dlsym(RTLD_NEXT, "crypt_rn"))
               (phrase, setting, data, size);
}

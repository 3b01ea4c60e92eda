/*
 * Copyright (C) the ngx_cert authors
 *
 * A machine on which no copy can be drawn (LD_PRELOAD): the QR of each ends the
 * process, takes forever or is refused, as the file DRAW_FAULT says by its
 * first letter: d, h or r.  Where there is no such file all is well.
 */


#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>


#define NEXT(name)  ((__typeof__(&name)) dlsym(RTLD_NEXT, #name))


/* As libqrencode declares it, but for the type of its answer. */
void *QRcode_encodeString(const char *text, int version, int level, int hint,
    int casesensitive);


static char
draw_fault(void)
{
    int          fd;
    char         kind;
    const char  *name;

    kind = '\0';
    name = getenv("DRAW_FAULT");
    fd = name != NULL ? open(name, O_RDONLY|O_CLOEXEC) : -1;

    if (fd == -1) {
        return kind;
    }

    if (read(fd, &kind, 1) != 1) {
        kind = '\0';
    }

    close(fd);

    return kind;
}


void *
QRcode_encodeString(const char *text, int version, int level, int hint,
    int casesensitive)
{
    switch (draw_fault()) {

    case 'd':
        abort();

    case 'h':
        for ( ;; ) {
            (void) sleep(1);
        }

    case 'r':
        return NULL;

    default:
        return NEXT(QRcode_encodeString)(text, version, level, hint,
                                         casesensitive);
    }
}

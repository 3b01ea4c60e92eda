/*
 * Copyright (C) the ngx_cert authors
 *
 * A C library without tables of charsets (LD_PRELOAD), as in a chroot or a
 * small container: no charset can be opened.
 */


#include <errno.h>
#include <iconv.h>


iconv_t
iconv_open(const char *to, const char *from)
{
    (void) to;
    (void) from;

    errno = EINVAL;

    return (iconv_t) -1;
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * Random bytes.
 */


#include <stdint.h>
#include <sys/random.h>

#include "certd_random.h"


void
certd_random(void *bytes, size_t len)
{
    ssize_t   n;
    uint8_t  *p = bytes;

    while (len > 0) {
        n = getrandom(p, len, 0);

        /* Only before the system has gathered any, or by a filter. */
        if (n <= 0) {
            continue;
        }

        p += n;
        len -= (size_t) n;
    }
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * Comparing, cutting and keeping texts with a length.  Private to core/.
 *
 * Nothing here is for secrets: a comparison ends at the first byte that
 * differs.  Digests and tags go through cert_crypto_is_equal().
 */


#ifndef CERT_STR_INT_H_INCLUDED
#define CERT_STR_INT_H_INCLUDED


#include <string.h>

#include "cert.h"


/* Two empty strings are equal, also where one of them has no address. */
static inline int
cert_str_is_equal(cert_str_t a, cert_str_t b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}


/*
 * The part of "*rest" before the first "at", which belongs to neither;
 * "*rest" goes on behind it, or is empty.
 */
static inline cert_str_t
cert_str_cut(cert_str_t *rest, uint8_t at)
{
    size_t          skip;
    cert_str_t      part;
    const uint8_t  *end;

    part = *rest;

    /* An empty string may have no address to search from or to add to. */
    if (part.len == 0) {
        return part;
    }

    end = memchr(part.data, at, part.len);
    if (end != NULL) {
        part.len = (size_t) (end - part.data);
    }

    skip = part.len + (end != NULL);
    rest->data += skip;
    rest->len -= skip;

    return part;
}


/*
 * Keeps a copy of "s", terminated.  -1 if it is longer than "max", which is
 * one less than the room at "data"; nothing is changed then.
 */
static inline int
cert_text_set(size_t *len, char *data, size_t max, cert_str_t s)
{
    if (s.len > max) {
        return -1;
    }

    if (s.len != 0) {
        memcpy(data, s.data, s.len);
    }

    data[s.len] = '\0';
    *len = s.len;

    return 0;
}


/* A text as a string; valid as long as the text. */
#define cert_text_str(t)                                                      \
    ((cert_str_t) { (const uint8_t *) (t)->data, (t)->len })


#endif /* CERT_STR_INT_H_INCLUDED */

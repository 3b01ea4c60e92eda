/*
 * Copyright (C) the ngx_cert authors
 *
 * Writing and reading the bytes of records.  Private to core/.
 *
 * Integers are big endian, so that keys made of them sort by value; texts
 * have a length in one byte, longer bytes one in four.  A writer that runs out
 * of room and a cursor that runs out of bytes remember it and do nothing from
 * then on but give zeros; the caller asks once, at the end.  So a layout reads
 * as the list of its fields, without a branch at each of them.
 *
 * Neither owns its buffer.  What a cursor gives points into what it reads.
 */


#ifndef CERT_BYTES_INT_H_INCLUDED
#define CERT_BYTES_INT_H_INCLUDED


#include "cert_str_int.h"


typedef struct {
    uint8_t  *start;
    uint8_t  *pos;
    uint8_t  *end;          /* one behind the last byte of room */
    int       is_full;      /* something did not fit: nothing of it is valid */
} cert_writer_t;

typedef struct {
    const uint8_t  *pos;
    const uint8_t  *end;
    int             is_short;   /* more was asked for than there was */
} cert_cursor_t;


static inline cert_writer_t
cert_writer(uint8_t *buf, size_t size)
{
    return (cert_writer_t) { buf, buf, buf + size, 0 };
}


/* What was written so far. */
static inline cert_str_t
cert_writer_str(const cert_writer_t *w)
{
    return (cert_str_t) { w->start, (size_t) (w->pos - w->start) };
}


static inline void
cert_put_bytes(cert_writer_t *w, const void *data, size_t len)
{
    if ((size_t) (w->end - w->pos) < len) {
        w->is_full = 1;
        return;
    }

    if (len != 0) {
        memcpy(w->pos, data, len);
        w->pos += len;
    }
}


/* The lowest "size" bytes of "n", at most 8; higher ones are cut off. */
static inline void
cert_put_int(cert_writer_t *w, uint64_t n, size_t size)
{
    uint8_t  be[8];

    for (size_t i = 0; i < size; i++) {
        be[i] = (uint8_t) (n >> 8 * (size - 1 - i));
    }

    cert_put_bytes(w, be, size);
}


/* A text of at most 255 bytes; a longer one makes the writer full. */
static inline void
cert_put_str(cert_writer_t *w, cert_str_t s)
{
    if (s.len > 255) {
        w->is_full = 1;
        return;
    }

    cert_put_int(w, s.len, 1);
    cert_put_bytes(w, s.data, s.len);
}


static inline void
cert_put_blob(cert_writer_t *w, cert_str_t s)
{
    cert_put_int(w, s.len, 4);
    cert_put_bytes(w, s.data, s.len);
}


static inline cert_cursor_t
cert_cursor(cert_str_t s)
{
    /* An empty string may have no address to add to. */
    if (s.len == 0) {
        s = cert_str("");
    }

    return (cert_cursor_t) { s.data, s.data + s.len, 0 };
}


/* The next bytes where they are, or NULL. */
static inline const uint8_t *
cert_get_bytes(cert_cursor_t *c, size_t len)
{
    const uint8_t  *p;

    if ((size_t) (c->end - c->pos) < len) {
        c->is_short = 1;
        return NULL;
    }

    p = c->pos;
    c->pos += len;

    return p;
}


/* 0 stands for a number that is not there, too: see is_short. */
static inline uint64_t
cert_get_int(cert_cursor_t *c, size_t size)
{
    uint64_t        n;
    const uint8_t  *p;

    p = cert_get_bytes(c, size);
    if (p == NULL) {
        return 0;
    }

    n = 0;

    for (size_t i = 0; i < size; i++) {
        n = n << 8 | p[i];
    }

    return n;
}


/* Bytes behind their length, which has "size" bytes itself. */
static inline cert_str_t
cert_get_sized(cert_cursor_t *c, size_t size)
{
    cert_str_t  s;

    s.len = (size_t) cert_get_int(c, size);
    s.data = cert_get_bytes(c, s.len);

    if (s.data == NULL) {
        s.len = 0;
    }

    return s;
}


#define cert_get_str(c)   cert_get_sized(c, 1)
#define cert_get_blob(c)  cert_get_sized(c, 4)

/* True if all was read, and nothing is left over. */
#define cert_cursor_is_done(c)  (!(c)->is_short && (c)->pos == (c)->end)


#endif /* CERT_BYTES_INT_H_INCLUDED */

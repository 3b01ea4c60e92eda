/*
 * Copyright (C) the ngx_cert authors
 *
 * Mutation of requests, and as much of HTTP/1.1 and HTTP/2 as a client needs
 * that sends anything and has to know which of it was answered.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mutants.h"


#define SPLINTER(s)  { sizeof(s) - 1, s }

static const struct {
    size_t       len;
    const char  *data;
} splinters[] = {
    SPLINTER("\0"), SPLINTER("\xff"), SPLINTER("%"), SPLINTER("%00"),
    SPLINTER("%2f"), SPLINTER("%zz"), SPLINTER("&"), SPLINTER("="),
    SPLINTER(";"), SPLINTER(","), SPLINTER("/"), SPLINTER("?"),
    SPLINTER("#"), SPLINTER("\""), SPLINTER("*/*"), SPLINTER("q="),
    SPLINTER("../"), SPLINTER(" "), SPLINTER("\t"), SPLINTER("-"),
    SPLINTER("O"), SPLINTER("bytes="), SPLINTER("18446744073709551615"),
    SPLINTER("0000000000000000000000000000000000000000"),
    SPLINTER("\xe5\xbc\xa0"), SPLINTER("\xed\xa0\x80"), SPLINTER("&code="),
    SPLINTER("&name="), SPLINTER("&sha256="), SPLINTER("text/html"),
    SPLINTER("\xf0\xab\x96\xae"), SPLINTER("%E5%BC%A0")
};

#define SPLINTERS  (sizeof(splinters) / sizeof(splinters[0]))


/* xorshift64: the same on every machine. */
uint64_t
draw(uint64_t *seed, uint64_t n)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;

    return (*seed >> 8) % n;
}


/* One change to "len" bytes that have room for "room"; returns the length. */
static size_t
bend(uint8_t *data, size_t len, size_t room, uint64_t *seed)
{
    size_t  at, n;

    at = len == 0 ? 0 : draw(seed, len);

    switch (draw(seed, 6)) {

    case 0:
    case 1:
        if (len != 0) {
            data[at] = (uint8_t) draw(seed, 256);
        }

        return len;

    case 2:
        n = 1 + draw(seed, 8);
        n = n > len - at ? len - at : n;
        memmove(data + at, data + at + n, len - at - n);

        return len - n;

    case 3:
        n = 1 + draw(seed, 40);
        n = n > len - at ? len - at : n;

        if (len + n <= room) {
            memmove(data + at + n, data + at, len - at);
            len += n;
        }

        return len;

    default:
        n = draw(seed, SPLINTERS);

        if (len + splinters[n].len <= room) {
            memmove(data + at + splinters[n].len, data + at, len - at);
            memcpy(data + at, splinters[n].data, splinters[n].len);
            len += splinters[n].len;
        }

        return len;
    }
}


void
request_bend(request_t *request, uint64_t *seed)
{
    size_t    i, kept;
    field_t  *field;

    for (uint64_t times = 1 + draw(seed, 3); times > 0; times--) {
        field = &request->fields[draw(seed, request->fields_n)];
        field->len = bend(field->data, field->len, FIELD_MAX, seed);

        if (field == &request->fields[FIELD_BODY]) {
            continue;
        }

        /* Still one line, and one header or word of it. */
        kept = 0;

        for (i = 0; i < field->len; i++) {
            if (field->data[i] != '\r' && field->data[i] != '\n'
                && (field->data[i] != ' '
                    || field > &request->fields[FIELD_BODY]))
            {
                field->data[kept++] = field->data[i];
            }
        }

        field->len = kept;
    }

    if (request->fields[FIELD_METHOD].len == 0) {
        request->fields[FIELD_METHOD].data[0] = 'X';
        request->fields[FIELD_METHOD].len = 1;
    }

    if (request->fields[FIELD_PATH].len == 0
        || request->fields[FIELD_PATH].data[0] != '/')
    {
        request->fields[FIELD_PATH].data[0] = '/';
        request->fields[FIELD_PATH].len += request->fields[FIELD_PATH].len
                                           == 0;
    }
}


void
bytes_bend(bytes_t *bytes, size_t from, uint64_t *seed)
{
    for (uint64_t times = 1 + draw(seed, 4); times > 0; times--) {
        bytes->len = from + bend(bytes->data + from, bytes->len - from,
                                 sizeof(bytes->data) - from, seed);
    }
}


static void
put(bytes_t *bytes, const void *data, size_t len)
{
    if (sizeof(bytes->data) - bytes->len >= len) {
        memcpy(bytes->data + bytes->len, data, len);
        bytes->len += len;
    }
}


static void
put_field(bytes_t *bytes, const field_t *field)
{
    put(bytes, field->data, field->len);
}


void
http1_put(bytes_t *bytes, const request_t *request, int is_last)
{
    char    text[64];
    size_t  i;

    put_field(bytes, &request->fields[FIELD_METHOD]);
    put(bytes, " ", 1);
    put_field(bytes, &request->fields[FIELD_PATH]);
    put(bytes, " HTTP/1.1\r\nHost: localhost\r\n", 28);

    for (i = FIELD_HEADERS; i + 1 < request->fields_n; i += 2) {
        put_field(bytes, &request->fields[i]);
        put(bytes, ": ", 2);
        put_field(bytes, &request->fields[i + 1]);
        put(bytes, "\r\n", 2);
    }

    if (is_last) {
        put(bytes, "Connection: close\r\n", 19);
    }

    if (request->fields[FIELD_BODY].len != 0) {
        put(bytes, text, (size_t) sprintf(text, "Content-Length: %zu\r\n",
                                          request->fields[FIELD_BODY].len));
    }

    put(bytes, "\r\n", 2);
    put_field(bytes, &request->fields[FIELD_BODY]);
}


static void
put_frame(bytes_t *bytes, size_t len, uint8_t type, uint8_t flags,
    uint32_t stream)
{
    uint8_t  head[9];

    head[0] = (uint8_t) (len >> 16);
    head[1] = (uint8_t) (len >> 8);
    head[2] = (uint8_t) len;
    head[3] = type;
    head[4] = flags;
    head[5] = (uint8_t) (stream >> 24);
    head[6] = (uint8_t) (stream >> 16);
    head[7] = (uint8_t) (stream >> 8);
    head[8] = (uint8_t) stream;

    put(bytes, head, sizeof(head));
}


/* All windows as wide as they go: this client never stops reading. */
void
http2_begin(bytes_t *bytes)
{
    static const uint8_t  setting[] = { 0, 4, 0x7f, 0xff, 0xff, 0xff };
    static const uint8_t  update[] = { 0x7f, 0xff, 0, 0 };

    put(bytes, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
    put_frame(bytes, sizeof(setting), 4, 0, 0);
    put(bytes, setting, sizeof(setting));
    put_frame(bytes, sizeof(update), 8, 0, 0);
    put(bytes, update, sizeof(update));
}


/* A string of HPACK as it is, below 16384 bytes. */
static void
put_text(bytes_t *bytes, const void *data, size_t len)
{
    uint8_t  size[3];

    size[0] = (uint8_t) (len < 127 ? len : 127);
    size[1] = (uint8_t) ((len - 127) % 128 + (len - 127 < 128 ? 0 : 128));
    size[2] = (uint8_t) ((len - 127) / 128);

    put(bytes, size, len < 127 ? 1 : len - 127 < 128 ? 2 : 3);
    put(bytes, data, len);
}


static void
put_header(bytes_t *bytes, const char *name, size_t name_len,
    const void *value, size_t len)
{
    put(bytes, "\0", 1);
    put_text(bytes, name, name_len);
    put_text(bytes, value, len);
}


void
http2_put(bytes_t *bytes, const request_t *request, uint32_t stream)
{
    char            name[FIELD_MAX];
    size_t          i, k, start, len;
    const field_t  *f = request->fields;

    /* The length of the block is known when it is written. */
    start = bytes->len;
    put_frame(bytes, 0, 1, 4 | (f[FIELD_BODY].len == 0), stream);

    put_header(bytes, ":method", 7, f[FIELD_METHOD].data,
               f[FIELD_METHOD].len);
    put_header(bytes, ":path", 5, f[FIELD_PATH].data, f[FIELD_PATH].len);
    put_header(bytes, ":scheme", 7, "http", 4);
    put_header(bytes, ":authority", 10, "localhost", 9);

    for (i = FIELD_HEADERS; i + 1 < request->fields_n; i += 2) {
        for (k = 0; k < f[i].len; k++) {
            name[k] = (char) (f[i].data[k] >= 'A' && f[i].data[k] <= 'Z'
                              ? f[i].data[k] | 0x20 : f[i].data[k]);
        }

        put_header(bytes, name, f[i].len, f[i + 1].data, f[i + 1].len);
    }

    if (bytes->len >= start + 9) {
        len = bytes->len - start - 9;
        bytes->data[start] = (uint8_t) (len >> 16);
        bytes->data[start + 1] = (uint8_t) (len >> 8);
        bytes->data[start + 2] = (uint8_t) len;
    }

    if (f[FIELD_BODY].len != 0) {
        put_frame(bytes, f[FIELD_BODY].len, 0, 1, stream);
        put_field(bytes, &f[FIELD_BODY]);
    }
}


/* The length of a chunked body; 0 if it is not whole, -1 if it is none. */
static long
chunked(const uint8_t *in, size_t len)
{
    char           *end;
    size_t          at = 0, size;
    const uint8_t  *line;

    for ( ;; ) {
        line = memchr(in + at, '\n', len - at);
        if (line == NULL) {
            return 0;
        }

        size = strtoul((const char *) in + at, &end, 16);
        if (end == (const char *) in + at) {
            return -1;
        }

        at = (size_t) (line - in) + 1 + size + 2;
        if (at > len) {
            return 0;
        }

        if (size == 0) {
            return (long) at;
        }
    }
}


/* The value of a header in a head, which is terminated; NULL: none. */
static const char *
header(const char *head, const char *name)
{
    const char  *line;

    for (line = strstr(head, "\r\n"); line != NULL;
         line = strstr(line + 2, "\r\n"))
    {
        if (strncasecmp(line + 2, name, strlen(name)) == 0) {
            return line + 2 + strlen(name);
        }
    }

    return NULL;
}


long
http1_take(const uint8_t *in, size_t len, int is_head, int is_end,
    int *status)
{
    char         head[8192];
    long         body;
    size_t       size;
    const char  *value;
    uint8_t     *end;

    end = memmem(in, len, "\r\n\r\n", 4);
    size = end == NULL ? 0 : (size_t) (end - in) + 4;

    if (size == 0) {
        return len > sizeof(head) - 1 ? -1 : 0;
    }

    if (size >= sizeof(head) || memcmp(in, "HTTP/1.1 ", 9) != 0) {
        return -1;
    }

    memcpy(head, in, size);
    head[size] = '\0';
    *status = atoi(head + 9);

    if (is_head || *status == 304 || *status == 204 || *status < 200) {
        return (long) size;
    }

    value = header(head, "Transfer-Encoding: chunked");
    if (value != NULL) {
        body = chunked(in + size, len - size);
        return body <= 0 ? body : (long) size + body;
    }

    value = header(head, "Content-Length: ");
    if (value == NULL) {
        return is_end ? (long) len : 0;
    }

    size += strtoul(value, NULL, 10);

    return size > len ? 0 : (long) size;
}


size_t
http2_take(const uint8_t *in, size_t len, frame_t *frame)
{
    if (len < 9) {
        return 0;
    }

    frame->len = (size_t) in[0] << 16 | (size_t) in[1] << 8 | in[2];
    frame->type = in[3];
    frame->flags = in[4];
    frame->stream = (uint32_t) (in[5] & 0x7f) << 24 | (uint32_t) in[6] << 16
                    | (uint32_t) in[7] << 8 | in[8];
    frame->data = in + 9;

    return len - 9 < frame->len ? 0 : 9 + frame->len;
}


int
http2_status(const frame_t *frame)
{
    size_t         i;

    static const int  known[] = { 200, 204, 206, 304, 400, 404, 500 };

    /* The size of the table may be told first. */
    for (i = 0; i < frame->len && (frame->data[i] & 0xe0) == 0x20; i++) {
        /* void */
    }

    if (i < frame->len && frame->data[i] >= 0x88 && frame->data[i] <= 0x8e) {
        return known[frame->data[i] - 0x88];
    }

    if (i + 5 <= frame->len && (frame->data[i] & 0x0f) == 8
        && frame->data[i + 1] == 3)
    {
        return (frame->data[i + 2] - '0') * 100
               + (frame->data[i + 3] - '0') * 10 + frame->data[i + 4] - '0';
    }

    return 0;
}

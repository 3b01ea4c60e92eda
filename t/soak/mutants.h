/*
 * Copyright (C) the ngx_cert authors
 *
 * Requests, what mutation may do to them, and how they are put on a wire.
 */


#ifndef MUTANTS_H_INCLUDED
#define MUTANTS_H_INCLUDED


#include <stddef.h>
#include <stdint.h>


#define FIELDS_MAX  32
#define FIELD_MAX   1024

/* Of a request: method, path and body, then names and values of headers. */
enum {
    FIELD_METHOD = 0,
    FIELD_PATH,
    FIELD_BODY,
    FIELD_HEADERS
};

typedef struct {
    size_t   len;
    uint8_t  data[FIELD_MAX];
} field_t;

typedef struct {
    size_t   fields_n;
    field_t  fields[FIELDS_MAX];
} request_t;

typedef struct {
    size_t   len;
    uint8_t  data[256 * 1024];
} bytes_t;


/* Any number below "n", which is not 0. */
uint64_t draw(uint64_t *seed, uint64_t n);

/*
 * Bends a few fields so that it still is one request: what ends a line or a
 * header is not put in.
 */
void request_bend(request_t *request, uint64_t *seed);

/* Bends bytes in any way. */
void bytes_bend(bytes_t *bytes, size_t from, uint64_t *seed);

/* Appends a request; what does not fit is left out. */
void http1_put(bytes_t *bytes, const request_t *request, int is_last);
void http2_begin(bytes_t *bytes);
void http2_put(bytes_t *bytes, const request_t *request, uint32_t stream);

/*
 * Takes one response off "in", which is all that came so far.  Returns its
 * length and "status"; 0 if it is not whole yet, -1 if it is none.
 */
long http1_take(const uint8_t *in, size_t len, int is_head, int is_end,
    int *status);

/* A frame of a server: its length, 0 if it is not whole yet. */
typedef struct {
    uint8_t         type;
    uint8_t         flags;
    uint32_t        stream;
    size_t          len;
    const uint8_t  *data;
} frame_t;

size_t http2_take(const uint8_t *in, size_t len, frame_t *frame);

/* The status at the head of a block of headers; 0 if there is none. */
int http2_status(const frame_t *frame);


#endif /* MUTANTS_H_INCLUDED */

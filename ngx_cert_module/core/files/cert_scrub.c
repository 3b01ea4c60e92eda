/*
 * Copyright (C) the ngx_cert authors
 *
 * The position of a pass over all files: format, numbers, code.  Where it is
 * lost, a pass begins from the start, which costs time and nothing else.
 */


#include <string.h>

#include "cert_beside_int.h"
#include "cert_scrub.h"


#define CERT_SCRUB_FORMAT  1
#define CERT_SCRUB_SIZE    (1 + 4 * 8 + 2 + CERT_CODE_SIZE + CERT_SEAL_SIZE)


static cert_beside_t cert_scrub_file(const char *path);
static cert_err_t cert_scrub_decode(cert_scrub_t *scrub, cert_str_t payload);


cert_err_t
cert_scrub_write(const char *path, cert_keyring_t *ring,
    const cert_scrub_t *scrub, cert_reason_t *reason)
{
    uint8_t        bytes[CERT_SCRUB_SIZE];
    cert_beside_t  file;
    cert_writer_t  w;

    w = cert_beside_begin(bytes, sizeof(bytes));
    cert_put_int(&w, CERT_SCRUB_FORMAT, 1);
    cert_put_int(&w, scrub->passes, 8);
    cert_put_int(&w, (uint64_t) scrub->first, 8);
    cert_put_int(&w, (uint64_t) scrub->began, 8);
    cert_put_int(&w, (uint64_t) scrub->finished, 8);
    cert_put_int(&w, scrub->is_under_way != 0, 1);
    cert_put_int(&w, scrub->is_behind != 0, 1);
    cert_put_bytes(&w, scrub->code.bytes, CERT_CODE_SIZE);

    file = cert_scrub_file(path);

    return cert_beside_write(&file, ring, &w, 0, reason);
}


static cert_beside_t
cert_scrub_file(const char *path)
{
    return (cert_beside_t) { path, "certd.scrub", "ngx_cert scrub" };
}


cert_err_t
cert_scrub_read(const char *path, cert_keyring_t *ring, cert_scrub_t *scrub)
{
    uint8_t        bytes[CERT_SCRUB_SIZE];
    cert_err_t     err;
    cert_str_t     payload;
    cert_beside_t  file;

    memset(scrub, 0, sizeof(cert_scrub_t));
    file = cert_scrub_file(path);

    err = cert_beside_read(&file, ring, bytes, sizeof(bytes), &payload);

    return err == CERT_OK ? cert_scrub_decode(scrub, payload) : err;
}


static cert_err_t
cert_scrub_decode(cert_scrub_t *scrub, cert_str_t payload)
{
    uint64_t        format;
    cert_scrub_t    read;
    const uint8_t  *code;
    cert_cursor_t   c;

    memset(&read, 0, sizeof(read));

    c = cert_cursor(payload);
    format = cert_get_int(&c, 1);
    read.passes = cert_get_int(&c, 8);
    read.first = (cert_time_t) cert_get_int(&c, 8);
    read.began = (cert_time_t) cert_get_int(&c, 8);
    read.finished = (cert_time_t) cert_get_int(&c, 8);
    read.is_under_way = cert_get_int(&c, 1) != 0;
    read.is_behind = cert_get_int(&c, 1) != 0;
    code = cert_get_bytes(&c, CERT_CODE_SIZE);

    if (format != CERT_SCRUB_FORMAT || !cert_cursor_is_done(&c)) {
        return CERT_CORRUPT;
    }

    memcpy(read.code.bytes, code, CERT_CODE_SIZE);
    *scrub = read;

    return CERT_OK;
}

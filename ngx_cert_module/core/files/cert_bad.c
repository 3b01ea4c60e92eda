/*
 * Copyright (C) the ngx_cert authors
 *
 * The list of bad files as a file: format, whether there are more, codes.
 *
 * Moving a bad file aside, which needs no list, was rejected.  Only the
 * renderers may write to the folder of copies, a file that a failing disk read
 * wrongly would be lost, and a restored file would be in another place than
 * the bad one.
 */


#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cert_bad.h"
#include "cert_beside_int.h"


#define CERT_BAD_FORMAT  1
#define CERT_BAD_SIZE    (2 + CERT_BAD_MAX * CERT_CODE_SIZE + CERT_SEAL_SIZE)

_Static_assert(sizeof(cert_code_t) == CERT_CODE_SIZE, "codes without gaps");


static cert_beside_t cert_bad_file(const char *path);
static int cert_bad_is_sound(cert_str_t codes);
static uint64_t cert_bad_ns(struct timespec time);
static int cert_bad_compare(const void *a, const void *b);


cert_err_t
cert_bad_write(const char *path, cert_keyring_t *ring, const cert_bad_t *bad,
    cert_reason_t *reason)
{
    uint8_t        bytes[CERT_BAD_SIZE];
    cert_beside_t  file;
    cert_writer_t  w;

    file = cert_bad_file(path);

    if (bad->n == 0 && !bad->is_more) {
        if (cert_beside_remove(&file) == -1) {
            cert_reason_set(reason, "cannot remove %s in \"%s\": %s",
                            file.name, path, strerror(errno));
            return CERT_SYSTEM;
        }

        return CERT_OK;
    }

    w = cert_beside_begin(bytes, sizeof(bytes));
    cert_put_int(&w, CERT_BAD_FORMAT, 1);
    cert_put_int(&w, bad->is_more != 0, 1);
    cert_put_bytes(&w, bad->codes, bad->n * CERT_CODE_SIZE);

    return cert_beside_write(&file, ring, &w, 1, reason);
}


static cert_beside_t
cert_bad_file(const char *path)
{
    return (cert_beside_t) { path, "certd.bad", "ngx_cert bad files" };
}


cert_err_t
cert_bad_read(const char *path, cert_keyring_t *ring, cert_bad_t *bad)
{
    uint8_t        bytes[CERT_BAD_SIZE];
    uint64_t       format, is_more;
    cert_err_t     err;
    cert_str_t     payload, codes;
    cert_beside_t  file;
    cert_cursor_t  c;

    file = cert_bad_file(path);

    err = cert_beside_read(&file, ring, bytes, sizeof(bytes), &payload);

    if (err == CERT_NOT_FOUND) {
        bad->n = 0;
        bad->is_more = 0;
        return CERT_OK;
    }

    if (err != CERT_OK) {
        return err;
    }

    c = cert_cursor(payload);
    format = cert_get_int(&c, 1);
    is_more = cert_get_int(&c, 1);
    codes = (cert_str_t) { c.pos, (size_t) (c.end - c.pos) };

    if (c.is_short || format != CERT_BAD_FORMAT || is_more > 1
        || !cert_bad_is_sound(codes))
    {
        return CERT_CORRUPT;
    }

    bad->is_more = (int) is_more;
    bad->n = codes.len / CERT_CODE_SIZE;
    memcpy(bad->codes, codes.data, codes.len);

    return CERT_OK;
}


/* Whole codes, ascending: they are searched by halves. */
static int
cert_bad_is_sound(cert_str_t codes)
{
    size_t          at;
    const uint8_t  *code;

    if (codes.len % CERT_CODE_SIZE != 0) {
        return 0;
    }

    for (at = CERT_CODE_SIZE; at < codes.len; at += CERT_CODE_SIZE) {
        code = codes.data + at;

        if (memcmp(code - CERT_CODE_SIZE, code, CERT_CODE_SIZE) >= 0) {
            return 0;
        }
    }

    return 1;
}


cert_err_t
cert_bad_version(const char *path, cert_bad_version_t *version)
{
    char           name[PATH_MAX];
    struct stat    st;
    cert_beside_t  file;

    memset(version, 0, sizeof(cert_bad_version_t));
    file = cert_bad_file(path);

    if (cert_beside_path(&file, name) == -1) {
        return CERT_SYSTEM;
    }

    if (lstat(name, &st) == -1) {
        return errno == ENOENT ? CERT_OK : CERT_SYSTEM;
    }

    version->dev = st.st_dev;
    version->ino = st.st_ino;
    version->size = (uint64_t) st.st_size;
    version->mtime_ns = cert_bad_ns(st.st_mtim);
    version->ctime_ns = cert_bad_ns(st.st_ctim);

    return CERT_OK;
}


static uint64_t
cert_bad_ns(struct timespec time)
{
    return (uint64_t) time.tv_sec * 1000000000u + (uint64_t) time.tv_nsec;
}


int
cert_bad_version_is_equal(const cert_bad_version_t *a,
    const cert_bad_version_t *b)
{
    return memcmp(a, b, sizeof(cert_bad_version_t)) == 0;
}


int
cert_bad_has(const cert_bad_t *bad, const cert_code_t *code)
{
    return bad->is_more
           || (bad->n != 0
               && bsearch(code, bad->codes, bad->n, sizeof(cert_code_t),
                          cert_bad_compare) != NULL);
}


static int
cert_bad_compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(cert_code_t));
}

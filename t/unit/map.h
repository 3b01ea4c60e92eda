/*
 * Copyright (C) the ngx_cert authors
 *
 * A store with a small map, filled by batches of certificates until the map is
 * full or has grown.  The certificates are numbered from 0.
 */


#ifndef MAP_H_INCLUDED
#define MAP_H_INCLUDED


#include "cert_read.h"
#include "store.h"


#define MAP    (1 << 20)
#define BATCH  200


static inline const char *
number_of(unsigned n, char text[16])
{
    snprintf(text, 16, "N%07u", n);

    return text;
}


/* A batch of new certificates, with how it failed. */
static inline cert_err_t
put_batch(fixture_t *to, unsigned from)
{
    char                 number[16];
    cert_err_t           err;
    cert_txn_t          *txn;
    cert_change_t        c;
    cert_reason_t        reason;
    cert_outcome_t       outcome;
    cert_certificate_t   certificate;

    err = cert_txn_begin(&txn, to->store, &reason);

    for (unsigned i = 0; err == CERT_OK && i < BATCH; i++) {
        certificate_of(&certificate, number_of(from + i, number), "张三",
                       "11010519491231002X");
        c = change(to, CERT_CHANGE_CERTIFICATE, "2022-06-01");
        c.u.certificate = &certificate;
        err = cert_change_execute(txn, &c, &outcome);

        if (err != CERT_OK) {
            cert_txn_abort(txn);
        }
    }

    return err == CERT_OK ? cert_txn_commit(txn, &reason) : err;
}


/* The same, with a map that grows; how often it did. */
static inline unsigned
put_growing(fixture_t *to, unsigned from)
{
    unsigned       grown;
    cert_err_t     err;
    cert_reason_t  reason;

    grown = 0;

    while ((err = put_batch(to, from)) == CERT_MAP_FULL) {
        if (cert_store_grow(to->store, &reason) != CERT_OK) {
            diag("%s", reason.text);
            break;
        }

        grown++;
    }

    if (err != CERT_OK) {
        printf("Bail out! a batch: %s\n", cert_err_name(err));
        exit(1);
    }

    return grown;
}


/* How many of the first "n" are not read, of some hundreds of them. */
static inline unsigned
missing(cert_reader_t *reader, unsigned n)
{
    char                number[16];
    unsigned            bad, step;
    cert_certificate_t  certificate;

    bad = 0;
    step = n / 400 + 1;

    for (unsigned i = (n - 1) % step; i < n; i += step) {
        bad += cert_read_certificate(reader,
                                     cert_strz(number_of(i, number)),
                                     &certificate) != CERT_OK;
    }

    return bad;
}


static inline uint64_t
map_size(cert_reader_t *reader)
{
    cert_store_stat_t  stat;

    return cert_read_stat(reader, &stat) == CERT_OK ? stat.map_size : 0;
}


/* A small store, since the map doubles with each growth; with one batch. */
static inline void
fixture_small(fixture_t *f)
{
    fixture_init_size(f, MAP);
    (void) put_qualification(f, "会计", NULL);
    (void) put_growing(f, 0);
}


/* In the callback of a listing: another reader reads, and "store" grows. */
typedef struct {
    cert_store_t   *store;
    cert_reader_t  *other;
    cert_err_t      grow, read;
} inside_t;


static inline cert_err_t
each_inside(void *data, const cert_certificate_t *certificate)
{
    inside_t           *inside;
    cert_reason_t       reason;
    cert_certificate_t  copy;

    inside = data;
    inside->grow = cert_store_grow(inside->store, &reason);
    inside->read = cert_read_certificate(inside->other,
                                         certificate->facts.number, &copy);

    return CERT_REFUSED;
}


#endif /* MAP_H_INCLUDED */

/*
 * Copyright (C) the ngx_cert authors
 *
 * The whole-store check of the indexes: every entry has to lead to a record
 * that leads back.
 *
 * Entries have no seal.  They hold nothing but keys, so a damaged one leads
 * nowhere, or to a record that says something else.
 */


#include "cert_fsck_int.h"
#include "cert_holder.h"
#include "cert_lookup_int.h"


static cert_err_t cert_fsck_timed(cert_fsck_t *fsck, cert_str_t key,
    cert_time_t *time, cert_annotation_t *annotation,
    cert_certificate_t *certificate);


/*
 * An entry of a holder.  A certificate that does not verify is reported by its
 * own visitor, and not again here; without the keys of persons it is only
 * looked whether there is one.
 */
cert_err_t
cert_fsck_holder_certificate(void *data, cert_str_t key, cert_str_t value)
{
    cert_fsck_t         *fsck = data;

    cert_err_t           err;
    cert_str_t           number;
    cert_holder_t        holder;

    if (key.len <= CERT_HOLDER_SIZE || value.len != 0) {
        cert_fsck_find(fsck, key, "is not laid out as an entry");
        return CERT_OK;
    }

    number = (cert_str_t) { key.data + CERT_HOLDER_SIZE,
                            key.len - CERT_HOLDER_SIZE };

    err = cert_lookup_owner(fsck->store, fsck->txn, number, &holder);

    if (err == CERT_NOT_FOUND) {
        cert_fsck_find(fsck, key, "leads to no certificate");
        return CERT_OK;
    }

    if (err == CERT_OK
        && memcmp(holder.bytes, key.data, CERT_HOLDER_SIZE) != 0)
    {
        cert_fsck_find(fsck, key, "lists a certificate of another holder");
    }

    fsck->totals->entries += (err == CERT_OK);

    return CERT_OK;
}


/*
 * An entry of a certificate: number, 0, applied, code.  Read from the end,
 * since only the number varies in length.
 */
cert_err_t
cert_fsck_certificate_annotation(void *data, cert_str_t key,
    cert_str_t value)
{
    cert_fsck_t        *fsck = data;

    cert_str_t          number;
    cert_time_t          time;
    cert_annotation_t    annotation;
    cert_certificate_t   certificate;

    if (key.len <= CERT_TIMED_SIZE + 1 || value.len != 0
        || key.data[key.len - CERT_TIMED_SIZE - 1] != '\0')
    {
        cert_fsck_find(fsck, key, "is not laid out as an entry");
        return CERT_OK;
    }

    number = (cert_str_t) { key.data + key.len - CERT_TIMED_SIZE,
                            CERT_TIMED_SIZE };

    if (cert_fsck_timed(fsck, number, &time, &annotation, &certificate)
        != CERT_OK
        || annotation.applied != time)
    {
        cert_fsck_find(fsck, key, "leads to no such annotation");
        return CERT_OK;
    }

    number = (cert_str_t) { key.data, key.len - CERT_TIMED_SIZE - 1 };

    if (!cert_str_is_equal(certificate.facts.number, number)) {
        cert_fsck_find(fsck, key, "lists a copy of another certificate");
        return CERT_OK;
    }

    cert_fsck_expect(fsck, key, CERT_DB_CERTIFICATE, number, NULL,
                     "belongs to no certificate");

    return CERT_OK;
}


/* The queue holds what waits, and nothing else. */
cert_err_t
cert_fsck_queue(void *data, cert_str_t key, cert_str_t value)
{
    cert_fsck_t        *fsck = data;

    cert_str_t          payload;
    cert_time_t          time;
    cert_annotation_t    annotation;
    cert_certificate_t   certificate;

    if (cert_fsck_unseal(fsck, key, value, &payload) == NULL) {
        return CERT_OK;
    }

    if (cert_fsck_timed(fsck, key, &time, &annotation, &certificate)
        != CERT_OK
        || annotation.applied != time
        || annotation.state != CERT_ANNOTATION_GENERATING)
    {
        cert_fsck_find(fsck, key, "leads to no application that waits");
    }

    return CERT_OK;
}


/* What was pruned or failed must have left the order of expiry. */
cert_err_t
cert_fsck_expiry(void *data, cert_str_t key, cert_str_t value)
{
    cert_fsck_t        *fsck = data;

    cert_time_t          time;
    cert_annotation_t    annotation;
    cert_certificate_t   certificate;

    if (value.len != 0
        || cert_fsck_timed(fsck, key, &time, &annotation, &certificate)
           != CERT_OK
        || annotation.expires != time || annotation.is_pruned
        || annotation.is_original
        || annotation.state == CERT_ANNOTATION_FAILED)
    {
        cert_fsck_find(fsck, key, "leads to nothing that expires then");
        return CERT_OK;
    }

    fsck->totals->entries++;

    return CERT_OK;
}


/* The annotation at the end of a key of time and code. */
static cert_err_t
cert_fsck_timed(cert_fsck_t *fsck, cert_str_t key, cert_time_t *time,
    cert_annotation_t *annotation, cert_certificate_t *certificate)
{
    cert_code_t          code;
    cert_cursor_t        c;

    if (key.len != CERT_TIMED_SIZE) {
        return CERT_CORRUPT;
    }

    c = cert_cursor(key);
    *time = (cert_time_t) cert_get_int(&c, 8);
    memcpy(code.bytes, c.pos, CERT_CODE_SIZE);

    return cert_lookup_annotation(fsck->store, fsck->txn, &code, annotation,
                                  certificate);
}


/*
 * A file's digest leads to the copy that has it.  The digest is public, so the
 * comparison need not be in constant time.
 */
cert_err_t
cert_fsck_file(void *data, cert_str_t key, cert_str_t value)
{
    cert_fsck_t         *fsck = data;

    cert_code_t          code;
    cert_annotation_t    annotation;
    cert_certificate_t   certificate;

    if (key.len != CERT_SHA256_SIZE || value.len != CERT_CODE_SIZE) {
        cert_fsck_find(fsck, key, "is not laid out as an entry");
        return CERT_OK;
    }

    memcpy(code.bytes, value.data, CERT_CODE_SIZE);

    if (cert_lookup_annotation(fsck->store, fsck->txn, &code, &annotation,
                               &certificate) != CERT_OK
        || memcmp(annotation.sha256, key.data, CERT_SHA256_SIZE) != 0)
    {
        cert_fsck_find(fsck, key, "leads to no copy with this digest");
        return CERT_OK;
    }

    fsck->totals->entries++;

    return CERT_OK;
}

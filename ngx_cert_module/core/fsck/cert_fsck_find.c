/*
 * Copyright (C) the ngx_cert authors
 *
 * What the visitors of the whole-store check have in common: each verifies one
 * fact and counts it, or reports what is wrong.
 */


#include <stdio.h>

#include "cert_fsck_find_int.h"
#include "cert_hex.h"
#include "cert_lookup_int.h"
#include "cert_text.h"


/* Keys are numbers, names of qualifications, or bytes. */
void
cert_fsck_find(cert_fsck_t *fsck, cert_str_t key, const char *what)
{
    char            where[CERT_FSCK_WHERE_SIZE];
    size_t          at, room;
    const uint8_t  *number;

    fsck->totals->findings++;

    at = (size_t) snprintf(where, sizeof(where), "%s ",
                           cert_db_names[fsck->db]);
    room = sizeof(where) - at;

    /* The number behind the form tells all. */
    if (fsck->db == CERT_DB_MATCH) {
        number = memchr(key.data, '\0', key.len);

        if (number != NULL) {
            key.len -= (size_t) (number + 1 - key.data);
            key.data = number + 1;
        }
    }

    if (fsck->db == CERT_DB_META || fsck->db == CERT_DB_CERTIFICATE
        || fsck->db == CERT_DB_QUALIFICATION || fsck->db == CERT_DB_PHOTO
        || fsck->db == CERT_DB_MATCH)
    {
        cert_text_escape(where + at, room, key);

    } else {
        if (key.len > (room - 1) / 2) {
            key.len = (room - 1) / 2;
        }

        *cert_hex_encode(where + at, key.data, key.len) = '\0';
    }

    fsck->calls->finding(fsck->calls->data, where, what);
}


void
cert_fsck_expect(cert_fsck_t *fsck, cert_str_t of, cert_db_t db,
    cert_str_t key, const cert_str_t *value, const char *what)
{
    cert_err_t  err;
    cert_str_t  found;

    err = cert_lookup_raw(fsck->store, fsck->txn, db, key, &found);

    if (err != CERT_OK
        || (value != NULL && !cert_str_is_equal(found, *value)))
    {
        cert_fsck_find(fsck, of, what);
        return;
    }

    fsck->totals->entries++;
}


const cert_str_t *
cert_fsck_unseal(cert_fsck_t *fsck, cert_str_t key, cert_str_t value,
    cert_str_t *payload)
{
    cert_err_t  err;

    err = cert_unseal(fsck->store->ring, fsck->db, key, value, payload);

    if (err != CERT_OK) {
        cert_fsck_find(fsck, key, err == CERT_NO_KEY
                       ? "is sealed under a key that is not held"
                       : "does not verify");
        return NULL;
    }

    fsck->totals->records++;

    return payload;
}

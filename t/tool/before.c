/*
 * Copyright (C) the ngx_cert authors
 *
 * Makes the store of a home one of schema 1, as it was before an upgrade: for
 * tests that need a large one.  t/50-before.t has one that is genuine.
 *
 *     before HOME
 */


#include <stdio.h>

#include "cert_keyring_file.h"
#include "cert_meta_int.h"
#include "cert_txn_int.h"


static cert_err_t
before_make(cert_txn_t *txn)
{
    int            rc;
    uint8_t        buf[200];
    cert_store_t  *store;
    cert_writer_t  w;

    store = txn->store;
    rc = mdb_drop(txn->txn, store->dbi[CERT_DB_MATCH], 1);

    store->schema.schema = CERT_STORE_SCHEMA_BEFORE;
    w = cert_writer(buf, sizeof(buf));
    cert_schema_encode(&w, &store->schema);
    txn->count++;

    return rc != 0 ? CERT_SYSTEM : cert_txn_put_record(txn, CERT_DB_META,
                                                       cert_str("schema"), &w);
}


int
main(int argc, char **argv)
{
    char             path[4096];
    cert_err_t       err;
    cert_txn_t      *txn;
    cert_store_t    *store;
    cert_reason_t    reason;
    cert_keyring_t  *ring;

    if (argc != 2) {
        fprintf(stderr, "usage: before HOME\n");
        return 2;
    }

    ring = cert_keyring_create();
    snprintf(path, sizeof(path), "%s/keys/public.keys", argv[1]);
    err = cert_keyring_read(ring, path, &reason);
    snprintf(path, sizeof(path), "%s/store", argv[1]);

    if (err == CERT_OK) {
        err = cert_store_open(&store, path, CERT_STORE_WRITE, ring, &reason);
    }

    if (err == CERT_OK) {
        err = cert_txn_begin(&txn, store, &reason);

        if (err == CERT_OK) {
            err = before_make(txn);
        }

        if (err == CERT_OK) {
            err = cert_txn_commit(txn, &reason);
        }

        cert_store_close(store);
    }

    cert_keyring_destroy(ring);

    if (err != CERT_OK) {
        fprintf(stderr, "before: %s: %s\n", cert_err_name(err), reason.text);
    }

    return err != CERT_OK;
}

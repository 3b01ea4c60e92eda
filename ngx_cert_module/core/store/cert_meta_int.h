/*
 * Copyright (C) the ngx_cert authors
 *
 * What a store says of itself: schema, head and policy.  Private to core/.
 */


#ifndef CERT_META_INT_H_INCLUDED
#define CERT_META_INT_H_INCLUDED


#include "cert_store_int.h"


/*
 * A snapshot is begun so often before a head newer than its number is damage:
 * each try has to meet two commits while it is off its core.
 */
#define CERT_HEAD_TRIES  32


/* Appends the payload to "w", which is full where there is no room. */
void cert_schema_encode(cert_writer_t *w, const cert_schema_t *schema);

/*
 * Reads and verifies the schema into store->schema, which is not to be used
 * after an error.  The reason is set with each:
 *
 *     CERT_BAD_STORE  not a store of this program, or of another schema
 *     CERT_NO_KEY     sealed under a key that is not held
 *     CERT_CORRUPT    does not verify: damaged, or the keys of another store
 *
 * and the other errors of cert_lookup_raw() but CERT_NOT_FOUND.
 */
cert_err_t cert_schema_read(cert_store_t *store, MDB_txn *txn,
    cert_reason_t *reason);

/* As cert_schema_encode(). */
void cert_head_encode(cert_writer_t *w, const cert_head_t *head);

/*
 * The head of a snapshot: its stored bytes, which point into the map; what they
 * say, verified; and both in one.
 *
 *     CERT_CORRUPT  there is none, or it does not verify
 *     CERT_NO_KEY   sealed under a key that is not held
 *
 * and the other errors of cert_lookup_raw() but CERT_NOT_FOUND; "head" is
 * unspecified then.
 */
cert_err_t cert_head_get(cert_store_t *store, MDB_txn *txn,
    cert_str_t *value);
cert_err_t cert_head_prove(cert_store_t *store, cert_str_t value,
    cert_head_t *head);
cert_err_t cert_head_read(cert_store_t *store, MDB_txn *txn,
    cert_head_t *head);

/*
 * Compares a head with the number that LMDB gives its snapshot; cert_meta.c
 * says why.
 *
 *     CERT_OK
 *     CERT_EXPIRED  the number is: begin the snapshot again, CERT_HEAD_TRIES
 *                   times, before it is called CERT_CORRUPT
 *     CERT_CORRUPT  it is older: LMDB was led back to a commit before
 */
cert_err_t cert_head_check(const cert_head_t *head, size_t id);

/*
 * The policy of a snapshot; it owns its texts.  CERT_CORRUPT: there is none, it
 * does not verify, or it has a line of a newer program.  Else as
 * cert_lookup_record(); "policy" is unspecified then.
 */
cert_err_t cert_policy_read(cert_store_t *store, MDB_txn *txn,
    cert_policy_t *policy);


#endif /* CERT_META_INT_H_INCLUDED */

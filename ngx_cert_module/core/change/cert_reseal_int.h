/*
 * Copyright (C) the ngx_cert authors
 *
 * Re-sealing of records one by one.  Private to core/.
 */


#ifndef CERT_RESEAL_INT_H_INCLUDED
#define CERT_RESEAL_INT_H_INCLUDED


#include "cert_txn_int.h"


/* Records on their way, and whether any of them has to be sealed. */
typedef struct {
    cert_txn_t      *txn;
    cert_db_t        db;
    int              is_writing;    /* 0: only look and prove */
    int              is_changed;    /* something was under another key */
    size_t           left;          /* of a part: records to look at yet */
    cert_position_t  at;            /* ... the one looked at last */
} cert_reseal_t;


/*
 * True if the record is there and under the active "record" key; "value" then
 * is the record, not proved.
 */
int cert_reseal_is_sealed(cert_txn_t *txn, cert_db_t db, cert_str_t key,
    cert_str_t *value);

/*
 * Seals a record of reseal->db under the active key if it is under another;
 * a visitor of cert_store_walk(), "data" is a cert_reseal_t.
 */
cert_err_t cert_reseal_one(void *data, cert_str_t key, cert_str_t value);

/* An account with its links, user name and idempotency keys. */
cert_err_t cert_reseal_account(cert_apply_t *apply,
    const cert_holder_t *holder);


#endif /* CERT_RESEAL_INT_H_INCLUDED */

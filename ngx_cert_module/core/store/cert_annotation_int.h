/*
 * Copyright (C) the ngx_cert authors
 *
 * The quota as a change counts it.  Private to core/.
 */


#ifndef CERT_ANNOTATION_INT_H_INCLUDED
#define CERT_ANNOTATION_INT_H_INCLUDED


#include "cert_annotation.h"
#include "cert_store_int.h"


/*
 * The quota as of "now", inside a snapshot or a write transaction; that of
 * originals is as large, and of its own.  CERT_NOT_FOUND: no certificate can
 * have such a number; and what reading annotations fails with.
 */
cert_err_t cert_quota_count(cert_store_t *store, MDB_txn *txn,
    const cert_policy_t *policy, cert_str_t number, cert_time_t now,
    int of_originals, cert_quota_t *quota);


#endif /* CERT_ANNOTATION_INT_H_INCLUDED */

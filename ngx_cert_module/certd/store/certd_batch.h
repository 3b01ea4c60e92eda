/*
 * Copyright (C) the ngx_cert authors
 *
 * A batch: changes, linked by "next", that share a transaction.  For the
 * writer's thread.
 */


#ifndef CERTD_BATCH_H_INCLUDED
#define CERTD_BATCH_H_INCLUDED


#include "certd_write_queue.h"


typedef enum {
    CERTD_BATCH_DONE = 0,       /* on disk */
    CERTD_BATCH_UNDONE,         /* could not be applied, and was taken back */
    CERTD_BATCH_UNWRITTEN,      /* could not be committed, for certain */
    CERTD_BATCH_UNSURE          /* it is unknown what is on disk */
} certd_batch_state_t;


/*
 * Applies all and commits; "txn" is gone after it.  More changes may have
 * joined the batch then: those that came meanwhile, up to "most" in all.  "err"
 * and "reason" are for what is not done.
 */
certd_batch_state_t certd_batch_run(certd_writer_t *writer, cert_txn_t *txn,
    certd_write_t *batch, unsigned most, cert_err_t *err,
    cert_reason_t *reason);

/* Ends each, with what became of it; or all with "err". */
void certd_batch_end(certd_writer_t *writer, certd_write_t *batch);
void certd_batch_fail(certd_writer_t *writer, certd_write_t *batch,
    cert_err_t err);


#endif /* CERTD_BATCH_H_INCLUDED */

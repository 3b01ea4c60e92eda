/*
 * Copyright (C) the ngx_cert authors
 *
 * Rows of a file, read ahead: one thread reads and checks them while another
 * one writes the store, in the order of the file.
 */


#ifndef CERTCTL_AHEAD_H_INCLUDED
#define CERTCTL_AHEAD_H_INCLUDED


#include "certctl_record.h"


typedef struct certctl_ahead_s  certctl_ahead_t;


/*
 * "table" and "layout" are the caller's.  Until certctl_ahead_destroy() the
 * table and the layout's rules are for the reading alone, and the rest of the
 * layout must not change.  With "is_alone" nothing is read ahead, so nothing
 * waits for a row that was not asked for: for a pipe.  So it is, too, where
 * there is no second thread to be had.
 *
 * CERT_NO_MEMORY.
 */
cert_err_t certctl_ahead_create(certctl_ahead_t **ahead,
    certctl_table_t *table, const certctl_layout_t *layout, int is_alone);

/* Ends the reading wherever it is, and wipes the rows; NULL is allowed. */
void certctl_ahead_destroy(certctl_ahead_t *ahead);

/*
 * The next row, valid until the next call.  Behind an error that is neither
 * CERT_OK nor CERT_REFUSED there must be no next call.
 */
certctl_record_t *certctl_ahead_next(certctl_ahead_t *ahead);


#endif /* CERTCTL_AHEAD_H_INCLUDED */

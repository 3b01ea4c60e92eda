/*
 * Copyright (C) the ngx_cert authors
 *
 * A store and its high-water mark: what the mark is, cert_mark_file.h tells.
 */


#ifndef CERT_MARK_H_INCLUDED
#define CERT_MARK_H_INCLUDED


#include "cert_mark_file.h"
#include "cert_reader.h"


/*
 * How far a store is now, as a mark; "accepted" as the mark said when the
 * store was opened.  Errors as the getters of cert_reader.h.
 */
cert_err_t cert_read_mark(cert_reader_t *reader, cert_mark_t *mark);

/*
 * Compares a store with a mark that was read before this call.
 *
 *     CERT_OK         it continues from the mark, or ends exactly there; or a
 *                     loss was accepted since
 *     CERT_BAD_STORE  it is behind, has another history or is another store:
 *                     the reason tells which, and how to go on
 *
 * Other errors as the getters of cert_reader.h.
 */
cert_err_t cert_read_is_past(cert_reader_t *reader, const cert_mark_t *mark,
    cert_reason_t *reason);

/*
 * Why the last commit of this handle did not move the mark, as an errno; 0: it
 * did.  The commit holds all the same.
 */
int cert_mark_error(const cert_store_t *store);

/* The same in words, with what to do; only after an error. */
void cert_mark_error_reason(const cert_store_t *store, cert_reason_t *reason);


#endif /* CERT_MARK_H_INCLUDED */

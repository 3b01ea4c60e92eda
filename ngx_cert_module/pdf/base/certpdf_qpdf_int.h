/*
 * Copyright (C) the ngx_cert authors
 *
 * Opening and writing PDF structures with libqpdf; private to pdf/.
 */


#ifndef CERTPDF_QPDF_INT_H_INCLUDED
#define CERTPDF_QPDF_INT_H_INCLUDED


#include <qpdf/qpdf-c.h>

#include "certpdf_bytes_int.h"


/*
 * Opens a PDF, silently and without repairing it; "pdf" must outlive it.
 * NULL and errno: it does not parse (EINVAL), or there is no memory (ENOMEM).
 */
qpdf_data certpdf_qpdf_open(cert_str_t pdf);

/*
 * Whether one of the errors and warnings of "qpdf" is of lack of memory, which
 * libqpdf tells as it tells of a damaged file; forgets them.
 */
int certpdf_qpdf_is_starved(qpdf_data qpdf);

/* Closes it, and forgets errors that were not fetched; NULL is fine. */
void certpdf_qpdf_close(qpdf_data qpdf);

/*
 * Appends the whole file to "pdf": one cross-reference table, no object
 * streams, other streams as they were.  "version" NULL: as it was.
 * CERT_NO_MEMORY; CERT_SYSTEM: libqpdf has failed.
 */
cert_err_t certpdf_qpdf_write(qpdf_data qpdf, const char *version,
    certpdf_bytes_t *pdf, cert_reason_t *reason);

/* Whether "name" is in a list, which ends with NULL. */
int certpdf_qpdf_is_listed(const char *const *list, const char *name);

/*
 * A key of "dict" that is not in the list "keys"; NULL when there is none.
 * Valid until the next call into libqpdf that goes through keys.
 */
const char *certpdf_qpdf_strange_key(qpdf_data qpdf, qpdf_oh dict,
    const char *const *keys);

/* "D:", fourteen digits, "Z" and a zero. */
#define CERTPDF_DATE_SIZE  18

/*
 * Writes "now" as a date of PDF in UTC, the one form used in our files.
 * Returns 0, with "date" empty, for a year that has not four digits.
 */
int certpdf_qpdf_date(char date[CERTPDF_DATE_SIZE], cert_time_t now);


#endif /* CERTPDF_QPDF_INT_H_INCLUDED */

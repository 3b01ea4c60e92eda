/*
 * Copyright (C) the ngx_cert authors
 *
 * The shared strings of a workbook: its cells name them by their place.  They
 * are kept in memory for as long as a sheet is read, within a bound.
 */


#ifndef CERTCTL_STRINGS_H_INCLUDED
#define CERTCTL_STRINGS_H_INCLUDED


#include "certctl_zip.h"


/* Bytes that they may come to, with 8 for each. */
#define CERTCTL_STRINGS_MAX  (256u << 20)

typedef struct certctl_strings_s  certctl_strings_t;


/* Reads the part "name"; errors and reason as certctl_xml_part(). */
cert_err_t certctl_strings_read(certctl_strings_t **strings,
    certctl_zip_t *zip, const char *name, cert_reason_t *reason);

/* Wipes them; NULL is allowed. */
void certctl_strings_destroy(certctl_strings_t *strings);

/* The string at a place; CERT_NOT_FOUND: none, or "strings" is NULL. */
cert_err_t certctl_strings_get(const certctl_strings_t *strings, uint64_t n,
    cert_str_t *text);


#endif /* CERTCTL_STRINGS_H_INCLUDED */

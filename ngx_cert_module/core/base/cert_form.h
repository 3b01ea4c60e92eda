/*
 * Copyright (C) the ngx_cert authors
 *
 * Forms: application/x-www-form-urlencoded, as it comes in a query string or
 * in a request body.
 *
 * Strict where leniency would give one text two readings: a field that is
 * asked for may come once, every escape is whole, and a zero byte is refused.
 * Fields that the caller did not name are checked and dropped, since links
 * collect them.
 *
 * Nothing is allocated and nothing is kept; what comes out are bytes, not yet
 * text: a caller that takes a name folds it (cert_text.h), which checks UTF-8.
 */


#ifndef CERT_FORM_H_INCLUDED
#define CERT_FORM_H_INCLUDED


#include "cert.h"


/* Longest form in bytes, and the most fields in it. */
#define CERT_FORM_MAX         16384
#define CERT_FORM_FIELDS_MAX  64

/*
 * A field to look for.  The caller sets "name"; the parser sets the rest.
 * "value" is decoded and points into the buffer given to the parser; a field
 * that was given without a value has an empty one.
 */
typedef struct {
    cert_str_t  name;
    int         is_given;
    cert_str_t  value;
} cert_form_field_t;


/*
 * Looks for "fields_n" fields in "text".  "buffer" has room for text.len
 * bytes; it may be the text itself, which is then decoded in place.
 *
 * CERT_OK: the fields are filled in.  CERT_INVALID: "why" is a static English
 * sentence part that quotes nothing of the form; no field is given then, and a
 * text that is its own buffer is spoilt: half decoded.
 */
cert_err_t cert_form_parse(cert_str_t text, cert_form_field_t *fields,
    size_t fields_n, uint8_t *buffer, const char **why);


#endif /* CERT_FORM_H_INCLUDED */

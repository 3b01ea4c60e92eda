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

/* What a field holds, as far as the charset may be told from it. */
typedef enum {
    CERT_FIELD_OTHER = 0,
    CERT_FIELD_NUMBER,      /* digits, letters, signs, and Chinese beside */
    CERT_FIELD_NAME,        /* of a person */
    CERT_FIELD_SECRET       /* bytes, unless a charset is declared */
} cert_field_kind_t;

/*
 * A field to look for.  The caller sets "name", and "kind" where it asks for
 * the charset (cert_charset.h); the parser sets the rest.  "value" is decoded
 * and points into the buffer given to the parser; a field that was given
 * without a value has an empty one.
 */
typedef struct {
    cert_str_t         name;
    cert_field_kind_t  kind;
    int                is_given;
    int                is_wrong;    /* the error is in this field */
    cert_str_t         value;
} cert_form_field_t;


/*
 * Looks for "fields_n" fields in "text".  "buffer" has room for text.len
 * bytes; it may be the text itself, which is then decoded in place.
 *
 * CERT_OK: the fields are filled in.  CERT_INVALID: "why" is a static English
 * sentence that quotes nothing of the form; no field is given then, and a text
 * that is its own buffer is spoilt: half decoded.  If the fault lies in a field
 * that was looked for, that one is marked, and "why" is a sentence part about
 * it, such as "is given twice".
 */
cert_err_t cert_form_parse(cert_str_t text, cert_form_field_t *fields,
    size_t fields_n, uint8_t *buffer, const char **why);


#endif /* CERT_FORM_H_INCLUDED */

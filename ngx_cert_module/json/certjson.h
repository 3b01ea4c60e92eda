/*
 * Copyright (C) the ngx_cert authors
 *
 * Values of the library as JSON: what certctl and certd print alike.
 *
 * Names are those of the public check and of the columns of an import wherever
 * the same thing is meant.  What has no value is null and not left out, so that
 * a page need not tell "unknown" from "none", nor a program "none" from a
 * misspelt name.
 *
 * Each function returns a new reference, the caller's to give up, or NULL
 * without memory or for a text that is not UTF-8.  A NULL may be given to
 * certjson_set() and certjson_add(), which make the whole NULL then: a caller
 * tests the result once, at its end, and nothing is sent with a part missing.
 * Any thread may call.
 */


#ifndef CERTJSON_H_INCLUDED
#define CERTJSON_H_INCLUDED


#include <jansson.h>

#include "cert_code.h"
#include "cert_person.h"
#include "cert_record.h"


/*
 * Take "value" over.  If it is NULL, or the object or list is, then that is
 * NULL afterwards; what it held is given up.
 */
void certjson_set(json_t **json, const char *name, json_t *value);
void certjson_add(json_t **list, json_t *value);

json_t *certjson_str(cert_str_t text);
json_t *certjson_text(const cert_text_t *text);

/* RFC 3339 with the offset; null for 0 and for never. */
json_t *certjson_time(cert_time_t time, int32_t utc_offset_sec);

/* YYYY-MM-DD; null for none. */
json_t *certjson_date(cert_date_t date);

/* As it is printed on a copy. */
json_t *certjson_code(const cert_code_t *code);

/* At most CERT_SHA256_SIZE bytes, in lower case. */
json_t *certjson_hex(const uint8_t *bytes, size_t n);

/* Sets what a certificate is of, from "qualification" to "issuer". */
void certjson_facts(json_t **json, const cert_facts_t *facts);

/*
 * Sets the person but the name, from "id_type" to "birth_date": personal data,
 * with the document number masked or as it is.
 */
void certjson_person(json_t **json, const cert_person_t *person,
    int is_masked);


#endif /* CERTJSON_H_INCLUDED */

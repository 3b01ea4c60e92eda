/*
 * Copyright (C) the ngx_cert authors
 *
 * The verdict of a check as JSON.
 */


#ifndef CERT_VERDICT_JSON_H_INCLUDED
#define CERT_VERDICT_JSON_H_INCLUDED


#include "cert_check.h"


/* Longest answer of cert_verdict_json(), escapes included. */
#define CERT_ANSWER_MAX  8192


/*
 * Writes the verdict as the JSON of the HTTP contract; returns its length, at
 * most CERT_ANSWER_MAX.  Not terminated.  NOT_FOUND, BAD_REQUEST and
 * UNAVAILABLE carry no time, so that equal results are equal bytes.
 */
size_t cert_verdict_json(const cert_verdict_t *verdict,
    uint8_t json[CERT_ANSWER_MAX]);


#endif /* CERT_VERDICT_JSON_H_INCLUDED */

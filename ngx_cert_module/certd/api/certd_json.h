/*
 * Copyright (C) the ngx_cert authors
 *
 * Records as JSON, for the holder.
 *
 * Values are new references, or NULL without memory; certd_json_set() makes
 * one NULL the whole's, so what has a part missing is never sent.
 */


#ifndef CERTD_JSON_H_INCLUDED
#define CERTD_JSON_H_INCLUDED


#include "cert_annotation.h"
#include "certd_copies.h"


/* Takes "value" over; if it is NULL, or "*json" is, "*json" is NULL then. */
void certd_json_set(json_t **json, const char *name, json_t *value);
void certd_json_add(json_t **list, json_t *value);

json_t *certd_json_str(cert_str_t text);
json_t *certd_json_text(const cert_text_t *text);

/* In the time zone of the policy; null for 0 and for never. */
json_t *certd_json_time(const certd_request_t *r, cert_time_t time);

/* YYYY-MM-DD; null for none. */
json_t *certd_json_date(cert_date_t date);

/* In lower-case hex. */
json_t *certd_json_sha256(const uint8_t digest[CERT_SHA256_SIZE]);

/* What a list shows of a certificate. */
json_t *certd_json_certificate(const cert_certificate_t *certificate,
    int needs_annotation);

/* Adds the person: the document number masked, or as it is. */
void certd_json_person(json_t **json, const cert_person_t *person,
    int is_masked);

/* The quota of a certificate, and what rules it. */
json_t *certd_json_quota(const certd_request_t *r, const cert_quota_t *quota);

/* A copy; or, where there is none, that there is none. */
json_t *certd_json_copy(certd_request_t *r, const certd_copy_t *copy);
json_t *certd_json_no_copy(void);


#endif /* CERTD_JSON_H_INCLUDED */

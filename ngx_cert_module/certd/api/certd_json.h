/*
 * Copyright (C) the ngx_cert authors
 *
 * Records as JSON, for the holder.
 *
 * Values are new references, or NULL as told in certjson.h.
 */


#ifndef CERTD_JSON_H_INCLUDED
#define CERTD_JSON_H_INCLUDED


#include "cert_annotation.h"
#include "certd_copies.h"
#include "certjson.h"


/* In the time zone of the policy; null for 0 and for never. */
json_t *certd_json_time(const certd_request_t *r, cert_time_t time);

/* What a list shows of a certificate. */
json_t *certd_json_certificate(const cert_certificate_t *certificate,
    int needs_annotation);

/* The quota of a certificate, and what rules it. */
json_t *certd_json_quota(const certd_request_t *r, const cert_quota_t *quota);

/* A copy; or, where there is none, that there is none. */
json_t *certd_json_copy(certd_request_t *r, const certd_copy_t *copy);
json_t *certd_json_no_copy(void);


#endif /* CERTD_JSON_H_INCLUDED */

/*
 * Copyright (C) the ngx_cert authors
 *
 * Records as JSON.
 *
 * Values are new references, or NULL as told in certjson.h.  Giving NULL to
 * json_pack() or certctl_print() is allowed: it ends in one message there, and
 * no part is left out in silence.
 */


#ifndef CERTCTL_JSON_H_INCLUDED
#define CERTCTL_JSON_H_INCLUDED


#include "certctl.h"
#include "certjson.h"


/* In the time zone of the policy; null for 0 and for never. */
json_t *certctl_json_time(certctl_t *ctl, cert_time_t time);

/* The path of a file; bytes of it that are not UTF-8 become \xNN. */
json_t *certctl_json_path(const char *path);

/*
 * A certificate with the person if the keys are held, else with the masked
 * name: personal data, for standard output only.
 */
json_t *certctl_json_certificate(const cert_certificate_t *certificate);

/*
 * A copy of the certificate "number"; "result" is what a check answers at
 * ctl->now, for which the store is read: not to be called in a list callback.
 */
json_t *certctl_json_annotation(certctl_t *ctl, cert_str_t number,
    const cert_annotation_t *annotation);


#endif /* CERTCTL_JSON_H_INCLUDED */

/*
 * Copyright (C) the ngx_cert authors
 *
 * Policy: what the authority decides, kept in the store as data and read by
 * all programs from there.
 *
 * As text it is lines of "key=value" in UTF-8, the same keys that
 * "certctl policy set" takes:
 *
 *     utc_offset=+08:00        time zone of days and answers
 *     validity_days=90         longest validity of one application, 1..3650
 *     quota=3                  applications per certificate, 1..100
 *     quota_days=90            ... in so many days, 1..3650
 *     quota_reading=applied    or "live"; see cert_annotation.h
 *     scene.self=本人调用      a scene and what it is called, up to 16
 *     public_url=http://localhost
 *                              what the QR leads to, "/CODE" is put behind
 *                              it: no slash at the end, no query
 *     notice_version=1         service notice holders must agree to, 1..65535
 *     notice_text=...          its text, "\n" for a line end, up to 4000 bytes
 *     number_pattern=...       PCRE2 a certificate number has to match whole
 *     id_pattern.passport=...  the same for a document number, by type
 *                              ("cn" stays empty, GB 11643 rules it)
 *
 * A cert_policy_t has no pointers and owns all it says: copy it as you like.
 * It is some 7 KB, so pass its address.
 */


#ifndef CERT_POLICY_H_INCLUDED
#define CERT_POLICY_H_INCLUDED


#include "cert_person.h"


#define CERT_SCENES_MAX       16
#define CERT_SCENE_KEY_MAX    32
#define CERT_PATTERN_MAX      256
#define CERT_URL_MAX          200
#define CERT_NOTICE_MAX       4000
#define CERT_POLICY_TEXT_MAX  16384

typedef enum {
    CERT_QUOTA_APPLIED = 0,     /* all that did not fail count */
    CERT_QUOTA_LIVE             /* only what is not expired or withdrawn */
} cert_quota_reading_t;

typedef struct {
    char  key[CERT_SCENE_KEY_MAX + 1];
    char  label[CERT_SCENE_MAX + 1];
} cert_scene_t;

typedef struct {
    int32_t               utc_offset_sec;
    uint32_t              validity_days;
    uint32_t              quota;
    uint32_t              quota_days;
    cert_quota_reading_t  quota_reading;
    uint32_t              scenes_n;
    cert_scene_t          scenes[CERT_SCENES_MAX];
    uint32_t              notice_version;
    char                  public_url[CERT_URL_MAX + 1];
    char                  number_pattern[CERT_PATTERN_MAX + 1];
    char                  id_pattern[CERT_ID_TYPES][CERT_PATTERN_MAX + 1];
    char                  notice_text[CERT_NOTICE_MAX + 1];
} cert_policy_t;


/* The defaults of the trade, see above; number_pattern is permissive. */
void cert_policy_init(cert_policy_t *policy);

/*
 * Sets one key.  An empty value removes a scene and resets anything else to
 * its default.  CERT_NOT_FOUND: no such key; CERT_INVALID: bad value, the
 * reason names it; CERT_NO_MEMORY; on each the policy is unchanged.
 */
cert_err_t cert_policy_set(cert_policy_t *policy, cert_str_t key,
    cert_str_t value, cert_reason_t *reason);

/*
 * Writes all keys as text, one a line, and reads them back: a key that is not
 * in the text has its default, a scene that is not is none, and on an error
 * the policy is unchanged (errors as of set).  format terminates the text and
 * returns its length, 0 if "size" is too small (CERT_POLICY_TEXT_MAX never is).
 */
size_t cert_policy_format(const cert_policy_t *policy, char *text,
    size_t size);
cert_err_t cert_policy_parse(cert_policy_t *policy, cert_str_t text,
    cert_reason_t *reason);

/* The scene of this key, a part of the policy; NULL if there is none. */
const cert_scene_t *cert_policy_scene(const cert_policy_t *policy,
    cert_str_t key);


#endif /* CERT_POLICY_H_INCLUDED */

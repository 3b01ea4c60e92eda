/*
 * Copyright (C) the ngx_cert authors
 *
 * The patterns of a policy, compiled; match and depth limits are set, since a
 * pattern is data.  One thread at a time.
 */


#ifndef CERT_PATTERNS_H_INCLUDED
#define CERT_PATTERNS_H_INCLUDED


#include "cert_policy.h"


typedef struct cert_patterns_s  cert_patterns_t;

/*
 * Compiles all patterns of a policy, which is not kept; make new ones when the
 * policy changes.  destroy allows NULL.
 *
 *     CERT_OK
 *     CERT_INVALID    one does not compile: the reason says where
 *     CERT_NO_MEMORY
 *
 * On an error "patterns" is untouched.
 */
cert_err_t cert_patterns_create(cert_patterns_t **patterns,
    const cert_policy_t *policy, cert_reason_t *reason);
void cert_patterns_destroy(cert_patterns_t *patterns);

/*
 * CERT_INVALID: the pattern does not compile, the reason says where;
 * CERT_NO_MEMORY.
 */
cert_err_t cert_patterns_check(cert_str_t pattern, cert_reason_t *reason);

/* True if the whole text matches; a resource limit counts as no match. */
int cert_patterns_match_number(cert_patterns_t *patterns, cert_str_t number);
int cert_patterns_match_id(cert_patterns_t *patterns, cert_id_type_t type,
    cert_str_t number);


#endif /* CERT_PATTERNS_H_INCLUDED */

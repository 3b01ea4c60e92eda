/*
 * Copyright (C) the ngx_cert authors
 *
 * Refusals in words.
 */


#include <stddef.h>

#include "cert_refusal.h"


/*
 * In the order of cert_refusal_t.  The names are for programs and never
 * change.
 */
static const struct {
    const char  *name;
    const char  *text;
} cert_refusals[] = {
    { "none", "not refused" },
    { "no_certificate", "there is no certificate with this number" },
    { "no_annotation", "there is no copy with this code" },
    { "no_qualification", "the qualification is not in the catalogue" },
    { "not_valid", "the certificate is not in force" },
    { "quota", "the quota of copies is used up" },
    { "scene", "the policy has no such scene" },
    { "days", "the validity is not one the policy allows" },
    { "code_taken", "the code is in use" },
    { "state", "this is not possible in the present state" },
    { "needs_annotation", "the certificate needs annotation and has no "
      "original copy" },
    { "has_original", "the certificate has its original copy already" },
    { "photo", "the photo is empty or too large" },
    { "has_account", "there is an account for this document already" },
    { "username", "the user name is taken" },
    { "no_account", "there is no such account" },
    { "links", "the account has as many links as it can have" },
    { "no_session", "there is no such session" },
    { "idempotency", "the key was used for another request" }
};

#define CERT_REFUSALS  (sizeof(cert_refusals) / sizeof(cert_refusals[0]))


const char *
cert_refusal_name(cert_refusal_t refusal)
{
    return cert_refusals[refusal < CERT_REFUSALS ? refusal : 0].name;
}


const char *
cert_refusal_text(cert_refusal_t refusal)
{
    return cert_refusals[refusal < CERT_REFUSALS ? refusal : 0].text;
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * The inside of a policy, for setting it and for its text.  Private to core/.
 */


#ifndef CERT_POLICY_INT_H_INCLUDED
#define CERT_POLICY_INT_H_INCLUDED


#include "cert_policy.h"


typedef struct cert_policy_field_s  cert_policy_field_t;

/*
 * One key of the policy.  "set" gets a value that is not empty and leaves the
 * policy alone unless it returns CERT_OK; "format" writes the value into a
 * buffer of CERT_POLICY_VALUE_SIZE, terminated.
 */
struct cert_policy_field_s {
    const char  *name;
    cert_err_t (*set)(const cert_policy_field_t *field, cert_policy_t *policy,
                      cert_str_t value, cert_reason_t *reason);
    void       (*format)(const cert_policy_field_t *field,
                         const cert_policy_t *policy, char *value);
    size_t       offset;    /* of the member it is kept in */
    size_t       size;
    uint32_t     min;
    uint32_t     max;
};

/* A notice of nothing but escapes. */
#define CERT_POLICY_VALUE_SIZE  (2 * CERT_NOTICE_MAX + 1)

#define CERT_POLICY_SCENE       "scene."


/* All keys but the scenes, in the order of the text; ends with a NULL name. */
extern const cert_policy_field_t  cert_policy_fields[];


#endif /* CERT_POLICY_INT_H_INCLUDED */

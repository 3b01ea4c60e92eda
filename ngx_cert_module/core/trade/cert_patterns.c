/*
 * Copyright (C) the ngx_cert authors
 *
 * Patterns are data that an operator may get wrong, and they are matched
 * against any text: so a match is bounded, and what exceeds the bounds does
 * not match.
 *
 * They are anchored at both ends by options rather than by "^(?:" and ")$"
 * around them, which an unbalanced parenthesis could escape.  They are
 * compiled with the policy they belong to and dropped with it.
 */


#define PCRE2_CODE_UNIT_WIDTH  8

#include <stdlib.h>
#include <string.h>

#include <pcre2.h>

#include "cert_patterns.h"
#include "cert_policy.h"


/*
 * A pattern that is right needs some hundred steps for the longest number;
 * these bounds stop one that is wrong within a millisecond.
 */
#define CERT_PATTERNS_MATCH_LIMIT  20000
#define CERT_PATTERNS_DEPTH_LIMIT  500
#define CERT_PATTERNS_HEAP_KIB     256

struct cert_patterns_s {
    pcre2_code           *number;
    pcre2_code           *id[CERT_ID_TYPES];    /* NULL: anything goes */
    pcre2_match_data     *match;
    pcre2_match_context  *context;
};


static cert_err_t cert_patterns_compile(pcre2_code **code, cert_str_t pattern,
    cert_reason_t *reason);
static int cert_patterns_match(cert_patterns_t *patterns,
    const pcre2_code *code, cert_str_t text);


cert_err_t
cert_patterns_create(cert_patterns_t **patterns, const cert_policy_t *policy,
    cert_reason_t *reason)
{
    int               type;
    cert_err_t        err;
    cert_patterns_t  *pts;

    pts = calloc(1, sizeof(cert_patterns_t));

    if (pts == NULL) {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    pts->match = pcre2_match_data_create(1, NULL);
    pts->context = pcre2_match_context_create(NULL);

    if (pts->match == NULL || pts->context == NULL) {
        cert_reason_set(reason, "out of memory");
        err = CERT_NO_MEMORY;
        goto failed;
    }

    pcre2_set_match_limit(pts->context, CERT_PATTERNS_MATCH_LIMIT);
    pcre2_set_depth_limit(pts->context, CERT_PATTERNS_DEPTH_LIMIT);
    pcre2_set_heap_limit(pts->context, CERT_PATTERNS_HEAP_KIB);

    err = cert_patterns_compile(&pts->number,
                                cert_strz(policy->number_pattern), reason);
    if (err != CERT_OK) {
        goto failed;
    }

    for (type = 0; type < CERT_ID_TYPES; type++) {
        err = cert_patterns_compile(&pts->id[type],
                                    cert_strz(policy->id_pattern[type]),
                                    reason);
        if (err != CERT_OK) {
            goto failed;
        }
    }

    *patterns = pts;

    return CERT_OK;

failed:

    cert_patterns_destroy(pts);

    return err;
}


void
cert_patterns_destroy(cert_patterns_t *patterns)
{
    int  type;

    if (patterns == NULL) {
        return;
    }

    for (type = 0; type < CERT_ID_TYPES; type++) {
        pcre2_code_free(patterns->id[type]);
    }

    pcre2_code_free(patterns->number);
    pcre2_match_data_free(patterns->match);
    pcre2_match_context_free(patterns->context);

    free(patterns);
}


int
cert_patterns_match_number(cert_patterns_t *patterns, cert_str_t number)
{
    return cert_patterns_match(patterns, patterns->number, number);
}


int
cert_patterns_match_id(cert_patterns_t *patterns, cert_id_type_t type,
    cert_str_t number)
{
    if ((unsigned) type >= CERT_ID_TYPES) {
        return 0;
    }

    return cert_patterns_match(patterns, patterns->id[type], number);
}


/* Whether it compiles is all that can be known before there is a text. */
cert_err_t
cert_patterns_check(cert_str_t pattern, cert_reason_t *reason)
{
    cert_err_t   err;
    pcre2_code  *code;

    err = cert_patterns_compile(&code, pattern, reason);

    if (err == CERT_OK) {
        pcre2_code_free(code);
    }

    return err;
}


/* An empty pattern stands for none: "code" becomes NULL. */
static cert_err_t
cert_patterns_compile(pcre2_code **code, cert_str_t pattern,
    cert_reason_t *reason)
{
    int          n;
    uint32_t     options;
    PCRE2_SIZE   offset;
    PCRE2_UCHAR  text[128];

    *code = NULL;

    if (pattern.len == 0) {
        return CERT_OK;
    }

    /* \C would match half of a character. */

    options = PCRE2_UTF|PCRE2_ANCHORED|PCRE2_ENDANCHORED|PCRE2_DOLLAR_ENDONLY
              |PCRE2_NEVER_BACKSLASH_C;

    *code = pcre2_compile(pattern.data, pattern.len, options, &n, &offset,
                          NULL);

    if (*code == NULL && n == PCRE2_ERROR_HEAP_FAILED) {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    if (*code == NULL) {
        if (pcre2_get_error_message(n, text, sizeof(text)) < 0) {
            text[0] = '\0';
        }

        cert_reason_set(reason, "bad pattern at byte %zu: %s", offset,
                        (const char *) text);
        return CERT_INVALID;
    }

    /* Without JIT, where memory must not be executable, it is only slower. */

    (void) pcre2_jit_compile(*code, PCRE2_JIT_COMPLETE);

    return CERT_OK;
}


/* Bad UTF-8, a bound exceeded and no match are all the same: no. */
static int
cert_patterns_match(cert_patterns_t *patterns, const pcre2_code *code,
    cert_str_t text)
{
    if (code == NULL) {
        return 1;
    }

    return pcre2_match(code, text.data, text.len, 0, 0, patterns->match,
                       patterns->context)
           >= 0;
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * The check: a question and a time in, a verdict out.
 *
 * The only place that decides whether a copy or a certificate is in force; the
 * module, certctl and the tests all ask here.  A check by code is one look-up
 * without a lock, so it is safe on an event loop.  Only a miss allocates: a
 * cursor, to verify its two neighbours.
 */


#ifndef CERT_CHECK_H_INCLUDED
#define CERT_CHECK_H_INCLUDED


#include "cert_reader.h"


typedef enum {
    CERT_ASK_CODE = 0,      /* "text": a code as typed */
    CERT_ASK_ANNOTATION,    /* "code": a code already read */
    CERT_ASK_SHA256,        /* "text": 64 hex digits */
    CERT_ASK_NAME,          /* "text": a code as typed; and "name" */
    CERT_ASK_MATCH          /* number, name and id_number, all three */
} cert_ask_t;

/*
 * A question; what it points to is not changed, not kept, and may be anything
 * that a visitor has sent.  Only the members of its kind are looked at.
 */
typedef struct {
    cert_ask_t   ask;
    cert_str_t   text;
    cert_code_t  code;
    cert_str_t   number;
    cert_str_t   name;
    cert_str_t   id_number;
} cert_question_t;

typedef enum {
    CERT_RESULT_VALID = 0,      /* genuine and in force */
    CERT_RESULT_EXPIRED,        /* the copy's validity is over */
    CERT_RESULT_GENERATING,     /* applied for, not yet made */
    CERT_RESULT_WITHDRAWN,      /* the holder took the copy back */
    CERT_RESULT_REVOKED,        /* these three: the certificate itself */
    CERT_RESULT_SUSPENDED,
    CERT_RESULT_REPLACED,
    CERT_RESULT_NOT_FOUND,      /* nothing matches all that was asked */
    CERT_RESULT_BAD_REQUEST,    /* malformed: see detail */
    CERT_RESULT_UNAVAILABLE,    /* the store, a record or a key: see err */
    CERT_RESULTS                /* how many there are */
} cert_result_t;

/*
 * The strings of "facts" and "annotation" point into "record": do not copy
 * the struct.  "annotation" means something only if has_annotation is set,
 * "facts" only if has_certificate is; "record" never holds a person.
 */
typedef struct {
    cert_result_t       result;
    cert_err_t          err;            /* the cause, when UNAVAILABLE */
    const char         *detail;         /* static, when BAD_REQUEST */
    const char         *field;          /* static, or NULL: "detail" is then
                                           the rest of a sentence about it */
    int                 has_annotation;
    int                 has_certificate;
    int                 names_successor;    /* replaced_by may be shown */
    int                 has_name;       /* a name was asked and compared */
    int                 name_matches;   /* only if has_name is set */
    int32_t             utc_offset_sec;
    cert_time_t         checked;        /* max(clock, highest time seen) */
    cert_facts_t       *facts;          /* = &record.facts */
    cert_annotation_t   annotation;
    cert_certificate_t  record;
} cert_verdict_t;

/*
 * Answers a question at "clock".  A name that is asked beside a code does not
 * change the result, which is the copy's: only "name_matches" tells of it, and
 * takes the same time for each name.  Never fails: a store that cannot be read
 * is the result UNAVAILABLE, "reader" NULL included.  Whatever does not match
 * in the three-way match, the verdict is the same NOT_FOUND, after the same
 * work, or BAD_REQUEST for what in the question itself cannot match.
 * "verdict" need not be initialised and is always filled in.
 *
 * UNAVAILABLE means 503 and a log entry; "err" says of which severity: BUSY
 * passes by itself, NO_KEY wants a newer keyring, CORRUPT and BAD_STORE want a
 * person; MAP_FULL, NO_MEMORY and SYSTEM are about the store itself, which is
 * maintained or opened again (cert_store.h).
 */
void cert_check(cert_reader_t *reader, const cert_question_t *question,
    cert_time_t clock, cert_verdict_t *verdict);

/* "valid", "expired", ...: the contract's names, static. */
const char *cert_result_name(cert_result_t result);


#endif /* CERT_CHECK_H_INCLUDED */

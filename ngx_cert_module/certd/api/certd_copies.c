/*
 * Copyright (C) the ngx_cert authors
 *
 * What the store holds of the copies of a certificate.
 *
 * Whether a copy is in force is decided by the one check and nowhere else, so
 * a holder sees what a visitor would see; only that it failed, which to a
 * visitor is the same as no copy, is told here.
 */


#include <stdlib.h>

#include "cert_check.h"
#include "cert_holder_read.h"
#include "cert_read.h"
#include "certd_answer.h"
#include "certd_copies.h"


/* Read in one snapshot. */
#define CERTD_CODES_PAGE  64


static cert_err_t certd_copy_state(certd_request_t *r, certd_copy_t *copy);
static cert_err_t certd_codes_note(void *data, const cert_code_t *code,
    cert_time_t time);


/* The last three do not occur here. */
static const certd_state_t  certd_result_states[] = {
    [CERT_RESULT_VALID] = CERTD_STATE_READY,
    [CERT_RESULT_EXPIRED] = CERTD_STATE_EXPIRED,
    [CERT_RESULT_GENERATING] = CERTD_STATE_GENERATING,
    [CERT_RESULT_WITHDRAWN] = CERTD_STATE_WITHDRAWN,
    [CERT_RESULT_REVOKED] = CERTD_STATE_ENDED,
    [CERT_RESULT_SUSPENDED] = CERTD_STATE_ENDED,
    [CERT_RESULT_REPLACED] = CERTD_STATE_ENDED,
    [CERT_RESULT_NOT_FOUND] = CERTD_STATE_NONE,
    [CERT_RESULT_BAD_REQUEST] = CERTD_STATE_NONE,
    [CERT_RESULT_UNAVAILABLE] = CERTD_STATE_NONE
};

_Static_assert(sizeof(certd_result_states) / sizeof(certd_result_states[0])
               == CERT_RESULTS, "a state for each result");


/*
 * Two look-ups in two snapshots: the strings are of the first, the verdict of
 * the second, which is the newer.
 */
cert_err_t
certd_copy_read(certd_request_t *r, const cert_code_t *code,
    certd_copy_t *copy)
{
    cert_err_t  err;

    err = cert_read_annotation(r->reader->handle, code, &copy->annotation,
                               &copy->certificate);

    return err == CERT_OK ? certd_copy_state(r, copy) : err;
}


static cert_err_t
certd_copy_state(certd_request_t *r, certd_copy_t *copy)
{
    cert_verdict_t   verdict;
    cert_question_t  question;

    if (copy->annotation.state == CERT_ANNOTATION_FAILED) {
        copy->state = CERTD_STATE_FAILED;
        return CERT_OK;
    }

    memset(&question, 0, sizeof(question));
    question.ask = CERT_ASK_ANNOTATION;
    question.code = copy->annotation.code;

    cert_check(r->reader->handle, &question, certd_clock(), &verdict);

    copy->state = certd_result_states[verdict.result];

    if (copy->state != CERTD_STATE_NONE) {
        return CERT_OK;
    }

    if (verdict.result == CERT_RESULT_UNAVAILABLE) {
        return verdict.err;
    }

    /* It failed between the two snapshots. */
    copy->state = CERTD_STATE_FAILED;

    return CERT_OK;
}


/* Read before the owner is known: the certificate tells. */
int
certd_copy_find(certd_request_t *r, certd_copy_t *copy)
{
    cert_err_t   err;
    cert_code_t  code;

    err = cert_code_parse(&code, certd_request_argument(r)) == CERT_OK
          ? certd_copy_read(r, &code, copy) : CERT_NOT_FOUND;

    if (err == CERT_OK) {
        err = cert_read_holds(r->reader->handle, &r->account,
                              copy->certificate.facts.number, NULL);
    }

    if (err == CERT_NOT_FOUND) {
        certd_refuse(r, CERTD_PROBLEM_NO_ANNOTATION);

    } else if (err != CERT_OK) {
        certd_refuse_err(r, err, "copy");
    }

    return err == CERT_OK;
}


/* All codes, since the newest stand at the end; there are three in 90 days. */
cert_err_t
certd_codes_read(certd_request_t *r, cert_str_t number, certd_codes_t *codes)
{
    void             *p;
    cert_err_t        err;
    cert_position_t   after;

    memset(codes, 0, sizeof(certd_codes_t));
    after.len = 0;

    do {
        p = realloc(codes->codes, (codes->room + CERTD_CODES_PAGE)
                                  * sizeof(cert_code_t));
        if (p == NULL) {
            err = CERT_NO_MEMORY;
            break;
        }

        codes->codes = p;
        codes->room += CERTD_CODES_PAGE;

        err = cert_list_annotations(r->reader->handle, number, &after,
                                    CERTD_CODES_PAGE, certd_codes_note,
                                    codes);
    } while (err == CERT_OK);

    if (err == CERT_NOT_FOUND) {
        return CERT_OK;
    }

    free(codes->codes);
    memset(codes, 0, sizeof(certd_codes_t));

    return err;
}


/* A page is never longer than the room that was made for it. */
static cert_err_t
certd_codes_note(void *data, const cert_code_t *code, cert_time_t time)
{
    certd_codes_t  *codes = data;

    (void) time;

    codes->codes[codes->n++] = *code;

    return CERT_OK;
}

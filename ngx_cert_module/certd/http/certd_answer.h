/*
 * Copyright (C) the ngx_cert authors
 *
 * Answers: what a handler ends with.
 *
 * A handler calls one of the functions that answer, once; if there is a second
 * call after all, it wins.  "json" is taken over, and may be NULL for want of
 * memory: then the answer is "busy", and no part of it is left out in silence.
 */


#ifndef CERTD_ANSWER_H_INCLUDED
#define CERTD_ANSWER_H_INCLUDED


#include "certd_request.h"


void certd_answer(certd_request_t *r, unsigned status, json_t *json);
void certd_answer_empty(certd_request_t *r, unsigned status);

/*
 * A header besides those that all answers have, in place of one of this name;
 * "name" lives for ever.
 */
void certd_answer_header(certd_request_t *r, const char *name,
    const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* A problem; with members of its own; with the field that is at fault. */
void certd_refuse(certd_request_t *r, certd_problem_t problem);
void certd_refuse_with(certd_request_t *r, certd_problem_t problem,
    json_t *more);
void certd_refuse_field(certd_request_t *r, const certd_fault_t *fault);

/* Wait so many seconds. */
void certd_refuse_wait(certd_request_t *r, certd_problem_t problem,
    unsigned sec);

/*
 * The request got no turn at hashing: when to come back.  A client that has
 * left gets the same, which is not read.
 */
void certd_refuse_turn(certd_request_t *r, const certd_turn_t *turn);

/* What a refused change is for its sender; not for a quota. */
void certd_refuse_change(certd_request_t *r, cert_refusal_t refusal);

/* An error of the store, logged with its "place" if an operator has to act. */
void certd_refuse_err(certd_request_t *r, cert_err_t err, const char *place);

/* Hands the answer to the connection; "is_last" ends the connection. */
enum MHD_Result certd_answer_send(certd_request_t *r, int is_last);


#endif /* CERTD_ANSWER_H_INCLUDED */

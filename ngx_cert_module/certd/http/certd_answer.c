/*
 * Copyright (C) the ngx_cert authors
 *
 * Answers.
 *
 * Answers hold names and document numbers, so the text is wiped when
 * libmicrohttpd has sent it, as the heap of jansson is (certd_http.c).
 */


#include <stdarg.h>
#include <stdlib.h>

#include "certd_answer.h"
#include "certd_counters.h"
#include "certd_repeats.h"
#include "certjson.h"


static void certd_answer_take(certd_request_t *r, unsigned status,
    json_t *json, int is_problem);
static json_t *certd_problem_json(const certd_problem_row_t *row);
static struct MHD_Response *certd_answer_response(certd_request_t *r);
static struct MHD_Response *certd_answer_text(char *text);
static void certd_answer_wipe(void *text);


/* What every answer has. */
static const char *const  certd_answer_common[][2] = {
    { "Cache-Control", "no-store" },
    { "X-Content-Type-Options", "nosniff" },
    { "Referrer-Policy", "no-referrer" },
    { "Content-Security-Policy",
      "default-src 'none'; frame-ancestors 'none'" }
};

/*
 * The answer if memory has run out.  libmicrohttpd takes a buffer that could be
 * written to, and does not write.
 */
static char  certd_answer_last[] =
    "{\"type\":\"/problems/busy\",\"title\":\"Busy\",\"status\":503,"
    "\"detail\":\"系统繁忙，请稍后再试。\","
    "\"detail_en\":\"The system is busy. Please try again in a moment.\"}";


void
certd_answer(certd_request_t *r, unsigned status, json_t *json)
{
    if (json == NULL) {
        certd_refuse_err(r, CERT_NO_MEMORY, "answer");
        return;
    }

    certd_answer_take(r, status, json, 0);
}


void
certd_answer_empty(certd_request_t *r, unsigned status)
{
    certd_answer_take(r, status, NULL, 0);
}


/* One that was there before is dropped. */
static void
certd_answer_take(certd_request_t *r, unsigned status, json_t *json,
    int is_problem)
{
    json_decref(r->answer);

    r->status = status;
    r->is_problem = is_problem;
    r->answer = json;
}


/* The headers are few and known: only a mistake in this program loses one. */
void
certd_answer_header(certd_request_t *r, const char *name, const char *fmt,
    ...)
{
    size_t           i;
    va_list          args;
    certd_header_t  *header;

    for (i = 0; i < r->headers_n; i++) {
        if (strcmp(r->headers[i].name, name) == 0) {
            break;
        }
    }

    if (i == CERTD_HEADERS_MAX) {
        return;
    }

    if (i == r->headers_n) {
        r->headers_n++;
    }

    header = &r->headers[i];
    header->name = name;

    va_start(args, fmt);
    (void) vsnprintf(header->value, sizeof(header->value), fmt, args);
    va_end(args);
}


void
certd_refuse(certd_request_t *r, certd_problem_t problem)
{
    certd_refuse_with(r, problem, json_object());
}


/*
 * Members of "more" win: a fault of a field has a better detail than the row.
 */
void
certd_refuse_with(certd_request_t *r, certd_problem_t problem, json_t *more)
{
    json_t                     *json;
    const certd_problem_row_t  *row;

    row = certd_problem_row(problem);
    json = certd_problem_json(row);

    if (json != NULL && (more == NULL || json_object_update(json, more) != 0))
    {
        json_decref(json);
        json = NULL;
    }

    json_decref(more);

    if (row->retry_sec > 0) {
        certd_answer_header(r, "Retry-After", "%u", row->retry_sec);
    }

    /* Without memory the last resort says it: see certd_answer_response(). */
    certd_answer_take(r, json != NULL ? row->status
                                      : MHD_HTTP_SERVICE_UNAVAILABLE,
                      json, 1);
}


void
certd_refuse_field(certd_request_t *r, const certd_fault_t *fault)
{
    certd_refuse_with(r, CERTD_PROBLEM_FIELD,
                      json_pack("{ssssss}", "detail", fault->detail,
                                "detail_en", fault->detail_en, "field",
                                fault->field));
}


void
certd_refuse_wait(certd_request_t *r, certd_problem_t problem, unsigned sec)
{
    certd_answer_header(r, "Retry-After", "%u", sec);
    certd_refuse_with(r, problem, json_pack("{si}", "retry_after",
                                            (int) sec));
}


void
certd_refuse_turn(certd_request_t *r, const certd_turn_t *turn)
{
    certd_count(r->certd->counters,
                turn->has_left ? CERTD_COUNT_LOGINS_LEFT
                               : CERTD_COUNT_LOGINS_THROTTLED, 1);

    certd_refuse_wait(r, CERTD_PROBLEM_TOO_MANY, turn->retry_sec);
}


/*
 * A refusal that no request can cause is a fault of ours: an operator has to
 * act.
 */
void
certd_refuse_change(certd_request_t *r, cert_refusal_t refusal)
{
    certd_problem_t  problem;

    problem = certd_problem_refusal(refusal);

    if (problem == CERTD_PROBLEM_UNAVAILABLE) {
        certd_log_repeat(CERTD_LOG_ALERT, "a change of a holder was refused: "
                         "%s", cert_refusal_name(refusal));
    }

    certd_refuse(r, problem);
}


void
certd_refuse_err(certd_request_t *r, cert_err_t err, const char *place)
{
    certd_problem_t    problem;
    certd_log_level_t  level;

    problem = certd_problem_err(err, &level);

    certd_log_repeat(level, "cannot answer a request, at \"%s\": %s", place,
                     cert_err_name(err));
    certd_count(r->certd->counters, CERTD_COUNT_BUSY, 1);

    certd_refuse(r, problem);
}


/* NULL: no memory. */
static json_t *
certd_problem_json(const certd_problem_row_t *row)
{
    json_t  *json;

    json = json_pack("{ss+sssissss}", "type", "/problems/", row->name,
                     "title", row->title, "status", (int) row->status,
                     "detail", row->detail, "detail_en", row->detail_en);

    if (row->field != NULL) {
        certjson_set(&json, "field", json_string(row->field));
    }

    return json;
}


enum MHD_Result
certd_answer_send(certd_request_t *r, int is_last)
{
    size_t                i;
    enum MHD_Result       rc;
    struct MHD_Response  *response;

    response = certd_answer_response(r);
    if (response == NULL) {
        return MHD_NO;
    }

    for (i = 0; i < sizeof(certd_answer_common) / sizeof(char *[2]); i++) {
        (void) MHD_add_response_header(response, certd_answer_common[i][0],
                                       certd_answer_common[i][1]);
    }

    for (i = 0; i < r->headers_n; i++) {
        (void) MHD_add_response_header(response, r->headers[i].name,
                                       r->headers[i].value);
    }

    if (is_last) {
        (void) MHD_add_response_header(response, "Connection", "close");
    }

    rc = MHD_queue_response(r->connection, r->status, response);

    MHD_destroy_response(response);

    return rc;
}


/* No body has no type, and 204 must not have one. */
static struct MHD_Response *
certd_answer_response(certd_request_t *r)
{
    struct MHD_Response  *response;

    if (r->answer == NULL && !r->is_problem) {
        return MHD_create_response_from_buffer(0, NULL,
                                               MHD_RESPMEM_PERSISTENT);
    }

    response = certd_answer_text(json_dumps(r->answer, JSON_COMPACT));

    if (response == NULL) {
        r->status = MHD_HTTP_SERVICE_UNAVAILABLE;
        r->is_problem = 1;

        response = MHD_create_response_from_buffer_with_free_callback(
                       sizeof(certd_answer_last) - 1, certd_answer_last, NULL);
    }

    if (response != NULL) {
        (void) MHD_add_response_header(response, "Content-Type",
                                       r->is_problem
                                       ? "application/problem+json"
                                       : "application/json");
    }

    return response;
}


/* Takes the text over; NULL: no memory. */
static struct MHD_Response *
certd_answer_text(char *text)
{
    struct MHD_Response  *response;

    if (text == NULL) {
        return NULL;
    }

    response = MHD_create_response_from_buffer_with_free_callback(
                   strlen(text), text, certd_answer_wipe);

    if (response == NULL) {
        certd_answer_wipe(text);
    }

    return response;
}


/* A text has no zero in it: jansson writes it as an escape. */
static void
certd_answer_wipe(void *text)
{
    explicit_bzero(text, strlen(text));
    free(text);
}

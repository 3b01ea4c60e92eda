/*
 * Copyright (C) the ngx_cert authors
 *
 * A request, from its first byte to its answer.
 *
 * It belongs to the thread of its connection.  A handler is called when the
 * form has come and the requester is known, with a reader of the store, and
 * makes exactly one answer.  The reader is given back before anything that
 * waits: certd_request_write() does it, and a handler that hashes calls leave.
 */


#ifndef CERTD_REQUEST_H_INCLUDED
#define CERTD_REQUEST_H_INCLUDED


#include <jansson.h>
#include <microhttpd.h>

#include "cert_charset.h"
#include "certd_headers.h"
#include "certd_problem.h"
#include "certd_store.h"
#include "certd_turns.h"
#include "certd_write_queue.h"


#define CERTD_HEADERS_MAX  4
#define CERTD_HEADER_SIZE  192      /* bytes of a value */

typedef struct certd_request_s  certd_request_t;

typedef void (*certd_handler_pt)(certd_request_t *r);

/* The requesters that may use a route. */
typedef enum {
    CERTD_OPEN = 0,     /* all */
    CERTD_LOCAL,        /* all; not where identity comes from outside */
    CERTD_HOLDER,       /* holders */
    CERTD_AGREED        /* holders that agreed to the present notice */
} certd_need_t;

typedef struct {
    const char        *method;
    const char        *pattern;     /* "*": certd_route_matches() */
    certd_need_t       need;
    certd_handler_pt   handler;
} certd_route_t;

typedef struct {
    const char  *name;
    char         value[CERTD_HEADER_SIZE];
} certd_header_t;

struct certd_request_s {
    certd_t                *certd;
    struct MHD_Connection  *connection;
    const certd_route_t    *route;          /* NULL until it is known */
    int64_t                 since_ms;
    size_t                  argument_n;
    uint8_t                 argument[CERTD_SEGMENT_MAX];

    uint8_t                *body;           /* CERT_FORM_MAX bytes, or NULL */
    uint64_t                body_n;         /* may be more than are kept */
    uint8_t                *decoded;        /* CERT_DECODED_MAX, or NULL */

    /* Of the moment of the last enter. */
    certd_reader_t         *reader;         /* NULL: given back */
    cert_time_t             now;
    cert_policy_t           policy;

    /* The requester, for routes that need a holder. */
    cert_holder_t           holder;
    int                     has_account;    /* always, but with an identity
                                               from outside */
    cert_account_t          account;
    char                    actor[CERT_ACTOR_MAX + 1];

    unsigned                status;         /* 0: no answer yet */
    int                     is_problem;
    json_t                 *answer;         /* NULL: no body */
    size_t                  headers_n;
    certd_header_t          headers[CERTD_HEADERS_MAX];
};


/* NULL: no memory.  free wipes, and gives back a reader. */
certd_request_t *certd_request_create(certd_t *certd,
    struct MHD_Connection *connection);
void certd_request_free(certd_request_t *r);

/* A part of the body; 0: it is absurdly long, drop the connection. */
int certd_request_add(certd_request_t *r, const char *data, size_t len);

/*
 * How often a header was sent; "value" is the last one, valid until the
 * answer is made, and untouched if there is none.
 */
unsigned certd_request_header(certd_request_t *r, const char *name,
    const char **value);

/*
 * The cookie of a session, in however many "Cookie" headers; "value" is valid
 * until the answer is made.
 *
 *     CERT_OK
 *     CERT_NOT_FOUND  none
 *     CERT_INVALID    two of them: one was planted
 */
cert_err_t certd_request_cookie(certd_request_t *r, cert_str_t *value);

/*
 * The value of a header that this program added, which certd_request_header()
 * does not count: it goes by the address.
 */
extern const char  certd_request_no_host[];

/* False: a client that speaks HTTP/1.1 has to name the host, and did not. */
int certd_request_has_host(certd_request_t *r, const char *version);

/* What "*" in the path stands for. */
cert_str_t certd_request_argument(const certd_request_t *r);

/*
 * Reads the fields of the form, once: the values point into it and are wiped
 * with it.  False: it was answered.
 */
int certd_request_form(certd_request_t *r, cert_form_field_t *fields,
    size_t fields_n);

/*
 * As above, and makes the values UTF-8 (cert_charset.h); "kind" of each field
 * is set.
 */
int certd_request_text_form(certd_request_t *r, cert_form_field_t *fields,
    size_t fields_n);

/*
 * Takes a reader, the time and the policy, if it was given back.  False: it was
 * answered.  leave gives it back, if it was not.
 */
int certd_request_enter(certd_request_t *r);
void certd_request_leave(certd_request_t *r);

/* For a turn at hashing that this request is to take, if its client stays. */
certd_turn_t certd_request_turn(certd_request_t *r);

/* The requester is known: fills in holder and actor. */
void certd_request_is(certd_request_t *r, const cert_holder_t *holder);

/*
 * Gives the reader back, hands the change to the writer and waits for the
 * commit; "place" is for the log.
 *
 *     CERT_OK       write->outcome tells
 *     CERT_REFUSED  write->outcome.refusal tells; not answered yet
 *
 * Anything else was answered.
 */
cert_err_t certd_request_write(certd_request_t *r, certd_write_t *write,
    const char *place);


#endif /* CERTD_REQUEST_H_INCLUDED */

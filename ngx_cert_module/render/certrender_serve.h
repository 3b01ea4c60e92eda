/*
 * Copyright (C) the ngx_cert authors
 *
 * A renderer in a process of its own: questions and answers over a socket.
 */


#ifndef CERTRENDER_SERVE_H_INCLUDED
#define CERTRENDER_SERVE_H_INCLUDED


#include "certrender.h"


/*
 * The same over a socket: whole structs between processes of one build, on a
 * SOCK_SEQPACKET pair, one answer for each request in their order.  A message
 * of another size means that the other side is not what it should be.
 */
typedef enum {
    CERTRENDER_ASK_COPY = 0,    /* certrender_make() */
    CERTRENDER_ASK_SPECIMEN,    /* certrender_specimen() */
    CERTRENDER_ASK_SEALS        /* certrender_seals(); without a code */
} certrender_ask_kind_t;

typedef struct {
    uint64_t     job;       /* the asker's; comes back */
    cert_code_t  code;
    cert_time_t  now;       /* of making and signing */
    uint32_t     kind;      /* certrender_ask_kind_t */
} certrender_ask_t;

typedef struct {
    uint64_t             job;
    certrender_result_t  result;    /* of SEALS: err and reason alone */
    cert_time_t          expires;   /* of SEALS */
} certrender_answer_t;

/*
 * Answers requests until "fd" is closed at the other end, which is how a
 * renderer is told to end; up to then it blocks.  "fd" stays the caller's.
 *
 *     CERT_OK         the other end closed it
 *     CERT_INVALID    a message that is not a question: not answered
 *     CERT_SYSTEM     the socket failed, see errno
 */
cert_err_t certrender_serve(certrender_t *render, int fd);


#endif /* CERTRENDER_SERVE_H_INCLUDED */

/*
 * Copyright (C) the ngx_cert authors
 *
 * Requests and answers over a socket of whole messages.
 *
 * One job at a time and its answer before the next: the asker then knows of a
 * renderer that died which copy it was at, since only that one has no answer.
 */


#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "certrender.h"
#include "certrender_serve.h"


cert_err_t
certrender_serve(certrender_t *render, int fd)
{
    ssize_t              n;
    certrender_ask_t     ask;
    certrender_answer_t  answer;

    for ( ;; ) {
        n = recv(fd, &ask, sizeof(ask), MSG_TRUNC);

        if (n == -1 && errno == EINTR) {
            continue;
        }

        /* The asker may be gone with its answers unread. */

        if (n == 0 || (n == -1 && errno == ECONNRESET)) {
            return CERT_OK;
        }

        if (n == -1) {
            return CERT_SYSTEM;
        }

        if (n != (ssize_t) sizeof(ask)) {
            return CERT_INVALID;
        }

        /* The whole structure goes over the socket, its padding too. */

        memset(&answer, 0, sizeof(answer));
        answer.job = ask.job;

        switch (ask.kind) {

        case CERTRENDER_ASK_COPY:
            certrender_make(render, &ask.code, ask.now, &answer.result);
            break;

        case CERTRENDER_ASK_SPECIMEN:
            certrender_specimen(render, &ask.code, ask.now, &answer.result);
            break;

        case CERTRENDER_ASK_SEALS:
            answer.result.err = certrender_seals(render, ask.now,
                                                 &answer.expires,
                                                 &answer.result.reason);
            break;

        default:
            return CERT_INVALID;
        }

        do {
            n = send(fd, &answer, sizeof(answer), MSG_NOSIGNAL);
        } while (n == -1 && errno == EINTR);

        if (n == -1 && (errno == EPIPE || errno == ECONNRESET)) {
            return CERT_OK;
        }

        if (n == -1) {
            return CERT_SYSTEM;
        }
    }
}

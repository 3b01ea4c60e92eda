/*
 * Copyright (C) the ngx_cert authors
 *
 * libmicrohttpd and this program.
 *
 * A thread for each connection, since handlers wait: for a commit, for a hash.
 * The limit is on requests in hand, which nginx's idle connections are not: a
 * request beyond it gets 503, where a connection that is not accepted would be
 * a 502.
 *
 * At the end the path is removed first, so that there are no new connections,
 * then those that are in the queue of the socket already are accepted, and each
 * request is answered; the answer tells nginx that its connection ends.
 *
 * Rejected: an event loop.  It would need every handler cut in pieces, to save
 * threads that sleep; 512 of them cost 512 small stacks.
 */


#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "certd_answer.h"
#include "certd_counters.h"
#include "certd_http.h"
#include "certd_listen.h"


/* Bytes: a policy and some certificates are on it. */
#define CERTD_STACK_SIZE    (256 * 1024)

/*
 * Bytes for all headers of a request: nginx takes some 33 KiB of them.  Above
 * 32 KiB it is mapped for a connection and not of the heap, so what was in it
 * is unmapped with it.
 */
#define CERTD_MEMORY_SIZE   (128 * 1024)

/* Longer than nginx keeps an idle connection, so that it ends them. */
#define CERTD_IDLE_SEC      75

/* Connections that wait for a request, on top of the requests in hand. */
#define CERTD_CONNECTIONS_MORE  256

/* At the end: for the queue of the socket; for the requests in hand. */
#define CERTD_DRAIN_MS      50
#define CERTD_DONE_MS       8000


struct certd_http_s {
    certd_t            *certd;
    certd_dispatch_pt   dispatch;
    struct MHD_Daemon  *daemon;
    certd_listen_t      listener;
    pthread_mutex_t     lock;
    pthread_cond_t      done;
    unsigned            in_hand;
    int                 is_stopping;
};


static struct MHD_Daemon *certd_http_daemon(certd_http_t *http);
static void certd_http_free(certd_http_t *http);
static enum MHD_Result certd_http_handle(void *cls,
    struct MHD_Connection *connection, const char *url, const char *method,
    const char *version, const char *upload_data, size_t *upload_data_size,
    void **con_cls);
static certd_request_t *certd_http_begin(certd_http_t *http,
    struct MHD_Connection *connection);
static void certd_http_look(certd_http_t *http, int *is_full,
    int *is_stopping);
static void certd_http_end(void *cls, struct MHD_Connection *connection,
    void **con_cls, enum MHD_RequestTerminationCode toe);
static void *certd_http_host(void *cls, const char *uri,
    struct MHD_Connection *connection);
static size_t certd_http_raw(void *cls, struct MHD_Connection *connection,
    char *text);
static void certd_http_log(void *cls, const char *fmt, va_list args)
    __attribute__((format(printf, 2, 0)));
static void certd_http_wipe(void *p);


certd_http_t *
certd_http_start(certd_t *certd, certd_dispatch_pt dispatch,
    cert_reason_t *reason)
{
    certd_http_t  *http;

    http = calloc(1, sizeof(certd_http_t));
    if (http == NULL) {
        cert_reason_set(reason, "out of memory");
        return NULL;
    }

    http->certd = certd;
    http->dispatch = dispatch;

    /* Names and numbers go through it: nothing of them stays in the heap. */
    json_set_alloc_funcs(malloc, certd_http_wipe);
    json_object_seed(0);

    http->listener.fd = -1;
    (void) pthread_mutex_init(&http->lock, NULL);
    certd_clock_cond_init(&http->done);

    if (!certd_listen(&http->listener, certd->options, reason)) {
        goto failed;
    }

    http->daemon = certd_http_daemon(http);

    if (http->daemon == NULL) {
        cert_reason_set(reason, "cannot start libmicrohttpd: %s",
                        strerror(errno));
        certd_unlisten(&http->listener, certd->options);
        goto failed;
    }

    return http;

failed:

    certd_http_free(http);

    return NULL;
}


/*
 * The order of the options matters in one place; memory is bounded by the
 * connections, since each has one buffer of a fixed size and one stack.
 */
static struct MHD_Daemon *
certd_http_daemon(certd_http_t *http)
{
    unsigned  flags;

    /* poll() and not select(): descriptors above 1023 are an everyday thing. */
    flags = MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_THREAD_PER_CONNECTION
            | MHD_USE_ITC | MHD_USE_ERROR_LOG;

    return MHD_start_daemon(flags, 0, NULL, NULL, certd_http_handle, http,
               /* The first, so that all that is logged goes there. */
               MHD_OPTION_EXTERNAL_LOGGER, certd_http_log, NULL,
               MHD_OPTION_LISTEN_SOCKET, http->listener.fd,
               MHD_OPTION_NOTIFY_COMPLETED, certd_http_end, http,
               MHD_OPTION_URI_LOG_CALLBACK, certd_http_host, NULL,
               MHD_OPTION_UNESCAPE_CALLBACK, certd_http_raw, NULL,
               MHD_OPTION_THREAD_STACK_SIZE, (size_t) CERTD_STACK_SIZE,
               MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t) CERTD_MEMORY_SIZE,
               MHD_OPTION_CONNECTION_LIMIT,
               http->certd->options->connections + CERTD_CONNECTIONS_MORE,
               MHD_OPTION_CONNECTION_TIMEOUT, (unsigned) CERTD_IDLE_SEC,
               MHD_OPTION_STRICT_FOR_CLIENT, 1,
               MHD_OPTION_END);
}


void
certd_http_stop(certd_http_t *http)
{
    int64_t  until_ms;

    if (http == NULL) {
        return;
    }

    certd_unlisten(&http->listener, http->certd->options);

    /* Accept what has connected; closing the socket would reset it. */
    certd_clock_sleep(CERTD_DRAIN_MS);

    (void) MHD_quiesce_daemon(http->daemon);

    until_ms = certd_clock_ms() + CERTD_DONE_MS;

    (void) pthread_mutex_lock(&http->lock);

    http->is_stopping = 1;

    while (http->in_hand > 0
           && certd_clock_wait(&http->done, &http->lock, until_ms))
    {
        /* void */
    }

    if (http->in_hand > 0) {
        certd_log(CERTD_LOG_WARNING, "%u requests were not answered before the "
                  "end", http->in_hand);
    }

    (void) pthread_mutex_unlock(&http->lock);

    MHD_stop_daemon(http->daemon);
    certd_http_free(http);
}


static void
certd_http_free(certd_http_t *http)
{
    (void) close(http->listener.fd);

    (void) pthread_cond_destroy(&http->done);
    (void) pthread_mutex_destroy(&http->lock);
    free(http);
}


/* Called when the headers are there, for each part of the body, at its end. */
static enum MHD_Result
certd_http_handle(void *cls, struct MHD_Connection *connection,
    const char *url, const char *method, const char *version,
    const char *upload_data, size_t *upload_data_size, void **con_cls)
{
    int               is_full, is_stopping;
    certd_http_t     *http = cls;
    certd_request_t  *r = *con_cls;

    if (r == NULL) {
        *con_cls = certd_http_begin(http, connection);
        return *con_cls != NULL ? MHD_YES : MHD_NO;
    }

    if (*upload_data_size > 0) {
        if (!certd_request_add(r, upload_data, *upload_data_size)) {
            return MHD_NO;
        }

        *upload_data_size = 0;
        return MHD_YES;
    }

    certd_http_look(http, &is_full, &is_stopping);

    if (is_full) {
        certd_refuse_err(r, CERT_BUSY, "requests");

    } else if (!certd_request_has_host(r, version)) {
        certd_refuse(r, CERTD_PROBLEM_NO_HOST);

    } else {
        http->dispatch(r, method, url);

        if (r->status == 0) {
            certd_refuse_err(r, CERT_SYSTEM, "no answer");
        }
    }

    /* The route and not the path, which may hold a number or a code. */
    certd_log(CERTD_LOG_INFO, "%s %s %u %lld ms",
              r->route != NULL ? r->route->method : "-",
              r->route != NULL ? r->route->pattern : "-", r->status,
              (long long) (certd_clock_ms() - r->since_ms));

    /* It may have begun to stop meanwhile. */
    certd_http_look(http, &is_full, &is_stopping);

    return certd_answer_send(r, is_stopping);
}


/*
 * NULL closes the connection: without memory there is nothing to answer with.
 */
static certd_request_t *
certd_http_begin(certd_http_t *http, struct MHD_Connection *connection)
{
    certd_request_t  *r;

    r = certd_request_create(http->certd, connection);

    if (r != NULL) {
        (void) pthread_mutex_lock(&http->lock);
        http->in_hand++;
        (void) pthread_mutex_unlock(&http->lock);
    }

    return r;
}


/* Requests and not connections: nginx keeps some of those for later. */
static void
certd_http_look(certd_http_t *http, int *is_full, int *is_stopping)
{
    (void) pthread_mutex_lock(&http->lock);

    *is_stopping = http->is_stopping;
    *is_full = (http->in_hand > http->certd->options->connections);

    (void) pthread_mutex_unlock(&http->lock);
}


/* The answer was sent, or the client has left. */
static void
certd_http_end(void *cls, struct MHD_Connection *connection, void **con_cls,
    enum MHD_RequestTerminationCode toe)
{
    certd_http_t     *http = cls;
    certd_request_t  *r = *con_cls;

    (void) connection;
    (void) toe;

    if (r == NULL) {
        return;
    }

    certd_request_free(r);
    *con_cls = NULL;

    (void) pthread_mutex_lock(&http->lock);

    if (--http->in_hand == 0) {
        (void) pthread_cond_signal(&http->done);
    }

    (void) pthread_mutex_unlock(&http->lock);
}


/*
 * Called before the headers are read.  libmicrohttpd answers a request of
 * HTTP/1.1 without "Host" itself, before any handler, with a page of its own.
 * Version 0.9 sends that page behind two heads, so there a "Host" is added to
 * every request and the handler refuses.  Later versions send one head, and
 * from 1.0.5 on they refuse a request that has two "Host": the page stays.
 *
 * The library that runs decides, not the headers of the build: both versions
 * have one soname.  The handler's first argument is what is returned.
 */
static void *
certd_http_host(void *cls, const char *uri, struct MHD_Connection *connection)
{
    (void) cls;
    (void) uri;

    if (strncmp(MHD_get_version(), "0.", 2) == 0) {
        /* Without memory for it, the page is sent. */
        (void) MHD_set_connection_value(connection, MHD_HEADER_KIND, "Host",
                                        certd_request_no_host);
    }

    return NULL;
}


/* Escapes stay: a slash that is one of a number must not cut the path. */
static size_t
certd_http_raw(void *cls, struct MHD_Connection *connection, char *text)
{
    (void) cls;
    (void) connection;

    return strlen(text);
}


/* Of connections only; nothing that was sent is in it. */
static void
certd_http_log(void *cls, const char *fmt, va_list args)
{
    char  line[256];

    (void) cls;

    (void) vsnprintf(line, sizeof(line), fmt, args);
    line[strcspn(line, "\n")] = '\0';

    certd_log(CERTD_LOG_INFO, "http: %s", line);
}


/* All of the block, of which jansson may have used less. */
static void
certd_http_wipe(void *p)
{
    if (p != NULL) {
        explicit_bzero(p, malloc_usable_size(p));
        free(p);
    }
}

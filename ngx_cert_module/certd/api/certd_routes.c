/*
 * Copyright (C) the ngx_cert authors
 *
 * The routes, and what is required before a handler is called.
 *
 * In the order of what costs least: path and method, then whether the request
 * comes from a page of our own, then the holder, then the holder's consent.
 */


#include "certd_answer.h"
#include "certd_handlers.h"
#include "certd_routes.h"
#include "certd_session.h"


static const certd_route_t *certd_route_find(const char *method,
    const char *path, cert_str_t *raw, char *allow, size_t size);
static int certd_route_is_open(certd_request_t *r);


static const certd_route_t  certd_routes[] = {
    { "POST", "/holder/register", CERTD_LOCAL, certd_register },
    { "POST", "/holder/login", CERTD_LOCAL, certd_login },
    { "POST", "/holder/logout", CERTD_OPEN, certd_logout },
    { "GET", "/holder/notice", CERTD_HOLDER, certd_notice },
    { "POST", "/holder/consent", CERTD_HOLDER, certd_consent },
    { "GET", "/holder/certificates", CERTD_AGREED, certd_certificates },
    { "GET", "/holder/certificates/*", CERTD_AGREED, certd_certificate },
    { "POST", "/holder/certificates/*/annotations", CERTD_AGREED,
      certd_apply },
    { "GET", "/holder/annotations/*", CERTD_AGREED, certd_annotation },
    { "POST", "/holder/annotations/*/withdraw", CERTD_AGREED,
      certd_withdraw },
    { "POST", "/holder/annotations/*/link", CERTD_AGREED, certd_link },
    { "GET", "/holder/export", CERTD_AGREED, certd_export }
};


/* A handler may give the reader back; what it left is given back here. */
void
certd_route(certd_request_t *r, const char *method, const char *path)
{
    char        allow[32];
    cert_str_t  raw;

    /* libmicrohttpd leaves out the body by itself. */
    if (strcmp(method, "HEAD") == 0) {
        method = "GET";
    }

    r->route = certd_route_find(method, path, &raw, allow, sizeof(allow));

    if (r->route == NULL) {

        if (allow[0] == '\0') {
            certd_refuse(r, CERTD_PROBLEM_NO_ROUTE);
            return;
        }

        certd_answer_header(r, "Allow", "%s", allow);
        certd_refuse(r, CERTD_PROBLEM_METHOD);
        return;
    }

    /* No certificate has such a number, no copy such a code. */
    if (certd_segment_decode(raw, r->argument, &r->argument_n) != CERT_OK) {
        certd_refuse(r, CERTD_PROBLEM_NO_ROUTE);
        return;
    }

    if (certd_route_is_open(r)) {
        r->route->handler(r);
    }

    certd_request_leave(r);
}


/* "allow" tells the methods of the path, if it is one of ours. */
static const certd_route_t *
certd_route_find(const char *method, const char *path, cert_str_t *raw,
    char *allow, size_t size)
{
    size_t                i, len;
    const certd_route_t  *route;

    allow[0] = '\0';

    for (i = 0; i < sizeof(certd_routes) / sizeof(*certd_routes); i++) {
        route = &certd_routes[i];

        if (!certd_route_matches(route->pattern, path, raw)) {
            continue;
        }

        if (strcmp(route->method, method) == 0) {
            return route;
        }

        len = strlen(allow);
        (void) snprintf(allow + len, size - len, "%s%s%s",
                        len > 0 ? ", " : "", route->method,
                        strcmp(route->method, "GET") == 0 ? ", HEAD" : "");
    }

    return NULL;
}


/* False: it was answered. */
static int
certd_route_is_open(certd_request_t *r)
{
    certd_need_t  need;

    need = r->route->need;

    if (need == CERTD_LOCAL && r->certd->options->identity_header != NULL) {
        certd_refuse(r, CERTD_PROBLEM_IDENTITY_ELSEWHERE);
        return 0;
    }

    if (!certd_request_enter(r)) {
        return 0;
    }

    if (strcmp(r->route->method, "POST") == 0
        && !certd_session_is_own_site(r))
    {
        return 0;
    }

    if (need < CERTD_HOLDER) {
        return 1;
    }

    if (!certd_session_find(r)) {
        return 0;
    }

    if (need == CERTD_AGREED
        && (!r->has_account
            || r->account.notice_version != r->policy.notice_version))
    {
        certd_refuse(r, CERTD_PROBLEM_CONSENT_REQUIRED);
        return 0;
    }

    return 1;
}

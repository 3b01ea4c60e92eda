/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl token: a token to view or download a copy.
 *
 * It never outlives its copy: it is cut to the copy's end when it is made, so
 * the time that is printed is the one the server keeps to.
 */


#include <inttypes.h>

#include "cert_check.h"
#include "cert_link.h"
#include "cert_read.h"
#include "certctl_commands.h"
#include "certctl_home.h"
#include "certctl_json.h"
#include "certctl_options.h"
#include "certctl_output.h"


/* Seconds; longer than this is a link to share, not a token to use now. */
#define CMD_TOKEN_TTL  600


static int cmd_token_make(certctl_t *ctl, const char *text,
    cert_right_t right, uint64_t ttl, int is_url);
static int cmd_token_say(certctl_t *ctl, const cert_claims_t *claims,
    const char *token, int is_url);


int
cmd_token(certctl_t *ctl, int argc, char **argv)
{
    int              status, is_url;
    uint64_t         ttl;
    const char      *name;
    cert_right_t     right;
    certctl_args_t   args;

    name = NULL;
    ttl = CMD_TOKEN_TTL;
    is_url = 0;

    certctl_option_t  list[] = {
        { "right", CERTCTL_TEXT, &name },
        { "ttl", CERTCTL_COUNT, &ttl },
        { "url", CERTCTL_FLAG, &is_url },
        { NULL, CERTCTL_FLAG, NULL }
    };

    status = certctl_options(ctl, argc, argv, list, 1, 1, &args);
    if (status != 0) {
        return status;
    }

    /* No default: the maker of a link has to say what it allows. */
    if (name == NULL
        || cert_right_parse(&right, cert_strz(name)) != CERT_OK)
    {
        return certctl_usage(ctl, "\"--right\" must be view or download");
    }

    if (ttl == 0 || ttl > CERT_TOKEN_SEC_MAX) {
        return certctl_usage(ctl, "\"--ttl\" must be 1 to %" PRId64
                             " seconds", CERT_TOKEN_SEC_MAX);
    }

    return cmd_token_make(ctl, args.v[0], right, ttl, is_url);
}


/*
 * A token is made for any copy that was applied for, whatever its state: the
 * server asks the store each time, and answers 202 or 410 by it.
 */
static int
cmd_token_make(certctl_t *ctl, const char *text, cert_right_t right,
    uint64_t ttl, int is_url)
{
    int                  status;
    char                 token[CERT_TOKEN_TEXT_SIZE];
    cert_err_t           err;
    cert_claims_t        claims;
    cert_annotation_t    annotation;
    cert_certificate_t   certificate;

    if (cert_code_parse(&claims.code, cert_strz(text)) != CERT_OK) {
        return certctl_usage(ctl, "\"%s\" is not a code", text);
    }

    status = certctl_home_open(ctl, CERT_STORE_READ);
    if (status != 0) {
        return status;
    }

    err = cert_read_annotation(ctl->reader, &claims.code, &annotation,
                               &certificate);
    if (err != CERT_OK) {
        return certctl_error(ctl, err, err == CERT_NOT_FOUND
                             ? "%s: no such copy" : "%s: cannot be read",
                             text);
    }

    claims.right = right;
    claims.not_after = ctl->now + (cert_time_t) ttl;

    if (claims.not_after > annotation.expires) {
        claims.not_after = annotation.expires;
    }

    err = cert_token_make(ctl->ring, &claims, token);
    if (err != CERT_OK) {
        return certctl_error(ctl, err, "cannot make a token: %s",
                             cert_err_name(err));
    }

    status = cmd_token_say(ctl, &claims, token, is_url);

    explicit_bzero(token, sizeof(token));

    return status;
}


/* The address holds the token: neither goes to standard error. */
static int
cmd_token_say(certctl_t *ctl, const cert_claims_t *claims,
    const char *token, int is_url)
{
    int   status;
    char  url[CERT_LINK_SIZE];

    cert_link_format(&ctl->policy, claims->right, token, url);

    if (ctl->is_json) {
        status = certctl_print(json_pack("{ssssssso}", "token", token,
                                 "right", cert_right_name(claims->right),
                                 "url", url, "not_after",
                                 certctl_json_time(ctl, claims->not_after)));

    } else {
        puts(is_url ? url : token);
        status = 0;
    }

    explicit_bzero(url, sizeof(url));

    return status;
}

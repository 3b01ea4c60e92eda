/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl withdraw and token: what is done with a copy that exists.
 *
 * A copy is withdrawn for good.  Its tokens go on being well-formed, which
 * does no harm: the server asks the store at each request, and a list of
 * tokens to revoke would have to be kept for as long as the longest of them
 * holds.
 *
 * A token never outlives its copy: it is cut to the copy's end when it is
 * made, so what its holder is told is what the server will do.
 */


#include "cert_check.h"
#include "cert_read.h"
#include "cert_token.h"
#include "certctl_change.h"
#include "certctl_commands.h"
#include "certctl_json.h"
#include "certctl_options.h"


/* Seconds; longer than this is a link to share, not a token to use now. */
#define CERTCTL_TOKEN_TTL      600
#define CERTCTL_TOKEN_TTL_MAX  (3650 * CERT_DAY_SEC)


static int certctl_token_make(certctl_t *ctl, const char *text,
    cert_right_t right, uint64_t ttl, int is_url);
static int certctl_token_say(certctl_t *ctl, const cert_claims_t *claims,
    const char *token, int is_url);


/* Repeated it changes nothing and says so: who is not sure may ask again. */
int
certctl_withdraw(certctl_t *ctl, int argc, char **argv)
{
    int              status;
    cert_code_t      code;
    cert_change_t    change;
    cert_outcome_t   outcome;
    certctl_args_t   args;

    status = certctl_options(ctl, argc, argv, NULL, 1, 1, &args);
    if (status != 0) {
        return status;
    }

    if (cert_code_parse(&code, cert_strz(args.v[0])) != CERT_OK) {
        return certctl_usage(ctl, "\"%s\" is no code", args.v[0]);
    }

    status = certctl_open(ctl, CERT_STORE_WRITE);

    if (status == 0) {
        status = certctl_change_init(ctl, &change, CERT_CHANGE_WITHDRAW);
    }

    if (status != 0) {
        return status;
    }

    change.u.copy.code = code;

    status = certctl_change_run(ctl, &change, &outcome, args.v[0]);
    if (status != 0) {
        return status;
    }

    if (ctl->is_json) {
        return certctl_print(json_pack("{sosssb}",
                                 "code", certctl_json_code(&code),
                                 "state", "withdrawn",
                                 "changed", !outcome.is_unchanged));
    }

    printf("%s: withdrawn%s\n", args.v[0],
           outcome.is_unchanged ? ", as before" : "");

    return 0;
}


int
certctl_token(certctl_t *ctl, int argc, char **argv)
{
    int              status, is_url;
    uint64_t         ttl;
    const char      *name;
    cert_right_t     right;
    certctl_args_t   args;

    name = NULL;
    ttl = CERTCTL_TOKEN_TTL;
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

    if (name != NULL && strcmp(name, "view") == 0) {
        right = CERT_RIGHT_VIEW;

    } else if (name != NULL && strcmp(name, "download") == 0) {
        right = CERT_RIGHT_DOWNLOAD;

    } else {
        /* No default: who makes a link has to say what it allows. */
        return certctl_usage(ctl, "\"--right\" has to be view or download");
    }

    if (ttl == 0 || ttl > CERTCTL_TOKEN_TTL_MAX) {
        return certctl_usage(ctl, "\"--ttl\" has to be 1 to %d seconds",
                             CERTCTL_TOKEN_TTL_MAX);
    }

    return certctl_token_make(ctl, args.v[0], right, ttl, is_url);
}


/*
 * A token is made for any copy that was applied for, whatever its state: the
 * server asks the store each time, and answers 202 or 410 by it.
 */
static int
certctl_token_make(certctl_t *ctl, const char *text, cert_right_t right,
    uint64_t ttl, int is_url)
{
    int                  status;
    char                 token[CERT_TOKEN_TEXT_SIZE];
    cert_err_t           err;
    cert_claims_t        claims;
    cert_annotation_t    annotation;
    cert_certificate_t   certificate;

    if (cert_code_parse(&claims.code, cert_strz(text)) != CERT_OK) {
        return certctl_usage(ctl, "\"%s\" is no code", text);
    }

    status = certctl_open(ctl, CERT_STORE_READ);
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

    return certctl_token_say(ctl, &claims, token, is_url);
}


/* The address holds the token: neither goes to standard error. */
static int
certctl_token_say(certctl_t *ctl, const cert_claims_t *claims,
    const char *token, int is_url)
{
    char         url[CERT_URL_MAX + sizeof("/download/")
                     + CERT_TOKEN_TEXT_SIZE];
    const char  *right;

    right = claims->right == CERT_RIGHT_VIEW ? "view" : "download";

    (void) snprintf(url, sizeof(url), "%s/%s/%s", ctl->policy.public_url,
                    right, token);

    if (ctl->is_json) {
        return certctl_print(json_pack("{ssssssso}", "token", token,
                                 "right", right, "url", url, "not_after",
                                 certctl_json_time(ctl, claims->not_after)));
    }

    puts(is_url ? url : token);

    return 0;
}

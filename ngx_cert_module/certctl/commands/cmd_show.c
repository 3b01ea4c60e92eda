/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl show: a certificate with its copies, or a copy.
 *
 * What is shown of a copy is what a check would answer now, not the state that
 * is stored: an operator on the telephone has to see what the caller sees.
 *
 * JSON has everything.  For people a certificate stands field by field with
 * one line a copy below, so that many copies can still be looked through.
 */


#include "cert_annotation.h"
#include "cert_read.h"
#include "certctl_commands.h"
#include "certctl_home.h"
#include "certctl_json.h"
#include "certctl_options.h"
#include "certctl_output.h"


/* Copies listed in one snapshot. */
#define CMD_SHOW_BATCH  64

typedef struct {
    size_t       n;
    cert_code_t  codes[CMD_SHOW_BATCH];
} certctl_codes_t;


static int cmd_show_certificate(certctl_t *ctl,
    const cert_certificate_t *certificate);
static json_t *cmd_show_quota(certctl_t *ctl, const cert_quota_t *quota);
static int cmd_show_copies(certctl_t *ctl, cert_str_t number,
    json_t **list);
static int cmd_show_add(certctl_t *ctl, cert_str_t number,
    const cert_code_t *code, json_t **list);
static cert_err_t cmd_show_collect(void *data, const cert_code_t *code,
    cert_time_t time);
static int cmd_show_copy(certctl_t *ctl, const char *text);
static void cmd_show_list(const json_t *list);


int
cmd_show(certctl_t *ctl, int argc, char **argv)
{
    int                  status;
    cert_err_t           err;
    certctl_args_t       args;
    cert_certificate_t   certificate;

    status = certctl_options(ctl, argc, argv, NULL, 1, 1, &args);

    if (status == 0) {
        status = certctl_home_open(ctl, CERT_STORE_READ);
    }

    if (status != 0) {
        return status;
    }

    /* Number first: a number may look like a code, hardly the other way. */

    err = cert_read_certificate(ctl->reader, cert_strz(args.v[0]),
                                &certificate);

    if (err == CERT_NOT_FOUND) {
        return cmd_show_copy(ctl, args.v[0]);
    }

    if (err != CERT_OK) {
        return certctl_error(ctl, err, "cannot read the certificate: %s",
                             cert_err_name(err));
    }

    return cmd_show_certificate(ctl, &certificate);
}


/* The quota is what the next application would meet, now. */
static int
cmd_show_certificate(certctl_t *ctl,
    const cert_certificate_t *certificate)
{
    int            status;
    json_t        *json, *list;
    cert_err_t     err;
    cert_quota_t   quota;

    list = json_array();

    status = cmd_show_copies(ctl, certificate->facts.number, &list);
    if (status != 0) {
        goto done;
    }

    err = cert_annotation_quota(ctl->reader, certificate->facts.number,
                                ctl->now, &quota);
    if (err != CERT_OK) {
        status = certctl_error(ctl, err, "cannot count the quota: %s",
                               cert_err_name(err));
        goto done;
    }

    json = certctl_json_certificate(certificate);

    certjson_set(&json, "quota", cmd_show_quota(ctl, &quota));

    if (ctl->is_json) {
        certjson_set(&json, "annotations", json_incref(list));
        status = certctl_print(json);
        goto done;
    }

    status = certctl_print_object(ctl, json);

    if (status == 0 && list == NULL) {
        status = certctl_print(NULL);
    }

    if (status == 0) {
        cmd_show_list(list);
    }

done:

    json_decref(list);

    return status;
}


static json_t *
cmd_show_quota(certctl_t *ctl, const cert_quota_t *quota)
{
    return json_pack("{sisiso}", "used", (int) quota->used, "left",
                     (int) quota->left, "next_slot",
                     certctl_json_time(ctl, quota->next_slot));
}


/* Codes are gathered first: a reader must not be used inside its own list. */
static int
cmd_show_copies(certctl_t *ctl, cert_str_t number, json_t **list)
{
    int              status;
    size_t           i;
    cert_err_t       err;
    certctl_codes_t  codes;
    cert_position_t  after;

    after.len = 0;

    do {
        codes.n = 0;

        err = cert_list_annotations(ctl->reader, number, &after,
                                    CMD_SHOW_BATCH, cmd_show_collect,
                                    &codes);

        if (err != CERT_OK && err != CERT_NOT_FOUND) {
            return certctl_error(ctl, err, "cannot list the copies: %s",
                                 cert_err_name(err));
        }

        for (i = 0; i < codes.n; i++) {
            status = cmd_show_add(ctl, number, &codes.codes[i], list);
            if (status != 0) {
                return status;
            }
        }

    } while (err == CERT_OK);

    return 0;
}


/* A copy is never removed from the store, so one that is gone is damage. */
static int
cmd_show_add(certctl_t *ctl, cert_str_t number, const cert_code_t *code,
    json_t **list)
{
    cert_err_t           err;
    cert_annotation_t    annotation;
    cert_certificate_t   certificate;

    err = cert_read_annotation(ctl->reader, code, &annotation, &certificate);
    if (err != CERT_OK) {
        return certctl_error(ctl, err, "cannot read a copy: %s",
                             cert_err_name(err));
    }

    certjson_add(list, certctl_json_annotation(ctl, number, &annotation));

    return 0;
}


/* Called within a snapshot, so it only takes a note. */
static cert_err_t
cmd_show_collect(void *data, const cert_code_t *code, cert_time_t time)
{
    certctl_codes_t  *codes = data;

    (void) time;

    codes->codes[codes->n++] = *code;

    return CERT_OK;
}


/* What is neither a code nor a number does not exist. */
static int
cmd_show_copy(certctl_t *ctl, const char *text)
{
    cert_err_t           err;
    cert_code_t          code;
    cert_annotation_t    annotation;
    cert_certificate_t   certificate;

    err = CERT_NOT_FOUND;

    if (cert_code_parse(&code, cert_strz(text)) == CERT_OK) {
        err = cert_read_annotation(ctl->reader, &code, &annotation,
                                   &certificate);
    }

    if (err != CERT_OK) {
        return certctl_error(ctl, err, err == CERT_NOT_FOUND
                             ? "no such certificate and no such copy"
                             : "cannot read the copy: %s",
                             cert_err_name(err));
    }

    return certctl_print_object(ctl, certctl_json_annotation(ctl,
                                         certificate.facts.number,
                                         &annotation));
}


/* A line a copy, for people; all else is in the JSON. */
static void
cmd_show_list(const json_t *list)
{
    size_t         i;
    const char    *expires;
    const json_t  *copy;

    for (i = 0; i < json_array_size(list); i++) {
        copy = json_array_get(list, i);
        expires = json_string_value(json_object_get(copy, "expires"));

        printf("copy: %s %s %s\n",
               json_string_value(json_object_get(copy, "code")),
               json_string_value(json_object_get(copy, "result")),
               expires != NULL ? expires : "-");
    }
}

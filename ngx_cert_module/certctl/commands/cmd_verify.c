/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl verify: what a PDF file is.
 *
 * Two questions: is the file one that we sealed, untouched (certpdf_verify);
 * and does the store know it and hold it in force today (cert_check, by the
 * file's digest).  Both have to say yes.
 *
 * The first thing that is wrong is the answer, and each of them has a name:
 * "no" alone would not tell a forgery from a copy that expired yesterday.  The
 * store is asked by the digest of the file, never by a code read from it: a
 * code can be printed on anything.
 *
 * A link of a copy has to lead to its own check at an address of this
 * authority.  A seal says nothing of that: the same authority of certificates
 * vouches for other seals, too (certpdf_verify_links.c).  Without a store the
 * address is that of --public-url, or else is printed for the reader to judge.
 *
 * Trust comes from a file of authorities and not from those of the system, of
 * which any could vouch for a forged copy.
 */


#include "cert_check.h"
#include "cert_hex.h"
#include "cert_verdict_json.h"
#include "certctl_address.h"
#include "certctl_commands.h"
#include "certctl_home.h"
#include "certctl_json.h"
#include "certctl_options.h"
#include "certctl_output.h"
#include "certpdf_bytes.h"
#include "certpdf_verify.h"
#include "certrender_file.h"


/* A public address, "/check/" and a code, with the end. */
#define CMD_VERIFY_LINK_SIZE  \
    (CERT_URL_MAX + sizeof("/check/") + CERT_CODE_TEXT_SIZE)

typedef struct {
    const char        *file;
    const char        *ca;
    const char        *url;             /* --public-url, or NULL */
    int                is_alone;        /* --no-store */
    certpdf_report_t   report;
    cert_verdict_t     verdict;
} cmd_verify_t;


static int cmd_verify_begin(certctl_t *ctl, cmd_verify_t *verify,
    char path[CERTCTL_PATH_MAX]);
static int cmd_verify_file(certctl_t *ctl, cmd_verify_t *verify);
static void cmd_verify_ask(certctl_t *ctl, cmd_verify_t *verify);
static int cmd_verify_links(certctl_t *ctl, cmd_verify_t *verify);
static int cmd_verify_say(certctl_t *ctl,
    const cmd_verify_t *verify);
static int cmd_verify_status(const cmd_verify_t *verify);
static json_t *cmd_verify_json(certctl_t *ctl,
    const cmd_verify_t *verify, const char *result);
static void cmd_verify_link(const cmd_verify_t *verify,
    char link[CMD_VERIFY_LINK_SIZE]);
static json_t *cmd_verify_answer(const cert_verdict_t *verdict);
static void cmd_verify_print(certctl_t *ctl,
    const cmd_verify_t *verify, const char *result);


int
cmd_verify(certctl_t *ctl, int argc, char **argv)
{
    int             status;
    char            path[CERTCTL_PATH_MAX];
    certctl_args_t  args;
    cmd_verify_t    verify;

    memset(&verify, 0, sizeof(verify));

    certctl_option_t  list[] = {
        { "no-store", CERTCTL_FLAG, &verify.is_alone },
        { "ca", CERTCTL_FILE, &verify.ca },
        { "public-url", CERTCTL_TEXT, &verify.url },
        { NULL, CERTCTL_FILE, NULL }
    };

    status = certctl_options(ctl, argc, argv, list, 1, 1, &args);
    if (status != 0) {
        return status;
    }

    verify.file = args.v[0];

    status = cmd_verify_begin(ctl, &verify, path);

    if (status == 0) {
        status = cmd_verify_file(ctl, &verify);
    }

    if (status != 0) {
        return status;
    }

    if (!verify.is_alone) {
        cmd_verify_ask(ctl, &verify);
    }

    if (verify.report.finding == CERTPDF_GENUINE && verify.report.has_links) {
        status = cmd_verify_links(ctl, &verify);
    }

    return status != 0 ? status : cmd_verify_say(ctl, &verify);
}


/*
 * Finds the authority, in "path" if it is the home's, and opens the store.
 * Without a store there need not be a home to find it in.
 */
static int
cmd_verify_begin(certctl_t *ctl, cmd_verify_t *verify,
    char path[CERTCTL_PATH_MAX])
{
    int  status;

    if (verify->is_alone) {
        return verify->ca != NULL ? 0
               : certctl_usage(ctl, "\"--no-store\" needs \"--ca FILE\"");
    }

    if (verify->url != NULL) {
        return certctl_usage(ctl, "\"--public-url\" goes with \"--no-store\": "
                             "a store knows its addresses");
    }

    if (verify->ca == NULL) {
        status = certctl_home_path(ctl, path, "seals/ca.pem");
        if (status != 0) {
            return status;
        }

        verify->ca = path;
    }

    return certctl_home_open(ctl, CERT_STORE_READ);
}


/* A file that cannot be read is neither genuine nor forged: status 3. */
static int
cmd_verify_file(certctl_t *ctl, cmd_verify_t *verify)
{
    cert_str_t        str;
    cert_err_t        err;
    cert_reason_t     reason;
    certpdf_bytes_t   bytes;

    err = certrender_file_read(verify->file, &bytes, &reason);
    if (err != CERT_OK) {
        (void) certctl_error(ctl, err, "%s: %s", verify->file, reason.text);
        return CERTCTL_SYSTEM;
    }

    str.data = bytes.data;
    str.len = bytes.len;

    err = certpdf_verify(str, verify->ca, &verify->report, &reason);
    certpdf_bytes_free(&bytes);

    if (err != CERT_OK) {
        (void) certctl_error(ctl, err, "%s: %s", verify->ca, reason.text);
        return CERTCTL_SYSTEM;
    }

    return 0;
}


/*
 * By the digest: a genuine file that the store does not know was not made by
 * it, or has been replaced since.
 */
static void
cmd_verify_ask(certctl_t *ctl, cmd_verify_t *verify)
{
    char             hex[2 * CERT_SHA256_SIZE];
    cert_question_t  question;

    (void) cert_hex_encode(hex, verify->report.sha256, CERT_SHA256_SIZE);

    memset(&question, 0, sizeof(question));
    question.ask = CERT_ASK_SHA256;
    question.text = (cert_str_t) { (const uint8_t *) hex, sizeof(hex) };

    cert_check(ctl->reader, &question, ctl->now, &verify->verdict);
}


/*
 * What is known of the authority here.  The code is compared where the store
 * knows the file: of another one it cannot say which code it has.
 */
static int
cmd_verify_links(certctl_t *ctl, cmd_verify_t *verify)
{
    int                status, is_ours;
    certpdf_report_t  *report;

    report = &verify->report;
    is_ours = 1;

    if (verify->url != NULL) {
        is_ours = strcmp(verify->url, report->link_url) == 0;

    } else if (!verify->is_alone
               && verify->verdict.result != CERT_RESULT_UNAVAILABLE)
    {
        status = certctl_address_is_ours(ctl, report->link_url, &is_ours);
        if (status != 0) {
            return status;
        }
    }

    if (!is_ours) {
        report->finding = CERTPDF_FOREIGN_LINK;
        cert_reason_set(&report->reason, "its links lead to %s, which is not "
                        "an address of this authority", report->link_url);

    } else if (!verify->is_alone && verify->verdict.has_annotation
               && memcmp(report->link_code.bytes,
                         verify->verdict.annotation.code.bytes,
                         CERT_CODE_SIZE) != 0)
    {
        report->finding = CERTPDF_FOREIGN_LINK;
        cert_reason_set(&report->reason, "its links lead to the check of "
                        "another copy");
    }

    return 0;
}


/*
 * "result" is the first thing that is wrong: of the file, then of the copy.
 */
static int
cmd_verify_say(certctl_t *ctl, const cmd_verify_t *verify)
{
    int          status;
    const char  *result;

    result = certpdf_finding_name(verify->report.finding);

    if (verify->report.finding == CERTPDF_GENUINE && !verify->is_alone
        && verify->verdict.result != CERT_RESULT_VALID)
    {
        result = cert_result_name(verify->verdict.result);
    }

    if (ctl->is_json) {
        status = certctl_print(cmd_verify_json(ctl, verify, result));
        if (status != 0) {
            return status;
        }

    } else {
        cmd_verify_print(ctl, verify, result);
    }

    return cmd_verify_status(verify);
}


/* A store that could not be asked has not said no, and says why. */
static int
cmd_verify_status(const cmd_verify_t *verify)
{
    if (!verify->is_alone
        && verify->verdict.result == CERT_RESULT_UNAVAILABLE)
    {
        fprintf(stderr, "certctl: the store cannot answer: %s\n",
                cert_err_name(verify->verdict.err));
        return CERTCTL_SYSTEM;
    }

    return verify->report.finding == CERTPDF_GENUINE
           && (verify->is_alone
               || verify->verdict.result == CERT_RESULT_VALID)
           ? CERTCTL_YES : CERTCTL_NO;
}


/* Both findings whole, so that a program need not trust our order. */
static json_t *
cmd_verify_json(certctl_t *ctl, const cmd_verify_t *verify,
    const char *result)
{
    char                     link[CMD_VERIFY_LINK_SIZE];
    json_t                  *json;
    const certpdf_report_t  *report;

    report = &verify->report;

    json = json_pack("{sossssso}", "file", certctl_json_path(verify->file),
                     "result", result,
                     "finding", certpdf_finding_name(report->finding),
                     "sha256", certjson_hex(report->sha256,
                                            CERT_SHA256_SIZE));

    certjson_set(&json, "reason", report->finding == CERTPDF_GENUINE
                 ? json_null() : json_string(report->reason.text));
    certjson_set(&json, "advice", report->finding == CERTPDF_GENUINE
                 ? json_null()
                 : json_string(certpdf_finding_advice(report->finding)));
    cmd_verify_link(verify, link);
    certjson_set(&json, "link", link[0] != '\0' ? json_string(link)
                                                : json_null());
    certjson_set(&json, "signer", report->signer[0] != '\0'
                 ? json_string(report->signer) : json_null());
    certjson_set(&json, "signed", certctl_json_time(ctl, report->signed_at));

    if (!verify->is_alone) {
        certjson_set(&json, "check", cmd_verify_answer(&verify->verdict));
    }

    return json;
}


/* Empty where there is none, or where they do not agree. */
static void
cmd_verify_link(const cmd_verify_t *verify, char link[CMD_VERIFY_LINK_SIZE])
{
    char                     code[CERT_CODE_TEXT_SIZE];
    const certpdf_report_t  *report;

    report = &verify->report;
    link[0] = '\0';

    if (report->has_links) {
        cert_code_format(&report->link_code, code);
        (void) snprintf(link, CMD_VERIFY_LINK_SIZE, "%s/check/%s",
                        report->link_url, code);
    }
}


/* The answer of the public check, as it stands. */
static json_t *
cmd_verify_answer(const cert_verdict_t *verdict)
{
    size_t   len;
    uint8_t  text[CERT_ANSWER_MAX];

    len = cert_verdict_json(verdict, text);

    return json_loadb((const char *) text, len, 0, NULL);
}


/* For people: the file first, then the store. */
static void
cmd_verify_print(certctl_t *ctl, const cmd_verify_t *verify,
    const char *result)
{
    char                     text[CERT_CODE_TEXT_SIZE];
    char                     when[CERT_TIME_TEXT_SIZE];
    char                     link[CMD_VERIFY_LINK_SIZE];
    const certpdf_report_t  *report;

    report = &verify->report;

    printf("%s: %s\n", verify->file, result);

    if (report->finding != CERTPDF_GENUINE) {
        printf("  file: %s\n", report->reason.text);
        printf("  advice: %s\n", certpdf_finding_advice(report->finding));
    }

    cmd_verify_link(verify, link);

    if (link[0] != '\0') {
        printf("  links to: %s\n", link);
    }

    if (report->signer[0] != '\0') {
        printf("  signer: %s\n", report->signer);
    }

    if (report->signed_at != 0) {
        cert_time_format(report->signed_at, ctl->policy.utc_offset_sec, when);
        printf("  signed: %s\n", when);
    }

    if (verify->is_alone) {
        return;
    }

    printf("  store: %s\n", cert_result_name(verify->verdict.result));

    if (verify->verdict.has_annotation) {
        cert_code_format(&verify->verdict.annotation.code, text);
        printf("  code: %s\n", text);
    }
}

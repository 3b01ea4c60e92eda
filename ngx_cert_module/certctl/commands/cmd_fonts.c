/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl fonts check: characters in the store that no installed font has, and
 * the packages that have them.
 *
 * An import refuses names with such characters; what came in before, or with
 * other fonts, is found here and not by the holder whose copy fails.
 */


#include <stdlib.h>

#include "cert_list.h"
#include "certctl_commands.h"
#include "certctl_home.h"
#include "certctl_json.h"
#include "certctl_options.h"
#include "certctl_output.h"
#include "certpdf_glyphs.h"


/* Certificates in one snapshot. */
#define CMD_FONTS_BATCH  1000

/* Different characters that are told apart. */
#define CMD_FONTS_MAX    1000

typedef struct {
    uint32_t  ch;
    uint64_t  n;                            /* of certificates with it */
    char      first[CERT_NUMBER_MAX + 1];   /* the number of one */
} cmd_fonts_missing_t;

typedef struct {
    certpdf_glyphs_t     *glyphs;
    uint64_t              checked;
    uint64_t              failed;           /* certificates that miss one */
    size_t                n;
    cmd_fonts_missing_t  *missing;          /* room for CMD_FONTS_MAX */
} cmd_fonts_t;


static int cmd_fonts_check(certctl_t *ctl, cmd_fonts_t *fonts);
static cert_err_t cmd_fonts_each(void *data,
    const cert_certificate_t *certificate);
static void cmd_fonts_note(cmd_fonts_t *fonts, uint32_t ch, cert_str_t number);
static int cmd_fonts_say(certctl_t *ctl, const cmd_fonts_t *fonts);
static json_t *cmd_fonts_json(const cmd_fonts_t *fonts);


int
cmd_fonts(certctl_t *ctl, int argc, char **argv)
{
    int             status;
    cmd_fonts_t     fonts;
    certctl_args_t  args;

    status = certctl_options(ctl, argc, argv, NULL, 1, 1, &args);

    if (status == 0 && strcmp(args.v[0], "check") != 0) {
        status = certctl_usage(ctl, "\"%s\" is not \"check\"", args.v[0]);
    }

    if (status == 0) {
        status = certctl_home_open(ctl, CERT_STORE_SCAN);
    }

    if (status == 0) {
        status = certctl_home_need_private(ctl, "fonts check");
    }

    if (status != 0) {
        return status;
    }

    memset(&fonts, 0, sizeof(fonts));

    fonts.glyphs = certpdf_glyphs_create();
    fonts.missing = calloc(CMD_FONTS_MAX, sizeof(cmd_fonts_missing_t));

    status = fonts.glyphs == NULL || fonts.missing == NULL
             ? certctl_error(ctl, CERT_NO_MEMORY, "out of memory")
             : cmd_fonts_check(ctl, &fonts);

    certpdf_glyphs_destroy(fonts.glyphs);
    free(fonts.missing);

    return status;
}


static int
cmd_fonts_check(certctl_t *ctl, cmd_fonts_t *fonts)
{
    cert_err_t       err;
    cert_position_t  after;

    after.len = 0;

    do {
        err = cert_list_certificates(ctl->reader, &after, CMD_FONTS_BATCH,
                                     cmd_fonts_each, fonts);
    } while (err == CERT_OK);

    if (err != CERT_NOT_FOUND) {
        return certctl_error(ctl, err, "after %llu certificates: %s",
                             (unsigned long long) fonts->checked,
                             cert_err_name(err));
    }

    return cmd_fonts_say(ctl, fonts);
}


/* All that a face may print; one character of each certificate is enough. */
static cert_err_t
cmd_fonts_each(void *data, const cert_certificate_t *certificate)
{
    cmd_fonts_t *fonts = data;

    size_t                i;
    uint32_t              ch;
    const cert_facts_t   *facts;
    const cert_str_t      texts[] = {
        cert_strz(certificate->person.name.data),
        certificate->facts.number, certificate->facts.qualification,
        certificate->facts.specialty, certificate->facts.level,
        certificate->facts.issuer
    };

    if (!certificate->has_person) {
        return CERT_NO_KEY;
    }

    facts = &certificate->facts;
    fonts->checked++;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        ch = certpdf_glyphs_missing(fonts->glyphs, texts[i]);

        if (ch != 0) {
            cmd_fonts_note(fonts, ch, facts->number);
            fonts->failed++;
            break;
        }
    }

    return CERT_OK;
}


static void
cmd_fonts_note(cmd_fonts_t *fonts, uint32_t ch, cert_str_t number)
{
    size_t                i;
    cmd_fonts_missing_t  *missing;

    for (i = 0; i < fonts->n; i++) {
        if (fonts->missing[i].ch == ch) {
            fonts->missing[i].n++;
            return;
        }
    }

    if (fonts->n < CMD_FONTS_MAX) {
        missing = &fonts->missing[fonts->n++];
        missing->ch = ch;
        missing->n = 1;
        memcpy(missing->first, number.data, number.len);
    }
}


/* Something missing is an answer, and status 1. */
static int
cmd_fonts_say(certctl_t *ctl, const cmd_fonts_t *fonts)
{
    int                         status;
    size_t                      i;
    const cmd_fonts_missing_t  *missing;

    status = 0;

    if (ctl->is_json) {
        status = certctl_print(cmd_fonts_json(fonts));

    } else {
        for (i = 0; i < fonts->n; i++) {
            missing = &fonts->missing[i];
            printf("U+%04X: %llu certificates, such as %s; package %s\n",
                   missing->ch, (unsigned long long) missing->n,
                   missing->first, certpdf_glyphs_package(missing->ch));
        }

        printf("%llu certificates, %llu with a character that no font has\n",
               (unsigned long long) fonts->checked,
               (unsigned long long) fonts->failed);
    }

    return status != 0 ? status : fonts->failed > 0 ? CERTCTL_NO : CERTCTL_YES;
}


static json_t *
cmd_fonts_json(const cmd_fonts_t *fonts)
{
    char                        name[16];
    size_t                      i;
    json_t                     *list;
    const cmd_fonts_missing_t  *missing;

    list = json_array();

    for (i = 0; i < fonts->n; i++) {
        missing = &fonts->missing[i];
        (void) snprintf(name, sizeof(name), "U+%04X", missing->ch);

        certjson_add(&list, json_pack("{sssIssss}", "character", name,
                     "certificates", (json_int_t) missing->n,
                     "first", missing->first,
                     "package", certpdf_glyphs_package(missing->ch)));
    }

    return json_pack("{sIsIso}", "certificates", (json_int_t) fonts->checked,
                     "failed", (json_int_t) fonts->failed, "missing", list);
}

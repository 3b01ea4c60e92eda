/*
 * Copyright (C) the ngx_cert authors
 *
 * Certificates from a CSV file: what a row amounts to.
 *
 * All that can be refused without the store is refused here, before a
 * transaction is begun.
 *
 * A photo is read before the number is looked for among those seen: a row that
 * is refused for its photo leaves its number to the right row further down.
 */


#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <unistd.h>

#include "cert_fold.h"
#include "cert_read.h"
#include "cert_time.h"
#include "certctl_certificate_import.h"
#include "certctl_output.h"
#include "certctl_photo.h"
#include "certctl_row.h"
#include "certpdf_glyphs.h"


/* 1980-01-01, before which there were no such certificates. */
#define CERTCTL_CERTIFICATE_FIRST  3652

/* Years of a holder at the approval that are seldom exceeded. */
#define CERTCTL_CERTIFICATE_YOUNG  16
#define CERTCTL_CERTIFICATE_OLD    90

typedef struct {
    certctl_t         *ctl;
    int                folder;  /* of the CSV file, for photos; or -1 */
    uint8_t           *photo;   /* room for one; NULL until needed */
    certpdf_glyphs_t  *glyphs;  /* of the reading alone; NULL: any font */
} certctl_certificate_t;


static int certctl_certificate_folder(certctl_t *ctl, const char *source,
    int *folder);
static cert_err_t certctl_certificate_read(void *data, void *item,
    const cert_str_t *fields, const certctl_rules_t *rules,
    certctl_kind_row_t *row);
static cert_err_t certctl_certificate_font(
    const certctl_certificate_t *import, const cert_text_t *name,
    certctl_kind_row_t *row);
static cert_err_t certctl_certificate_row(void *data, void *item,
    certctl_kind_row_t *row);
static cert_err_t certctl_certificate_photo(certctl_certificate_t *import,
    cert_str_t path, certctl_kind_row_t *row);
static void certctl_certificate_survey(void *data, const void *item,
    certctl_survey_t *survey, uint64_t line, int is_corrected);
static void certctl_certificate_odd(const cert_certificate_t *certificate,
    certctl_survey_t *survey, uint64_t line);
static void certctl_certificate_changed(certctl_certificate_t *import,
    const cert_certificate_t *new, certctl_survey_t *survey);
static void certctl_certificate_facts(const cert_facts_t *was,
    const cert_facts_t *is, certctl_survey_t *survey);
static void certctl_certificate_person(const cert_person_t *was,
    const cert_person_t *is, certctl_survey_t *survey);
static void certctl_certificate_date(certctl_survey_t *survey,
    const char *name, cert_date_t was, cert_date_t is);


static const certctl_kind_t  certctl_certificate_kind = {
    CERTCTL_COLS, CERTCTL_COL_STATUS, CERTCTL_COL_NUMBER,
    1u << CERTCTL_COL_NUMBER | 1u << CERTCTL_COL_ID_NUMBER,
    sizeof(certctl_row_t), certctl_column_name, certctl_certificate_read,
    certctl_certificate_row, certctl_certificate_survey
};


int
certctl_certificate_import(certctl_t *ctl,
    const certctl_intake_options_t *options)
{
    int                    status;
    certctl_certificate_t  import;

    memset(&import, 0, sizeof(import));
    import.ctl = ctl;
    import.folder = -1;

    status = certctl_certificate_folder(ctl, options->source, &import.folder);

    /* Before there are threads, which fontconfig has its troubles with. */

    if (status == 0 && !options->any_font) {
        import.glyphs = certpdf_glyphs_create();
        status = import.glyphs != NULL ? 0
                 : certctl_error(ctl, CERT_SYSTEM, "fontconfig cannot list "
                                 "the installed fonts, or there is no memory "
                                 "for it");
    }

    if (status == 0) {
        status = certctl_intake(ctl, &certctl_certificate_kind, options,
                                &import);
    }

    if (import.folder != -1) {
        close(import.folder);
    }

    certpdf_glyphs_destroy(import.glyphs);
    free(import.photo);

    return status;
}


/*
 * The folder is opened with the file: photos come from where the CSV was, even
 * if somebody renames it meanwhile.  Without it only photos cannot be read.
 */
static int
certctl_certificate_folder(certctl_t *ctl, const char *source, int *folder)
{
    char  *copy;

    copy = strdup(source);
    if (copy == NULL) {
        return certctl_error(ctl, CERT_NO_MEMORY, "out of memory");
    }

    /* The folder of "-" is ".", the folder of a person that pipes a file. */

    *folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(copy);

    return 0;
}


static cert_err_t
certctl_certificate_read(void *data, void *item, const cert_str_t *fields,
    const certctl_rules_t *rules, certctl_kind_row_t *row)
{
    certctl_row_t *read = item;

    if (certctl_row_read(read, fields, rules) != CERT_OK) {
        row->column = read->column;
        cert_reason_set(&row->reason, "%s", read->why);
        return CERT_REFUSED;
    }

    return certctl_certificate_font(data, &read->certificate.person.name, row);
}


/* A copy of it would fail: better now than when its holder waits. */
static cert_err_t
certctl_certificate_font(const certctl_certificate_t *import,
    const cert_text_t *name, certctl_kind_row_t *row)
{
    uint32_t  ch;

    if (import->glyphs == NULL) {
        return CERT_OK;
    }

    ch = certpdf_glyphs_missing(import->glyphs, cert_strz(name->data));
    if (ch == 0) {
        return CERT_OK;
    }

    row->column = CERTCTL_COL_NAME;
    cert_reason_set(&row->reason, "holds the character U+%04X, which no "
                    "installed font has; the package %s has it", ch,
                    certpdf_glyphs_package(ch));

    return CERT_REFUSED;
}


/* Certificate and photo are two changes of one transaction. */
static cert_err_t
certctl_certificate_row(void *data, void *item, certctl_kind_row_t *row)
{
    certctl_row_t *read = item;

    /* A number in two spellings is there twice. */
    row->key = (cert_str_t) {
        (const uint8_t *) read->number_form.data, read->number_form.len
    };

    row->changes[0].type = CERT_CHANGE_CERTIFICATE;
    row->changes[0].u.certificate = &read->certificate;
    row->changes_n = 1;

    return read->photo.len > 0
           ? certctl_certificate_photo(data, read->photo, row) : CERT_OK;
}


/* One buffer serves all photos, and is not there while there are none. */
static cert_err_t
certctl_certificate_photo(certctl_certificate_t *import, cert_str_t path,
    certctl_kind_row_t *row)
{
    size_t          len;
    cert_err_t      err;
    cert_reason_t   reason;
    cert_change_t  *change;

    if (import->photo == NULL) {
        import->photo = malloc(CERT_PHOTO_MAX);

        if (import->photo == NULL) {
            cert_reason_set(&row->reason, "out of memory");
            return CERT_NO_MEMORY;
        }
    }

    err = certctl_photo_read(import->folder, path, import->photo,
                             &len, &reason);

    if (err == CERT_INVALID) {
        row->column = CERTCTL_COL_PHOTO;
        row->reason = reason;
        return CERT_REFUSED;
    }

    if (err != CERT_OK) {
        cert_reason_set(&row->reason, "the photo %.200s", reason.text);
        return err;
    }

    change = &row->changes[row->changes_n++];

    change->type = CERT_CHANGE_PHOTO;
    change->u.photo.number =
                            row->changes[0].u.certificate->facts.number;
    change->u.photo.photo.data = import->photo;
    change->u.photo.photo.len = len;

    return CERT_OK;
}


static void
certctl_certificate_survey(void *data, const void *item,
    certctl_survey_t *survey, uint64_t line, int is_corrected)
{
    const certctl_row_t *read = item;

    const cert_certificate_t  *certificate;

    certificate = &read->certificate;

    certctl_survey_row(survey, line, certificate->facts.number,
                       cert_strz(certificate->person.name.data));
    certctl_certificate_odd(certificate, survey, line);

    if (is_corrected
        && certctl_survey_change(survey, certificate->facts.number))
    {
        certctl_certificate_changed(data, certificate, survey);
    }
}


/* Dates that are possible, and that hardly any certificate has. */
static void
certctl_certificate_odd(const cert_certificate_t *certificate,
    certctl_survey_t *survey, uint64_t line)
{
    int32_t      age;
    cert_date_t  approved, birth;

    approved = certificate->facts.approved;
    birth = certificate->person.birth_date;

    if (approved < CERTCTL_CERTIFICATE_FIRST) {
        certctl_survey_odd(survey, line, CERTCTL_ODD_DATE);
    }

    if (birth == CERT_DATE_NONE) {
        return;
    }

    age = approved - birth;

    if (age < CERTCTL_CERTIFICATE_YOUNG * 365
        || age > CERTCTL_CERTIFICATE_OLD * 366)
    {
        certctl_survey_odd(survey, line, CERTCTL_ODD_AGE);
    }
}


/* The reader does not see the transaction: it has what was there before. */
static void
certctl_certificate_changed(certctl_certificate_t *import,
    const cert_certificate_t *new, certctl_survey_t *survey)
{
    cert_certificate_t  old;

    if (cert_read_certificate(import->ctl->reader, new->facts.number, &old)
        != CERT_OK)
    {
        return;
    }

    certctl_certificate_facts(&old.facts, &new->facts, survey);

    if (old.has_person) {
        certctl_certificate_person(&old.person, &new->person, survey);
    }

    explicit_bzero(&old, sizeof(old));
}


static void
certctl_certificate_facts(const cert_facts_t *was, const cert_facts_t *is,
    certctl_survey_t *survey)
{
    int     is_named;
    size_t  i;

    const struct {
        const char  *name;
        cert_str_t   was;
        cert_str_t   is;
    }  texts[] = {
        { "qualification", was->qualification, is->qualification },
        { "specialty", was->specialty, is->specialty },
        { "level", was->level, is->level },
        { "issuer", was->issuer, is->issuer }
    };

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i].was.len != texts[i].is.len
            || memcmp(texts[i].was.data, texts[i].is.data, texts[i].is.len)
               != 0)
        {
            certctl_survey_field(survey, texts[i].name, texts[i].was,
                                 texts[i].is);
        }
    }

    /* A file that names no successor leaves the one there is. */
    is_named = is->replaced_by.len != 0
               || (is->status != CERT_STATUS_KEEP
                   && is->status != CERT_STATUS_REPLACED);

    if (is_named
        && !cert_fold_is_same_number(was->replaced_by, is->replaced_by))
    {
        certctl_survey_field(survey, "replaced_by", was->replaced_by,
                             is->replaced_by);
    }

    certctl_certificate_date(survey, "approved", was->approved, is->approved);

    if (is->status != CERT_STATUS_KEEP && was->status != is->status) {
        certctl_survey_field(survey, "status",
                             cert_strz(cert_status_name(was->status)),
                             cert_strz(cert_status_name(is->status)));
    }
}


/* As a public answer shows a person: masks, and that something differs. */
static void
certctl_certificate_person(const cert_person_t *was, const cert_person_t *is,
    certctl_survey_t *survey)
{
    cert_text_t  from, to;

    if (strcmp(was->name.data, is->name.data) != 0) {
        cert_name_mask(&from, cert_strz(was->name.data));
        cert_name_mask(&to, cert_strz(is->name.data));
        certctl_survey_field(survey, "name", cert_strz(from.data),
                             cert_strz(to.data));
    }

    if (was->id_type != is->id_type) {
        certctl_survey_field(survey, "id_type",
                             cert_strz(cert_id_type_name(was->id_type)),
                             cert_strz(cert_id_type_name(is->id_type)));
    }

    if (strcmp(was->id_number.data, is->id_number.data) != 0) {
        certctl_survey_field(survey, "id_number", cert_str("*"),
                             cert_str("*"));
    }

    if (strcmp(was->sex.data, is->sex.data) != 0) {
        certctl_survey_field(survey, "sex", cert_str("*"), cert_str("*"));
    }

    if (was->birth_date != is->birth_date) {
        certctl_survey_field(survey, "birth_date", cert_str("*"),
                             cert_str("*"));
    }
}


static void
certctl_certificate_date(certctl_survey_t *survey, const char *name,
    cert_date_t was, cert_date_t is)
{
    char  from[CERT_DATE_TEXT_SIZE], to[CERT_DATE_TEXT_SIZE];

    if (was != is) {
        cert_date_format(was, from);
        cert_date_format(is, to);
        certctl_survey_field(survey, name, cert_strz(from), cert_strz(to));
    }
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * The survey of an import, in memory of a fixed size whatever the file's.
 *
 * Names are counted by hash among the first few thousand different ones: a
 * column that was filled down, or shifted, has one name in most rows, and that
 * one is among them.  So are the forms of numbers, where a digit is 9 and a
 * letter A: the form of one row in fifty is worth a look.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cert_siphash.h"
#include "certctl_json.h"
#include "certctl_survey.h"


#define CERTCTL_SURVEY_REASONS  64
#define CERTCTL_SURVEY_FIELDS   16
#define CERTCTL_SURVEY_NAMES    8192        /* a power of 2 */
#define CERTCTL_SURVEY_FORMS    32

/* Rows from which on the share of a form says something. */
#define CERTCTL_SURVEY_ROWS     50

/* So many rows of one name are odd, and from 1000 rows on one in a hundred. */
#define CERTCTL_SURVEY_SAME     10

typedef struct {
    uint64_t  n;
    uint64_t  line;                 /* of the first */
    char      column[32];
    char      why[256];
} certctl_survey_reason_t;

typedef struct {
    const char   *name;
    cert_text_t   from;
    cert_text_t   to;
} certctl_survey_field_t;

typedef struct {
    cert_text_t              number;
    size_t                   n;
    certctl_survey_field_t   fields[CERTCTL_SURVEY_FIELDS];
} certctl_survey_change_t;

/* A name, or the form of a number. */
typedef struct {
    uint64_t  hash;                 /* 0: free */
    uint64_t  n;
    uint64_t  line;                 /* of the first */
} certctl_survey_count_t;

struct certctl_survey_s {
    uint64_t                  key[2];
    uint64_t                  rows;
    size_t                    reasons_n;
    size_t                    changes_n;
    size_t                    names_n;
    size_t                    forms_n;
    certctl_survey_count_t    odds[CERTCTL_ODDS];
    certctl_survey_count_t    forms[CERTCTL_SURVEY_FORMS];
    certctl_survey_count_t    names[CERTCTL_SURVEY_NAMES];
    certctl_survey_reason_t   reasons[CERTCTL_SURVEY_REASONS];
    certctl_survey_change_t   changes[CERTCTL_SURVEY_CHANGES];
};

/* What is told of rows that look odd. */
typedef struct {
    const char  *what;
    uint64_t     n;
    uint64_t     line;
} certctl_survey_sign_t;

#define CERTCTL_SURVEY_SIGNS  (CERTCTL_ODDS + 2)


static void certctl_survey_name(certctl_survey_t *survey, uint64_t line,
    cert_str_t name);
static void certctl_survey_form(certctl_survey_t *survey, uint64_t line,
    cert_str_t number);
static uint64_t certctl_survey_hash(const certctl_survey_t *survey,
    cert_str_t text);
static uint8_t certctl_survey_class(uint8_t ch);
static void certctl_survey_text(cert_text_t *out, cert_str_t text);
static size_t certctl_survey_signs(const certctl_survey_t *survey,
    certctl_survey_sign_t signs[CERTCTL_SURVEY_SIGNS]);


certctl_survey_t *
certctl_survey_create(const uint64_t key[2])
{
    certctl_survey_t  *survey;

    survey = calloc(1, sizeof(certctl_survey_t));

    if (survey != NULL) {
        memcpy(survey->key, key, sizeof(survey->key));
    }

    return survey;
}


void
certctl_survey_destroy(certctl_survey_t *survey)
{
    free(survey);
}


void
certctl_survey_refused(certctl_survey_t *survey, uint64_t line,
    const char *column, const char *why)
{
    size_t                    i;
    certctl_survey_reason_t  *reason;

    /* Each row names another line here, and it is one reason. */
    why = strncmp(why, "is on line ", 11) == 0 ? "is in an earlier row" : why;

    for (i = 0; i < survey->reasons_n; i++) {
        reason = &survey->reasons[i];

        if (strcmp(reason->why, why) == 0
            && strcmp(reason->column, column) == 0)
        {
            reason->n++;
            return;
        }
    }

    /* The last one is for all that there is no room for. */

    if (i == CERTCTL_SURVEY_REASONS) {
        survey->reasons[i - 1].n++;
        return;
    }

    reason = &survey->reasons[survey->reasons_n++];
    reason->n = 1;
    reason->line = line;

    if (survey->reasons_n == CERTCTL_SURVEY_REASONS) {
        column = "";
        why = "for other reasons";
    }

    (void) snprintf(reason->column, sizeof(reason->column), "%s", column);
    (void) snprintf(reason->why, sizeof(reason->why), "%s", why);
}


void
certctl_survey_row(certctl_survey_t *survey, uint64_t line, cert_str_t number,
    cert_str_t name)
{
    survey->rows++;

    certctl_survey_name(survey, line, name);
    certctl_survey_form(survey, line, number);
}


static void
certctl_survey_name(certctl_survey_t *survey, uint64_t line, cert_str_t name)
{
    size_t                   i;
    uint64_t                 hash;
    certctl_survey_count_t  *count;

    hash = certctl_survey_hash(survey, name);

    for (i = (size_t) hash; /* void */ ; i++) {
        count = &survey->names[i & (CERTCTL_SURVEY_NAMES - 1)];

        if (count->hash == hash) {
            count->n++;
            return;
        }

        if (count->hash == 0) {
            break;
        }
    }

    if (survey->names_n < CERTCTL_SURVEY_NAMES / 4 * 3) {
        survey->names_n++;
        *count = (certctl_survey_count_t) { hash, 1, line };
    }
}


static void
certctl_survey_form(certctl_survey_t *survey, uint64_t line,
    cert_str_t number)
{
    size_t    i;
    uint8_t   form[CERT_NUMBER_MAX];
    uint64_t  hash;

    for (i = 0; i < number.len; i++) {
        form[i] = certctl_survey_class(number.data[i]);
    }

    hash = certctl_survey_hash(survey, (cert_str_t) { form, number.len });

    for (i = 0; i < survey->forms_n && survey->forms[i].hash != hash; i++) {
        /* void */
    }

    if (i == CERTCTL_SURVEY_FORMS) {
        return;
    }

    if (i == survey->forms_n) {
        survey->forms[survey->forms_n++]
            = (certctl_survey_count_t) { hash, 0, line };
    }

    survey->forms[i].n++;
}


/* Never 0, which is a free place. */
static uint64_t
certctl_survey_hash(const certctl_survey_t *survey, cert_str_t text)
{
    uint64_t  hash;

    hash = cert_siphash(survey->key, 0, text);

    return hash != 0 ? hash : 1;
}


/* Classes in place of characters. */
static uint8_t
certctl_survey_class(uint8_t ch)
{
    if (ch >= '0' && ch <= '9') {
        return '9';
    }

    return ch >= 0x80 || (ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z')
           ? 'A' : ch;
}


void
certctl_survey_odd(certctl_survey_t *survey, uint64_t line, certctl_odd_t odd)
{
    if (survey->odds[odd].n++ == 0) {
        survey->odds[odd].line = line;
    }
}


int
certctl_survey_change(certctl_survey_t *survey, cert_str_t number)
{
    if (survey->changes_n == CERTCTL_SURVEY_CHANGES) {
        return 0;
    }

    certctl_survey_text(&survey->changes[survey->changes_n++].number, number);

    return 1;
}


void
certctl_survey_field(certctl_survey_t *survey, const char *name,
    cert_str_t from, cert_str_t to)
{
    certctl_survey_field_t   *field;
    certctl_survey_change_t  *change;

    change = &survey->changes[survey->changes_n - 1];

    if (change->n < CERTCTL_SURVEY_FIELDS) {
        field = &change->fields[change->n++];
        field->name = name;
        certctl_survey_text(&field->from, from);
        certctl_survey_text(&field->to, to);
    }
}


static void
certctl_survey_text(cert_text_t *out, cert_str_t text)
{
    out->len = text.len < CERT_TEXT_MAX ? text.len : CERT_TEXT_MAX;

    if (out->len != 0) {
        memcpy(out->data, text.data, out->len);
    }

    out->data[out->len] = '\0';
}


/* Gathers what looks odd; returns how many signs there are. */
static size_t
certctl_survey_signs(const certctl_survey_t *survey,
    certctl_survey_sign_t signs[CERTCTL_SURVEY_SIGNS])
{
    size_t                  i, n;
    certctl_survey_sign_t   form;
    certctl_survey_count_t  same;

    static const char *const  odds[CERTCTL_ODDS] = {
        "were approved before 1980",
        "have a holder who was under 16 or over 90 at the approval"
    };

    n = 0;
    memset(&same, 0, sizeof(same));

    for (i = 0; i < CERTCTL_SURVEY_NAMES; i++) {
        same = survey->names[i].n > same.n ? survey->names[i] : same;
    }

    if (same.n >= CERTCTL_SURVEY_SAME && same.n * 100 >= survey->rows) {
        signs[n++] = (certctl_survey_sign_t) { "have the same name", same.n,
                                               same.line };
    }

    form = (certctl_survey_sign_t) { "have a number of another form than most",
                                     0, 0 };

    for (i = 0; i < survey->forms_n; i++) {
        if (survey->forms[i].n * CERTCTL_SURVEY_ROWS <= survey->rows) {
            form.line = form.n == 0 ? survey->forms[i].line : form.line;
            form.n += survey->forms[i].n;
        }
    }

    if (form.n > 0) {
        signs[n++] = form;
    }

    for (i = 0; i < CERTCTL_ODDS; i++) {
        if (survey->odds[i].n > 0) {
            signs[n++] = (certctl_survey_sign_t) { odds[i], survey->odds[i].n,
                                                   survey->odds[i].line };
        }
    }

    return n;
}


void
certctl_survey_print(const certctl_survey_t *survey)
{
    size_t                          i, j, n;
    certctl_survey_sign_t           signs[CERTCTL_SURVEY_SIGNS];
    const certctl_survey_field_t   *field;
    const certctl_survey_change_t  *change;
    const certctl_survey_reason_t  *reason;

    for (i = 0; i < survey->reasons_n; i++) {
        reason = &survey->reasons[i];
        printf("refused: %llu rows: %s%s%s; the first on line %llu\n",
               (unsigned long long) reason->n, reason->column,
               reason->column[0] != '\0' ? " " : "", reason->why,
               (unsigned long long) reason->line);
    }

    for (i = 0; i < survey->changes_n; i++) {
        change = &survey->changes[i];
        printf("changed: %s", change->number.data);

        for (j = 0; j < change->n; j++) {
            field = &change->fields[j];
            printf("; %s \"%s\", before \"%s\"", field->name, field->to.data,
                   field->from.data);
        }

        putchar('\n');
    }

    n = certctl_survey_signs(survey, signs);

    for (i = 0; i < n; i++) {
        printf("suspicious: %llu rows %s; the first on line %llu\n",
               (unsigned long long) signs[i].n, signs[i].what,
               (unsigned long long) signs[i].line);
    }
}


void
certctl_survey_json(const certctl_survey_t *survey, json_t **json)
{
    size_t                          i, j, n;
    json_t                         *refused, *changed, *odd, *fields;
    certctl_survey_sign_t           signs[CERTCTL_SURVEY_SIGNS];
    const certctl_survey_field_t   *field;
    const certctl_survey_change_t  *change;

    refused = json_array();
    changed = json_array();
    odd = json_array();

    for (i = 0; i < survey->reasons_n; i++) {
        certjson_add(&refused, json_pack("{sssssIsI}",
                     "column", survey->reasons[i].column,
                     "reason", survey->reasons[i].why,
                     "rows", (json_int_t) survey->reasons[i].n,
                     "line", (json_int_t) survey->reasons[i].line));
    }

    for (i = 0; i < survey->changes_n; i++) {
        change = &survey->changes[i];
        fields = json_array();

        for (j = 0; j < change->n; j++) {
            field = &change->fields[j];
            certjson_add(&fields, json_pack("{ssssss}", "field", field->name,
                         "from", field->from.data, "to", field->to.data));
        }

        certjson_add(&changed, json_pack("{ssso}", "number",
                                         change->number.data, "fields",
                                         fields));
    }

    n = certctl_survey_signs(survey, signs);

    for (i = 0; i < n; i++) {
        certjson_add(&odd, json_pack("{sssIsI}", "what", signs[i].what,
                                     "rows", (json_int_t) signs[i].n,
                                     "line", (json_int_t) signs[i].line));
    }

    certjson_set(json, "refused", refused);
    certjson_set(json, "changed", changed);
    certjson_set(json, "suspicious", odd);
}

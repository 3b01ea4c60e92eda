/*
 * Copyright (C) the ngx_cert authors
 *
 * The rules of a row.  Each column has a reader in a table; they run in the
 * order of the columns, so a document number is read when its type is known,
 * and a birth date when the document number is.
 *
 * The rules are the authority's data dictionary and change with it, so each
 * stands alone and names its column: a refusal tells where, and a test goes
 * row by row.  Reasons are fixed texts.  Quoting the value would help the
 * operator, who has it in the rejects file anyway, and put people's data into
 * logs.
 *
 * A column that a file leaves out is an empty field here, so no reader has to
 * know which columns there are.
 */


#include <string.h>

#include "cert_fold.h"
#include "certctl_cell.h"
#include "certctl_name.h"
#include "certctl_row.h"


typedef cert_err_t (*certctl_reader_pt)(certctl_row_t *row, cert_str_t text,
    const certctl_rules_t *rules);

typedef struct {
    const char         *name;
    certctl_reader_pt   read;
} certctl_row_column_t;


static void certctl_row_facts(certctl_row_t *row);
static cert_err_t certctl_row_number(certctl_row_t *row, cert_str_t text,
    const certctl_rules_t *rules);
static cert_err_t certctl_row_name(certctl_row_t *row, cert_str_t text,
    const certctl_rules_t *rules);
static cert_err_t certctl_row_id_type(certctl_row_t *row, cert_str_t text,
    const certctl_rules_t *rules);
static cert_err_t certctl_row_id_number(certctl_row_t *row, cert_str_t text,
    const certctl_rules_t *rules);
static cert_err_t certctl_row_sex(certctl_row_t *row, cert_str_t text,
    const certctl_rules_t *rules);
static cert_err_t certctl_row_sex_check(certctl_row_t *row);
static cert_err_t certctl_row_birth_date(certctl_row_t *row, cert_str_t text,
    const certctl_rules_t *rules);
static cert_err_t certctl_row_qualification(certctl_row_t *row,
    cert_str_t text, const certctl_rules_t *rules);
static cert_err_t certctl_row_specialty(certctl_row_t *row, cert_str_t text,
    const certctl_rules_t *rules);
static cert_err_t certctl_row_level(certctl_row_t *row, cert_str_t text,
    const certctl_rules_t *rules);
static cert_err_t certctl_row_approved(certctl_row_t *row, cert_str_t text,
    const certctl_rules_t *rules);
static cert_err_t certctl_row_issuer(certctl_row_t *row, cert_str_t text,
    const certctl_rules_t *rules);
static cert_err_t certctl_row_status(certctl_row_t *row, cert_str_t text,
    const certctl_rules_t *rules);
static cert_err_t certctl_row_status_parse(cert_status_t *status,
    cert_str_t text);
static cert_err_t certctl_row_replaced_by(certctl_row_t *row, cert_str_t text,
    const certctl_rules_t *rules);
static cert_err_t certctl_row_photo(certctl_row_t *row, cert_str_t text,
    const certctl_rules_t *rules);
static cert_err_t certctl_row_text(certctl_row_t *row, cert_text_t *out,
    cert_str_t text, size_t max);
static cert_err_t certctl_row_required(certctl_row_t *row, cert_text_t *out,
    cert_str_t text, size_t max);
static cert_err_t certctl_row_refuse(certctl_row_t *row, const char *why);
static cert_str_t certctl_row_str(const cert_text_t *text);


/* In the order of certctl_column_t. */
static const certctl_row_column_t  certctl_row_columns[CERTCTL_COLS] = {
    { "number", certctl_row_number },
    { "name", certctl_row_name },
    { "id_type", certctl_row_id_type },
    { "id_number", certctl_row_id_number },
    { "sex", certctl_row_sex },
    { "birth_date", certctl_row_birth_date },
    { "qualification", certctl_row_qualification },
    { "specialty", certctl_row_specialty },
    { "level", certctl_row_level },
    { "approved", certctl_row_approved },
    { "issuer", certctl_row_issuer },
    { "status", certctl_row_status },
    { "replaced_by", certctl_row_replaced_by },
    { "photo", certctl_row_photo }
};


const char *
certctl_column_name(unsigned column)
{
    return column < CERTCTL_COLS ? certctl_row_columns[column].name : "";
}


cert_err_t
certctl_row_read_one(certctl_row_t *row, certctl_column_t column,
    cert_str_t text, const certctl_rules_t *rules)
{
    row->column = column;

    return certctl_row_columns[column].read(row, text, rules);
}


/*
 * Stops at the first column that is wrong: the others may be wrong because of
 * it.
 */
cert_err_t
certctl_row_read(certctl_row_t *row, const cert_str_t fields[CERTCTL_COLS],
    const certctl_rules_t *rules)
{
    int  i;

    for (i = 0; i < CERTCTL_COLS; i++) {
        if (certctl_row_read_one(row, (certctl_column_t) i, fields[i], rules)
            != CERT_OK)
        {
            return CERT_INVALID;
        }
    }

    cert_name_mask(&row->masked,
                   certctl_row_str(&row->certificate.person.name));
    certctl_row_facts(row);

    row->certificate.has_person = 1;
    row->certificate.has_photo = 0;

    return CERT_OK;
}


/* Points the facts at the texts, which no longer move. */
static void
certctl_row_facts(certctl_row_t *row)
{
    cert_facts_t  *facts;

    facts = &row->certificate.facts;

    facts->number = certctl_row_str(&row->number);
    facts->masked_name = certctl_row_str(&row->masked);
    facts->qualification = certctl_row_str(&row->qualification);
    facts->specialty = certctl_row_str(&row->specialty);
    facts->level = certctl_row_str(&row->level);
    facts->issuer = certctl_row_str(&row->issuer);
    facts->replaced_by = certctl_row_str(&row->replaced_by);
}


/* Opaque text: what it looks like is the authority's to say, as a pattern. */
static cert_err_t
certctl_row_number(certctl_row_t *row, cert_str_t text,
    const certctl_rules_t *rules)
{
    if (cert_number_fold(&row->number, &row->number_form, text, &row->why)
        != CERT_OK)
    {
        return CERT_INVALID;
    }

    if (!cert_patterns_match_number(rules->patterns,
                                    certctl_row_str(&row->number)))
    {
        return certctl_row_refuse(row, "does not match the pattern of the "
                                  "policy");
    }

    return CERT_OK;
}


/* Kept as it is printed; a search goes by its match form. */
static cert_err_t
certctl_row_name(certctl_row_t *row, cert_str_t text,
    const certctl_rules_t *rules)
{
    const char   *why;
    cert_text_t  *name;

    name = &row->certificate.person.name;

    if (certctl_name_is_mistaken(rules->coder, text)) {
        return certctl_row_refuse(row, "was UTF-8 and was opened as another "
                                  "encoding before it was saved");
    }

    if (cert_name_fold(name, text, &row->why) != CERT_OK) {
        return CERT_INVALID;
    }

    why = certctl_name_spoiled(certctl_row_str(name));

    return why != NULL ? certctl_row_refuse(row, why) : CERT_OK;
}


/* Words, not numbers: a file is read by people too. */
static cert_err_t
certctl_row_id_type(certctl_row_t *row, cert_str_t text,
    const certctl_rules_t *rules)
{
    (void) rules;

    if (certctl_document_parse(&row->document,
                               &row->certificate.person.id_type, text)
        != CERT_OK)
    {
        return certctl_row_refuse(row, "is not one of cn, passport, hk_mo, "
                                  "tw, other, or the Chinese name of one");
    }

    return CERT_OK;
}


/* A resident number tells the date of birth, which its column may leave out. */
static cert_err_t
certctl_row_id_number(certctl_row_t *row, cert_str_t text,
    const certctl_rules_t *rules)
{
    cert_str_t      number;
    cert_person_t  *person;

    person = &row->certificate.person;
    person->birth_date = CERT_DATE_NONE;

    if (cert_id_number_fold(&person->id_number, text, &row->why) != CERT_OK) {
        return CERT_INVALID;
    }

    number = certctl_row_str(&person->id_number);

    if (certctl_document_check(row->document, number, &person->id_type,
                               &row->why) != CERT_OK)
    {
        return CERT_INVALID;
    }

    if (person->id_type == CERT_ID_CN
        && cert_id_number_check_cn(number, rules->today, &person->birth_date,
                                   &row->why) != CERT_OK)
    {
        return CERT_INVALID;
    }

    if (!cert_patterns_match_id(rules->patterns, person->id_type, number)) {
        return certctl_row_refuse(row, "does not match the pattern of the "
                                  "policy for this type");
    }

    return CERT_OK;
}


/* Kept as it is printed. */
static cert_err_t
certctl_row_sex(certctl_row_t *row, cert_str_t text,
    const certctl_rules_t *rules)
{
    size_t        i;
    cert_text_t  *sex;

    static const char *const  words[][2] = {
        { "M", "男" }, { "男", "男" }, { "F", "女" }, { "女", "女" },
        { "", "" }
    };

    (void) rules;

    sex = &row->certificate.person.sex;

    if (certctl_row_text(row, sex, text, CERT_TEXT_MAX) != CERT_OK) {
        return CERT_INVALID;
    }

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(sex->data, words[i][0]) == 0) {
            sex->len = strlen(words[i][1]);
            memcpy(sex->data, words[i][1], sex->len + 1);
            return certctl_row_sex_check(row);
        }
    }

    return certctl_row_refuse(row, "is not one of 男, 女, M, F");
}


/* A resident number tells the sex as well: its 17th digit is odd for men. */
static cert_err_t
certctl_row_sex_check(certctl_row_t *row)
{
    int                   is_man;
    const cert_person_t  *person;

    person = &row->certificate.person;

    if (person->id_type != CERT_ID_CN || person->sex.len == 0
        || person->id_number.len != 18)
    {
        return CERT_OK;
    }

    is_man = strcmp(person->sex.data, "男") == 0;

    return is_man == ((person->id_number.data[16] - '0') % 2)
           ? CERT_OK
           : certctl_row_refuse(row, "differs from the 17th digit of "
                                "id_number");
}


/* A resident number holds the date: two that differ are a mistake in one. */
static cert_err_t
certctl_row_birth_date(certctl_row_t *row, cert_str_t text,
    const certctl_rules_t *rules)
{
    cert_date_t     date;
    cert_person_t  *person;

    person = &row->certificate.person;

    if (text.len == 0) {
        return CERT_OK;
    }

    if (certctl_cell_date(&date, text, &row->why) != CERT_OK) {
        return CERT_INVALID;
    }

    if (date > rules->today) {
        return certctl_row_refuse(row, "is in the future");
    }

    if (person->birth_date != CERT_DATE_NONE && person->birth_date != date) {
        return certctl_row_refuse(row, "differs from the date in id_number");
    }

    person->birth_date = date;

    return CERT_OK;
}


/* The change looks it up in the catalogue, which may change until then. */
static cert_err_t
certctl_row_qualification(certctl_row_t *row, cert_str_t text,
    const certctl_rules_t *rules)
{
    (void) rules;

    return certctl_row_required(row, &row->qualification, text,
                                CERT_TEXT_MAX);
}


static cert_err_t
certctl_row_specialty(certctl_row_t *row, cert_str_t text,
    const certctl_rules_t *rules)
{
    (void) rules;

    return certctl_row_text(row, &row->specialty, text, CERT_TEXT_MAX);
}


static cert_err_t
certctl_row_level(certctl_row_t *row, cert_str_t text,
    const certctl_rules_t *rules)
{
    (void) rules;

    return certctl_row_text(row, &row->level, text, CERT_LEVEL_MAX);
}


/* Decides whether a copy needs annotation, so it must be there. */
static cert_err_t
certctl_row_approved(certctl_row_t *row, cert_str_t text,
    const certctl_rules_t *rules)
{
    cert_date_t  *date;

    date = &row->certificate.facts.approved;

    if (certctl_cell_date(date, text, &row->why) != CERT_OK) {
        return CERT_INVALID;
    }

    if (*date > rules->today) {
        return certctl_row_refuse(row, "is in the future");
    }

    return CERT_OK;
}


static cert_err_t
certctl_row_issuer(certctl_row_t *row, cert_str_t text,
    const certctl_rules_t *rules)
{
    (void) rules;

    return certctl_row_required(row, &row->issuer, text, CERT_TEXT_MAX);
}


static cert_err_t
certctl_row_status(certctl_row_t *row, cert_str_t text,
    const certctl_rules_t *rules)
{
    (void) rules;

    /* An import without statuses must not lift a revocation. */

    if (text.len == 0) {
        row->certificate.facts.status = CERT_STATUS_KEEP;
        return CERT_OK;
    }

    if (certctl_row_status_parse(&row->certificate.facts.status, text)
        != CERT_OK)
    {
        return certctl_row_refuse(row, "is not one of valid, suspended, "
                                  "revoked, replaced");
    }

    return CERT_OK;
}


/* In English, or in the words of the pages. */
static cert_err_t
certctl_row_status_parse(cert_status_t *status, cert_str_t text)
{
    size_t  i;

    static const char *const  words[][2] = {
        { "有效", "valid" }, { "暂停", "suspended" },
        { "已暂停", "suspended" }, { "撤销", "revoked" },
        { "已撤销", "revoked" }, { "已更换", "replaced" }
    };

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strlen(words[i][0]) == text.len
            && memcmp(words[i][0], text.data, text.len) == 0)
        {
            text = cert_strz(words[i][1]);
            break;
        }
    }

    return cert_status_parse(status, text);
}


static cert_err_t
certctl_row_replaced_by(certctl_row_t *row, cert_str_t text,
    const certctl_rules_t *rules)
{
    (void) rules;

    if (certctl_row_text(row, &row->replaced_by, text, CERT_NUMBER_MAX)
        != CERT_OK)
    {
        return CERT_INVALID;
    }

    if (row->replaced_by.len > 0
        && row->certificate.facts.status != CERT_STATUS_REPLACED)
    {
        return certctl_row_refuse(row, "is allowed with status replaced only");
    }

    /* In any spelling. */
    if (cert_fold_is_same_number(certctl_row_str(&row->replaced_by),
                                 certctl_row_str(&row->number)))
    {
        return certctl_row_refuse(row, "is the number of this certificate");
    }

    return CERT_OK;
}


/* Read only when all else is right: it is the expensive part. */
static cert_err_t
certctl_row_photo(certctl_row_t *row, cert_str_t text,
    const certctl_rules_t *rules)
{
    (void) rules;

    row->photo = text;

    return CERT_OK;
}


/* An empty text needs no folding, and half of them are. */
static cert_err_t
certctl_row_text(certctl_row_t *row, cert_text_t *out, cert_str_t text,
    size_t max)
{
    if (text.len == 0) {
        out->len = 0;
        out->data[0] = '\0';
        return CERT_OK;
    }

    return cert_text_fold(out, text, max, &row->why);
}


/* Empty after folding counts as empty: blanks do not make a name. */
static cert_err_t
certctl_row_required(certctl_row_t *row, cert_text_t *out, cert_str_t text,
    size_t max)
{
    cert_err_t  err;

    err = certctl_row_text(row, out, text, max);

    return err == CERT_OK && out->len == 0
           ? certctl_row_refuse(row, "is empty") : err;
}


/* Fixed texts only: a reason goes into logs. */
static cert_err_t
certctl_row_refuse(certctl_row_t *row, const char *why)
{
    row->why = why;

    return CERT_INVALID;
}


/* Points into "text", which must not move meanwhile. */
static cert_str_t
certctl_row_str(const cert_text_t *text)
{
    return (cert_str_t) { (const uint8_t *) text->data, text->len };
}

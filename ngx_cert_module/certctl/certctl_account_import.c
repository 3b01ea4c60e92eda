/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl account import: accounts of a platform that was there before, with
 * the hashes of their passwords, so that nobody has to register again.
 *
 * Who has a login here keeps it.  The same file again, after its holders have
 * come and changed their passwords, must not bring back the old ones: a row
 * whose user name is that of the holder's account changes nothing, whatever
 * its hash.  That is looked at before the store is asked to write, so an
 * import that is run again takes no lock.
 *
 * A name that is given is held against the certificates under the document: a
 * platform may never have looked at the document, and then whoever typed a
 * stranger's number would get the stranger's certificates.  Where none is known
 * the row is refused, as nobody looks again when they come; to keep the name
 * until then was rejected, since the rejects file keeps it as well.
 */


#include "cert_holder_read.h"
#include "cert_read.h"
#include "certctl_account.h"
#include "certctl_change.h"
#include "certctl_intake.h"
#include "certctl_password.h"


/* Numbers of certificates in one snapshot. */
#define CERTCTL_ACCOUNT_NUMBERS  16

typedef enum {
    CERTCTL_ACCOUNT_ID_TYPE = 0,
    CERTCTL_ACCOUNT_ID_NUMBER,
    CERTCTL_ACCOUNT_USERNAME,
    CERTCTL_ACCOUNT_PASSWORD,
    CERTCTL_ACCOUNT_NAME,           /* from here on optional */
    CERTCTL_ACCOUNT_CREATED,
    CERTCTL_ACCOUNT_COLS
} certctl_account_column_t;

/* The row in hand. */
typedef struct {
    certctl_row_t   row;            /* its document, and its name if given */
    int             has_name;
    cert_text_t     username;
    char            password[CERT_PASSWORD_MAX + 1];    /* crypt(3) string */
    cert_holder_t   holder;
    int             is_matched;     /* certificates are known */
    int             allow_unknown;  /* of the command: with a name, too */
} certctl_account_row_t;

typedef struct {
    size_t       n;
    cert_text_t  numbers[CERTCTL_ACCOUNT_NUMBERS];
} certctl_numbers_t;

/* Reads a column into the row in hand; CERT_INVALID: see "why". */
typedef cert_err_t (*certctl_account_reader_pt)(certctl_intake_t *intake,
    cert_str_t text, const char **why);

typedef struct {
    const char                 *name;
    certctl_account_reader_pt   read;
} certctl_account_field_t;


static const char *certctl_account_name(unsigned column);
static int certctl_account_row(certctl_intake_t *intake,
    const cert_str_t *fields);
static int certctl_account_read(certctl_intake_t *intake,
    const cert_str_t *fields);
static cert_err_t certctl_account_read_id_type(certctl_intake_t *intake,
    cert_str_t text, const char **why);
static cert_err_t certctl_account_read_id_number(certctl_intake_t *intake,
    cert_str_t text, const char **why);
static cert_err_t certctl_account_read_username(certctl_intake_t *intake,
    cert_str_t text, const char **why);
static cert_err_t certctl_account_read_password(certctl_intake_t *intake,
    cert_str_t text, const char **why);
static cert_err_t certctl_account_read_name(certctl_intake_t *intake,
    cert_str_t text, const char **why);
static cert_err_t certctl_account_read_created(certctl_intake_t *intake,
    cert_str_t text, const char **why);
static cert_err_t certctl_account_read_shared(certctl_intake_t *intake,
    certctl_column_t column, cert_str_t text, const char **why);
static int certctl_account_known(certctl_intake_t *intake, int *is_known);
static int certctl_account_match(certctl_intake_t *intake);
static cert_err_t certctl_account_note(void *data, cert_str_t number);
static int certctl_account_names(certctl_intake_t *intake,
    const certctl_numbers_t *page, int *is_named);
static int certctl_account_register(certctl_intake_t *intake);
static int certctl_account_failed(certctl_intake_t *intake, cert_err_t err);


/* In the order of certctl_account_column_t. */
static const certctl_account_field_t
    certctl_account_fields[CERTCTL_ACCOUNT_COLS] =
{
    { "id_type", certctl_account_read_id_type },
    { "id_number", certctl_account_read_id_number },
    { "username", certctl_account_read_username },
    { "password", certctl_account_read_password },
    { "name", certctl_account_read_name },
    { "created", certctl_account_read_created }
};

static const certctl_intake_kind_t  certctl_account_kind = {
    CERTCTL_ACCOUNT_COLS, CERTCTL_ACCOUNT_NAME, certctl_account_name,
    certctl_account_row
};


int
certctl_account_import(certctl_t *ctl, const char *source,
    const char *rejects, int allow_unknown)
{
    int                    status;
    certctl_account_row_t  row;

    memset(&row, 0, sizeof(row));
    row.allow_unknown = allow_unknown;

    status = certctl_intake(ctl, &certctl_account_kind, source, rejects,
                            &row);

    /* The last one is still in it. */
    explicit_bzero(&row, sizeof(row));

    return status;
}


static const char *
certctl_account_name(unsigned column)
{
    return certctl_account_fields[column].name;
}


/* A document is noted as seen when nothing else is wrong with its row. */
static int
certctl_account_row(certctl_intake_t *intake, const cert_str_t *fields)
{
    certctl_account_row_t *row = intake->data;

    int         status, is_known;
    cert_str_t  holder;

    is_known = 0;
    status = certctl_account_read(intake, fields);

    if (status == 0) {
        status = certctl_account_known(intake, &is_known);
    }

    if (status == 0 && !is_known) {
        status = certctl_account_match(intake);
    }

    if (status == 0) {
        holder = (cert_str_t) { row->holder.bytes, CERT_HOLDER_SIZE };
        status = certctl_intake_seen(intake, holder,
                             certctl_account_name(CERTCTL_ACCOUNT_ID_NUMBER));
    }

    if (status == 0 && is_known) {
        certctl_intake_count(intake, 0, 1);
        return 0;
    }

    return status != 0 ? status : certctl_account_register(intake);
}


/* All that can be said of a row without the store. */
static int
certctl_account_read(certctl_intake_t *intake, const cert_str_t *fields)
{
    certctl_account_row_t *row = intake->data;

    unsigned        i;
    cert_err_t      err;
    const char     *why;
    cert_person_t  *person;

    for (i = 0; i < CERTCTL_ACCOUNT_COLS; i++) {
        err = certctl_account_fields[i].read(intake, fields[i], &why);

        if (err != CERT_OK) {
            return certctl_intake_reject(intake, certctl_account_name(i), why,
                                         1);
        }
    }

    person = &row->row.certificate.person;

    err = cert_holder_make(intake->ctl->ring, person->id_type,
                           cert_strz(person->id_number.data), &row->holder);

    return err == CERT_OK ? 0 : certctl_account_failed(intake, err);
}


static cert_err_t
certctl_account_read_id_type(certctl_intake_t *intake, cert_str_t text,
    const char **why)
{
    return certctl_account_read_shared(intake, CERTCTL_COL_ID_TYPE, text, why);
}


static cert_err_t
certctl_account_read_id_number(certctl_intake_t *intake, cert_str_t text,
    const char **why)
{
    return certctl_account_read_shared(intake, CERTCTL_COL_ID_NUMBER, text,
                                       why);
}


static cert_err_t
certctl_account_read_username(certctl_intake_t *intake, cert_str_t text,
    const char **why)
{
    certctl_account_row_t *row = intake->data;

    return cert_username_fold(&row->username, text, why);
}


static cert_err_t
certctl_account_read_password(certctl_intake_t *intake, cert_str_t text,
    const char **why)
{
    certctl_account_row_t *row = intake->data;

    return certctl_password_take(row->password, text, why);
}


/* Empty: the platform does not know it, and it is not compared. */
static cert_err_t
certctl_account_read_name(certctl_intake_t *intake, cert_str_t text,
    const char **why)
{
    certctl_account_row_t *row = intake->data;

    row->has_name = text.len > 0;

    return row->has_name ? certctl_account_read_shared(intake,
                                             CERTCTL_COL_NAME, text, why)
                         : CERT_OK;
}


/*
 * Looked at and not kept: an entry of the journal is of the time at which it
 * was written, and the account is as old as its entry.
 */
static cert_err_t
certctl_account_read_created(certctl_intake_t *intake, cert_str_t text,
    const char **why)
{
    cert_time_t  created;

    if (text.len == 0) {
        return CERT_OK;
    }

    if (cert_time_parse(&created, text, intake->ctl->policy.utc_offset_sec)
        != CERT_OK)
    {
        *why = "is no time such as 2022-05-15T10:20:30+08:00";
        return CERT_INVALID;
    }

    if (created > intake->ctl->now) {
        *why = "is in the future";
        return CERT_INVALID;
    }

    return CERT_OK;
}


/* Documents and names have the rules that those of certificates have. */
static cert_err_t
certctl_account_read_shared(certctl_intake_t *intake, certctl_column_t column,
    cert_str_t text, const char **why)
{
    certctl_account_row_t *row = intake->data;

    cert_err_t  err;

    err = certctl_row_read_one(&row->row, column, text, &intake->rules);
    *why = row->row.why;

    return err;
}


/*
 * Whether the holder has this very login already.  Rows of a transaction that
 * is not committed yet do not show here: a document twice in one file is
 * refused as such.
 */
static int
certctl_account_known(certctl_intake_t *intake, int *is_known)
{
    certctl_account_row_t *row = intake->data;

    cert_err_t      err;
    cert_account_t  account;

    *is_known = 0;

    err = cert_read_account(intake->ctl->reader, &row->holder, &account);

    if (err == CERT_NOT_FOUND || (err == CERT_OK && !account.has_login)) {
        return 0;
    }

    if (err == CERT_OK) {
        *is_known = strcmp(account.username.data, row->username.data) == 0;
    }

    explicit_bzero(&account, sizeof(account));

    if (err != CERT_OK) {
        return certctl_account_failed(intake, err);
    }

    return *is_known ? 0
           : certctl_intake_reject(intake,
                             certctl_account_name(CERTCTL_ACCOUNT_ID_NUMBER),
                             "has an account with another login", 1);
}


/* One certificate of that name is enough: names are written differently. */
static int
certctl_account_match(certctl_intake_t *intake)
{
    certctl_account_row_t *row = intake->data;

    int                status, is_named;
    cert_err_t         err;
    cert_position_t    after;
    certctl_numbers_t  page;

    after.len = 0;
    is_named = !row->has_name;
    row->is_matched = 0;

    do {
        page.n = 0;

        err = cert_list_holder_certificates(intake->ctl->reader, &row->holder,
                                            &after, CERTCTL_ACCOUNT_NUMBERS,
                                            certctl_account_note, &page);
        row->is_matched |= page.n > 0;

        if (err != CERT_OK && err != CERT_NOT_FOUND) {
            return certctl_account_failed(intake, err);
        }

        status = certctl_account_names(intake, &page, &is_named);
        if (status != 0) {
            return status;
        }

    } while (err == CERT_OK && !is_named);

    if (is_named || (!row->is_matched && row->allow_unknown)) {
        return 0;
    }

    return certctl_intake_reject(intake,
                             certctl_account_name(CERTCTL_ACCOUNT_NAME),
                             row->is_matched
                             ? "is not the name on the certificates of this "
                               "document"
                             : "cannot be compared, as no certificate is "
                               "known for this document: import certificates "
                               "first", 1);
}


/* Called within a snapshot, so it only takes a note. */
static cert_err_t
certctl_account_note(void *data, cert_str_t number)
{
    certctl_numbers_t *page = data;

    cert_text_t  *text;

    text = &page->numbers[page->n++];

    memcpy(text->data, number.data, number.len);
    text->data[number.len] = '\0';
    text->len = number.len;

    return CERT_OK;
}


/* Stops at the first that has the name, or where one was told before. */
static int
certctl_account_names(certctl_intake_t *intake, const certctl_numbers_t *page,
    int *is_named)
{
    certctl_account_row_t *row = intake->data;

    size_t               i;
    cert_err_t           err;
    const char          *name;
    cert_certificate_t   certificate;

    name = row->row.certificate.person.name.data;

    for (i = 0; i < page->n && !*is_named; i++) {
        err = cert_read_certificate(intake->ctl->reader,
                                    cert_strz(page->numbers[i].data),
                                    &certificate);
        if (err != CERT_OK) {
            return certctl_account_failed(intake, err);
        }

        *is_named = strcmp(certificate.person.name.data, name) == 0;

        explicit_bzero(&certificate, sizeof(certificate));
    }

    return 0;
}


static int
certctl_account_register(certctl_intake_t *intake)
{
    certctl_account_row_t *row = intake->data;

    int             status;
    cert_change_t   change;
    cert_outcome_t  outcome;

    status = certctl_intake_begin(intake);

    if (status == 0) {
        status = certctl_change_init(intake->ctl, &change,
                                     CERT_CHANGE_REGISTER);
    }

    if (status != 0) {
        return status;
    }

    change.u.account.holder = row->holder;
    change.u.account.username = cert_strz(row->username.data);
    change.u.account.password = cert_strz(row->password);
    change.u.account.is_matched = row->is_matched;

    status = certctl_intake_change(intake, &change, &outcome);

    if (status == 0) {
        certctl_intake_count(intake, outcome.is_new, outcome.is_unchanged);
    }

    return status;
}


/* What is wrong is the store or its keys, and not the row. */
static int
certctl_account_failed(certctl_intake_t *intake, cert_err_t err)
{
    return certctl_error(intake->ctl, err, "line %llu: cannot read the "
                         "holder: %s",
                         (unsigned long long) intake->csv->line,
                         cert_err_name(err));
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl account import: accounts of a platform that was there before, with
 * the hashes of their passwords, so that no holder has to register again.
 *
 * A holder that has a login here keeps it.  The same file again, after its
 * holders have come and changed their passwords, must not bring back the old
 * ones: a row whose user name is that of the holder's account changes nothing,
 * whatever its hash.  That is looked at before the store is asked to write, so
 * an import that is run again takes no lock.
 *
 * A name that is given is compared with the certificates under the document: a
 * platform may never have looked at the document, and then a user that typed a
 * stranger's number would get the stranger's certificates.  Where none is known
 * the row is refused, since nothing looks again when they come; to keep the
 * name until then was rejected, since the rejects file keeps it as well.
 *
 * A check takes back each batch, and with it the user names of its rows.  So it
 * keeps these names itself: a later row of the same name has to be refused as
 * in the import that follows.
 */


#include "cert_fold.h"
#include "cert_holder_read.h"
#include "cert_read.h"
#include "certctl_account_import.h"
#include "certctl_change.h"
#include "certctl_output.h"
#include "certctl_password.h"
#include "certctl_row.h"


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

/* What all rows share. */
typedef struct {
    certctl_t       *ctl;
    int              allow_unknown; /* of the command: with a name, too */
    certctl_seen_t  *names;         /* of a check: user names that were taken;
                                       NULL: an import */
    cert_err_t       names_err;     /* one of them could not be kept */
} certctl_account_import_t;

/* A row, and what it is compared with. */
typedef struct {
    certctl_t       *ctl;
    certctl_row_t    row;           /* its document, and its name if given */
    int              has_name;
    cert_text_t      username;
    char             password[CERT_PASSWORD_MAX + 1];   /* crypt(3) string */
    cert_holder_t    holder;
    int              is_known;      /* the holder has this very login */
    int              is_matched;    /* certificates are known */
    int              allow_unknown;
} certctl_account_row_t;

typedef struct {
    size_t       n;
    cert_text_t  numbers[CERTCTL_ACCOUNT_NUMBERS];
} certctl_numbers_t;

/* Reads a column into the current row; CERT_INVALID: see "why". */
typedef cert_err_t (*certctl_account_reader_pt)(certctl_account_row_t *account,
    cert_str_t text, const certctl_rules_t *rules, const char **why);

typedef struct {
    const char                 *name;
    certctl_account_reader_pt   read;
} certctl_account_field_t;


static int certctl_account_names_create(certctl_account_import_t *import);
static const char *certctl_account_name(unsigned column);
static cert_err_t certctl_account_read(void *data, void *item,
    const cert_str_t *fields, const certctl_rules_t *rules,
    certctl_kind_row_t *row);
static cert_err_t certctl_account_row(void *data, void *item,
    certctl_kind_row_t *row);
static void certctl_account_taken(void *data, const void *item,
    certctl_survey_t *survey, uint64_t line, int is_corrected);
static cert_err_t certctl_account_holder(certctl_account_row_t *account,
    certctl_kind_row_t *row);
static cert_err_t certctl_account_read_id_type(certctl_account_row_t *account,
    cert_str_t text, const certctl_rules_t *rules, const char **why);
static cert_err_t certctl_account_read_id_number(
    certctl_account_row_t *account, cert_str_t text,
    const certctl_rules_t *rules, const char **why);
static cert_err_t certctl_account_read_username(
    certctl_account_row_t *account, cert_str_t text,
    const certctl_rules_t *rules, const char **why);
static cert_err_t certctl_account_read_password(
    certctl_account_row_t *account, cert_str_t text,
    const certctl_rules_t *rules, const char **why);
static cert_err_t certctl_account_read_name(certctl_account_row_t *account,
    cert_str_t text, const certctl_rules_t *rules, const char **why);
static cert_err_t certctl_account_read_created(certctl_account_row_t *account,
    cert_str_t text, const certctl_rules_t *rules, const char **why);
static cert_err_t certctl_account_read_shared(certctl_account_row_t *account,
    certctl_column_t column, cert_str_t text, const certctl_rules_t *rules,
    const char **why);
static cert_err_t certctl_account_known(certctl_account_row_t *account,
    certctl_kind_row_t *row);
static cert_err_t certctl_account_match(certctl_account_row_t *account,
    certctl_kind_row_t *row);
static cert_err_t certctl_account_note(void *data, cert_str_t number);
static cert_err_t certctl_account_compare(const certctl_account_row_t *account,
    const certctl_numbers_t *page, int *is_named);
static int certctl_account_is_named(const certctl_account_row_t *account,
    const cert_person_t *person);
static cert_err_t certctl_account_refuse(certctl_kind_row_t *row,
    unsigned column, const char *why);
static cert_err_t certctl_account_failed(certctl_kind_row_t *row,
    cert_err_t err);


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

static const certctl_kind_t  certctl_account_kind = {
    CERTCTL_ACCOUNT_COLS, CERTCTL_ACCOUNT_NAME, CERTCTL_ACCOUNT_ID_NUMBER,
    1u << CERTCTL_ACCOUNT_ID_NUMBER, sizeof(certctl_account_row_t),
    certctl_account_name, certctl_account_read, certctl_account_row,
    certctl_account_taken
};


int
certctl_account_import(certctl_t *ctl,
    const certctl_intake_options_t *options, int allow_unknown)
{
    int                       status;
    certctl_account_import_t  import;

    memset(&import, 0, sizeof(import));
    import.ctl = ctl;
    import.allow_unknown = allow_unknown;

    status = options->is_check ? certctl_account_names_create(&import) : 0;

    if (status == 0) {
        status = certctl_intake(ctl, &certctl_account_kind, options, &import);
    }

    certctl_seen_destroy(import.names);

    return status;
}


static int
certctl_account_names_create(certctl_account_import_t *import)
{
    int       status;
    uint64_t  key[2];

    status = certctl_change_random(import->ctl, key, sizeof(key));
    if (status != 0) {
        return status;
    }

    import->names = certctl_seen_create(key);

    return import->names != NULL ? 0
           : certctl_error(import->ctl, CERT_NO_MEMORY, "out of memory");
}


static const char *
certctl_account_name(unsigned column)
{
    return certctl_account_fields[column].name;
}


/* All that can be said of a row without the store and its keys. */
static cert_err_t
certctl_account_read(void *data, void *item, const cert_str_t *fields,
    const certctl_rules_t *rules, certctl_kind_row_t *row)
{
    certctl_account_row_t           *account = item;
    const certctl_account_import_t  *import = data;

    unsigned     i;
    cert_err_t   err;
    const char  *why;

    account->ctl = import->ctl;
    account->allow_unknown = import->allow_unknown;

    for (i = 0; i < CERTCTL_ACCOUNT_COLS; i++) {
        err = certctl_account_fields[i].read(account, fields[i], rules, &why);

        if (err != CERT_OK) {
            return certctl_account_refuse(row, i, why);
        }
    }

    return CERT_OK;
}


/* The document is the key: a file may have it once. */
static cert_err_t
certctl_account_row(void *data, void *item, certctl_kind_row_t *row)
{
    certctl_account_row_t     *account = item;
    certctl_account_import_t  *import = data;

    cert_err_t      err;
    cert_change_t  *change;

    err = certctl_account_holder(account, row);

    if (err == CERT_OK) {
        err = certctl_account_known(account, row);
    }

    if (err == CERT_OK && !account->is_known) {
        err = certctl_account_match(account, row);
    }

    if (err != CERT_OK) {
        return err;
    }

    row->key = (cert_str_t) { account->holder.bytes, CERT_HOLDER_SIZE };

    if (account->is_known) {
        return CERT_OK;
    }

    change = &row->changes[row->changes_n++];

    change->type = CERT_CHANGE_REGISTER;
    change->u.account.holder = account->holder;
    change->u.account.username = cert_strz(account->username.data);
    change->u.account.password = cert_strz(account->password);
    change->u.account.is_matched = account->is_matched;

    if (import->names_err != CERT_OK) {
        cert_reason_set(&row->reason, "out of memory");
        return import->names_err;
    }

    if (import->names != NULL
        && certctl_seen_has(import->names, change->u.account.username))
    {
        row->earlier = CERT_REFUSAL_USERNAME;
    }

    return CERT_OK;
}


/* A name that could not be kept ends the check at the next row. */
static void
certctl_account_taken(void *data, const void *item, certctl_survey_t *survey,
    uint64_t line, int is_corrected)
{
    certctl_account_import_t     *import = data;
    const certctl_account_row_t  *account = item;

    uint64_t  first;

    (void) survey;
    (void) is_corrected;

    if (import->names != NULL
        && certctl_seen_add(import->names, cert_strz(account->username.data),
                            line, &first)
           == CERT_NO_MEMORY)
    {
        import->names_err = CERT_NO_MEMORY;
    }
}


static cert_err_t
certctl_account_holder(certctl_account_row_t *account, certctl_kind_row_t *row)
{
    cert_err_t            err;
    const cert_person_t  *person;

    person = &account->row.certificate.person;

    err = cert_holder_make(account->ctl->ring, person->id_type,
                           cert_strz(person->id_number.data),
                           &account->holder);

    return err == CERT_OK ? CERT_OK : certctl_account_failed(row, err);
}


static cert_err_t
certctl_account_read_id_type(certctl_account_row_t *account,
    cert_str_t text, const certctl_rules_t *rules, const char **why)
{
    return certctl_account_read_shared(account, CERTCTL_COL_ID_TYPE, text,
                                       rules, why);
}


static cert_err_t
certctl_account_read_id_number(certctl_account_row_t *account,
    cert_str_t text, const certctl_rules_t *rules, const char **why)
{
    return certctl_account_read_shared(account, CERTCTL_COL_ID_NUMBER, text,
                                       rules, why);
}


static cert_err_t
certctl_account_read_username(certctl_account_row_t *account,
    cert_str_t text, const certctl_rules_t *rules, const char **why)
{
    (void) rules;

    return cert_username_fold(&account->username, text, why);
}


static cert_err_t
certctl_account_read_password(certctl_account_row_t *account,
    cert_str_t text, const certctl_rules_t *rules, const char **why)
{
    (void) rules;

    return certctl_password_take(account->password, text, why);
}


/* Empty: the platform does not know it, and it is not compared. */
static cert_err_t
certctl_account_read_name(certctl_account_row_t *account,
    cert_str_t text, const certctl_rules_t *rules, const char **why)
{
    account->has_name = text.len > 0;

    return account->has_name ? certctl_account_read_shared(account,
                                              CERTCTL_COL_NAME, text, rules,
                                              why)
                         : CERT_OK;
}


/*
 * Checked and not kept: an entry of the journal is of the time at which it was
 * written, and the account is as old as its entry.
 */
static cert_err_t
certctl_account_read_created(certctl_account_row_t *account,
    cert_str_t text, const certctl_rules_t *rules, const char **why)
{
    cert_time_t  created;

    (void) account;

    if (text.len == 0) {
        return CERT_OK;
    }

    if (cert_time_parse(&created, text, rules->utc_offset_sec)
        != CERT_OK)
    {
        *why = "is not a time such as 2022-05-15T10:20:30+08:00";
        return CERT_INVALID;
    }

    if (created > rules->now) {
        *why = "is in the future";
        return CERT_INVALID;
    }

    return CERT_OK;
}


/* Documents and names have the rules that those of certificates have. */
static cert_err_t
certctl_account_read_shared(certctl_account_row_t *account,
    certctl_column_t column, cert_str_t text, const certctl_rules_t *rules,
    const char **why)
{
    cert_err_t  err;

    err = certctl_row_read_one(&account->row, column, text, rules);
    *why = account->row.why;

    return err;
}


/*
 * Whether the holder has this very login already.  Rows of a transaction that
 * is not committed yet do not show here: a document twice in one file is
 * refused as such.
 */
static cert_err_t
certctl_account_known(certctl_account_row_t *account,
    certctl_kind_row_t *row)
{
    cert_err_t      err;
    cert_account_t  found;

    account->is_known = 0;

    err = cert_read_account(account->ctl->reader, &account->holder, &found);

    if (err == CERT_NOT_FOUND || (err == CERT_OK && !found.has_login)) {
        return CERT_OK;
    }

    if (err == CERT_OK) {
        account->is_known = strcmp(found.username.data,
                                   account->username.data) == 0;
    }

    explicit_bzero(&found, sizeof(found));

    if (err != CERT_OK) {
        return certctl_account_failed(row, err);
    }

    return account->is_known ? CERT_OK
           : certctl_account_refuse(row, CERTCTL_ACCOUNT_ID_NUMBER,
                                    "has an account with another login");
}


/* One certificate of that name is enough: names are written differently. */
static cert_err_t
certctl_account_match(certctl_account_row_t *account,
    certctl_kind_row_t *row)
{
    int                is_named;
    cert_err_t         err, rc;
    cert_position_t    after;
    certctl_numbers_t  page;

    after.len = 0;
    is_named = !account->has_name;
    account->is_matched = 0;

    do {
        page.n = 0;

        err = cert_list_holder_certificates(account->ctl->reader,
                                            &account->holder, &after,
                                            CERTCTL_ACCOUNT_NUMBERS,
                                            certctl_account_note, &page);
        account->is_matched |= page.n > 0;

        if (err != CERT_OK && err != CERT_NOT_FOUND) {
            return certctl_account_failed(row, err);
        }

        rc = certctl_account_compare(account, &page, &is_named);
        if (rc != CERT_OK) {
            return certctl_account_failed(row, rc);
        }

    } while (err == CERT_OK && !is_named);

    if (is_named || (!account->is_matched && account->allow_unknown)) {
        return CERT_OK;
    }

    return certctl_account_refuse(row, CERTCTL_ACCOUNT_NAME,
                             account->is_matched
                             ? "is not the name on the certificates of this "
                               "document"
                             : "cannot be compared, since no certificate is "
                               "known for this document; import the "
                               "certificates first");
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


/* Stops at the first that has the name, or where one was found before. */
static cert_err_t
certctl_account_compare(const certctl_account_row_t *account,
    const certctl_numbers_t *page, int *is_named)
{
    size_t               i;
    cert_err_t           err;
    cert_certificate_t   certificate;

    for (i = 0; i < page->n && !*is_named; i++) {
        err = cert_read_certificate(account->ctl->reader,
                                    cert_strz(page->numbers[i].data),
                                    &certificate);
        if (err != CERT_OK) {
            return err;
        }

        *is_named = certctl_account_is_named(account, &certificate.person);

        explicit_bzero(&certificate, sizeof(certificate));
    }

    return CERT_OK;
}


/* By match form: the platform may have spelled it otherwise. */
static int
certctl_account_is_named(const certctl_account_row_t *account,
    const cert_person_t *person)
{
    int                 is_named;
    cert_text_t         a, b;
    const cert_text_t  *name;

    name = &account->row.certificate.person.name;

    is_named = cert_fold_name(&a, cert_strz(name->data), NULL) == CERT_OK
               && cert_fold_name(&b, cert_strz(person->name.data), NULL)
                  == CERT_OK
               && strcmp(a.data, b.data) == 0;

    explicit_bzero(&a, sizeof(a));
    explicit_bzero(&b, sizeof(b));

    return is_named;
}


static cert_err_t
certctl_account_refuse(certctl_kind_row_t *row, unsigned column,
    const char *why)
{
    row->column = column;
    cert_reason_set(&row->reason, "%s", why);

    return CERT_REFUSED;
}


/* What is wrong is the store or its keys, and not the row. */
static cert_err_t
certctl_account_failed(certctl_kind_row_t *row, cert_err_t err)
{
    cert_reason_set(&row->reason, "cannot read the holder: %s",
                    cert_err_name(err));

    return err;
}

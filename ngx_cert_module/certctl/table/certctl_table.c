/*
 * Copyright (C) the ngx_cert authors
 *
 * Which kind of file it is, by its first bytes and not by its name: what is
 * called .csv may be a workbook, and what is called .xls a page of HTML.
 */


#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cert_text.h"
#include "certctl_table.h"


/* Files that people take for tables. */
typedef struct {
    const char  *bytes;
    size_t       len;
    const char  *why;
} certctl_table_kind_t;


static cert_err_t certctl_table_text(certctl_table_t *table,
    certctl_text_t **text, cert_reason_t *reason);
static cert_err_t certctl_table_book(certctl_table_t *table, int fd,
    const char *sheet, cert_reason_t *reason);
static const char *certctl_table_foreign(cert_str_t head);
static cert_err_t certctl_table_csv(certctl_table_t *table,
    cert_reason_t *reason);
static cert_err_t certctl_table_sheet(certctl_table_t *table,
    cert_reason_t *reason);
static int certctl_table_is_empty(const certctl_table_t *table);
static void certctl_table_form(certctl_table_t *table);


static const certctl_table_kind_t  certctl_table_foreigners[] = {
    { "\xD0\xCF\x11\xE0", 4, "is an old .xls, or a workbook with a password: "
      "save it as .xlsx without one, or as CSV UTF-8" },
    { "%PDF-", 5, "is a PDF" },
    { "{\\rtf", 5, "is a text document" }
};


cert_err_t
certctl_table_open(certctl_table_t **table, int fd, const char *encoding,
    const char *sheet, cert_reason_t *reason)
{
    cert_err_t        err;
    cert_str_t        head;
    const char       *why;
    certctl_text_t   *text;
    certctl_table_t  *new;

    err = certctl_text_open(&text, fd, encoding);

    if (err == CERT_INVALID) {
        cert_reason_set(reason, "iconv does not know the encoding");
        return err;
    }

    if (err != CERT_OK) {
        cert_reason_set(reason, "%s", err == CERT_SYSTEM ? strerror(errno)
                                                         : "out of memory");
        return err;
    }

    new = calloc(1, sizeof(certctl_table_t));

    if (new == NULL) {
        cert_reason_set(reason, "out of memory");
        err = CERT_NO_MEMORY;
        goto failed;
    }

    head = certctl_text_head(text);
    why = certctl_table_foreign(head);

    if (why != NULL) {
        cert_reason_set(reason, "it %s", why);
        err = CERT_INVALID;

    } else if (head.len >= 4 && memcmp(head.data, "PK\3\4", 4) == 0) {
        err = certctl_table_book(new, fd, sheet, reason);

    } else {
        err = certctl_table_text(new, &text, reason);
    }

    if (err != CERT_OK) {
        goto failed;
    }

    certctl_text_close(text);
    *table = new;

    return CERT_OK;

failed:

    certctl_text_close(text);
    certctl_table_close(new);

    return err;
}


void
certctl_table_close(certctl_table_t *table)
{
    if (table == NULL) {
        return;
    }

    certctl_csv_close(table->csv);
    certctl_sheet_close(table->sheet);
    certctl_workbook_close(table->book);
    free(table);
}


/* Takes the text over, whatever comes of it. */
static cert_err_t
certctl_table_text(certctl_table_t *table, certctl_text_t **text,
    cert_reason_t *reason)
{
    table->text = *text;
    *text = NULL;

    table->csv = certctl_csv_open(table->text);

    if (table->csv == NULL) {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    return CERT_OK;
}


static cert_err_t
certctl_table_book(certctl_table_t *table, int fd, const char *sheet,
    cert_reason_t *reason)
{
    cert_err_t  err;

    err = certctl_workbook_open(&table->book, fd, sheet, reason);

    if (err == CERT_OK) {
        err = certctl_sheet_open(&table->sheet, table->book, reason);
    }

    table->is_sheet = 1;

    return err;
}


/* Why it is not a table, half a sentence; NULL: it may be one. */
static const char *
certctl_table_foreign(cert_str_t head)
{
    size_t  i;

    for (i = 0; i < sizeof(certctl_table_foreigners)
                    / sizeof(certctl_table_foreigners[0]); i++)
    {
        if (head.len >= certctl_table_foreigners[i].len
            && memcmp(head.data, certctl_table_foreigners[i].bytes,
                      certctl_table_foreigners[i].len) == 0)
        {
            return certctl_table_foreigners[i].why;
        }
    }

    for (i = 0; i < head.len && strchr("\xEF\xBB\xBF \t\r\n", head.data[i])
                                != NULL && head.data[i] != '\0'; i++)
    {
        /* void */
    }

    return i < head.len && head.data[i] == '<'
           ? "is a page of HTML or XML: open it in a spreadsheet and save it "
             "as .xlsx or CSV UTF-8"
           : NULL;
}


cert_err_t
certctl_table_next(certctl_table_t *table, cert_reason_t *reason)
{
    cert_err_t  err;

    do {
        err = table->csv != NULL ? certctl_table_csv(table, reason)
                                 : certctl_table_sheet(table, reason);

        if (!table->has_form && err == CERT_OK) {
            table->has_form = 1;
            certctl_table_form(table);
        }

    } while (err == CERT_OK && table->why == NULL
             && certctl_table_is_empty(table));

    return err;
}


static cert_err_t
certctl_table_csv(certctl_table_t *table, cert_reason_t *reason)
{
    cert_err_t      err;
    certctl_csv_t  *csv;

    csv = table->csv;
    err = certctl_csv_next(csv);

    if (err == CERT_SYSTEM) {
        cert_reason_set(reason, "%s", strerror(errno));
        return err;
    }

    table->line = csv->line;
    table->fields_n = csv->fields_n;
    table->fields = csv->fields;
    table->raw = csv->raw;
    table->why = err == CERT_INVALID ? csv->why : NULL;
    table->bytes = strcmp(certctl_text_encoding(table->text), "UTF-8") == 0
                   ? csv->bytes : certctl_text_taken(table->text);

    return err;
}


static cert_err_t
certctl_table_sheet(certctl_table_t *table, cert_reason_t *reason)
{
    cert_err_t        err;
    certctl_sheet_t  *sheet;

    sheet = table->sheet;
    err = certctl_sheet_next(sheet, reason);

    table->line = sheet->line;
    table->fields_n = sheet->fields_n;
    table->fields = sheet->fields;
    table->why = sheet->why;
    table->bad = sheet->bad;
    table->is_rounded = sheet->is_rounded;

    /* A damaged workbook ends the reading: what follows is not known. */
    return err == CERT_INVALID ? CERT_SYSTEM : err;
}


static int
certctl_table_is_empty(const certctl_table_t *table)
{
    size_t  i, n;

    n = table->fields_n < CERTCTL_CSV_FIELDS_MAX ? table->fields_n
                                                 : CERTCTL_CSV_FIELDS_MAX;

    for (i = 0; i < n && table->fields[i].len == 0; i++) { /* void */ }

    return i == n;
}


/* With the first row it is known which separator there is. */
static void
certctl_table_form(certctl_table_t *table)
{
    char         name[CERTCTL_WORKBOOK_NAME_MAX + 1];
    uint8_t      separator;
    const char  *encoding;

    if (table->is_sheet) {
        cert_text_escape(name, sizeof(name), cert_strz(table->book->sheet));
        (void) snprintf(table->form, sizeof(table->form),
                        table->book->others > 0
                        ? "workbook, sheet \"%s\"; %u other visible sheets "
                          "are not read" : "workbook, sheet \"%s\"",
                        name, table->book->others);
        return;
    }

    encoding = certctl_text_encoding(table->text);
    separator = table->csv->separator;

    if (strcmp(encoding, "UTF-8") != 0 || separator != ',') {
        (void) snprintf(table->form, sizeof(table->form), separator == '\t'
                        ? "%s, separated by tabs" : "%s, separated by \"%c\"",
                        encoding, separator);
    }
}

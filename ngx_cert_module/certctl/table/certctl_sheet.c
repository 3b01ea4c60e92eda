/*
 * Copyright (C) the ngx_cert authors
 *
 * Sheets, cell by cell.
 *
 * A cell is the text that it shows, as far as the file says it: texts as they
 * are, numbers as certctl_number_format() writes them.  A cell whose text is
 * not in the file, or is an error, makes the row one with a reason, since an
 * empty field in its place could pass.
 */


#include <stdlib.h>
#include <string.h>

#include "certctl_number.h"
#include "certctl_sheet.h"


#define CERTCTL_SHEET_PART_MAX  (UINT64_C(4) << 30)


static void certctl_sheet_start(void *data, const char *name,
    const char **attributes);
static void certctl_sheet_row(certctl_sheet_t *sheet,
    const char **attributes);
static void certctl_sheet_cell(certctl_sheet_t *sheet,
    const char **attributes);
static size_t certctl_sheet_column(const char *p);
static void certctl_sheet_end(void *data, const char *name);
static void certctl_sheet_text(void *data, const char *text, size_t len);
static void certctl_sheet_finish(certctl_sheet_t *sheet);
static void certctl_sheet_number(certctl_sheet_t *sheet);
static void certctl_sheet_shared(certctl_sheet_t *sheet);
static void certctl_sheet_field(certctl_sheet_t *sheet, cert_str_t text);
static void certctl_sheet_lost(certctl_sheet_t *sheet, const char *why);
static void certctl_sheet_refuse(certctl_sheet_t *sheet, const char *why);


static const certctl_xml_handlers_t  certctl_sheet_handlers = {
    certctl_sheet_start, certctl_sheet_end, certctl_sheet_text
};


cert_err_t
certctl_sheet_open(certctl_sheet_t **sheet, certctl_workbook_t *book,
    cert_reason_t *reason)
{
    cert_err_t        err;
    certctl_sheet_t  *new;

    err = certctl_zip_begin(book->zip, book->part, CERTCTL_SHEET_PART_MAX,
                            reason);
    if (err != CERT_OK) {
        return err;
    }

    new = calloc(1, sizeof(certctl_sheet_t));

    if (new != NULL) {
        new->book = book;
        new->xml = certctl_xml_open(book->zip, &certctl_sheet_handlers, new);
    }

    if (new == NULL || new->xml == NULL) {
        free(new);
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    *sheet = new;

    return CERT_OK;
}


void
certctl_sheet_close(certctl_sheet_t *sheet)
{
    if (sheet == NULL) {
        return;
    }

    certctl_xml_close(sheet->xml);

    /* It held people's data. */
    explicit_bzero(sheet, sizeof(certctl_sheet_t));
    free(sheet);
}


cert_err_t
certctl_sheet_next(certctl_sheet_t *sheet, cert_reason_t *reason)
{
    return certctl_xml_run(sheet->xml, reason);
}


static void
certctl_sheet_start(void *data, const char *name, const char **attributes)
{
    certctl_sheet_t *sheet = data;

    if (strcmp(name, "row") == 0) {
        certctl_sheet_row(sheet, attributes);

    } else if (strcmp(name, "c") == 0) {
        certctl_sheet_cell(sheet, attributes);

    } else if (!sheet->is_cell) {
        return;

    } else if (strcmp(name, "v") == 0) {
        sheet->is_value = 1;
        sheet->has_value = 1;

    } else if (strcmp(name, "f") == 0) {
        sheet->has_formula = 1;

    } else if (strcmp(name, "is") == 0) {
        sheet->is_inline = 1;
        memset(&sheet->rich, 0, sizeof(sheet->rich));

    } else if (sheet->is_inline) {
        certctl_rich_start(&sheet->rich, name);
    }
}


/* Some programs leave out the numbers of rows and cells: they are counted. */
static void
certctl_sheet_row(certctl_sheet_t *sheet, const char **attributes)
{
    const char  *r;

    r = certctl_xml_attribute(attributes, "r");

    sheet->line = r != NULL ? strtoul(r, NULL, 10) : sheet->line + 1;
    sheet->fields_n = 0;
    sheet->why = NULL;
    sheet->bad = 0;
    sheet->is_rounded = 0;
    sheet->cells_n = 0;
    sheet->column = SIZE_MAX;
    sheet->values_len = 0;

    if (++sheet->rows_n > CERTCTL_SHEET_ROWS_MAX) {
        certctl_xml_fail(sheet->xml, CERT_INVALID, "the sheet has more than "
                         "1048576 rows");
    }
}


static void
certctl_sheet_cell(certctl_sheet_t *sheet, const char **attributes)
{
    const char  *r, *t, *s;

    r = certctl_xml_attribute(attributes, "r");
    t = certctl_xml_attribute(attributes, "t");
    s = certctl_xml_attribute(attributes, "s");

    sheet->column = r != NULL ? certctl_sheet_column(r) : sheet->column + 1;
    sheet->type = t != NULL ? t[0] : 'n';
    sheet->type2 = t != NULL && t[0] != '\0' ? t[1] : '\0';
    sheet->style = s != NULL ? strtoul(s, NULL, 10) : 0;
    sheet->is_cell = 1;
    sheet->is_value = 0;
    sheet->is_inline = 0;
    sheet->has_formula = 0;
    sheet->has_value = 0;
    sheet->cell_len = 0;

    if (++sheet->cells_n > CERTCTL_SHEET_CELLS_MAX) {
        certctl_xml_fail(sheet->xml, CERT_INVALID, "the sheet has a row of "
                         "more than 16384 cells");
    }
}


/* "BC12" is in the column 54, counted from 0. */
static size_t
certctl_sheet_column(const char *p)
{
    size_t  n;

    for (n = 0; *p >= 'A' && *p <= 'Z' && n < CERTCTL_SHEET_CELLS_MAX; p++) {
        n = n * 26 + (size_t) (*p - 'A') + 1;
    }

    return n - 1;
}


static void
certctl_sheet_end(void *data, const char *name)
{
    certctl_sheet_t *sheet = data;

    if (strcmp(name, "row") == 0) {
        if (sheet->fields_n > 0 || sheet->why != NULL) {
            certctl_xml_pause(sheet->xml);
        }

    } else if (!sheet->is_cell) {
        return;

    } else if (strcmp(name, "v") == 0) {
        sheet->is_value = 0;

    } else if (strcmp(name, "c") == 0) {
        sheet->is_cell = 0;
        certctl_sheet_finish(sheet);

    } else if (strcmp(name, "is") == 0) {
        sheet->is_inline = 0;

    } else if (sheet->is_inline) {
        certctl_rich_end(&sheet->rich, name);
    }
}


static void
certctl_sheet_text(void *data, const char *text, size_t len)
{
    certctl_sheet_t *sheet = data;

    if (!sheet->is_value && !(sheet->is_inline && sheet->rich.is_text)) {
        return;
    }

    if (sheet->cell_len + len > CERTCTL_CSV_ROW_MAX) {
        certctl_sheet_refuse(sheet, "is longer than 65536 bytes");
        return;
    }

    memcpy(sheet->cell + sheet->cell_len, text, len);
    sheet->cell_len += len;
}


/* The types: s(hared), str, inlineStr, b(oolean), e(rror), d(ate), n(umber). */
static void
certctl_sheet_finish(certctl_sheet_t *sheet)
{
    sheet->cell[sheet->cell_len] = '\0';

    if (sheet->type != 'e' && sheet->has_formula && !sheet->has_value) {
        certctl_sheet_lost(sheet, "is a formula without a value: open the "
                           "file in a spreadsheet and save it, or paste the "
                           "values");
        return;
    }

    if (sheet->cell_len == 0) {
        return;
    }

    if (sheet->type == 's' && sheet->type2 == '\0') {
        certctl_sheet_shared(sheet);

    } else if (sheet->type == 'n') {
        certctl_sheet_number(sheet);

    } else if (sheet->type == 'd' && sheet->cell_len > 10
               && memcmp(sheet->cell + 10, "T00:00:00", 9) == 0)
    {
        certctl_sheet_field(sheet, (cert_str_t) { sheet->cell, 10 });

    } else {
        sheet->cell_len = certctl_rich_decode(sheet->cell, sheet->cell_len);
        certctl_sheet_field(sheet,
                            (cert_str_t) { sheet->cell, sheet->cell_len });
    }
}


static void
certctl_sheet_number(certctl_sheet_t *sheet)
{
    int          is_rounded;
    char         text[CERTCTL_NUMBER_SIZE];
    unsigned     style;
    const char  *why;

    style = certctl_styles_get(sheet->book->styles, sheet->style);

    if (certctl_number_format(text, (char *) sheet->cell, style,
                              sheet->book->is_1904, &why, &is_rounded)
        == CERT_OK)
    {
        certctl_sheet_field(sheet, cert_strz(text));
        return;
    }

    /* As the file has it, for the one that looks for it among the rejects. */
    certctl_sheet_field(sheet, (cert_str_t) { sheet->cell, sheet->cell_len });
    certctl_sheet_refuse(sheet, why);
    sheet->is_rounded |= is_rounded;
}


static void
certctl_sheet_shared(certctl_sheet_t *sheet)
{
    char        *end;
    uint64_t     n;
    cert_str_t   text;

    n = strtoul((char *) sheet->cell, &end, 10);

    if (*end != '\0'
        || certctl_strings_get(sheet->book->strings, n, &text) != CERT_OK)
    {
        certctl_sheet_lost(sheet, "is a text that is not in the workbook");
        return;
    }

    certctl_sheet_field(sheet, text);
}


/* Beyond the last field that is kept only the count goes on. */
static void
certctl_sheet_field(certctl_sheet_t *sheet, cert_str_t text)
{
    size_t  i;

    if (text.len == 0) {
        return;
    }

    if (sheet->column < sheet->fields_n
        || sheet->values_len + text.len > CERTCTL_CSV_ROW_MAX)
    {
        certctl_sheet_refuse(sheet, sheet->column < sheet->fields_n
                             ? "stands behind a cell that is right of it"
                             : "makes the row longer than 65536 bytes");
        return;
    }

    for (i = sheet->fields_n; i < sheet->column && i < CERTCTL_CSV_FIELDS_MAX;
         i++)
    {
        sheet->fields[i] = cert_str("");
    }

    sheet->fields_n = sheet->column + 1;

    if (sheet->column < CERTCTL_CSV_FIELDS_MAX) {
        memcpy(sheet->values + sheet->values_len, text.data, text.len);
        sheet->fields[sheet->column].data = sheet->values + sheet->values_len;
        sheet->fields[sheet->column].len = text.len;
        sheet->values_len += text.len;
    }
}


/* An empty field could be taken from among the rejects; this is none. */
static void
certctl_sheet_lost(certctl_sheet_t *sheet, const char *why)
{
    certctl_sheet_field(sheet, cert_str("#N/A"));
    certctl_sheet_refuse(sheet, why);
}


/* The first reason of a row is its reason. */
static void
certctl_sheet_refuse(certctl_sheet_t *sheet, const char *why)
{
    if (sheet->why == NULL) {
        sheet->why = why;
        sheet->bad = sheet->column;
    }
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * What the table says of a row is gone with the next, so all its fields are
 * copied into one buffer, which stays with the record and seldom grows.  A row
 * that is refused needs them as well: they go to the rejects file.
 */


#include <stdlib.h>
#include <string.h>

#include "certctl_cell.h"
#include "certctl_record.h"


static int certctl_record_keep(certctl_record_t *record,
    const certctl_table_t *table);
static size_t certctl_record_len(const certctl_table_t *table, size_t n);
static int certctl_record_is_whole(const certctl_record_t *record,
    const certctl_layout_t *layout);
static int certctl_record_fields(certctl_record_t *record,
    const certctl_table_t *table, const certctl_layout_t *layout,
    cert_str_t fields[CERTCTL_KIND_COLUMNS + 1]);
static const char *certctl_record_long(certctl_record_t *record,
    const certctl_table_t *table, size_t field, const char *why);
static void certctl_record_refuse(certctl_record_t *record, const char *column,
    const char *why);
static void certctl_record_failed(certctl_record_t *record, cert_err_t err);


void
certctl_record_read(certctl_record_t *record, certctl_table_t *table,
    const certctl_layout_t *layout)
{
    cert_err_t  err;
    cert_str_t  fields[CERTCTL_KIND_COLUMNS + 1];

    memset(&record->row, 0, sizeof(record->row));
    memset(&record->rounded, 0, sizeof(record->rounded));
    record->column = "";
    record->why = "";

    err = certctl_table_next(table, &record->row.reason);

    record->bytes = table->bytes;
    record->line = 0;

    if (err != CERT_OK && err != CERT_INVALID) {
        certctl_record_failed(record, err);
        return;
    }

    record->is_row = (err == CERT_OK);

    if (certctl_record_keep(record, table) != 0) {
        cert_reason_set(&record->row.reason, "out of memory");
        certctl_record_failed(record, CERT_NO_MEMORY);
        return;
    }

    record->line = table->line;
    record->is_whole = certctl_record_is_whole(record, layout);

    if (!record->is_row) {
        certctl_record_refuse(record, "", table->why);
        return;
    }

    if (!record->is_whole) {
        certctl_record_refuse(record, "", "does not have as many columns as "
                              "the header");
        return;
    }

    if (certctl_record_fields(record, table, layout, fields) != 0) {
        return;
    }

    err = layout->kind->read(layout->data, record->item, fields,
                             &layout->rules, &record->row);

    if (err == CERT_REFUSED) {
        certctl_record_refuse(record, layout->kind->name(record->row.column),
                              record->row.reason.text);

    } else {
        certctl_record_failed(record, err);
    }
}


/* -1: no memory. */
static int
certctl_record_keep(certctl_record_t *record, const certctl_table_t *table)
{
    size_t    i, n, len;
    uint8_t  *p;

    record->is_sheet = table->is_sheet;
    record->fields_n = record->is_row ? table->fields_n : 0;

    n = record->fields_n < CERTCTL_CSV_FIELDS_MAX ? record->fields_n
                                                  : CERTCTL_CSV_FIELDS_MAX;
    len = record->is_row ? certctl_record_len(table, n) : table->raw.len;

    if (len > record->size) {
        p = malloc(2 * len);
        if (p == NULL) {
            return -1;
        }

        certctl_record_free(record);
        record->buffer = p;
        record->size = 2 * len;
    }

    p = record->buffer;

    if (!record->is_row) {
        record->raw = (cert_str_t) { p, len };

        if (len > 0) {
            memcpy(p, table->raw.data, len);
        }
    }

    for (i = 0; i < n; i++) {
        len = table->fields[i].len;
        record->fields[i] = (cert_str_t) { p, len };

        if (len > 0) {
            memcpy(p, table->fields[i].data, len);
            p += len;
        }
    }

    return 0;
}


static size_t
certctl_record_len(const certctl_table_t *table, size_t n)
{
    size_t  i, len;

    len = 0;

    for (i = 0; i < n; i++) {
        len += table->fields[i].len;
    }

    return len;
}


void
certctl_record_free(certctl_record_t *record)
{
    if (record->buffer != NULL) {
        explicit_bzero(record->buffer, record->size);
        free(record->buffer);
    }

    record->buffer = NULL;
    record->size = 0;
}


/*
 * Cells beyond the headings have to be empty; those that are missing are empty
 * in a sheet, and in CSV a row that was cut or has a separator too few.
 */
static int
certctl_record_is_whole(const certctl_record_t *record,
    const certctl_layout_t *layout)
{
    size_t  i;

    if (record->fields_n < layout->columns_n) {
        return record->is_sheet;
    }

    for (i = layout->columns_n; i < record->fields_n; i++) {
        if (i >= CERTCTL_CSV_FIELDS_MAX || record->fields[i].len > 0) {
            return 0;
        }
    }

    return 1;
}


/* The fields in the order of the columns, without their guards; -1: refused. */
static int
certctl_record_fields(certctl_record_t *record, const certctl_table_t *table,
    const certctl_layout_t *layout,
    cert_str_t fields[CERTCTL_KIND_COLUMNS + 1])
{
    unsigned     i, column;
    const char  *why;

    memset(fields, 0, (CERTCTL_KIND_COLUMNS + 1) * sizeof(cert_str_t));

    for (i = 0; i < layout->columns_n && i < record->fields_n; i++) {
        column = layout->columns[i];
        fields[column] = certctl_cell_unguard(record->fields[i]);

        why = table->why != NULL && table->bad == i ? table->why
              : certctl_cell_is_error(fields[column])
                ? "is an error of a formula" : NULL;

        if ((layout->kind->long_columns & 1u << column) != 0) {
            why = certctl_record_long(record, table, i, why);
        }

        if (why != NULL && column != CERTCTL_RECORD_SKIP) {
            certctl_record_refuse(record, layout->kind->name(column), why);
            return -1;
        }
    }

    return 0;
}


/* Counts a long number; returns why it is refused, "why" if not by itself. */
static const char *
certctl_record_long(certctl_record_t *record, const certctl_table_t *table,
    size_t field, const char *why)
{
    certctl_cell_shape_t  shape;

    shape = certctl_rounded_count(&record->rounded, table, field);

    return why == NULL && shape == CERTCTL_CELL_FLOAT
           ? "is a number as a spreadsheet writes it, with a point or E+: "
             "export it as text" : why;
}


static void
certctl_record_refuse(certctl_record_t *record, const char *column,
    const char *why)
{
    record->err = CERT_REFUSED;
    record->column = column;
    record->why = why;
}


/* Also CERT_OK and the end, which have no reason. */
static void
certctl_record_failed(certctl_record_t *record, cert_err_t err)
{
    record->err = err;
    record->why = record->row.reason.text;
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * What the rows of a file are made of, and what one amounts to: certificates
 * (certctl_certificate_import.c), accounts (certctl_account_import.c).
 */


#ifndef CERTCTL_KIND_H_INCLUDED
#define CERTCTL_KIND_H_INCLUDED


#include "cert_change.h"
#include "cert_patterns.h"
#include "certctl_name.h"
#include "certctl_survey.h"


/* Columns that a kind may have. */
#define CERTCTL_KIND_COLUMNS  16

/* Changes that a row may come to. */
#define CERTCTL_KIND_CHANGES  2

/* What rows are checked against, as it was when the intake began. */
typedef struct {
    cert_patterns_t  *patterns;     /* owned by the intake */
    certctl_coder_t  *coder;        /* likewise; may be NULL */
    cert_time_t       now;
    int32_t           utc_offset_sec;
    cert_date_t       today;        /* no date of a row is later */
} certctl_rules_t;

/*
 * What a row amounts to.  What it points to is the kind's and lives until the
 * next row is asked for.
 */
typedef struct {
    cert_str_t      key;            /* of at most CERT_NUMBER_MAX bytes; a file
                                       may have it once */
    unsigned        changes_n;      /* 0: the store has the row already */
    cert_change_t   changes[CERTCTL_KIND_CHANGES];      /* type and "u" */

    /* Of a check: the store would refuse it for an earlier row, which is not in
       it any more.  CERT_REFUSAL_NONE: not so. */
    cert_refusal_t  earlier;

    /* Of a refusal: "column" is one of the kind, the reason quotes nothing. */
    unsigned        column;
    cert_reason_t   reason;         /* of a failure as well */
} certctl_kind_row_t;

/*
 * A row is read in two steps, of which each may refuse it; neither writes
 * anything anywhere.
 *
 * "read" gets the fields in the order of the columns, empty where the file has
 * no such column; they live as long as "item", into which it reads them: of
 * item_size bytes, zeros at first, later what an earlier row has left in it.
 * It may run on a thread of its own, ahead of all else: so it uses nothing of
 * the store and of the keys, and nothing of "data" that another function
 * changes.
 *
 * "row" follows in the order of the file, on the thread that writes the store,
 * and may read the store and files.
 *
 *     CERT_OK       so far; behind "row", row->key and row->changes are filled
 *                   in
 *     CERT_REFUSED  row->column and row->reason say why
 *
 * Any other error ends the intake with row->reason.  "row" is zeros before the
 * first of the two.
 */
typedef struct {
    unsigned      columns_n;        /* at most CERTCTL_KIND_COLUMNS */
    unsigned      required_n;       /* the first ones; the rest is optional */
    unsigned      key_column;       /* that a key seen twice is reported for */
    unsigned      long_columns;     /* bits of those that hold long numbers */
    size_t        item_size;

    /* The name of a column, static. */
    const char *(*name)(unsigned column);

    cert_err_t  (*read)(void *data, void *item, const cert_str_t *fields,
                        const certctl_rules_t *rules, certctl_kind_row_t *row);
    cert_err_t  (*row)(void *data, void *item, certctl_kind_row_t *row);

    /* The row was taken: what the survey is told. */
    void        (*survey)(void *data, const void *item,
                          certctl_survey_t *survey, uint64_t line,
                          int is_corrected);
} certctl_kind_t;


#endif /* CERTCTL_KIND_H_INCLUDED */

/*
 * Copyright (C) the ngx_cert authors
 *
 * An intake: a file of rows on its way into the store, row by row.
 *
 *     certctl_intake.c         from the first row to the summary, commits
 *     certctl_intake_file.c    opening, headings, the rules for rows
 *
 * What a row amounts to is for the kind of the intake to say: certificates
 * (certctl_certificate_import.c), accounts (certctl_account_import.c).
 */


#ifndef CERTCTL_INTAKE_H_INCLUDED
#define CERTCTL_INTAKE_H_INCLUDED


#include "certctl_progress.h"
#include "certctl_rejects.h"
#include "certctl_rounded.h"
#include "certctl_row.h"
#include "certctl_seen.h"
#include "certctl_survey.h"
#include "certctl_table.h"
#include "certctl_txn.h"


/* Rows in one commit, so that others can write in between. */
#define CERTCTL_BATCH  10000

/* Columns that a kind may have. */
#define CERTCTL_INTAKE_COLUMNS  16

/* Changes that a row may come to. */
#define CERTCTL_INTAKE_CHANGES  2

/* Of a column of the file that is passed over. */
#define CERTCTL_INTAKE_SKIP  CERTCTL_INTAKE_COLUMNS

typedef struct certctl_intake_s  certctl_intake_t;

/* What the command line says of an intake; texts are its own. */
typedef struct {
    const char  *source;        /* a file, or "-": standard input */
    const char  *rejects;       /* where refused rows go, or NULL */
    const char  *encoding;      /* of a text, or NULL: recognised */
    const char  *sheet;         /* of a workbook, or NULL: the first visible */
    int          force_rounded; /* take numbers that look rounded */
    int          is_check;      /* do all but commit */
    int          any_font;      /* take names that no font here has */
} certctl_intake_options_t;

/*
 * What a row amounts to.  What it points to is the kind's and lives until the
 * next row.
 */
typedef struct {
    cert_str_t      key;            /* of at most CERT_NUMBER_MAX bytes; a file
                                       may have it once */
    unsigned        changes_n;      /* 0: the store has the row already */
    cert_change_t   changes[CERTCTL_INTAKE_CHANGES];    /* type and "u" */

    /* Of a check: the store would refuse it for an earlier row, which is not in
       it any more.  CERT_REFUSAL_NONE: not so. */
    cert_refusal_t  earlier;

    /* Of a refusal: "column" is one of the kind, the reason quotes nothing. */
    unsigned        column;
    cert_reason_t   reason;         /* of a failure as well */
} certctl_intake_row_t;

/*
 * What rows are made of.  "name" gives the name of a column, static.
 *
 * "row" gets the fields in the order of the columns, empty where the file has
 * no such column, and a "row" of zeros to fill in.  It has no effect but that:
 * it may read the store, and writes nothing anywhere.
 *
 *     CERT_OK       row->key and row->changes are filled in
 *     CERT_REFUSED  row->column and row->reason say why
 *
 * Any other error ends the intake with row->reason.
 */
typedef struct {
    unsigned      columns_n;        /* at most CERTCTL_INTAKE_COLUMNS */
    unsigned      required_n;       /* the first ones; the rest is optional */
    unsigned      key_column;       /* that a key seen twice is reported for */
    unsigned      long_columns;     /* bits of those that hold long numbers */
    const char *(*name)(unsigned column);
    cert_err_t  (*row)(void *data, const cert_str_t *fields,
                       const certctl_rules_t *rules,
                       certctl_intake_row_t *row);

    /* The row in hand was taken: what the survey is told; NULL: nothing. */
    void        (*survey)(void *data, certctl_survey_t *survey, uint64_t line,
                          int is_corrected);
} certctl_intake_kind_t;

typedef struct {
    uint64_t  created;
    uint64_t  corrected;    /* was there and is another now */
    uint64_t  unchanged;
} certctl_counts_t;

struct certctl_intake_s {
    certctl_t                    *ctl;
    const certctl_intake_kind_t  *kind;
    void                         *data;         /* the kind's */
    certctl_intake_options_t      options;
    int                           fd;
    uint64_t                      size;         /* of the file; 0: a pipe */
    off_t                         start;        /* of the file */
    certctl_table_t              *table;        /* its row is the one in hand */
    certctl_seen_t               *seen;         /* keys of this file */
    certctl_survey_t             *survey;
    certctl_rules_t               rules;
    unsigned                      columns_n;
    unsigned                      columns_first;    /* those of a rejects file
                                                       go before */
    unsigned                      columns[CERTCTL_CSV_FIELDS_MAX];
                                                /* of the file, in its order */
    certctl_txn_t                *txn;          /* NULL: none is open */
    uint64_t                      run;          /* number of the import; 0: it
                                                   has changed nothing */
    int                           has_begun;    /* an entry is committed */
    size_t                        pending;      /* rows in the transaction */
    certctl_rounded_t             rounded;      /* of these rows, and of those
                                                   refused meanwhile */
    certctl_counts_t              counts;       /* all, committed or not */
    certctl_counts_t              committed;
    certctl_rejects_t             rejects;
    certctl_progress_t            progress;
};


/*
 * Takes in all rows of a file, refuses some, commits every CERTCTL_BATCH of
 * them and says how many there were.  Opens the store, for writing; needs the
 * private keys.
 *
 *     CERTCTL_NO      rows were refused
 *     CERTCTL_USAGE   the header line is not right; nothing was taken
 *     CERTCTL_SYSTEM  what was committed before stays
 */
int certctl_intake(certctl_t *ctl, const certctl_intake_kind_t *kind,
    const certctl_intake_options_t *options, void *data);


#endif /* CERTCTL_INTAKE_H_INCLUDED */

/*
 * Copyright (C) the ngx_cert authors
 *
 * An intake: a CSV file on its way into the store, row by row.
 *
 *     certctl_intake.c         from the first row to the summary, commits
 *     certctl_intake_file.c    opening, header line, what rows are held against
 *
 * What a row is and what becomes of it is the kind of the intake: certificates
 * (certctl_import.c), accounts (certctl_account_import.c).
 *
 * Statuses are exit statuses and CERTCTL_INTAKE_REJECTED beside them, which
 * none but the loop over rows and what it calls ever see.
 */


#ifndef CERTCTL_INTAKE_H_INCLUDED
#define CERTCTL_INTAKE_H_INCLUDED


#include "certctl_csv.h"
#include "certctl_progress.h"
#include "certctl_rejects.h"
#include "certctl_row.h"
#include "certctl_seen.h"
#include "certctl_txn.h"


/* Rows in one commit, so that others can write in between. */
#define CERTCTL_BATCH  10000

/* Columns that a kind may have. */
#define CERTCTL_INTAKE_COLUMNS  16

/* Beside exit statuses: the row was refused and noted, go on. */
#define CERTCTL_INTAKE_REJECTED  -1

typedef struct certctl_intake_s  certctl_intake_t;

/*
 * What rows are made of and what becomes of one.  "name" gives the name of a
 * column, static.  "row" gets the fields in that order, empty where the file
 * has no such column, and returns 0, CERTCTL_INTAKE_REJECTED, or the exit
 * status with which the intake ends.
 */
typedef struct {
    unsigned      columns_n;        /* at most CERTCTL_INTAKE_COLUMNS */
    unsigned      required_n;       /* the first ones; the rest is optional */
    const char *(*name)(unsigned column);
    int         (*row)(certctl_intake_t *intake, const cert_str_t *fields);
} certctl_intake_kind_t;

typedef struct {
    uint64_t  created;
    uint64_t  corrected;    /* was there and is another now */
    uint64_t  unchanged;
} certctl_counts_t;

struct certctl_intake_s {
    certctl_t                    *ctl;
    const certctl_intake_kind_t  *kind;
    void                         *data;         /* the caller's */
    const char                   *source;       /* as given; "-": standard
                                                   input */
    int                           fd;
    uint64_t                      size;         /* of the file; 0: not known */
    certctl_csv_t                *csv;          /* its row is the one in hand */
    certctl_seen_t               *seen;         /* keys of this file */
    certctl_rules_t               rules;
    unsigned                      columns_n;
    unsigned                      columns[CERTCTL_INTAKE_COLUMNS];
                                                /* of the file, in its order */
    certctl_txn_t                *txn;          /* NULL: none is open */
    size_t                        pending;      /* rows in the transaction */
    certctl_counts_t              counts;       /* all, committed or not */
    certctl_counts_t              committed;
    certctl_rejects_t             rejects;
    certctl_progress_t            progress;
};


/*
 * Takes in all rows of a file, refuses some, commits every CERTCTL_BATCH of
 * them and says how many there were.  "rejects" is where refused rows go, or
 * NULL.  Opens the store, for writing; needs the private keys.
 *
 *     CERTCTL_NO      rows were refused
 *     CERTCTL_USAGE   the header line is not right; nothing was taken
 *     CERTCTL_SYSTEM  what was committed before stays
 */
int certctl_intake(certctl_t *ctl, const certctl_intake_kind_t *kind,
    const char *source, const char *rejects, void *data);


/* For "row": */

/* Begins a transaction if none is open; the intake ends it. */
int certctl_intake_begin(certctl_intake_t *intake);

/*
 * Notes the key of a row, of at most CERT_NUMBER_MAX bytes.  A file that had
 * it before has it refused: either of two rows could be the right one.
 */
int certctl_intake_seen(certctl_intake_t *intake, cert_str_t key,
    const char *column);

/* Applies a change; a refusal of the store is one of the row. */
int certctl_intake_change(certctl_intake_t *intake,
    const cert_change_t *change, cert_outcome_t *outcome);

/* Counts a row that was taken. */
void certctl_intake_count(certctl_intake_t *intake, int is_new,
    int is_unchanged);

/*
 * Notes a refusal; "column" may be empty, "why" is part of a sentence and
 * quotes nothing, "is_row" tells whether the row is CSV.  Returns
 * CERTCTL_INTAKE_REJECTED, or CERTCTL_SYSTEM if it cannot be noted.
 */
int certctl_intake_reject(certctl_intake_t *intake, const char *column,
    const char *why, int is_row);


#endif /* CERTCTL_INTAKE_H_INCLUDED */

/*
 * Copyright (C) the ngx_cert authors
 *
 * An import on its way: shared by the files that make it up.
 *
 *     certctl_import.c         the command: file to end, commits, the summary
 *     certctl_import_file.c    opening, header line, what rows are held against
 *     certctl_import_row.c     one row: check, photo, change
 *
 * Statuses are exit statuses and CERTCTL_IMPORT_REJECTED beside them, which
 * none but certctl_import_row() and the loop over rows ever see.
 */


#ifndef CERTCTL_IMPORT_H_INCLUDED
#define CERTCTL_IMPORT_H_INCLUDED


#include "certctl_csv.h"
#include "certctl_progress.h"
#include "certctl_rejects.h"
#include "certctl_row.h"
#include "certctl_seen.h"


/* Rows in one commit, so that others can write in between. */
#define CERTCTL_BATCH  10000

/* Beside exit statuses: the row was refused and noted, go on. */
#define CERTCTL_IMPORT_REJECTED  -1

typedef struct {
    uint64_t  created;
    uint64_t  corrected;    /* was there and is another now, photo included */
    uint64_t  unchanged;
} certctl_counts_t;

typedef struct {
    certctl_t           *ctl;
    const char          *source;        /* as given; "-": standard input */
    int                  fd;
    int                  folder;        /* of the CSV file, for photos */
    uint64_t             size;          /* of the file; 0: not known */
    certctl_csv_t       *csv;
    certctl_seen_t      *seen;          /* numbers of this file */
    certctl_rules_t      rules;
    size_t               columns_n;
    certctl_column_t     columns[CERTCTL_COLS];     /* of the file, in order */
    cert_txn_t          *txn;           /* NULL: none is open */
    size_t               pending;       /* rows in the transaction */
    certctl_counts_t     counts;        /* all, committed or not */
    certctl_counts_t     committed;
    certctl_row_t        row;           /* the one in hand */
    certctl_rejects_t    rejects;
    certctl_progress_t   progress;
    uint8_t             *photo;         /* room for one; NULL until needed */
} certctl_import_t;


/*
 * Opens file, store and rules; certctl_import_close() in any case, which also
 * wipes and frees "import".  CERTCTL_SYSTEM: the file, the store or the private
 * keys cannot be used.
 */
int certctl_import_open(certctl_import_t *import);
void certctl_import_close(certctl_import_t *import);

/*
 * Reads the header line: which column is where.  CERTCTL_USAGE: a column is
 * unknown, missing or there twice, or there is no header; nothing was taken.
 */
int certctl_import_header(certctl_import_t *import);

/*
 * Takes the row that was just read into the store, or refuses it: both are 0.
 * Begins a transaction if none is open and commits it when it is full.
 */
int certctl_import_row(certctl_import_t *import);

/*
 * Notes a refusal; "column" may be empty, "why" is part of a sentence and
 * quotes nothing, "is_row" tells whether the row is CSV.  Returns
 * CERTCTL_IMPORT_REJECTED, or CERTCTL_SYSTEM if it cannot be noted.
 */
int certctl_import_reject(certctl_import_t *import, const char *column,
    const char *why, int is_row);

/* Commits what the transaction holds, if there is one; it is gone then. */
int certctl_import_commit(certctl_import_t *import);


#endif /* CERTCTL_IMPORT_H_INCLUDED */

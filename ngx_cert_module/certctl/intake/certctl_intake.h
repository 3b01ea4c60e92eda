/*
 * Copyright (C) the ngx_cert authors
 *
 * An intake: a file of rows on its way into the store, row by row.
 *
 *     certctl_intake_file.c    opening, headings, the rules for rows
 *     certctl_record.c         a row as far as it is known without the store
 *     certctl_ahead.c          reading ahead
 *     certctl_intake.c         from the first row to the summary, commits
 *
 * What a row amounts to is for the kind of the intake to say
 * (certctl_kind.h).
 */


#ifndef CERTCTL_INTAKE_H_INCLUDED
#define CERTCTL_INTAKE_H_INCLUDED


#include "certctl_progress.h"
#include "certctl_record.h"
#include "certctl_rejects.h"
#include "certctl_seen.h"
#include "certctl_txn.h"


/*
 * Rows in one commit, so that others can write in between: a third of a second
 * or so.  A commit writes each page that it touches, and of an index by digest
 * that is one a row, until all are touched.
 */
#define CERTCTL_BATCH  20000

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

typedef struct {
    uint64_t  created;
    uint64_t  corrected;    /* was there and is another now */
    uint64_t  unchanged;
} certctl_counts_t;

struct certctl_intake_s {
    certctl_t                 *ctl;
    certctl_intake_options_t   options;
    int                        fd;
    uint64_t                   size;        /* of the file; 0: a pipe */
    off_t                      start;       /* of the file */
    certctl_layout_t           layout;
    certctl_table_t           *table;
    certctl_record_t          *record;      /* the row in hand */
    certctl_seen_t            *seen;        /* keys of this file */
    certctl_survey_t          *survey;
    certctl_txn_t             *txn;         /* NULL: none is open */
    uint64_t                   run;         /* number of the import; 0: it has
                                               changed nothing */
    int                        has_begun;   /* an entry is committed */
    size_t                     pending;     /* rows in the transaction */
    certctl_rounded_t          rounded;     /* of the last rows, refused ones
                                               too */
    size_t                     judged;      /* how many these are */
    certctl_counts_t           counts;      /* all, committed or not */
    certctl_counts_t           committed;
    certctl_rejects_t          rejects;
    certctl_progress_t         progress;
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
int certctl_intake(certctl_t *ctl, const certctl_kind_t *kind,
    const certctl_intake_options_t *options, void *data);


#endif /* CERTCTL_INTAKE_H_INCLUDED */

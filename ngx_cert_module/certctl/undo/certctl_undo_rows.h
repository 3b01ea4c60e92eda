/*
 * Copyright (C) the ngx_cert authors
 *
 * The rows of an import that is taken back, and which of them have to stay.
 */


#ifndef CERTCTL_UNDO_ROWS_H_INCLUDED
#define CERTCTL_UNDO_ROWS_H_INCLUDED


#include "certctl_txn.h"


/* Entries in one snapshot, and rows in one commit. */
#define CERTCTL_UNDO_BATCH  1000

/* "/" and the digits of a number. */
#define CERTCTL_UNDO_MARK_SIZE  22

/* A row of the run. */
typedef struct {
    char            number[CERT_NUMBER_MAX + 1];
    uint64_t        sequence;   /* of its entry */
    uint64_t        before;     /* of the entry that it corrected; 0: new */
    cert_time_t     time;
    const char     *why;        /* it stays; NULL: not known yet */
    int             is_done;    /* taken back; nothing keeps it any more */
    int             is_new;
    int             has_status; /* was set after "before" */
    cert_status_t   status;
    char            by[CERT_NUMBER_MAX + 1];
} certctl_undo_row_t;

typedef struct {
    certctl_t           *ctl;
    uint64_t             run;
    char                 mark[CERTCTL_UNDO_MARK_SIZE];
    size_t               n;
    size_t               room;
    certctl_undo_row_t  *rows;
    uint64_t             next;      /* entry of the journal to look at next */
    uint64_t             removed;
    uint64_t             restored;
    certctl_txn_t       *txn;
} certctl_undo_t;


/*
 * Finds the rows of undo->run, in the order of their numbers, with what was
 * before and the reason why one stays; undo->rows is the caller's to free.
 * CERTCTL_NO: no import has that number.
 */
int certctl_undo_rows(certctl_undo_t *undo);

/*
 * Looks at the entries since the last call, which may keep further rows; to be
 * called with the writer lock held, so that there are no others until commit.
 */
int certctl_undo_rows_renew(certctl_undo_t *undo);


#endif /* CERTCTL_UNDO_ROWS_H_INCLUDED */

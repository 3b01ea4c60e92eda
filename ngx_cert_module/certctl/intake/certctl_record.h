/*
 * Copyright (C) the ngx_cert authors
 *
 * A row of a file as far as it is known without the store: read, checked by the
 * rules of its kind, and kept, so that the file can be read on meanwhile.
 */


#ifndef CERTCTL_RECORD_H_INCLUDED
#define CERTCTL_RECORD_H_INCLUDED


#include "certctl_kind.h"
#include "certctl_rounded.h"
#include "certctl_table.h"


/* Of a column of the file that is passed over. */
#define CERTCTL_RECORD_SKIP  CERTCTL_KIND_COLUMNS

/* What all rows of a file have in common. */
typedef struct {
    const certctl_kind_t  *kind;
    void                  *data;            /* the kind's */
    certctl_rules_t        rules;
    unsigned               columns_n;
    unsigned               columns_first;   /* those of a rejects file go
                                               before */
    unsigned               columns[CERTCTL_CSV_FIELDS_MAX];
                                            /* of the file, in its order */
} certctl_layout_t;

typedef struct {
    /*
     * CERT_OK         a row that may be taken: "row" and "item"
     * CERT_REFUSED    "column" and "why"
     * CERT_NOT_FOUND  the end of the file
     *
     * Any other error ends the intake: with a line it is of that row, else of
     * the file; "why" says.
     */
    cert_err_t           err;
    const char          *why;           /* quotes nothing; of this record */
    const char          *column;        /* by name, static; empty: the row */

    uint64_t             line;          /* from 1; 0: not of a row */
    uint64_t             bytes;         /* of the file, up to here */
    int                  is_row;        /* there are fields; else "raw" */
    int                  is_whole;      /* as many as there are columns */
    int                  is_sheet;
    size_t               fields_n;      /* as in certctl_table_t */
    cert_str_t           fields[CERTCTL_CSV_FIELDS_MAX];
    cert_str_t           raw;
    certctl_rounded_t    rounded;       /* of its long numbers */
    certctl_kind_row_t   row;
    void                *item;          /* the kind's; the caller's room */

    /* For certctl_record.c alone: the bytes of fields or "raw". */
    uint8_t             *buffer;
    size_t               size;
} certctl_record_t;


/*
 * Reads the next row of "table" and keeps what it says; "record" is zeros but
 * for its item, or was read before.
 */
void certctl_record_read(certctl_record_t *record, certctl_table_t *table,
    const certctl_layout_t *layout);

/* Wipes and frees what it keeps, but for the item. */
void certctl_record_free(certctl_record_t *record);


#endif /* CERTCTL_RECORD_H_INCLUDED */

/*
 * Copyright (C) the ngx_cert authors
 *
 * CSV files, row by row, with physical line numbers.
 *
 * RFC 4180, and what spreadsheets make of it: the separator is the one of
 * "," ";" and tab that the first lines have most of, or what a first line
 * "sep=;" says; lines end in LF, CRLF or, where there is no LF, CR; a field may
 * be guarded as ="0123".  A quoted field may hold line ends.  Bytes are not
 * looked at beyond that: whether they are text is for the rules of a column to
 * say.
 */


#ifndef CERTCTL_CSV_H_INCLUDED
#define CERTCTL_CSV_H_INCLUDED


#include <csv.h>

#include "certctl_text.h"


/* Fields of a row that are kept; the count goes on. */
#define CERTCTL_CSV_FIELDS_MAX  64

/* Longest row, in bytes of UTF-8. */
#define CERTCTL_CSV_ROW_MAX     65536

/* Read at a time; has to hold a row. */
#define CERTCTL_CSV_BUFFER      (16 * CERTCTL_CSV_ROW_MAX)

typedef struct {
    certctl_text_t     *text;       /* owned */

    /* The row read last: valid until the next. */
    uint64_t            line;       /* where it starts, from 1 */
    size_t              fields_n;   /* as in the file, maybe over the max */
    cert_str_t          fields[CERTCTL_CSV_FIELDS_MAX];
    cert_str_t          raw;        /* in UTF-8, without line end */
    const char         *why;        /* static: why it is not a row */

    uint64_t            bytes;      /* of UTF-8 up to here */
    uint8_t             separator;

    /* The rest is for certctl_csv.c alone. */
    uint64_t            line_next;
    uint8_t             line_end;   /* LF or CR; 0: nothing was read */
    int                 is_end;     /* of the file, not of the buffer */
    int                 rows_n;     /* that the parser saw in this row */
    size_t              start;      /* of what is not yet used of "buffer" */
    size_t              end;
    size_t              values_len;
    struct csv_parser   parser;
    uint8_t             values[CERTCTL_CSV_ROW_MAX + 1];
    uint8_t             buffer[CERTCTL_CSV_BUFFER];
} certctl_csv_t;


/* The file to read, "-" being standard input; -1 and errno. */
int certctl_csv_fd(const char *file);

/*
 * A reader of "text", which it owns from now on and in any case; NULL without
 * memory, or if "text" is NULL.  close() wipes what was read; NULL is allowed.
 */
certctl_csv_t *certctl_csv_open(certctl_text_t *text);

/*
 * The same of "fd", which stays the caller's; its encoding is recognised.  NULL
 * and errno: it cannot be read, the C library has no table of that encoding
 * (EINVAL), or there is no memory.
 */
certctl_csv_t *certctl_csv_open_fd(int fd);
void certctl_csv_close(certctl_csv_t *csv);

/*
 * Reads the next row; empty lines do not count.
 *
 *     CERT_OK         fields, fields_n, raw and line are filled in
 *     CERT_INVALID    no row (a quote out of place or not closed, too long):
 *                     "why", raw and line say; the caller may read on
 *     CERT_NOT_FOUND  the end
 *     CERT_SYSTEM     cannot be read, see errno; reading must not go on
 */
cert_err_t certctl_csv_next(certctl_csv_t *csv);


#endif /* CERTCTL_CSV_H_INCLUDED */

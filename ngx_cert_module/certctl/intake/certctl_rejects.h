/*
 * Copyright (C) the ngx_cert authors
 *
 * The file of rows that an import refused: line, column and reason, then the
 * fields of the row, so that it can be corrected and imported as it is.  It
 * opens in a spreadsheet without harm, and holds personal data: mode 0600.
 */


#ifndef CERTCTL_REJECTS_H_INCLUDED
#define CERTCTL_REJECTS_H_INCLUDED


#include "certctl.h"


/* Its columns before those of the import. */
#define CERTCTL_REJECTS_COLUMNS  3

typedef struct {
    FILE        *file;          /* NULL until the first refusal */
    uint64_t     n;
    int          is_given;      /* the operator named it */
    char         path[CERTCTL_PATH_MAX];
    char         header[4096];  /* of the import, as CSV */
} certctl_rejects_t;


/*
 * Sets the name: "given" (may be NULL) or, for the source FILE.csv,
 * FILE.rejects.csv.  Makes no file.  CERTCTL_USAGE: the name is too long.
 */
int certctl_rejects_name(certctl_t *ctl, certctl_rejects_t *rejects,
    const char *given, const char *source);

/*
 * CERTCTL_USAGE: the file is the one that is open as "source", by whatever
 * name, and would be emptied while it is read.
 */
int certctl_rejects_check(certctl_t *ctl, const certctl_rejects_t *rejects,
    int source);

/* Keeps the headings of the import; CERT_INVALID: they are too long. */
cert_err_t certctl_rejects_header(certctl_rejects_t *rejects,
    const cert_str_t *headings, size_t n);

/*
 * Adds a row; the first one makes the file, or empties an older one.  "column"
 * and "why" are ours, the fields are those of the import, and become "min" of
 * them at least.  Where the folder of the source cannot be written, and no file
 * was given, it is made in the current folder, which is said.  CERTCTL_SYSTEM:
 * the file cannot be made, is a link, or cannot be written.
 */
int certctl_rejects_add(certctl_t *ctl, certctl_rejects_t *rejects,
    uint64_t line, const char *column, const char *why,
    const cert_str_t *fields, size_t n, size_t min);

/* Writes out and closes; CERTCTL_SYSTEM: something of it is missing. */
int certctl_rejects_close(certctl_t *ctl, certctl_rejects_t *rejects);


#endif /* CERTCTL_REJECTS_H_INCLUDED */

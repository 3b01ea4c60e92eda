/*
 * Copyright (C) the ngx_cert authors
 *
 * The file of rows that an import refused: line, column and reason, then the
 * row as it stood, so that what was corrected can be imported from it without
 * its first three columns.  It holds personal data: mode 0600.
 */


#ifndef CERTCTL_REJECTS_H_INCLUDED
#define CERTCTL_REJECTS_H_INCLUDED


#include "certctl.h"


typedef struct {
    FILE        *file;          /* NULL until the first refusal */
    uint64_t     n;
    char         path[CERTCTL_PATH_MAX];
    char         header[4096];  /* of the import, as it stood */
} certctl_rejects_t;


/*
 * Sets the name: "given" (may be NULL) or, for the source FILE.csv,
 * FILE.rejects.csv.  Makes no file.  CERTCTL_USAGE: the name is too long.
 */
int certctl_rejects_name(certctl_t *ctl, certctl_rejects_t *rejects,
    const char *given, const char *source);

/*
 * Adds a row; the first one makes the file, or empties an older one.  "column"
 * and "why" are ours, "raw" is as it stood in the import; "is_row" is 0 for
 * bytes that are not CSV, which become one field.  CERTCTL_SYSTEM: the file
 * cannot be made, is a link, or cannot be written.
 */
int certctl_rejects_add(certctl_t *ctl, certctl_rejects_t *rejects,
    uint64_t line, const char *column, const char *why, cert_str_t raw,
    int is_row);

/* Writes out and closes; CERTCTL_SYSTEM: something of it is missing. */
int certctl_rejects_close(certctl_t *ctl, certctl_rejects_t *rejects);


#endif /* CERTCTL_REJECTS_H_INCLUDED */

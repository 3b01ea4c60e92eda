/*
 * Copyright (C) the ngx_cert authors
 *
 * The file of rows that an import refused: line, column and reason, then the
 * row as it stood.  It holds personal data: mode 0600.
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


/* "given" (may be NULL) or, for FILE.csv, FILE.rejects.csv. */
int certctl_rejects_name(certctl_t *ctl, certctl_rejects_t *rejects,
    const char *given, const char *source);

/* "is_row" is 0 for bytes that are no CSV; they become one field. */
int certctl_rejects_add(certctl_t *ctl, certctl_rejects_t *rejects,
    uint64_t line, const char *column, const char *why, cert_str_t raw,
    int is_row);

/* Writes out and closes. */
int certctl_rejects_close(certctl_t *ctl, certctl_rejects_t *rejects);


#endif /* CERTCTL_REJECTS_H_INCLUDED */

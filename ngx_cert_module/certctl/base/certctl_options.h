/*
 * Copyright (C) the ngx_cert authors
 *
 * Options of the command line.
 *
 * A command lists its own in a table that points at its variables; those that
 * all commands know are added.  Names have to be given in full, values are
 * not copied: they live as long as argv, or as the process.  Texts are UTF-8
 * when a command gets them (certctl_argument.h).
 */


#ifndef CERTCTL_OPTIONS_H_INCLUDED
#define CERTCTL_OPTIONS_H_INCLUDED


#include "certctl.h"


/* What "value" of an option points to. */
typedef enum {
    CERTCTL_FLAG = 0,       /* int, set to 1 */
    CERTCTL_TEXT,           /* const char *, made UTF-8 */
    CERTCTL_FILE,           /* const char *, the bytes of argv */
    CERTCTL_COUNT,          /* uint64_t, decimal */
    CERTCTL_BYTES           /* uint64_t, decimal with K, M, G or T */
} certctl_option_kind_t;

typedef struct {
    const char             *name;   /* without dashes; NULL ends a table, and
                                       its kind is that of the words:
                                       CERTCTL_FILE if there is a file among
                                       them */
    certctl_option_kind_t   kind;
    void                   *value;  /* left alone when the option is not
                                       given */
} certctl_option_t;

/* The words that are not options, a part of argv; texts made UTF-8. */
typedef struct {
    int     n;
    char  **v;
} certctl_args_t;


/*
 * Reads the options of a command and those that all commands know; "options"
 * may be NULL.  What is left has to be "min" to "max" words (max -1: any
 * number) and goes to "args".
 *
 * CERTCTL_USAGE: an unknown option or the beginning of a known one, a value
 * missing, in a flag or not a number, too few or too many words, a text that
 * cannot be made UTF-8.
 */
int certctl_options(certctl_t *ctl, int argc, char **argv,
    const certctl_option_t *options, int min, int max, certctl_args_t *args);

/* The same for what stands before the command; "first" is its place. */
int certctl_options_global(certctl_t *ctl, int argc, char **argv, int *first);

/*
 * Makes words UTF-8 that were read as those of a table with CERTCTL_FILE, once
 * it is known that there is no file among them.
 */
int certctl_options_texts(certctl_t *ctl, certctl_args_t *args);

/*
 * Reads a decimal number, digits only, within bounds.  CERTCTL_USAGE, not
 * reported: it is not one, and "number" is as it was.
 */
int certctl_options_number(const char *text, uint64_t min, uint64_t max,
    uint64_t *number);


#endif /* CERTCTL_OPTIONS_H_INCLUDED */

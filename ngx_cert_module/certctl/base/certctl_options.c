/*
 * Copyright (C) the ngx_cert authors
 *
 * Options of the command line.
 *
 * getopt_long() takes any unambiguous beginning of a name, so "--no" could
 * silently mean "--no-store" today and something else tomorrow.  All names
 * are therefore compared whole before it sees them.
 *
 * A parser of our own was rejected as well: what getopt_long() does with "--",
 * "--name=value" and words between options is what people know.  It prints
 * nothing here (opterr): messages have one form, and with --json are JSON.
 *
 * Options that all commands know may stand before the command and behind it:
 * both places are read with the same table, so none is known in one alone.
 */


#include <errno.h>
#include <getopt.h>
#include <stdlib.h>

#include "certctl.h"
#include "certctl_argument.h"
#include "certctl_options.h"
#include "certctl_output.h"


/* Of one command, those that all know included. */
#define CERTCTL_OPTIONS_MAX  24


static size_t certctl_options_join(certctl_t *ctl, certctl_option_t *all,
    const certctl_option_t *options);
static int certctl_options_known(certctl_t *ctl, char **words, int n,
    const certctl_option_t *options, int is_global);
static const certctl_option_t *certctl_options_find(
    const certctl_option_t *options, const char *name, size_t len);
static int certctl_options_parse(certctl_t *ctl, int argc, char **argv,
    const certctl_option_t *options, const char *mode);
static int certctl_options_store(certctl_t *ctl,
    const certctl_option_t *option, const char *text);
static int certctl_options_bytes(const char *text, uint64_t *number);
static int certctl_options_shift(const char *unit);


int
certctl_options(certctl_t *ctl, int argc, char **argv,
    const certctl_option_t *options, int min, int max, certctl_args_t *args)
{
    int               status;
    certctl_option_t  all[CERTCTL_OPTIONS_MAX];

    certctl_options_join(ctl, all, options);

    status = certctl_options_known(ctl, argv + 1, argc - 1, all, 0);
    if (status == 0) {
        status = certctl_options_parse(ctl, argc, argv, all, "");
    }

    if (status != 0) {
        return status;
    }

    args->n = argc - optind;
    args->v = argv + optind;

    if (args->n < min) {
        return certctl_usage(ctl, "missing argument");
    }

    if (max >= 0 && args->n > max) {
        return certctl_usage(ctl, "too many arguments");
    }

    while (options != NULL && options->name != NULL) {
        options++;
    }

    return options != NULL && options->kind == CERTCTL_FILE
           ? 0 : certctl_options_texts(ctl, args);
}


int
certctl_options_texts(certctl_t *ctl, certctl_args_t *args)
{
    int          i, status;
    const char  *word;

    for (i = 0; i < args->n; i++) {
        word = args->v[i];

        status = certctl_argument_decode(ctl, NULL, &word);
        if (status != 0) {
            return status;
        }

        args->v[i] = (char *) (uintptr_t) word;
    }

    return 0;
}


/* "+" stops at the command, whose own options are not known yet. */
int
certctl_options_global(certctl_t *ctl, int argc, char **argv, int *first)
{
    int               status;
    certctl_option_t  all[CERTCTL_OPTIONS_MAX];

    certctl_options_join(ctl, all, NULL);

    status = certctl_options_known(ctl, argv + 1, argc - 1, all, 1);
    if (status == 0) {
        status = certctl_options_parse(ctl, argc, argv, all, "+");
    }

    *first = optind;

    return status;
}


/* Options that all commands know, then those of this one. */
static size_t
certctl_options_join(certctl_t *ctl, certctl_option_t *all,
    const certctl_option_t *options)
{
    size_t  n;

    n = 0;

    all[n++] = (certctl_option_t) { "home", CERTCTL_FILE, &ctl->home };
    all[n++] = (certctl_option_t) { "json", CERTCTL_FLAG, &ctl->is_json };
    all[n++] = (certctl_option_t) { "at", CERTCTL_TEXT, &ctl->at };
    all[n++] = (certctl_option_t) {
        "templates", CERTCTL_FILE, &ctl->templates
    };

    while (options != NULL && options->name != NULL
           && n < CERTCTL_OPTIONS_MAX - 1)
    {
        all[n++] = *options++;
    }

    all[n].name = NULL;

    return n;
}


/* Every "--name" in full, or a wrong command line. */
static int
certctl_options_known(certctl_t *ctl, char **words, int n,
    const certctl_option_t *options, int is_global)
{
    int                      i;
    size_t                   len;
    const char              *name;
    const certctl_option_t  *option;

    for (i = 0; i < n; i++) {

        if (strcmp(words[i], "--") == 0) {
            break;
        }

        if (strncmp(words[i], "--", 2) != 0) {

            if (is_global) {
                break;
            }

            continue;
        }

        name = words[i] + 2;
        len = strcspn(name, "=");
        option = certctl_options_find(options, name, len);

        if (option == NULL) {
            return certctl_usage(ctl, "unknown option \"--%.*s\"", (int) len,
                                 name);
        }

        /* Its value is not an option, whatever it begins with. */

        if (option->kind != CERTCTL_FLAG && name[len] == '\0') {
            i++;
        }
    }

    return 0;
}


/* By length and bytes: "no" is not "no-store". */
static const certctl_option_t *
certctl_options_find(const certctl_option_t *options, const char *name,
    size_t len)
{
    for ( /* void */ ; options->name != NULL; options++) {

        if (strlen(options->name) == len
            && memcmp(options->name, name, len) == 0)
        {
            return options;
        }
    }

    return NULL;
}


/* Names are known to be whole by now; this takes them apart. */
static int
certctl_options_parse(certctl_t *ctl, int argc, char **argv,
    const certctl_option_t *options, const char *mode)
{
    int            c, index, status;
    size_t         i;
    struct option  table[CERTCTL_OPTIONS_MAX];

    for (i = 0; options[i].name != NULL; i++) {
        table[i].name = options[i].name;
        table[i].has_arg = options[i].kind == CERTCTL_FLAG
                           ? no_argument : required_argument;
        table[i].flag = NULL;
        table[i].val = 0;
    }

    memset(&table[i], 0, sizeof(struct option));

    /* 0 makes GNU getopt forget the global options read before. */

    optind = 0;
    opterr = 0;

    while ((c = getopt_long(argc, argv, mode, table, &index)) != -1) {

        if (c != 0) {
            return certctl_usage(ctl, "bad option or missing value: \"%s\"",
                                 argv[optind - 1]);
        }

        status = certctl_options_store(ctl, &options[index], optarg);
        if (status != 0) {
            return status;
        }
    }

    return 0;
}


/* Numbers are checked for form here, for bounds by the command. */
static int
certctl_options_store(certctl_t *ctl, const certctl_option_t *option,
    const char *text)
{
    int  status;

    switch (option->kind) {

    case CERTCTL_FLAG:
        *(int *) option->value = 1;
        return 0;

    case CERTCTL_TEXT:
        *(const char **) option->value = text;
        return certctl_argument_decode(ctl, option->name, option->value);

    case CERTCTL_FILE:
        *(const char **) option->value = text;
        return 0;

    case CERTCTL_COUNT:
        status = certctl_options_number(text, 0, UINT64_MAX, option->value);
        break;

    default:
        status = certctl_options_bytes(text, option->value);
        break;
    }

    if (status != 0) {
        return certctl_usage(ctl, "\"--%s\" takes a number, not \"%s\"",
                             option->name, text);
    }

    return 0;
}


int
certctl_options_number(const char *text, uint64_t min, uint64_t max,
    uint64_t *number)
{
    char                *end;
    unsigned long long   value;

    /* strtoull() would take blanks and signs in front. */

    if (*text < '0' || *text > '9') {
        return CERTCTL_USAGE;
    }

    errno = 0;
    value = strtoull(text, &end, 10);

    if (errno != 0 || *end != '\0' || value < min || value > max) {
        return CERTCTL_USAGE;
    }

    *number = value;

    return 0;
}


/* Units are powers of 1024; "8G" and "8589934592" are the same. */
static int
certctl_options_bytes(const char *text, uint64_t *number)
{
    int       shift;
    char      digits[24];
    size_t    len;
    uint64_t  value;

    len = strspn(text, "0123456789");
    shift = certctl_options_shift(text + len);

    if (len == 0 || len >= sizeof(digits) || shift < 0) {
        return CERTCTL_USAGE;
    }

    memcpy(digits, text, len);
    digits[len] = '\0';

    if (certctl_options_number(digits, 0, UINT64_MAX >> shift, &value) != 0) {
        return CERTCTL_USAGE;
    }

    *number = value << shift;

    return 0;
}


/* The power of 2 that a unit stands for; -1: it is not a unit. */
static int
certctl_options_shift(const char *unit)
{
    const char  *found;

    static const char  units[] = "KMGT";

    if (unit[0] == '\0') {
        return 0;
    }

    found = strchr(units, unit[0]);

    return found != NULL && unit[1] == '\0' ? 10 * (int) (found - units + 1)
                                            : -1;
}

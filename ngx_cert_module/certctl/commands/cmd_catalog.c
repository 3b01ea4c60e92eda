/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl catalog: the qualifications with their issuer, seal and template.
 * The file is small and is one transaction as a whole: a wrong line leaves the
 * catalogue as it was.
 *
 * An import of certificates goes on after a bad row; this does not.  There are
 * a few dozen lines, written by hand by those who decide, and half a catalogue
 * would refuse certificates for a reason that nobody sees.  Nothing is ever
 * removed by leaving it out: certificates refer to it.
 *
 * Columns are found by name, and all must exist: for none of them is there a
 * value that could be assumed without harm.  So must the seal and the template
 * that a line names, or all its copies would wait, which nobody sees but the
 * holders; what is to come later is taken if that is said.
 */


#include <csv.h>
#include <errno.h>
#include <unistd.h>

#include "certctl_change.h"
#include "certctl_commands.h"
#include "certctl_csv.h"
#include "certctl_home.h"
#include "certctl_json.h"
#include "certctl_options.h"
#include "certctl_output.h"
#include "certrender.h"


enum {
    CERTCTL_CAT_NAME = 0,
    CERTCTL_CAT_ISSUER,
    CERTCTL_CAT_SEAL,
    CERTCTL_CAT_TEMPLATE,
    CERTCTL_CAT_FROM,
    CERTCTL_CATS
};

/* In that order. */
static const char *const  cmd_catalog_columns[CERTCTL_CATS] = {
    "name", "issuer", "seal", "template", "annotation_required_from"
};

typedef struct {
    certctl_t      *ctl;
    const char     *file;
    certctl_csv_t  *csv;
    certctl_txn_t  *txn;
    certrender_t   *render;
    int             takes_awaited;
    int             is_blind;   /* said that seals cannot be looked at */
    uint64_t        changed;
    uint64_t        unchanged;
    uint64_t        awaited;    /* lines whose seal or template is missing */
    int             place[CERTCTL_CATS];    /* of each column in the file */
} cmd_catalog_t;


static int cmd_catalog_list(certctl_t *ctl);
static cert_err_t cmd_catalog_each(void *data,
    const cert_qualification_t *qualification);
static void cmd_catalog_field(const char *text, int end);
static json_t *cmd_catalog_json(
    const cert_qualification_t *qualification);
static int cmd_catalog_import(certctl_t *ctl, const char *file,
    int takes_awaited);
static int cmd_catalog_open(cmd_catalog_t *catalog);
static int cmd_catalog_say(const cmd_catalog_t *catalog);
static int cmd_catalog_header(cmd_catalog_t *catalog);
static int cmd_catalog_column(cmd_catalog_t *catalog, size_t place,
    cert_str_t name);
static int cmd_catalog_rows(cmd_catalog_t *catalog);
static int cmd_catalog_row(cmd_catalog_t *catalog);
static int cmd_catalog_look(cmd_catalog_t *catalog,
    const cert_qualification_t *qualification);
static int cmd_catalog_read(cmd_catalog_t *catalog,
    cert_qualification_t *qualification);
static int cmd_catalog_is_name(const cert_text_t *text);


int
cmd_catalog(certctl_t *ctl, int argc, char **argv)
{
    int             status, takes_awaited;
    certctl_args_t  args;

    const certctl_option_t  list[] = {
        { "awaited", CERTCTL_FLAG, &takes_awaited },
        { NULL, CERTCTL_FILE, NULL }
    };

    takes_awaited = 0;

    status = certctl_options(ctl, argc, argv, list, 1, 2, &args);
    if (status != 0) {
        return status;
    }

    if (args.n == 1 && !takes_awaited && strcmp(args.v[0], "list") == 0) {
        return cmd_catalog_list(ctl);
    }

    if (args.n == 2 && strcmp(args.v[0], "import") == 0) {
        return cmd_catalog_import(ctl, args.v[1], takes_awaited);
    }

    return certctl_usage(ctl, "expected: list, or import [--awaited] FILE.csv");
}


/* Prints in the form that is imported, header aside. */
static int
cmd_catalog_list(certctl_t *ctl)
{
    int              status;
    cert_err_t       err;
    cert_position_t  after;

    status = certctl_home_open(ctl, CERT_STORE_READ);
    if (status != 0) {
        return status;
    }

    after.len = 0;

    do {
        err = cert_list_qualifications(ctl->reader, &after, 100,
                                       cmd_catalog_each, ctl);
    } while (err == CERT_OK);

    if (err != CERT_NOT_FOUND) {
        return certctl_error(ctl, err, "cannot list the catalogue: %s",
                             cert_err_name(err));
    }

    return 0;
}


/* Called within a snapshot: prints and does nothing else. */
static cert_err_t
cmd_catalog_each(void *data, const cert_qualification_t *qualification)
{
    certctl_t *ctl = data;

    char  from[CERT_DATE_TEXT_SIZE];

    if (ctl->is_json) {
        return certctl_print(cmd_catalog_json(qualification)) == 0
               ? CERT_OK : CERT_SYSTEM;
    }

    from[0] = '\0';

    if (qualification->annotated_from != CERT_DATE_NONE) {
        cert_date_format(qualification->annotated_from, from);
    }

    cmd_catalog_field(qualification->name.data, ',');
    cmd_catalog_field(qualification->issuer.data, ',');
    cmd_catalog_field(qualification->seal.data, ',');
    cmd_catalog_field(qualification->face.data, ',');
    cmd_catalog_field(from, '\n');

    return CERT_OK;
}


/* In quotes where it has to be, so that the list can be imported again. */
static void
cmd_catalog_field(const char *text, int end)
{
    if (strpbrk(text, ",\"") != NULL) {
        csv_fwrite(stdout, text, strlen(text));

    } else {
        fputs(text, stdout);
    }

    putchar(end);
}


/* Under the names of the columns, so that a program can go either way. */
static json_t *
cmd_catalog_json(const cert_qualification_t *qualification)
{
    return json_pack("{sososososo}",
                     "name", certjson_text(&qualification->name),
                     "issuer", certjson_text(&qualification->issuer),
                     "seal", certjson_text(&qualification->seal),
                     "template", certjson_text(&qualification->face),
                     "annotation_required_from",
                     certjson_date(qualification->annotated_from));
}


/* The file is opened first: a mistyped name need not wait for a lock. */
static int
cmd_catalog_import(certctl_t *ctl, const char *file, int takes_awaited)
{
    int            fd, status;
    cmd_catalog_t  catalog;

    memset(&catalog, 0, sizeof(catalog));
    catalog.ctl = ctl;
    catalog.file = file;
    catalog.takes_awaited = takes_awaited;

    fd = certctl_csv_fd(file);
    if (fd == -1) {
        return certctl_error(ctl, CERT_SYSTEM, "cannot open \"%s\": %s", file,
                             strerror(errno));
    }

    catalog.csv = certctl_csv_open_fd(fd);

    status = catalog.csv == NULL
             ? certctl_error(ctl, CERT_SYSTEM, "cannot read \"%s\": %s", file,
                             strerror(errno))
             : cmd_catalog_open(&catalog);

    if (status == 0) {
        status = cmd_catalog_header(&catalog);
    }

    if (status == 0) {
        status = certctl_txn_begin(ctl, &catalog.txn);
    }

    if (status == 0) {
        status = cmd_catalog_rows(&catalog);
    }

    certrender_close(catalog.render);
    certctl_csv_close(catalog.csv);
    close(fd);

    return status != 0 ? status : cmd_catalog_say(&catalog);
}


/* The renderer opens no store: it is asked for seals and templates alone. */
static int
cmd_catalog_open(cmd_catalog_t *catalog)
{
    int                    status;
    cert_err_t             err;
    certrender_options_t   options;

    status = certctl_home_open(catalog->ctl, CERT_STORE_WRITE);
    if (status != 0) {
        return status;
    }

    options.home = catalog->ctl->home;
    options.templates = catalog->ctl->templates;

    err = certrender_open(&catalog->render, &options);

    return err == CERT_OK ? 0
           : certctl_error(catalog->ctl, err, "cannot look for templates: %s",
                           cert_err_name(err));
}


/* Unchanged rows are counted apart: an import is often repeated to be sure. */
static int
cmd_catalog_say(const cmd_catalog_t *catalog)
{
    if (catalog->ctl->is_json) {
        return certctl_print(json_pack("{sIsIsI}",
                                 "changed", (json_int_t) catalog->changed,
                                 "unchanged",
                                 (json_int_t) catalog->unchanged,
                                 "awaited",
                                 (json_int_t) catalog->awaited));
    }

    printf("changed %llu, unchanged %llu",
           (unsigned long long) catalog->changed,
           (unsigned long long) catalog->unchanged);

    if (catalog->awaited != 0) {
        printf(", %llu with files that are still to come",
               (unsigned long long) catalog->awaited);
    }

    putchar('\n');

    return 0;
}


/*
 * All columns are there, once, and no others: a misspelt one must not read as
 * "empty".
 */
static int
cmd_catalog_header(cmd_catalog_t *catalog)
{
    int         status, column;
    size_t      i;
    cert_err_t  err;

    err = certctl_csv_next(catalog->csv);

    if (err == CERT_SYSTEM) {
        return certctl_error(catalog->ctl, err, "cannot read \"%s\": %s",
                             catalog->file, strerror(errno));
    }

    if (err != CERT_OK) {
        return certctl_usage(catalog->ctl, "\"%s\" has no header line",
                             catalog->file);
    }

    for (column = 0; column < CERTCTL_CATS; column++) {
        catalog->place[column] = -1;
    }

    for (i = 0; i < catalog->csv->fields_n && i < CERTCTL_CSV_FIELDS_MAX; i++)
    {
        status = cmd_catalog_column(catalog, i, catalog->csv->fields[i]);
        if (status != 0) {
            return status;
        }
    }

    for (column = 0; column < CERTCTL_CATS; column++) {
        if (catalog->place[column] == -1) {
            return certctl_usage(catalog->ctl, "the column \"%s\" is missing",
                                 cmd_catalog_columns[column]);
        }
    }

    return 0;
}


/* Compared whole: the beginning of a name is another name. */
static int
cmd_catalog_column(cmd_catalog_t *catalog, size_t place,
    cert_str_t name)
{
    int          column;
    const char  *known;

    for (column = 0; column < CERTCTL_CATS; column++) {
        known = cmd_catalog_columns[column];

        if (strlen(known) == name.len
            && memcmp(known, name.data, name.len) == 0)
        {
            break;
        }
    }

    if (column == CERTCTL_CATS || catalog->place[column] != -1) {
        return certctl_usage(catalog->ctl, "column \"%.*s\" is %s",
                             (int) name.len, (const char *) name.data,
                             column == CERTCTL_CATS ? "unknown"
                                                    : "given twice");
    }

    catalog->place[column] = (int) place;

    return 0;
}


/* All lines or none; the first bad one ends it. */
static int
cmd_catalog_rows(cmd_catalog_t *catalog)
{
    int         status;
    cert_err_t  err;

    status = 0;

    while (status == 0) {
        err = certctl_csv_next(catalog->csv);

        if (err == CERT_NOT_FOUND) {
            return certctl_txn_commit(catalog->ctl, catalog->txn);
        }

        if (err == CERT_OK) {
            status = cmd_catalog_row(catalog);

        } else if (err == CERT_INVALID) {
            status = certctl_error(catalog->ctl, err, "line %llu: %s",
                                   (unsigned long long) catalog->csv->line,
                                   catalog->csv->why);

        } else {
            status = certctl_error(catalog->ctl, err, "cannot read \"%s\": %s",
                                   catalog->file, strerror(errno));
        }
    }

    certctl_txn_abort(catalog->txn);

    return status;
}


/* A qualification that is as it was is not a change and not journaled. */
static int
cmd_catalog_row(cmd_catalog_t *catalog)
{
    int                    status;
    char                   subject[64];
    cert_err_t             err;
    cert_change_t          change;
    cert_outcome_t         outcome;
    cert_qualification_t   qualification;

    status = cmd_catalog_read(catalog, &qualification);

    if (status == 0) {
        status = cmd_catalog_look(catalog, &qualification);
    }

    if (status != 0) {
        return status;
    }

    status = certctl_change_init(catalog->ctl, &change,
                                 CERT_CHANGE_QUALIFICATION);
    if (status != 0) {
        return status;
    }

    change.u.qualification = &qualification;

    err = certctl_txn_apply(catalog->txn, &change, &outcome);

    if (err != CERT_OK) {
        (void) snprintf(subject, sizeof(subject), "line %llu",
                        (unsigned long long) catalog->csv->line);
        return certctl_change_report(catalog->ctl, err, &outcome, subject);
    }

    catalog->changed += !outcome.is_unchanged;
    catalog->unchanged += outcome.is_unchanged;

    return 0;
}


/*
 * Whether copies can be made of it.  The account that writes the store may not
 * be the one that seals: then that is said, and the line is taken.
 */
static int
cmd_catalog_look(cmd_catalog_t *catalog,
    const cert_qualification_t *qualification)
{
    cert_err_t     err;
    cert_time_t    expires;
    cert_reason_t  reason;

    err = certrender_look(catalog->render, qualification, catalog->ctl->now,
                          &expires, &reason);

    if (err == CERT_OK) {
        return 0;
    }

    if (err == CERT_SYSTEM) {
        if (!catalog->is_blind) {
            fprintf(stderr, "certctl: not looked at, and taken as they are: "
                    "seals and templates: %s\n", reason.text);
        }

        catalog->is_blind = 1;
        return 0;
    }

    if (catalog->takes_awaited && err != CERT_NO_MEMORY) {
        catalog->awaited++;
        return 0;
    }

    return certctl_error(catalog->ctl, err, "line %llu: no copy of \"%s\" "
                         "could be made: %s (--awaited imports it all the "
                         "same)", (unsigned long long) catalog->csv->line,
                         qualification->name.data, reason.text);
}


/* Texts become part of records and of file names: folded and held to limits. */
static int
cmd_catalog_read(cmd_catalog_t *catalog,
    cert_qualification_t *qualification)
{
    int           column;
    cert_str_t    text, from;
    const char   *why;
    cert_text_t  *texts[] = {
        &qualification->name, &qualification->issuer, &qualification->seal,
        &qualification->face
    };

    if (catalog->csv->fields_n != CERTCTL_CATS) {
        return certctl_error(catalog->ctl, CERT_INVALID, "line %llu: does not "
                             "have as many columns as the header",
                             (unsigned long long) catalog->csv->line);
    }

    for (column = 0; column < CERTCTL_CAT_FROM; column++) {
        text = catalog->csv->fields[catalog->place[column]];
        why = "is empty";

        if (cert_text_fold(texts[column], text, CERT_TEXT_MAX, &why)
            != CERT_OK || texts[column]->len == 0
            || (column >= CERTCTL_CAT_SEAL
                && !cmd_catalog_is_name(texts[column])))
        {
            return certctl_error(catalog->ctl, CERT_INVALID, "line %llu: "
                                 "column \"%s\" is empty or not valid text",
                                 (unsigned long long) catalog->csv->line,
                                 cmd_catalog_columns[column]);
        }
    }

    from = catalog->csv->fields[catalog->place[CERTCTL_CAT_FROM]];
    qualification->annotated_from = CERT_DATE_NONE;

    if (from.len > 0
        && cert_date_parse(&qualification->annotated_from, from) != CERT_OK)
    {
        return certctl_error(catalog->ctl, CERT_INVALID, "line %llu: column "
                             "\"annotation_required_from\" is not a date "
                             "(YYYY-MM-DD)",
                             (unsigned long long) catalog->csv->line);
    }

    return 0;
}


/* Seal and template become file names: no dot, so no suffix and no way up. */
static int
cmd_catalog_is_name(const cert_text_t *text)
{
    static const char  allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

    return strspn(text->data, allowed) == text->len;
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl export: all certificates as CSV, fit for import.
 *
 * Written in order of the numbers, with a snapshot each 1000 certificates: a
 * long export does not make the store grow.
 *
 * One snapshot over the whole was rejected for that reason: what it sees could
 * not be reused until the slowest reader of a pipe is done.  The price is that
 * a certificate changed meanwhile is exported as it was or as it is; each row
 * is whole in any case.  Codes, copies and photos are not in it: it is the
 * input of an import, not a backup.
 *
 * A child does the reading, since a damaged store can crash it
 * (certctl_guard.c).  The file is made before, so that the parent knows whether
 * it may remove it, and a part never stays behind looking like the whole.
 *
 * As JSON it is a line a certificate and not one array, so that a program that
 * reads it needs no more memory than this does.
 */


#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cert_read.h"
#include "certctl_commands.h"
#include "certctl_csv_write.h"
#include "certctl_guard.h"
#include "certctl_home.h"
#include "certctl_json.h"
#include "certctl_options.h"
#include "certctl_output.h"
#include "certctl_progress.h"
#include "certctl_row.h"


/* Certificates in one snapshot. */
#define CMD_EXPORT_BATCH  1000

typedef struct {
    certctl_t           *ctl;
    const char          *name;      /* of the file; NULL: standard output */
    FILE                *file;
    uint64_t             n;         /* written so far */
    certctl_csv_form_t   form;
    certctl_progress_t   progress;
} cmd_export_t;


static int cmd_export_open(certctl_t *ctl, cmd_export_t *export,
    const char *file);
static int cmd_export_run(certctl_t *ctl, void *data);
static int cmd_export_write(certctl_t *ctl, cmd_export_t *export);
static int cmd_export_close(certctl_t *ctl, cmd_export_t *export);
static void cmd_export_header(cmd_export_t *export);
static int cmd_export_all(certctl_t *ctl, cmd_export_t *export);
static cert_err_t cmd_export_each(void *data,
    const cert_certificate_t *certificate);
static void cmd_export_row(cmd_export_t *export,
    const cert_facts_t *facts, const cert_person_t *person);
static cert_err_t cmd_export_json(cmd_export_t *export,
    const cert_certificate_t *certificate);
static void cmd_export_str(cmd_export_t *export, cert_str_t text,
    int c);
static void cmd_export_date(cmd_export_t *export, cert_date_t date);


int
cmd_export(certctl_t *ctl, int argc, char **argv)
{
    int              status, is_excel;
    const char      *file;
    certctl_args_t   args;
    cmd_export_t     export;

    file = NULL;
    is_excel = 0;

    certctl_option_t  list[] = {
        { "file", CERTCTL_FILE, &file },
        { "excel", CERTCTL_FLAG, &is_excel },
        { NULL, CERTCTL_FLAG, NULL }
    };

    status = certctl_options(ctl, argc, argv, list, 0, 0, &args);

    if (status == 0 && is_excel && ctl->is_json) {
        status = certctl_usage(ctl, "\"--excel\" does not go with "
                               "\"--json\"");
    }

    export.form = is_excel ? CERTCTL_CSV_EXCEL : CERTCTL_CSV_PLAIN;

    if (status == 0) {
        status = cmd_export_open(ctl, &export, file);
    }

    if (status != 0) {
        return status;
    }

    status = certctl_guard(ctl, cmd_export_run, &export);

    if (file != NULL) {
        (void) fclose(export.file);
    }

    if (file != NULL && status != 0) {
        (void) unlink(file);
    }

    return status;
}


/* A new file only: an export over an older one could leave half of each. */
static int
cmd_export_open(certctl_t *ctl, cmd_export_t *export,
    const char *file)
{
    int  fd, status;

    export->ctl = ctl;
    export->name = file;
    export->file = stdout;
    export->n = 0;

    if (file != NULL) {
        fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        export->file = fd == -1 ? NULL : fdopen(fd, "w");

        if (export->file == NULL) {
            status = certctl_error(ctl, CERT_SYSTEM, "cannot create \"%s\": "
                                   "%s",
                                   file, strerror(errno));

            /* Or the next try would find a file that is not its own. */
            if (fd != -1) {
                close(fd);
                (void) unlink(file);
            }

            return status;
        }
    }

    return 0;
}


static int
cmd_export_run(certctl_t *ctl, void *data)
{
    cmd_export_t  *export = data;

    int  status;

    status = certctl_home_open(ctl, CERT_STORE_SCAN);

    if (status == 0) {
        status = certctl_home_need_private(ctl, "export");
    }

    return status != 0 ? status : cmd_export_write(ctl, export);
}


static int
cmd_export_write(certctl_t *ctl, cmd_export_t *export)
{
    int  status;

    if (!ctl->is_json) {
        cmd_export_header(export);
    }

    status = cmd_export_all(ctl, export);

    return export->name == NULL || status != 0
           ? status : cmd_export_close(ctl, export);
}


/* What is still in the buffer shows here that the disk is full. */
static int
cmd_export_close(certctl_t *ctl, cmd_export_t *export)
{
    if (fflush(export->file) != 0) {
        return certctl_error(ctl, CERT_SYSTEM, "cannot write \"%s\": %s",
                             export->name, strerror(errno));
    }

    printf("exported %llu certificates\n", (unsigned long long) export->n);

    return 0;
}


/* Without "photo": an import must not look for files that are not there. */
static void
cmd_export_header(cmd_export_t *export)
{
    int  column;

    if (export->form == CERTCTL_CSV_EXCEL) {
        fputs("\xEF\xBB\xBF", export->file);
    }

    for (column = 0; column < CERTCTL_COL_PHOTO; column++) {
        fprintf(export->file, "%s%c", certctl_column_name(column),
                column == CERTCTL_COL_PHOTO - 1 ? '\n' : ',');
    }
}


/* The count at the start serves the progress alone: the list ends by itself. */
static int
cmd_export_all(certctl_t *ctl, cmd_export_t *export)
{
    cert_err_t         err;
    cert_position_t    after;
    cert_store_stat_t  stat;

    err = cert_read_stat(ctl->reader, &stat);
    if (err != CERT_OK) {
        return certctl_error(ctl, err, "cannot read the head of the store: "
                             "%s", cert_err_name(err));
    }

    after.len = 0;
    certctl_progress_begin(&export->progress, "certificates");

    do {
        err = cert_list_certificates(ctl->reader, &after,
                                     CMD_EXPORT_BATCH,
                                     cmd_export_each, export);
        certctl_progress_update(&export->progress, export->n, export->n,
                                stat.certificates);
    } while (err == CERT_OK);

    certctl_progress_end(&export->progress);

    if (ferror(export->file) && export->name != NULL) {
        return certctl_error(ctl, CERT_SYSTEM, "cannot write \"%s\": %s",
                             export->name, strerror(errno));
    }

    if (ferror(export->file)) {
        return certctl_error(ctl, CERT_SYSTEM, "cannot write to standard "
                             "output: %s", strerror(errno));
    }

    if (err != CERT_NOT_FOUND) {
        return certctl_error(ctl, err, "after %llu certificates: %s",
                             (unsigned long long) export->n,
                             cert_err_name(err));
    }

    return 0;
}


/* Called within a snapshot: writes and does nothing else. */
static cert_err_t
cmd_export_each(void *data, const cert_certificate_t *certificate)
{
    cmd_export_t  *export = data;

    if (!certificate->has_person) {
        return CERT_NO_KEY;
    }

    export->n++;

    if (export->ctl->is_json) {
        return cmd_export_json(export, certificate);
    }

    cmd_export_row(export, &certificate->facts, &certificate->person);

    return ferror(export->file) ? CERT_SYSTEM : CERT_OK;
}


/* In the order of certctl_column_t, which the header line has as well. */
static void
cmd_export_row(cmd_export_t *export, const cert_facts_t *facts,
    const cert_person_t *person)
{
    cmd_export_str(export, facts->number, ',');
    cmd_export_str(export, cert_strz(person->name.data), ',');
    cmd_export_str(export, cert_strz(cert_id_type_name(person->id_type)),
                   ',');
    cmd_export_str(export, cert_strz(person->id_number.data), ',');
    cmd_export_str(export, cert_strz(person->sex.data), ',');
    cmd_export_date(export, person->birth_date);
    cmd_export_str(export, facts->qualification, ',');
    cmd_export_str(export, facts->specialty, ',');
    cmd_export_str(export, facts->level, ',');
    cmd_export_date(export, facts->approved);
    cmd_export_str(export, facts->issuer, ',');
    cmd_export_str(export, cert_strz(cert_status_name(facts->status)),
                   ',');
    cmd_export_str(export, facts->replaced_by, '\n');
}


static cert_err_t
cmd_export_json(cmd_export_t *export,
    const cert_certificate_t *certificate)
{
    int      rc;
    json_t  *json;

    json = certctl_json_certificate(certificate);
    rc = json_dumpf(json, export->file, JSON_COMPACT);
    json_decref(json);

    if (rc != 0 || fputc('\n', export->file) == EOF) {
        return CERT_SYSTEM;
    }

    return CERT_OK;
}


/* Quoted always, so that no name needs looking at. */
static void
cmd_export_str(cmd_export_t *export, cert_str_t text, int c)
{
    certctl_csv_write(export->file, text, export->form);
    fputc(c, export->file);
}


/* Empty for none, as an import takes it. */
static void
cmd_export_date(cmd_export_t *export, cert_date_t date)
{
    char  text[CERT_DATE_TEXT_SIZE];

    text[0] = '\0';

    if (date != CERT_DATE_NONE) {
        cert_date_format(date, text);
    }

    cmd_export_str(export, cert_strz(text), ',');
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * A copy is made long after its application was accepted, by another account:
 * what is missing then is seen by holders first.  So it is opened here as a
 * renderer opens it.
 */


#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cert_list.h"
#include "certctl_doctor_copies.h"
#include "certctl_home.h"
#include "certpdf_glyphs.h"
#include "certrender.h"


/* Rows of the catalogue in one snapshot, and at all. */
#define CERTCTL_DOCTOR_ROWS      64
#define CERTCTL_DOCTOR_ROWS_MAX  4096

/* Seals that are told apart; two are usual. */
#define CERTCTL_DOCTOR_SEALS  64

/* Days before the end of a seal from which on it is said. */
#define CERTCTL_DOCTOR_DAYS  30

/* Common names, with a rare character and the dot of minority names. */
#define CERTCTL_DOCTOR_NAME  "张伟堃喆·阿卜杜拉 Mary O'Neil 0123456789"

typedef struct {
    size_t                n;
    cert_qualification_t  rows[CERTCTL_DOCTOR_ROWS];
} certctl_doctor_page_t;

typedef struct {
    certctl_doctor_t  *doctor;
    certrender_t      *render;
    size_t             rows;
    size_t             faults;
    int                is_blind;
    size_t             said_n;
    cert_text_t        said[CERTCTL_DOCTOR_SEALS];  /* whose end was said */
} certctl_doctor_catalogue_t;


static void certctl_doctor_prepare(const certctl_t *ctl, uid_t renderer,
    int fd);
static cert_err_t certctl_doctor_collect(void *data,
    const cert_qualification_t *qualification);
static cert_err_t certctl_doctor_rows(certctl_doctor_catalogue_t *catalogue);
static void certctl_doctor_row(certctl_doctor_catalogue_t *catalogue,
    const cert_qualification_t *qualification);
static void certctl_doctor_seal(certctl_doctor_catalogue_t *catalogue,
    const cert_text_t *seal, cert_time_t expires);
static void certctl_doctor_fonts(certctl_doctor_t *doctor);


/* Nothing written: it could prepare. */
void
certctl_doctor_renderer(certctl_doctor_t *doctor, uid_t renderer)
{
    int            fds[2], status;
    pid_t          pid;
    ssize_t        n;
    cert_reason_t  why;

    if (pipe2(fds, O_CLOEXEC) == -1) {
        return;
    }

    (void) fflush(stdout);
    pid = fork();

    if (pid == 0) {
        (void) close(fds[0]);
        certctl_doctor_prepare(doctor->ctl, renderer, fds[1]);
        _exit(0);
    }

    (void) close(fds[1]);
    n = -1;
    status = 0;

    if (pid != -1) {
        n = read(fds[0], why.text, sizeof(why.text) - 1);
        (void) waitpid(pid, &status, 0);
    }

    (void) close(fds[0]);

    if (n == 0 && status == 0) {
        certctl_doctor_say(doctor, CERTCTL_SOUND, "renderer", NULL, "opens "
                           "keys, store, templates and fonts, and may "
                           "publish");
        return;
    }

    why.text[n > 0 ? n : 0] = '\0';

    certctl_doctor_say(doctor, CERTCTL_FAULT, "renderer", "Copies wait until "
                       "that is put right; nothing is lost", "%s",
                       n > 0 ? why.text : "it ended before it was ready");
}


static void
certctl_doctor_prepare(const certctl_t *ctl, uid_t renderer, int fd)
{
    cert_err_t             err;
    certrender_t          *render;
    cert_reason_t          reason;
    certrender_options_t   options;
    const struct passwd   *account;

    account = geteuid() == 0 && renderer != 0 ? getpwuid(renderer) : NULL;

    if (account != NULL
        && (initgroups(account->pw_name, account->pw_gid) == -1
            || setgid(account->pw_gid) == -1
            || setuid(account->pw_uid) == -1))
    {
        _exit(1);
    }

    options.home = ctl->home;
    options.templates = ctl->templates;
    cert_reason_set(&reason, "out of memory");

    err = certrender_open(&render, &options);

    if (err == CERT_OK) {
        err = certrender_prepare(render, &reason);
        certrender_close(render);
    }

    if (err != CERT_OK) {
        (void) !write(fd, reason.text, strlen(reason.text));
    }
}


void
certctl_doctor_copies(certctl_doctor_t *doctor)
{
    cert_err_t                   err;
    certrender_options_t         options;
    certctl_doctor_catalogue_t   catalogue;

    memset(&catalogue, 0, sizeof(catalogue));
    catalogue.doctor = doctor;

    options.home = doctor->ctl->home;
    options.templates = doctor->ctl->templates;

    err = certrender_open(&catalogue.render, &options);

    if (err == CERT_OK) {
        err = certctl_doctor_rows(&catalogue);
    }

    certrender_close(catalogue.render);

    if (err != CERT_OK) {
        certctl_doctor_say(doctor, CERTCTL_FAULT, "catalogue", "certctl fsck "
                           "tells which record is damaged", "cannot be read: "
                           "%s", cert_err_name(err));

    } else if (catalogue.rows == 0) {
        certctl_doctor_say(doctor, CERTCTL_WARNING, "catalogue", "certctl "
                           "catalog import FILE.csv", "no qualification yet: "
                           "no certificate can be imported");

    } else if (catalogue.faults == 0 && !catalogue.is_blind) {
        certctl_doctor_say(doctor, CERTCTL_SOUND, "catalogue", NULL, "%zu "
                           "qualifications have their face and their seal",
                           catalogue.rows);
    }

    certctl_doctor_fonts(doctor);
}


static cert_err_t
certctl_doctor_collect(void *data, const cert_qualification_t *qualification)
{
    certctl_doctor_page_t *page = data;

    page->rows[page->n++] = *qualification;

    return CERT_OK;
}


/* Seals are opened between two snapshots. */
static cert_err_t
certctl_doctor_rows(certctl_doctor_catalogue_t *catalogue)
{
    size_t                  i;
    cert_err_t              err;
    cert_position_t         after;
    certctl_doctor_page_t   page;

    after.len = 0;

    do {
        page.n = 0;

        err = cert_list_qualifications(catalogue->doctor->ctl->reader, &after,
                                       CERTCTL_DOCTOR_ROWS,
                                       certctl_doctor_collect, &page);

        for (i = 0; i < page.n; i++) {
            certctl_doctor_row(catalogue, &page.rows[i]);
        }

    } while (err == CERT_OK && catalogue->rows < CERTCTL_DOCTOR_ROWS_MAX);

    return err == CERT_NOT_FOUND ? CERT_OK : err;
}


static void
certctl_doctor_row(certctl_doctor_catalogue_t *catalogue,
    const cert_qualification_t *qualification)
{
    cert_err_t     err;
    cert_time_t    expires;
    cert_reason_t  reason;

    catalogue->rows++;

    err = certrender_look(catalogue->render, qualification,
                          certctl_home_clock(), &expires, &reason);

    if (err == CERT_OK) {
        certctl_doctor_seal(catalogue, &qualification->seal, expires);

    } else if (err != CERT_SYSTEM) {
        catalogue->faults++;
        certctl_doctor_say(catalogue->doctor, CERTCTL_FAULT, "catalogue",
                           "Install the file or import the line again with "
                           "another name (docs/seals.md)", "no copy of \"%s\" "
                           "can be made: %s", qualification->name.data,
                           reason.text);

    } else if (!catalogue->is_blind) {
        catalogue->is_blind = 1;
        certctl_doctor_say(catalogue->doctor, CERTCTL_WARNING, "catalogue",
                           "Run it as root", "seals and templates cannot be "
                           "looked at: %s", reason.text);
    }
}


/* Many rows have the same seal: its end is said once. */
static void
certctl_doctor_seal(certctl_doctor_catalogue_t *catalogue,
    const cert_text_t *seal, cert_time_t expires)
{
    char       day[CERT_DATE_TEXT_SIZE];
    size_t     i;
    long long  days;

    for (i = 0; i < catalogue->said_n; i++) {
        if (strcmp(catalogue->said[i].data, seal->data) == 0) {
            return;
        }
    }

    if (catalogue->said_n < CERTCTL_DOCTOR_SEALS) {
        catalogue->said[catalogue->said_n++] = *seal;
    }

    days = (expires - certctl_home_clock()) / CERT_DAY_SEC;

    cert_date_format(cert_time_date(expires - 1,
                         catalogue->doctor->ctl->policy.utc_offset_sec), day);

    certctl_doctor_say(catalogue->doctor, days < CERTCTL_DOCTOR_DAYS
                       ? CERTCTL_WARNING : CERTCTL_SOUND, "seal",
                       days < CERTCTL_DOCTOR_DAYS
                       ? "Ask the authority for its successor now: without it "
                         "copies wait" : NULL, "\"%s\" signs until %s, %lld "
                       "days", seal->data, day, days);
}


static void
certctl_doctor_fonts(certctl_doctor_t *doctor)
{
    uint32_t           ch;
    certpdf_glyphs_t  *glyphs;

    glyphs = certpdf_glyphs_create();

    if (glyphs == NULL) {
        certctl_doctor_say(doctor, CERTCTL_FAULT, "fonts", "Install "
                           "fontconfig and fonts-noto-cjk", "cannot be "
                           "listed");
        return;
    }

    ch = certpdf_glyphs_missing(glyphs, cert_str(CERTCTL_DOCTOR_NAME));

    if (ch != 0) {
        certctl_doctor_say(doctor, CERTCTL_FAULT, "fonts", "Install the "
                           "package and restart certd", "none has U+%04X, "
                           "which %s has", ch, certpdf_glyphs_package(ch));

    } else {
        certctl_doctor_say(doctor, CERTCTL_SOUND, "fonts", NULL, "a test name "
                           "can be drawn; certctl fonts check asks for all "
                           "that is stored");
    }

    certpdf_glyphs_destroy(glyphs);
}

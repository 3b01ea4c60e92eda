/*
 * Copyright (C) the ngx_cert authors
 *
 * A copy is made long after its application was accepted, by another account:
 * what is missing then is seen by holders first.  So it is opened here as a
 * renderer opens it: by the account that it has.
 */


#include <pwd.h>
#include <unistd.h>

#include "cert_list.h"
#include "certctl_doctor_child.h"
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
    size_t             said_n;
    cert_text_t        said[CERTCTL_DOCTOR_SEALS];  /* whose end was said */
} certctl_doctor_catalogue_t;


static void certctl_doctor_render(certctl_doctor_t *doctor);
static int certctl_doctor_prepare(certctl_doctor_t *doctor);
static void certctl_doctor_catalogue(certctl_doctor_t *doctor);
static cert_err_t certctl_doctor_collect(void *data,
    const cert_qualification_t *qualification);
static cert_err_t certctl_doctor_rows(certctl_doctor_catalogue_t *catalogue);
static void certctl_doctor_row(certctl_doctor_catalogue_t *catalogue,
    const cert_qualification_t *qualification);
static void certctl_doctor_seal(certctl_doctor_catalogue_t *catalogue,
    const cert_text_t *seal, cert_time_t expires);
static void certctl_doctor_fonts(certctl_doctor_t *doctor);


/* An owner without an account has been said: nothing is asked as root then. */
void
certctl_doctor_copies(certctl_doctor_t *doctor, uid_t renderer)
{
    const struct passwd  *account;

    if (geteuid() != 0 && geteuid() != renderer) {
        certctl_doctor_say(doctor, CERTCTL_WARNING, "renderer", "Run it as "
                           "root", "only root and the renderers can see "
                           "whether copies could be made");
        return;
    }

    account = NULL;

    if (geteuid() != renderer) {
        account = getpwuid(renderer);

        if (account == NULL) {
            return;
        }
    }

    certctl_doctor_child(doctor, account, "renderer", certctl_doctor_render);
}


static void
certctl_doctor_render(certctl_doctor_t *doctor)
{
    if (certctl_doctor_prepare(doctor)) {
        certctl_doctor_catalogue(doctor);
    }

    certctl_doctor_fonts(doctor);
}


/* The store is closed again: no process may have it open twice. */
static int
certctl_doctor_prepare(certctl_doctor_t *doctor)
{
    cert_err_t             err;
    certrender_t          *render;
    cert_reason_t          reason;
    certrender_options_t   options;

    options.home = doctor->ctl->home;
    options.templates = doctor->ctl->templates;
    cert_reason_set(&reason, "out of memory, or a path is too long");

    err = certrender_open(&render, &options);

    if (err == CERT_OK) {
        err = certrender_prepare(render, &reason);
        certrender_close(render);
    }

    if (err != CERT_OK) {
        certctl_doctor_say(doctor, CERTCTL_FAULT, "renderer", "Copies wait "
                           "until that is put right; nothing is lost", "%s",
                           reason.text);
        return 0;
    }

    certctl_doctor_say(doctor, CERTCTL_SOUND, "renderer", NULL, "opens keys, "
                       "store, templates and fonts, and may publish");

    return 1;
}


static void
certctl_doctor_catalogue(certctl_doctor_t *doctor)
{
    cert_err_t                   err;
    certrender_options_t         options;
    certctl_doctor_catalogue_t   catalogue;

    memset(&catalogue, 0, sizeof(catalogue));
    catalogue.doctor = doctor;

    options.home = doctor->ctl->home;
    options.templates = doctor->ctl->templates;

    err = certctl_home_open(doctor->ctl, CERT_STORE_READ) == 0
          ? certrender_open(&catalogue.render, &options) : doctor->ctl->err;

    if (err == CERT_OK) {
        err = certctl_doctor_rows(&catalogue);
    }

    certrender_close(catalogue.render);
    certctl_home_close(doctor->ctl);

    if (err != CERT_OK) {
        certctl_doctor_say(doctor, CERTCTL_FAULT, "catalogue", "certctl fsck "
                           "tells which record is damaged", "cannot be read: "
                           "%s", cert_err_name(err));

    } else if (catalogue.rows == 0) {
        certctl_doctor_say(doctor, CERTCTL_WARNING, "catalogue", "certctl "
                           "catalog import FILE.csv", "no qualification yet: "
                           "no certificate can be imported");

    } else if (catalogue.faults == 0) {
        certctl_doctor_say(doctor, CERTCTL_SOUND, "catalogue", NULL, "%zu "
                           "qualifications have their face and their seal",
                           catalogue.rows);
    }
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
        return;
    }

    catalogue->faults++;

    certctl_doctor_say(catalogue->doctor, CERTCTL_FAULT, "catalogue",
                       err == CERT_SYSTEM
                       ? "Give the file to the owner of the folder, with mode "
                         "600 (docs/seals.md)"
                       : "Install the file or import the line again with "
                         "another name (docs/seals.md)", "no copy of \"%s\" "
                       "can be made: %s", qualification->name.data,
                       reason.text);
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

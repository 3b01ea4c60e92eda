/*
 * Copyright (C) the ngx_cert authors
 *
 * A render worker: a code comes in, a sealed and published file goes out.
 *
 * It has a store handle, a reader, a renderer and seals of its own, all opened
 * after the fork and at the first job.  What is wrong with one copy (a name
 * that no font has) is told apart from what is wrong around it (no key of the
 * seal, no space): the first can never be made, the second waits.
 *
 * A file that is there already comes from a crash between publishing and its
 * commit.  It is never written over: if it is genuine by our own authority it
 * is taken as it is.
 *
 * Processes rather than threads: the libraries that draw and lay out text have
 * caches and locks that are shared by all threads, one that crashes on a
 * strange font takes all down, and a render that hangs can be killed.
 */


#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "certctl_copies.h"
#include "certctl_face.h"
#include "certctl_file.h"


/* Kinds of seals that one worker holds open: two are usual. */
#define CERTCTL_SEALS_MAX  32

typedef struct {
    cert_text_t      name;
    certpdf_seal_t  *seal;
} certctl_open_seal_t;

typedef struct {
    certctl_t             *ctl;
    int                    is_open;
    certpdf_renderer_t    *renderer;
    size_t                 seals_n;
    certctl_open_seal_t    seals[CERTCTL_SEALS_MAX];
    uint8_t               *photo;       /* CERT_PHOTO_MAX bytes */
    char                   root[CERTCTL_PATH_MAX];      /* HOME/pdf */
    char                   ca[CERTCTL_PATH_MAX];

    /* Of the job in hand. */
    cert_annotation_t      annotation;
    cert_certificate_t     copy;        /* backs the annotation */
    cert_certificate_t     certificate; /* with the person */
    cert_qualification_t   qualification;
    certctl_face_t         face;
} certctl_render_t;


static int certctl_worker_open(certctl_render_t *render,
    cert_reason_t *reason);
static void certctl_worker_make(certctl_render_t *render,
    const certctl_ask_t *ask, certctl_answer_t *answer);
static cert_err_t certctl_worker_read(certctl_render_t *render,
    const certctl_ask_t *ask, cert_reason_t *reason);
static certctl_made_t certctl_worker_render(certctl_render_t *render,
    cert_time_t now, certpdf_bytes_t *sealed, cert_reason_t *reason);
static cert_err_t certctl_worker_seal(certctl_render_t *render,
    cert_time_t now, certpdf_seal_t **seal, cert_reason_t *reason);
static cert_err_t certctl_worker_seal_open(certctl_render_t *render,
    const char *name, cert_time_t now, certpdf_seal_t **seal,
    cert_reason_t *reason);
static cert_err_t certctl_worker_seal_p12(certctl_render_t *render,
    const char *name, cert_time_t now, certpdf_seal_t **seal,
    cert_reason_t *reason);
static void certctl_worker_publish(certctl_render_t *render,
    certpdf_bytes_t *sealed, certctl_answer_t *answer);
static void certctl_worker_reuse(certctl_render_t *render, const char *name,
    certctl_answer_t *answer);


void
certctl_worker(certctl_t *ctl, int fd)
{
    ssize_t            n;
    certctl_ask_t      ask;
    certctl_answer_t   answer;
    certctl_render_t  *render;

    /* The parent's handles are not this process's to use or to close. */
    ctl->store = NULL;
    ctl->reader = NULL;

    /* A worker answers; what it would print is the parent's business. */
    ctl->is_json = 0;

    render = calloc(1, sizeof(certctl_render_t));
    if (render == NULL) {
        _exit(CERTCTL_SYSTEM);
    }

    render->ctl = ctl;

    for ( ;; ) {
        n = recv(fd, &ask, sizeof(ask), 0);

        if (n == -1 && errno == EINTR) {
            continue;
        }

        /* Closed: that is the order to end. */

        if (n != (ssize_t) sizeof(ask)) {
            break;
        }

        memset(&answer, 0, sizeof(answer));
        answer.job = ask.job;

        certctl_worker_make(render, &ask, &answer);

        if (send(fd, &answer, sizeof(answer), MSG_NOSIGNAL)
            != (ssize_t) sizeof(answer))
        {
            break;
        }
    }

    _exit(CERTCTL_YES);
}


/* At the first job, so that a command that is refused never loads the fonts. */

static int
certctl_worker_open(certctl_render_t *render, cert_reason_t *reason)
{
    int         status;
    char        templates[CERTCTL_PATH_MAX];
    certctl_t  *ctl;

    if (render->is_open) {
        return 0;
    }

    ctl = render->ctl;

    /* A job that failed further on has opened it: not twice in a process. */

    status = ctl->store == NULL ? certctl_open_store(ctl, CERT_STORE_READ)
                                : 0;
    if (status == 0) {
        status = certctl_path(ctl, render->root, "pdf");
    }

    if (status == 0) {
        status = certctl_path(ctl, render->ca, "seals/ca.pem");
    }

    if (status == 0) {
        status = certctl_templates(ctl, templates);
    }

    if (status != 0) {
        cert_reason_set(reason, "the renderer cannot open the home");
        return status;
    }

    if (certpdf_renderer_open(&render->renderer, templates, reason)
        != CERT_OK)
    {
        return CERTCTL_SYSTEM;
    }

    render->photo = malloc(CERT_PHOTO_MAX);
    if (render->photo == NULL) {
        cert_reason_set(reason, "out of memory");
        return CERTCTL_SYSTEM;
    }

    render->is_open = 1;

    return 0;
}


/* Whatever is not said otherwise is trouble: the copy waits. */

static void
certctl_worker_make(certctl_render_t *render, const certctl_ask_t *ask,
    certctl_answer_t *answer)
{
    cert_err_t       err;
    certpdf_bytes_t  sealed;

    answer->made = CERTCTL_TROUBLE;

    if (certctl_worker_open(render, &answer->reason) != 0) {
        return;
    }

    err = certctl_worker_read(render, ask, &answer->reason);
    if (err != CERT_OK) {
        return;
    }

    if (render->annotation.state != CERT_ANNOTATION_GENERATING) {
        answer->made = CERTCTL_AS_IS;
        return;
    }

    sealed.data = NULL;

    answer->made = certctl_worker_render(render, ask->now, &sealed,
                                         &answer->reason);

    if (answer->made == CERTCTL_MADE) {
        certctl_worker_publish(render, &sealed, answer);
        certpdf_bytes_free(&sealed);
    }

    OPENSSL_cleanse(&render->certificate.person, sizeof(cert_person_t));
}


/*
 * The person is read from the certificate, not from the copy, which holds
 * public facts only.
 */

static cert_err_t
certctl_worker_read(certctl_render_t *render, const certctl_ask_t *ask,
    cert_reason_t *reason)
{
    size_t           len;
    cert_err_t       err;
    cert_reader_t   *reader;
    certctl_t       *ctl;
    cert_facts_t    *facts;

    ctl = render->ctl;
    reader = ctl->reader;
    facts = &render->copy.facts;
    len = 0;

    /* For each job: the policy may change while many copies are made. */

    err = cert_read_policy(reader, &ctl->policy);

    if (err == CERT_OK) {
        err = cert_read_annotation(reader, &ask->code, &render->annotation,
                                   &render->copy);
    }

    if (err == CERT_OK) {
        err = cert_read_certificate(reader, facts->number,
                                    &render->certificate);
    }

    if (err == CERT_OK) {
        err = cert_read_qualification(reader, facts->qualification,
                                      &render->qualification);
    }

    if (err == CERT_OK && render->certificate.has_photo) {
        err = cert_read_photo(reader, facts->number, render->photo, &len);
    }

    if (err == CERT_OK && !render->certificate.has_person) {
        err = CERT_NO_KEY;
    }

    if (err != CERT_OK) {
        cert_reason_set(reason, "the record cannot be read: %s",
                        cert_err_name(err));
        return err;
    }

    certctl_face_fill(&render->face, &ctl->policy, &render->annotation,
                      &render->certificate, &render->qualification, ask->now);

    render->face.job.photo.data = render->photo;
    render->face.job.photo.len = len;

    return CERT_OK;
}


/* A record that cannot be drawn is told from a seal that is not there. */

static certctl_made_t
certctl_worker_render(certctl_render_t *render, cert_time_t now,
    certpdf_bytes_t *sealed, cert_reason_t *reason)
{
    cert_str_t        str;
    cert_err_t        err;
    certpdf_seal_t   *seal;
    certpdf_bytes_t   pdf;

    /* The seal first: without it there is nothing to draw for. */

    err = certctl_worker_seal(render, now, &seal, reason);
    if (err != CERT_OK) {
        return CERTCTL_TROUBLE;
    }

    err = certpdf_render(render->renderer, &render->face.job, &pdf, reason);
    if (err != CERT_OK) {
        return err == CERT_INVALID || err == CERT_NOT_FOUND
               ? CERTCTL_CANNOT : CERTCTL_TROUBLE;
    }

    str.data = pdf.data;
    str.len = pdf.len;

    err = certpdf_seal_apply(seal, str, now, sealed, reason);
    certpdf_bytes_free(&pdf);

    return err == CERT_OK ? CERTCTL_MADE : CERTCTL_TROUBLE;
}


/* Opened once: reading a key and proving its chain costs as much as a copy. */

static cert_err_t
certctl_worker_seal(certctl_render_t *render, cert_time_t now,
    certpdf_seal_t **seal, cert_reason_t *reason)
{
    size_t                i;
    cert_err_t            err;
    const char           *name;
    certctl_open_seal_t  *open;

    name = render->qualification.seal.data;

    for (i = 0; i < render->seals_n; i++) {
        if (strcmp(render->seals[i].name.data, name) == 0) {
            *seal = render->seals[i].seal;
            return CERT_OK;
        }
    }

    if (render->seals_n == CERTCTL_SEALS_MAX) {
        cert_reason_set(reason, "more than %d seals", CERTCTL_SEALS_MAX);
        return CERT_SYSTEM;
    }

    err = certctl_worker_seal_open(render, name, now, seal, reason);
    if (err != CERT_OK) {
        return err;
    }

    open = &render->seals[render->seals_n++];
    open->name = render->qualification.seal;
    open->seal = *seal;

    return CERT_OK;
}


/* NAME.p12 only where there is no NAME.pem: a broken one is not passed over. */

static cert_err_t
certctl_worker_seal_open(certctl_render_t *render, const char *name,
    cert_time_t now, certpdf_seal_t **seal, cert_reason_t *reason)
{
    char        path[CERTCTL_PATH_MAX];
    cert_err_t  err;

    (void) snprintf(path, sizeof(path), "%s/seals/%s.pem", render->ctl->home,
                    name);

    err = certpdf_seal_open(seal, path, NULL, now, reason);

    if (err == CERT_NOT_FOUND) {
        err = certctl_worker_seal_p12(render, name, now, seal, reason);
    }

    if (err == CERT_NOT_FOUND) {
        cert_reason_set(reason, "there is no seal \"%s\": neither %s.pem nor "
                        "%s.p12 in the folder of seals", name, name, name);
    }

    return err;
}


/* The passphrase has a file of its own: a command line can be read by all. */

static cert_err_t
certctl_worker_seal_p12(certctl_render_t *render, const char *name,
    cert_time_t now, certpdf_seal_t **seal, cert_reason_t *reason)
{
    char         path[CERTCTL_PATH_MAX], pass[256];
    cert_err_t   err;
    const char  *home;

    home = render->ctl->home;

    (void) snprintf(path, sizeof(path), "%s/seals/%s.pass", home, name);
    (void) certctl_file_line(path, pass, sizeof(pass));

    (void) snprintf(path, sizeof(path), "%s/seals/%s.p12", home, name);

    err = certpdf_seal_open(seal, path, pass[0] != '\0' ? pass : NULL, now,
                            reason);
    OPENSSL_cleanse(pass, sizeof(pass));

    return err;
}


/* 0640: the group of the folder, nginx's, may read it. */

static void
certctl_worker_publish(certctl_render_t *render, certpdf_bytes_t *sealed,
    certctl_answer_t *answer)
{
    char        name[CERT_CODE_PATH_SIZE];
    cert_str_t  bytes;
    cert_err_t  err;

    bytes.data = sealed->data;
    bytes.len = sealed->len;

    cert_code_path(&render->annotation.code, name);

    err = certpdf_publish(render->root, name, bytes, 0640, &answer->reason);

    if (err == CERT_EXISTS) {
        certctl_worker_reuse(render, name, answer);
        return;
    }

    if (err != CERT_OK) {
        answer->made = CERTCTL_TROUBLE;
        return;
    }

    answer->size = bytes.len;
    SHA256(bytes.data, bytes.len, answer->sha256);
}


/* Genuine by our own authority, or it stays where it is. */

static void
certctl_worker_reuse(certctl_render_t *render, const char *name,
    certctl_answer_t *answer)
{
    char              path[CERTCTL_PATH_MAX + CERT_CODE_PATH_SIZE];
    cert_str_t        str;
    cert_err_t        err;
    cert_reason_t     reason;
    certpdf_bytes_t   file;
    certpdf_report_t  report;

    (void) snprintf(path, sizeof(path), "%s/%s", render->root, name);

    answer->made = CERTCTL_TROUBLE;

    if (certctl_file_read(path, &file, &answer->reason) != CERT_OK) {
        return;
    }

    str.data = file.data;
    str.len = file.len;

    err = certpdf_verify(str, render->ca, &report, &reason);

    if (err != CERT_OK) {
        cert_reason_set(&answer->reason, "there is a file already, which "
                        "cannot be verified: %.160s", reason.text);

    } else if (report.finding != CERTPDF_GENUINE) {
        cert_reason_set(&answer->reason, "there is a file already, and it is "
                        "not genuine (%s): look at it and move it away",
                        certpdf_finding_name(report.finding));

    } else {
        answer->made = CERTCTL_MADE;
        answer->size = file.len;
        memcpy(answer->sha256, report.sha256, CERT_SHA256_SIZE);
    }

    certpdf_bytes_free(&file);
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * A job, from its code to its file.
 *
 * What is wrong with one copy (a name that no font has) is kept apart from what
 * is wrong around it (no key of the seal, no space): the first can never be
 * made, the second waits.  Whatever is not known to be the first counts as the
 * second, since a copy that failed is lost to its holder.
 *
 * A certificate that is no longer in force is not signed for: a seal of a later
 * day would contradict the revocation forever, since it is verified without
 * asking the store.  A revocation between the reading of the record and the
 * commit is as good as one a moment after it.
 *
 * Processes rather than threads: the libraries that draw and lay out text have
 * caches and locks that are shared by all threads, one that crashes on a
 * strange font takes all down, and a render that hangs can be killed.
 *
 * A job's personal data are in one struct and three buffers, which are wiped
 * before the answer is given: a renderer waits most of its life, and what it
 * holds then should be of no use to a thief.
 */


#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "cert_read.h"
#include "certpdf_bytes.h"
#include "certpdf_render.h"
#include "certpdf_seal.h"
#include "certrender_copies_int.h"
#include "certrender_home_int.h"
#include "certrender_int.h"
#include "certrender_seals_int.h"
#include "certrender_templates_int.h"


static cert_err_t certrender_option(char copy[CERTRENDER_HOME_MAX],
    const char *text);
static void certrender_run(certrender_t *render, const cert_code_t *code,
    cert_time_t now, int is_specimen, certrender_result_t *result);
static cert_err_t certrender_read(certrender_t *render,
    const cert_code_t *code, cert_time_t now, cert_reason_t *reason);
static cert_err_t certrender_status(const cert_facts_t *facts,
    certrender_result_t *result);
static cert_err_t certrender_draw(certrender_t *render, cert_time_t now,
    certpdf_bytes_t *sealed, certrender_result_t *result);
static void certrender_blame(certrender_t *render,
    certrender_result_t *result);
static cert_err_t certrender_put(certrender_t *render,
    const certpdf_bytes_t *sealed, certrender_result_t *result);
static uint32_t certrender_lap(int64_t *since_usec);


cert_err_t
certrender_open(certrender_t **renderp, const certrender_options_t *options)
{
    cert_err_t     err;
    certrender_t  *render;

    *renderp = NULL;

    render = calloc(1, sizeof(certrender_t));
    if (render == NULL) {
        return CERT_NO_MEMORY;
    }

    render->photo = malloc(CERT_PHOTO_MAX);
    err = render->photo != NULL ? CERT_OK : CERT_NO_MEMORY;

    if (err == CERT_OK) {
        err = certrender_option(render->home, options->home);
    }

    if (err == CERT_OK && options->templates != NULL) {
        err = certrender_option(render->templates, options->templates);
    }

    if (err != CERT_OK) {
        certrender_close(render);
        return err;
    }

    *renderp = render;

    return CERT_OK;
}


/* Too long is an error: a path that was cut would name something else. */
static cert_err_t
certrender_option(char copy[CERTRENDER_HOME_MAX], const char *text)
{
    size_t  len;

    len = strlen(text);

    if (len >= CERTRENDER_HOME_MAX) {
        return CERT_INVALID;
    }

    memcpy(copy, text, len + 1);

    return CERT_OK;
}


void
certrender_close(certrender_t *render)
{
    if (render == NULL) {
        return;
    }

    certrender_home_close(render);
    certrender_seals_close(render);
    certpdf_renderer_close(render->renderer);

    free(render->photo);
    free(render);
}


void
certrender_hide(certrender_t *render)
{
    render->is_hiding = 1;
}


void
certrender_make(certrender_t *render, const cert_code_t *code,
    cert_time_t now, certrender_result_t *result)
{
    certrender_run(render, code, now, 0, result);
}


void
certrender_specimen(certrender_t *render, const cert_code_t *code,
    cert_time_t now, certrender_result_t *result)
{
    certrender_run(render, code, now, 1, result);
}


static void
certrender_run(certrender_t *render, const cert_code_t *code,
    cert_time_t now, int is_specimen, certrender_result_t *result)
{
    int64_t           since_usec;
    certpdf_bytes_t   sealed;

    memset(result, 0, sizeof(certrender_result_t));
    result->made = CERTRENDER_TROUBLE;

    sealed.data = NULL;
    sealed.len = 0;

    render->job.is_specimen = is_specimen;

    (void) certrender_lap(&since_usec);

    result->err = certrender_read(render, code, now, &result->reason);
    result->read_usec = certrender_lap(&since_usec);

    if (result->err != CERT_OK) {
        goto done;
    }

    if (render->job.records.annotation.state != CERT_ANNOTATION_GENERATING) {
        result->made = CERTRENDER_AS_IS;
        goto done;
    }

    if (is_specimen) {
        certrender_face_specimen(&render->job.face);

    } else {
        result->err = certrender_status(&render->job.records.copy.facts,
                                        result);
    }

    if (result->err == CERT_OK) {
        result->err = certrender_draw(render, now, &sealed, result);
    }

    if (result->err == CERT_OK) {
        result->err = certrender_put(render, &sealed, result);
    }

    if (result->err == CERT_OK) {
        result->made = CERTRENDER_MADE;
    }

done:

    if (result->err == CERT_OK) {
        result->reason.text[0] = '\0';
    }

    certpdf_bytes_free(&sealed);
    OPENSSL_cleanse(render->photo, render->job.records.photo_len);
    OPENSSL_cleanse(&render->job, sizeof(certrender_job_t));
}


/*
 * After any failure the store is opened again: some, such as a key that came
 * after the keyring was read, last as long as the handle does.
 */
static cert_err_t
certrender_read(certrender_t *render, const cert_code_t *code,
    cert_time_t now, cert_reason_t *reason)
{
    cert_err_t         err;
    certrender_job_t  *job;

    err = certrender_home_open(render, reason);
    if (err != CERT_OK) {
        return err;
    }

    job = &render->job;

    /* The person is of the certificate: a copy holds public facts only. */
    err = cert_read_printed(render->reader, code, &job->records,
                            render->photo);
    if (err != CERT_OK) {
        cert_reason_set(reason, "the record cannot be read: %s",
                        cert_err_name(err));
        certrender_home_close(render);
        return err;
    }

    certrender_face_fill(&job->face, &job->records, now, render->is_hiding);

    job->face.job.photo.data = render->photo;
    job->face.job.photo.len = job->records.photo_len;

    return CERT_OK;
}


/* What is suspended may be reinstated, so its copies wait for that. */
static cert_err_t
certrender_status(const cert_facts_t *facts, certrender_result_t *result)
{
    if (facts->status == CERT_STATUS_VALID) {
        return CERT_OK;
    }

    if (facts->status == CERT_STATUS_SUSPENDED) {
        result->is_suspended = 1;

    } else {
        result->made = CERTRENDER_CANNOT;
    }

    cert_reason_set(&result->reason, "its certificate is %s",
                    cert_status_name(facts->status));

    return CERT_REFUSED;
}


/* The seal is looked for first: without it there is nothing to draw for. */
static cert_err_t
certrender_draw(certrender_t *render, cert_time_t now,
    certpdf_bytes_t *sealed, certrender_result_t *result)
{
    int64_t           since_usec;
    cert_str_t        str;
    cert_err_t        err;
    certpdf_seal_t   *seal;
    certpdf_bytes_t   pdf;

    (void) certrender_lap(&since_usec);

    err = certrender_seal_find(render,
                               &render->job.records.qualification.seal, now,
                               &seal, &result->reason);
    result->seal_usec = certrender_lap(&since_usec);

    if (err != CERT_OK) {
        return err;
    }

    err = certpdf_render(render->renderer, &render->job.face.job, &pdf,
                         &result->reason);
    result->render_usec = certrender_lap(&since_usec);

    if (err == CERT_INVALID) {
        certrender_blame(render, result);
    }

    if (err != CERT_OK) {
        return err;
    }

    str.data = pdf.data;
    str.len = pdf.len;

    err = certpdf_seal_apply(seal, str, now, sealed, &result->reason);
    result->seal_usec += certrender_lap(&since_usec);

    certpdf_bytes_free(&pdf);

    return err;
}


/*
 * A record that cannot be drawn means that the copy can never be made, but only
 * where a specimen can: without a font no name has its characters, and without
 * a decoder no photo decodes.  Fonts and templates are then opened again for
 * the next job, which finds what was repaired.
 */
static void
certrender_blame(certrender_t *render, certrender_result_t *result)
{
    cert_err_t       err;
    cert_reason_t    reason;
    certpdf_bytes_t  pdf;

    if (render->job.is_specimen) {
        err = CERT_INVALID;
        reason = result->reason;

    } else {
        certrender_face_specimen(&render->job.face);
        err = certpdf_render(render->renderer, &render->job.face.job, &pdf,
                             &reason);
    }

    if (err == CERT_OK) {
        certpdf_bytes_free(&pdf);
        result->made = CERTRENDER_CANNOT;
        return;
    }

    certrender_templates_drop(render);
    cert_reason_set(&result->reason, "not even a specimen can be drawn: %.200s",
                    reason.text);
}


static cert_err_t
certrender_put(certrender_t *render, const certpdf_bytes_t *sealed,
    certrender_result_t *result)
{
    int64_t     since_usec;
    cert_str_t  bytes;
    cert_err_t  err;

    bytes.data = sealed->data;
    bytes.len = sealed->len;

    (void) certrender_lap(&since_usec);

    err = render->job.is_specimen
          ? certrender_copies_try(render, bytes, &result->reason)
          : certrender_copies_put(render, bytes, result);

    result->publish_usec = certrender_lap(&since_usec);

    return err;
}


/* Microseconds since "since_usec", which becomes now. */
static uint32_t
certrender_lap(int64_t *since_usec)
{
    int64_t          now_usec, lap_usec;
    struct timespec  ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    now_usec = (int64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
    lap_usec = now_usec - *since_usec;
    *since_usec = now_usec;

    return lap_usec < UINT32_MAX ? (uint32_t) lap_usec : UINT32_MAX;
}

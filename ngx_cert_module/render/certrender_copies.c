/*
 * Copyright (C) the ngx_cert authors
 *
 * The folder of copies: what is put there, and found there.
 *
 * A file that is there already comes from a crash between publishing and its
 * commit.  It is never written over: if it is genuine by our own authority, and
 * the copy that is wanted, it is taken as it is.  Its name may not be on disk
 * yet, since the crash can have been just before that: it is synced again, or a
 * loss of power could take away a copy that the store by then calls ready.
 *
 * Which copy a file is, its links say.  The one that has just been sealed is
 * asked for the same, and not the job: a face of the authority's own may have
 * nothing to press on, and then neither file has a link.
 */


#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/sha.h>

#include "certpdf_bytes.h"
#include "certpdf_verify.h"
#include "certrender_copies_int.h"
#include "certrender_file.h"
#include "certrender_int.h"
#include "certrender_publish.h"
#include "certrender_stamp_int.h"


static cert_err_t certrender_copies_reuse(certrender_t *render,
    const char *path, cert_str_t sealed, certrender_result_t *result);
static cert_err_t certrender_copies_prove(certrender_t *render,
    cert_str_t file, cert_str_t sealed, certrender_result_t *result);
static cert_err_t certrender_copies_verify(certrender_t *render,
    cert_str_t file, certpdf_report_t *report, cert_reason_t *reason);
static int certrender_copies_is_same(const certpdf_report_t *one,
    const certpdf_report_t *other);
static cert_err_t certrender_copies_sync(const char *path,
    cert_reason_t *reason);
static int certrender_copies_sync_one(const char *path, int flags);


/* 0640: the group of the folder, nginx's, may read it. */
cert_err_t
certrender_copies_put(certrender_t *render, cert_str_t sealed,
    certrender_result_t *result)
{
    char        root[CERTRENDER_PATH_MAX], path[CERTRENDER_PATH_MAX];
    char        name[CERT_CODE_PATH_SIZE];
    cert_err_t  err;

    cert_code_path(&render->job.records.annotation.code, name);
    certrender_path(render, root, "pdf");

    err = certrender_publish(root, name, sealed, 0640, &result->reason);

    if (err == CERT_EXISTS) {
        (void) snprintf(path, sizeof(path), "%s/pdf/%s", render->home, name);
        return certrender_copies_reuse(render, path, sealed, result);
    }

    if (err != CERT_OK) {
        return err;
    }

    result->size = sealed.len;

    /* The file stays: the next attempt finds it and verifies it. */
    if (SHA256(sealed.data, sealed.len, result->sha256) == NULL) {
        cert_reason_set(&result->reason, "SHA-256 failed");
        return CERT_SYSTEM;
    }

    return CERT_OK;
}


cert_err_t
certrender_copies_try(certrender_t *render, cert_str_t sealed,
    cert_reason_t *reason)
{
    char  root[CERTRENDER_PATH_MAX];

    certrender_path(render, root, "pdf");

    return certrender_publish_try(root, sealed, reason);
}


/* The very copy, genuine by our own authority, or it stays where it is. */
static cert_err_t
certrender_copies_reuse(certrender_t *render, const char *path,
    cert_str_t sealed, certrender_result_t *result)
{
    cert_str_t        str;
    cert_err_t        err;
    certpdf_bytes_t   file;

    err = certrender_file_read(path, &file, &result->reason);
    if (err != CERT_OK) {
        return err;
    }

    str.data = file.data;
    str.len = file.len;

    err = certrender_copies_prove(render, str, sealed, result);
    certpdf_bytes_free(&file);

    return err == CERT_OK ? certrender_copies_sync(path, &result->reason)
                          : err;
}


static cert_err_t
certrender_copies_prove(certrender_t *render, cert_str_t file,
    cert_str_t sealed, certrender_result_t *result)
{
    cert_err_t        err;
    certpdf_report_t  found, wanted;

    err = certrender_copies_verify(render, file, &found, &result->reason);

    if (err == CERT_OK && found.finding != CERTPDF_GENUINE) {
        cert_reason_set(&result->reason, "the file exists already and is not "
                        "genuine (%s): inspect it and move it away",
                        certpdf_finding_name(found.finding));
        return CERT_EXISTS;
    }

    if (err == CERT_OK) {
        err = certrender_copies_verify(render, sealed, &wanted,
                                       &result->reason);
    }

    if (err != CERT_OK) {
        return err;
    }

    if (!certrender_copies_is_same(&found, &wanted)) {
        cert_reason_set(&result->reason, "the file exists already and does not "
                        "lead to the check of this copy: inspect it and move "
                        "it away");
        return CERT_EXISTS;
    }

    result->size = file.len;
    memcpy(result->sha256, found.sha256, CERT_SHA256_SIZE);

    return CERT_OK;
}


static cert_err_t
certrender_copies_verify(certrender_t *render, cert_str_t file,
    certpdf_report_t *report, cert_reason_t *reason)
{
    char           ca[CERTRENDER_PATH_MAX];
    cert_err_t     err;
    cert_reason_t  cause;

    certrender_path(render, ca, CERTRENDER_CA);

    err = certpdf_verify(file, ca, report, &cause);

    if (err != CERT_OK) {
        cert_reason_set(reason, "the file exists already and cannot be "
                        "verified: %.160s", cause.text);
    }

    return err;
}


/* By the code alone: the authority may have another address by now. */
static int
certrender_copies_is_same(const certpdf_report_t *one,
    const certpdf_report_t *other)
{
    return one->has_links == other->has_links
           && (!one->has_links
               || memcmp(one->link_code.bytes, other->link_code.bytes,
                         CERT_CODE_SIZE) == 0);
}


/* The file, and each folder that holds a part of its name: pdf/, ab/, cd/. */
static cert_err_t
certrender_copies_sync(const char *path, cert_reason_t *reason)
{
    int    i;
    char   part[CERTRENDER_PATH_MAX];
    char  *slash;

    (void) snprintf(part, sizeof(part), "%s", path);

    if (!certrender_copies_sync_one(part, O_NOFOLLOW|O_NONBLOCK)) {
        goto failed;
    }

    for (i = 0; i < 3 && (slash = strrchr(part, '/')) != NULL; i++) {
        *slash = '\0';

        if (!certrender_copies_sync_one(part, O_DIRECTORY)) {
            goto failed;
        }
    }

    return CERT_OK;

failed:

    cert_reason_set(reason, "the file exists already and cannot be synced: "
                    "%s", strerror(errno));

    return CERT_SYSTEM;
}


static int
certrender_copies_sync_one(const char *path, int flags)
{
    int  fd, rc, err;

    fd = open(path, O_RDONLY|O_CLOEXEC|flags);
    if (fd == -1) {
        return 0;
    }

    rc = fsync(fd);
    err = errno;

    close(fd);
    errno = err;

    return rc == 0;
}

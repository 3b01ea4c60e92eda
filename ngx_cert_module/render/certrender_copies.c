/*
 * Copyright (C) the ngx_cert authors
 *
 * The folder of copies: what is put there, and found there.
 *
 * A file that is there already comes from a crash between publishing and its
 * commit.  It is never written over: if it is genuine by our own authority it
 * is taken as it is.  Its name may not be on disk yet, since the crash can
 * have been just before that: it is synced again, or a loss of power could
 * take away a copy that the store by then calls ready.
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
    const char *path, certrender_result_t *result);
static cert_err_t certrender_copies_prove(certrender_t *render,
    cert_str_t file, certrender_result_t *result);
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

    cert_code_path(&render->job.annotation.code, name);
    certrender_path(render, root, "pdf");

    err = certrender_publish(root, name, sealed, 0640, &result->reason);

    if (err == CERT_EXISTS) {
        (void) snprintf(path, sizeof(path), "%s/pdf/%s", render->home, name);
        return certrender_copies_reuse(render, path, result);
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


/* Genuine by our own authority, or it stays where it is. */
static cert_err_t
certrender_copies_reuse(certrender_t *render, const char *path,
    certrender_result_t *result)
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

    err = certrender_copies_prove(render, str, result);
    certpdf_bytes_free(&file);

    return err == CERT_OK ? certrender_copies_sync(path, &result->reason)
                          : err;
}


static cert_err_t
certrender_copies_prove(certrender_t *render, cert_str_t file,
    certrender_result_t *result)
{
    char              ca[CERTRENDER_PATH_MAX];
    cert_err_t        err;
    cert_reason_t     reason;
    certpdf_report_t  report;

    certrender_path(render, ca, "seals/ca.pem");

    err = certpdf_verify(file, ca, &report, &reason);

    if (err != CERT_OK) {
        cert_reason_set(&result->reason, "the file exists already and cannot "
                        "be verified: %.160s", reason.text);
        return err;
    }

    if (report.finding != CERTPDF_GENUINE) {
        cert_reason_set(&result->reason, "the file exists already and is not "
                        "genuine (%s): inspect it and move it away",
                        certpdf_finding_name(report.finding));
        return CERT_EXISTS;
    }

    result->size = file.len;
    memcpy(result->sha256, report.sha256, CERT_SHA256_SIZE);

    return CERT_OK;
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

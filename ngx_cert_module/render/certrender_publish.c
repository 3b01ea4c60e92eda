/*
 * Copyright (C) the ngx_cert authors
 *
 * The folder of copies: what is put there, found there, and swept out of it.
 *
 * A file that is there already comes from a crash between publishing and its
 * commit.  It is never written over: if it is genuine by our own authority it
 * is taken as it is.  Its name may not be on disk yet, since the crash can
 * have been just before that: it is synced again, or a loss of power could
 * take away a copy that the store by then calls ready.
 *
 * What such a crash leaves of a file that was not complete lies in the folder
 * itself, never below it, so a sweep reads one folder and not 65,536.
 *
 * A sweep must take nothing from who is at work, and on a slow disk that can
 * take as long as it likes.  So it asks for the lock that certpdf_publish()
 * holds, not for the age, and looks again once it has it: the file may have
 * got its name in between.  Who has made a file and not locked it yet, waits
 * for our lock, and finds then that it is gone.
 */


#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/sha.h>

#include "certrender_file.h"
#include "certrender_int.h"


static cert_err_t certrender_reuse(certrender_t *render, const char *path,
    certrender_result_t *result);
static cert_err_t certrender_prove(certrender_t *render, cert_str_t file,
    certrender_result_t *result);
static cert_err_t certrender_sync(const char *path, cert_reason_t *reason);
static int certrender_sync_one(const char *path, int flags);
static cert_err_t certrender_sweep_folder(DIR *dir, const char *root,
    cert_time_t now, cert_time_t older_sec, uint64_t *removed,
    cert_reason_t *reason);
static int certrender_sweep_one(int dir, const char *name);
static int certrender_is_named(int dir, const char *name, int fd);


/* 0640: the group of the folder, nginx's, may read it. */
cert_err_t
certrender_publish(certrender_t *render, cert_str_t sealed,
    certrender_result_t *result)
{
    char        root[CERTRENDER_PATH_MAX], path[CERTRENDER_PATH_MAX];
    char        name[CERT_CODE_PATH_SIZE];
    cert_err_t  err;

    cert_code_path(&render->job.annotation.code, name);
    certrender_path(render, root, "pdf");

    err = certpdf_publish(root, name, sealed, 0640, &result->reason);

    if (err == CERT_EXISTS) {
        (void) snprintf(path, sizeof(path), "%s/pdf/%s", render->home, name);
        return certrender_reuse(render, path, result);
    }

    if (err != CERT_OK) {
        return err;
    }

    result->size = sealed.len;

    /* The file stays: the next attempt finds it and proves it. */
    if (SHA256(sealed.data, sealed.len, result->sha256) == NULL) {
        cert_reason_set(&result->reason, "SHA-256 failed");
        return CERT_SYSTEM;
    }

    return CERT_OK;
}


cert_err_t
certrender_publish_try(certrender_t *render, cert_str_t sealed,
    cert_reason_t *reason)
{
    char  root[CERTRENDER_PATH_MAX];

    certrender_path(render, root, "pdf");

    return certpdf_publish_try(root, sealed, reason);
}


/* Genuine by our own authority, or it stays where it is. */
static cert_err_t
certrender_reuse(certrender_t *render, const char *path,
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

    err = certrender_prove(render, str, result);
    certpdf_bytes_free(&file);

    return err == CERT_OK ? certrender_sync(path, &result->reason) : err;
}


static cert_err_t
certrender_prove(certrender_t *render, cert_str_t file,
    certrender_result_t *result)
{
    char              ca[CERTRENDER_PATH_MAX];
    cert_err_t        err;
    cert_reason_t     reason;
    certpdf_report_t  report;

    certrender_path(render, ca, "seals/ca.pem");

    err = certpdf_verify(file, ca, &report, &reason);

    if (err != CERT_OK) {
        cert_reason_set(&result->reason, "there is a file already, which "
                        "cannot be verified: %.160s", reason.text);
        return err;
    }

    if (report.finding != CERTPDF_GENUINE) {
        cert_reason_set(&result->reason, "there is a file already, and it is "
                        "not genuine (%s): look at it and move it away",
                        certpdf_finding_name(report.finding));
        return CERT_EXISTS;
    }

    result->size = file.len;
    memcpy(result->sha256, report.sha256, CERT_SHA256_SIZE);

    return CERT_OK;
}


/* The file, and each folder that holds a part of its name: pdf/, ab/, cd/. */
static cert_err_t
certrender_sync(const char *path, cert_reason_t *reason)
{
    int    i;
    char   part[CERTRENDER_PATH_MAX];
    char  *slash;

    (void) snprintf(part, sizeof(part), "%s", path);

    if (!certrender_sync_one(part, O_NOFOLLOW|O_NONBLOCK)) {
        goto failed;
    }

    for (i = 0; i < 3 && (slash = strrchr(part, '/')) != NULL; i++) {
        *slash = '\0';

        if (!certrender_sync_one(part, O_DIRECTORY)) {
            goto failed;
        }
    }

    return CERT_OK;

failed:

    cert_reason_set(reason, "there is a file already, which cannot be synced: "
                    "%s", strerror(errno));

    return CERT_SYSTEM;
}


static int
certrender_sync_one(const char *path, int flags)
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


cert_err_t
certrender_sweep(const char *home, cert_time_t now, cert_time_t older_sec,
    uint64_t *removed, cert_reason_t *reason)
{
    int         n;
    DIR        *dir;
    char        root[CERTRENDER_HOME_MAX + 4];
    cert_err_t  err;

    *removed = 0;

    n = snprintf(root, sizeof(root), "%s/pdf", home);

    if (n >= (int) sizeof(root)) {
        cert_reason_set(reason, "the path of the home is too long");
        return CERT_INVALID;
    }

    dir = opendir(root);
    if (dir == NULL) {
        cert_reason_set(reason, "cannot read \"%s\": %s", root,
                        strerror(errno));
        return CERT_SYSTEM;
    }

    err = certrender_sweep_folder(dir, root, now, older_sec, removed, reason);

    closedir(dir);

    return err;
}


static cert_err_t
certrender_sweep_folder(DIR *dir, const char *root, cert_time_t now,
    cert_time_t older_sec, uint64_t *removed, cert_reason_t *reason)
{
    int             rc;
    cert_time_t     age;
    struct dirent  *entry;

    for ( ;; ) {
        errno = 0;
        entry = readdir(dir);

        if (entry == NULL) {
            break;
        }

        age = certrender_leftover_age(root, entry->d_name, now);

        if (age == -1 || age < older_sec) {
            continue;
        }

        rc = certrender_sweep_one(dirfd(dir), entry->d_name);

        if (rc == -1) {
            cert_reason_set(reason, "cannot remove \"%s/%s\": %s", root,
                            entry->d_name, strerror(errno));
            return CERT_SYSTEM;
        }

        *removed += (uint64_t) rc;
    }

    if (errno != 0) {
        cert_reason_set(reason, "cannot read \"%s\": %s", root,
                        strerror(errno));
        return CERT_SYSTEM;
    }

    return CERT_OK;
}


/*
 * 1: removed; 0: somebody is at work on it, it is gone, or that cannot be told,
 * as of a file of root's by another user; -1: see errno.
 */
static int
certrender_sweep_one(int dir, const char *name)
{
    int  fd, rc, err;

    fd = openat(dir, name, O_RDONLY|O_NOFOLLOW|O_NONBLOCK|O_CLOEXEC);
    if (fd == -1) {
        return 0;
    }

    rc = 0;

    if (flock(fd, LOCK_EX|LOCK_NB) == 0
        && certrender_is_named(dir, name, fd))
    {
        rc = unlinkat(dir, name, 0) == 0 ? 1 : errno == ENOENT ? 0 : -1;
    }

    err = errno;
    close(fd);
    errno = err;

    return rc;
}


static int
certrender_is_named(int dir, const char *name, int fd)
{
    struct stat  open_file, named;

    return fstat(fd, &open_file) == 0
           && fstatat(dir, name, &named, AT_SYMLINK_NOFOLLOW) == 0
           && open_file.st_dev == named.st_dev
           && open_file.st_ino == named.st_ino;
}


/* By the name that certpdf_publish() gives while it writes. */
cert_time_t
certrender_leftover_age(const char *root, const char *name, cert_time_t now)
{
    int          n;
    char         path[CERTRENDER_PATH_MAX];
    struct stat  st;

    n = snprintf(path, sizeof(path), "%s/%s", root, name);

    if (strncmp(name, ".tmp-", 5) != 0 || strchr(name, '/') != NULL
        || n >= (int) sizeof(path))
    {
        return -1;
    }

    /* Gone counts as young: its renderer has just renamed it. */

    if (lstat(path, &st) != 0) {
        return errno == ENOENT ? 0 : -1;
    }

    if (!S_ISREG(st.st_mode)) {
        return -1;
    }

    return now > st.st_mtime ? now - st.st_mtime : 0;
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * What a crash leaves of a file that was not complete lies in the folder of
 * copies itself, never below it, so a sweep reads one folder and not 65,536.
 *
 * A sweep must take nothing from a renderer at work, and on a slow disk that
 * can take as long as it likes.  So it asks for the lock that
 * certrender_publish() holds, not for the age, and looks again once it has it:
 * the file may have got its name in between.  A renderer that has made a file
 * and not locked it yet waits for our lock, and finds then that it is gone.
 */


#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certrender_int.h"
#include "certrender_sweep.h"


static cert_err_t certrender_sweep_folder(DIR *dir, const char *root,
    cert_time_t now, cert_time_t older_sec, uint64_t *removed,
    cert_reason_t *reason);
static int certrender_sweep_one(int dir, const char *name);
static int certrender_sweep_is_named(int dir, const char *name, int fd);


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

        age = certrender_sweep_age(root, entry->d_name, now);

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
 * 1: removed; 0: a process is at work on it, it is gone, or that cannot be
 * told, as of a file of root's by another user; -1: see errno.
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
        && certrender_sweep_is_named(dir, name, fd))
    {
        rc = unlinkat(dir, name, 0) == 0 ? 1 : errno == ENOENT ? 0 : -1;
    }

    err = errno;
    close(fd);
    errno = err;

    return rc;
}


static int
certrender_sweep_is_named(int dir, const char *name, int fd)
{
    struct stat  open_file, named;

    return fstat(fd, &open_file) == 0
           && fstatat(dir, name, &named, AT_SYMLINK_NOFOLLOW) == 0
           && open_file.st_dev == named.st_dev
           && open_file.st_ino == named.st_ino;
}


/* By the name that certrender_publish() gives while it writes. */
cert_time_t
certrender_sweep_age(const char *root, const char *name, cert_time_t now)
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

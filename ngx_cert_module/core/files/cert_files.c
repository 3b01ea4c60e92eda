/*
 * Copyright (C) the ngx_cert authors
 *
 * Files of a store as files: whether they exist, whose they are, and whether
 * they are on disk.
 *
 * Modes are set by hand after a file is made, never by umask(), which belongs
 * to the whole process and to its operator.  A rename or a new name is on disk
 * when its folder is synced, not before.
 */


#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cert_files_int.h"


static cert_err_t cert_file_absent(const char *path, const char *name,
    cert_reason_t *reason);


cert_err_t
cert_file_folder(const char *path, cert_reason_t *reason)
{
    cert_err_t  err;

    if (mkdir(path, CERT_STORE_MODE) == -1 && errno != EEXIST) {
        cert_reason_set(reason, "cannot make \"%s\": %s", path,
                        strerror(errno));
        return CERT_SYSTEM;
    }

    err = cert_file_absent(path, CERT_STORE_DATA, reason);

    if (err == CERT_OK) {
        err = cert_file_absent(path, CERT_STORE_LOCK, reason);
    }

    return err;
}


/* lstat(), since a link that leads nowhere is in the way, too. */
static cert_err_t
cert_file_absent(const char *path, const char *name, cert_reason_t *reason)
{
    char        *file;
    cert_err_t   err;
    struct stat  st;

    file = cert_path_join(path, name);
    if (file == NULL) {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    err = CERT_OK;

    if (lstat(file, &st) == 0) {
        cert_reason_set(reason, "\"%s\" exists already", file);
        err = CERT_EXISTS;

    } else if (errno != ENOENT) {
        cert_reason_set(reason, "\"%s\": %s", file, strerror(errno));
        err = CERT_SYSTEM;
    }

    free(file);

    return err;
}


/*
 * The group first, so that no other group ever may read under the new mode.
 */
cert_err_t
cert_file_mode(const char *path, const char *name, mode_t mode, long gid,
    cert_reason_t *reason)
{
    int    rc;
    char  *file;

    file = cert_path_join(path, name);
    if (file == NULL) {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    rc = 0;

    if (gid != -1) {
        rc = chown(file, (uid_t) -1, (gid_t) gid);
    }

    if (rc == 0) {
        rc = chmod(file, mode);
    }

    if (rc == -1) {
        cert_reason_set(reason, "cannot set group and mode of \"%s\": %s",
                        file, strerror(errno));
    }

    free(file);

    return rc == 0 ? CERT_OK : CERT_SYSTEM;
}


/* Removes what this very call made, so that the next one can try again. */
void
cert_file_undo(const char *path)
{
    char        *file;
    const char  *name[] = { CERT_STORE_DATA, CERT_STORE_LOCK };

    for (int i = 0; i < 2; i++) {
        file = cert_path_join(path, name[i]);

        if (file != NULL) {
            (void) unlink(file);
            free(file);
        }
    }
}


/*
 * Works for folders, too, which cannot be opened for writing; that is why it
 * opens for reading.
 */
cert_err_t
cert_file_sync(const char *path, cert_reason_t *reason)
{
    int  fd, rc;

    fd = open(path, O_RDONLY|O_CLOEXEC);
    rc = fd == -1 ? -1 : fsync(fd);

    if (rc == -1) {
        cert_reason_set(reason, "cannot sync \"%s\": %s", path,
                        strerror(errno));
    }

    if (fd != -1) {
        (void) close(fd);
    }

    return rc == 0 ? CERT_OK : CERT_SYSTEM;
}


char *
cert_path_join(const char *path, const char *name)
{
    char    *joined;
    size_t   a, b;

    a = strlen(path);
    b = strlen(name);

    joined = malloc(a + b + 1);

    if (joined != NULL) {
        memcpy(joined, path, a);
        memcpy(joined + a, name, b + 1);
    }

    return joined;
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * Where a store lies: whether LMDB can work there.
 *
 * LMDB needs one thing of a file system: that all processes see one file, by
 * write(), by maps and by locks.  What does not give it fails late and without
 * a word: overlayfs copies a file up at the first write, and a process that had
 * it open goes on reading the old one; machines on a network file system do not
 * see each other's maps; a mount that is read only has LMDB read without locks,
 * and a writer reuses the pages under it.  So such places are refused by name
 * before LMDB opens anything.
 *
 * All others are taken, those that are not known as well.  An operator that
 * knows better says so in a file in the folder itself, which all programs find,
 * and which names the file system: a folder that is moved to another one is
 * refused again.
 * A directive and options were rejected: one of three programs would miss it.
 */


#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cert_files_int.h"
#include "cert_place_int.h"


#define CERT_PLACE_FILE  "filesystem"

/* Bytes of that file that are read. */
#define CERT_PLACE_WORD  32

/* Of lock.mdb, far behind what LMDB locks: its byte 0 and process ids. */
#define CERT_PLACE_BYTE  ((off_t) 1 << 40)

static const struct {
    uint32_t     type;          /* f_type of statfs() */
    const char  *name;
    const char  *why;
} cert_places[] = {
    { 0x794c7630, "overlayfs", "copies a file at its first write, from under "
      "those that have it open" },
    { 0x00006969, "nfs", "is a network file system" },
    { 0xff534d42, "cifs", "is a network file system" },
    { 0xfe534d42, "smb2", "is a network file system" },
    { 0x0000517b, "smb", "is a network file system" },
    { 0x01021997, "9p", "is a network file system" },
    { 0x00c36400, "ceph", "is a network file system" },
    { 0x5346414f, "afs", "is a network file system" },
    { 0x0bd00bd0, "lustre", "is a network file system" },
    { 0x47504653, "gpfs", "is a network file system" },
    { 0x01161970, "gfs2", "is shared by machines" },
    { 0x7461636f, "ocfs2", "is shared by machines" },
    { 0x786f4256, "vboxsf", "is a folder of another machine" },
    { 0x65735546, "fuse", "leaves maps and locks to a program" }
};


static int cert_place_find(int folder, size_t *place);
static int cert_place_is_accepted(int folder, const char *name);
static cert_err_t cert_place_try(int fd, const char *file,
    cert_reason_t *reason);


cert_err_t
cert_place_check(const char *path, cert_reason_t *reason)
{
    int     folder, is_refused;
    size_t  i;

    folder = open(path, O_RDONLY|O_DIRECTORY|O_CLOEXEC);
    if (folder == -1) {
        return CERT_OK;
    }

    is_refused = cert_place_find(folder, &i)
                 && !cert_place_is_accepted(folder, cert_places[i].name);
    (void) close(folder);

    if (!is_refused) {
        return CERT_OK;
    }

    cert_reason_set(reason, "\"%s\" lies on %s, which %s: use a local file "
                    "system, or write \"%s\" into its file \"%s\"",
                    path, cert_places[i].name, cert_places[i].why,
                    cert_places[i].name, CERT_PLACE_FILE);

    return CERT_BAD_STORE;
}


/* True: it is one that is refused. */
static int
cert_place_find(int folder, size_t *place)
{
    size_t         i;
    struct statfs  fs;

    if (fstatfs(folder, &fs) == -1) {
        return 0;
    }

    for (i = 0; i < sizeof(cert_places) / sizeof(cert_places[0]); i++) {
        if ((uint32_t) fs.f_type == cert_places[i].type) {
            *place = i;
            return 1;
        }
    }

    return 0;
}


static int
cert_place_is_accepted(int folder, const char *name)
{
    int      fd;
    char     word[CERT_PLACE_WORD];
    ssize_t  n;

    fd = openat(folder, CERT_PLACE_FILE,
                O_RDONLY|O_NOFOLLOW|O_NONBLOCK|O_CLOEXEC);
    if (fd == -1) {
        return 0;
    }

    n = read(fd, word, sizeof(word) - 1);
    (void) close(fd);

    if (n <= 0) {
        return 0;
    }

    word[n] = '\0';
    word[strcspn(word, " \r\n")] = '\0';

    return strcmp(word, name) == 0 || strcmp(word, "any") == 0;
}


cert_err_t
cert_place_lock(const char *path, cert_reason_t *reason)
{
    int          fd;
    char        *file;
    cert_err_t   err;

    file = cert_path_join(path, CERT_STORE_LOCK);
    if (file == NULL) {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    fd = open(file, O_RDWR|O_NOFOLLOW|O_NONBLOCK|O_CLOEXEC);

    if (fd != -1) {
        err = cert_place_try(fd, file, reason);
        (void) close(fd);

    } else if (errno == EROFS) {
        err = CERT_SYSTEM;
        cert_reason_set(reason, "cannot write the lock file \"%s\", where "
                        "readers register: Read-only file system (systemd "
                        "has ReadWritePaths=, a mount \"rw\")", file);

    } else {
        err = errno == EMFILE || errno == ENFILE || errno == ENOMEM
              ? CERT_NO_MEMORY : CERT_SYSTEM;
        cert_reason_file(reason, "cannot write the lock file", file, errno);
    }

    free(file);

    return err;
}


/* Another process may have this very lock: then there are locks. */
static cert_err_t
cert_place_try(int fd, const char *file, cert_reason_t *reason)
{
    struct flock  lock;

    memset(&lock, 0, sizeof(lock));
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = CERT_PLACE_BYTE + getpid();
    lock.l_len = 1;

    if (fcntl(fd, F_SETLK, &lock) == 0 || errno == EAGAIN || errno == EACCES) {
        return CERT_OK;
    }

    cert_reason_set(reason, "the file system of \"%s\" has no locks (%s): use "
                    "a local one", file, strerror(errno));

    return CERT_BAD_STORE;
}

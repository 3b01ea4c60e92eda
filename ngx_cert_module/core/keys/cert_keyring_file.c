/*
 * Copyright (C) the ngx_cert authors
 *
 * Keyrings in files.
 *
 * A file is read as a whole into one buffer that is wiped, never through
 * stdio, whose buffers would keep the secrets; its mode is asked of the open
 * descriptor, so that what was checked is what is read.  It is parsed into a
 * ring of its own, which is merged if the whole file is good: a keyring takes
 * a whole file or nothing.
 *
 * A file is written beside the old one, synced, renamed over it, and the
 * folder synced: a reader meanwhile, or after a power cut, finds the old keys
 * or the new ones.  All steps go through one descriptor of the folder, so that
 * a folder moved meanwhile does not split the steps.
 */


#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cert_crypto_int.h"
#include "cert_keyring_file.h"
#include "cert_keyring_int.h"
#include "cert_keyring_text_int.h"


/* As PATH_MAX, which is missing where a path has no limit. */
#define CERT_KEYRING_PATH_MAX  4096

/* Where a file is written: its folder, its name there, and before it. */
typedef struct {
    int   folder;
    char  name[CERT_KEYRING_PATH_MAX];
    char  temp[CERT_KEYRING_PATH_MAX + 24];
} cert_keyring_place_t;


static cert_err_t cert_keyring_load(char *text, size_t *len,
    const char *file, cert_reason_t *reason);
static cert_err_t cert_keyring_check_fd(int fd, cert_reason_t *reason);
static cert_err_t cert_keyring_load_fd(char *text, size_t *len, int fd,
    cert_reason_t *reason);
static cert_err_t cert_keyring_merge(cert_keyring_t *ring,
    cert_keyring_t *from, cert_reason_t *reason);
static const char *cert_keyring_store(const char *file, cert_str_t text,
    unsigned mode, long uid, long gid);
static int cert_keyring_place_open(cert_keyring_place_t *place,
    const char *file);
static int cert_keyring_store_temp(const cert_keyring_place_t *place,
    cert_str_t text, unsigned mode, long uid, long gid);
static int cert_keyring_store_fd(int fd, cert_str_t text);
static char *cert_keyring_text_create(void);
static void cert_keyring_text_destroy(char *text);


cert_err_t
cert_keyring_read(cert_keyring_t *ring, const char *file,
    cert_reason_t *reason)
{
    char            *text;
    cert_err_t       err;
    cert_str_t       str;
    cert_keyring_t  *from;

    text = cert_keyring_text_create();
    from = cert_keyring_create();

    if (text == NULL || from == NULL) {
        cert_reason_set(reason, "out of memory");
        err = CERT_NO_MEMORY;
        goto done;
    }

    err = cert_keyring_load(text, &str.len, file, reason);
    if (err != CERT_OK) {
        goto done;
    }

    str.data = (uint8_t *) text;

    err = cert_keyring_parse(from, str, reason);
    if (err != CERT_OK) {
        goto done;
    }

    err = cert_keyring_merge(ring, from, reason);

done:

    cert_keyring_destroy(from);
    cert_keyring_text_destroy(text);

    return err;
}


cert_err_t
cert_keyring_write(const cert_keyring_t *ring, unsigned uses,
    const char *file, unsigned mode, long uid, long gid,
    cert_reason_t *reason)
{
    char        *text;
    cert_str_t   str;
    const char  *step;

    if (mode == 0) {
        mode = 0640;
    }

    if ((mode & 0007) != 0) {
        cert_reason_set(reason, "mode %04o would let other accounts read the "
                        "keyring", mode);
        return CERT_INVALID;
    }

    text = cert_keyring_text_create();

    if (text == NULL) {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    str.data = (uint8_t *) text;
    str.len = cert_keyring_format(ring, uses, text);

    step = cert_keyring_store(file, str, mode, uid, gid);

    if (step != NULL) {
        cert_reason_set(reason, "cannot %s: %s", step, strerror(errno));
    }

    cert_keyring_text_destroy(text);

    return step == NULL ? CERT_OK : CERT_SYSTEM;
}


/* A link is followed: configurations often point to a folder of secrets. */
static cert_err_t
cert_keyring_load(char *text, size_t *len, const char *file,
    cert_reason_t *reason)
{
    int         fd;
    cert_err_t  err;

    /* Not blocking, since opening a FIFO would wait for its writer. */

    fd = open(file, O_RDONLY|O_CLOEXEC|O_NOCTTY|O_NONBLOCK);

    if (fd == -1) {
        err = errno == ENOENT ? CERT_NOT_FOUND : CERT_SYSTEM;
        cert_reason_file(reason, "cannot open the keyring", file, errno);
        return err;
    }

    err = cert_keyring_check_fd(fd, reason);

    if (err == CERT_OK) {
        err = cert_keyring_load_fd(text, len, fd, reason);
    }

    close(fd);

    return err;
}


/*
 * "Others" includes every visitor whose request reaches a shell; the group is
 * how the nginx master and certd share a file.
 */
static cert_err_t
cert_keyring_check_fd(int fd, cert_reason_t *reason)
{
    struct stat  st;

    if (fstat(fd, &st) == -1) {
        cert_reason_set(reason, "cannot stat the keyring: %s",
                        strerror(errno));
        return CERT_SYSTEM;
    }

    if (!S_ISREG(st.st_mode)) {
        cert_reason_set(reason, "the keyring is not a regular file");
        return CERT_REFUSED;
    }

    if ((st.st_mode & 0007) != 0) {
        cert_reason_set(reason, "other accounts than its owner and group "
                        "may read the keyring: its mode is %04o",
                        (unsigned) st.st_mode & 07777);
        return CERT_REFUSED;
    }

    return CERT_OK;
}


/* The size that fstat() gives is not trusted: the file may be growing. */
static cert_err_t
cert_keyring_load_fd(char *text, size_t *len, int fd, cert_reason_t *reason)
{
    size_t   total;
    ssize_t  n;

    total = 0;

    do {
        n = read(fd, text + total, CERT_KEYRING_TEXT_MAX - total);

        if (n > 0) {
            total += (size_t) n;
        }

    } while ((n > 0 && total < CERT_KEYRING_TEXT_MAX)
             || (n == -1 && errno == EINTR));

    if (n == -1) {
        cert_reason_set(reason, "cannot read the keyring: %s",
                        strerror(errno));
        return CERT_SYSTEM;
    }

    if (total == CERT_KEYRING_TEXT_MAX) {
        cert_reason_set(reason, "the file is too large for a keyring");
        return CERT_INVALID;
    }

    *len = total;

    return CERT_OK;
}


/* Moves all keys of "from" to "ring", or none. */
static cert_err_t
cert_keyring_merge(cert_keyring_t *ring, cert_keyring_t *from,
    cert_reason_t *reason)
{
    int              use, id;
    size_t           n;
    const char      *why;
    cert_key_info_t  info;

    for (n = 0; cert_keyring_info(from, n, &info) == CERT_OK; n++) {
        why = cert_keyring_clash(ring, &info);

        if (why != NULL) {
            cert_reason_set(reason, "key %u %s, when keyrings are joined: %s",
                            info.id, cert_key_use_name(info.use), why);
            return CERT_INVALID;
        }
    }

    for (use = 0; use < CERT_KEY_USES; use++) {

        for (id = 0; id < CERT_KEY_IDS; id++) {
            if (from->keys[use][id] != NULL) {
                ring->keys[use][id] = from->keys[use][id];
                from->keys[use][id] = NULL;
            }
        }

        if (from->active[use] != NULL) {
            ring->active[use] = from->active[use];
            from->active[use] = NULL;
        }
    }

    return CERT_OK;
}


/* Returns the step that failed, with errno, or NULL. */
static const char *
cert_keyring_store(const char *file, cert_str_t text, unsigned mode, long uid,
    long gid)
{
    int                   err;
    const char           *step;
    cert_keyring_place_t  place;

    if (!cert_keyring_place_open(&place, file)) {
        return "open the folder of the keyring";
    }

    step = NULL;

    if (!cert_keyring_store_temp(&place, text, mode, uid, gid)) {
        step = "write a keyring beside the old one";

    } else if (renameat(place.folder, place.temp, place.folder, place.name)
               == -1)
    {
        step = "put the new keyring in place";

    } else if (fsync(place.folder) == -1) {
        step = "sync the folder of the keyring";
    }

    err = errno;

    if (step != NULL) {
        unlinkat(place.folder, place.temp, 0);
    }

    close(place.folder);
    errno = err;

    return step;
}


/* Splits the path and opens its folder; false with errno. */
static int
cert_keyring_place_open(cert_keyring_place_t *place, const char *file)
{
    char         folder[CERT_KEYRING_PATH_MAX];
    size_t       len;
    const char  *slash, *name;

    slash = strrchr(file, '/');
    name = slash != NULL ? slash + 1 : file;
    len = (size_t) (name - file);

    if (len >= sizeof(folder) || strlen(name) >= sizeof(place->name)) {
        errno = ENAMETOOLONG;
        return 0;
    }

    memcpy(folder, file, len);
    folder[len] = '\0';

    /* The number keeps two writers from sharing a temporary file. */

    strcpy(place->name, name);
    snprintf(place->temp, sizeof(place->temp), "%s.%ld", name,
             (long) getpid());

    place->folder = open(len != 0 ? folder : ".",
                         O_RDONLY|O_DIRECTORY|O_CLOEXEC);

    return place->folder != -1;
}


/* What a crash left under this name belongs to a process that is gone. */
static int
cert_keyring_store_temp(const cert_keyring_place_t *place, cert_str_t text,
    unsigned mode, long uid, long gid)
{
    int  fd, ok, err;

    unlinkat(place->folder, place->temp, 0);

    fd = openat(place->folder, place->temp,
                O_WRONLY|O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC, 0600);

    if (fd == -1) {
        return 0;
    }

    /* Owner and group before the mode: no other group ever may read. */

    ok = ((uid == -1 && gid == -1)
          || fchown(fd, (uid_t) uid, (gid_t) gid) == 0)
         && fchmod(fd, (mode_t) mode) == 0
         && cert_keyring_store_fd(fd, text)
         && fsync(fd) == 0;

    err = errno;

    if (close(fd) == -1 && ok) {
        return 0;
    }

    errno = err;

    return ok;
}


/* All of the text, whatever a write takes at a time; false with errno. */
static int
cert_keyring_store_fd(int fd, cert_str_t text)
{
    ssize_t  n;

    while (text.len != 0) {
        n = write(fd, text.data, text.len);

        if (n == -1) {
            if (errno == EINTR) {
                continue;
            }

            return 0;
        }

        text.data += n;
        text.len -= (size_t) n;
    }

    return 1;
}


/* As large as any keyring, never grown: realloc() would leave copies. */
static char *
cert_keyring_text_create(void)
{
    return malloc(CERT_KEYRING_TEXT_MAX);
}


static void
cert_keyring_text_destroy(char *text)
{
    if (text != NULL) {
        cert_crypto_wipe(text, CERT_KEYRING_TEXT_MAX);
    }

    free(text);
}

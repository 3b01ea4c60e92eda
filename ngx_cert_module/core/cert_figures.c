/*
 * Copyright (C) the ngx_cert authors
 *
 * The daemon's figures as a file: format, numbers, key id, tag.
 *
 * A new file is renamed over the old one, so a reader that has it open has all
 * of it.  Writing in place was rejected, although it spares two system calls a
 * second: a reader beside the writer may get half of each, and would have to
 * tell that from damage by trying again on an event loop.  There is no fsync:
 * after a loss of power nobody asks for the figures of before.
 *
 * The new file has one name, which is written over, so that a daemon that is
 * killed in between leaves no litter that adds up.
 */


#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cert_change.h"
#include "cert_figures.h"
#include "cert_store_int.h"


#define CERT_FIGURES_FILE    "/certd.figures"
#define CERT_FIGURES_NEW     "/certd.figures.new"

/* A new one with every member that comes, goes or means something else. */
#define CERT_FIGURES_FORMAT  1

#define CERT_FIGURES_N       (sizeof(cert_figures_t) / sizeof(uint64_t))
#define CERT_FIGURES_SIZE    (1 + CERT_FIGURES_N * 8 + CERT_SEAL_SIZE)

/* Begins no other text that is sealed: see cert_seal.c. */
#define CERT_FIGURES_LABEL   "ngx_cert figures"


#define CERT_FIGURE(name, kind, about)                                        \
    { #name, CERT_FIGURE_##kind, about, offsetof(cert_figures_t, name) }


static int cert_figures_path(char file[PATH_MAX], const char *path,
    const char *name);
static cert_err_t cert_figures_put(const char *path, const uint8_t *bytes,
    size_t len, cert_reason_t *reason);
static int cert_figures_fill(int fd, const char *path, const uint8_t *bytes,
    size_t len);
static cert_err_t cert_figures_get(const char *path,
    uint8_t bytes[CERT_FIGURES_SIZE]);
static cert_err_t cert_figures_tag(cert_keyring_t *ring, cert_str_t payload,
    uint8_t *id, uint8_t mac[CERT_SHA256_SIZE]);


static const cert_figure_t  cert_figure_list[] = {
    CERT_FIGURE(waiting, GAUGE, "Changes that wait for the writer."),
    CERT_FIGURE(waiting_ms, MS, "How long the oldest of them waits."),
    CERT_FIGURE(commits, COUNTER, "Commits."),
    CERT_FIGURE(changes, COUNTER, "Changes that were committed."),
    CERT_FIGURE(refused, COUNTER, "Changes that a rule forbids."),
    CERT_FIGURE(batch_last, GAUGE, "Changes in the last commit."),
    CERT_FIGURE(batch_max, GAUGE, "Changes in the largest commit."),
    CERT_FIGURE(commits_per_sec, RATE, "Commits a second of late."),
    CERT_FIGURE(changes_per_sec, RATE, "Changes a second of late."),

    CERT_FIGURE(jobs_waiting, GAUGE, "Copies that wait to be made."),
    CERT_FIGURE(jobs_oldest_sec, SEC, "How long the oldest of them waits."),
    CERT_FIGURE(jobs_done, COUNTER, "Copies made."),
    CERT_FIGURE(jobs_retried, COUNTER, "Attempts that failed."),
    CERT_FIGURE(jobs_failed, COUNTER, "Copies given up."),
    CERT_FIGURE(jobs_per_sec, RATE, "Copies made a second of late."),
    CERT_FIGURE(renderers, GAUGE, "Renderers that run."),
    CERT_FIGURE(renderers_busy, GAUGE, "Renderers at work."),
    CERT_FIGURE(renderers_died, COUNTER, "Renderers that died."),

    CERT_FIGURE(hashes_waiting, GAUGE, "Passwords that wait to be hashed."),
    CERT_FIGURE(logins, COUNTER, "Logins."),
    CERT_FIGURE(logins_refused, COUNTER, "Logins refused."),
    CERT_FIGURE(logins_throttled, COUNTER, "Logins that came too often."),
    CERT_FIGURE(busy, COUNTER, "Requests answered with 503.")
};

#define CERT_FIGURE_LIST_N                                                    \
    (sizeof(cert_figure_list) / sizeof(cert_figure_list[0]))

_Static_assert(CERT_FIGURE_LIST_N + 2 + CERT_FIGURES_REFUSALS
               == CERT_FIGURES_N, "all figures are in the list");


cert_err_t
cert_figures_write(const char *path, cert_keyring_t *ring,
    const cert_figures_t *figures, cert_reason_t *reason)
{
    uint8_t         id, bytes[CERT_FIGURES_SIZE], mac[CERT_SHA256_SIZE];
    uint64_t        numbers[CERT_FIGURES_N];
    cert_err_t      err;
    cert_writer_t   w;

    memcpy(numbers, figures, sizeof(numbers));

    w = cert_writer(bytes, sizeof(bytes));
    cert_put_int(&w, CERT_FIGURES_FORMAT, 1);

    for (size_t i = 0; i < CERT_FIGURES_N; i++) {
        cert_put_int(&w, numbers[i], 8);
    }

    id = 0;

    err = cert_figures_tag(ring, cert_writer_str(&w), &id, mac);
    if (err != CERT_OK) {
        cert_reason_set(reason, "the figures cannot be sealed: %s",
                        cert_err_name(err));
        return err;
    }

    cert_put_int(&w, id, 1);
    cert_put_bytes(&w, mac, CERT_TAG_SIZE);
    cert_crypto_wipe(mac, sizeof(mac));

    return cert_figures_put(path, bytes, sizeof(bytes), reason);
}


/* On the stack: a worker without memory still tells its status. */
static int
cert_figures_path(char file[PATH_MAX], const char *path, const char *name)
{
    int  n;

    n = snprintf(file, PATH_MAX, "%s%s", path, name);

    if (n < 0 || n >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }

    return 0;
}


/* Writes the new file and puts it in the place of the old one. */
static cert_err_t
cert_figures_put(const char *path, const uint8_t *bytes, size_t len,
    cert_reason_t *reason)
{
    int   fd, rc;
    char  name[PATH_MAX], file[PATH_MAX];

    fd = -1;

    rc = cert_figures_path(file, path, CERT_FIGURES_FILE);

    if (rc == 0) {
        rc = cert_figures_path(name, path, CERT_FIGURES_NEW);
    }

    if (rc == 0) {
        /* A link in its place would have another file written over. */
        fd = open(name, O_WRONLY|O_CREAT|O_TRUNC|O_NOFOLLOW|O_CLOEXEC, 0600);
        rc = fd == -1 ? -1 : cert_figures_fill(fd, path, bytes, len);
    }

    if (rc == 0) {
        rc = rename(name, file);
    }

    if (rc == 0) {
        return CERT_OK;
    }

    rc = errno;
    cert_reason_set(reason, "cannot write certd.figures in \"%s\": %s", path,
                    strerror(rc));

    if (fd != -1) {
        (void) unlink(name);
    }

    return rc == ENOSPC || rc == EDQUOT ? CERT_FULL : CERT_SYSTEM;
}


/*
 * Closes "fd"; on -1 errno is set.  Group and mode are those of data.mdb: who
 * may read the store may read what is said about it, and nobody else.
 */
static int
cert_figures_fill(int fd, const char *path, const uint8_t *bytes, size_t len)
{
    int           rc, failed;
    char          data[PATH_MAX];
    ssize_t       n;
    struct stat   st;

    rc = cert_figures_path(data, path, CERT_STORE_DATA);

    if (rc == 0) {
        rc = stat(data, &st);
    }

    if (rc == 0) {
        rc = fchown(fd, (uid_t) -1, st.st_gid);
    }

    if (rc == 0) {
        rc = fchmod(fd, st.st_mode & 0777);
    }

    if (rc == 0) {
        n = write(fd, bytes, len);

        if (n >= 0 && (size_t) n < len) {
            errno = ENOSPC;
        }

        rc = n == (ssize_t) len ? 0 : -1;
    }

    failed = errno;

    if (close(fd) == -1 && rc == 0) {
        return -1;
    }

    errno = failed;

    return rc;
}


cert_err_t
cert_figures_read(const char *path, cert_keyring_t *ring,
    cert_figures_t *figures)
{
    uint8_t         id, bytes[CERT_FIGURES_SIZE], mac[CERT_SHA256_SIZE];
    uint64_t        numbers[CERT_FIGURES_N];
    cert_err_t      err;
    cert_str_t      payload;
    cert_cursor_t   c;

    memset(figures, 0, sizeof(*figures));

    err = cert_figures_get(path, bytes);
    if (err != CERT_OK) {
        return err;
    }

    payload.data = bytes;
    payload.len = CERT_FIGURES_SIZE - CERT_SEAL_SIZE;
    id = bytes[payload.len];

    if (id == 0 || bytes[0] != CERT_FIGURES_FORMAT) {
        return CERT_CORRUPT;
    }

    err = cert_figures_tag(ring, payload, &id, mac);
    if (err != CERT_OK) {
        return err;
    }

    if (!cert_crypto_is_equal(mac, bytes + payload.len + 1, CERT_TAG_SIZE)) {
        err = CERT_CORRUPT;
    }

    cert_crypto_wipe(mac, sizeof(mac));

    if (err != CERT_OK) {
        return err;
    }

    c = cert_cursor(payload);
    (void) cert_get_int(&c, 1);

    for (size_t i = 0; i < CERT_FIGURES_N; i++) {
        numbers[i] = cert_get_int(&c, 8);
    }

    memcpy(figures, numbers, sizeof(numbers));

    return CERT_OK;
}


/* Not blocking: what was put in its place may be a pipe that nobody writes. */
static cert_err_t
cert_figures_get(const char *path, uint8_t bytes[CERT_FIGURES_SIZE])
{
    int       fd, failed;
    char      file[PATH_MAX];
    ssize_t   n;
    uint8_t   more;

    if (cert_figures_path(file, path, CERT_FIGURES_FILE) == -1) {
        return CERT_SYSTEM;
    }

    fd = open(file, O_RDONLY|O_NOFOLLOW|O_NONBLOCK|O_CLOEXEC);

    if (fd == -1) {
        return errno == ENOENT ? CERT_NOT_FOUND : CERT_SYSTEM;
    }

    n = read(fd, bytes, CERT_FIGURES_SIZE);
    failed = errno;

    if (n == (ssize_t) CERT_FIGURES_SIZE && read(fd, &more, 1) != 0) {
        n = 0;
    }

    (void) close(fd);
    errno = failed;

    return n == -1 ? CERT_SYSTEM
                   : n == (ssize_t) CERT_FIGURES_SIZE ? CERT_OK
                                                      : CERT_CORRUPT;
}


/* "*id" 0 asks for the active key, as in cert_crypto_mac(). */
static cert_err_t
cert_figures_tag(cert_keyring_t *ring, cert_str_t payload, uint8_t *id,
    uint8_t mac[CERT_SHA256_SIZE])
{
    cert_str_t  parts[2];

    parts[0] = cert_str(CERT_FIGURES_LABEL);
    parts[1] = payload;

    return cert_crypto_mac(ring, CERT_KEY_RECORD, id, parts, 2, mac);
}


void
cert_figures_remove(const char *path)
{
    char  file[PATH_MAX];

    if (cert_figures_path(file, path, CERT_FIGURES_FILE) == 0) {
        (void) unlink(file);
    }
}


uint64_t
cert_figures_age(const cert_figures_t *figures, cert_time_t clock)
{
    return clock > figures->updated
           ? (uint64_t) clock - (uint64_t) figures->updated : 0;
}


int
cert_figures_is_up(const cert_figures_t *figures, cert_time_t clock)
{
    return cert_figures_age(figures, clock) <= CERT_FIGURES_AGE_MAX
           && figures->updated <= clock + CERT_FIGURES_AGE_MAX;
}


const cert_figure_t *
cert_figure(size_t i)
{
    return i < CERT_FIGURE_LIST_N ? &cert_figure_list[i] : NULL;
}


uint64_t
cert_figure_value(const cert_figures_t *figures, const cert_figure_t *figure)
{
    uint64_t  value;

    memcpy(&value, (const uint8_t *) figures + figure->offset, sizeof(value));

    return value;
}


/* A refusal without a name of its own has that of none. */
const char *
cert_figure_refusal(size_t i)
{
    const char  *name;

    if (i == CERT_REFUSAL_NONE || i >= CERT_FIGURES_REFUSALS) {
        return NULL;
    }

    name = cert_refusal_name((cert_refusal_t) i);

    return name == cert_refusal_name(CERT_REFUSAL_NONE) ? NULL : name;
}

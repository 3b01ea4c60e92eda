/*
 * Copyright (C) the ngx_cert authors
 *
 * The keyrings of the home, and the lock on them.
 */


#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cert_keyring_file.h"
#include "certd_keys.h"
#include "certd_repeats.h"


/* How long a transaction waits for a command that changes the keys. */
#define CERTD_KEYS_WAIT_MS   2000
#define CERTD_KEYS_PAUSE_MS  10


static cert_err_t certd_keys_read_all(const certd_keys_t *keys,
    cert_keyring_t **rings, cert_reason_t *reason);
static cert_err_t certd_keys_read(const certd_keys_t *keys,
    cert_keyring_t **ring, cert_reason_t *reason);
static void certd_keys_destroy_all(cert_keyring_t **rings);
static void certd_keys_stamp(const certd_keys_t *keys,
    certd_stamp_t stamps[CERTD_KEYRINGS]);


cert_err_t
certd_keys_open(certd_keys_t *keys, const certd_options_t *options,
    cert_reason_t *reason)
{
    char  folder[CERTD_PATH_MAX];

    if (!certd_home_path(options, folder, "keys")
        || !certd_home_path(options, keys->paths[0], "keys/public.keys")
        || !certd_home_path(options, keys->paths[1], "keys/private.keys"))
    {
        cert_reason_set(reason, "the path of the home is too long");
        return CERT_SYSTEM;
    }

    keys->folder = open(folder, O_RDONLY|O_DIRECTORY|O_CLOEXEC);

    if (keys->folder == -1) {
        cert_reason_file(reason, "cannot open", folder, errno);
        return CERT_SYSTEM;
    }

    /* Before they are read: a change in between is then seen later. */
    certd_keys_stamp(keys, keys->stamps);

    return certd_keys_read_all(keys, keys->rings, reason);
}


void
certd_keys_close(certd_keys_t *keys)
{
    certd_keys_destroy_all(keys->rings);
    certd_keys_destroy_all(keys->next);

    if (keys->folder != -1) {
        close(keys->folder);
    }
}


/* All or none. */
static cert_err_t
certd_keys_read_all(const certd_keys_t *keys, cert_keyring_t **rings,
    cert_reason_t *reason)
{
    cert_err_t  err;

    for (int i = 0; i < CERTD_RINGS; i++) {
        err = certd_keys_read(keys, &rings[i], reason);

        if (err != CERT_OK) {
            certd_keys_destroy_all(rings);
            return err;
        }
    }

    return CERT_OK;
}


static cert_err_t
certd_keys_read(const certd_keys_t *keys, cert_keyring_t **ringp,
    cert_reason_t *reason)
{
    cert_err_t       err;
    cert_reason_t    why;
    cert_keyring_t  *ring;

    ring = cert_keyring_create();
    if (ring == NULL) {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    for (int i = 0; i < CERTD_KEYRINGS; i++) {
        err = cert_keyring_read(ring, keys->paths[i], &why);

        if (err != CERT_OK) {
            cert_reason_set(reason, "%s: %s",
                            strrchr(keys->paths[i], '/') + 1, why.text);
            cert_keyring_destroy(ring);
            return err;
        }
    }

    *ringp = ring;

    return CERT_OK;
}


static void
certd_keys_destroy_all(cert_keyring_t **rings)
{
    for (int i = 0; i < CERTD_RINGS; i++) {
        cert_keyring_destroy(rings[i]);
        rings[i] = NULL;
    }
}


/* Asks again and again: a thread that sleeps in flock() cannot give up. */
cert_err_t
certd_keys_lock(certd_keys_t *keys, cert_reason_t *reason)
{
    int64_t  until_ms;

    until_ms = certd_clock_ms() + CERTD_KEYS_WAIT_MS;

    while (flock(keys->folder, LOCK_SH|LOCK_NB) != 0) {

        if (errno == EINTR) {
            continue;
        }

        if (errno != EWOULDBLOCK || certd_clock_ms() >= until_ms) {
            cert_reason_set(reason, "a command is changing the keys: %s",
                            strerror(errno));
            return CERT_BUSY;
        }

        certd_clock_sleep(CERTD_KEYS_PAUSE_MS);
    }

    return CERT_OK;
}


void
certd_keys_unlock(certd_keys_t *keys)
{
    (void) flock(keys->folder, LOCK_UN);
}


int
certd_keys_are_new(certd_keys_t *keys)
{
    cert_err_t     err;
    cert_reason_t  reason;
    certd_stamp_t  stamps[CERTD_KEYRINGS];

    certd_keys_stamp(keys, stamps);

    if (memcmp(stamps, keys->stamps, sizeof(stamps)) == 0) {
        return keys->next[0] != NULL;
    }

    memcpy(keys->stamps, stamps, sizeof(stamps));
    certd_keys_destroy_all(keys->next);

    err = certd_keys_read_all(keys, keys->next, &reason);

    if (err == CERT_OK) {
        return 1;
    }

    /* The machine's fault and not the files': the next time it may be over. */

    if (err == CERT_NO_MEMORY || err == CERT_SYSTEM) {
        certd_keys_forget(keys);
    }

    certd_log_repeat(CERTD_LOG_ALERT, "a changed keyring is not used, the old "
                     "keys stay: %s", reason.text);

    return 0;
}


/* No file has such a stamp. */
void
certd_keys_forget(certd_keys_t *keys)
{
    memset(keys->stamps, 0xFF, sizeof(keys->stamps));
}


void
certd_keys_take(certd_keys_t *keys)
{
    if (keys->next[0] == NULL) {
        return;
    }

    certd_keys_destroy_all(keys->rings);
    memcpy(keys->rings, keys->next, sizeof(keys->rings));
    memset(keys->next, 0, sizeof(keys->next));
}


/* Zeros for a file that is not there: it is none that was read. */
static void
certd_keys_stamp(const certd_keys_t *keys,
    certd_stamp_t stamps[CERTD_KEYRINGS])
{
    struct stat  st;

    memset(stamps, 0, sizeof(certd_stamp_t) * CERTD_KEYRINGS);

    for (int i = 0; i < CERTD_KEYRINGS; i++) {
        if (stat(keys->paths[i], &st) == 0) {
            stamps[i].ino = st.st_ino;
            stamps[i].changed = st.st_ctim;
        }
    }
}

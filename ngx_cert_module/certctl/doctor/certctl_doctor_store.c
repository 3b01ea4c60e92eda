/*
 * Copyright (C) the ngx_cert authors
 *
 * What a store needs to serve.
 *
 * It is opened with the functions of the library and not as other commands do,
 * since what keeps them from opening is a finding here, and the next thing is
 * looked at all the same.
 */


#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include "cert_figures.h"
#include "cert_keyring_file.h"
#include "cert_read.h"
#include "certctl_doctor_store.h"
#include "certctl_home.h"


/* Free bytes of the disk of the store. */
#define CERTCTL_DOCTOR_FREE_LOW   (UINT64_C(1) << 30)
#define CERTCTL_DOCTOR_FREE_LAST  (UINT64_C(64) << 20)

/* Seconds that a copy may wait, or that the clock may be behind. */
#define CERTCTL_DOCTOR_WAIT   600
#define CERTCTL_DOCTOR_BEHIND 60

static const char *const  certctl_doctor_rings[] = {
    "keys/public.keys", "keys/private.keys"
};


static int certctl_doctor_keys(certctl_doctor_t *doctor);
static int certctl_doctor_open(certctl_doctor_t *doctor,
    cert_store_stat_t *stat);
static void certctl_doctor_figures(certctl_doctor_t *doctor,
    const cert_store_stat_t *stat);
static void certctl_doctor_disk(certctl_doctor_t *doctor, const char *name,
    const char *remedy);
static void certctl_doctor_clock(certctl_doctor_t *doctor,
    const cert_store_stat_t *stat);
static void certctl_doctor_daemon(certctl_doctor_t *doctor);
static void certctl_doctor_policy(certctl_doctor_t *doctor,
    const cert_store_stat_t *stat);


int
certctl_doctor_store(certctl_doctor_t *doctor)
{
    int                is_open;
    cert_store_stat_t  stat;

    certctl_doctor_disk(doctor, "store", "Give it a larger disk: the store "
                        "gives nothing back");
    certctl_doctor_disk(doctor, "pdf", "Make room: certctl prune removes what "
                        "expired long ago");

    is_open = certctl_doctor_keys(doctor)
              && certctl_doctor_open(doctor, &stat);

    if (is_open) {
        certctl_doctor_figures(doctor, &stat);
        certctl_doctor_clock(doctor, &stat);
        certctl_doctor_daemon(doctor);
        certctl_doctor_policy(doctor, &stat);
    }

    return is_open;
}


/* Without private keys the rest can be looked at still. */
static int
certctl_doctor_keys(certctl_doctor_t *doctor)
{
    int              is_sound;
    char             path[CERTCTL_PATH_MAX];
    cert_err_t       err;
    certctl_t       *ctl;
    cert_reason_t    reason;
    cert_key_use_t   use;

    ctl = doctor->ctl;
    is_sound = 1;

    ctl->ring = cert_keyring_create();
    if (ctl->ring == NULL) {
        certctl_doctor_say(doctor, CERTCTL_FAULT, "keys", "Try again",
                           "out of memory");
        return 0;
    }

    for (size_t i = 0; i < 2; i++) {
        if (certctl_home_path(ctl, path, certctl_doctor_rings[i]) != 0) {
            return 0;
        }

        err = cert_keyring_read(ctl->ring, path, &reason);

        if (err == CERT_SYSTEM && geteuid() != 0) {
            is_sound = 0;
            certctl_doctor_say(doctor, CERTCTL_WARNING, "keys", "Run it as "
                               "root", "\"%s\" cannot be read by this "
                               "account", path);

        } else if (err != CERT_OK) {
            is_sound = 0;
            certctl_doctor_say(doctor, CERTCTL_FAULT, "keys", "Restore it "
                               "from a backup, or give it its owner and mode",
                               "\"%s\": %s", path, reason.text);
        }
    }

    for (use = 0; is_sound && use < CERT_KEY_USES; use++) {
        if (!cert_keyring_has(ctl->ring, use)) {
            is_sound = 0;
            certctl_doctor_say(doctor, CERTCTL_FAULT, "keys", "Restore the "
                               "keyrings from a backup", "an active key for "
                               "\"%s\" is missing", cert_key_use_name(use));
        }
    }

    if (is_sound) {
        certctl_doctor_say(doctor, CERTCTL_SOUND, "keys", NULL, "each use has "
                           "an active key");
    }

    return 1;
}


static int
certctl_doctor_open(certctl_doctor_t *doctor, cert_store_stat_t *stat)
{
    char           path[CERTCTL_PATH_MAX];
    cert_err_t     err;
    certctl_t     *ctl;
    cert_reason_t  reason;

    ctl = doctor->ctl;

    if (certctl_home_path(ctl, path, "store") != 0) {
        return 0;
    }

    err = cert_store_open(&ctl->store, path, CERT_STORE_READ, ctl->ring,
                          &reason);

    if (err == CERT_OK) {
        err = cert_reader_open(&ctl->reader, ctl->store, &reason);
    }

    if (err == CERT_OK) {
        cert_reason_set(&reason, "its head or policy cannot be read");
        err = cert_read_stat(ctl->reader, stat);
    }

    if (err == CERT_OK) {
        err = cert_read_policy(ctl->reader, &ctl->policy);
    }

    if (err == CERT_OK) {
        err = cert_read_now(ctl->reader, certctl_home_clock(), &ctl->now);
    }

    if (geteuid() != 0 && (err == CERT_SYSTEM || err == CERT_NO_KEY)) {
        certctl_doctor_say(doctor, CERTCTL_WARNING, "store", "Run it as root",
                           "cannot be looked at by this account: %s",
                           reason.text);

    } else if (err != CERT_OK) {
        certctl_doctor_say(doctor, CERTCTL_FAULT, "store", "docs/operating.md "
                           "has what to do for each reason; keep a copy of "
                           "the folder first", "%s: %s", path, reason.text);
    }

    return err == CERT_OK;
}


static void
certctl_doctor_figures(certctl_doctor_t *doctor, const cert_store_stat_t *stat)
{
    int64_t  waits;

    certctl_doctor_say(doctor, CERTCTL_SOUND, "store", NULL, "schema %u, %llu "
                       "certificates, %llu copies%s", stat->schema,
                       (unsigned long long) stat->certificates,
                       (unsigned long long) stat->annotations,
                       stat->is_demonstration ? ", of a demonstration" : "");

    if (stat->readers >= stat->readers_max - stat->readers_max / 10) {
        certctl_doctor_say(doctor, CERTCTL_WARNING, "store", "Look for "
                           "processes that were killed, and restart nginx",
                           "%u of %u readers are in use", stat->readers,
                           stat->readers_max);
    }

    waits = doctor->ctl->now - stat->queue_oldest;

    if (stat->queue != 0 && waits > CERTCTL_DOCTOR_WAIT) {
        certctl_doctor_say(doctor, CERTCTL_WARNING, "store", "certctl annotate "
                           "--pending says why", "%llu copies wait, the "
                           "oldest for %lld minutes",
                           (unsigned long long) stat->queue,
                           (long long) waits / 60);
    }
}


static void
certctl_doctor_disk(certctl_doctor_t *doctor, const char *name,
    const char *remedy)
{
    char            path[CERTCTL_PATH_MAX];
    uint64_t        left;
    struct statvfs  vfs;

    if (certctl_home_path(doctor->ctl, path, name) != 0
        || statvfs(path, &vfs) == -1)
    {
        return;
    }

    left = (uint64_t) vfs.f_bavail * vfs.f_frsize;

    if (left < CERTCTL_DOCTOR_FREE_LOW) {
        certctl_doctor_say(doctor, left < CERTCTL_DOCTOR_FREE_LAST
                           ? CERTCTL_FAULT : CERTCTL_WARNING, "disk", remedy,
                           "%llu MB are left for \"%s\"",
                           (unsigned long long) (left >> 20), path);
        return;
    }

    certctl_doctor_say(doctor, CERTCTL_SOUND, "disk", NULL, "%llu GB are left "
                       "for \"%s\"", (unsigned long long) (left >> 30), path);
}


/* A clock that was wrong once keeps the time of the store ahead. */
static void
certctl_doctor_clock(certctl_doctor_t *doctor, const cert_store_stat_t *stat)
{
    int            state;
    cert_time_t    behind;
    struct timex   tx;

    behind = stat->highest - certctl_home_clock();

    if (behind > CERTCTL_DOCTOR_BEHIND && !stat->is_demonstration) {
        certctl_doctor_say(doctor, CERTCTL_WARNING, "clock", "Set the clock; "
                           "if it is right, it was ahead once, and copies "
                           "expire by that time until it has caught up",
                           "it is %lld s behind the latest time in the store",
                           (long long) behind);
        return;
    }

    memset(&tx, 0, sizeof(tx));

    state = adjtimex(&tx);

    if (state == -1) {
        certctl_doctor_say(doctor, CERTCTL_WARNING, "clock", "Look at the "
                           "machine that this one runs on", "not behind the "
                           "store; whether it is synchronised cannot be asked");
        return;
    }

    if (state == TIME_ERROR) {
        certctl_doctor_say(doctor, CERTCTL_WARNING, "clock", "Run a time "
                           "service, such as systemd-timesyncd or chrony",
                           "the kernel says that it is not synchronised");
        return;
    }

    certctl_doctor_say(doctor, CERTCTL_SOUND, "clock", NULL, "synchronised, "
                       "and not behind the store");
}


static void
certctl_doctor_daemon(certctl_doctor_t *doctor)
{
    char             path[CERTCTL_PATH_MAX];
    cert_err_t       err;
    cert_figures_t   figures;

    if (certctl_home_path(doctor->ctl, path, "store") != 0) {
        return;
    }

    err = cert_figures_read(path, doctor->ctl->ring, &figures);

    if (err == CERT_OK && cert_figures_is_up(&figures, certctl_home_clock())) {

        if (figures.renderers == 0) {
            certctl_doctor_say(doctor, CERTCTL_WARNING, "certd", "If it was "
                               "not started just now, its log says why: "
                               "journalctl -u certd", "runs without a "
                               "renderer: copies wait");
            return;
        }

        certctl_doctor_say(doctor, CERTCTL_SOUND, "certd", NULL, "runs, with "
                           "%llu renderers",
                           (unsigned long long) figures.renderers);
        return;
    }

    certctl_doctor_say(doctor, CERTCTL_WARNING, "certd", "systemctl start "
                       "certd, and its log if it ends: journalctl -u certd",
                       "%s", err == CERT_OK || err == CERT_NOT_FOUND
                       ? "does not run"
                       : err == CERT_SYSTEM ? "left figures that this account "
                                              "cannot read"
                       : "left figures that do not verify");
}


/* Browsers keep the pages of holders from plain HTTP. */
static void
certctl_doctor_policy(certctl_doctor_t *doctor, const cert_store_stat_t *stat)
{
    const char     *url;
    cert_policy_t   initial;

    url = doctor->ctl->policy.public_url;
    cert_policy_init(&initial);

    if (!stat->is_demonstration && strcmp(url, initial.public_url) == 0) {
        certctl_doctor_say(doctor, CERTCTL_FAULT, "policy", "certctl policy "
                           "set public_url=ADDRESS, before any copy is made",
                           "the QR of a copy leads to \"%s\"", url);

    } else if (strncmp(url, "https://", 8) != 0) {
        certctl_doctor_say(doctor, CERTCTL_WARNING, "policy", "Serve it over "
                           "TLS, then certctl policy set public_url=ADDRESS",
                           "\"%s\" is not HTTPS: holders cannot log in but "
                           "from this machine", url);

    } else {
        certctl_doctor_say(doctor, CERTCTL_SOUND, "policy", NULL, "copies lead "
                           "to \"%s\"", url);
    }
}

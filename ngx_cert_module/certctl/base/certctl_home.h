/*
 * Copyright (C) the ngx_cert authors
 *
 * What a command opens in a home: keys, store, policy, time; and the lock that
 * says who may use the keys of a home, and who may change them.
 *
 * The lock is taken before the keyrings are read, since what counts is that
 * they do not change between reading and use.  It belongs to "ctl", ends with
 * certctl_home_close() or with the process, however that ends, and leaves
 * nothing behind on the disk.
 */


#ifndef CERTCTL_HOME_H_INCLUDED
#define CERTCTL_HOME_H_INCLUDED


#include "certctl.h"


typedef enum {
    CERTCTL_LOCK_USE = 0,   /* any number at a time: all that write records */
    CERTCTL_LOCK_CHANGE     /* alone: what changes a keyring */
} certctl_lock_t;


/* Seconds since 1970 by the clock of the machine, whatever --at says. */
cert_time_t certctl_home_clock(void);

/*
 * Gives the changes of ctl from now on the number of a run, behind the actor:
 * the sequence of the entry of the journal that comes next.  To be called with
 * the writer lock held, and again in each transaction until one is committed
 * that has an entry: else another run gets the same.  0: the store cannot be
 * read, and nothing is changed.
 */
uint64_t certctl_home_run(certctl_t *ctl);

/* Reads --at, which is given; CERTCTL_USAGE: it is not a time. */
int certctl_home_at(certctl_t *ctl, int utc_offset_sec, cert_time_t *now);

/* HOME/NAME; CERTCTL_SYSTEM when too long. */
int certctl_home_path(certctl_t *ctl, char path[CERTCTL_PATH_MAX],
    const char *name);

/*
 * Reads both keyrings into ctl->ring; the private one may be missing.
 * CERTCTL_SYSTEM: one cannot be read, may be read by others, or is not a
 * keyring.  What writes takes the lock first.
 */
int certctl_home_open_keys(certctl_t *ctl);

/*
 * Opens store and reader with the keys that were read, then reads policy and
 * time; to be called once in a process, after its forks.  The errors are those
 * of cert_store_open(), and CERTCTL_USAGE for an --at that is not allowed.
 * What a failure leaves open certctl_home_close() closes.
 */
int certctl_home_open_store(certctl_t *ctl, cert_store_mode_t mode);

/* Both, and for CERT_STORE_WRITE the lock before: what most commands need. */
int certctl_home_open(certctl_t *ctl, cert_store_mode_t mode);

/* Closes what is open, wipes the keys, releases the lock. */
void certctl_home_close(certctl_t *ctl);

/*
 * CERTCTL_SYSTEM (CERT_NO_KEY) when the private keys needed for "what", a noun
 * for the message, are not held.
 */
int certctl_home_need_private(certctl_t *ctl, const char *what);

/*
 * Takes the lock, or turns the one that is held into the other kind; waits up
 * to 10 seconds for others.  A lock of the same kind is simply kept.
 *
 * Returns:
 *     0               it is held
 *     CERTCTL_SYSTEM  reported: other commands did not release it (ctl->err is
 *                     CERT_BUSY; the caller gives up, the operator tries
 *                     again), or there is no folder of keys
 */
int certctl_home_lock(certctl_t *ctl, certctl_lock_t kind);


#endif /* CERTCTL_HOME_H_INCLUDED */

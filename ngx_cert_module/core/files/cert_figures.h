/*
 * Copyright (C) the ngx_cert authors
 *
 * What the daemon reports about itself: a small sealed file beside the store.
 *
 * certd rewrites STORE/certd.figures about once a second; nginx's workers and
 * certctl read it.  It is not in the store: figures are worth nothing a minute
 * later, and would cost a commit a second, which waits for the disk.  It holds
 * numbers only, never a code, a name or an address.
 *
 * The tag is of the "record" key, so figures that verify come from a process
 * that holds the public keyring; the tag says nothing about their age: ask
 * cert_figures_is_up().
 */


#ifndef CERT_FIGURES_H_INCLUDED
#define CERT_FIGURES_H_INCLUDED


#include "cert_keyring.h"


/* Places for a counter of each cert_refusal_t, more than there are. */
#define CERT_FIGURES_REFUSALS  32

/*
 * Seconds; figures that are older, or further ahead, are of a daemon that is
 * gone.
 */
#define CERT_FIGURES_AGE_MAX   10

/*
 * Every member is 8 bytes, which the file has in this order; a new one comes
 * last, so that the figures of a daemon before it can be read as well.
 * Counters are since "started", the rest is of the moment "updated".  Rates are
 * thousandths a second, over a time the daemon chooses.
 */
typedef struct {
    cert_time_t  started;           /* by the clock of the caller */
    cert_time_t  updated;

    uint64_t     waiting;           /* changes that wait for the writer */
    uint64_t     waiting_ms;        /* ... the oldest of them so long */
    uint64_t     commits;
    uint64_t     changes;           /* committed */
    uint64_t     refused;           /* by a rule of the trade */
    uint64_t     batch_last;        /* changes in the last commit */
    uint64_t     batch_max;
    uint64_t     commits_per_sec;   /* thousandths */
    uint64_t     changes_per_sec;   /* thousandths */

    uint64_t     jobs_waiting;      /* copies to be made */
    uint64_t     jobs_oldest_sec;
    uint64_t     jobs_done;
    uint64_t     jobs_retried;
    uint64_t     jobs_failed;
    uint64_t     jobs_per_sec;      /* thousandths */
    uint64_t     renderers;         /* processes that run */
    uint64_t     renderers_busy;
    uint64_t     renderers_died;

    uint64_t     files_checked;     /* files of copies that were looked at */
    uint64_t     files_bad;         /* ... that are not what was sealed */
    uint64_t     files_passes;      /* over all files, none left out */
    uint64_t     files_pass_sec;    /* the one under way; 0: none is */
    uint64_t     files_finished_sec;    /* since such a one ended, or the first
                                           began if none has ended */

    uint64_t     hashes_waiting;    /* passwords to be hashed */
    uint64_t     logins;
    uint64_t     logins_refused;
    uint64_t     logins_throttled;
    uint64_t     logins_left;       /* the client had, before its turn */
    uint64_t     busy;              /* answered with 503 */

    uint64_t     refusals[CERT_FIGURES_REFUSALS];   /* by cert_refusal_t */

    uint64_t     seals_expire;      /* when the first seal that the catalogue
                                       names may no longer sign; 0: not known */
} cert_figures_t;

typedef enum {
    CERT_FIGURE_GAUGE = 0,
    CERT_FIGURE_COUNTER,
    CERT_FIGURE_RATE,               /* thousandths a second; "_per_sec" */
    CERT_FIGURE_SEC,                /* "_sec" */
    CERT_FIGURE_MS,                 /* "_ms" */
    CERT_FIGURE_KINDS               /* how many there are */
} cert_figure_kind_t;

/*
 * A figure, for programs that print them all; the name ends as its kind says.
 */
typedef struct {
    const char          *name;
    cert_figure_kind_t   kind;
    const char          *about;     /* an English sentence */
    size_t               offset;    /* in cert_figures_t */
} cert_figure_t;


/*
 * Writes PATH/certd.figures, PATH being the folder of the store, with the
 * group of its data.mdb and the mode that has.  Readers see the old file or
 * the new one, whole.  One process writes, one thread of it at a time; "ring"
 * is used by no other thread meanwhile.  Does not wait for the disk: after a
 * loss of power the file may be missing or not verify.
 *
 *     CERT_OK
 *     CERT_NO_KEY  no active "record" key
 *     CERT_FULL    the disk is full; the old figures stay
 *     CERT_SYSTEM  the reason tells what failed; the old figures stay
 */
cert_err_t cert_figures_write(const char *path, cert_keyring_t *ring,
    const cert_figures_t *figures, cert_reason_t *reason);

/*
 * Reads them; a few system calls on a file that is in memory, so safe on an
 * event loop.
 *
 *     CERT_OK
 *     CERT_NOT_FOUND  no file: no daemon ever ran here, or it removed it
 *     CERT_NO_KEY     sealed under a key not held here
 *     CERT_CORRUPT    does not verify, or is another version's
 *     CERT_SYSTEM     cannot be read: errno tells why
 *
 * On an error "figures" is zero.
 */
cert_err_t cert_figures_read(const char *path, cert_keyring_t *ring,
    cert_figures_t *figures);

/* Removes the file, at an orderly end; a missing file is not an error. */
void cert_figures_remove(const char *path);

/* Seconds since they were written, at "clock"; 0 if that is not yet. */
uint64_t cert_figures_age(const cert_figures_t *figures, cert_time_t clock);

/*
 * True if the daemon that wrote them runs, as far as its figures tell.  False
 * for those of the future, too: a clock that was set back by an hour would have
 * a dead daemon up for an hour.
 */
int cert_figures_is_up(const cert_figures_t *figures, cert_time_t clock);

/*
 * The i-th of all figures but times and refusals; NULL past the last.  Static,
 * and in the order of cert_figures_t.
 */
const cert_figure_t *cert_figure(size_t i);
uint64_t cert_figure_value(const cert_figures_t *figures,
    const cert_figure_t *figure);

/* The name that the i-th refusal is counted under; NULL: none is. */
const char *cert_figure_refusal(size_t i);


#endif /* CERT_FIGURES_H_INCLUDED */

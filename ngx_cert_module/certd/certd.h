/*
 * Copyright (C) the ngx_cert authors
 *
 * certd: the daemon that writes.
 *
 *     master      forks the others, replaces renderers that died; has no key,
 *                 no store and no thread; root if it was started as root
 *     service     HTTP, the one writer, the queue of jobs; as --user
 *     renderers   one a core, a job at a time; as --renderer-user, who alone
 *                 can read the keys of the seals
 *
 * What follows is the service, whose threads share one certd_t.  All of it
 * but "options" is made before the first thread and lives until the last has
 * ended; who guards what is said in the header of each part.
 */


#ifndef CERTD_H_INCLUDED
#define CERTD_H_INCLUDED


#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cert_change.h"
#include "cert_figures.h"


#define CERTD_VERSION   "1.0"
#define CERTD_HOME      "/var/lib/ngx_cert"
#define CERTD_PATH_MAX  1024        /* bytes, with the end */

/* Exit statuses, as those of certctl. */
enum {
    CERTD_YES = 0,
    CERTD_USAGE = 2,
    CERTD_SYSTEM = 3
};

/* Texts are those of the command line, or static. */
typedef struct {
    const char  *home;
    const char  *socket;            /* path (HOME/run/certd.sock) */
    const char  *socket_group;      /* who may connect; NULL: that of the
                                       store, nginx's workers */
    const char  *templates;         /* NULL: looked for as certctl does */
    const char  *user;              /* NULL: whoever starts it */
    const char  *renderer_user;     /* NULL: as "user" */
    const char  *identity_header;   /* NULL: sessions of our own */
    const char  *address_header;    /* of the client's address, set by nginx */
    unsigned     renderers;         /* processes */
    unsigned     render_sec;        /* a job that takes longer is killed */
    unsigned     connections;       /* HTTP connections at once */
    unsigned     writes;            /* changes that may wait for a commit */
    unsigned     batch;             /* most changes of one commit */
    unsigned     hashes;            /* password hashes at once */
    unsigned     hashes_waiting;    /* logins that may wait for one */
    unsigned     idle_sec;          /* a session ends after as much silence */
    unsigned     session_sec;       /* ... and after this in any case */
    unsigned     scrub_rate;        /* KiB of PDFs looked at a second; 0: none
                                       is */
    unsigned     scrub_sec;         /* from the begin of a pass to the next */
} certd_options_t;

typedef struct certd_store_s     certd_store_t;
typedef struct certd_writer_s    certd_writer_t;
typedef struct certd_jobs_s      certd_jobs_t;
typedef struct certd_counters_s  certd_counters_t;
typedef struct certd_hashes_s    certd_hashes_t;
typedef struct certd_throttle_s  certd_throttle_t;
typedef struct certd_scrub_s     certd_scrub_t;

typedef struct {
    const certd_options_t  *options;
    certd_store_t          *store;
    certd_writer_t         *writer;
    certd_jobs_t           *jobs;
    certd_counters_t       *counters;
    certd_hashes_t         *hashes;
    certd_throttle_t       *throttle;
    certd_scrub_t          *scrub;
} certd_t;


/* Reads the command line; what is wrong was told: the exit status, or -1. */
int certd_options_read(certd_options_t *options, int argc, char **argv);

/*
 * The service: opens the store, starts the threads, serves until SIGTERM.
 * "control" is the master's end for news of renderers (certd_master.h).
 * Returns the exit status; what failed was logged.
 */
int certd_service(const certd_options_t *options, int control);

/*
 * The clock of the machine, but never before what this process has seen, and
 * whether it is too far ahead to be written down (cert_clock.h); the monotonic
 * clock in milliseconds, and a moment of it as conditions take it.
 */
cert_time_t certd_clock(void);
int certd_clock_is_ahead(void);
int64_t certd_clock_ms(void);
struct timespec certd_clock_deadline(int64_t ms);

/* Random bytes from the kernel; never fails once the system has started. */
void certd_random(void *bytes, size_t len);

/* HOME/NAME; 0 if it is too long. */
int certd_path(const certd_options_t *options, char path[CERTD_PATH_MAX],
    const char *name);


/*
 * One line to standard error in one write(2), so lines of processes and
 * threads do not mix; with "<N>" in front where journald listens.  No personal
 * data, no secret, no token and no username, at any level.
 */
typedef enum {
    CERTD_LOG_ALERT = 1,    /* somebody has to look: damage, lost keys */
    CERTD_LOG_ERROR = 3,    /* something was not done */
    CERTD_LOG_WARNING = 4,  /* it mends itself */
    CERTD_LOG_NOTICE = 5,   /* start, stop, reload */
    CERTD_LOG_INFO = 6      /* each request and job: off by default */
} certd_log_level_t;

void certd_log(certd_log_level_t level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Why the service ended.  share: by the master, before it forks; 0: no memory.
 * keep: by the service, whose last line at CERTD_LOG_ERROR or worse the master
 * then finds; NULL: there was none.
 */
int certd_log_share(void);
void certd_log_keep(void);
const char *certd_log_kept(void);

/* The most verbose level that is written (CERTD_LOG_NOTICE at first). */
void certd_log_level(certd_log_level_t level);
int certd_log_is_written(certd_log_level_t level);


#endif /* CERTD_H_INCLUDED */

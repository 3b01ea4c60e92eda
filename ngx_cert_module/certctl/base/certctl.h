/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl: the operator's command.
 *
 * Every function that returns "int" here returns an exit status: 0 to go on,
 * anything else has been reported already and is what the program ends with.
 * Whoever gets one passes it up and says no more.  Personal data and secrets
 * never reach standard error.
 *
 * A process runs one command with one certctl_t and one thread; render and
 * fsck workers are processes of their own, forked before the store is open.
 */


#ifndef CERTCTL_H_INCLUDED
#define CERTCTL_H_INCLUDED


#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cert_change.h"
#include "cert_store.h"


#define CERTCTL_VERSION       "1.0"
#define CERTCTL_HOME          "/var/lib/ngx_cert"
#define CERTCTL_PATH_MAX      1024      /* bytes, with the end */
#define CERTCTL_RANDOM_SIZE   4096

enum {
    CERTCTL_YES = 0,
    CERTCTL_NO = 1,         /* not found, not valid, rows rejected, refused */
    CERTCTL_USAGE = 2,
    CERTCTL_SYSTEM = 3
};

typedef struct certctl_s  certctl_t;

typedef struct {
    const char  *name;
    const char  *arguments;
    const char  *summary;
    const char  *help;          /* lines of options and notes */
    int        (*run)(certctl_t *ctl, int argc, char **argv);
} certctl_command_t;

/* Texts are those of the command line and not owned. */
struct certctl_s {
    const certctl_command_t  *command;      /* NULL until it is known */
    const char               *home;
    const char               *templates;    /* --templates, or NULL */
    const char               *at;           /* --at; NULL: the clock */
    int                       is_json;
    cert_err_t                err;          /* of the last error reported */
    int                       lock;         /* descriptor + 1; 0: not held */

    /* Filled in by certctl_open(). */
    cert_keyring_t           *ring;
    cert_store_t             *store;
    cert_reader_t            *reader;
    cert_policy_t             policy;       /* as of the opening */
    cert_time_t               now;          /* never before what was seen */
    int                       is_told_mark; /* that it was not moved */
    char                      actor[CERT_ACTOR_MAX + 1];

    /* Randomness is drawn in blocks: a call into the kernel each is dear. */
    size_t                    random_left;
    uint8_t                   random[CERTCTL_RANDOM_SIZE];
};


/* Paths, keys, store, time: certctl_home.c */

/* Seconds since 1970 by the clock of the machine, whatever --at says. */
cert_time_t certctl_clock(void);

/* Fills in the actor of journal entries: certctl:USER, printable ASCII. */
void certctl_actor(certctl_t *ctl);

/* Reads --at, which is given; CERTCTL_USAGE: it is no time. */
int certctl_at(certctl_t *ctl, int utc_offset_sec, cert_time_t *now);

/* HOME/NAME; CERTCTL_SYSTEM when too long. */
int certctl_path(certctl_t *ctl, char path[CERTCTL_PATH_MAX],
    const char *name);

/*
 * Reads both keyrings into ctl->ring; the private one may be missing.
 * CERTCTL_SYSTEM: one cannot be read, may be read by others, or is no keyring.
 * What writes takes the lock first (certctl_lock.h).
 */
int certctl_open_keys(certctl_t *ctl);

/*
 * Opens store and reader with the keys that were read, then reads policy and
 * time; to be called once in a process, after its forks.  The errors are those
 * of cert_store_open(), and CERTCTL_USAGE for an --at that is not allowed.
 * What a failure leaves open certctl_close() closes.
 */
int certctl_open_store(certctl_t *ctl, cert_store_mode_t mode);

/* Both, and for CERT_STORE_WRITE the lock before: what most commands need. */
int certctl_open(certctl_t *ctl, cert_store_mode_t mode);

/* Closes what is open, wipes the keys, lets go of the lock. */
void certctl_close(certctl_t *ctl);

/*
 * CERTCTL_SYSTEM (CERT_NO_KEY) when the private keys needed for "what", a noun
 * for the message, are not held.
 */
int certctl_need_private(certctl_t *ctl, const char *what);


/* Output: certctl_output.c */

/*
 * Reports on standard error, and as JSON if asked.  Returns the exit status
 * that "err" stands for: 1 for an answer, 3 for a failure of the system.
 */
int certctl_error(certctl_t *ctl, cert_err_t err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for a wrong command line: CERTCTL_USAGE, and where help is. */
int certctl_usage(certctl_t *ctl, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Prints a line of JSON and gives up the reference.  CERTCTL_SYSTEM: it is
 * NULL, which is a text that is not UTF-8 or no memory, or cannot be written.
 */
int certctl_print(json_t *json);

/* Prints "name: value" lines of a flat JSON object, for people. */
void certctl_print_plain(const json_t *json);

/* One or the other, as asked; gives up the reference. */
int certctl_print_object(certctl_t *ctl, json_t *json);

/* Has JSON that was refused memory noticed; to be called before any is made. */
void certctl_output_init(void);

/*
 * Standard output written in full; to be called once at the end, since only
 * then a full disk shows.  CERTCTL_SYSTEM: something is missing, for want of
 * room or of memory.
 */
int certctl_flush(certctl_t *ctl);


#endif /* CERTCTL_H_INCLUDED */

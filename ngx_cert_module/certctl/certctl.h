/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl: the operator's command.
 *
 * Every function that returns "int" here returns an exit status: 0 to go on,
 * anything else has been reported already and is what the program ends with.
 * Personal data and secrets never reach standard error.
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
#define CERTCTL_PATH_MAX      1024
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

struct certctl_s {
    const certctl_command_t  *command;
    const char               *home;
    const char               *templates;    /* --templates; NULL: see home */
    const char               *at;           /* --at; NULL: the clock */
    int                       is_json;
    cert_err_t                err;          /* of the last error reported */
    int                       lock;         /* descriptor + 1; 0: not held */

    /* Filled in by certctl_open(). */
    cert_keyring_t           *ring;
    cert_store_t             *store;
    cert_reader_t            *reader;
    cert_policy_t             policy;
    cert_time_t               now;
    char                      actor[CERT_ACTOR_MAX + 1];

    /* Randomness is drawn in blocks: a call into the kernel each is dear. */
    size_t                    random_left;
    uint8_t                   random[CERTCTL_RANDOM_SIZE];
};


/* Options: certctl_options.c */

typedef enum {
    CERTCTL_FLAG = 0,       /* int, set to 1 */
    CERTCTL_TEXT,           /* const char * */
    CERTCTL_COUNT,          /* uint64_t, decimal */
    CERTCTL_BYTES           /* uint64_t, decimal with K, M, G or T */
} certctl_kind_t;

typedef struct {
    const char      *name;
    certctl_kind_t   kind;
    void            *value;
} certctl_option_t;

typedef struct {
    int     n;
    char  **v;
} certctl_args_t;

/*
 * Reads the options of a command and those that all commands know; "options"
 * ends with a NULL name and may be NULL.  What is left has to be "min" to
 * "max" words (max -1: any number) and goes to "args".
 */
int certctl_options(certctl_t *ctl, int argc, char **argv,
    const certctl_option_t *options, int min, int max, certctl_args_t *args);

/* The same for what stands before the command; "first" is its place. */
int certctl_options_global(certctl_t *ctl, int argc, char **argv, int *first);

/* Reads a decimal number within bounds; 0 if it is one. */
int certctl_number(const char *text, uint64_t min, uint64_t max,
    uint64_t *number);


/* Paths, keys, store, time: certctl_home.c */

cert_time_t certctl_clock(void);

/* Fills in the actor of journal entries: certctl:USER. */
void certctl_actor(certctl_t *ctl);

/* HOME/NAME; CERTCTL_SYSTEM when too long. */
int certctl_path(certctl_t *ctl, char path[CERTCTL_PATH_MAX],
    const char *name);

/* The folder of templates: given, in HOME, in the source tree, installed. */
int certctl_templates(certctl_t *ctl, char path[CERTCTL_PATH_MAX]);

/* Reads both keyrings; the private one may be missing. */
int certctl_open_keys(certctl_t *ctl);

/* Keyrings, store, policy and time; certctl_close() at the end in any case. */
int certctl_open(certctl_t *ctl, cert_store_mode_t mode);
int certctl_open_store(certctl_t *ctl, cert_store_mode_t mode);
void certctl_close(certctl_t *ctl);

/* Fails when the private keys needed for "what" are not held. */
int certctl_need_private(certctl_t *ctl, const char *what);


/* The folders and keyrings of a home that are missing; group "gid" or -1. */
int certctl_init_home(certctl_t *ctl, long gid);


/* Changes: certctl_change.c */

int certctl_random(certctl_t *ctl, void *bytes, size_t n);

/* Begins a transaction and moves ctl->now on with the clock. */
int certctl_begin(certctl_t *ctl, cert_txn_t **txn);
int certctl_commit(certctl_t *ctl, cert_txn_t *txn);

/* Prepares a change: time, actor, nonce. */
int certctl_change_init(certctl_t *ctl, cert_change_t *change,
    cert_change_type_t type);

/*
 * Applies a change in a transaction of its own.  A refusal is reported with
 * "subject" in front, and CERTCTL_NO.
 */
int certctl_change_run(certctl_t *ctl, const cert_change_t *change,
    cert_outcome_t *outcome, const char *subject);

/* Reports what cert_change_apply() returned. */
int certctl_change_report(certctl_t *ctl, cert_err_t err,
    const cert_outcome_t *outcome, const char *subject);


/* Output: certctl_output.c */

/* Reports on standard error, and as JSON if asked; the status of "err". */
int certctl_error(certctl_t *ctl, cert_err_t err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for a wrong command line. */
int certctl_usage(certctl_t *ctl, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Prints a line of JSON and gives up the reference. */
int certctl_print(json_t *json);

/* Standard output written in full; to be called once at the end. */
int certctl_flush(certctl_t *ctl);

/* Prints "name: value" lines of a flat JSON object, for people. */
void certctl_print_plain(const json_t *json);

/* One or the other, as asked; gives up the reference. */
int certctl_print_object(certctl_t *ctl, json_t *json);


/* Records as JSON: certctl_json.c */

json_t *certctl_json_str(cert_str_t text);
json_t *certctl_json_text(const cert_text_t *text);
json_t *certctl_json_time(certctl_t *ctl, cert_time_t time);
json_t *certctl_json_date(cert_date_t date);
json_t *certctl_json_code(const cert_code_t *code);
json_t *certctl_json_hex(const uint8_t *bytes, size_t n);

void certctl_hex(char *text, const uint8_t *bytes, size_t n);

/* With the person if the keys are held; else the masked name. */
json_t *certctl_json_certificate(const cert_certificate_t *certificate);

/* "result" is what a check answers at ctl->now. */
json_t *certctl_json_annotation(certctl_t *ctl, cert_str_t number,
    const cert_annotation_t *annotation);


#endif /* CERTCTL_H_INCLUDED */

/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl: the operator's command.
 *
 * Every function that returns "int" here returns an exit status: 0 to go on,
 * anything else has been reported already and is what the program ends with.
 * A caller that gets one passes it up and reports nothing more.  Personal data
 * and secrets never reach standard error.
 *
 * A process runs one command with one certctl_t and one thread; renderers, and
 * what reads a store that may be damaged, are processes of their own, forked
 * before the store is open.
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
    int          is_guarded;    /* in a child: it reads the store */
} certctl_command_t;

/* Texts are those of the command line and not owned. */
struct certctl_s {
    char                    **argv;         /* all that main() got */
    const certctl_command_t  *command;      /* NULL until it is known */
    const char               *home;
    const char               *templates;    /* --templates, or NULL */
    const char               *at;           /* --at; NULL: the clock */
    int                       is_json;
    cert_err_t                err;          /* of the last error reported */
    int                       lock;         /* descriptor + 1; 0: not held */

    /* Filled in by certctl_home_open(). */
    cert_keyring_t           *ring;
    cert_store_t             *store;
    cert_reader_t            *reader;
    cert_policy_t             policy;       /* as of the opening */
    cert_time_t               now;          /* never before what was seen */
    int                       is_told_mark; /* that it was not moved */
    char                      actor[CERT_ACTOR_MAX + 1];

    /*
     * Randomness is drawn in blocks: a call into the kernel for each is
     * expensive.
     */
    size_t                    random_left;
    uint8_t                   random[CERTCTL_RANDOM_SIZE];
};


#endif /* CERTCTL_H_INCLUDED */

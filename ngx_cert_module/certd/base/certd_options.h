/*
 * Copyright (C) the ngx_cert authors
 *
 * The command line, and the paths it names.
 */


#ifndef CERTD_OPTIONS_H_INCLUDED
#define CERTD_OPTIONS_H_INCLUDED


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
    const char  *socket_group;      /* that may connect; NULL: that of the
                                       store, nginx's workers */
    const char  *templates;         /* NULL: looked for as certctl does */
    const char  *user;              /* NULL: the user that starts it */
    const char  *renderer_user;     /* NULL: as "user" */
    const char  *identity_header;   /* NULL: sessions of our own */
    const char  *address_header;    /* of the client's address, set by nginx */
    unsigned     renderers;         /* processes */
    unsigned     render_sec;        /* a job that takes longer is killed */
    unsigned     connections;       /* HTTP connections at once */
    unsigned     writes_waiting;    /* changes that may wait for a commit */
    unsigned     batch;             /* most changes of one commit */
    unsigned     hashes;            /* password hashes at once */
    unsigned     hashes_waiting;    /* logins that may wait for one */
    unsigned     idle_sec;          /* a session ends when idle for so long */
    unsigned     session_sec;       /* ... and after this in any case */
    unsigned     scrub_rate;        /* KiB of PDFs checked a second; 0: none */
    unsigned     scrub_sec;         /* from the start of a pass to the next */
} certd_options_t;


/* Reads the command line; errors were printed: the exit status, or -1. */
int certd_options_read(certd_options_t *options, int argc, char **argv);

/* HOME/NAME; 0 if it is too long. */
int certd_home_path(const certd_options_t *options, char path[CERTD_PATH_MAX],
    const char *name);


#endif /* CERTD_OPTIONS_H_INCLUDED */

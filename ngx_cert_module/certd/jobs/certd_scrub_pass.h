/*
 * Copyright (C) the ngx_cert authors
 *
 * A pass over the copies: where it is, also after a restart.
 *
 * How far it has come is written to STORE/certd.scrub every ten seconds and at
 * the end, so a restart goes on there.  It is not in the store: that would take
 * a change, and an entry of the journal, for what changes nothing.
 *
 * For the thread of the scrub.
 */


#ifndef CERTD_SCRUB_PASS_H_INCLUDED
#define CERTD_SCRUB_PASS_H_INCLUDED


#include "cert_scrub.h"
#include "certd.h"


/* Codes that are listed at once. */
#define CERTD_SCRUB_PAGE  64

typedef struct {
    certd_t       *certd;
    char           path[CERTD_PATH_MAX];    /* of the store */
    cert_scrub_t   state;
    int64_t        save_ms;         /* not before */
    int            is_unsaved;
    int            is_partial;      /* some could not be checked; as far as
                                       this life of the daemon knows */
    size_t         n;               /* of "page" */
    size_t         i;               /* ... the next */
    cert_code_t    page[CERTD_SCRUB_PAGE];
} certd_scrub_pass_t;


/*
 * Reads how far an earlier daemon had come; zero if that is not known.
 * restart: a pass is to begin, from the start.
 */
void certd_scrub_pass_open(certd_scrub_pass_t *pass, certd_t *certd);
void certd_scrub_pass_restart(certd_scrub_pass_t *pass);

/* Begins a pass; false: the last one began too short a time ago. */
int certd_scrub_pass_begin(certd_scrub_pass_t *pass);

/*
 * The next copy to look at.
 *
 *     CERT_OK
 *     CERT_NOT_FOUND  that was the last: end the pass
 *     CERT_BUSY       the store cannot be read at the moment
 *
 * and the errors of cert_list_codes(), after which it stays where it is: a pass
 * that skips damage must not count as whole.
 */
cert_err_t certd_scrub_pass_next(certd_scrub_pass_t *pass,
    cert_code_t *code);

/* Ends the pass; false: it left some out, so it does not count. */
int certd_scrub_pass_end(certd_scrub_pass_t *pass);

/* Writes it to the disk; the other one only if it is due at "now_ms". */
void certd_scrub_pass_save(certd_scrub_pass_t *pass);
void certd_scrub_pass_save_due(certd_scrub_pass_t *pass, int64_t now_ms);


#endif /* CERTD_SCRUB_PASS_H_INCLUDED */

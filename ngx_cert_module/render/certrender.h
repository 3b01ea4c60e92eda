/*
 * Copyright (C) the ngx_cert authors
 *
 * A renderer: a code comes in, a sealed and published file goes out.
 *
 * Shared by certctl and certd, which both run it in processes of its own; it
 * reads the store and never writes it.  The process that asked for a copy
 * writes "ready" into the store when it hears that the file exists.
 *
 * A certrender_t belongs to one thread of one process and must not be carried
 * over a fork: open it in the child.  It opens the store, so the process must
 * not open the same store by other means.  It keeps a reader slot, keys and
 * seals until it is closed; of the person on a copy it keeps nothing from one
 * job to the next.
 *
 * The time of day is always given; only how long the steps took is measured
 * here, by the monotonic clock.  Nothing is printed.  No reason names a person,
 * but one can tell a character of a name that no font has; see
 * certrender_hide().
 */


#ifndef CERTRENDER_H_INCLUDED
#define CERTRENDER_H_INCLUDED


#include "cert_code.h"
#include "cert_record.h"


typedef struct certrender_s  certrender_t;

/* Folders; the texts are copied. */
typedef struct {
    const char  *home;          /* has keys/, store/, seals/, pdf/ */
    const char  *templates;     /* NULL: those shipped (of the source tree, else
                                   installed), and before them what is in
                                   HOME/templates */
} certrender_options_t;

/* What became of a copy, and so what its caller does about it. */
typedef enum {
    CERTRENDER_MADE = 0,    /* on disk: commit "ready" with size, sha256 */
    CERTRENDER_AS_IS,       /* it no longer waits: nothing to do */
    CERTRENDER_CANNOT,      /* this copy can never be made: "failed" */
    CERTRENDER_TROUBLE      /* something around it: leave it in the queue */
} certrender_made_t;

typedef struct {
    certrender_made_t  made;
    cert_err_t         err;             /* CERT_OK if made or as it is; tells
                                           troubles apart: CERT_FULL, ... */
    int                is_suspended;    /* trouble: of its certificate, and
                                           of no other copy */
    uint64_t           size;            /* bytes; with sha256 if made */
    uint8_t            sha256[CERT_SHA256_SIZE];
    uint32_t           read_usec;       /* opening what changed, the records */
    uint32_t           render_usec;     /* from fields to PDF */
    uint32_t           seal_usec;       /* its structure and signature */
    uint32_t           publish_usec;    /* writing, and waiting for the disk */
    cert_reason_t      reason;          /* empty if made or as it is */
} certrender_result_t;


/*
 * Makes a renderer; opens nothing yet, so it is cheap.
 *
 *     CERT_OK
 *     CERT_INVALID    a path is too long
 *     CERT_NO_MEMORY
 *
 * On an error "render" is NULL.  close wipes the keys; NULL is allowed.
 */
cert_err_t certrender_open(certrender_t **render,
    const certrender_options_t *options);
void certrender_close(certrender_t *render);

/*
 * From now on no reason tells a character of what is personal (name, sex,
 * document number, birth date): for a program that logs them.
 */
void certrender_hide(certrender_t *render);

/*
 * Opens keyrings, store, templates and fonts, which the first job would do
 * otherwise, and looks whether copies can be published and seals be read; so
 * that a daemon learns at its start what is wrong, and its first copy is as
 * fast as the others.  May be called again after a failure and at any time.
 *
 *     CERT_OK
 *     CERT_NO_KEY     there is no "personal" key, or the store is sealed under
 *                     keys that the keyrings do not hold
 *     CERT_NOT_FOUND, CERT_REFUSED, CERT_INVALID
 *                     a keyring or a template: the reason says which, and why
 *     CERT_BAD_STORE, CERT_CORRUPT, CERT_BUSY, CERT_NO_MEMORY, CERT_SYSTEM
 *                     as cert_store_open() and certpdf_renderer_open(); a
 *                     folder that is missing or that this user may not use
 */
cert_err_t certrender_prepare(certrender_t *render, cert_reason_t *reason);

/*
 * Looks whether copies of a qualification could be made at "now": its face and
 * the drawing of its seal are templates, and the seal's key opens and may sign.
 * "expires" is then the first instant at which it no longer may.  Reads neither
 * the store nor keyrings, and draws nothing.
 *
 *     CERT_OK
 *     CERT_NOT_FOUND  a face, a drawing, a seal or ca.pem is missing
 *     CERT_REFUSED, CERT_INVALID
 *                     the seal may not sign: see certpdf_seal_open(), or ca.pem
 *                     does not vouch for it
 *     CERT_NO_MEMORY
 *     CERT_SYSTEM     this account cannot look: seals are closed to all but the
 *                     renderers, or there is no folder of templates
 *
 * All but CERT_OK have a reason.
 */
cert_err_t certrender_look(certrender_t *render,
    const cert_qualification_t *qualification, cert_time_t now,
    cert_time_t *expires, cert_reason_t *reason);

/*
 * Looks at the seals that the catalogue names and that are there.  "expires" is
 * the first instant at which one of them may no longer sign: of one that cannot
 * sign at "now" it is "now" or earlier; 0: there is none.  "reason" is a
 * sentence of that seal: that it "ends", or that it cannot sign and why.
 *
 *     CERT_OK
 *     CERT_NO_MEMORY, CERT_SYSTEM, and what certrender_prepare() fails with
 *                     nothing is known; "expires" is 0
 */
cert_err_t certrender_seals(certrender_t *render, cert_time_t now,
    cert_time_t *expires, cert_reason_t *reason);

/*
 * Makes the copy of "code", if it waits: reads its record, draws it, seals it,
 * and publishes HOME/pdf/ab/cd/CODE.pdf with mode 0640.  "now" is the time of
 * making and signing.
 *
 * What changed since the last job is seen: keyrings, a store that was
 * replaced, the policy, seals, templates.  Fonts are not: they are looked for
 * once in the life of a process.
 *
 * Only what is of the copy itself makes it one that can never be made
 * (CERTRENDER_CANNOT): a character that no font has, a value that is too long,
 * a photo that does not decode, a certificate that was revoked or replaced.
 * All else is trouble and waits: a template that is missing, broken, or wants
 * a field that no copy has, a seal, the disk.  So does a certificate that is
 * suspended; none of them is signed for.  And so does a copy that cannot be
 * drawn where a specimen cannot either: then it is the fonts or the libraries.
 *
 * A file that is there already, left by a crash between publishing and commit,
 * is taken as it is when it is genuine by HOME/seals/ca.pem, and is never
 * written over: CERTRENDER_TROUBLE with CERT_EXISTS if it is not.
 *
 * Never fails otherwise than by "result", which is filled in whatever happens.
 * Takes about 9 ms of a core, 20 with a photo, and waits for the disk; an
 * unusual font can make it crash or hang, so the process that asks for a copy
 * sets a limit to its wait.
 */
void certrender_make(certrender_t *render, const cert_code_t *code,
    cert_time_t now, certrender_result_t *result);


/*
 * Makes a specimen in place of the copy of "code": with its face and seal, but
 * of nobody; written, synced and removed again.  A program that asked for a
 * copy and lost its renderer learns from it what was at fault: if another
 * renderer then makes a specimen, it was the copy's.
 *
 * CERTRENDER_MADE, without size and sha256; CERTRENDER_AS_IS, the copy no
 * longer waits; CERTRENDER_TROUBLE, none can be made.  Otherwise as
 * certrender_make().
 */
void certrender_specimen(certrender_t *render, const cert_code_t *code,
    cert_time_t now, certrender_result_t *result);


#endif /* CERTRENDER_H_INCLUDED */

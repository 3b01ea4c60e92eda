/*
 * Copyright (C) the ngx_cert authors
 *
 * Refusals: the rules of the trade that forbid a change.
 *
 * A refusal is a result and not a failure: the request was understood, and the
 * store is as it was.  The client gets its name and its words.
 */


#ifndef CERT_REFUSAL_H_INCLUDED
#define CERT_REFUSAL_H_INCLUDED


/* The daemon's figures count them by number: a new one goes to the end. */
typedef enum {
    CERT_REFUSAL_NONE = 0,
    CERT_REFUSAL_NO_CERTIFICATE,    /* no such number */
    CERT_REFUSAL_NO_ANNOTATION,     /* no such code */
    CERT_REFUSAL_NO_QUALIFICATION,  /* not in the catalogue */
    CERT_REFUSAL_NOT_VALID,         /* the certificate is not in force */
    CERT_REFUSAL_QUOTA,             /* used up: see outcome.next_slot */
    CERT_REFUSAL_SCENE,             /* no such scene in the policy */
    CERT_REFUSAL_DAYS,              /* 0, or more than the policy allows */
    CERT_REFUSAL_CODE_TAKEN,        /* draw another */
    CERT_REFUSAL_STATE,             /* not possible in its present state;
                                       PASSWORD: it was changed meanwhile */
    CERT_REFUSAL_NEEDS_ANNOTATION,  /* has no original copy */
    CERT_REFUSAL_HAS_ORIGINAL,      /* outcome.code is the one it has */
    CERT_REFUSAL_PHOTO,             /* too large */
    CERT_REFUSAL_HAS_ACCOUNT,       /* this document has one, or a link */
    CERT_REFUSAL_USERNAME,          /* taken */
    CERT_REFUSAL_NO_ACCOUNT,        /* of this holder; PASSWORD: no login */
    CERT_REFUSAL_LINKS,             /* the account has all it can have */
    CERT_REFUSAL_NO_SESSION,        /* no such session */
    CERT_REFUSAL_IDEMPOTENCY        /* the key came with another request */
} cert_refusal_t;


/* A refusal as a stable lower-case name, and as an English sentence part. */
const char *cert_refusal_name(cert_refusal_t refusal);
const char *cert_refusal_text(cert_refusal_t refusal);


#endif /* CERT_REFUSAL_H_INCLUDED */

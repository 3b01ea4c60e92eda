/*
 * Copyright (C) the ngx_cert authors
 *
 * The one write path: a change, executed inside a transaction and journaled.
 *
 * A change is complete in itself: time, actor, code and nonce are in it, so
 * executing it is deterministic and a journal can be executed elsewhere.  Rules
 * of the trade are checked inside the transaction, where nothing can slip in
 * between; their refusals are results (CERT_REFUSED and a cert_refusal_t) and
 * leave the transaction as it was, ready for the next change.
 */


#ifndef CERT_CHANGE_H_INCLUDED
#define CERT_CHANGE_H_INCLUDED


#include "cert_holder.h"
#include "cert_outcome.h"
#include "cert_txn.h"


#define CERT_CHANGE_NONCE_SIZE  12

/* Certificates that one part of an upgrade takes, at most. */
#define CERT_UPGRADE_MAX  10000

/* Days that an application can be repeated with its key, at least. */
#define CERT_REPEAT_DAYS  7

typedef enum {
    CERT_CHANGE_CERTIFICATE = 1,    /* put: new, or corrected */
    CERT_CHANGE_PHOTO,              /* put the photo of a certificate */
    CERT_CHANGE_STATUS,             /* revoke, suspend, reinstate, replace */
    CERT_CHANGE_APPLY,              /* a new annotation, queued */
    CERT_CHANGE_ORIGINAL,           /* the original copy, queued */
    CERT_CHANGE_READY,              /* its file is sealed and published */
    CERT_CHANGE_RETRY,              /* one more attempt failed */
    CERT_CHANGE_FAILED,             /* given up; no quota used, unless the
                                       certificate ended: then withdrawn */
    CERT_CHANGE_WITHDRAW,           /* the holder took it back */
    CERT_CHANGE_PRUNE,              /* expired and its file removed */
    CERT_CHANGE_POLICY,
    CERT_CHANGE_QUALIFICATION,
    CERT_CHANGE_RESEAL,             /* the same record under active keys */
    CERT_CHANGE_KEY,                /* a key was made, activated or retired */
    CERT_CHANGE_REGISTER,           /* a new account, or a login for one */
    CERT_CHANGE_PASSWORD,           /* a new password, or another hash */
    CERT_CHANGE_CONSENT,            /* the holder agreed to the notice */
    CERT_CHANGE_LINK,               /* one account for two documents */
    CERT_CHANGE_LOGIN,              /* a new session, and the old one over */
    CERT_CHANGE_TOUCH,              /* the session was used */
    CERT_CHANGE_LOGOUT,             /* the session is over */
    CERT_CHANGE_FORGET,             /* keys of applications, by age */
    CERT_CHANGE_RESTORE,            /* goes on without what a mark names */
    CERT_CHANGE_UPGRADE,            /* part of the way to this schema */
    CERT_CHANGE_REMOVE              /* a certificate without copies, as if it
                                       had never come in */
} cert_change_type_t;

/*
 * A change.  What it points to must stay as it is until cert_change_execute()
 * returned, and is not kept.  "nonce" is drawn for every change, since
 * persons, photos and logins are encrypted under it.
 */
typedef struct {
    cert_change_type_t  type;
    cert_time_t         time;       /* taken as the latest seen if earlier */
    char                actor[CERT_ACTOR_MAX + 1];
    uint8_t             nonce[CERT_CHANGE_NONCE_SIZE];  /* random, used once */

    union {
        const cert_certificate_t    *certificate;   /* CERTIFICATE */
        const cert_qualification_t  *qualification; /* QUALIFICATION */
        const cert_policy_t         *policy;        /* POLICY */

        struct {                                    /* PHOTO */
            cert_str_t       number;
            cert_str_t       photo;
        } photo;

        /*
         * RESEAL: a certificate; with an empty number an account; with neither
         * a part of the records that belong to none.
         */
        struct {
            cert_str_t           number;
            const cert_holder_t *holder;
            cert_part_t          part;
        } reseal;

        /*
         * FORGET: keys of applications from before "until", which is at
         * least CERT_REPEAT_DAYS ago; the copies stay.
         */
        struct {
            cert_time_t      until;
            cert_part_t      part;
        } forget;

        struct {                                    /* STATUS */
            cert_str_t       number;
            cert_status_t    status;
            cert_str_t       replaced_by;
        } status;

        struct {                                    /* APPLY, ORIGINAL */
            cert_str_t       number;
            cert_str_t       scene;                 /* key in the policy */
            uint32_t         days;
            cert_code_t      code;
            const cert_holder_t *owner;             /* as below */

            /*
             * APPLY, so that it can be repeated after an answer got lost:
             * the digests of the key that the client chose and of what it
             * asked for.  "holder" NULL: no key was given.
             */
            const cert_holder_t *holder;
            uint8_t          key[CERT_SHA256_SIZE];
            uint8_t          request[CERT_SHA256_SIZE];
        } apply;

        /*
         * READY, RETRY, FAILED, WITHDRAW, PRUNE.  With an "owner" WITHDRAW,
         * APPLY and ORIGINAL are refused, as if there were none, unless the
         * certificate is that holder's at that moment, directly or by a link
         * of the account; NULL: any holder's.
         */
        struct {
            cert_code_t      code;
            const cert_holder_t *owner;             /* WITHDRAW */
            uint8_t          sha256[CERT_SHA256_SIZE];
            uint64_t         size;
        } copy;

        struct {                                    /* KEY */
            cert_key_use_t   use;
            uint8_t          id;
            cert_key_state_t state;
        } key;

        /*
         * UPGRADE: of a store opened with CERT_STORE_UPGRADE, and the only
         * change there is for one of the schema before.  Changes nothing in one
         * of this schema.
         */
        struct {
            size_t           limit;     /* certificates; 0: CERT_UPGRADE_MAX,
                                           as is more */
        } upgrade;

        struct {                                    /* REMOVE */
            cert_str_t       number;
        } remove;

        struct {                                    /* RESTORE */
            uint64_t         journal;               /* where the mark was */
            uint8_t          chain[CERT_SHA256_SIZE];
        } restore;

        /*
         * REGISTER, PASSWORD, CONSENT, LINK.  Where "holder" is a link, its
         * account is meant; REGISTER refuses it.
         */
        struct {
            cert_holder_t    holder;
            cert_holder_t    other;             /* LINK: gets the link */
            cert_str_t       username;          /* REGISTER; folded */
            cert_str_t       password;          /* REGISTER, PASSWORD: 1..255
                                                   bytes of crypt(3) */
            int              is_matched;        /* REGISTER, CONSENT: if it
                                                   makes the account */
            int              keep_sessions;     /* PASSWORD: the same one,
                                                   with another hash */
            uint32_t         generation;        /* PASSWORD: refused if it is
                                                   another by now; 0: any */
            uint32_t         notice_version;    /* CONSENT; never 0 */
            uint8_t          notice_sha256[CERT_SHA256_SIZE];
        } account;

        struct {                                    /* LOGIN, TOUCH, LOGOUT */
            uint8_t          digest[CERT_SHA256_SIZE];
            cert_holder_t    holder;            /* LOGIN */
            cert_time_t      until;             /* LOGIN; after now */
            uint32_t         generation;        /* LOGIN: of the account whose
                                                   password was proved; refused
                                                   if it is another by now;
                                                   0: any */
            const uint8_t   *old;               /* LOGIN: digest of the one
                                                   that ends; may be NULL */
        } session;
    } u;
} cert_change_t;


/*
 * Executes one change and writes its journal entry, both or neither; "outcome"
 * is always filled in.
 *
 *     CERT_OK
 *     CERT_REFUSED   outcome.refusal says why; the transaction goes on
 *     CERT_INVALID   the change is malformed; the transaction goes on
 *     CERT_NO_KEY    a key it needs is not held; the transaction goes on
 *     CERT_CORRUPT   a record it builds on is damaged; it goes on
 *     CERT_FULL      the disk is full: abort
 *     CERT_MAP_FULL  the map is full: abort, cert_store_grow(), and all of
 *                    the transaction again
 *     CERT_NO_MEMORY abort
 *     CERT_SYSTEM    LMDB failed: abort
 *
 * is_unchanged says that nothing was written, nor journaled: the store was so
 * already, which makes every change safe to repeat.  An APPLY with the key and
 * the request of an earlier one gives the code and expiry of that one, until
 * its key is forgotten.
 */
cert_err_t cert_change_execute(cert_txn_t *txn, const cert_change_t *change,
    cert_outcome_t *outcome);

/* "certificate", "apply", "withdraw", ...: stable lower-case names. */
const char *cert_change_type_name(cert_change_type_t type);


#endif /* CERT_CHANGE_H_INCLUDED */

/*
 * Copyright (C) the ngx_cert authors
 *
 * Changes are kept as they were applied, with their time and nonce, and what
 * they point to.  To give each command a way to begin its batch again was
 * rejected: an import would have to read a pipe twice, and take back what it
 * refused and counted.
 *
 * While the map grows there is no writer lock, so others may commit.  Changes
 * stand on their own, and one that is refused then ends the command, as do
 * changes that were made from what there was: nothing of the transaction was
 * done, and nothing was said about it yet.
 *
 * Making the map large before each batch was rejected, too.  How many pages a
 * batch may touch is LMDB's to know, a bound that is safe is larger than the
 * maps that operators ask for, and a guess that is too small would still need
 * all this.  Nor would it save much: in an import the copies are one in a
 * hundred of the instructions, one allocation of 1.3 kB each.
 */


#include <stdlib.h>

#include "cert_mark.h"
#include "cert_read.h"
#include "certctl_home.h"
#include "certctl_output.h"
#include "certctl_txn.h"


/* Bytes that are kept; below it a batch is as long as its command likes. */
#define CERTCTL_TXN_LARGE  (64 * 1024 * 1024)

/* The journal cannot be read: then nothing can be said of other writers. */
#define CERTCTL_TXN_UNKNOWN  UINT64_MAX

/* The most texts that a change points to. */
#define CERTCTL_KEPT_STRS  6

#define certctl_kept_align(n)  (((n) + 7) & ~(size_t) 7)

typedef struct certctl_kept_s  certctl_kept_t;

struct certctl_kept_s {
    certctl_kept_t  *next;
    size_t           size;          /* of the whole */
    cert_change_t    change;
    uint8_t          bytes[] __attribute__((aligned(8)));   /* of its parts */
};

/* The struct that a change points to. */
typedef struct {
    void            *at;            /* where the change has the pointer */
    const void      *object;        /* NULL: it points to none */
    size_t           size;
} certctl_object_t;

/* The texts that a change, and the struct it points to, point to. */
typedef struct {
    size_t           n;
    cert_str_t      *at[CERTCTL_KEPT_STRS];
} certctl_strs_t;

struct certctl_txn_s {
    certctl_t                 *ctl;
    cert_txn_t                *txn;         /* NULL: it cannot go on */
    int                        is_relying;  /* made from what there was */
    uint64_t                   journal;     /* its last entry, if so */
    size_t                     size;        /* of all that is kept */
    certctl_kept_t            *first;
    certctl_kept_t           **last;
};


static void certctl_txn_mark(certctl_t *ctl);
static cert_err_t certctl_txn_again(certctl_txn_t *txn);
static cert_err_t certctl_txn_replay(certctl_txn_t *txn);
static uint64_t certctl_txn_journal(certctl_t *ctl);
static certctl_kept_t *certctl_kept_create(const cert_change_t *change);
static void certctl_kept_destroy(certctl_kept_t *kept);
static certctl_object_t certctl_kept_object(cert_change_t *change);
static certctl_strs_t certctl_kept_strs(cert_change_t *change);


int
certctl_txn_begin(certctl_t *ctl, certctl_txn_t **txnp)
{
    cert_err_t      err;
    cert_time_t     clock;
    cert_reason_t   reason;
    certctl_txn_t  *txn;

    *txnp = NULL;

    txn = calloc(1, sizeof(certctl_txn_t));
    if (txn == NULL) {
        return certctl_error(ctl, CERT_NO_MEMORY, "out of memory");
    }

    txn->ctl = ctl;
    txn->last = &txn->first;

    err = cert_txn_begin(&txn->txn, ctl->store, &reason);

    if (err != CERT_OK) {
        certctl_txn_abort(txn);
        return certctl_error(ctl, err, "cannot write: %s", reason.text);
    }

    /* Under the writer lock, so times are in the order of commits. */

    clock = certctl_home_clock();

    if (ctl->at == NULL && clock > ctl->now) {
        ctl->now = clock;
    }

    *txnp = txn;

    return 0;
}


/* What was refused, or changed nothing, need not be done again. */
cert_err_t
certctl_txn_apply(certctl_txn_t *txn, const cert_change_t *change,
    cert_outcome_t *outcome)
{
    cert_err_t       err;
    certctl_kept_t  *kept;

    memset(outcome, 0, sizeof(cert_outcome_t));

    if (txn->txn == NULL) {
        return CERT_SYSTEM;
    }

    kept = certctl_kept_create(change);
    if (kept == NULL) {
        return CERT_NO_MEMORY;
    }

    if (change->type == CERT_CHANGE_POLICY) {
        certctl_txn_rely(txn);
    }

    err = cert_change_execute(txn->txn, change, outcome);

    while (err == CERT_MAP_FULL) {
        err = certctl_txn_again(txn);

        if (err == CERT_OK) {
            err = cert_change_execute(txn->txn, change, outcome);
        }
    }

    if (err != CERT_OK || outcome->is_unchanged) {
        certctl_kept_destroy(kept);
        return err;
    }

    txn->size += kept->size;
    *txn->last = kept;
    txn->last = &kept->next;

    return CERT_OK;
}


/* Noted while the lock is held: a commit that meets a full map gives it up. */
void
certctl_txn_rely(certctl_txn_t *txn)
{
    if (!txn->is_relying) {
        txn->is_relying = 1;
        txn->journal = certctl_txn_journal(txn->ctl);
    }
}


size_t
certctl_txn_count(const certctl_txn_t *txn)
{
    return txn->txn != NULL ? cert_txn_count(txn->txn) : 0;
}


/*
 * After a failure of the disk the outcome is not known: the library says so in
 * its reason, and the operator has to look.
 */
int
certctl_txn_commit(certctl_t *ctl, certctl_txn_t *txn)
{
    cert_err_t     err;
    cert_txn_t    *inner;
    cert_reason_t  reason;

    do {
        inner = txn->txn;
        txn->txn = NULL;
        err = cert_txn_commit(inner, &reason);

        if (err != CERT_MAP_FULL) {
            break;
        }

        err = certctl_txn_again(txn);
        cert_reason_set(&reason, "the map cannot grow: %s",
                        cert_err_name(err));

    } while (err == CERT_OK);

    certctl_txn_abort(txn);

    if (err != CERT_OK) {
        return certctl_error(ctl, err, "cannot commit: %s", reason.text);
    }

    certctl_txn_mark(ctl);

    return 0;
}


/* What was done is done, and only an older store would go unnoticed. */
static void
certctl_txn_mark(certctl_t *ctl)
{
    cert_reason_t  reason;

    if (cert_mark_error(ctl->store) != 0 && !ctl->is_told_mark) {
        ctl->is_told_mark = 1;
        cert_mark_error_reason(ctl->store, &reason);
        fprintf(stderr, "certctl: warning: %s\n", reason.text);
    }
}


void
certctl_txn_abort(certctl_txn_t *txn)
{
    certctl_kept_t  *kept;

    if (txn == NULL) {
        return;
    }

    cert_txn_abort(txn->txn);

    while (txn->first != NULL) {
        kept = txn->first;
        txn->first = kept->next;
        certctl_kept_destroy(kept);
    }

    free(txn);
}


int
certctl_txn_end(certctl_t *ctl, certctl_txn_t *txn, int status)
{
    if (status == 0) {
        return certctl_txn_commit(ctl, txn);
    }

    certctl_txn_abort(txn);

    return status;
}


int
certctl_txn_is_large(const certctl_txn_t *txn)
{
    return txn != NULL && txn->size >= CERTCTL_TXN_LARGE;
}


/* In a larger map, with all that was applied before. */
static cert_err_t
certctl_txn_again(certctl_txn_t *txn)
{
    cert_err_t  err;

    do {
        cert_txn_abort(txn->txn);
        txn->txn = NULL;

        err = cert_store_grow(txn->ctl->store, NULL);

        if (err == CERT_OK) {
            err = cert_txn_begin(&txn->txn, txn->ctl->store, NULL);
        }

        if (err == CERT_OK && txn->is_relying
            && (txn->journal == CERTCTL_TXN_UNKNOWN
                || certctl_txn_journal(txn->ctl) != txn->journal))
        {
            return CERT_BUSY;
        }

        if (err == CERT_OK) {
            err = certctl_txn_replay(txn);
        }

    } while (err == CERT_MAP_FULL);

    return err;
}


static cert_err_t
certctl_txn_replay(certctl_txn_t *txn)
{
    cert_err_t       err;
    cert_outcome_t   outcome;
    certctl_kept_t  *kept;

    for (kept = txn->first; kept != NULL; kept = kept->next) {
        err = cert_change_execute(txn->txn, &kept->change, &outcome);

        if (err != CERT_OK) {
            return err == CERT_REFUSED ? CERT_BUSY : err;
        }
    }

    return CERT_OK;
}


/* The last entry that is committed. */
static uint64_t
certctl_txn_journal(certctl_t *ctl)
{
    cert_store_stat_t  stat;

    return cert_read_stat(ctl->reader, &stat) == CERT_OK
           ? stat.journal : CERTCTL_TXN_UNKNOWN;
}


static certctl_kept_t *
certctl_kept_create(const cert_change_t *change)
{
    size_t             i, size;
    uint8_t           *p;
    cert_str_t        *str;
    cert_change_t      copy;
    certctl_strs_t     strs;
    certctl_kept_t    *kept;
    certctl_object_t   object;

    copy = *change;
    object = certctl_kept_object(&copy);
    strs = certctl_kept_strs(&copy);

    size = sizeof(certctl_kept_t) + certctl_kept_align(object.size);

    for (i = 0; i < strs.n; i++) {
        size += strs.at[i]->len;
    }

    kept = malloc(size);
    if (kept == NULL) {
        return NULL;
    }

    kept->next = NULL;
    kept->size = size;
    kept->change = *change;
    p = kept->bytes;

    object = certctl_kept_object(&kept->change);

    if (object.object != NULL) {
        memcpy(p, object.object, object.size);
        memcpy(object.at, &p, sizeof(p));
        p += certctl_kept_align(object.size);
    }

    /* Only now: texts of a struct are to be those of its copy. */
    strs = certctl_kept_strs(&kept->change);

    for (i = 0; i < strs.n; i++) {
        str = strs.at[i];

        if (str->len > 0) {
            memcpy(p, str->data, str->len);
        }

        str->data = p;
        p += str->len;
    }

    return kept;
}


static void
certctl_kept_destroy(certctl_kept_t *kept)
{
    explicit_bzero(kept, kept->size);
    free(kept);
}


/* A certificate is copied without its buffer, which writers do not use. */
static certctl_object_t
certctl_kept_object(cert_change_t *change)
{
    certctl_object_t  object;

    memset(&object, 0, sizeof(certctl_object_t));

    switch (change->type) {

    case CERT_CHANGE_CERTIFICATE:
        object.at = &change->u.certificate;
        object.object = change->u.certificate;
        object.size = offsetof(cert_certificate_t, bytes);
        break;

    case CERT_CHANGE_QUALIFICATION:
        object.at = &change->u.qualification;
        object.object = change->u.qualification;
        object.size = sizeof(cert_qualification_t);
        break;

    case CERT_CHANGE_POLICY:
        object.at = &change->u.policy;
        object.object = change->u.policy;
        object.size = sizeof(cert_policy_t);
        break;

    case CERT_CHANGE_RESEAL:
        object.at = &change->u.reseal.holder;
        object.object = change->u.reseal.holder;
        object.size = sizeof(cert_holder_t);
        break;

    case CERT_CHANGE_APPLY:
    case CERT_CHANGE_ORIGINAL:
        object.at = &change->u.apply.holder;
        object.object = change->u.apply.holder;
        object.size = sizeof(cert_holder_t);
        break;

    default:
        /*
         * Sessions, which point to more, are not certctl's to make.  Nor is
         * an "owner" kept, here and of what is applied for: that is safe only
         * because certctl sets none, as it asks for no holder.
         */
        break;
    }

    if (object.object == NULL) {
        object.size = 0;
    }

    return object;
}


/* Without the masked name of a certificate, which the library makes. */
static certctl_strs_t
certctl_kept_strs(cert_change_t *change)
{
    cert_facts_t    *facts;
    certctl_strs_t   strs;

    strs.n = 0;

    switch (change->type) {

    case CERT_CHANGE_CERTIFICATE:
        facts = (cert_facts_t *) (uintptr_t) &change->u.certificate->facts;
        strs.at[strs.n++] = &facts->number;
        strs.at[strs.n++] = &facts->qualification;
        strs.at[strs.n++] = &facts->specialty;
        strs.at[strs.n++] = &facts->level;
        strs.at[strs.n++] = &facts->issuer;
        strs.at[strs.n++] = &facts->replaced_by;
        break;

    case CERT_CHANGE_PHOTO:
        strs.at[strs.n++] = &change->u.photo.number;
        strs.at[strs.n++] = &change->u.photo.photo;
        break;

    case CERT_CHANGE_RESEAL:
        strs.at[strs.n++] = &change->u.reseal.number;
        break;

    case CERT_CHANGE_STATUS:
        strs.at[strs.n++] = &change->u.status.number;
        strs.at[strs.n++] = &change->u.status.replaced_by;
        break;

    case CERT_CHANGE_REMOVE:
        strs.at[strs.n++] = &change->u.remove.number;
        break;

    case CERT_CHANGE_APPLY:
    case CERT_CHANGE_ORIGINAL:
        strs.at[strs.n++] = &change->u.apply.number;
        strs.at[strs.n++] = &change->u.apply.scene;
        break;

    case CERT_CHANGE_REGISTER:
    case CERT_CHANGE_PASSWORD:
        strs.at[strs.n++] = &change->u.account.username;
        strs.at[strs.n++] = &change->u.account.password;
        break;

    default:
        break;
    }

    return strs;
}

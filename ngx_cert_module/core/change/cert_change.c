/*
 * Copyright (C) the ngx_cert authors
 *
 * The one write path.
 *
 * Every change goes through the table below: its function decides and writes,
 * then its journal entry is written in the same transaction.  Time never runs
 * backwards here: a change is as late as the latest before it.
 *
 * One function for all writers is what makes the journal complete: nothing can
 * be written around it, and what is journaled here can be executed elsewhere
 * and give the same store.  So no change function asks for the time, for random
 * bytes or for anything else that is not in the change or in the store.
 */


#include "cert_change_int.h"
#include "cert_journal.h"


typedef struct {
    const char  *name;
    cert_err_t (*execute)(cert_exec_t *exec);
} cert_change_kind_t;


/*
 * In the order of cert_change_type_t, which is stored: new ones go to the end.
 */
static const cert_change_kind_t  cert_change_kinds[] = {
    { "unknown", NULL },
    { "certificate", cert_change_certificate },
    { "photo", cert_change_photo },
    { "status", cert_change_status },
    { "apply", cert_change_apply },
    { "original", cert_change_original },
    { "ready", cert_change_ready },
    { "retry", cert_change_retry },
    { "failed", cert_change_failed },
    { "withdraw", cert_change_withdraw },
    { "prune", cert_change_prune },
    { "policy", cert_change_policy },
    { "qualification", cert_change_qualification },
    { "reseal", cert_change_reseal },
    { "key", cert_change_key },
    { "register", cert_change_register },
    { "password", cert_change_password },
    { "consent", cert_change_consent },
    { "link", cert_change_link },
    { "login", cert_change_login },
    { "touch", cert_change_touch },
    { "logout", cert_change_logout },
    { "forget", cert_change_forget },
    { "restore", cert_change_restore },
    { "upgrade", cert_change_upgrade },
    { "remove", cert_change_remove }
};

#define CERT_CHANGE_KINDS                                                     \
    (sizeof(cert_change_kinds) / sizeof(cert_change_kinds[0]))

_Static_assert(CERT_CHANGE_KINDS == CERT_CHANGE_REMOVE + 1,
               "a row for each type of change");


cert_err_t
cert_change_execute(cert_txn_t *txn, const cert_change_t *change,
    cert_outcome_t *outcome)
{
    size_t       writes;
    cert_err_t   err;
    cert_exec_t  exec;

    memset(outcome, 0, sizeof(*outcome));

    if (txn->is_broken) {
        return CERT_SYSTEM;
    }

    if (change->type < CERT_CHANGE_CERTIFICATE
        || change->type >= CERT_CHANGE_KINDS
        || change->time <= 0 || change->time >= CERT_TIME_NEVER
        || strnlen(change->actor, CERT_ACTOR_MAX + 1) > CERT_ACTOR_MAX
        || (change->type != CERT_CHANGE_UPGRADE
            && txn->store->schema.schema != CERT_STORE_SCHEMA))
    {
        return CERT_INVALID;
    }

    exec.txn = txn;
    exec.change = change;
    exec.outcome = outcome;

    /*
     * A clock that was set back must not bring an expired copy back into force.
     */
    exec.now = change->time > txn->head.highest ? change->time
                                                : txn->head.highest;
    exec.subject = cert_str("");
    exec.detail = "";
    exec.body = cert_writer(exec.bytes, sizeof(exec.bytes));
    exec.photo = cert_writer(exec.bytes, 0);

    writes = txn->writes;

    err = cert_change_kinds[change->type].execute(&exec);

    if (err == CERT_OK && !outcome->is_unchanged) {
        err = cert_journal_append(&exec);
    }

    /*
     * A change reads and decides before it writes, so LMDB failed, or the
     * store contradicts itself.  Other changes must not be committed with half
     * of this one.
     */
    if (err != CERT_OK && txn->writes != writes) {
        txn->is_broken = 1;
        return err == CERT_FULL || err == CERT_MAP_FULL ? err : CERT_SYSTEM;
    }

    return err;
}


const char *
cert_change_type_name(cert_change_type_t type)
{
    return type < CERT_CHANGE_KINDS ? cert_change_kinds[type].name
                                    : cert_change_kinds[0].name;
}

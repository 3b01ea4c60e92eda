/*
 * Copyright (C) the ngx_cert authors
 *
 * Changes to what the authority decides: policy, qualifications, keys.
 *
 * All three are compared with what is stored first: an operator's script that
 * sets the same again neither grows the journal nor makes every reader parse
 * the policy again.
 */


#include <stdio.h>

#include "cert_change_int.h"
#include "cert_lookup_int.h"


/*
 * The policy as text, which is the body of the journal entry as well.  Readers
 * notice by head.policy, so the text is parsed once per change and process.
 */
cert_err_t
cert_change_policy(cert_exec_t *exec)
{
    size_t                len;
    uint8_t              *buf;
    cert_err_t            err;
    cert_str_t            old;
    cert_txn_t           *txn;
    cert_writer_t         w;
    const cert_policy_t  *policy;

    txn = exec->txn;
    policy = exec->change->u.policy;

    buf = cert_txn_scratch(txn, CERT_SCRATCH_RECORD,
                           CERT_POLICY_TEXT_MAX + CERT_SEAL_SIZE);
    if (buf == NULL) {
        return CERT_NO_MEMORY;
    }

    len = cert_policy_format(policy, (char *) buf, CERT_POLICY_TEXT_MAX);
    if (len == 0) {
        return CERT_INVALID;
    }

    err = cert_lookup_record(txn->store, txn->txn, CERT_DB_META,
                             cert_str("policy"), &old);
    if (err != CERT_OK) {
        return err;
    }

    if (cert_str_is_equal(old, (cert_str_t) { buf, len })) {
        exec->outcome->is_unchanged = 1;
        return CERT_OK;
    }

    /* The text stands there already; the seal goes behind it. */
    w = cert_writer(buf, CERT_POLICY_TEXT_MAX + CERT_SEAL_SIZE);
    w.pos += len;
    exec->body = w;

    err = cert_txn_put_record(txn, CERT_DB_META, cert_str("policy"), &w);

    if (err == CERT_OK) {
        /*
         * Changes that follow in this transaction go by the new policy; the
         * entry that will be written next has the number journal + 1.
         */
        txn->policy = *policy;
        txn->head.policy = txn->head.journal + 1;
    }

    return err;
}


/*
 * Adds or corrects a row of the catalogue.  Rows are never removed, since
 * certificates name them; seal and face are names, whose files are read only
 * when a copy is made.
 */
cert_err_t
cert_change_qualification(cert_exec_t *exec)
{
    uint8_t                      buf[CERT_RECORD_MAX];
    cert_err_t                   err;
    cert_str_t                   name, old;
    cert_txn_t                  *txn;
    cert_writer_t                w;
    const cert_qualification_t  *qualification;

    txn = exec->txn;
    qualification = exec->change->u.qualification;
    name = cert_text_str(&qualification->name);

    if (name.len == 0 || qualification->issuer.len == 0
        || qualification->seal.len == 0 || qualification->face.len == 0)
    {
        return CERT_INVALID;
    }

    w = cert_writer(buf, sizeof(buf));
    cert_qualification_encode(&w, qualification);

    err = cert_lookup_record(txn->store, txn->txn, CERT_DB_QUALIFICATION, name,
                             &old);

    if (err != CERT_OK && err != CERT_NOT_FOUND) {
        return err;
    }

    if (err == CERT_OK && cert_str_is_equal(old, cert_writer_str(&w))) {
        exec->outcome->is_unchanged = 1;
        return CERT_OK;
    }

    exec->outcome->is_new = (err == CERT_NOT_FOUND);
    exec->subject = name;
    exec->detail = exec->outcome->is_new ? "new" : "corrected";
    cert_put_bytes(&exec->body, buf, cert_writer_str(&w).len);

    return cert_txn_put_record(txn, CERT_DB_QUALIFICATION, name, &w);
}


/* Keys live in the keyrings; the store only remembers what was done. */
cert_err_t
cert_change_key(cert_exec_t *exec)
{
    const cert_change_t  *change = exec->change;

    if (change->u.key.use >= CERT_KEY_USES || change->u.key.id == 0
        || change->u.key.state > CERT_KEY_RETIRED)
    {
        return CERT_INVALID;
    }

    exec->subject = cert_strz(cert_key_use_name(change->u.key.use));
    exec->detail = cert_key_state_name(change->u.key.state);
    cert_put_int(&exec->body, change->u.key.id, 1);

    return CERT_OK;
}


/*
 * Nothing but the entry itself: the journal of a restored store has to show
 * where another history ended, and by whose decision.
 */
cert_err_t
cert_change_restore(cert_exec_t *exec)
{
    const cert_change_t  *change = exec->change;

    (void) snprintf(exec->text, sizeof(exec->text), "was at %llu",
                    (unsigned long long) change->u.restore.journal);

    exec->detail = exec->text;
    cert_put_int(&exec->body, change->u.restore.journal, 8);
    cert_put_bytes(&exec->body, change->u.restore.chain, CERT_SHA256_SIZE);

    return CERT_OK;
}

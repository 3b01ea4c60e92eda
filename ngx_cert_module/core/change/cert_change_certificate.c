/*
 * Copyright (C) the ngx_cert authors
 *
 * Changes to certificates: import and correction, photo, status, re-sealing.
 *
 * A certificate is one record and one entry per holder; its annotations carry
 * its facts and are rewritten with it.
 *
 * Importing is idempotent: what differs from the store is a correction, and
 * the rest changes nothing, so the same file can be imported again after an
 * interruption.  The comparison needs the person in the clear, hence the
 * "personal" key; a change of status does not, and carries the ciphertext over
 * as it is.
 *
 * In each function reading and deciding come before the first write.  What can
 * fail after it is LMDB, the seal for want of a key, and an annotation that is
 * damaged.
 */


#include "cert_change_certificate_int.h"
#include "cert_change_int.h"
#include "cert_list_int.h"
#include "cert_lookup_int.h"


static int cert_certificate_is_sound(const cert_certificate_t *certificate);
static cert_err_t cert_certificate_known(cert_txn_t *txn, cert_str_t name);
static cert_err_t cert_certificate_write(cert_exec_t *exec,
    const cert_certificate_t *new, const cert_certificate_t *old,
    cert_stored_t *stored);
static cert_err_t cert_certificate_merge(cert_exec_t *exec,
    const cert_certificate_t *new, cert_certificate_t *old,
    cert_stored_t *stored);
static cert_err_t cert_certificate_find(cert_exec_t *exec,
    const cert_certificate_t *new, cert_certificate_t *old,
    cert_hidden_t *hidden, cert_str_t *number);
static cert_err_t cert_certificate_successor(cert_txn_t *txn,
    const cert_certificate_t *old, cert_stored_t *stored);
static int cert_certificate_is_same(const cert_certificate_t *old,
    const cert_certificate_t *new, const cert_facts_t *facts);
static cert_err_t cert_holder_put(cert_txn_t *txn, cert_str_t number,
    const cert_person_t *old, const cert_person_t *new);
static cert_err_t cert_status_decide(cert_exec_t *exec,
    cert_certificate_t *old, cert_hidden_t *hidden, cert_text_t *by);
static int cert_status_may_become(cert_status_t from, cert_status_t to);


cert_err_t
cert_change_certificate(cert_exec_t *exec)
{
    cert_err_t                 err;
    cert_stored_t              stored;
    cert_certificate_t         old;
    const cert_certificate_t  *new;

    new = exec->change->u.certificate;

    if (!cert_certificate_is_sound(new)) {
        return CERT_INVALID;
    }

    err = cert_certificate_known(exec->txn, new->facts.qualification);
    if (err != CERT_OK) {
        return err == CERT_NOT_FOUND
               ? cert_refuse(exec, CERT_REFUSAL_NO_QUALIFICATION) : err;
    }

    memset(&old.person, 0, sizeof(old.person));

    err = cert_certificate_merge(exec, new, &old, &stored);

    if (err == CERT_OK) {
        (void) cert_text_set(&exec->outcome->number.len,
                             exec->outcome->number.data, CERT_TEXT_MAX,
                             stored.facts.number);
    }

    if (err == CERT_OK && !exec->outcome->is_unchanged) {
        err = cert_certificate_write(exec, new, &old, &stored);
    }

    cert_crypto_wipe(&old.person, sizeof(old.person));

    return err;
}


/*
 * What every certificate must have, by whatever program: callers fold and
 * check texts, but the layout of keys and records depends on the bounds and on
 * the absence of zero bytes.
 */
static int
cert_certificate_is_sound(const cert_certificate_t *certificate)
{
    const cert_facts_t   *facts = &certificate->facts;
    const cert_person_t  *person = &certificate->person;

    /* A zero ends the number in the keys of its annotations. */
    if (facts->number.len == 0 || facts->number.len > CERT_NUMBER_MAX
        || memchr(facts->number.data, '\0', facts->number.len) != NULL)
    {
        return 0;
    }

    return facts->qualification.len != 0
           && facts->qualification.len <= CERT_TEXT_MAX
           && facts->specialty.len <= CERT_TEXT_MAX
           && facts->level.len <= CERT_LEVEL_MAX
           && facts->issuer.len != 0 && facts->issuer.len <= CERT_TEXT_MAX
           && facts->replaced_by.len <= CERT_NUMBER_MAX
           && facts->status <= CERT_STATUS_KEEP
           && facts->approved != CERT_DATE_NONE
           && person->id_type < CERT_ID_TYPES
           && person->name.len != 0 && person->name.len <= CERT_NAME_MAX
           && person->id_number.len != 0
           && person->id_number.len <= CERT_ID_NUMBER_MAX
           && person->sex.len <= CERT_LEVEL_MAX;
}


/* Checks that the catalogue has this qualification; remembers it. */
static cert_err_t
cert_certificate_known(cert_txn_t *txn, cert_str_t name)
{
    cert_err_t    err;
    cert_str_t    payload;
    cert_text_t  *known;

    for (size_t i = 0; i < txn->names_n; i++) {
        if (cert_str_is_equal(cert_text_str(&txn->names[i]), name)) {
            return CERT_OK;
        }
    }

    err = cert_lookup_record(txn->store, txn->txn, CERT_DB_QUALIFICATION, name,
                             &payload);

    if (err == CERT_OK && txn->names_n < CERT_TXN_NAMES) {
        known = &txn->names[txn->names_n++];
        (void) cert_text_set(&known->len, known->data, CERT_TEXT_MAX, name);
    }

    return err;
}


static cert_err_t
cert_certificate_write(cert_exec_t *exec, const cert_certificate_t *new,
    const cert_certificate_t *old, cert_stored_t *stored)
{
    cert_err_t  err;

    exec->subject = stored->facts.number;
    exec->detail = exec->outcome->is_new ? "new" : "corrected";
    err = CERT_OK;

    /*
     * First what can fail before anything is written: an annotation that does
     * not verify, a key that is not held.  Then the indexes, then the record;
     * the annotations come last, since they are read from the store.
     */
    if (!exec->outcome->is_new) {
        err = cert_walk_annotations(exec->txn->store, exec->txn->txn,
                                    stored->facts.number, NULL, NULL);
    }

    if (err == CERT_OK) {
        err = cert_stored_hide(exec, &new->person, stored);
    }

    if (err == CERT_OK) {
        err = cert_holder_put(exec->txn, stored->facts.number,
                              exec->outcome->is_new ? NULL : &old->person,
                              &new->person);
    }

    if (err == CERT_OK) {
        err = cert_stored_put_match(exec->txn, stored);
    }

    if (err == CERT_OK) {
        err = cert_stored_put(exec->txn, stored, &exec->body);
    }

    if (err == CERT_OK && !exec->outcome->is_new) {
        err = cert_txn_put_facts(exec->txn, &stored->facts);
    }

    return err;
}


/*
 * What is to be stored: the new facts, with what an import does not say taken
 * from the old ones.  Sets is_new or, where nothing differs, is_unchanged.
 *
 * A number that is spelled otherwise is the same number if the document is: the
 * certificate keeps the one that its copies were printed with.
 */
static cert_err_t
cert_certificate_merge(cert_exec_t *exec, const cert_certificate_t *new,
    cert_certificate_t *old, cert_stored_t *stored)
{
    int            keep;
    cert_err_t     err;
    cert_hidden_t  hidden;

    stored->facts = new->facts;
    stored->has_photo = 0;
    stored->hidden.annotations = 0;
    keep = (new->facts.status == CERT_STATUS_KEEP);

    err = cert_certificate_find(exec, new, old, &hidden,
                                &stored->facts.number);

    if (err == CERT_NOT_FOUND) {
        exec->outcome->is_new = 1;

        if (keep) {
            stored->facts.status = CERT_STATUS_VALID;
        }

        return cert_certificate_successor(exec->txn, NULL, stored);
    }

    if (err == CERT_OK) {
        err = cert_person_reveal(exec->txn->store->ring, old->facts.number,
                                 &hidden, &old->person);
    }

    if (err != CERT_OK) {
        return err;
    }

    if (keep) {
        stored->facts.status = old->facts.status;
    }

    /* A row that says replaced and names no successor keeps the stored one. */
    if (stored->facts.status == CERT_STATUS_REPLACED
        && stored->facts.replaced_by.len == 0)
    {
        stored->facts.replaced_by = old->facts.replaced_by;
    }

    err = cert_certificate_successor(exec->txn, old, stored);
    if (err != CERT_OK) {
        return err;
    }

    stored->has_photo = old->has_photo;
    stored->hidden.annotations = hidden.annotations;
    exec->outcome->is_unchanged = cert_certificate_is_same(old, new,
                                                           &stored->facts);

    return CERT_OK;
}


/*
 * The stored one: of the same number, else of one that is only spelled
 * otherwise.  "number" is then that one, kept in exec->number: the journal
 * reads it when "old" is gone.
 */
static cert_err_t
cert_certificate_find(cert_exec_t *exec, const cert_certificate_t *new,
    cert_certificate_t *old, cert_hidden_t *hidden, cert_str_t *number)
{
    cert_err_t  err;

    err = cert_lookup_certificate(exec->txn->store, exec->txn->txn,
                                  new->facts.number, old, hidden);
    if (err != CERT_NOT_FOUND) {
        return err;
    }

    err = cert_match_find(exec->txn, new, &exec->number);
    if (err != CERT_OK) {
        return err;
    }

    *number = cert_text_str(&exec->number);

    return cert_lookup_certificate(exec->txn->store, exec->txn->txn, *number,
                                   old, hidden);
}


/*
 * The successor by the number that it is printed with, in whatever spelling it
 * was named.  One that is not stored may come later in the same import: it is
 * kept as it is named, or as it was where only the spelling differs.
 */
static cert_err_t
cert_certificate_successor(cert_txn_t *txn, const cert_certificate_t *old,
    cert_stored_t *stored)
{
    cert_err_t   err;
    cert_str_t  *by;

    by = &stored->facts.replaced_by;

    if (by->len == 0) {
        return CERT_OK;
    }

    err = cert_lookup_number(txn->store, txn->txn, *by, &stored->successor);

    if (err == CERT_OK) {
        *by = cert_text_str(&stored->successor);

    } else if (err != CERT_NOT_FOUND) {
        return err;

    } else if (old != NULL
               && cert_fold_is_same_number(*by, old->facts.replaced_by))
    {
        *by = old->facts.replaced_by;
    }

    return cert_str_is_equal(*by, stored->facts.number) ? CERT_INVALID
                                                        : CERT_OK;
}


/*
 * True if an import would change nothing.  Compares all that an import can say;
 * the masked name follows from the name.
 */
static int
cert_certificate_is_same(const cert_certificate_t *old,
    const cert_certificate_t *new, const cert_facts_t *facts)
{
    const cert_facts_t   *was = &old->facts;
    const cert_person_t  *a = &old->person, *b = &new->person;

    return was->status == facts->status && was->approved == facts->approved
           && cert_str_is_equal(was->qualification, facts->qualification)
           && cert_str_is_equal(was->specialty, facts->specialty)
           && cert_str_is_equal(was->level, facts->level)
           && cert_str_is_equal(was->issuer, facts->issuer)
           && cert_str_is_equal(was->replaced_by, facts->replaced_by)
           && a->id_type == b->id_type && a->birth_date == b->birth_date
           && cert_str_is_equal(cert_text_str(&a->name),
                                cert_text_str(&b->name))
           && cert_str_is_equal(cert_text_str(&a->id_number),
                                cert_text_str(&b->id_number))
           && cert_str_is_equal(cert_text_str(&a->sex),
                                cert_text_str(&b->sex));
}


/*
 * The nonce is the change's own and not random here, so that executing the
 * change elsewhere gives the same bytes.  CERT_NO_KEY: no active "match" or
 * "personal" key; nothing was written.
 */
cert_err_t
cert_stored_hide(cert_exec_t *exec, const cert_person_t *person,
    cert_stored_t *stored)
{
    cert_err_t       err;
    cert_hidden_t   *hidden;
    cert_keyring_t  *ring;

    ring = exec->txn->store->ring;
    hidden = &stored->hidden;

    cert_name_mask(&stored->masked, cert_text_str(&person->name));
    stored->facts.masked_name = cert_text_str(&stored->masked);

    hidden->match_key = 0;
    memset(hidden->match, 0, sizeof(hidden->match));
    memcpy(hidden->nonce, exec->change->nonce, CERT_NONCE_SIZE);

    stored->match.key = 0;

    err = cert_stored_match(ring, person, stored);
    if (err != CERT_OK) {
        return err;
    }

    return cert_person_hide(ring, stored->facts.number, person, hidden,
                            stored->personal);
}


/*
 * The seal stays out of the journal: it is this store's, and another one that
 * executes the entry makes its own.
 */
cert_err_t
cert_stored_put(cert_txn_t *txn, const cert_stored_t *stored,
    cert_writer_t *w)
{
    uint8_t     *end;
    cert_err_t   err;

    cert_certificate_encode(w, &stored->facts, stored->has_photo,
                            &stored->hidden);
    end = w->pos;

    err = cert_txn_put_record(txn, CERT_DB_CERTIFICATE, stored->facts.number,
                              w);
    w->pos = end;

    return err;
}


/* A corrected document number moves the certificate to another holder. */
static cert_err_t
cert_holder_put(cert_txn_t *txn, cert_str_t number, const cert_person_t *old,
    const cert_person_t *new)
{
    uint8_t          key[CERT_HOLDER_SIZE + CERT_NUMBER_MAX];
    cert_str_t       k;
    cert_err_t       err;
    cert_holder_t    holder;
    cert_keyring_t  *ring;

    ring = txn->store->ring;
    memcpy(key + CERT_HOLDER_SIZE, number.data, number.len);
    k = (cert_str_t) { key, CERT_HOLDER_SIZE + number.len };

    if (old != NULL) {
        err = cert_holder_make(ring, old->id_type,
                               cert_text_str(&old->id_number), &holder);
        if (err != CERT_OK) {
            return err;
        }

        memcpy(key, holder.bytes, CERT_HOLDER_SIZE);

        err = cert_txn_del(txn, CERT_DB_HOLDER_CERTIFICATE, k);
        if (err != CERT_OK && err != CERT_NOT_FOUND) {
            return err;
        }
    }

    err = cert_holder_make(ring, new->id_type,
                           cert_text_str(&new->id_number), &holder);
    if (err != CERT_OK) {
        return err;
    }

    memcpy(key, holder.bytes, CERT_HOLDER_SIZE);

    return cert_txn_put(txn, CERT_DB_HOLDER_CERTIFICATE, k, cert_str(""));
}


/*
 * Changes the status and nothing else, without the personal keys.  The
 * annotations are rewritten in the same transaction: a check must not find a
 * copy valid whose certificate was revoked a moment before.
 */
cert_err_t
cert_change_status(cert_exec_t *exec)
{
    uint8_t              buf[CERT_RECORD_MAX];
    cert_err_t           err;
    cert_text_t          by;
    cert_status_t        to;
    cert_stored_t        stored;
    cert_writer_t        w;
    cert_certificate_t   old;

    to = exec->change->u.status.status;

    err = cert_status_decide(exec, &old, &stored.hidden, &by);

    if (err != CERT_OK || exec->outcome->is_unchanged) {
        return err;
    }

    stored.facts = old.facts;
    stored.facts.status = to;
    stored.facts.replaced_by = cert_text_str(&by);
    stored.has_photo = old.has_photo;

    exec->subject = cert_text_str(&exec->number);
    exec->detail = cert_status_name(to);
    cert_put_int(&exec->body, to, 1);
    cert_put_str(&exec->body, stored.facts.replaced_by);

    err = cert_walk_annotations(exec->txn->store, exec->txn->txn,
                                old.facts.number, NULL, NULL);

    if (err == CERT_OK) {
        w = cert_writer(buf, sizeof(buf));
        err = cert_stored_put(exec->txn, &stored, &w);
    }

    if (err != CERT_OK) {
        return err;
    }

    return cert_txn_put_facts(exec->txn, &stored.facts);
}


/*
 * Reads the certificate and decides whether its status may become the one
 * asked for; sets is_unchanged where it is that already.  Writes nothing.
 * "by" is the number of the successor as it is printed, or empty.
 */
static cert_err_t
cert_status_decide(cert_exec_t *exec, cert_certificate_t *old,
    cert_hidden_t *hidden, cert_text_t *by)
{
    cert_err_t     err;
    cert_str_t     number, named;
    cert_status_t  to;

    to = exec->change->u.status.status;
    named = exec->change->u.status.replaced_by;
    by->len = 0;

    if (to > CERT_STATUS_REPLACED || named.len > CERT_NUMBER_MAX
        || (to == CERT_STATUS_REPLACED) != (named.len != 0)
        || cert_str_is_equal(exec->change->u.status.number, named))
    {
        return CERT_INVALID;
    }

    err = cert_exec_number(exec, exec->change->u.status.number, &number);

    if (err == CERT_OK) {
        err = cert_lookup_certificate(exec->txn->store, exec->txn->txn, number,
                                      old, hidden);
    }

    if (err == CERT_OK && named.len != 0) {
        err = cert_lookup_number(exec->txn->store, exec->txn->txn, named, by);
    }

    if (err != CERT_OK) {
        return err == CERT_NOT_FOUND
               ? cert_refuse(exec, CERT_REFUSAL_NO_CERTIFICATE) : err;
    }

    /* In another spelling. */
    if (cert_str_is_equal(number, cert_text_str(by))) {
        return CERT_INVALID;
    }

    if (old->facts.status == to
        && cert_str_is_equal(old->facts.replaced_by, cert_text_str(by)))
    {
        exec->outcome->is_unchanged = 1;
        return CERT_OK;
    }

    if (!cert_status_may_become(old->facts.status, to)) {
        return cert_refuse(exec, CERT_REFUSAL_STATE);
    }

    return CERT_OK;
}


/* Revoked and replaced are final; an import can still correct a mistake. */
static int
cert_status_may_become(cert_status_t from, cert_status_t to)
{
    if (from == CERT_STATUS_VALID) {
        return to != CERT_STATUS_VALID;
    }

    return from == CERT_STATUS_SUSPENDED && to != CERT_STATUS_SUSPENDED;
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * The upgrade from schema 1: an entry for the match of every certificate, and
 * the masks of those whose mask is another one by now.
 *
 * Records stay as they are, but for those masks, and in the same layout.  So a
 * program of schema 1 that has the store open goes on answering meanwhile, and
 * until it is restarted; one that opens the store afterwards refuses it.
 *
 * It is done in parts, each a change of its own.  Where it got to stands in
 * "meta", in the same transaction, so it may end anywhere and goes on from
 * there, by days later if need be.  Programs of schema 1 may write between two
 * parts; the journal tells what they wrote, and that is done once more before
 * the last part sets the schema.  All of this is under the writer lock.
 *
 * A document number is stored in its match form by now.  One of before may have
 * white space within, by which its holder is known: the certificate is found
 * by a check, but by no registration.  To move it here was rejected: a program
 * of schema 1 would not find it any more, and accounts and links would have to
 * move with it, for which there are changes already.  Such ones are counted,
 * and "certctl upgrade" moves them afterwards.
 *
 * Entries under a key that was rotated meanwhile need no other care: a re-seal
 * of a certificate is in the journal, too.
 */


#include "cert_change_certificate_int.h"
#include "cert_change_int.h"
#include "cert_env_int.h"
#include "cert_list_int.h"
#include "cert_lookup_int.h"
#include "cert_meta_int.h"


#define CERT_UPGRADE_FORMAT  1

/* Where it got to, as "meta" has it. */
typedef struct {
    uint64_t     journal;       /* all before and this entry is done */
    int          is_walked;     /* all certificates were */
    cert_text_t  at;            /* number of the last one; empty: none yet */
} cert_upgrade_state_t;

typedef struct {
    cert_txn_t            *txn;
    cert_outcome_t        *outcome;
    size_t                 left;        /* certificates, or entries */
    int                    is_stale;    /* the mask of the last one is */
    cert_upgrade_state_t   state;
} cert_upgrade_t;


static cert_err_t cert_upgrade_begin(cert_upgrade_t *upgrade);
static cert_err_t cert_upgrade_state(cert_txn_t *txn,
    cert_upgrade_state_t *state);
static cert_err_t cert_upgrade_part(cert_upgrade_t *upgrade);
static cert_err_t cert_upgrade_end(cert_upgrade_t *upgrade);
static cert_err_t cert_upgrade_walk(cert_upgrade_t *upgrade);
static cert_err_t cert_upgrade_visit(void *data, cert_str_t key,
    cert_str_t value);
static cert_err_t cert_upgrade_entry(cert_upgrade_t *upgrade,
    cert_str_t number, const cert_person_t *person);
static cert_err_t cert_upgrade_mask(cert_upgrade_t *upgrade,
    cert_str_t number);
static cert_err_t cert_upgrade_catch_up(cert_upgrade_t *upgrade);
static cert_err_t cert_upgrade_written(void *data, cert_str_t key,
    cert_str_t value);
static cert_err_t cert_upgrade_again(cert_upgrade_t *upgrade,
    cert_str_t number);


cert_err_t
cert_change_upgrade(cert_exec_t *exec)
{
    size_t          limit;
    cert_err_t      err;
    cert_upgrade_t  upgrade;

    limit = exec->change->u.upgrade.limit;

    if (limit == 0 || limit > CERT_UPGRADE_MAX) {
        limit = CERT_UPGRADE_MAX;
    }

    upgrade = (cert_upgrade_t) { .txn = exec->txn, .outcome = exec->outcome,
                                 .left = limit };

    err = cert_upgrade_begin(&upgrade);

    if (err == CERT_EXISTS) {
        exec->outcome->is_unchanged = 1;
        return CERT_OK;
    }

    if (err == CERT_OK) {
        err = cert_upgrade_part(&upgrade);
    }

    if (err != CERT_OK) {
        return err;
    }

    /* The next part is found in the store. */
    cert_put_int(&exec->body, limit, 4);
    exec->detail = exec->outcome->is_partial ? "part" : "schema 2";

    return cert_upgrade_end(&upgrade);
}


/* CERT_EXISTS: the store is of this schema. */
static cert_err_t
cert_upgrade_begin(cert_upgrade_t *upgrade)
{
    int            rc;
    cert_err_t     err;
    cert_store_t  *store;
    cert_reason_t  reason;

    store = upgrade->txn->store;

    /* As it is under the writer lock, whatever it was at the opening. */
    err = cert_schema_read(store, upgrade->txn->txn, &reason);

    if (err == CERT_OK && store->schema.schema == CERT_STORE_SCHEMA) {
        return CERT_EXISTS;
    }

    if (err != CERT_OK) {
        return err;
    }

    /* An aborted transaction closes what it made, so each one asks. */
    rc = mdb_dbi_open(upgrade->txn->txn, cert_db_names[CERT_DB_MATCH],
                      MDB_CREATE, &store->dbi[CERT_DB_MATCH]);
    if (rc != 0) {
        return cert_lmdb_err(rc);
    }

    return cert_upgrade_state(upgrade->txn, &upgrade->state);
}


static cert_err_t
cert_upgrade_state(cert_txn_t *txn, cert_upgrade_state_t *state)
{
    cert_err_t     err;
    cert_str_t     payload;
    cert_cursor_t  c;

    err = cert_lookup_record(txn->store, txn->txn, CERT_DB_META,
                             cert_str("upgrade"), &payload);

    /* Whatever comes after this entry is looked at again. */
    if (err == CERT_NOT_FOUND) {
        state->journal = txn->head.journal;
        return CERT_OK;
    }

    if (err != CERT_OK) {
        return err;
    }

    c = cert_cursor(payload);

    if (cert_get_int(&c, 1) != CERT_UPGRADE_FORMAT) {
        return CERT_CORRUPT;
    }

    state->journal = cert_get_int(&c, 8);
    state->is_walked = (int) cert_get_int(&c, 1);
    payload = cert_get_str(&c);

    return cert_cursor_is_done(&c)
           && cert_text_set(&state->at.len, state->at.data, CERT_TEXT_MAX,
                            payload) == 0 ? CERT_OK : CERT_CORRUPT;
}


static cert_err_t
cert_upgrade_part(cert_upgrade_t *upgrade)
{
    cert_err_t  err;

    err = upgrade->state.is_walked ? CERT_NOT_FOUND
                                   : cert_upgrade_walk(upgrade);

    if (err == CERT_NOT_FOUND) {
        upgrade->state.is_walked = 1;
        err = cert_upgrade_catch_up(upgrade);
    }

    if (err == CERT_EXISTS) {
        upgrade->outcome->is_partial = 1;
        return CERT_OK;
    }

    return err == CERT_NOT_FOUND ? CERT_OK : err;
}


/* Schema and place, with whatever was done. */
static cert_err_t
cert_upgrade_end(cert_upgrade_t *upgrade)
{
    uint8_t        buf[CERT_RECORD_MAX];
    cert_err_t     err;
    cert_txn_t    *txn;
    cert_writer_t  w;

    txn = upgrade->txn;
    w = cert_writer(buf, sizeof(buf));

    if (upgrade->outcome->is_partial) {
        cert_put_int(&w, CERT_UPGRADE_FORMAT, 1);
        cert_put_int(&w, upgrade->state.journal, 8);
        cert_put_int(&w, (uint64_t) upgrade->state.is_walked, 1);
        cert_put_str(&w, cert_text_str(&upgrade->state.at));

        return cert_txn_put_record(txn, CERT_DB_META, cert_str("upgrade"), &w);
    }

    err = cert_txn_del(txn, CERT_DB_META, cert_str("upgrade"));

    if (err == CERT_OK || err == CERT_NOT_FOUND) {
        txn->store->schema.schema = CERT_STORE_SCHEMA;
        cert_schema_encode(&w, &txn->store->schema);
        err = cert_txn_put_record(txn, CERT_DB_META, cert_str("schema"), &w);
    }

    return err;
}


/*
 * CERT_EXISTS: there are more certificates; CERT_NOT_FOUND: there are none.  A
 * mask is written between two walks, as it may move the record.
 */
static cert_err_t
cert_upgrade_walk(cert_upgrade_t *upgrade)
{
    cert_err_t   err;
    cert_text_t  from;
    cert_txn_t  *txn;

    txn = upgrade->txn;

    do {
        upgrade->is_stale = 0;
        from = upgrade->state.at;

        err = cert_walk(txn->store, txn->txn, CERT_DB_CERTIFICATE,
                        cert_str(""), cert_text_str(&from),
                        cert_upgrade_visit, upgrade);

        if (err == CERT_EXISTS && upgrade->is_stale) {
            err = cert_upgrade_mask(upgrade,
                                    cert_text_str(&upgrade->state.at));
            err = err == CERT_OK ? CERT_EXISTS : err;
        }

    } while (err == CERT_EXISTS && upgrade->left > 0);

    return err;
}


/* CERT_EXISTS ends the walk: the part is full, or a mask is to be written. */
static cert_err_t
cert_upgrade_visit(void *data, cert_str_t key, cert_str_t value)
{
    cert_upgrade_t  *upgrade = data;

    cert_err_t            err;
    cert_str_t            number, payload;
    cert_text_t          *at, masked;
    cert_hidden_t         hidden;
    cert_keyring_t       *ring;
    cert_certificate_t    certificate;

    ring = upgrade->txn->store->ring;
    at = &upgrade->state.at;

    if (cert_text_set(&at->len, at->data, CERT_NUMBER_MAX, key) != 0) {
        return CERT_CORRUPT;
    }

    number = cert_text_str(at);

    err = cert_unseal(ring, CERT_DB_CERTIFICATE, number, value, &payload);

    if (err == CERT_OK) {
        err = cert_certificate_decode(&certificate, &hidden, payload);
    }

    if (err == CERT_OK) {
        err = cert_person_reveal(ring, number, &hidden, &certificate.person);
    }

    if (err == CERT_CORRUPT || err == CERT_NO_KEY) {
        upgrade->outcome->number = *at;
    }

    if (err != CERT_OK) {
        return err;
    }

    cert_name_mask(&masked, cert_text_str(&certificate.person.name));
    upgrade->is_stale = !cert_str_is_equal(cert_text_str(&masked),
                                           certificate.facts.masked_name);

    err = cert_upgrade_entry(upgrade, number, &certificate.person);

    cert_crypto_wipe(&certificate.person, sizeof(certificate.person));

    if (err != CERT_OK) {
        return err;
    }

    upgrade->outcome->upgraded++;
    upgrade->left--;

    return upgrade->is_stale || upgrade->left == 0 ? CERT_EXISTS : CERT_OK;
}


static cert_err_t
cert_upgrade_entry(cert_upgrade_t *upgrade, cert_str_t number,
    const cert_person_t *person)
{
    cert_err_t     err;
    cert_text_t    form;
    cert_stored_t  stored;

    stored.facts.number = number;
    stored.match.key = 0;

    (void) cert_form_id_number(&form, cert_text_str(&person->id_number));
    upgrade->outcome->spaced
        += !cert_str_is_equal(cert_text_str(&form),
                              cert_text_str(&person->id_number));
    cert_crypto_wipe(&form, sizeof(form));

    err = cert_stored_match(upgrade->txn->store->ring, person, &stored);

    return err == CERT_OK ? cert_stored_put_match(upgrade->txn, &stored) : err;
}


/* The record as it was, with the mask that the name has by now. */
static cert_err_t
cert_upgrade_mask(cert_upgrade_t *upgrade, cert_str_t number)
{
    uint8_t              buf[CERT_RECORD_MAX];
    cert_err_t           err;
    cert_txn_t          *txn;
    cert_stored_t        stored;
    cert_writer_t        w;
    cert_certificate_t   old;

    txn = upgrade->txn;

    err = cert_lookup_certificate(txn->store, txn->txn, number, &old,
                                  &stored.hidden);

    if (err == CERT_OK) {
        err = cert_person_reveal(txn->store->ring, number, &stored.hidden,
                                 &old.person);
    }

    if (err != CERT_OK) {
        return err;
    }

    cert_name_mask(&stored.masked, cert_text_str(&old.person.name));
    cert_crypto_wipe(&old.person, sizeof(old.person));

    stored.facts = old.facts;
    stored.facts.masked_name = cert_text_str(&stored.masked);
    stored.has_photo = old.has_photo;

    w = cert_writer(buf, sizeof(buf));
    err = cert_stored_put(txn, &stored, &w);

    if (err == CERT_OK) {
        err = cert_txn_put_facts(txn, &stored.facts);
    }

    /* Copies that do not verify, or are not all there. */
    if (err == CERT_CORRUPT) {
        upgrade->outcome->number = upgrade->state.at;
    }

    return err;
}


/* CERT_EXISTS: there are more entries; CERT_NOT_FOUND: there are none. */
static cert_err_t
cert_upgrade_catch_up(cert_upgrade_t *upgrade)
{
    uint8_t        key[8];
    cert_str_t     from;
    cert_txn_t    *txn;
    cert_writer_t  w;

    txn = upgrade->txn;
    from = cert_str("");

    if (upgrade->state.journal != 0) {
        w = cert_writer(key, sizeof(key));
        cert_put_int(&w, upgrade->state.journal, sizeof(key));
        from = cert_writer_str(&w);
    }

    return cert_walk(txn->store, txn->txn, CERT_DB_JOURNAL, cert_str(""), from,
                     cert_upgrade_written, upgrade);
}


static cert_err_t
cert_upgrade_written(void *data, cert_str_t key, cert_str_t value)
{
    cert_upgrade_t  *upgrade = data;

    size_t                 left;
    cert_err_t             err;
    cert_journal_entry_t   entry;

    left = upgrade->left;

    if (left == 0) {
        return CERT_EXISTS;
    }

    err = cert_journal_decode(&entry, key, value);

    if (err == CERT_OK && (entry.type == CERT_CHANGE_CERTIFICATE
                           || entry.type == CERT_CHANGE_RESEAL)
        && entry.subject.len != 0)
    {
        err = cert_upgrade_again(upgrade, entry.subject);
    }

    upgrade->state.journal = entry.sequence;
    upgrade->left = left - 1;

    return err;
}


/* The subject of a re-seal may be a holder, which is not a certificate. */
static cert_err_t
cert_upgrade_again(cert_upgrade_t *upgrade, cert_str_t number)
{
    cert_err_t   err;
    cert_str_t   value;
    cert_txn_t  *txn;

    txn = upgrade->txn;

    err = cert_lookup_raw(txn->store, txn->txn, CERT_DB_CERTIFICATE, number,
                          &value);
    if (err != CERT_OK) {
        return err == CERT_NOT_FOUND ? CERT_OK : err;
    }

    err = cert_upgrade_visit(upgrade, number, value);

    if (upgrade->is_stale && err == CERT_EXISTS) {
        err = cert_upgrade_mask(upgrade, cert_text_str(&upgrade->state.at));
    }

    return err == CERT_EXISTS ? CERT_OK : err;
}

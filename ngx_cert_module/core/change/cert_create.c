/*
 * Copyright (C) the ngx_cert authors
 *
 * Making a store: with cert_backup.c the only code that makes data.mdb.
 *
 * Readers open lock.mdb for writing, so it gets the group's write bit and
 * data.mdb does not: an account of the group can read and never write.
 *
 * A store is complete or not there: schema, head and policy go into the same
 * transaction that makes the databases, so no program ever meets an empty one
 * and has to decide what that means.  Making a store on first use was rejected,
 * as it turns a mistyped path, or a disk that is not mounted, into a new store
 * that knows no certificate and answers "not_found" to every check.
 */


#include "cert_change.h"
#include "cert_create.h"
#include "cert_env_int.h"
#include "cert_mark_int.h"
#include "cert_meta_int.h"
#include "cert_place_int.h"


static cert_err_t cert_create_env(const char *path,
    const cert_store_options_t *options, cert_keyring_t *ring,
    cert_reason_t *reason);
static cert_err_t cert_create_fill(cert_store_t *store,
    const cert_store_options_t *options, cert_reason_t *reason);
static cert_err_t cert_create_records(cert_store_t *store, MDB_txn *txn,
    const cert_store_options_t *options);
static cert_err_t cert_create_meta(cert_store_t *store, MDB_txn *txn,
    const char *name, cert_writer_t *w);
static cert_err_t cert_create_policy(const char *path,
    const cert_store_options_t *options, cert_keyring_t *ring,
    cert_reason_t *reason);


cert_err_t
cert_store_create(const char *path, const cert_store_options_t *options,
    cert_keyring_t *ring, cert_reason_t *reason)
{
    cert_err_t  err;

    if (!cert_keyring_has(ring, CERT_KEY_RECORD)) {
        cert_reason_set(reason, "the keyring has no active \"record\" key");
        return CERT_NO_KEY;
    }

    err = cert_file_folder(path, reason);

    if (err == CERT_OK) {
        err = cert_place_check(path, reason);
    }

    if (err != CERT_OK) {
        return err;
    }

    err = cert_mark_is_absent(path, reason);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_create_env(path, options, ring, reason);

    if (err == CERT_OK) {
        err = cert_file_mode(path, CERT_STORE_DATA, CERT_DATA_MODE,
                             options->gid, reason);
    }

    if (err == CERT_OK) {
        err = cert_file_mode(path, CERT_STORE_LOCK, CERT_LOCK_MODE,
                             options->gid, reason);
    }

    if (err == CERT_OK) {
        err = cert_file_mode(path, "", CERT_STORE_MODE, options->gid, reason);
    }

    /* This writes the mark too, with the owner and the mode of data.mdb. */
    if (err == CERT_OK) {
        err = cert_create_policy(path, options, ring, reason);
    }

    if (err == CERT_OK) {
        /*
         * The commit synced the data; the names in the folder are not on disk
         * yet.
         */
        err = cert_file_sync(path, reason);
    }

    if (err != CERT_OK) {
        cert_file_undo(path);
        cert_mark_undo(path);
    }

    return err;
}


/*
 * Sets the limits, which the first opener fixes for everybody.  The modes given
 * to LMDB are cut by the umask; the caller sets them again.
 */
static cert_err_t
cert_create_env(const char *path, const cert_store_options_t *options,
    cert_keyring_t *ring, cert_reason_t *reason)
{
    cert_err_t    err;
    cert_store_t  store;

    memset(&store, 0, sizeof(store));
    store.ring = ring;

    err = cert_env_open(&store.env, path, MDB_NOTLS,
                        options->map_size ? options->map_size
                                          : CERT_STORE_MAP_SIZE,
                        CERT_ENV_TRIES, reason);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_create_fill(&store, options, reason);

    cert_env_close(store.env, CERT_ENV_TRIES);

    return err;
}


/*
 * All databases are made here: a reader cannot make one that is missing, and a
 * store without one is foreign.
 */
static cert_err_t
cert_create_fill(cert_store_t *store, const cert_store_options_t *options,
    cert_reason_t *reason)
{
    int          rc;
    MDB_txn     *txn;
    cert_err_t   err;

    rc = mdb_txn_begin(store->env, NULL, 0, &txn);
    if (rc != 0) {
        return cert_lmdb_fail(rc, "mdb_txn_begin", reason);
    }

    for (unsigned i = 0; i < CERT_DBS; i++) {
        rc = mdb_dbi_open(txn, cert_db_names[i], MDB_CREATE, &store->dbi[i]);

        if (rc != 0) {
            err = cert_lmdb_fail(rc, "mdb_dbi_open", reason);
            goto failed;
        }
    }

    err = cert_create_records(store, txn, options);

    if (err != CERT_OK) {
        cert_reason_set(reason, "the new store cannot be filled: %s",
                        cert_err_name(err));
        goto failed;
    }

    rc = mdb_txn_commit(txn);

    return rc == 0 ? CERT_OK : cert_lmdb_fail(rc, "mdb_txn_commit", reason);

failed:

    mdb_txn_abort(txn);

    return err;
}


/*
 * The three records of "meta".  The head starts at journal 0 with a chain of
 * zeros, which the first entry is chained to.
 */
static cert_err_t
cert_create_records(cert_store_t *store, MDB_txn *txn,
    const cert_store_options_t *options)
{
    uint8_t        buf[CERT_POLICY_TEXT_MAX + CERT_SEAL_SIZE];
    cert_err_t     err;
    cert_head_t    head;
    cert_policy_t  policy;
    cert_writer_t  w;

    store->schema.schema = CERT_STORE_SCHEMA;
    store->schema.is_demonstration = options->is_demonstration;
    memcpy(store->schema.id, options->id, sizeof(store->schema.id));

    w = cert_writer(buf, sizeof(buf));
    cert_schema_encode(&w, &store->schema);
    err = cert_create_meta(store, txn, "schema", &w);

    if (err == CERT_OK) {
        memset(&head, 0, sizeof(head));
        head.highest = options->now;
        head.txnid = mdb_txn_id(txn);

        w = cert_writer(buf, sizeof(buf));
        cert_head_encode(&w, &head);
        err = cert_create_meta(store, txn, "head", &w);
    }

    if (err == CERT_OK) {
        /*
         * The same in every store; what differs is the first change, see
         * below.
         */
        cert_policy_init(&policy);
        w = cert_writer(buf, sizeof(buf));
        w.pos += cert_policy_format(&policy, (char *) buf,
                                    CERT_POLICY_TEXT_MAX);
        err = cert_create_meta(store, txn, "policy", &w);
    }

    return err;
}


/*
 * As cert_txn_put_record(), whose transaction cannot begin yet: it needs a
 * head.
 */
static cert_err_t
cert_create_meta(cert_store_t *store, MDB_txn *txn, const char *name,
    cert_writer_t *w)
{
    MDB_val     k, v;
    cert_str_t  key;
    cert_err_t  err;

    key = cert_strz(name);

    err = cert_seal(store->ring, CERT_DB_META, key, w);
    if (err != CERT_OK) {
        return err;
    }

    k.mv_data = (void *) (uintptr_t) name;
    k.mv_size = key.len;
    v.mv_data = w->start;
    v.mv_size = cert_writer_str(w).len;

    return cert_lmdb_err(mdb_put(txn, store->dbi[CERT_DB_META], &k, &v, 0));
}


/*
 * The policy asked for is the first change, so that executing the journal
 * elsewhere sets it, too.
 */
static cert_err_t
cert_create_policy(const char *path, const cert_store_options_t *options,
    cert_keyring_t *ring, cert_reason_t *reason)
{
    cert_err_t      err;
    cert_txn_t     *txn;
    cert_store_t   *store;
    cert_change_t   change;
    cert_outcome_t  outcome;

    err = cert_store_open(&store, path, CERT_STORE_WRITE, ring, reason);
    if (err != CERT_OK) {
        return err;
    }

    memset(&change, 0, sizeof(change));
    change.type = CERT_CHANGE_POLICY;
    change.time = options->now;
    memcpy(change.actor, "init", sizeof("init"));
    change.u.policy = &options->policy;

    err = cert_txn_begin(&txn, store, reason);

    if (err == CERT_OK) {
        err = cert_change_execute(txn, &change, &outcome);

        if (err == CERT_OK) {
            err = cert_txn_commit(txn, reason);

        } else {
            cert_reason_set(reason, "the policy cannot be stored: %s",
                            cert_err_name(err));
            cert_txn_abort(txn);
        }
    }

    cert_store_close(store);

    return err;
}

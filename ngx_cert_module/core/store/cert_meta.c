/*
 * Copyright (C) the ngx_cert authors
 *
 * What "meta" holds: the schema, the head, the policy.
 *
 * The schema record starts with a magic number and the schema version in the
 * clear, so that an older or newer store can be told without knowing how it
 * is sealed.
 *
 * What changes with every transaction is apart from what never does: the head
 * is a small record of fixed size that commits rewrite, and it alone has to be
 * read when the store has moved on.
 *
 * The head carries the number of the transaction that wrote it.  LMDB takes the
 * meta page with the higher number, which nothing seals: a flipped bit there
 * would bring back the last commit but one, with a revoked certificate in force
 * again.  So a head older than its snapshot's number is an alarm.
 *
 * The other way round it is not an alarm.  LMDB tells a reader's snapshot by
 * the number of the last commit, and copies the meta page a moment later; two
 * commits in between, while the reader is off its core, write that page over.
 * The reader then has the newer data, whole, under the older number, which
 * also keeps that data from being written over.  So the number of a snapshot
 * may be stale and is never ahead, and decides nothing here but this: a head
 * newer than it has the snapshot begun again, a bounded number of times.  Only
 * a writer's number is exact, as it is taken under the writer lock.
 */


#include <stdlib.h>

#include "cert_lookup_int.h"
#include "cert_meta_int.h"


#define CERT_SCHEMA_MAGIC  "NGXCERT"

/* What mdb_env_copy2() numbers the one transaction of a compacted copy. */
#define CERT_TXNID_COPY    1


static cert_err_t cert_schema_check(cert_store_t *store, cert_cursor_t *c,
    cert_reason_t *reason);


void
cert_schema_encode(cert_writer_t *w, const cert_schema_t *schema)
{
    cert_put_bytes(w, CERT_SCHEMA_MAGIC, sizeof(CERT_SCHEMA_MAGIC));
    cert_put_int(w, schema->schema, 4);
    cert_put_bytes(w, schema->id, sizeof(schema->id));
    cert_put_int(w, (uint64_t) schema->is_demonstration, 1);
}


/*
 * The order of the checks: not a store of this program, another schema, a
 * missing key, damage.  Each has a remedy of its own.
 */
cert_err_t
cert_schema_read(cert_store_t *store, MDB_txn *txn, cert_reason_t *reason)
{
    cert_err_t      err;
    cert_str_t      value, payload;
    cert_cursor_t   c;
    const uint8_t  *id;

    err = cert_lookup_raw(store, txn, CERT_DB_META, cert_str("schema"),
                          &value);

    if (err == CERT_NOT_FOUND) {
        cert_reason_set(reason, "data.mdb is foreign: it names no schema");
        return CERT_BAD_STORE;
    }

    if (err != CERT_OK) {
        cert_reason_set(reason, "the schema cannot be read: %s",
                        cert_err_name(err));
        return err;
    }

    c = cert_cursor(value);

    err = cert_schema_check(store, &c, reason);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_unseal(store->ring, CERT_DB_META, cert_str("schema"), value,
                      &payload);

    if (err != CERT_OK) {
        cert_reason_set(reason, err == CERT_NO_KEY
                        ? "the keyring lacks the \"record\" key %u of the "
                          "store"
                        : "the schema does not verify under \"record\" key "
                          "%u: damaged, or a keyring of another store",
                        (unsigned) cert_seal_key(value));
        return err;
    }

    id = cert_get_bytes(&c, sizeof(store->schema.id));
    store->schema.is_demonstration = (int) cert_get_int(&c, 1);

    if (c.is_short) {
        cert_reason_set(reason, "the schema is damaged");
        return CERT_CORRUPT;
    }

    memcpy(store->schema.id, id, sizeof(store->schema.id));

    return CERT_OK;
}


/* Which program made it, and of which schema: readable without any key. */
static cert_err_t
cert_schema_check(cert_store_t *store, cert_cursor_t *c, cert_reason_t *reason)
{
    uint32_t        schema;
    const uint8_t  *magic;

    magic = cert_get_bytes(c, sizeof(CERT_SCHEMA_MAGIC));
    schema = (uint32_t) cert_get_int(c, 4);

    if (c->is_short
        || memcmp(magic, CERT_SCHEMA_MAGIC, sizeof(CERT_SCHEMA_MAGIC)) != 0)
    {
        cert_reason_set(reason, "data.mdb is foreign: not a store of this "
                        "program");
        return CERT_BAD_STORE;
    }

    store->schema.schema = schema;

    if (schema == CERT_STORE_SCHEMA
        || (schema == CERT_STORE_SCHEMA_BEFORE && store->is_upgrading))
    {
        return CERT_OK;
    }

    cert_reason_set(reason, "the store has the %s schema %u, this program "
                    "works with %u%s",
                    schema > CERT_STORE_SCHEMA ? "newer" : "older", schema,
                    CERT_STORE_SCHEMA, schema == CERT_STORE_SCHEMA_BEFORE
                                       ? ": run \"certctl upgrade\"" : "");

    return CERT_BAD_STORE;
}


void
cert_head_encode(cert_writer_t *w, const cert_head_t *head)
{
    cert_put_int(w, CERT_RECORD_FORMAT, 1);
    cert_put_int(w, head->txnid, 8);
    cert_put_int(w, head->journal, 8);
    cert_put_int(w, head->policy, 8);
    cert_put_int(w, (uint64_t) head->highest, 8);
    cert_put_bytes(w, head->chain, CERT_SHA256_SIZE);
}


cert_err_t
cert_head_read(cert_store_t *store, MDB_txn *txn, cert_head_t *head)
{
    cert_err_t  err;
    cert_str_t  value;

    err = cert_head_get(store, txn, &value);

    return err == CERT_OK ? cert_head_prove(store, value, head) : err;
}


cert_err_t
cert_head_get(cert_store_t *store, MDB_txn *txn, cert_str_t *value)
{
    cert_err_t  err;

    err = cert_lookup_raw(store, txn, CERT_DB_META, cert_str("head"), value);

    return err == CERT_NOT_FOUND ? CERT_CORRUPT : err;
}


cert_err_t
cert_head_prove(cert_store_t *store, cert_str_t value, cert_head_t *head)
{
    cert_err_t      err;
    cert_str_t      payload;
    cert_cursor_t   c;
    const uint8_t  *chain;

    err = cert_unseal(store->ring, CERT_DB_META, cert_str("head"), value,
                      &payload);
    if (err != CERT_OK) {
        return err;
    }

    c = cert_cursor(payload);

    if (cert_get_int(&c, 1) != CERT_RECORD_FORMAT) {
        return CERT_CORRUPT;
    }

    head->txnid = cert_get_int(&c, 8);
    head->journal = cert_get_int(&c, 8);
    head->policy = cert_get_int(&c, 8);
    head->highest = (cert_time_t) cert_get_int(&c, 8);
    chain = cert_get_bytes(&c, CERT_SHA256_SIZE);

    if (!cert_cursor_is_done(&c)) {
        return CERT_CORRUPT;
    }

    memcpy(head->chain, chain, CERT_SHA256_SIZE);

    return CERT_OK;
}


cert_err_t
cert_head_check(const cert_head_t *head, size_t id)
{
    if (id == head->txnid || id == CERT_TXNID_COPY) {
        return CERT_OK;
    }

    return id < head->txnid ? CERT_EXPIRED : CERT_CORRUPT;
}


cert_err_t
cert_policy_read(cert_store_t *store, MDB_txn *txn, cert_policy_t *policy)
{
    cert_err_t     err;
    cert_str_t     payload;
    cert_reason_t  reason;

    err = cert_lookup_record(store, txn, CERT_DB_META, cert_str("policy"),
                             &payload);
    if (err != CERT_OK) {
        return err == CERT_NOT_FOUND ? CERT_CORRUPT : err;
    }

    err = cert_policy_parse(policy, payload, &reason);

    /*
     * The text is genuine, so a newer program wrote a line that is not
     * understood; unless there was no memory for a pattern.
     */
    return (err == CERT_OK || err == CERT_NO_MEMORY) ? err : CERT_CORRUPT;
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * What "fsck" finds where records of holders do not agree.
 */


#include "cert_change_int.h"
#include "cert_holder_int.h"
#include "cert_holder_record_int.h"
#include "cert_lookup_int.h"
#include "holder.h"


static fixture_t  f;


/* Puts what no change would (NULL: deletes), beside a change that is one. */
static void
tamper(cert_db_t db, cert_str_t key, const cert_writer_t *payload)
{
    uint8_t         buf[2048];
    cert_err_t      err;
    cert_txn_t     *txn;
    cert_change_t   c;
    cert_writer_t   w;
    cert_reason_t   reason;
    cert_outcome_t  outcome;

    c = change(&f, CERT_CHANGE_KEY, "2022-06-22");
    c.u.key.use = CERT_KEY_TOKEN;
    c.u.key.id = 1;

    if (cert_txn_begin(&txn, f.store, &reason) != CERT_OK
        || cert_change_execute(txn, &c, &outcome) != CERT_OK)
    {
        printf("Bail out! no transaction\n");
        exit(1);
    }

    if (payload == NULL) {
        err = cert_txn_del(txn, db, key);

    } else {
        w = cert_writer(buf, sizeof(buf));
        cert_put_bytes(&w, payload->start,
                       (size_t) (payload->pos - payload->start));
        err = cert_txn_put_record(txn, db, key, &w);
    }

    is_int(err, CERT_OK, "tampered");
    is_int(cert_txn_commit(txn, &reason), CERT_OK, "committed");
}


/* Without the record under "key": what fsck says; then it is restored. */
static void
is_missed(cert_db_t db, cert_str_t key, const char *what, const char *name)
{
    char           last[400];
    uint8_t        kept[2048];
    MDB_txn       *txn;
    cert_str_t     payload;
    cert_writer_t  w;

    w = cert_writer(kept, sizeof(kept));
    (void) mdb_txn_begin(f.store->env, NULL, MDB_RDONLY, &txn);
    is_int(cert_lookup_record(f.store, txn, db, key, &payload), CERT_OK,
           "%s: is there", name);
    cert_put_bytes(&w, payload.data, payload.len);
    mdb_txn_abort(txn);

    tamper(db, key, NULL);
    ok(findings(&f, last) > 0 && strstr(last, what) != NULL,
       "%s: found missing", name);
    tamper(db, key, &w);
    is_int(findings(&f, last), 0, "%s: put back", name);
}


/* With "payload" under "key", which is new: what fsck says. */
static void
is_extra(cert_db_t db, cert_str_t key, const cert_writer_t *payload,
    const char *what, const char *name)
{
    char  last[400];

    tamper(db, key, payload);
    ok(findings(&f, last) > 0 && strstr(last, what) != NULL,
       "%s: found", name);
    tamper(db, key, NULL);
    is_int(findings(&f, last), 0, "%s: removed", name);
}


static void
test_fsck_missing(void)
{
    uint8_t        key[CERT_USERNAME_KEY_SIZE];
    cert_holder_t  nine, two;

    nine = holder_of(&f, id_at(9));
    two = holder_of(&f, id_at(2));

    is_missed(CERT_DB_HOLDER, cert_holder_str(&two), "does not lead to it",
              "a link");
    is_missed(CERT_DB_HOLDER, cert_holder_str(&nine), "belongs to no account",
              "an account");

    (void) cert_username_key(f.ring, cert_str("user9"), key);
    is_missed(CERT_DB_USERNAME,
              (cert_str_t) { key, CERT_USERNAME_KEY_SIZE },
              "not found by its user name", "a user name");
}


static void
test_fsck_usernames(void)
{
    uint8_t        buf[200], key[CERT_USERNAME_KEY_SIZE];
    cert_str_t     k;
    cert_writer_t  w;
    cert_holder_t  nine, two, nobody;

    nine = holder_of(&f, id_at(9));
    two = holder_of(&f, id_at(2));
    nobody = holder_of(&f, "NOBODY");

    w = cert_writer(buf, sizeof(buf));
    cert_username_encode(&w, &nine);
    (void) cert_username_key(f.ring, cert_str("second"), key);
    k = (cert_str_t) { key, CERT_USERNAME_KEY_SIZE };
    is_extra(CERT_DB_USERNAME, k, &w, "of another name",
             "a second user name");

    w = cert_writer(buf, sizeof(buf));
    cert_username_encode(&w, &nobody);
    is_extra(CERT_DB_USERNAME, k, &w, "no account with a login",
             "a user name of nobody");
    w = cert_writer(buf, sizeof(buf));
    cert_username_encode(&w, &two);
    is_extra(CERT_DB_USERNAME, k, &w, "no account with a login",
             "a user name of a link");
    w = cert_writer(buf, sizeof(buf));
    cert_put_int(&w, 1, 1);
    is_extra(CERT_DB_USERNAME, k, &w, "not laid out",
             "half a user name");
}


static void
test_fsck_links(void)
{
    uint8_t        buf[200];
    cert_str_t     k;
    cert_writer_t  w;
    cert_holder_t  nine, two, nobody;

    nine = holder_of(&f, id_at(9));
    two = holder_of(&f, id_at(2));
    nobody = holder_of(&f, "NOBODY");

    k = cert_holder_str(&nobody);
    w = cert_writer(buf, sizeof(buf));
    cert_link_encode(&w, &nine);
    is_extra(CERT_DB_HOLDER, k, &w, "no account that knows it",
             "a link that the account does not know");
    w = cert_writer(buf, sizeof(buf));
    cert_link_encode(&w, &nobody);
    is_extra(CERT_DB_HOLDER, k, &w, "no account that knows it",
             "a link to itself");
    w = cert_writer(buf, sizeof(buf));
    cert_link_encode(&w, &two);
    is_extra(CERT_DB_HOLDER, k, &w, "no account that knows it",
             "a link to a link");
    w = cert_writer(buf, sizeof(buf));
    cert_put_int(&w, 1, 1);
    cert_put_int(&w, 3, 1);
    is_extra(CERT_DB_HOLDER, k, &w, "not laid out", "what is neither");
}


static void
test_fsck_sessions(void)
{
    uint8_t         buf[200];
    cert_str_t      k;
    cert_writer_t   w;
    cert_session_t  session;

    memset(&session, 0, sizeof(session));
    session.holder = holder_of(&f, "NOBODY");
    w = cert_writer(buf, sizeof(buf));
    cert_session_encode(&w, &session);
    k = (cert_str_t) { digest_of(99), CERT_SHA256_SIZE };
    is_extra(CERT_DB_SESSION, k, &w, "belongs to no account",
             "a session of nobody");
    session.holder = holder_of(&f, id_at(9));
    session.generation = 1000;
    w = cert_writer(buf, sizeof(buf));
    cert_session_encode(&w, &session);
    is_extra(CERT_DB_SESSION, k, &w, "belongs to no account",
             "a session of a generation to come");
    k.len = 31;
    is_extra(CERT_DB_SESSION, k, &w, "not laid out", "a short digest");
}


static void
test_fsck_applications(void)
{
    uint8_t             buf[200], key[CERT_IDEMPOTENCY_KEY_SIZE];
    cert_str_t          k;
    cert_writer_t       w;
    cert_idempotency_t  first;

    memset(&first, 0, sizeof(first));
    first.code = code_of(&f, "2022-06-20");
    memset(key, 0x77, sizeof(key));
    k = (cert_str_t) { key, CERT_IDEMPOTENCY_KEY_SIZE };
    w = cert_writer(buf, sizeof(buf));
    cert_idempotency_encode(&w, &first);
    is_extra(CERT_DB_IDEMPOTENCY, k, &w, "leads to no copy",
             "an application without a copy");
    w.pos--;
    is_extra(CERT_DB_IDEMPOTENCY, k, &w, "not laid out",
             "half an application");
}


int
main(void)
{
    fixture_init(&f);
    fill_holders(&f);

    test_fsck_missing();
    test_fsck_usernames();
    test_fsck_links();
    test_fsck_sessions();
    test_fsck_applications();

    fixture_wipe(&f);

    return done_testing();
}

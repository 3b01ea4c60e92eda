/*
 * Copyright (C) the ngx_cert authors
 *
 * Holders: their names, what readers get of them, and re-sealing after a
 * rotation.
 */


#include "cert_holder_int.h"
#include "cert_holder_read.h"
#include "cert_list_int.h"
#include "cert_lookup_int.h"
#include "cert_read.h"
#include "cert_change_int.h"
#include "holder.h"


static fixture_t  f;


static void
test_names(void)
{
    cert_holder_t    a, b;
    cert_keyring_t  *empty;

    empty = cert_keyring_create();

    is_int(cert_holder_make(f.ring, CERT_ID_CN, cert_str(ANNA), &a), CERT_OK,
           "a holder");
    is_int(cert_holder_make(f.ring, CERT_ID_CN, cert_str(ANNA), &b), CERT_OK,
           "the same document");
    ok(memcmp(&a, &b, sizeof(a)) == 0, "gives the same name");
    (void) cert_holder_make(f.ring, CERT_ID_PASSPORT, cert_str(ANNA), &b);
    ok(memcmp(&a, &b, sizeof(a)) != 0, "another type another one");
    (void) cert_holder_make(f.ring, CERT_ID_CN, cert_str(BERTA), &b);
    ok(memcmp(&a, &b, sizeof(a)) != 0, "another number too");
    is_int(cert_holder_make(f.public_ring, CERT_ID_CN, cert_str(ANNA), &b),
           CERT_NO_KEY, "no name with the public keys");
    is_int(cert_holder_make(empty, CERT_ID_CN, cert_str(ANNA), &b),
           CERT_NO_KEY, "nor with none");

    cert_keyring_destroy(empty);
}


static cert_err_t
add_number(void *data, cert_str_t number)
{
    char  *text = data;

    snprintf(text + strlen(text), 60, "%.*s ", (int) number.len,
             (const char *) number.data);

    return CERT_OK;
}


static void
test_certificates(void)
{
    char              text[800];
    unsigned          calls;
    cert_err_t        err;
    cert_holder_t     holder;
    cert_position_t   after;
    cert_account_t    account;
    static cert_certificate_t  certificate;

    for (size_t limit = 1; limit < 12; limit += 5) {
        text[0] = '\0';
        after.len = 0;
        calls = 0;
        holder = holder_of(&f, id_at(3));

        do {
            err = cert_list_holder_certificates(f.reader, &holder, &after,
                                                limit, add_number, text);
        } while (err == CERT_OK && calls++ < 100);

        is_int(err, CERT_NOT_FOUND, "by %zu: to the end", limit);
        is_str(text, "C3-0 C3-1 C3-2 ", "by %zu: every number", limit);
    }

    text[0] = '\0';
    after.len = 0;
    holder = holder_of(&f, id_at(0));
    is_int(cert_list_holder_certificates(f.reader, &holder, &after, 9,
                                         add_number, text),
           CERT_NOT_FOUND, "who has none");
    is_str(text, "", "has none");

    is_int(account_of(&f, id_at(9), &account), CERT_OK, "an account");
    is_int(cert_read_holds(f.reader, &account, cert_str("C9-8"), NULL),
           CERT_OK, "has its certificate");
    is_int(cert_read_holds(f.reader, &account, cert_str("C2-0"), NULL),
           CERT_OK, "and that of its link");
    is_int(cert_read_holds(f.reader, &account, cert_str("C2-0"),
                           &certificate), CERT_OK, "which it gets");
    ok(certificate.has_person && certificate.person.name.len > 0,
       "with its person");
    is_int(cert_read_holds(f.reader, &account, cert_str("C3-0"),
                           &certificate), CERT_NOT_FOUND, "not another's");
    ok(!certificate.has_person && certificate.person.name.len == 0,
       "and nothing of its person");
    is_int(cert_read_holds(f.reader, &account, cert_str("C9-9"), NULL),
           CERT_NOT_FOUND, "nor one that is not there");
    is_int(cert_read_holds(f.reader, &account, cert_str(""), NULL),
           CERT_NOT_FOUND, "nor one without a number");
    (void) account_of(&f, id_at(7), &account);
    is_int(cert_read_holds(f.reader, &account, cert_str("C2-0"), NULL),
           CERT_NOT_FOUND, "nor does another account");
}


static cert_err_t
count_account(void *data, const cert_account_t *account)
{
    unsigned  *n = data;

    *n += 1 + 100 * (account->has_login != 0);

    return CERT_OK;
}


static cert_err_t
count_session(void *data, const uint8_t digest[CERT_SHA256_SIZE],
    const cert_session_t *session)
{
    unsigned  *n = data;

    *n += digest[0] == digest[31] && session->until == at("2022-06-15");

    return CERT_OK;
}


static cert_err_t
stop(void *data, const cert_account_t *account)
{
    (void) data;
    (void) account;

    return CERT_BUSY;
}


static void
test_lists(void)
{
    unsigned          n;
    cert_err_t        err;
    cert_position_t   after;

    for (size_t limit = 1; limit < 9; limit += 3) {
        n = 0;
        after.len = 0;

        while ((err = cert_list_accounts(f.reader, &after, limit,
                                         count_account, &n)) == CERT_OK) {
            ;
        }

        is_int(err, CERT_NOT_FOUND, "accounts by %zu: to the end", limit);
        is_int(n, 506, "five with a login, one without, no link");

        n = 0;
        after.len = 0;

        while ((err = cert_list_sessions(f.reader, &after, limit,
                                         count_session, &n)) == CERT_OK) {
            ;
        }

        is_int(err, CERT_NOT_FOUND, "sessions by %zu: to the end", limit);
        is_int(n, 5, "all five");
    }

    after.len = 0;
    is_int(cert_list_accounts(f.reader, &after, 9, stop, NULL), CERT_BUSY,
           "a list ends when it is told to");
}


static void
test_attempts(void)
{
    unsigned        attempts;
    cert_code_t     code;
    cert_outcome_t  outcome;

    is_int(annotate(&f, "C5-0", "2022-06-20", 9, &outcome), CERT_OK,
           "applied");
    code = outcome.code;

    is_int(cert_read_attempts(f.reader, &code, &attempts), CERT_OK, "waits");
    is_int(attempts, 0, "not tried");
    end_copy(&f, CERT_CHANGE_RETRY, &code, "2022-06-20", &outcome);
    end_copy(&f, CERT_CHANGE_RETRY, &code, "2022-06-20", &outcome);
    is_int(cert_read_attempts(f.reader, &code, &attempts), CERT_OK, "waits");
    is_int(attempts, 2, "tried twice");

    make_ready(&f, &code, "2022-06-20", 0x51, &outcome);
    is_int(cert_read_attempts(f.reader, &code, &attempts), CERT_NOT_FOUND,
           "waits no more");
    code.bytes[3] ^= 1;
    is_int(cert_read_attempts(f.reader, &code, &attempts), CERT_NOT_FOUND,
           "never did");
}


/* A public worker reads what is public, and nothing that is not. */
static void
test_public(void)
{
    char              text[800];
    unsigned          n;
    cert_holder_t     holder, found;
    cert_keyring_t   *ring;
    cert_position_t   after;
    cert_session_t    session;
    cert_account_t    account, mine;

    holder = holder_of(&f, id_at(9));
    is_int(cert_read_username(f.reader, cert_str("user9"), &found), CERT_OK,
           "a user name");
    ok(memcmp(&found, &holder, sizeof(found)) == 0, "is its holder's");
    is_int(cert_read_username(f.reader, cert_str("user8"), &found),
           CERT_NOT_FOUND, "another is nobody's");
    is_int(cert_read_username(f.reader, cert_str(""), &found),
           CERT_NOT_FOUND, "nor is an empty one");
    (void) cert_read_account(f.reader, &holder, &mine);

    ring = f.ring;
    fixture_close(&f);
    f.ring = f.public_ring;
    fixture_open(&f, CERT_STORE_READ);

    is_int(cert_read_account(f.reader, &holder, &account), CERT_OK,
           "with the public keys: an account");
    ok(!account.has_login && account.username.len == 0
       && account.password[0] == '\0', "without its login");
    is_int(account.links_n, 1, "with its links");
    is_int(cert_read_username(f.reader, cert_str("user9"), &found),
           CERT_NO_KEY, "no user name");
    is_int(cert_read_holds(f.reader, &mine, cert_str("C9-0"), NULL),
           CERT_NO_KEY, "not whose a certificate is");
    after.len = 0;
    text[0] = '\0';
    is_int(cert_list_holder_certificates(f.reader, &holder, &after, 9,
                                         add_number, text),
           CERT_NO_KEY, "nor which ones one has");
    n = 0;
    after.len = 0;
    is_int(cert_list_accounts(f.reader, &after, 99, count_account, &n),
           CERT_NOT_FOUND, "a list");
    is_int(n, 6, "without logins");
    is_int(cert_read_session(f.reader, digest_of(9), &session), CERT_OK,
           "a session");
    is_int(findings(&f, text), 0, "and all that can be checked is whole");

    fixture_close(&f);
    f.ring = ring;
    fixture_open(&f, CERT_STORE_WRITE);
}


/* Every record of the databases of holders under the active keys. */
static cert_err_t
count_stale(void *data, cert_str_t key, cert_str_t value)
{
    unsigned  *stale = data;

    (void) key;

    *stale += cert_seal_key(value)
              != cert_crypto_active(f.ring, CERT_KEY_RECORD);

    return CERT_OK;
}


static unsigned
stale(void)
{
    unsigned   n;
    MDB_txn   *txn;

    static const cert_db_t  dbs[] = {
        CERT_DB_HOLDER, CERT_DB_USERNAME, CERT_DB_SESSION,
        CERT_DB_IDEMPOTENCY
    };

    n = 0;
    (void) mdb_txn_begin(f.store->env, NULL, MDB_RDONLY, &txn);

    for (size_t i = 0; i < 4; i++) {
        (void) cert_walk(f.store, txn, dbs[i], cert_str(""),
                         cert_str(""), count_stale, &n);
    }

    mdb_txn_abort(txn);

    return n;
}


static cert_login_t
login_of(const char *id_number)
{
    MDB_txn         *txn;
    cert_login_t     login;
    cert_holder_t    holder;
    cert_account_t   account;

    holder = holder_of(&f, id_number);
    (void) mdb_txn_begin(f.store->env, NULL, MDB_RDONLY, &txn);
    (void) cert_lookup_account(f.store, txn, &holder, &account, &login);
    mdb_txn_abort(txn);

    return login;
}


/* Under the new keys alone, and no two logins under one nonce. */
static void
test_resealed(uint8_t id)
{
    cert_login_t    login[10];
    cert_account_t  account;

    for (unsigned i = 1; i < 10; i += 2) {
        login[i] = login_of(id_at(i));
        is_int(login[i].personal_key, id, "login %u has the new key", i);

        for (unsigned k = 1; k < i; k += 2) {
            ok(memcmp(login[i].nonce, login[k].nonce, CERT_NONCE_SIZE) != 0,
               "and a nonce of its own");
        }
    }

    (void) cert_keyring_set_state(f.ring, CERT_KEY_RECORD, 1,
                                  CERT_KEY_RETIRED);
    (void) cert_keyring_set_state(f.ring, CERT_KEY_PERSONAL, 1,
                                  CERT_KEY_RETIRED);
    is_int(account_of(&f, id_at(9), &account), CERT_OK,
           "without the old keys");
    is_str(account.username.data, "user9", "the user name");
    is_str(account.password, HASH, "the hash");
    is_int(account.generation, 1, "the generation");
}


static void
test_reseal(void)
{
    uint8_t          secret[CERT_KEY_SIZE], id;
    unsigned         before;
    cert_change_t    c;
    cert_outcome_t   outcome;

    memset(secret, 0x99, sizeof(secret));
    (void) cert_keyring_add(f.ring, CERT_KEY_RECORD, CERT_KEY_ACTIVE, 1,
                            secret, &id);
    memset(secret, 0x98, sizeof(secret));
    (void) cert_keyring_add(f.ring, CERT_KEY_PERSONAL, CERT_KEY_ACTIVE, 1,
                            secret, &id);

    before = stale();
    is_int(before, 7 + 5 + 5 + 2, "all records are under the old key");
    is_sound(&f, "between the keys");

    is_int(reseal_account(&f, "NOBODY", &outcome), CERT_REFUSED, "nobody's");
    is_int(outcome.refusal, CERT_REFUSAL_NO_ACCOUNT, "has no account");

    is_int(reseal_account(&f, id_at(9), &outcome), CERT_OK, "an account");
    ok(!outcome.is_unchanged && outcome.sequence != 0, "is sealed again");
    is_int(stale(), before - 5,
           "with its link, its name and its applications");
    is_int(reseal_account(&f, id_at(9), &outcome), CERT_OK, "once more");
    ok(outcome.is_unchanged, "changes nothing");
    is_int(reseal_account(&f, id_at(2), &outcome), CERT_OK, "by its link");
    ok(outcome.is_unchanged, "changes nothing either");

    for (unsigned i = 1; i < 9; i++) {
        if (i % 2 || i == 4) {
            is_int(reseal_account(&f, id_at(i), &outcome), CERT_OK,
                   "account %u", i);
        }
    }

    is_int(stale(), 5, "but for the sessions");

    c = change(&f, CERT_CHANGE_RESEAL, "2022-06-21");
    is_int(apply(&f, &c, &outcome), CERT_OK, "what is common");
    ok(!outcome.is_unchanged, "is sealed again");
    is_int(stale(), 0, "every record");
    is_int(apply(&f, &c, &outcome), CERT_OK, "once more");
    ok(outcome.is_unchanged, "changes nothing");

    test_resealed(id);
}


/* After a rotation of "personal" alone the login is all that is old. */
static void
test_personal(void)
{
    uint8_t          secret[CERT_KEY_SIZE], id;
    cert_login_t     before, after;
    cert_outcome_t   outcome;
    cert_account_t   account;

    before = login_of(id_at(9));
    memset(secret, 0x97, sizeof(secret));
    (void) cert_keyring_add(f.ring, CERT_KEY_PERSONAL, CERT_KEY_ACTIVE, 1,
                            secret, &id);

    is_int(reseal_account(&f, id_at(9), &outcome), CERT_OK, "an account");
    ok(!outcome.is_unchanged, "is encrypted again");
    after = login_of(id_at(9));
    ok(after.personal_key == id && before.personal_key != id
       && memcmp(after.nonce, before.nonce, CERT_NONCE_SIZE) != 0,
       "under the new key and another nonce");
    is_int(reseal_account(&f, id_at(4), &outcome), CERT_OK,
           "one without a login");
    ok(outcome.is_unchanged, "is as it should be");

    is_int(account_of(&f, id_at(9), &account), CERT_OK, "read");
    is_str(account.password, HASH, "the hash");

    /* What is under a key that is gone is not reported as damaged. */
    (void) cert_keyring_set_state(f.ring, CERT_KEY_PERSONAL, 2,
                                  CERT_KEY_RETIRED);
    is_int(account_of(&f, id_at(7), &account), CERT_NO_KEY,
           "one that was left behind");
    is_int(reseal_account(&f, id_at(7), &outcome), CERT_NO_KEY,
           "cannot be brought along");
    is_int(set_password(&f, id_at(7), OTHER, 0, &outcome), CERT_NO_KEY,
           "nor get a new password");
    is_int(account_of(&f, id_at(9), &account), CERT_OK, "the others can");
}


int
main(void)
{
    fixture_init(&f);

    test_names();
    fill_holders(&f);
    test_certificates();
    test_lists();
    test_attempts();
    test_public();
    test_reseal();
    test_personal();

    fixture_wipe(&f);

    return done_testing();
}

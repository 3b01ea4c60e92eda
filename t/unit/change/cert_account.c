/*
 * Copyright (C) the ngx_cert authors
 *
 * Changes to accounts and sessions: what they do, what they refuse, what they
 * journal, and that repeating them changes nothing.
 */


#include "holder.h"


static fixture_t  f;


/* The change is refused for this reason, and leaves no trace. */
static void
is_refused(cert_err_t err, const cert_outcome_t *outcome,
    cert_refusal_t refusal, const char *name)
{
    is_int(err, CERT_REFUSED, "%s: refused", name);
    is_str(cert_refusal_name(outcome->refusal), cert_refusal_name(refusal),
           "%s: why", name);
    is_int(outcome->sequence, 0, "%s: not journaled", name);
}


static void
is_unchanged(cert_err_t err, const cert_outcome_t *outcome, const char *name)
{
    is_int(err, CERT_OK, "%s: once more", name);
    ok(outcome->is_unchanged && outcome->sequence == 0,
       "%s: changes nothing", name);
}


static void
test_register(void)
{
    char            text[300];
    cert_change_t   c;
    cert_outcome_t  outcome;
    cert_account_t  account;

    is_int(account_of(&f, ANNA, &account), CERT_NOT_FOUND, "no account yet");

    is_int(enroll(&f, ANNA, "anna", HASH, &outcome), CERT_OK, "registered");
    ok(outcome.is_new, "a new account");
    is_int(account_of(&f, ANNA, &account), CERT_OK, "read");
    ok(account.has_login && account.is_matched, "with a login, matched");
    is_str(account.username.data, "anna", "the user name");
    is_str(account.password, HASH, "the hash");
    is_int(account.generation, 1, "the first generation");
    is_int(account.created, at("2022-06-10"), "since then");
    is_int(account.notice_version, 0, "nothing agreed to");
    is_int(account.links_n, 0, "no links");

    is_refused(enroll(&f, ANNA, "anna2", HASH, &outcome), &outcome,
               CERT_REFUSAL_HAS_ACCOUNT, "a second account");
    is_refused(enroll(&f, BERTA, "anna", HASH, &outcome), &outcome,
               CERT_REFUSAL_USERNAME, "a user name that is taken");
    is_int(account_of(&f, BERTA, &account), CERT_NOT_FOUND,
           "and no account was made");

    is_int(enroll(&f, BERTA, "Berta", HASH, &outcome), CERT_INVALID,
           "a user name that is not folded");
    is_int(enroll(&f, BERTA, "be", HASH, &outcome), CERT_INVALID,
           "one that is too short");
    is_int(enroll(&f, BERTA, "be ta", HASH, &outcome), CERT_INVALID,
           "one with a space");
    is_int(enroll(&f, BERTA, "", HASH, &outcome), CERT_INVALID, "none");
    is_int(enroll(&f, BERTA, "berta", "", &outcome), CERT_INVALID,
           "no password");

    memset(text, 'x', sizeof(text));
    text[256] = '\0';
    is_int(enroll(&f, BERTA, "berta", text, &outcome), CERT_INVALID,
           "a hash of 256 bytes");

    c = change(&f, CERT_CHANGE_REGISTER, "2022-06-10");
    c.u.account.holder = holder_of(&f, BERTA);
    c.u.account.username = cert_str("berta");
    c.u.account.password = cert_str("$y$\0$z");
    is_int(apply(&f, &c, &outcome), CERT_INVALID, "a zero in the hash");

    text[255] = '\0';
    is_int(enroll(&f, BERTA, "berta", text, &outcome), CERT_OK,
           "one of 255 bytes");
    is_int(account_of(&f, BERTA, &account), CERT_OK, "read");
    is_str(account.password, text, "is kept whole");

    is_sound(&f, "registered");
}


static void
test_password(void)
{
    cert_change_t   c;
    cert_outcome_t  outcome;
    cert_account_t  account;

    is_refused(set_password(&f, CLARA, HASH, 0, &outcome), &outcome,
               CERT_REFUSAL_NO_ACCOUNT, "nobody's password");
    is_int(set_password(&f, ANNA, "", 0, &outcome), CERT_INVALID,
           "an empty one");

    is_int(set_password(&f, ANNA, OTHER, 0, &outcome), CERT_OK, "a new one");
    (void) account_of(&f, ANNA, &account);
    is_str(account.password, OTHER, "is there");
    is_str(account.username.data, "anna", "for the same name");
    is_int(account.generation, 2, "and ends the sessions");
    is_unchanged(set_password(&f, ANNA, OTHER, 0, &outcome), &outcome,
                 "the same password");
    (void) account_of(&f, ANNA, &account);
    is_int(account.generation, 2, "and ends none");

    c = change(&f, CERT_CHANGE_PASSWORD, "2022-06-11");
    c.u.account.holder = holder_of(&f, ANNA);
    c.u.account.password = cert_strz(HASH);
    c.u.account.keep_sessions = 1;
    c.u.account.generation = 1;
    is_refused(apply(&f, &c, &outcome), &outcome, CERT_REFUSAL_STATE,
               "not over one that came in between");
    c.u.account.generation = 3;
    is_refused(apply(&f, &c, &outcome), &outcome, CERT_REFUSAL_STATE,
               "nor over none that was ever there");
    is_int(account_of(&f, ANNA, &account), CERT_OK, "the account");
    is_str(account.password, OTHER, "has the new one");

    is_int(set_password(&f, ANNA, HASH, 1, &outcome), CERT_OK,
           "another hash of the same");
    (void) account_of(&f, ANNA, &account);
    is_str(account.password, HASH, "is there");
    is_int(account.generation, 2, "and keeps the sessions");

    is_sound(&f, "passwords");
}


static void
test_consent(void)
{
    cert_outcome_t  outcome;
    cert_account_t  account;

    is_int(consent(&f, ANNA, 0, 0xaa, &outcome), CERT_INVALID, "to nothing");
    is_int(consent(&f, ANNA, 1, 0xaa, &outcome), CERT_OK, "agreed");
    ok(!outcome.is_new, "to the account there is");
    is_unchanged(consent(&f, ANNA, 1, 0xaa, &outcome), &outcome, "agreed");

    (void) account_of(&f, ANNA, &account);
    is_int(account.notice_version, 1, "to this version");
    is_int(account.notice_time, at("2022-06-12"), "on that day");
    is_int(account.notice_sha256[31], 0xaa, "to this text");
    ok(account.has_login && account.generation == 2, "the rest is as it was");

    is_int(consent(&f, ANNA, 1, 0xbb, &outcome), CERT_OK, "another text");
    ok(!outcome.is_unchanged, "is a change");
    is_int(consent(&f, ANNA, 2, 0xbb, &outcome), CERT_OK, "another version");
    ok(!outcome.is_unchanged, "too");

    /* A holder from outside has no login before registering. */
    is_int(consent(&f, CLARA, 2, 0xbb, &outcome), CERT_OK, "from outside");
    ok(outcome.is_new, "makes an account");
    is_int(account_of(&f, CLARA, &account), CERT_OK, "read");
    ok(!account.has_login && account.username.len == 0
       && account.password[0] == '\0', "without a login");
    is_refused(set_password(&f, CLARA, HASH, 0, &outcome), &outcome,
               CERT_REFUSAL_NO_ACCOUNT, "its password");
    is_sound(&f, "without a login");

    is_refused(enroll(&f, CLARA, "anna", HASH, &outcome), &outcome,
               CERT_REFUSAL_USERNAME, "a login that is taken");
    is_int(enroll(&f, CLARA, "克拉拉", HASH, &outcome), CERT_OK, "a login");
    ok(!outcome.is_new, "for the account there is");
    (void) account_of(&f, CLARA, &account);
    ok(account.has_login && account.notice_version == 2
       && account.generation == 1, "which keeps what was agreed to");
    is_refused(enroll(&f, CLARA, "clara", HASH, &outcome), &outcome,
               CERT_REFUSAL_HAS_ACCOUNT, "and a second one");

    is_sound(&f, "consent");
}


static void
test_link(void)
{
    char            id[32];
    cert_holder_t   holder;
    cert_outcome_t  outcome;
    cert_account_t  account;

    is_int(link_to(&f, ANNA, ANNA, &outcome), CERT_INVALID, "to itself");
    is_refused(link_to(&f, "NOBODY", "L0", &outcome), &outcome,
               CERT_REFUSAL_NO_ACCOUNT, "nobody's link");
    is_refused(link_to(&f, ANNA, BERTA, &outcome), &outcome,
               CERT_REFUSAL_HAS_ACCOUNT, "to who has an account");

    is_int(link_to(&f, ANNA, "L0", &outcome), CERT_OK, "linked");
    is_unchanged(link_to(&f, ANNA, "L0", &outcome), &outcome, "linked");
    is_refused(link_to(&f, BERTA, "L0", &outcome), &outcome,
               CERT_REFUSAL_HAS_ACCOUNT, "a link of two accounts");
    is_refused(enroll(&f, "L0", "lena", HASH, &outcome), &outcome,
               CERT_REFUSAL_HAS_ACCOUNT, "a link that registers");

    holder = holder_of(&f, ANNA);
    is_int(account_of(&f, "L0", &account), CERT_OK, "found by the link");
    ok(memcmp(&account.holder, &holder, sizeof(holder)) == 0,
       "it is the account");
    is_int(account.links_n, 1, "which knows the link");

    /* By its link an account can be changed like by its own name. */
    is_int(link_to(&f, "L0", "L1", &outcome), CERT_OK, "linked by a link");
    is_refused(link_to(&f, "L0", ANNA, &outcome), &outcome,
               CERT_REFUSAL_HAS_ACCOUNT, "an account to itself by a link");
    is_int(consent(&f, "L1", 3, 0xcc, &outcome), CERT_OK, "consent by a link");
    is_int(set_password(&f, "L1", OTHER, 0, &outcome), CERT_OK,
           "a password by a link");
    (void) account_of(&f, ANNA, &account);
    ok(account.notice_version == 3 && strcmp(account.password, OTHER) == 0,
       "are the account's");

    for (unsigned i = 2; i < CERT_LINKS_MAX; i++) {
        snprintf(id, sizeof(id), "L%u", i);
        is_int(link_to(&f, ANNA, id, &outcome), CERT_OK, "link %u", i + 1);
    }

    is_refused(link_to(&f, ANNA, "L99", &outcome), &outcome,
               CERT_REFUSAL_LINKS, "one too many");
    is_unchanged(link_to(&f, ANNA, "L7", &outcome), &outcome, "the last");
    is_int(account_of(&f, "L99", &account), CERT_NOT_FOUND, "none was made");

    is_sound(&f, "links");
}


static cert_err_t
session_of(uint8_t n, cert_session_t *session)
{
    return cert_read_session(f.reader, digest_of(n), session);
}


static void
test_session_login(void)
{
    cert_holder_t   holder;
    cert_session_t  session;
    cert_outcome_t  outcome;
    cert_account_t  account;

    is_int(session_of(1, &session), CERT_NOT_FOUND, "no session yet");
    is_refused(log_in(&f, "NOBODY", 1, 0, "2022-06-14", "2022-06-15",
                      &outcome), &outcome, CERT_REFUSAL_NO_ACCOUNT,
               "nobody's login");
    is_int(log_in(&f, ANNA, 1, 0, "2022-06-14", "2022-06-14", &outcome),
           CERT_INVALID, "a session that is over at once");
    is_int(log_in(&f, ANNA, 1, 1, "2022-06-14", "2022-06-15", &outcome),
           CERT_INVALID, "one that ends itself");

    is_int(log_in(&f, ANNA, 1, 0, "2022-06-14", "2022-06-15", &outcome),
           CERT_OK, "logged in");
    is_unchanged(log_in(&f, ANNA, 1, 0, "2022-06-14", "2022-06-15", &outcome),
                 &outcome, "logged in");
    is_int(log_in(&f, BERTA, 1, 0, "2022-06-14", "2022-06-15", &outcome),
           CERT_INVALID, "a digest that is another's");
    is_int(log_in(&f, ANNA, 1, 0, "2022-06-14", "2022-06-16", &outcome),
           CERT_INVALID, "or longer");

    (void) account_of(&f, ANNA, &account);
    holder = holder_of(&f, ANNA);
    is_int(session_of(1, &session), CERT_OK, "read");
    ok(memcmp(&session.holder, &holder, sizeof(holder)) == 0, "whose it is");
    is_int(session.generation, account.generation, "of this generation");
    is_int(session.created, at("2022-06-14"), "since then");
    is_int(session.seen, at("2022-06-14"), "seen then");
    is_int(session.until, at("2022-06-15"), "until then");

    is_int(log_in(&f, "L3", 2, 1, "2022-06-14T10:00:00Z", "2022-06-15",
                  &outcome), CERT_OK, "again, by a link");
    is_int(session_of(1, &session), CERT_NOT_FOUND, "the old one is over");
    is_int(session_of(2, &session), CERT_OK, "the new one is there");
    ok(memcmp(&session.holder, &holder, sizeof(holder)) == 0,
       "and is the account's");
    is_int(log_in(&f, BERTA, 3, 1, "2022-06-14T10:00:00Z", "2022-06-15",
                  &outcome), CERT_OK, "after one that is gone");
}


static void
test_session_use(void)
{
    cert_session_t  session;
    cert_outcome_t  outcome;

    is_refused(use_session(&f, CERT_CHANGE_TOUCH, 1, "2022-06-14T11:00:00Z",
                           &outcome), &outcome, CERT_REFUSAL_NO_SESSION,
               "a session that is over");
    is_int(use_session(&f, CERT_CHANGE_TOUCH, 2, "2022-06-14T11:00:00Z",
                       &outcome), CERT_OK, "used");
    is_unchanged(use_session(&f, CERT_CHANGE_TOUCH, 2, "2022-06-14T11:00:00Z",
                             &outcome), &outcome, "used");
    (void) session_of(2, &session);
    ok(session.seen > session.created && session.until == at("2022-06-15"),
       "was seen, and holds no longer than before");
}


static void
test_session_generation(void)
{
    cert_session_t  session;
    cert_outcome_t  outcome;
    cert_account_t  account;

    is_int(set_password(&f, ANNA, HASH, 0, &outcome), CERT_OK,
           "a new password");
    (void) session_of(2, &session);
    (void) account_of(&f, ANNA, &account);
    ok(session.generation != account.generation,
       "leaves the session behind");

    is_refused(log_in_as(&f, ANNA, session.generation, 4, "2022-06-14",
                         "2022-06-15", &outcome), &outcome,
               CERT_REFUSAL_STATE, "a login that proved the old password");
    is_int(session_of(4, &session), CERT_NOT_FOUND, "begins no session");
    is_int(log_in_as(&f, ANNA, account.generation, 4, "2022-06-14",
                     "2022-06-15", &outcome), CERT_OK, "one of the new");
    is_int(session_of(4, &session), CERT_OK, "begins one");
}


static void
test_session_logout(void)
{
    cert_session_t  session;
    cert_outcome_t  outcome;

    is_int(use_session(&f, CERT_CHANGE_LOGOUT, 2, "2022-06-14", &outcome),
           CERT_OK, "logged out");
    is_int(session_of(2, &session), CERT_NOT_FOUND, "it is gone");
    is_unchanged(use_session(&f, CERT_CHANGE_LOGOUT, 2, "2022-06-14",
                             &outcome), &outcome, "logged out");
    is_int(session_of(3, &session), CERT_OK, "the other one is not");

    is_sound(&f, "sessions");
}


static void
test_idempotency(void)
{
    cert_outcome_t  first, outcome;

    put_qualification(&f, "会计", "2021-12-17");
    put_certificate(&f, "A1", "张三", ANNA, &outcome);
    put_certificate(&f, "A2", "张三", ANNA, &outcome);

    is_refused(annotate_once(&f, ANNA, "A9", 1, 1, &outcome), &outcome,
               CERT_REFUSAL_NO_CERTIFICATE, "a first that is refused");

    is_int(annotate_once(&f, ANNA, "A1", 1, 1, &first), CERT_OK, "applied");
    ok(!first.is_unchanged, "with the key that was refused before");

    is_unchanged(annotate_once(&f, ANNA, "A1", 1, 1, &outcome), &outcome,
                 "applied");
    ok(memcmp(&outcome.code, &first.code, sizeof(first.code)) == 0,
       "with the code of the first");
    ok(outcome.expires == first.expires && outcome.expires != 0
       && outcome.applied == first.applied, "and its times");

    is_refused(annotate_once(&f, ANNA, "A1", 1, 2, &outcome), &outcome,
               CERT_REFUSAL_IDEMPOTENCY, "the key with another request");
    is_refused(annotate_once(&f, ANNA, "A2", 1, 2, &outcome), &outcome,
               CERT_REFUSAL_IDEMPOTENCY, "or for another certificate");

    is_int(annotate_once(&f, BERTA, "A1", 1, 1, &outcome), CERT_OK,
           "another holder's key");
    ok(!outcome.is_unchanged, "is another key");
    is_int(annotate_once(&f, ANNA, "A1", 2, 1, &outcome), CERT_OK,
           "another key");
    ok(!outcome.is_unchanged, "is another application");

    is_refused(annotate_once(&f, ANNA, "A1", 3, 1, &outcome), &outcome,
               CERT_REFUSAL_QUOTA, "a fourth");
    is_unchanged(annotate_once(&f, ANNA, "A1", 1, 1, &outcome), &outcome,
                 "the first, with the quota used up");

    /* What became of it does not matter: the answer is where to look. */
    end_copy(&f, CERT_CHANGE_WITHDRAW, &first.code, "2022-06-21", &outcome);
    set_status(&f, "A1", CERT_STATUS_REVOKED, "", &outcome);
    is_unchanged(annotate_once(&f, ANNA, "A1", 1, 1, &outcome), &outcome,
                 "the first, of a certificate that was revoked");
    ok(memcmp(&outcome.code, &first.code, sizeof(first.code)) == 0,
       "with its code");

    is_sound(&f, "applications");
}


/* Of all that refuses, each has a name and a text of its own. */
static void
test_names(void)
{
    int  same;

    same = 0;

    for (int i = 0; i <= CERT_REFUSAL_IDEMPOTENCY; i++) {
        for (int k = 0; k < i; k++) {
            same += strcmp(cert_refusal_name(i), cert_refusal_name(k)) == 0;
            same += strcmp(cert_refusal_text(i), cert_refusal_text(k)) == 0;
        }
    }

    for (int i = CERT_CHANGE_CERTIFICATE; i <= CERT_CHANGE_REMOVE; i++) {
        for (int k = CERT_CHANGE_CERTIFICATE - 1; k < i; k++) {
            same += strcmp(cert_change_type_name(i), cert_change_type_name(k))
                    == 0;
        }
    }

    is_int(same, 0, "no two refusals or changes of one name");

    is_str(cert_refusal_name(CERT_REFUSAL_HAS_ACCOUNT), "has_account", "row");
    is_str(cert_refusal_name(CERT_REFUSAL_USERNAME), "username", "row");
    is_str(cert_refusal_name(CERT_REFUSAL_NO_ACCOUNT), "no_account", "row");
    is_str(cert_refusal_name(CERT_REFUSAL_LINKS), "links", "row");
    is_str(cert_refusal_name(CERT_REFUSAL_NO_SESSION), "no_session", "row");
    is_str(cert_refusal_name(CERT_REFUSAL_IDEMPOTENCY), "idempotency", "row");
    is_str(cert_change_type_name(CERT_CHANGE_REGISTER), "register", "row");
    is_str(cert_change_type_name(CERT_CHANGE_PASSWORD), "password", "row");
    is_str(cert_change_type_name(CERT_CHANGE_CONSENT), "consent", "row");
    is_str(cert_change_type_name(CERT_CHANGE_LINK), "link", "row");
    is_str(cert_change_type_name(CERT_CHANGE_LOGIN), "login", "row");
    is_str(cert_change_type_name(CERT_CHANGE_TOUCH), "touch", "row");
    is_str(cert_change_type_name(CERT_CHANGE_LOGOUT), "logout", "row");
    is_str(cert_change_type_name(CERT_CHANGE_FORGET), "forget", "row");
    is_str(cert_change_type_name(CERT_CHANGE_RESTORE), "restore", "row");
    is_str(cert_change_type_name(CERT_CHANGE_REMOVE), "remove", "row");
}


static cert_err_t
look_entry(void *data, const cert_journal_entry_t *entry)
{
    int  *bad = data;

    if (entry->type < CERT_CHANGE_REGISTER) {
        return CERT_OK;
    }

    /* A holder in hex, and nothing that anyone could have typed. */
    *bad += entry->subject.len != 2 * CERT_HOLDER_SIZE;

    for (size_t i = 0; i < entry->subject.len; i++) {
        *bad += strchr("0123456789abcdef", entry->subject.data[i]) == NULL;
    }

    return CERT_OK;
}


/* Neither user names nor hashes are in the file, live or left over. */
static void
test_secrets(void)
{
    int        bad;
    char       name[700];
    FILE      *file;
    size_t     len;
    uint64_t   next;
    uint8_t   *bytes;

    static const char *const  secrets[] = {
        "anna", "berta", "克拉拉", HASH, OTHER, ANNA, BERTA, CLARA
    };

    bad = 0;
    next = 1;
    is_int(cert_journal_list(f.reader, &next, 100000, look_entry, &bad),
           CERT_NOT_FOUND, "the journal, to its end");
    is_int(bad, 0, "names holders by their digest");

    snprintf(name, sizeof(name), "%s/data.mdb", f.store_path);
    file = fopen(name, "rb");
    bytes = malloc(8 << 20);
    len = fread(bytes, 1, 8 << 20, file);
    fclose(file);

    ok(memmem(bytes, len, "2022", 4) != NULL || len > 100000,
       "%zu bytes of store", len);

    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
        ok(memmem(bytes, len, secrets[i], strlen(secrets[i])) == NULL,
           "\"%.12s\" is nowhere in them", secrets[i]);
    }

    free(bytes);
}


int
main(void)
{
    fixture_init(&f);

    test_register();
    test_password();
    test_consent();
    test_link();
    test_session_login();
    test_session_use();
    test_session_generation();
    test_session_logout();
    test_idempotency();
    test_names();
    test_secrets();

    fixture_wipe(&f);

    return done_testing();
}

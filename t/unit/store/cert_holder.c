/*
 * Copyright (C) the ngx_cert authors
 *
 * Holders: their names and user names, what readers get of them, re-sealing
 * after a rotation, and what "fsck" finds of what does not agree.
 */


#include <utf8proc.h>

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


static const struct {
    const char  *in;
    const char  *out;               /* NULL: refused */
} usernames[] = {
    { "anna", "anna" },
    { "Anna", "anna" },
    { "ANNA", "anna" },
    { " anna ", "anna" },
    { "\xE3\x80\x80" "anna", "anna" },
    { "anna.b_c@d+e-9", "anna.b_c@d+e-9" },
    { "13800138000", "13800138000" },
    { "\xEF\xBC\xA1\xEF\xBD\x8E\xEF\xBC\x91", "an1" },
    { "张", "张" },
    { "张三丰", "张三丰" },
    { "Ünal", "ünal" },
    { "U\xCC\x88nal", "ünal" },
    { "STRASSE", "strasse" },
    { "Straße", "strasse" },
    { "ΣΊΣΥΦΟΣ", "σίσυφοσ" },
    { "Иван", "иван" },
    { "한글", "한글" },
    { "٣٤٥", "٣٤٥" },
    { "", NULL },
    { "   ", NULL },
    { "an", NULL },
    { "a b", NULL },
    { "anna\t", NULL },
    { "anna\n", NULL },
    { "an\"na", NULL },
    { "an'na", NULL },
    { "an,na", NULL },
    { "an/na", NULL },
    { "an\\na", NULL },
    { "an:na", NULL },
    { "an;na", NULL },
    { "an<na", NULL },
    { "an=na", NULL },
    { "an#na", NULL },
    { "an%na", NULL },
    { "an&na", NULL },
    { "an*na", NULL },
    { "an(na", NULL },
    { "an!na", NULL },
    { "an?na", NULL },
    { "an|na", NULL },
    { "an~na", NULL },
    { "an$na", NULL },
    { "an\x7Fna", NULL },
    { "an\xC2\xA0na", NULL },               /* no-break space */
    { "an\xE2\x80\x8Bna", NULL },           /* zero width space */
    { "an\xE2\x80\x8Dna", NULL },           /* joiner */
    { "an\xE2\x80\xAEna", NULL },           /* override */
    { "an\xC2\xADna", NULL },               /* soft hyphen */
    { "an\xEF\xBC\x8Fna", NULL },           /* full-width slash */
    { "anna\xCC\x81\xCC\x81", NULL },       /* a mark that stays */
    { "①②③", NULL },
    { "Ⅷ世界", NULL },
    { "😀😀", NULL },
    { "张·三", NULL },
    { "\xEE\x80\x80\xEE\x80\x80", NULL },   /* private use */
    { "an\xFFna", NULL },
    { "an\xC0\xAEna", NULL },
    { "an\xED\xA0\x80na", NULL },
    { "anna\xC3", NULL }
};


static const struct {
    const char  *in;
    const char  *out;               /* NULL: refused */
} typed_usernames[] = {
    { "anna", "anna" },
    { " Anna\t", "anna" },
    { "anna\r\n", "anna" },
    { "an na", "anna" },
    { "\xEF\xBB\xBF" "anna\xE2\x80\x8B", "anna" },
    { "\xE2\x80\xAA" "anna\xE2\x80\xAC", "anna" },
    { "an\xE2\x80\x93na", "an-na" },
    { "ＡＮ－ＮＡ", "an-na" },
    { "张\xE3\x80\x80三", "张三" },
    { "Straße", "strasse" },
    { "", NULL },
    { "\xE2\x80\x8B", NULL },
    { "an", NULL },
    { "an\x01na", NULL },
    { "an/na", NULL },
    { "an\xFFna", NULL },
    { "anna\xE4\xB8", NULL },
    { "张·三", NULL },
    { "①②③", NULL },
    { "\xEE\x80\x80\xEE\x80\x80", NULL }
};


/* What is looked for may hold what a user name cannot. */
static void
test_username_match(void)
{
    size_t       i;
    const char  *why;
    cert_err_t   err;
    cert_text_t  out;

    for (i = 0; i < sizeof(typed_usernames) / sizeof(typed_usernames[0]);
         i++)
    {
        why = "?";
        err = cert_username_match(&out, cert_strz(typed_usernames[i].in), &why);

        if (typed_usernames[i].out != NULL) {
            ok(err == CERT_OK, "row %zu: is looked for", i);
            is_str(out.data, typed_usernames[i].out, "row %zu: by this", i);

        } else {
            ok(err == CERT_INVALID && *why != '?', "row %zu: it %s", i, why);
        }
    }
}


static void
test_username(void)
{
    char         text[300];
    const char  *why;
    cert_text_t  out;

    for (size_t i = 0; i < sizeof(usernames) / sizeof(usernames[0]); i++) {
        why = NULL;

        if (usernames[i].out != NULL) {
            is_int(cert_username_fold(&out, cert_strz(usernames[i].in), &why),
                   CERT_OK, "row %zu is taken", i);
            is_str(out.data, usernames[i].out, "row %zu: folded", i);

        } else {
            is_int(cert_username_fold(&out, cert_strz(usernames[i].in), &why),
                   CERT_INVALID, "row %zu is refused", i);
            ok(why != NULL, "row %zu: %s", i, why);
        }
    }

    is_int(cert_username_fold(&out, (cert_str_t) { (const uint8_t *) "an\0na",
                                                   5 }, NULL),
           CERT_INVALID, "a zero is refused");

    memset(text, 'a', sizeof(text));
    text[64] = '\0';
    is_int(cert_username_fold(&out, cert_strz(text), &why), CERT_OK,
           "64 bytes");
    text[64] = 'a';
    text[65] = '\0';
    is_int(cert_username_fold(&out, cert_strz(text), &why), CERT_INVALID,
           "65 bytes");
    is_str(why, "is too long", "are too long");
    text[65] = 'a';
    text[299] = '\0';
    is_int(cert_username_fold(&out, cert_strz(text), &why), CERT_INVALID,
           "299 bytes");
}


/* For all of Unicode, alone and behind a letter: folding twice is folding. */
static void
test_stable(void)
{
    int               wrong, taken;
    uint8_t           text[64];
    size_t            len;
    const char       *why;
    cert_err_t        err;
    cert_text_t       once, twice;
    utf8proc_ssize_t  n;

    wrong = taken = 0;

    for (int32_t ch = 1; ch < 0x110000; ch++) {
        if (ch >= 0xD800 && ch < 0xE000) {
            continue;
        }

        for (unsigned form = 0; form < 3; form++) {
            memcpy(text, form == 2 ? "α" : "aa", 2);
            len = form ? 2 : 0;
            n = utf8proc_encode_char(ch, text + len);
            len += (size_t) n;
            memcpy(text + len, "zzz", 3);
            len += 3;

            err = cert_username_fold(&once, (cert_str_t) { text, len }, &why);
            if (err != CERT_OK) {
                continue;
            }

            taken++;
            wrong += cert_username_fold(&twice,
                                        (cert_str_t) { (uint8_t *) once.data,
                                                       once.len },
                                        &why) != CERT_OK
                     || strcmp(once.data, twice.data) != 0
                     || once.len > CERT_USERNAME_MAX;
        }
    }

    ok(taken > 300000, "%d names", taken);
    is_int(wrong, 0, "folding what is folded changes nothing");
}


/* Ten holders; holder "i" has i certificates and, if odd, an account. */
static const char *
id_of(unsigned i)
{
    static char  texts[10][32];

    snprintf(texts[i], sizeof(texts[i]), "1101051949123%05u", i);

    return texts[i];
}


static void
fill(void)
{
    char            text[32];
    cert_outcome_t  outcome;

    put_qualification(&f, "会计", "2021-12-17");

    for (unsigned i = 0; i < 10; i++) {
        for (unsigned k = 0; k < i; k++) {
            snprintf(text, sizeof(text), "C%u-%u", i, k);
            put_certificate(&f, text, "张三", id_of(i), &outcome);
        }

        if (i % 2) {
            snprintf(text, sizeof(text), "user%u", i);
            enroll(&f, id_of(i), text, HASH, &outcome);
            log_in(&f, id_of(i), (uint8_t) i, 0, "2022-06-14", "2022-06-15",
                   &outcome);
        }
    }

    /* Number 2 was corrected to 9, whose account it joins. */
    link_to(&f, id_of(9), id_of(2), &outcome);
    consent(&f, id_of(4), 1, 0xaa, &outcome);
    annotate_once(&f, id_of(9), "C9-0", 1, 1, &outcome);
    annotate_once(&f, id_of(9), "C9-1", 2, 1, &outcome);
    is_sound(&f, "filled");
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
        holder = holder_of(&f, id_of(3));

        do {
            err = cert_list_holder_certificates(f.reader, &holder, &after,
                                                limit, add_number, text);
        } while (err == CERT_OK && calls++ < 100);

        is_int(err, CERT_NOT_FOUND, "by %zu: to the end", limit);
        is_str(text, "C3-0 C3-1 C3-2 ", "by %zu: every number", limit);
    }

    text[0] = '\0';
    after.len = 0;
    holder = holder_of(&f, id_of(0));
    is_int(cert_list_holder_certificates(f.reader, &holder, &after, 9,
                                         add_number, text),
           CERT_NOT_FOUND, "who has none");
    is_str(text, "", "has none");

    is_int(account_of(&f, id_of(9), &account), CERT_OK, "an account");
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
    (void) account_of(&f, id_of(7), &account);
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

    holder = holder_of(&f, id_of(9));
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

    nine = holder_of(&f, id_of(9));
    two = holder_of(&f, id_of(2));

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

    nine = holder_of(&f, id_of(9));
    two = holder_of(&f, id_of(2));
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

    nine = holder_of(&f, id_of(9));
    two = holder_of(&f, id_of(2));
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
    session.holder = holder_of(&f, id_of(9));
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
        login[i] = login_of(id_of(i));
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
    is_int(account_of(&f, id_of(9), &account), CERT_OK,
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

    is_int(reseal_account(&f, id_of(9), &outcome), CERT_OK, "an account");
    ok(!outcome.is_unchanged && outcome.sequence != 0, "is sealed again");
    is_int(stale(), before - 5,
           "with its link, its name and its applications");
    is_int(reseal_account(&f, id_of(9), &outcome), CERT_OK, "once more");
    ok(outcome.is_unchanged, "changes nothing");
    is_int(reseal_account(&f, id_of(2), &outcome), CERT_OK, "by its link");
    ok(outcome.is_unchanged, "changes nothing either");

    for (unsigned i = 1; i < 9; i++) {
        if (i % 2 || i == 4) {
            is_int(reseal_account(&f, id_of(i), &outcome), CERT_OK,
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

    before = login_of(id_of(9));
    memset(secret, 0x97, sizeof(secret));
    (void) cert_keyring_add(f.ring, CERT_KEY_PERSONAL, CERT_KEY_ACTIVE, 1,
                            secret, &id);

    is_int(reseal_account(&f, id_of(9), &outcome), CERT_OK, "an account");
    ok(!outcome.is_unchanged, "is encrypted again");
    after = login_of(id_of(9));
    ok(after.personal_key == id && before.personal_key != id
       && memcmp(after.nonce, before.nonce, CERT_NONCE_SIZE) != 0,
       "under the new key and another nonce");
    is_int(reseal_account(&f, id_of(4), &outcome), CERT_OK,
           "one without a login");
    ok(outcome.is_unchanged, "is as it should be");

    is_int(account_of(&f, id_of(9), &account), CERT_OK, "read");
    is_str(account.password, HASH, "the hash");

    /* What is under a key that is gone is not reported as damaged. */
    (void) cert_keyring_set_state(f.ring, CERT_KEY_PERSONAL, 2,
                                  CERT_KEY_RETIRED);
    is_int(account_of(&f, id_of(7), &account), CERT_NO_KEY,
           "one that was left behind");
    is_int(reseal_account(&f, id_of(7), &outcome), CERT_NO_KEY,
           "cannot be brought along");
    is_int(set_password(&f, id_of(7), OTHER, 0, &outcome), CERT_NO_KEY,
           "nor get a new password");
    is_int(account_of(&f, id_of(9), &account), CERT_OK, "the others can");
}


int
main(void)
{
    fixture_init(&f);

    test_names();
    test_username();
    test_username_match();
    test_stable();
    fill();
    test_certificates();
    test_lists();
    test_attempts();
    test_public();
    test_fsck_missing();
    test_fsck_usernames();
    test_fsck_links();
    test_fsck_sessions();
    test_fsck_applications();
    test_reseal();
    test_personal();

    fixture_wipe(&f);

    return done_testing();
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * Password hashes: made, verified and told apart; a caller that gets no turn
 * (certd_turns.c) costs no work; and the work is the same for all that are
 * refused.
 */


#include <crypt.h>
#include <dlfcn.h>
#include <pthread.h>
#include <unistd.h>

#include "certd_hashes.h"
#include "certd_password.h"
#include "tap.h"


#define THREADS  8

/* How what certd makes begins: yescrypt, cost 8; and the cheapest there is. */
#define TODAY    "$y$jCT$"
#define CHEAP    "$y$j75$"

typedef struct {
    pthread_t        thread;
    certd_hashes_t  *hashes;
    cert_err_t       err;
} hasher_t;


/* How often hashes of today's cost were made, and others. */
static int  today_n, others_n;

/* Whether the cheapest of yescrypt stands for today's cost. */
static int  is_cheap;

/* How many callers were told that it is busy. */
static int  refused_n;

/* Locked by a test that wants no hash to end yet. */
static pthread_mutex_t  held = PTHREAD_MUTEX_INITIALIZER;


static cert_err_t hash_make(certd_hashes_t *hashes, cert_str_t password,
    char *hash);
static cert_err_t hash_verify(certd_hashes_t *hashes, cert_str_t password,
    const char *hash, int *is_old);
static void test_make(certd_hashes_t *hashes);
static void test_known(certd_hashes_t *hashes);
static void test_old(certd_hashes_t *hashes);
static void test_refused(certd_hashes_t *hashes);
static void test_work(certd_hashes_t *hashes);
static void test_bound(void);
static void *hash_one(void *data);
static void test_told(void);


int
main(void)
{
    certd_hashes_t  *hashes;

    hashes = certd_hashes_create(1, 0);
    ok(hashes != NULL, "yescrypt is there");

    test_make(hashes);
    test_old(hashes);

    is_cheap = 1;
    test_make(hashes);
    test_known(hashes);
    test_refused(hashes);
    test_work(hashes);
    is_int(certd_hashes_waiting(hashes), 0, "none waits");

    certd_hashes_destroy(hashes);
    certd_hashes_destroy(NULL);

    test_bound();
    test_told();

    return done_testing();
}


/*
 * What certd calls, in place of the library's, which does the work.  A hash of
 * today's cost takes hundreds of milliseconds, so most tests have it made with
 * the cheapest and called today's.
 */
char *
crypt_rn(const char *phrase, const char *setting, void *data, int size)
{
    int   is_today;
    char  cheap[CRYPT_OUTPUT_SIZE], *hash;

    is_today = strncmp(setting, TODAY, sizeof(TODAY) - 1) == 0;
    (void) __atomic_add_fetch(is_today ? &today_n : &others_n, 1,
                              __ATOMIC_SEQ_CST);

    (void) pthread_mutex_lock(&held);
    (void) pthread_mutex_unlock(&held);

    if (is_today && is_cheap) {
        (void) snprintf(cheap, sizeof(cheap), CHEAP "%s",
                        setting + sizeof(TODAY) - 1);
        setting = cheap;
    }

    hash = ((__typeof__(&crypt_rn)) dlsym(RTLD_NEXT, "crypt_rn"))
               (phrase, setting, data, size);

    if (is_today && is_cheap && hash != NULL && hash[0] == '$') {
        memcpy(hash, TODAY, sizeof(TODAY) - 1);
    }

    return hash;
}


/* For a client that stays. */
static cert_err_t
hash_make(certd_hashes_t *hashes, cert_str_t password, char *hash)
{
    certd_turn_t  turn = { .fd = -1 };

    return certd_hash_make(hashes, &turn, password, hash);
}


static cert_err_t
hash_verify(certd_hashes_t *hashes, cert_str_t password, const char *hash,
    int *is_old)
{
    certd_turn_t  turn = { .fd = -1 };

    return certd_hash_verify(hashes, &turn, password, hash, is_old);
}


static void
test_make(certd_hashes_t *hashes)
{
    int   is_old;
    char  a[CERT_PASSWORD_MAX + 1], b[CERT_PASSWORD_MAX + 1];

    is_int(hash_make(hashes, cert_str("secret"), a), CERT_OK,
           "a hash is made");
    is_int(hash_make(hashes, cert_str("secret"), b), CERT_OK,
           "and another one");
    ok(strncmp(a, TODAY, sizeof(TODAY) - 1) == 0, "it is yescrypt, cost 8");
    ok(strcmp(a, b) != 0, "each has a salt of its own");

    is_int(hash_verify(hashes, cert_str("secret"), a, &is_old), CERT_OK,
           "the password opens it");
    is_int(is_old, 0, "it is not old");
    is_int(hash_verify(hashes, cert_str("Secret"), a, &is_old),
           CERT_DENIED, "another does not");
    is_int(hash_verify(hashes, cert_str("secret"), NULL, &is_old),
           CERT_DENIED, "an unknown name's opens to nothing");
}


/* As other systems make them. */
static void
test_known(certd_hashes_t *hashes)
{
    int      bad, is_old;
    char     made[CERT_PASSWORD_MAX + 1];
    size_t   i;

    static const char *const  prefixes[] = { "$2b$", "$5$", "$6$", "$y$" };

    bad = 0;

    for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        struct crypt_data  work;
        char               setting[CRYPT_GENSALT_OUTPUT_SIZE];

        memset(&work, 0, sizeof(work));

        /* The cheapest of each, but for SHA, whose default is cheap. */
        (void) crypt_gensalt_rn(prefixes[i], i == 0 ? 4 : i == 3 ? 1 : 0,
                                NULL, 0, setting, sizeof(setting));
        (void) snprintf(made, sizeof(made), "%s",
                        crypt_r("密码 password", setting, &work));

        bad += hash_verify(hashes, cert_str("密码 password"), made,
                           &is_old)
               != CERT_OK;
        bad += !is_old;
        bad += hash_verify(hashes, cert_str("密码 passwore"), made,
                           &is_old)
               != CERT_DENIED;
        bad += is_old;
    }

    is_int(bad, 0, "bcrypt, SHA-2 and a cheap yescrypt verify and are old");
}


static void
test_old(certd_hashes_t *hashes)
{
    int                 is_old;
    char                setting[CRYPT_GENSALT_OUTPUT_SIZE];
    struct crypt_data   work;

    memset(&work, 0, sizeof(work));
    (void) crypt_gensalt_rn("$y$", 9, NULL, 0, setting, sizeof(setting));

    is_int(hash_verify(hashes, cert_str("costly"),
                       crypt_r("costly", setting, &work), &is_old),
           CERT_OK, "a dearer one verifies");
    is_int(is_old, 0, "and is kept");
}


static void
test_refused(certd_hashes_t *hashes)
{
    int      is_old;
    char     hash[CERT_PASSWORD_MAX + 1];
    uint8_t  text[CERT_PASSWORD_BYTES_MAX + 1];

    memset(text, 'x', sizeof(text));

    is_int(hash_make(hashes, cert_str(""), hash), CERT_INVALID,
           "an empty password is none");
    is_int(hash_make(hashes, cert_str("a\0b"), hash), CERT_INVALID,
           "nor is one with a zero in it");
    is_int(hash_make(hashes, (cert_str_t) { text, sizeof(text) }, hash),
           CERT_INVALID, "nor one that crypt(3) would refuse");
    is_int(hash_make(hashes, (cert_str_t) { text, sizeof(text) - 1 },
                     hash), CERT_OK, "the longest is taken");

    is_int(hash_verify(hashes, (cert_str_t) { text, sizeof(text) - 1 },
                       hash, &is_old), CERT_OK, "and verified whole");
    is_int(hash_verify(hashes, (cert_str_t) { text, sizeof(text) - 2 },
                       hash, &is_old), CERT_DENIED, "to its last byte");
    is_int(hash_verify(hashes, (cert_str_t) { text, sizeof(text) },
                       hash, &is_old), CERT_DENIED, "not a byte more");
    is_int(hash_verify(hashes, cert_str("x"), "*0", &is_old),
           CERT_DENIED, "what is not a hash opens to nothing");
    is_int(hash_verify(hashes, cert_str("x"), "", &is_old),
           CERT_DENIED, "nor does an empty one");
}


/* Counted and not timed: a clock would tell more of the machine. */
static void
test_work(certd_hashes_t *hashes)
{
    int      is_old;
    char     today[CERT_PASSWORD_MAX + 1];
    char     long_one[CERT_PASSWORD_BYTES_MAX + 1];
    size_t   i;

    const struct {
        const char  *name;
        const char  *hash;
        int          others;    /* before today's */
        int          today;
    } rows[] = {
        { "nobody", NULL, 0, 1 },
        { "today's", today, 0, 1 },
        { "bcrypt", "$2b$04$abcdefghijklmnopqrstuuPp7HPfoAs8I2dCQCQ/fW7zEJv8I"
                    "8C8e", 1, 1 },
        { "SHA-512", "$6$abcdefghijklmnop$", 1, 1 },
        { "SHA-256", "$5$abcdefghijklmnop$", 1, 1 },
        { "a cheap yescrypt", "$y$j75$abcdefghijklmnopqrstu.$", 1, 1 },
        { "what is not a hash", "*0", 1, 1 },
        { "today's, spoilt", TODAY "!$", 0, 2 },
        { "an empty one", "", 1, 1 }
    };

    (void) hash_make(hashes, cert_str("secret"), today);
    memset(long_one, 'x', sizeof(long_one));

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        today_n = 0;
        others_n = 0;

        is_int(hash_verify(hashes, cert_str("wrong"), rows[i].hash,
                           &is_old), CERT_DENIED,
               "%s: refused", rows[i].name);
        is_int(others_n, rows[i].others, "%s: after its own hash",
               rows[i].name);
        is_int(today_n, rows[i].today, "%s: and one of today's",
               rows[i].name);

        today_n = 0;
        others_n = 0;

        (void) hash_verify(hashes, (cert_str_t) { (uint8_t *) long_one,
                                                  sizeof(long_one) },
                           rows[i].hash, &is_old);
        ok(today_n == 1 && others_n == 0,
           "%s: for what can be no password, one of today's", rows[i].name);
    }
}


/* Eight come, one works, two may wait: the others cost nothing. */
static void
test_bound(void)
{
    int              i, busy, done;
    hasher_t         hashers[THREADS];
    certd_hashes_t  *hashes;

    hashes = certd_hashes_create(1, 2);
    today_n = 0;
    refused_n = 0;

    (void) pthread_mutex_lock(&held);

    for (i = 0; i < THREADS; i++) {
        hashers[i].hashes = hashes;
        (void) pthread_create(&hashers[i].thread, NULL, hash_one, &hashers[i]);
    }

    for (i = 0; i < 60000 && __atomic_load_n(&refused_n, __ATOMIC_SEQ_CST)
                             < THREADS - 3; i++)
    {
        (void) usleep(1000);
    }

    is_int(certd_hashes_waiting(hashes), 2, "two wait while one works");
    (void) pthread_mutex_unlock(&held);

    busy = 0;
    done = 0;

    for (i = 0; i < THREADS; i++) {
        (void) pthread_join(hashers[i].thread, NULL);
        busy += (hashers[i].err == CERT_BUSY);
        done += (hashers[i].err == CERT_OK);
    }

    is_int(done, 3, "the three have a hash");
    is_int(busy, THREADS - 3, "the others are told that it is busy");
    is_int(today_n, done, "and cost none");
    is_int(certd_hashes_waiting(hashes), 0, "none waits any more");

    certd_hashes_destroy(hashes);
}


static void *
hash_one(void *data)
{
    char       hash[CERT_PASSWORD_MAX + 1];
    hasher_t  *hasher = data;

    hasher->err = hash_make(hasher->hashes, cert_str("secret"), hash);

    if (hasher->err == CERT_BUSY) {
        (void) __atomic_add_fetch(&refused_n, 1, __ATOMIC_SEQ_CST);
    }

    return NULL;
}


static void
test_told(void)
{
    cert_text_t  username, name, id_number;

    (void) cert_username_fold(&username, cert_str("zhang.wei@home"), NULL);
    (void) cert_name_fold(&name, cert_str("阿布都热合曼·买买提"), NULL);
    (void) cert_id_number_fold(&id_number, cert_str("11010519491231002X"),
                               NULL);

    ok(certd_password_is_told(cert_str("Zhang.Wei@HOME"), &username, &name,
                              &id_number), "the username, in capitals");
    ok(certd_password_is_told(cert_str("阿布都热合曼·买买提"), &username,
                              &name, &id_number), "the name");
    ok(certd_password_is_told(cert_str(" 11010519491231002x "), &username,
                              &name, &id_number), "the document number");
    ok(!certd_password_is_told(cert_str("zhang.wei@home1"), &username, &name,
                               &id_number), "something else");
}

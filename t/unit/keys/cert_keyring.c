/*
 * Copyright (C) the ngx_cert authors
 *
 * Keyrings: their states, their files, and what is refused.
 */


#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>

#include "cert_base64_int.h"
#include "cert_keyring_file.h"
#include "cert_keyring_int.h"
#include "tap.h"


/* 32 bytes 0x00..0x1f, and 32 bytes 0xff. */
#define KEY1  "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define KEY2  "//////////////////////////////////////////8="

#define DAY   "2026-01-01T00:00:00Z"

static char           folder[256];
static char           file[300];
static cert_reason_t  reason;


static void
put_file(const char *text, size_t len, mode_t mode)
{
    FILE  *f;

    f = fopen(file, "wb");

    if (f == NULL || fwrite(text, 1, len, f) != len || fclose(f) != 0
        || chmod(file, mode) != 0)
    {
        perror(file);
        exit(1);
    }
}


static cert_err_t
read_text(cert_keyring_t *ring, const char *text)
{
    put_file(text, strlen(text), 0640);

    return cert_keyring_read(ring, file, &reason);
}


static size_t
count(const cert_keyring_t *ring)
{
    size_t           n;
    cert_key_info_t  info;

    for (n = 0; cert_keyring_info(ring, n, &info) == CERT_OK; n++) {
        /* void */
    }

    return n;
}


static void
test_states(void)
{
    int              i;
    uint8_t          id, secret[CERT_KEY_SIZE] = { 1 };
    cert_keyring_t  *ring;
    cert_key_info_t  info;

    ring = cert_keyring_create();
    is_int(count(ring), 0, "a new keyring is empty");
    ok(!cert_keyring_has(ring, CERT_KEY_TOKEN), "it has no active key");

    cert_keyring_add(ring, CERT_KEY_TOKEN, CERT_KEY_VERIFY, 7, secret, &id);
    is_int(id, 1, "the first id is 1");
    ok(!cert_keyring_has(ring, CERT_KEY_TOKEN), "a verifying key is not it");

    cert_keyring_add(ring, CERT_KEY_TOKEN, CERT_KEY_ACTIVE, 8, secret, &id);
    ok(cert_keyring_has(ring, CERT_KEY_TOKEN), "an active one is");
    cert_keyring_add(ring, CERT_KEY_TOKEN, CERT_KEY_ACTIVE, 9, secret, &id);
    is_int(id, 3, "ids go up");

    cert_keyring_info(ring, 1, &info);
    ok(info.id == 2 && info.state == CERT_KEY_VERIFY && info.created == 8,
       "the active key before it only verifies now");

    ok(cert_keyring_set_state(ring, CERT_KEY_TOKEN, 3, CERT_KEY_VERIFY)
       == CERT_REFUSED, "the active key cannot be demoted");
    ok(cert_keyring_set_state(ring, CERT_KEY_TOKEN, 3, CERT_KEY_RETIRED)
       == CERT_REFUSED, "nor retired");
    ok(cert_keyring_set_state(ring, CERT_KEY_TOKEN, 3, CERT_KEY_ACTIVE)
       == CERT_OK, "but left as it is");
    ok(cert_keyring_set_state(ring, CERT_KEY_TOKEN, 4, CERT_KEY_ACTIVE)
       == CERT_NOT_FOUND, "no such id");
    ok(cert_keyring_set_state(ring, CERT_KEY_RECORD, 3, CERT_KEY_ACTIVE)
       == CERT_NOT_FOUND, "no such id of this use");
    ok(cert_keyring_set_state(ring, CERT_KEY_TOKEN, 1, CERT_KEY_ACTIVE)
       == CERT_OK, "another key is activated");

    cert_keyring_info(ring, 2, &info);
    is_int(info.state, CERT_KEY_VERIFY, "there is one active key");

    ok(cert_keyring_set_state(ring, CERT_KEY_TOKEN, 3, CERT_KEY_RETIRED)
       == CERT_OK, "a verifying key is retired");
    ok(cert_keyring_set_state(ring, CERT_KEY_TOKEN, 3, CERT_KEY_VERIFY)
       == CERT_REFUSED, "and stays so");

    for (i = 4; i <= 255; i++) {
        if (cert_keyring_add(ring, CERT_KEY_TOKEN, CERT_KEY_VERIFY, 0, secret,
                             &id) != CERT_OK || id != i)
        {
            break;
        }
    }

    is_int(i, 256, "255 keys of one use");
    ok(cert_keyring_add(ring, CERT_KEY_TOKEN, CERT_KEY_ACTIVE, 0, secret, &id)
       == CERT_FULL, "and no more");
    is_int(count(ring), 255, "all are listed");

    cert_keyring_destroy(ring);
    cert_keyring_destroy(NULL);
}


static void
test_read(void)
{
    cert_keyring_t   *ring;
    cert_key_info_t   info;

    ring = cert_keyring_create();

    ok(read_text(ring,
                 "# a comment\n\n"
                 "2 token active " DAY " " KEY1 "\n"
                 "1\ttoken  verify " DAY " " KEY2 " \n"
                 "  # another\n"
                 "255 match retired " DAY " " KEY1) == CERT_OK, "a keyring");
    is_int(count(ring), 3, "has three keys");

    cert_keyring_info(ring, 1, &info);
    ok(info.id == 2 && info.use == CERT_KEY_TOKEN
       && info.state == CERT_KEY_ACTIVE && info.created == 1767225600,
       "in order, with all there is to say");
    is_int(ring->keys[CERT_KEY_TOKEN][2]->secret[31], 31, "and its secret");

    ok(read_text(ring, "1 personal active " DAY " " KEY1 "\n") == CERT_OK,
       "a second file");
    is_int(count(ring), 4, "adds its key");

    ok(read_text(ring, "1 lookup active " DAY " " KEY1 "\n"
                 "1 token verify " DAY " " KEY1 "\n") == CERT_INVALID,
       "a file that repeats an id of another");
    is_int(count(ring), 4, "adds nothing");
    ok(read_text(ring, "1 lookup active " DAY " " KEY1 "\n"
                 "9 token active " DAY " " KEY1 "\n") == CERT_INVALID,
       "a second active key in another file");
    is_int(count(ring), 4, "adds nothing");

    cert_keyring_destroy(ring);
}


static void
test_bad_lines(void)
{
    size_t           i;
    char             text[512], line[16];
    cert_keyring_t  *ring;

    static const char *const  bad[] = {
        "0 token active " DAY " " KEY1,
        "256 token active " DAY " " KEY1,
        "01 token active " DAY " " KEY1,
        "+1 token active " DAY " " KEY1,
        "1000 token active " DAY " " KEY1,
        "x token active " DAY " " KEY1,
        "2 tokens active " DAY " " KEY1,
        "2 toke active " DAY " " KEY1,
        "2 TOKEN active " DAY " " KEY1,
        "2 record activ " DAY " " KEY1,
        "2 record Active " DAY " " KEY1,
        "2 record active 2026-01-01 " KEY1,
        "2 record active 2026-01-01T00:00:00+00:00 " KEY1,
        "2 record active 2026-02-30T00:00:00Z " KEY1,
        "2 record active " DAY,
        "2 record active " DAY " " KEY1 " more",
        "2 record active " DAY " " KEY1 KEY1,
        "2 record active " DAY " " KEY1 "=",
        "2 record active " DAY " AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        "2 record active " DAY " AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=",
        "2 record active " DAY " AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh==",
        "2 record active " DAY " AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh-=",
        "2 record active " DAY " ===========================================",
        "2 record active " DAY " " KEY1 "\r",
        "1 token verify " DAY " " KEY1,
        "2 token active " DAY " " KEY1
    };

    ring = cert_keyring_create();

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        snprintf(text, sizeof(text), "# head\n1 token active " DAY " " KEY2
                 "\n%s\n", bad[i]);
        snprintf(line, sizeof(line), "line 3 ");

        ok(read_text(ring, text) == CERT_INVALID
           && strncmp(reason.text, line, 7) == 0
           && strstr(reason.text, "AAEC") == NULL
           && strstr(reason.text, "////") == NULL,
           "bad line %zu: %s", i + 1, reason.text);
    }

    is_int(count(ring), 0, "nothing was added");

    ok(read_text(ring, "") == CERT_INVALID, "an empty file: %s", reason.text);
    ok(read_text(ring, "# 1 token active\n\n") == CERT_INVALID,
       "a file of comments: %s", reason.text);

    put_file("1 token\0active " DAY " " KEY1, 70, 0600);
    ok(cert_keyring_read(ring, file, &reason) == CERT_INVALID,
       "a file with a zero byte: %s", reason.text);

    cert_keyring_destroy(ring);
}


static void
test_bad_files(void)
{
    int              mode;
    char            *big, path[400];
    size_t           len;
    cert_keyring_t  *ring;

    static const char  good[] = "1 token active " DAY " " KEY1 "\n";

    ring = cert_keyring_create();

    for (mode = 1; mode <= 7; mode++) {
        put_file(good, strlen(good), (mode_t) (0640 | mode));
        ok(cert_keyring_read(ring, file, &reason) == CERT_REFUSED,
           "mode %04o is refused", 0640 | mode);
    }

    ok(strstr(reason.text, "0647") != NULL, "... by name: %s", reason.text);

    ok(cert_keyring_read(ring, folder, &reason) == CERT_REFUSED,
       "a folder: %s", reason.text);

    snprintf(path, sizeof(path), "%s/fifo", folder);
    ok(mkfifo(path, 0600) == 0
       && cert_keyring_read(ring, path, &reason) == CERT_REFUSED,
       "a FIFO does not block: %s", reason.text);
    unlink(path);

    snprintf(path, sizeof(path), "%s/none", folder);
    ok(cert_keyring_read(ring, path, &reason) == CERT_NOT_FOUND,
       "no file: %s", reason.text);

    snprintf(path, sizeof(path), "%s/keys/none", file);
    ok(cert_keyring_read(ring, path, &reason) == CERT_SYSTEM,
       "no folder: %s", reason.text);

    len = 200 * 1024;
    big = malloc(len);
    memset(big, '\n', len);
    memcpy(big, good, strlen(good));
    put_file(big, len, 0600);
    ok(cert_keyring_read(ring, file, &reason) == CERT_INVALID,
       "a large file: %s", reason.text);
    free(big);

    is_int(count(ring), 0, "nothing was added");
    cert_keyring_destroy(ring);
}


static int
is_same(const cert_keyring_t *a, const cert_keyring_t *b)
{
    int                use, id;
    const cert_key_t  *x, *y;

    for (use = 0; use < CERT_KEY_USES; use++) {
        for (id = 0; id < CERT_KEY_IDS; id++) {
            x = a->keys[use][id];
            y = b->keys[use][id];

            if ((x == NULL) != (y == NULL)
                || (x != NULL
                    && (memcmp(x->secret, y->secret, CERT_KEY_SIZE) != 0
                        || x->info.state != y->info.state
                        || x->info.created != y->info.created)))
            {
                return 0;
            }
        }
    }

    return 1;
}


static void
test_write(void)
{
    int              i, use;
    char             path[400];
    uint8_t          id, secret[CERT_KEY_SIZE];
    struct stat      st;
    cert_keyring_t  *ring, *again;

    ring = cert_keyring_create();

    for (i = 0; i < 255; i++) {
        for (use = 0; use < CERT_KEY_USES; use++) {
            memset(secret, i * 6 + use, sizeof(secret));
            cert_keyring_add(ring, (cert_key_use_t) use,
                             (cert_key_state_t) (i % 3), 1700000000 + i,
                             secret, &id);
        }
    }

    ok(cert_keyring_write(ring, CERT_KEYS_PUBLIC, file, 0, -1, -1, &reason)
       == CERT_OK, "the public keys are written");
    ok(stat(file, &st) == 0 && (st.st_mode & 07777) == 0640, "mode 0640");

    again = cert_keyring_create();
    ok(cert_keyring_read(again, file, &reason) == CERT_OK, "and read back");
    is_int(count(again), 3 * 255, "no more than those");

    ok(cert_keyring_write(ring, CERT_KEYS_PRIVATE, file, 0600,
                          -1, (long) getgid(), &reason) == CERT_OK,
       "the private keys are written over them");
    ok(stat(file, &st) == 0 && (st.st_mode & 07777) == 0600
       && st.st_gid == getgid(), "mode and group as asked");
    ok(cert_keyring_read(again, file, &reason) == CERT_OK, "and read back");
    ok(is_same(ring, again), "a full keyring comes back as it was");

    ok(cert_keyring_write(ring, CERT_KEYS_PUBLIC, file, 0644, -1, -1, &reason)
       == CERT_INVALID, "mode 0644 is refused: %s", reason.text);

    snprintf(path, sizeof(path), "%s/none/keys", folder);
    ok(cert_keyring_write(ring, CERT_KEYS_PUBLIC, path, 0, -1, -1, &reason)
       == CERT_SYSTEM, "no folder: %s", reason.text);

    snprintf(path, sizeof(path), "%s/in the way", folder);
    mkdir(path, 0700);
    ok(cert_keyring_write(ring, CERT_KEYS_PUBLIC, path, 0, -1, -1, &reason)
       == CERT_SYSTEM, "a folder in its place: %s", reason.text);
    rmdir(path);

    ok(chdir(folder) == 0
       && cert_keyring_write(ring, CERT_KEYS_PUBLIC, "bare", 0, -1, -1, &reason)
       == CERT_OK, "a name without a folder");
    unlink("bare");

    cert_keyring_destroy(ring);
    cert_keyring_destroy(again);
}


static void
test_base64(void)
{
    size_t   i, len, wrong;
    char     text[CERT_BASE64_TEXT_SIZE(64)];
    uint8_t  in[64], out[64];

    static const char *const  vectors[][2] = {
        { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" },
        { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" },
        { "foobar", "Zm9vYmFy" }
    };

    for (i = 0; i < 7; i++) {
        cert_base64_encode(text, (const uint8_t *) vectors[i][0], i,
                           CERT_BASE64);
        is_str(text, vectors[i][1], "RFC 4648 vector %zu", i + 1);
    }

    wrong = 0;

    for (len = 0; len <= 64; len++) {
        for (i = 0; i < len; i++) {
            in[i] = (uint8_t) (i * 77 + len * 13 + 250);
        }

        for (i = 0; i < 2; i++) {
            cert_base64_encode(text, in, len, (cert_base64_t) i);
            wrong += cert_base64_decode(out, len, cert_strz(text),
                                        (cert_base64_t) i) != CERT_OK
                     || memcmp(in, out, len) != 0;
        }
    }

    is_int(wrong, 0, "all lengths come back in both forms");
}


static void
test_names(void)
{
    int             i;
    cert_key_use_t  use;

    for (i = 0; i < CERT_KEY_USES; i++) {
        use = CERT_KEY_USES;
        ok(cert_key_use_parse(&use, cert_strz(cert_key_use_name(i)))
           == CERT_OK && use == (cert_key_use_t) i, "use \"%s\"",
           cert_key_use_name(i));
    }

    ok(cert_key_use_parse(&use, cert_str("")) == CERT_INVALID, "no use");
    is_str(cert_key_state_name(CERT_KEY_RETIRED), "retired", "a state");
    is_str(cert_key_use_name(CERT_KEY_USES), "unknown", "not a use");
}


int
main(void)
{
    const char  *tmp;

    tmp = getenv("TMPDIR");
    snprintf(folder, sizeof(folder), "%s/cert_keyring.XXXXXX",
             tmp != NULL ? tmp : "/tmp");

    if (mkdtemp(folder) == NULL) {
        perror(folder);
        return 1;
    }

    snprintf(file, sizeof(file), "%s/keys", folder);

    test_states();
    test_read();
    test_bad_lines();
    test_bad_files();
    test_write();
    test_base64();
    test_names();

    is_int(ERR_peek_error(), 0, "OpenSSL's error queue is empty");

    unlink(file);
    ok(rmdir(folder) == 0, "no temporary file is left");

    return done_testing();
}

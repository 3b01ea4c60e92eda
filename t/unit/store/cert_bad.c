/*
 * Copyright (C) the ngx_cert authors
 *
 * The list of bad files and the position of the scrub: each is written and read
 * back, every damage is noticed, and what a reader had stays.
 */


#include <sys/stat.h>

#include "cert_bad.h"
#include "cert_scrub.h"
#include "store.h"


static fixture_t   f;
static cert_bad_t  list, read_back;


static const char *
file_of(const char *name)
{
    static char  path[700];

    snprintf(path, sizeof(path), "%s/%s", f.store_path, name);

    return path;
}


static cert_code_t
number_code(uint32_t n)
{
    cert_code_t  code;

    memset(&code, 0, sizeof(code));

    for (size_t i = 0; i < sizeof(n); i++) {
        code.bytes[i] = (uint8_t) (n >> (24 - 8 * i));
    }

    return code;
}


static void
fill(size_t n)
{
    list.n = n;
    list.is_more = 0;

    for (size_t i = 0; i < n; i++) {
        list.codes[i] = number_code(2 * (uint32_t) i + 1);
    }
}


static void
put_file(const char *name, const uint8_t *bytes, size_t len)
{
    FILE  *file;

    file = fopen(file_of(name), "w");

    if (file == NULL || fwrite(bytes, 1, len, file) != len
        || fclose(file) != 0)
    {
        exit(1);
    }
}


static size_t
get_file(const char *name, uint8_t *bytes, size_t size)
{
    size_t  len;
    FILE   *file;

    file = fopen(file_of(name), "r");

    if (file == NULL) {
        exit(1);
    }

    len = fread(bytes, 1, size, file);
    (void) fclose(file);

    return len;
}


static void
test_both_ways(void)
{
    size_t                bad;
    struct stat           st, data;
    cert_code_t           code;
    const size_t          sizes[] = { 1, 2, 3, 4095, CERT_BAD_MAX };

    read_back.n = 5;
    read_back.is_more = 1;
    is_int(cert_bad_read(f.store_path, f.ring, &read_back), CERT_OK,
           "a missing file is not an error");
    is_int(read_back.n + (size_t) read_back.is_more, 0, "and nothing is bad");

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        fill(sizes[i]);
        is_int(cert_bad_write(f.store_path, f.ring, &list, NULL), CERT_OK,
               "%zu: written", sizes[i]);
        is_int(cert_bad_read(f.store_path, f.public_ring, &read_back),
               CERT_OK, "%zu: read with public keys", sizes[i]);
        is_int(read_back.n, sizes[i], "%zu: as many", sizes[i]);

        bad = 0;

        for (size_t n = 0; n < 2 * sizes[i] + 2; n++) {
            code = number_code((uint32_t) n);
            bad += cert_bad_has(&read_back, &code)
                   != (n % 2 == 1 && n < 2 * sizes[i]);
        }

        is_int(bad, 0, "%zu: those and no others", sizes[i]);
    }

    (void) stat(file_of("data.mdb"), &data);
    (void) stat(file_of("certd.bad"), &st);
    is_int(st.st_mode, data.st_mode, "the mode of data.mdb");
    is_int(st.st_gid, data.st_gid, "and its group");

    fill(0);
    list.is_more = 1;
    (void) cert_bad_write(f.store_path, f.ring, &list, NULL);
    (void) cert_bad_read(f.store_path, f.ring, &read_back);
    code = number_code(77);
    ok(cert_bad_has(&read_back, &code), "more than fit: all are bad");

    list.is_more = 0;
    is_int(cert_bad_write(f.store_path, f.ring, &list, NULL), CERT_OK,
           "nothing: removed");
    is_int(access(file_of("certd.bad"), F_OK), -1, "it is not there");
    is_int(cert_bad_write(f.store_path, f.ring, &list, NULL), CERT_OK,
           "nothing, again");
    ok(!cert_bad_has(&list, &code), "an empty list has none");
}


static void
test_damage(void)
{
    size_t           len;
    uint8_t          bytes[1024];
    unsigned         bad;
    cert_err_t       err;
    cert_keyring_t  *other;

    fill(3);
    (void) cert_bad_write(f.store_path, f.ring, &list, NULL);
    (void) cert_bad_read(f.store_path, f.ring, &read_back);
    len = get_file("certd.bad", bytes, sizeof(bytes));
    bad = 0;

    for (size_t i = 0; i < len * 8; i++) {
        bytes[i / 8] ^= (uint8_t) (1 << i % 8);
        put_file("certd.bad", bytes, len);
        err = cert_bad_read(f.store_path, f.ring, &read_back);
        bad += (err != CERT_CORRUPT && err != CERT_NO_KEY)
               || read_back.n != 3;
        bytes[i / 8] ^= (uint8_t) (1 << i % 8);
    }

    is_int(bad, 0, "%zu flipped bits: told, and the old list stays", len * 8);

    bad = 0;

    for (size_t i = 0; i < len; i++) {
        put_file("certd.bad", bytes, i);
        bad += cert_bad_read(f.store_path, f.ring, &read_back)
               != CERT_CORRUPT || read_back.n != 3;
    }

    put_file("certd.bad", bytes, len + 1);
    bad += cert_bad_read(f.store_path, f.ring, &read_back) != CERT_CORRUPT;
    is_int(bad, 0, "%zu other lengths", len + 1);

    /* Sealed, but not a list. */

    fill(3);
    list.codes[1] = list.codes[2];
    (void) cert_bad_write(f.store_path, f.ring, &list, NULL);
    is_int(cert_bad_read(f.store_path, f.ring, &read_back), CERT_CORRUPT,
           "one code twice");
    list.codes[1] = number_code(900);
    (void) cert_bad_write(f.store_path, f.ring, &list, NULL);
    is_int(cert_bad_read(f.store_path, f.ring, &read_back), CERT_CORRUPT,
           "not in order");

    other = cert_keyring_create();
    is_int(cert_bad_read(f.store_path, other, &read_back), CERT_NO_KEY,
           "no key");
    is_int(cert_bad_write(f.store_path, other, &list, NULL), CERT_NO_KEY,
           "to write neither");
    cert_keyring_destroy(other);
}


static void
test_version(void)
{
    cert_reason_t       reason;
    cert_bad_version_t  none, one, two;

    fill(0);
    (void) cert_bad_write(f.store_path, f.ring, &list, NULL);
    is_int(cert_bad_version(f.store_path, &none), CERT_OK, "no file");
    is_int(none.ino + none.size + none.mtime_ns, 0, "is zeros");

    fill(1);
    (void) cert_bad_write(f.store_path, f.ring, &list, NULL);
    is_int(cert_bad_version(f.store_path, &one), CERT_OK, "a file");
    ok(!cert_bad_version_is_equal(&none, &one), "is another version");
    (void) cert_bad_version(f.store_path, &two);
    ok(cert_bad_version_is_equal(&two, &one), "until it is written");
    (void) cert_bad_write(f.store_path, f.ring, &list, NULL);
    (void) cert_bad_version(f.store_path, &two);
    ok(!cert_bad_version_is_equal(&two, &one), "another version");

    is_int(cert_bad_write("/nonexistent", f.ring, &list, &reason),
           CERT_SYSTEM, "no folder");
    ok(strstr(reason.text, "certd.bad") != NULL, "%s", reason.text);
}


static void
test_scrub(void)
{
    size_t        len;
    uint8_t       bytes[1024];
    unsigned      bad;
    cert_err_t    err;
    cert_scrub_t  written, state;

    is_int(cert_scrub_read(f.store_path, f.ring, &state), CERT_NOT_FOUND,
           "no position");
    is_int(state.passes + (uint64_t) state.first, 0, "is zeros");

    memset(&written, 0, sizeof(written));
    written.passes = 7;
    written.first = 1600000000;
    written.began = 1700000000;
    written.finished = 1690000000;
    written.is_under_way = 1;
    written.is_behind = 1;
    written.code = number_code(12345);

    is_int(cert_scrub_write(f.store_path, f.ring, &written, NULL), CERT_OK,
           "a position: written");
    is_int(cert_scrub_read(f.store_path, f.ring, &state), CERT_OK, "read");
    is_int(memcmp(&state, &written, sizeof(state)), 0, "all as it was");

    len = get_file("certd.scrub", bytes, sizeof(bytes));
    bad = 0;

    for (size_t i = 0; i < len * 8; i++) {
        bytes[i / 8] ^= (uint8_t) (1 << i % 8);
        put_file("certd.scrub", bytes, len);
        err = cert_scrub_read(f.store_path, f.ring, &state);
        bad += (err != CERT_CORRUPT && err != CERT_NO_KEY)
               || state.passes != 0;
        bytes[i / 8] ^= (uint8_t) (1 << i % 8);
    }

    is_int(bad, 0, "%zu flipped bits", len * 8);

    /* One file does not verify in the place of another. */

    fill(3);
    (void) cert_bad_write(f.store_path, f.ring, &list, NULL);
    len = get_file("certd.bad", bytes, sizeof(bytes));
    put_file("certd.scrub", bytes, len);
    is_int(cert_scrub_read(f.store_path, f.ring, &state), CERT_CORRUPT,
           "a list is not a position");
}


int
main(void)
{
    fixture_init(&f);

    test_both_ways();
    test_damage();
    test_version();
    test_scrub();

    (void) unlink(file_of("certd.bad"));
    (void) unlink(file_of("certd.scrub"));
    fixture_wipe(&f);

    return done_testing();
}

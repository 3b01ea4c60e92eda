/*
 * Copyright (C) the ngx_cert authors
 *
 * The daemon's figures: each is written and read back, every damage is noticed,
 * and a reader beside a writer never sees half.
 */


#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

#include "cert_figures.h"
#include "store.h"


#define N       (sizeof(cert_figures_t) / sizeof(uint64_t))
#define ROUNDS  3000


static fixture_t  f;


static const char *
file_of(const char *name)
{
    static char  path[700];

    snprintf(path, sizeof(path), "%s/%s", f.store_path, name);

    return path;
}


/* Figures of which each number is another one. */
static cert_figures_t
figures_of(uint64_t seed)
{
    uint64_t        numbers[N];
    cert_figures_t  figures;

    for (size_t i = 0; i < N; i++) {
        numbers[i] = seed * 0x9E3779B97F4A7C15u + i;
    }

    memcpy(&figures, numbers, sizeof(figures));

    return figures;
}


static void
test_both_ways(void)
{
    cert_reason_t   reason;
    struct stat     st, data;
    cert_figures_t  written, read;

    memset(&read, 1, sizeof(read));
    is_int(cert_figures_read(f.store_path, f.ring, &read), CERT_NOT_FOUND,
           "no file");
    is_int(read.updated, 0, "the figures are zero");

    written = figures_of(1);
    is_int(cert_figures_write(f.store_path, f.ring, &written, &reason),
           CERT_OK, "write");
    is_int(cert_figures_read(f.store_path, f.public_ring, &read), CERT_OK,
           "the public keyring reads them");
    is_int(memcmp(&read, &written, sizeof(read)), 0, "all as they were");

    (void) stat(file_of("data.mdb"), &data);
    (void) stat(file_of("certd.figures"), &st);
    is_int(st.st_mode, data.st_mode, "the mode of data.mdb");
    is_int(st.st_gid, data.st_gid, "and its group");

    (void) chmod(file_of("data.mdb"), 0600);
    (void) cert_figures_write(f.store_path, f.ring, &written, NULL);
    (void) stat(file_of("certd.figures"), &st);
    is_int(st.st_mode & 0777, 0600, "another mode, too");
    (void) chmod(file_of("data.mdb"), 0640);

    written = figures_of(2);
    (void) cert_figures_write(f.store_path, f.public_ring, &written, &reason);
    (void) cert_figures_read(f.store_path, f.ring, &read);
    is_int(memcmp(&read, &written, sizeof(read)), 0, "written over");
    is_int(access(file_of("certd.figures.new"), F_OK), -1, "no litter");
}


/* The store does not mind the file beside it. */
static void
test_store(void)
{
    char           copy[420], name[440];
    cert_reason_t  reason;

    is_int(cert_store_maintain(f.store, &reason), CERT_OK, "maintain");
    fixture_close(&f);
    is_int(cert_store_probe(f.store_path, f.ring, &reason), CERT_OK, "probe");
    fixture_open(&f, CERT_STORE_WRITE);

    snprintf(copy, sizeof(copy), "%s/copy", f.path);
    is_int(cert_store_backup(f.store, copy, &reason), CERT_OK, "backup");
    snprintf(name, sizeof(name), "%s/certd.figures", copy);
    is_int(access(name, F_OK), -1, "which has none of it");

    for (int i = 0; i < 2; i++) {
        snprintf(name, sizeof(name), "%s/%s.mdb", copy,
                 i == 0 ? "data" : "lock");
        (void) unlink(name);
    }

    (void) rmdir(copy);
}


static void
put_file(const uint8_t *bytes, size_t len)
{
    FILE  *file;

    file = fopen(file_of("certd.figures"), "w");

    if (file == NULL || fwrite(bytes, 1, len, file) != len
        || fclose(file) != 0)
    {
        exit(1);
    }
}


static void
test_damage(void)
{
    FILE            *file;
    size_t           len;
    uint8_t          bytes[4096];
    unsigned         bad;
    cert_err_t       err;
    cert_figures_t   figures;
    cert_keyring_t  *other;

    file = fopen(file_of("certd.figures"), "r");
    len = fread(bytes, 1, sizeof(bytes), file);
    (void) fclose(file);
    ok(len > 8 * N && len < 8 * N + 40, "a file of %zu bytes", len);

    bad = 0;

    for (size_t i = 0; i < len * 8; i++) {
        bytes[i / 8] ^= (uint8_t) (1 << i % 8);
        put_file(bytes, len);
        err = cert_figures_read(f.store_path, f.ring, &figures);
        bad += (err != CERT_CORRUPT && err != CERT_NO_KEY)
               || figures.updated != 0;
        bytes[i / 8] ^= (uint8_t) (1 << i % 8);
    }

    is_int(bad, 0, "%zu flipped bits", len * 8);

    bad = 0;

    for (size_t i = 0; i < len; i++) {
        put_file(bytes, i);
        bad += cert_figures_read(f.store_path, f.ring, &figures)
               != CERT_CORRUPT;
    }

    put_file(bytes, len + 1);
    bad += cert_figures_read(f.store_path, f.ring, &figures) != CERT_CORRUPT;
    is_int(bad, 0, "%zu other lengths", len + 1);

    put_file(bytes, len);
    is_int(cert_figures_read(f.store_path, f.ring, &figures), CERT_OK,
           "as it was");

    other = cert_keyring_create();
    is_int(cert_figures_read(f.store_path, other, &figures), CERT_NO_KEY,
           "no key");
    is_int(cert_figures_write(f.store_path, other, &figures, NULL),
           CERT_NO_KEY, "to write neither");
    cert_keyring_destroy(other);
}


/* What stands where the file should be. */
static void
test_places(void)
{
    char            link[700];
    cert_reason_t   reason;
    cert_figures_t  figures;

    figures = figures_of(3);

    cert_figures_remove(f.store_path);
    is_int(cert_figures_read(f.store_path, f.ring, &figures), CERT_NOT_FOUND,
           "removed");
    cert_figures_remove(f.store_path);

    (void) mkfifo(file_of("certd.figures"), 0600);
    ok(cert_figures_read(f.store_path, f.ring, &figures) != CERT_OK,
       "a pipe does not hang");
    (void) unlink(file_of("certd.figures"));

    (void) mkdir(file_of("certd.figures"), 0700);
    is_int(cert_figures_read(f.store_path, f.ring, &figures), CERT_SYSTEM,
           "a folder");
    is_int(cert_figures_write(f.store_path, f.ring, &figures, &reason),
           CERT_SYSTEM, "is not written over");
    ok(strstr(reason.text, "certd.figures") != NULL, "%s", reason.text);
    is_int(access(file_of("certd.figures.new"), F_OK), -1, "no litter");
    (void) rmdir(file_of("certd.figures"));

    snprintf(link, sizeof(link), "%s", file_of("certd.figures.new"));
    (void) symlink("data.mdb", link);
    is_int(cert_figures_write(f.store_path, f.ring, &figures, &reason),
           CERT_SYSTEM, "a link is not followed");
    is_int(cert_store_maintain(f.store, &reason), CERT_OK, "the store holds");
    (void) unlink(link);

    is_int(cert_figures_write("/nonexistent", f.ring, &figures, &reason),
           CERT_SYSTEM, "no folder");
    is_int(cert_figures_write(f.path, f.ring, &figures, &reason), CERT_SYSTEM,
           "a folder without a store");
}


static void
test_age(void)
{
    cert_figures_t  figures;

    memset(&figures, 0, sizeof(figures));
    figures.updated = 1000000;

    is_int(cert_figures_age(&figures, 1000000), 0, "age: now");
    is_int(cert_figures_age(&figures, 1000007), 7, "age: some seconds");
    is_int(cert_figures_age(&figures, 999000), 0, "age: not yet");
    ok(cert_figures_is_up(&figures, 1000000), "up: now");
    ok(cert_figures_is_up(&figures, 1000010), "up: ten seconds");
    ok(!cert_figures_is_up(&figures, 1000011), "down: eleven");
    ok(cert_figures_is_up(&figures, 999990), "up: ten seconds ahead");
    ok(!cert_figures_is_up(&figures, 999989), "down: eleven ahead");

    figures.updated = INT64_MIN;
    ok(!cert_figures_is_up(&figures, 1000000), "down: the least time");
    figures.updated = INT64_MAX;
    ok(!cert_figures_is_up(&figures, 1000000), "down: the largest");
}


/* The list has each number, with a name that says its unit. */
static void
test_list(void)
{
    size_t                i, bad, len, place;
    const char           *end;
    cert_figures_t        figures;
    const cert_figure_t  *figure;

    static const char *const  ends[CERT_FIGURE_KINDS] = {
        "", "", "_per_sec", "_sec", "_ms"
    };

    figures = figures_of(0);
    bad = 0;

    for (i = 0; (figure = cert_figure(i)) != NULL; i++) {
        len = strlen(figure->name);
        end = ends[figure->kind];
        /* The last one stands behind the refusals. */
        place = cert_figure(i + 1) == NULL ? sizeof(figures) / 8 - 1 : i + 2;
        bad += cert_figure_value(&figures, figure) != place
               || len <= strlen(end)
               || strcmp(figure->name + len - strlen(end), end) != 0
               || figure->about[strlen(figure->about) - 1] != '.';
    }

    is_int(bad, 0, "list: each figure is its own");
    is_int(i + 2 + CERT_FIGURES_REFUSALS, N, "list: complete");

    ok(cert_figure_refusal(0) == NULL, "refusal: none");
    is_str(cert_figure_refusal(CERT_REFUSAL_QUOTA), "quota",
           "refusal: by name");
    ok(cert_figure_refusal(CERT_FIGURES_REFUSALS - 1) == NULL,
       "refusal: room for more");
    ok(cert_figure_refusal(CERT_FIGURES_REFUSALS) == NULL,
       "refusal: past the last");
}


static void *
writer_main(void *data)
{
    int              *bad;
    cert_figures_t    figures;
    cert_keyring_t   *ring;

    bad = data;
    ring = ring_of(CERT_KEYS_PUBLIC);

    for (int i = 0; i < ROUNDS; i++) {
        figures = figures_of((uint64_t) i);
        *bad += cert_figures_write(f.store_path, ring, &figures, NULL)
                != CERT_OK;
    }

    cert_keyring_destroy(ring);

    return NULL;
}


static void
test_beside(void)
{
    int              bad, failed;
    pthread_t        writer;
    cert_figures_t   figures, whole;

    bad = failed = 0;
    figures = figures_of(0);
    (void) cert_figures_write(f.store_path, f.ring, &figures, NULL);

    if (pthread_create(&writer, NULL, writer_main, &failed) != 0) {
        exit(1);
    }

    for (int i = 0; i < ROUNDS * 3; i++) {
        bad += cert_figures_read(f.store_path, f.ring, &figures) != CERT_OK;

        for (size_t j = 1; j < N; j++) {
            bad += ((const uint64_t *) &figures)[j]
                   - ((const uint64_t *) &figures)[j - 1] != 1;
        }
    }

    (void) pthread_join(writer, NULL);
    is_int(failed, 0, "%d are written", ROUNDS);
    is_int(bad, 0, "each that is read beside it is whole");

    (void) cert_figures_read(f.store_path, f.ring, &figures);
    whole = figures_of(ROUNDS - 1);
    is_int(memcmp(&figures, &whole, sizeof(whole)), 0, "the last is there");
}


int
main(void)
{
    fixture_init(&f);

    test_both_ways();
    test_store();
    test_damage();
    test_places();
    test_age();
    test_list();
    test_beside();

    fixture_wipe(&f);

    return done_testing();
}

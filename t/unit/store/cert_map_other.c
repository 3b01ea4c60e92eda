/*
 * Copyright (C) the ngx_cert authors
 *
 * A map that another process grows: this one takes the new size by itself, but
 * with handles shared only when their owner says so.
 */


#include <sys/wait.h>

#include "map.h"


static fixture_t  f;
static unsigned   stored;           /* certificates, numbered from 0 */


/*
 * The other process: does what it is told by a byte and answers with one,
 * 0 for success.
 */
typedef struct {
    pid_t  pid;
    int    in, out;
} other_t;


static unsigned char
other_does(char what)
{
    unsigned    grown;
    cert_err_t  err;

    switch (what) {

    case 'r':
        return missing(f.reader, stored) != 0;

    case 'w':                       /* until it had to grow */
        do {
            grown = put_growing(&f, stored);
            stored += BATCH;
        } while (grown == 0);

        return 0;

    case 'p':                       /* one batch, which must fit */
        err = put_batch(&f, stored);
        stored += BATCH;
        return err;

    case 'm':
        return (unsigned char) (map_size(f.reader) / MAP);
    }

    return 255;
}


static void
other_start(other_t *other, cert_store_mode_t mode)
{
    int            in[2], out[2];
    char           what;
    unsigned char  answer;

    fixture_close(&f);

    if (pipe(in) != 0 || pipe(out) != 0) {
        exit(1);
    }

    fflush(stdout);
    other->pid = fork();

    if (other->pid == 0) {
        (void) close(in[1]);
        (void) close(out[0]);
        fixture_open(&f, mode);
        f.counter += 1u << 30;

        while (read(in[0], &what, 1) == 1
               && read(in[0], &stored, sizeof(stored)) == sizeof(stored))
        {
            answer = other_does(what);

            if (write(out[1], &answer, 1) != 1
                || write(out[1], &stored, sizeof(stored)) != sizeof(stored))
            {
                break;
            }
        }

        fixture_close(&f);
        _exit(0);
    }

    (void) close(in[0]);
    (void) close(out[1]);
    other->in = in[1];
    other->out = out[0];

    fixture_open(&f, CERT_STORE_WRITE);
}


static int
other_ask(other_t *other, char what)
{
    unsigned char  answer;

    if (write(other->in, &what, 1) != 1
        || write(other->in, &stored, sizeof(stored)) != sizeof(stored)
        || read(other->out, &answer, 1) != 1
        || read(other->out, &stored, sizeof(stored)) != sizeof(stored))
    {
        return -1;
    }

    return answer;
}


static void
other_end(other_t *other)
{
    int  status;

    (void) close(other->in);
    (void) close(other->out);
    (void) waitpid(other->pid, &status, 0);
    is_int(status, 0, "the other process ended well");
}


static void
test_two_processes(void)
{
    int            before;
    other_t        other;
    unsigned       grown;
    cert_reason_t  reason;

    fixture_small(&f);
    stored = BATCH;
    other_start(&other, CERT_STORE_READ);
    is_int(other_ask(&other, 'r'), 0, "another process reads");
    before = other_ask(&other, 'm');
    grown = 0;

    while (grown < 3) {
        grown += put_growing(&f, stored);
        stored += BATCH;

        if (other_ask(&other, 'r') != 0) {
            break;
        }
    }

    is_int(grown, 3, "this one grows, the other reads after each batch");
    is_int(other_ask(&other, 'm'), before << 3, "and takes it unasked");
    is_int(other_ask(&other, 'r'), 0, "all is there");
    other_end(&other);

    other_start(&other, CERT_STORE_WRITE);
    before = other_ask(&other, 'm');
    is_int(other_ask(&other, 'w'), 0, "another process writes and grows");
    is_int(missing(f.reader, stored), 0, "it is read here");
    is_int(map_size(f.reader) / MAP, 2 * before, "with the new size");
    is_int(put_batch(&f, stored), CERT_OK, "and written to");
    stored += BATCH;
    is_int(other_ask(&other, 'p'), 0, "in turn");
    is_int(other_ask(&other, 'w'), 0, "it grows once more");
    is_int(put_batch(&f, stored), CERT_OK, "a writer takes it at its begin");
    stored += BATCH;
    is_int(map_size(f.reader) / MAP, 4 * before, "the new size");

    /* Not doubled beyond what the other one did. */
    is_int(other_ask(&other, 'w'), 0, "it grows again");
    is_int(cert_store_grow(f.store, &reason), CERT_OK, "grow here, too");
    is_int(map_size(f.reader) / MAP, 8 * before, "takes what is there");
    is_int(other_ask(&other, 'r'), 0, "all is there");
    other_end(&other);
    fixture_wipe(&f);
}


/* With handles shared nothing moves until the owner says so. */
static void
test_shared_follows(void)
{
    int              before;
    other_t          other;
    cert_txn_t      *txn;
    cert_store_t    *shared;
    cert_reason_t    reason;
    cert_reader_t   *reader;
    cert_keyring_t  *ring;

    fixture_small(&f);
    stored = BATCH;
    other_start(&other, CERT_STORE_WRITE);
    ring = ring_of(CERT_KEYS_PUBLIC);
    (void) cert_store_share(&shared, f.store, ring);
    (void) cert_reader_open(&reader, shared, &reason);
    before = other_ask(&other, 'm');

    is_int(missing(reader, stored), 0, "a shared handle reads");
    is_int(other_ask(&other, 'w'), 0, "another process grows");
    is_int(missing(reader, 1), 1, "the shared handle does not follow");
    is_int(missing(f.reader, 1), 1, "nor does the one that was opened");
    is_int(cert_txn_begin(&txn, f.store, &reason), CERT_MAP_FULL,
           "a transaction is not begun");
    ok(strstr(reason.text, "larger") != NULL, "%s", reason.text);
    is_int(cert_store_maintain(f.store, &reason), CERT_MAP_FULL,
           "maintain says so");
    is_int(cert_store_backup(f.store, f.path, &reason), CERT_MAP_FULL,
           "nor a backup");

    is_int(cert_store_grow(f.store, &reason), CERT_OK, "growing");
    is_int(cert_store_maintain(f.store, &reason), CERT_OK, "maintain");
    is_int(missing(reader, stored), 0, "the shared handle reads on");
    is_int(missing(f.reader, stored), 0, "the other, too");
    is_int(map_size(reader) / MAP, 2 * before, "takes what is there");
    is_int(put_batch(&f, stored), CERT_OK, "and is written to");
    stored += BATCH;
    is_int(missing(reader, stored), 0, "which the shared one sees");

    cert_reader_close(reader);
    cert_store_close(shared);
    cert_keyring_destroy(ring);
    other_end(&other);
    fixture_wipe(&f);
}


/* A snapshot of the same handle is in the way as well. */
static void
test_reader_follows(void)
{
    other_t          other;
    inside_t         inside;
    cert_reason_t    reason;
    cert_reader_t   *reader;
    cert_position_t  after;

    fixture_small(&f);
    stored = BATCH;
    other_start(&other, CERT_STORE_WRITE);
    (void) cert_reader_open(&reader, f.store, &reason);
    is_int(other_ask(&other, 'w'), 0, "another process grows");
    inside.store = f.store;
    inside.other = reader;
    after.len = 0;
    is_int(cert_list_certificates(f.reader, &after, 1, each_inside, &inside),
           CERT_REFUSED, "alone, a listing follows");
    is_int(inside.read, CERT_OK, "and a reader within it");
    cert_reader_close(reader);
    other_end(&other);
    fixture_wipe(&f);
}


int
main(void)
{
    test_two_processes();
    test_shared_follows();
    test_reader_follows();

    return done_testing();
}

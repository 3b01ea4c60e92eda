/*
 * Copyright (C) the ngx_cert authors
 *
 * What a loss of power may leave of a store, built from the notes of
 * t/fault/writes.c and looked at.
 *
 *     crash IMAGE NOTES HOME WORK SEED STATES [lie]
 *
 * IMAGE is the file before the first note, HOME has the keys, WORK is an empty
 * folder, on a file system in memory for speed.  After each note the disk holds
 * all that was synced before it, and of what was written since then any part:
 * none, all, all but the last write, some pages, some sectors of 512 bytes.
 * Nothing smaller is torn: that a sector is written whole is what LMDB relies
 * on.  With "lie" no sync counts, as on a disk that does not mean it: states
 * have to be found wrong then, or this program could not tell.
 *
 * Notes 'A' are of the test itself: what a client was told is done, "CODE
 * applied" or "CODE withdrawn".  In every state after such a note that has to
 * be so, the whole store has to verify, and it has to take a write.
 *
 * Prints how many states there were and what was wrong, and leaves WORK/whole,
 * the file with all notes applied.
 */


#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "cert_fsck.h"
#include "cert_journal.h"
#include "cert_keyring_file.h"
#include "cert_read.h"
#include "store.h"


#define SECTOR       512
#define PAGE         4096
#define DISK_MAX     (256 << 20)
#define TOLD_MAX     4

typedef enum {
    STATE_RIGHT = 0,
    STATE_NOT_OPENED,
    STATE_LOST,             /* something that a client was told is done */
    STATE_DAMAGED,
    STATE_REFUSED,          /* takes no write */
    STATE_CRASHED,
    STATES
} outcome_t;

typedef struct {
    int64_t         kind;
    int64_t         offset;
    int64_t         len;
    const uint8_t  *data;
} note_t;

typedef struct {
    cert_code_t  code;
    int          is_withdrawn;
} ack_t;

typedef struct {
    uint8_t  *bytes;
    size_t    size;
} disk_t;


static note_t     *notes;
static size_t      notes_n;
static ack_t      *acks;
static size_t      acks_n;
static size_t     *pending;     /* notes whose write may be lost */
static size_t      pending_n;
static disk_t      disk, state;
static fixture_t   f;
static char        data_file[600], lock_file[600], mark_file[600];
static uint64_t    seed;
static unsigned    outcomes[STATES];
static unsigned    states_n;

static const char *const  outcome_names[STATES] = {
    "right", "not_opened", "lost", "damaged", "refused", "crashed"
};


/* xorshift64: the same on every machine. */
static uint64_t
draw(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;

    return seed;
}


static void __attribute__((noreturn))
die(const char *what)
{
    fprintf(stderr, "crash: %s: %s\n", what, strerror(errno));
    exit(2);
}


static uint8_t *
load(const char *path, size_t *size, size_t room)
{
    int           fd;
    uint8_t      *bytes;
    struct stat   st;

    fd = open(path, O_RDONLY);
    if (fd == -1 || fstat(fd, &st) == -1) {
        die(path);
    }

    *size = (size_t) st.st_size;
    bytes = calloc(1, room > *size ? room : *size + 1);

    for (size_t at = 0; bytes != NULL && at < *size; ) {
        ssize_t  n = read(fd, bytes + at, *size - at);

        if (n <= 0) {
            die(path);
        }

        at += (size_t) n;
    }

    close(fd);

    return bytes;
}


static void
load_notes(const char *path)
{
    size_t         size, at;
    note_t        *n;
    const uint8_t *bytes;

    bytes = load(path, &size, 0);
    notes = calloc(size / 24 + 1, sizeof(note_t));
    acks = calloc(size / 24 + 1, sizeof(ack_t));
    pending = calloc(size / 24 + 1, sizeof(size_t));

    for (at = 0; at + 24 <= size; ) {
        n = &notes[notes_n++];
        memcpy(n, bytes + at, 24);
        n->data = bytes + at + 24;
        at += 24 + (size_t) (n->kind == 'W' || n->kind == 'A' ? n->len : 0);

        if (n->offset < 0 || n->len < 0 || n->offset + n->len > DISK_MAX) {
            errno = EINVAL;
            die("a note");
        }
    }

    if (at != size) {
        errno = EINVAL;
        die("the last note");
    }
}


/* A part of a write, which makes the file as long as it needs to be. */
static void
put(disk_t *to, const note_t *n, size_t from, size_t len)
{
    size_t  end = (size_t) n->offset + from + len;

    memcpy(to->bytes + n->offset + from, n->data + from, len);

    if (end > to->size) {
        to->size = end;
    }
}


/* Writes that are on disk now: all, or those at this place. */
static void
persist(const note_t *at)
{
    size_t  kept = 0;

    for (size_t i = 0; i < pending_n; i++) {
        if (at == NULL || (notes[pending[i]].offset == at->offset
                           && notes[pending[i]].len == at->len))
        {
            put(&disk, &notes[pending[i]], 0,
                (size_t) notes[pending[i]].len);

        } else {
            pending[kept++] = pending[i];
        }
    }

    pending_n = kept;
}


static void
build(unsigned way)
{
    size_t         unit, len;
    const note_t  *n;

    memcpy(state.bytes, disk.bytes, disk.size);

    if (state.size > disk.size) {
        memset(state.bytes + disk.size, 0, state.size - disk.size);
    }

    state.size = disk.size;

    for (size_t i = 0; i < pending_n; i++) {
        n = &notes[pending[i]];

        if (way == 0 || (way == 1 && i == pending_n - 1)) {
            continue;
        }

        unit = way == 2 ? (size_t) n->len : way == 3 ? PAGE : SECTOR;

        for (size_t at = 0; way <= 2 ? at < 1 : at < (size_t) n->len;
             at += unit)
        {
            len = (size_t) n->len - at < unit ? (size_t) n->len - at : unit;

            if (way <= 2) {
                put(&state, n, 0, (size_t) n->len);

            } else if (draw() & 32) {
                put(&state, n, at, len);
            }
        }
    }
}


/* --- In a child of its own: what is broken may end it. -------------------- */

static outcome_t
check_acks(void)
{
    cert_err_t         err;
    cert_annotation_t  annotation;

    static cert_certificate_t  certificate;

    for (size_t i = 0; i < acks_n; i++) {
        err = cert_read_annotation(f.reader, &acks[i].code, &annotation,
                                   &certificate);

        if (err == CERT_NOT_FOUND
            || (err == CERT_OK && acks[i].is_withdrawn
                && annotation.state != CERT_ANNOTATION_WITHDRAWN))
        {
            return STATE_LOST;
        }

        if (err != CERT_OK) {
            return STATE_DAMAGED;
        }
    }

    return STATE_RIGHT;
}


static void
finding(void *data, const char *where, const char *what)
{
    (void) data;
    fprintf(stderr, "crash: %s: %s\n", where, what);
}


static outcome_t
check(void)
{
    uint64_t              entries;
    outcome_t             outcome;
    cert_reason_t         reason;
    cert_fsck_calls_t     calls = { finding, NULL, NULL, NULL };
    cert_fsck_totals_t    totals;
    cert_qualification_t  q;

    if (cert_store_open(&f.store, f.store_path, CERT_STORE_WRITE, f.ring,
                        &reason)
        != CERT_OK || cert_reader_open(&f.reader, f.store, &reason) != CERT_OK)
    {
        fprintf(stderr, "crash: %s\n", reason.text);
        return STATE_NOT_OPENED;
    }

    outcome = check_acks();
    if (outcome != STATE_RIGHT) {
        return outcome;
    }

    if (cert_fsck(f.reader, &calls, &totals, &reason) != CERT_OK
        || totals.findings != 0)
    {
        return STATE_DAMAGED;
    }

    if (put_qualification(&f, "天气", NULL) != CERT_OK
        || cert_read_qualification(f.reader, cert_str("天气"), &q) != CERT_OK
        || cert_journal_verify(f.reader, &entries, &reason) != CERT_OK)
    {
        return STATE_REFUSED;
    }

    return check_acks();
}


static outcome_t
check_apart(void)
{
    int    status = 0;
    pid_t  pid;

    pid = fork();

    if (pid == 0) {
        (void) alarm(600);
        _exit((int) check());
    }

    if (pid == -1 || waitpid(pid, &status, 0) != pid) {
        die("a child");
    }

    return WIFEXITED(status) && WEXITSTATUS(status) < STATE_CRASHED
           ? (outcome_t) WEXITSTATUS(status) : STATE_CRASHED;
}


static void
save(const char *path, const disk_t *from)
{
    int  fd;

    fd = open(path, O_WRONLY|O_CREAT|O_TRUNC, 0600);

    if (fd == -1
        || pwrite(fd, from->bytes, from->size, 0) != (ssize_t) from->size)
    {
        die(path);
    }

    close(fd);
}


static void
crash_at(size_t note, unsigned times, unsigned limit)
{
    unsigned         told = 0, way;
    outcome_t        outcome;
    static disk_t    none;

    if (pending_n == 0) {
        times = 1;
    }

    for (unsigned i = 0; i < times && states_n < limit; i++) {
        way = i < 5 ? i : 3 + i % 2;
        build(way);
        save(data_file, &state);

        /* It would be of the state before, which was written to. */
        (void) unlink(mark_file);
        save(lock_file, &none);

        outcome = check_apart();
        outcomes[outcome]++;
        states_n++;

        if (outcome != STATE_RIGHT && told++ < TOLD_MAX) {
            fprintf(stderr, "crash: state %u, note %zu of %zu, way %u: %s\n",
                    states_n, note, notes_n, way, outcome_names[outcome]);
        }
    }
}


/* "CODE applied" or "CODE withdrawn". */
static void
told(const note_t *n)
{
    cert_str_t  text = { n->data, 19 };

    if (n->len < 20 || cert_code_parse(&acks[acks_n].code, text) != CERT_OK) {
        errno = EINVAL;
        die("what a client was told");
    }

    acks[acks_n].is_withdrawn = n->data[20] == 'w';
    acks_n++;
}


/*
 * How many states there are after a write.  "*share" is how many in 65536 of
 * the notes are taken: fewer states than there are places are spread evenly.
 */
static unsigned
plan(unsigned limit, uint64_t *share)
{
    uint64_t  writes = 0, others = 0;

    for (size_t i = 0; i < notes_n; i++) {
        writes += notes[i].kind == 'W';
        others += notes[i].kind == 'A';
    }

    *share = ((uint64_t) limit << 16) / (5 * writes + others + 1) + 1;

    return limit < 5 * writes + others ? 5
                                       : (unsigned) (limit / (writes + 1) + 1);
}


static void
replay(unsigned limit, int is_lie)
{
    unsigned  times;
    uint64_t  share;

    times = plan(limit, &share);

    for (size_t i = 0; i < notes_n; i++) {
        switch (notes[i].kind) {

        case 'W':
            pending[pending_n++] = i;
            break;

        case 'A':
            told(&notes[i]);
            break;

        default:
            if (!is_lie) {
                persist(notes[i].kind == 'P' ? &notes[i] : NULL);
            }

            continue;
        }

        if ((draw() >> 16 & 0xffff) < share) {
            crash_at(i, times, limit);
        }
    }
}


int
main(int argc, char **argv)
{
    char           path[600];
    cert_reason_t  reason;

    if (argc < 7) {
        fprintf(stderr, "usage: see the source\n");
        return 2;
    }

    disk.bytes = load(argv[1], &disk.size, DISK_MAX);
    state.bytes = calloc(1, DISK_MAX);
    load_notes(argv[2]);

    f.ring = cert_keyring_create();
    snprintf(path, sizeof(path), "%s/keys/public.keys", argv[3]);
    if (cert_keyring_read(f.ring, path, &reason) != CERT_OK) {
        die(reason.text);
    }

    snprintf(path, sizeof(path), "%s/keys/private.keys", argv[3]);
    if (cert_keyring_read(f.ring, path, &reason) != CERT_OK) {
        die(reason.text);
    }

    snprintf(f.store_path, sizeof(f.store_path), "%s/store", argv[4]);
    snprintf(data_file, sizeof(data_file), "%s/data.mdb", f.store_path);
    snprintf(lock_file, sizeof(lock_file), "%s/lock.mdb", f.store_path);
    snprintf(mark_file, sizeof(mark_file), "%s.mark", f.store_path);
    (void) mkdir(f.store_path, 0700);

    seed = strtoull(argv[5], NULL, 10) * 2 + 1;
    replay((unsigned) strtoul(argv[6], NULL, 10), argc > 7);

    persist(NULL);
    snprintf(path, sizeof(path), "%s/whole", argv[4]);
    save(path, &disk);

    printf("states %u acks %zu notes %zu", states_n, acks_n, notes_n);

    for (unsigned i = 0; i < STATES; i++) {
        printf(" %s %u", outcome_names[i], outcomes[i]);
    }

    putchar('\n');

    return 0;
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * Damage where no seal covers it: meta pages, page headers, keys, lengths.
 *
 * Each trial changes a copy of the data file and asks in a child process, so
 * that a crash is told from an answer.
 */


#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "store.h"


#define PERSON  "11010519491231002X"
#define COPIES  40
#define PAGE    4096

/* Each forks, which takes a sanitized process twenty times as long. */
#ifdef __SANITIZE_ADDRESS__
#define TRIALS  300
#else
#define TRIALS  1500
#endif

/* What a child says; anything else is a crash, a sanitizer's exit too. */
#define RIGHT   0
#define WRONG   41
#define MISSED  42


static fixture_t     f;
static cert_code_t   codes[COPIES];
static uint8_t      *image;         /* the file as it is whole */
static size_t        size;
static char          file[700];


/* Three of four are ready, one in four was withdrawn in the last commit. */
static cert_result_t
expected(size_t i)
{
    return i % 4 ? CERT_RESULT_VALID : CERT_RESULT_WITHDRAWN;
}


static void
fill(void)
{
    char            number[16];
    cert_txn_t     *txn;
    cert_change_t   c;
    cert_reason_t   reason;
    cert_outcome_t  outcome;

    put_qualification(&f, "会计", "2021-12-17");

    for (unsigned i = 0; i < COPIES; i++) {
        snprintf(number, sizeof(number), "N%03u", i);
        put_certificate(&f, number, "张三", PERSON, &outcome);
        annotate(&f, number, "2022-06-02", 90, &outcome);
        codes[i] = outcome.code;
        make_ready(&f, &codes[i], "2022-06-02", (uint8_t) (i + 1), &outcome);
    }

    (void) cert_txn_begin(&txn, f.store, &reason);

    for (unsigned i = 0; i < COPIES; i += 4) {
        c = change(&f, CERT_CHANGE_WITHDRAW, "2022-06-03");
        c.u.copy.code = codes[i];
        (void) cert_change_execute(txn, &c, &outcome);
    }

    is_int(cert_txn_commit(txn, &reason), CERT_OK, "filled");
}


/* By a certificate, whose match is found by another record than a code. */
static int
ask_match(cert_reader_t *reader, const char *number, int wrong)
{
    cert_verdict_t   v;
    cert_question_t  question;

    memset(&question, 0, sizeof(question));
    question.ask = CERT_ASK_MATCH;
    question.number = cert_strz(number);
    question.name = cert_str("张三");
    question.id_number = cert_str(PERSON);
    cert_check(reader, &question, at("2022-07-01"), &v);

    if (v.result == CERT_RESULT_NOT_FOUND) {
        wrong = wrong == RIGHT ? MISSED : wrong;

    } else if (v.result != CERT_RESULT_UNAVAILABLE
               && v.result != CERT_RESULT_VALID)
    {
        wrong = WRONG;
    }

    question.name = cert_str("张四");
    cert_check(reader, &question, at("2022-07-01"), &v);

    return v.result == CERT_RESULT_VALID ? WRONG : wrong;
}


/* A name beside a code, whose digest is in the record that a match finds. */
static int
ask_name(cert_reader_t *reader, const cert_code_t *code, int wrong)
{
    char             text[CERT_CODE_TEXT_SIZE];
    cert_verdict_t   v;
    cert_question_t  question;

    cert_code_format(code, text);
    memset(&question, 0, sizeof(question));
    question.ask = CERT_ASK_NAME;
    question.text = cert_strz(text);

    for (unsigned is_right = 0; is_right < 2; is_right++) {
        question.name = is_right ? cert_str("张三") : cert_str("张四");
        cert_check(reader, &question, at("2022-07-01"), &v);

        if (v.has_name && (unsigned) v.name_matches != is_right) {
            wrong = WRONG;
        }

        if (v.result == CERT_RESULT_NOT_FOUND && wrong == RIGHT) {
            wrong = MISSED;
        }
    }

    return wrong;
}


/* RIGHT also if the answer is that there is none. */
static int
ask_all(void)
{
    int              wrong;
    char             number[16];
    uint8_t          sha256[65];
    cert_store_t    *store;
    cert_reader_t   *reader;
    cert_reason_t    reason;
    cert_verdict_t   v;
    cert_question_t  question;

    if (cert_store_open(&store, f.store_path, CERT_STORE_READ, f.ring,
                        &reason)
        != CERT_OK)
    {
        return RIGHT;
    }

    if (cert_reader_open(&reader, store, &reason) != CERT_OK) {
        return RIGHT;
    }

    wrong = RIGHT;
    memset(&question, 0, sizeof(question));

    for (size_t i = 0; i < COPIES; i++) {
        for (unsigned way = 0; way < 2; way++) {
            question.ask = way ? CERT_ASK_SHA256 : CERT_ASK_ANNOTATION;
            question.code = codes[i];

            for (unsigned k = 0; k < 32; k++) {
                snprintf((char *) sha256 + 2 * k, 3, "%02x",
                         (unsigned) (i + 1));
            }

            question.text = (cert_str_t) { sha256, 64 };
            cert_check(reader, &question, at("2022-07-01"), &v);

            if (v.result == CERT_RESULT_NOT_FOUND) {
                wrong = wrong == RIGHT ? MISSED : wrong;

            } else if (v.result != CERT_RESULT_UNAVAILABLE
                       && v.result != expected(i))
            {
                wrong = WRONG;
            }
        }

        snprintf(number, sizeof(number), "n%03zu", i);
        wrong = ask_match(reader, number, wrong);
        wrong = ask_name(reader, &codes[i], wrong);
    }

    return wrong;
}


/* Asks in a child; its exit status, or 100 and more for a crash. */
static int
ask_apart(void)
{
    int    status;
    pid_t  pid;

    pid = fork();

    if (pid == 0) {
        /* Whatever LMDB has to say of it belongs to no test output. */
        (void) !freopen("/dev/null", "w", stderr);
        _exit(ask_all());
    }

    (void) waitpid(pid, &status, 0);

    if (WIFSIGNALED(status)) {
        return 100 + WTERMSIG(status);
    }

    status = WEXITSTATUS(status);

    return status == RIGHT || status == WRONG || status == MISSED
           ? status : 100 + status;
}


static void
put_byte(size_t offset, uint8_t byte)
{
    int  fd;

    fd = open(file, O_WRONLY);

    if (fd == -1 || pwrite(fd, &byte, 1, (off_t) offset) != 1) {
        printf("Bail out! cannot write\n");
        exit(1);
    }

    close(fd);
}


/*
 * Every bit of the number by which LMDB picks a meta page, but the one that
 * makes it the number before last: that store looks as it did before.
 */
static void
test_meta(void)
{
    int       wrong;
    size_t    page, at_byte;
    uint64_t  id[2];

    memcpy(&id[0], image + 16 + 128, 8);
    memcpy(&id[1], image + PAGE + 16 + 128, 8);
    page = id[1] > id[0] ? PAGE : 0;
    wrong = 0;

    for (unsigned bit = 0; bit < 64; bit++) {
        at_byte = page + 16 + 128 + bit / 8;

        if (bit == 1 && (image[at_byte] & 2)) {
            continue;
        }

        put_byte(at_byte, image[at_byte] ^ (uint8_t) (1 << bit % 8));
        wrong += ask_apart() != RIGHT;
        put_byte(at_byte, image[at_byte]);
    }

    is_int(wrong, 0, "no flipped bit of a meta page brings back a commit");
}


/* The first 96 bytes of pages hold headers, slots and keys near the end. */
static void
test_pages(void)
{
    int       outcome;
    size_t    at_byte;
    uint8_t   bit;
    unsigned  seed, wrong, missed, crashed;

    seed = 20220829;
    wrong = missed = crashed = 0;

    for (unsigned i = 0; i < TRIALS; i++) {
        seed = seed * 1103515245 + 12345;
        at_byte = (seed >> 4) % (size / PAGE) * PAGE;
        seed = seed * 1103515245 + 12345;
        at_byte += (seed >> 8) % (i % 2 ? 96 : PAGE);
        bit = (uint8_t) (1 << (seed >> 5) % 8);

        put_byte(at_byte, image[at_byte] ^ bit);
        outcome = ask_apart();
        put_byte(at_byte, image[at_byte]);

        wrong += outcome == WRONG;
        missed += outcome == MISSED;
        crashed += outcome > 100;

        if (outcome == WRONG || outcome == MISSED) {
            diag("outcome %d: byte %zu of page %zu, bit %u", outcome,
                 at_byte % PAGE, at_byte / PAGE, bit);
        }
    }

    is_int(wrong, 0, "%u flips: no wrong answer", TRIALS);
    is_int(missed, 0, "no copy that is there is unknown");

    /* LMDB trusts its page headers: not judged, nginx starts a new worker. */
    diag("%u of them ended the process inside LMDB", crashed);
}


/* The length of each value, one bit at a time, of the record of one copy. */
static void
test_lengths(void)
{
    int       outcome;
    size_t    node;
    uint8_t  *found, key[4 + 2 + 2 + CERT_CODE_SIZE];
    unsigned  bad, seen;

    bad = seen = 0;

    /* A node is: length low, high, flags, length of key, key. */
    for (found = image; found != NULL; found++) {
        found = memmem(found, size - (size_t) (found - image),
                       codes[1].bytes, CERT_CODE_SIZE);
        if (found == NULL) {
            break;
        }

        memcpy(key, found - 8, sizeof(key));

        if (key[6] != CERT_CODE_SIZE || key[7] != 0 || key[4] != 0) {
            continue;
        }

        seen++;

        for (unsigned bit = 0; bit < 32; bit++) {
            node = (size_t) (found - image) - 8 + bit / 8;
            put_byte(node, image[node] ^ (uint8_t) (1 << bit % 8));
            outcome = ask_apart();
            put_byte(node, image[node]);
            bad += outcome != RIGHT;
        }
    }

    ok(seen > 0, "%u nodes", seen);
    is_int(bad, 0, "no flipped bit of a length crashes or changes an answer");
}


/* An entry of the index moved to another certificate. */
static void
test_index(void)
{
    size_t          offset;
    uint8_t        *found;
    cert_err_t      err;
    cert_outcome_t  outcome;

    /* "N001", 0, time: the live one is in the page that is not free. */
    for (found = image; found != NULL; found++) {
        found = memmem(found, size - (size_t) (found - image), "N001\0\0\0",
                       7);
        if (found == NULL) {
            break;
        }

        offset = (size_t) (found - image) + 3;
        put_byte(offset, '1' ^ 2);
    }

    fixture_open(&f, CERT_STORE_WRITE);

    err = set_status(&f, "N001", CERT_STATUS_REVOKED, "", &outcome);
    is_int(err, CERT_CORRUPT, "a copy that is not found stops a revocation");
    err = set_status(&f, "N003", CERT_STATUS_REVOKED, "", &outcome);
    is_int(err, CERT_CORRUPT, "and so does one too many");
    err = set_status(&f, "N005", CERT_STATUS_REVOKED, "", &outcome);
    is_int(err, CERT_OK, "others go on");
}


int
main(void)
{
    int  fd;

    fixture_init(&f);
    fill();
    fixture_close(&f);

    snprintf(file, sizeof(file), "%s/data.mdb", f.store_path);
    fd = open(file, O_RDONLY);
    size = (size_t) lseek(fd, 0, SEEK_END);
    image = malloc(size);
    is_int(pread(fd, image, size, 0), size, "read");
    close(fd);

    is_int(ask_apart(), RIGHT, "undamaged: all answers are right");

    test_meta();
    test_lengths();
    test_pages();
    test_index();

    free(image);
    fixture_wipe(&f);

    return done_testing();
}

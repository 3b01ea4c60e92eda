/*
 * Copyright (C) the ngx_cert authors
 *
 * The bad files that are known.
 *
 * A file is listed until a look finds it sound, or its copy needs none.  Each
 * has what stat() said of it when it was found bad, so that one that is
 * restored is noticed within seconds at the cost of a system call, and not only
 * by the next pass.  A file that was written to just now is looked at again in
 * any case: a second change may carry the same time.
 *
 * nginx refuses a missing file, a link and another size by itself, and breaks
 * off at what cannot be read, so these are dropped first when the list is full:
 * a disk that is gone for minutes must not end all downloads for the days of a
 * pass.  If too many were changed, the list says so and nothing is sent at all,
 * until a whole pass has shown that they fit again.
 *
 * The file belongs to this daemon: what another program makes of it is replaced
 * within a second, and once a minute in any case, so that it is sealed under a
 * key that is in use.  A list that cannot be written is an alert, as nginx then
 * sends what it should not.
 */


#include <time.h>

#include "certd_bad.h"
#include "certd_store.h"


/* Of those listed: asked for at once, and how long for reading them. */
#define CERTD_BAD_PART      256
#define CERTD_BAD_LOOKS_MS  500

/* The list is written at least once in so long. */
#define CERTD_BAD_MINUTE_MS  60000

/* Nanoseconds: two changes within them may carry one time. */
#define CERTD_BAD_RACY_NS   UINT64_C(2000000000)


static void certd_bad_add(certd_bad_t *bad, const cert_code_t *code,
    const certd_look_t *look);
static int certd_bad_room(certd_bad_t *bad, const certd_look_t *look);
static void certd_bad_drop(certd_bad_t *bad, size_t i);
static size_t certd_bad_find(const certd_bad_t *bad, const cert_code_t *code);
static int certd_bad_is(const certd_bad_t *bad, size_t i,
    const cert_code_t *code);
static void certd_bad_mark(certd_bad_file_t *file, const certd_look_t *look);
static uint64_t certd_bad_again(certd_t *certd, certd_bad_t *bad);
static int certd_bad_is_touched(certd_t *certd, certd_bad_t *bad, size_t i);
static void certd_bad_watch(certd_bad_t *bad);
static void certd_bad_write(certd_t *certd, certd_bad_t *bad);
static int certd_bad_is_ours(certd_bad_t *bad, cert_keyring_t *ring);


cert_err_t
certd_bad_open(certd_t *certd, certd_bad_t *bad)
{
    cert_err_t       err;
    certd_reader_t  *reader;

    (void) certd_home_path(certd->options, bad->path, "store");
    certd_bad_log_open(&bad->log);

    reader = certd_reader_take(certd->store);
    if (reader == NULL) {
        return CERT_BUSY;
    }

    err = cert_bad_read(bad->path, reader->ring, &bad->list);
    certd_reader_give(certd->store, reader);

    if (err != CERT_OK) {
        bad->is_dirty = 1;
        certd_log(CERTD_LOG_ALERT, "\"%s/certd.bad\" cannot be used (%s) and "
                  "is replaced: all PDFs are checked from the start to find "
                  "the bad ones", bad->path, cert_err_name(err));
        return err;
    }

    for (size_t i = 0; i < bad->list.n; i++) {
        bad->files[i].result = CERTD_LOOK_CHANGED;
        bad->files[i].is_due = 1;
    }

    bad->is_crowded = bad->list.is_more;
    bad->is_dirty = bad->list.n != 0 || bad->list.is_more;
    (void) cert_bad_version(bad->path, &bad->version);

    return CERT_OK;
}


void
certd_bad_note(certd_t *certd, certd_bad_t *bad, const cert_code_t *code,
    const certd_look_t *look)
{
    int     is_listed;
    size_t  i;

    i = certd_bad_find(bad, code);
    is_listed = certd_bad_is(bad, i, code);

    if (look->result == CERTD_LOOK_TROUBLE) {
        /* Else it would be due once a second until the cause is repaired. */
        if (is_listed) {
            certd_bad_mark(&bad->files[i], look);
        }

        certd_bad_log_trouble(&bad->log, certd, code);
        return;
    }

    if (certd_look_is_bad(look->result)) {

        if (!is_listed || bad->files[i].result != look->result) {
            certd_bad_log_alarm(&bad->log, certd, code, look->result);
        }

        if (is_listed) {
            bad->files[i].result = look->result;
            certd_bad_mark(&bad->files[i], look);

        } else {
            certd_bad_add(bad, code, look);
        }

        return;
    }

    if (is_listed) {
        certd_bad_drop(bad, i);
        certd_bad_log_notice(&bad->log, certd, code, look->result);
    }
}


static void
certd_bad_add(certd_bad_t *bad, const cert_code_t *code,
    const certd_look_t *look)
{
    size_t  i, behind;

    if (!certd_bad_room(bad, look)) {
        return;
    }

    i = certd_bad_find(bad, code);
    behind = bad->list.n - i;

    memmove(&bad->list.codes[i + 1], &bad->list.codes[i],
            behind * sizeof(cert_code_t));
    memmove(&bad->files[i + 1], &bad->files[i],
            behind * sizeof(certd_bad_file_t));

    bad->list.codes[i] = *code;
    bad->files[i].result = look->result;
    certd_bad_mark(&bad->files[i], look);

    bad->list.n++;
    bad->is_dirty = 1;
}


/* 0: it is not to be listed. */
static int
certd_bad_room(certd_bad_t *bad, const certd_look_t *look)
{
    size_t  i;

    if (bad->list.n < CERT_BAD_MAX) {
        return 1;
    }

    if (!certd_look_is_hidden(look->result)) {
        return 0;
    }

    for (i = 0; i < bad->list.n; i++) {
        if (!certd_look_is_hidden(bad->files[i].result)) {
            certd_bad_drop(bad, i);
            return 1;
        }
    }

    if (!bad->list.is_more) {
        certd_log(CERTD_LOG_ALERT, "more than %u PDFs are not what was sealed: "
                  "all downloads are refused until a whole pass over the PDFs "
                  "finds fewer", CERT_BAD_MAX);
    }

    bad->is_crowded = 1;
    bad->is_dirty |= !bad->list.is_more;
    bad->list.is_more = 1;

    return 0;
}


static void
certd_bad_drop(certd_bad_t *bad, size_t i)
{
    size_t  behind;

    behind = bad->list.n - i - 1;

    memmove(&bad->list.codes[i], &bad->list.codes[i + 1],
            behind * sizeof(cert_code_t));
    memmove(&bad->files[i], &bad->files[i + 1],
            behind * sizeof(certd_bad_file_t));

    bad->list.n--;
    bad->is_dirty = 1;
}


/* Where it is, or belongs. */
static size_t
certd_bad_find(const certd_bad_t *bad, const cert_code_t *code)
{
    size_t  from, to, middle;

    from = 0;
    to = bad->list.n;

    while (from < to) {
        middle = from + (to - from) / 2;

        if (memcmp(&bad->list.codes[middle], code, sizeof(cert_code_t)) < 0) {
            from = middle + 1;

        } else {
            to = middle;
        }
    }

    return from;
}


static int
certd_bad_is(const certd_bad_t *bad, size_t i, const cert_code_t *code)
{
    return i < bad->list.n
           && memcmp(&bad->list.codes[i], code, sizeof(cert_code_t)) == 0;
}


/*
 * Times of files are those of the machine's clock, whatever was seen.  A time
 * of the future is of a clock that was wrong, and what is written from now on
 * has another one: until then it would be read once a second.
 */
static void
certd_bad_mark(certd_bad_file_t *file, const certd_look_t *look)
{
    uint64_t         now_ns, changed_ns;
    struct timespec  now;

    (void) clock_gettime(CLOCK_REALTIME, &now);
    now_ns = (uint64_t) now.tv_sec * 1000000000u + (uint64_t) now.tv_nsec;
    changed_ns = look->version.ctime_ns;

    file->version = look->version;
    file->is_due = changed_ns + CERTD_BAD_RACY_NS > now_ns
                   && changed_ns < now_ns + CERTD_BAD_RACY_NS;
}


void
certd_bad_pass(certd_bad_t *bad)
{
    if (bad->list.is_more && !bad->is_crowded) {
        bad->list.is_more = 0;
        bad->is_dirty = 1;
    }

    bad->is_crowded = 0;
}


uint64_t
certd_bad_tend(certd_t *certd, certd_bad_t *bad)
{
    uint64_t  cost;

    certd_bad_log_minute(&bad->log);

    cost = certd_bad_again(certd, bad);

    certd_bad_watch(bad);

    if (bad->is_dirty) {
        certd_bad_write(certd, bad);
    }

    return cost;
}


/* Goes on where it was, so that each is looked at, however many there are. */
static uint64_t
certd_bad_again(certd_t *certd, certd_bad_t *bad)
{
    size_t        n;
    int64_t       end_ms;
    uint64_t      cost;
    cert_code_t   code;
    certd_look_t  look;

    cost = 0;
    end_ms = certd_clock_ms() + CERTD_BAD_LOOKS_MS;

    n = bad->list.n < CERTD_BAD_PART ? bad->list.n : CERTD_BAD_PART;

    while (n-- > 0 && bad->list.n > 0 && certd_clock_ms() < end_ms) {

        if (bad->next >= bad->list.n) {
            bad->next = 0;
        }

        if (!certd_bad_is_touched(certd, bad, bad->next)) {
            bad->next++;
            continue;
        }

        code = bad->list.codes[bad->next];
        certd_look(certd, &code, &look);
        certd_bad_note(certd, bad, &code, &look);

        cost += look.cost;

        if (certd_bad_is(bad, bad->next, &code)) {
            bad->next++;
        }
    }

    return cost;
}


static int
certd_bad_is_touched(certd_t *certd, certd_bad_t *bad, size_t i)
{
    cert_bad_version_t  version;

    if (bad->files[i].is_due) {
        return 1;
    }

    certd_look_version(certd, &bad->list.codes[i], &version);

    return !cert_bad_version_is_equal(&version, &bad->files[i].version);
}


static void
certd_bad_watch(certd_bad_t *bad)
{
    cert_bad_version_t  version;

    if (cert_bad_version(bad->path, &version) == CERT_OK
        && !cert_bad_version_is_equal(&version, &bad->version))
    {
        if (!bad->is_dirty) {
            certd_bad_log_changed(&bad->log, bad->path);
        }

        bad->is_dirty = 1;
    }

    if (certd_clock_ms() >= bad->written_ms + CERTD_BAD_MINUTE_MS
        && (bad->list.n != 0 || bad->list.is_more))
    {
        bad->is_dirty = 1;
    }
}


/* It waits for the disk and holds a reader: it is 40 KB, and rare. */
static void
certd_bad_write(certd_t *certd, certd_bad_t *bad)
{
    int              is_ours;
    cert_err_t       err;
    certd_reader_t  *reader;
    cert_reason_t    reason;

    reader = certd_reader_take(certd->store);
    if (reader == NULL) {
        return;
    }

    err = cert_bad_write(bad->path, reader->ring, &bad->list, &reason);
    is_ours = err == CERT_OK && certd_bad_is_ours(bad, reader->ring);

    certd_reader_give(certd->store, reader);

    if (err == CERT_OK) {
        bad->is_dirty = !is_ours;
        bad->written_ms = certd_clock_ms();

        if (!is_ours) {
            certd_bad_log_changed(&bad->log, bad->path);
        }

    } else {
        certd_bad_log_unwritten(&bad->log, &reason);
    }
}


/*
 * True if the file is the list.  Its version is taken before it is read: a file
 * that another program puts there in between, or later, has another version.
 */
static int
certd_bad_is_ours(certd_bad_t *bad, cert_keyring_t *ring)
{
    cert_bad_t  list;

    return cert_bad_version(bad->path, &bad->version) == CERT_OK
           && cert_bad_read(bad->path, ring, &list) == CERT_OK
           && list.n == bad->list.n && list.is_more == bad->list.is_more
           && memcmp(list.codes, bad->list.codes,
                     list.n * sizeof(cert_code_t)) == 0;
}

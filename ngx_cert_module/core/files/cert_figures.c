/*
 * Copyright (C) the ngx_cert authors
 *
 * The daemon's figures as a file beside the store (cert_beside_int.h): format,
 * numbers.  It is not synced: after a loss of power nobody needs the figures
 * from before.
 */


#include <string.h>

#include "cert_beside_int.h"
#include "cert_figures.h"
#include "cert_refusal.h"


/* A new one with every member that comes, goes or means something else. */
#define CERT_FIGURES_FORMAT  3

/*
 * Without the last member.  It is read, since an upgrade goes by it: a daemon
 * of the version before may be running.
 */
#define CERT_FIGURES_BEFORE  2

#define CERT_FIGURES_N       (sizeof(cert_figures_t) / sizeof(uint64_t))
#define CERT_FIGURES_SIZE    (1 + CERT_FIGURES_N * 8 + CERT_SEAL_SIZE)

#define CERT_FIGURE(name, kind, about)                                        \
    { #name, CERT_FIGURE_##kind, about, offsetof(cert_figures_t, name) }


static cert_beside_t cert_figures_file(const char *path);


static const cert_figure_t  cert_figure_list[] = {
    CERT_FIGURE(waiting, GAUGE, "Changes that wait for the writer."),
    CERT_FIGURE(waiting_ms, MS, "How long the oldest of them waits."),
    CERT_FIGURE(commits, COUNTER, "Commits."),
    CERT_FIGURE(changes, COUNTER, "Changes that were committed."),
    CERT_FIGURE(refused, COUNTER, "Changes that a rule forbids."),
    CERT_FIGURE(batch_last, GAUGE, "Changes in the last commit."),
    CERT_FIGURE(batch_max, GAUGE, "Changes in the largest commit."),
    CERT_FIGURE(commits_per_sec, RATE, "Commits per second, recently."),
    CERT_FIGURE(changes_per_sec, RATE, "Changes per second, recently."),

    CERT_FIGURE(jobs_waiting, GAUGE, "Copies that wait to be made."),
    CERT_FIGURE(jobs_oldest_sec, SEC, "How long the oldest of them waits."),
    CERT_FIGURE(jobs_done, COUNTER, "Copies made."),
    CERT_FIGURE(jobs_retried, COUNTER, "Attempts that failed."),
    CERT_FIGURE(jobs_failed, COUNTER, "Copies given up."),
    CERT_FIGURE(jobs_per_sec, RATE, "Copies made per second, recently."),
    CERT_FIGURE(renderers, GAUGE, "Renderers that run."),
    CERT_FIGURE(renderers_busy, GAUGE, "Renderers at work."),
    CERT_FIGURE(renderers_died, COUNTER, "Renderers that died."),

    CERT_FIGURE(files_checked, COUNTER, "PDFs that were checked."),
    CERT_FIGURE(files_bad, GAUGE, "PDFs that are not what was sealed."),
    CERT_FIGURE(files_passes, COUNTER, "Passes over all PDFs that ended."),
    CERT_FIGURE(files_pass_sec, SEC, "How long the current pass has taken."),
    CERT_FIGURE(files_finished_sec, SEC, "Since a pass over all PDFs ended."),

    CERT_FIGURE(hashes_waiting, GAUGE, "Passwords that wait to be hashed."),
    CERT_FIGURE(logins, COUNTER, "Logins."),
    CERT_FIGURE(logins_refused, COUNTER, "Logins refused."),
    CERT_FIGURE(logins_throttled, COUNTER,
                "Logins and registrations that were told to wait."),
    CERT_FIGURE(logins_left, COUNTER,
                "Those whose client left while it waited."),
    CERT_FIGURE(busy, COUNTER, "Requests answered with 503."),

    CERT_FIGURE(seals_expire, GAUGE,
                "Unix time at which the first seal ends; 0 if not known.")
};

#define CERT_FIGURE_LIST_N                                                    \
    (sizeof(cert_figure_list) / sizeof(cert_figure_list[0]))

_Static_assert(CERT_FIGURE_LIST_N + 2 + CERT_FIGURES_REFUSALS
               == CERT_FIGURES_N, "all figures are in the list");


cert_err_t
cert_figures_write(const char *path, cert_keyring_t *ring,
    const cert_figures_t *figures, cert_reason_t *reason)
{
    uint8_t         bytes[CERT_FIGURES_SIZE];
    uint64_t        numbers[CERT_FIGURES_N];
    cert_beside_t   file;
    cert_writer_t   w;

    memcpy(numbers, figures, sizeof(numbers));

    w = cert_beside_begin(bytes, sizeof(bytes));
    cert_put_int(&w, CERT_FIGURES_FORMAT, 1);

    for (size_t i = 0; i < CERT_FIGURES_N; i++) {
        cert_put_int(&w, numbers[i], 8);
    }

    file = cert_figures_file(path);

    return cert_beside_write(&file, ring, &w, 0, reason);
}


static cert_beside_t
cert_figures_file(const char *path)
{
    return (cert_beside_t) { path, "certd.figures", "ngx_cert figures" };
}


cert_err_t
cert_figures_read(const char *path, cert_keyring_t *ring,
    cert_figures_t *figures)
{
    size_t          n;
    uint8_t         bytes[CERT_FIGURES_SIZE];
    uint64_t        numbers[CERT_FIGURES_N], format;
    cert_err_t      err;
    cert_str_t      payload;
    cert_beside_t   file;
    cert_cursor_t   c;

    memset(figures, 0, sizeof(*figures));

    file = cert_figures_file(path);

    err = cert_beside_read(&file, ring, bytes, sizeof(bytes), &payload);
    if (err != CERT_OK) {
        return err;
    }

    c = cert_cursor(payload);

    format = cert_get_int(&c, 1);

    if (format != CERT_FIGURES_FORMAT && format != CERT_FIGURES_BEFORE) {
        return CERT_CORRUPT;
    }

    n = CERT_FIGURES_N - (format == CERT_FIGURES_BEFORE);
    memset(numbers, 0, sizeof(numbers));

    for (size_t i = 0; i < n; i++) {
        numbers[i] = cert_get_int(&c, 8);
    }

    if (!cert_cursor_is_done(&c)) {
        return CERT_CORRUPT;
    }

    memcpy(figures, numbers, sizeof(numbers));

    return CERT_OK;
}


void
cert_figures_remove(const char *path)
{
    cert_beside_t  file;

    file = cert_figures_file(path);
    (void) cert_beside_remove(&file);
}


uint64_t
cert_figures_age(const cert_figures_t *figures, cert_time_t clock)
{
    return clock > figures->updated
           ? (uint64_t) clock - (uint64_t) figures->updated : 0;
}


int
cert_figures_is_up(const cert_figures_t *figures, cert_time_t clock)
{
    return cert_figures_age(figures, clock) <= CERT_FIGURES_AGE_MAX
           && figures->updated <= clock + CERT_FIGURES_AGE_MAX;
}


const cert_figure_t *
cert_figure(size_t i)
{
    return i < CERT_FIGURE_LIST_N ? &cert_figure_list[i] : NULL;
}


uint64_t
cert_figure_value(const cert_figures_t *figures, const cert_figure_t *figure)
{
    uint64_t  value;

    memcpy(&value, (const uint8_t *) figures + figure->offset, sizeof(value));

    return value;
}


/* A refusal without a name of its own has the name of CERT_REFUSAL_NONE. */
const char *
cert_figure_refusal(size_t i)
{
    const char  *name;

    if (i == CERT_REFUSAL_NONE || i >= CERT_FIGURES_REFUSALS) {
        return NULL;
    }

    name = cert_refusal_name((cert_refusal_t) i);

    return name == cert_refusal_name(CERT_REFUSAL_NONE) ? NULL : name;
}

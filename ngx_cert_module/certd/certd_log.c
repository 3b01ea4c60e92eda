/*
 * Copyright (C) the ngx_cert authors
 *
 * Log lines and clocks.
 *
 * A line is one write(), so lines of threads and of renderers, which have the
 * same stderr, do not mix, and a process that is killed leaves no half of one.
 * It is made in a buffer of its own: to log must not need memory just when
 * there is none.  What does not fit is cut.
 *
 * Nothing is masked here.  Lines are worded from routes, numbers and errors;
 * what holders sent, and who they are, is never handed to this file.
 */


#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "cert_clock.h"
#include "certd.h"


#define CERTD_LINE_MAX  512


static const char  *certd_log_names[] = {
    "emergency", "alert", "critical", "error", "warning", "notice", "info"
};

/* Written at start and at a reload, read by all threads. */
static int  certd_log_most = CERTD_LOG_NOTICE;

/* A line that the service leaves for the master; NULL: it is not shared. */
static char  *certd_log_line;

/* This process is the one that leaves it. */
static int  certd_log_keeps;


static void certd_log_leave(const char *fmt, va_list args);


void
certd_log_level(certd_log_level_t level)
{
    __atomic_store_n(&certd_log_most, (int) level, __ATOMIC_RELAXED);
}


int
certd_log_is_written(certd_log_level_t level)
{
    return (int) level <= __atomic_load_n(&certd_log_most, __ATOMIC_RELAXED);
}


int
certd_log_share(void)
{
    void  *line;

    line = mmap(NULL, CERTD_LINE_MAX, PROT_READ|PROT_WRITE,
                MAP_SHARED|MAP_ANONYMOUS, -1, 0);

    if (line == MAP_FAILED) {
        return 0;
    }

    certd_log_line = line;

    return 1;
}


void
certd_log_keep(void)
{
    certd_log_keeps = 1;
}


/* The service may have been taken over: one line, and with an end. */
const char *
certd_log_kept(void)
{
    if (certd_log_line == NULL || certd_log_line[0] == '\0') {
        return NULL;
    }

    certd_log_line[CERTD_LINE_MAX - 1] = '\0';

    for (char *p = certd_log_line; *p != '\0'; p++) {
        if (*p == '\n' || *p == '\r') {
            *p = ' ';
        }
    }

    return certd_log_line;
}


/* Threads take turns, so that no line is of two. */
static void
certd_log_leave(const char *fmt, va_list args)
{
    static pthread_mutex_t  lock = PTHREAD_MUTEX_INITIALIZER;

    if (certd_log_keeps && certd_log_line != NULL) {
        (void) pthread_mutex_lock(&lock);
        (void) vsnprintf(certd_log_line, CERTD_LINE_MAX, fmt, args);
        (void) pthread_mutex_unlock(&lock);
    }
}


/* journald takes the level from "<N>", and the time from itself. */
void
certd_log(certd_log_level_t level, const char *fmt, ...)
{
    int       n, len;
    char      line[CERTD_LINE_MAX];
    va_list   args;

    if (level <= CERTD_LOG_ERROR) {
        va_start(args, fmt);
        certd_log_leave(fmt, args);
        va_end(args);
    }

    if (!certd_log_is_written(level)) {
        return;
    }

    if (getenv("JOURNAL_STREAM") != NULL) {
        len = snprintf(line, sizeof(line), "<%d>certd: ", (int) level);

    } else {
        len = snprintf(line, sizeof(line), "certd: [%s] ",
                       certd_log_names[level]);
    }

    va_start(args, fmt);
    n = vsnprintf(line + len, sizeof(line) - (size_t) len - 1, fmt, args);
    va_end(args);

    if (n < 0) {
        return;
    }

    len += n;

    if (len > (int) sizeof(line) - 2) {
        len = (int) sizeof(line) - 2;
    }

    line[len++] = '\n';

    /* Nobody could be told that this failed. */
    if (write(STDERR_FILENO, line, (size_t) len) == -1) {
        return;
    }
}


/* A machine that slept was not ahead when it woke up. */
static cert_time_t
certd_clock_take(int *is_ahead)
{
    cert_time_t      now;
    struct timespec  ts, boot;

    static cert_clock_t     clock;
    static pthread_mutex_t  lock = PTHREAD_MUTEX_INITIALIZER;

    (void) pthread_mutex_lock(&lock);

    (void) clock_gettime(CLOCK_REALTIME, &ts);
    (void) clock_gettime(CLOCK_BOOTTIME, &boot);
    now = cert_clock_take(&clock, ts.tv_sec, boot.tv_sec);
    *is_ahead = clock.is_ahead;

    (void) pthread_mutex_unlock(&lock);

    return now;
}


cert_time_t
certd_clock(void)
{
    int  is_ahead;

    return certd_clock_take(&is_ahead);
}


int
certd_clock_is_ahead(void)
{
    int  is_ahead;

    (void) certd_clock_take(&is_ahead);

    return is_ahead;
}


int64_t
certd_clock_ms(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}


struct timespec
certd_clock_deadline(int64_t ms)
{
    return (struct timespec) { ms / 1000, ms % 1000 * 1000000 };
}


void
certd_random(void *bytes, size_t len)
{
    ssize_t   n;
    uint8_t  *p = bytes;

    while (len > 0) {
        n = getrandom(p, len, 0);

        /* Only before the system has gathered any, or by a filter. */
        if (n <= 0) {
            continue;
        }

        p += n;
        len -= (size_t) n;
    }
}


int
certd_path(const certd_options_t *options, char path[CERTD_PATH_MAX],
    const char *name)
{
    int  n;

    n = snprintf(path, CERTD_PATH_MAX, "%s/%s", options->home, name);

    return n > 0 && n < CERTD_PATH_MAX;
}

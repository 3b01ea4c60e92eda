/*
 * Copyright (C) the ngx_cert authors
 *
 * Log lines.
 *
 * A line is one write(), so lines of threads and of renderers, which have the
 * same stderr, do not mix, and a process that is killed leaves no half of one.
 * It is made in a buffer on the stack: a lack of memory can be logged.  What
 * does not fit is cut.
 *
 * Nothing is masked here.  Lines are made of routes, numbers and errors; what
 * holders sent, and their identity, is never handed to this file.
 */


#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "certd_log.h"


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


/* One thread at a time, so that no line is of two. */
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

    /* There is nowhere to log that this failed. */
    if (write(STDERR_FILENO, line, (size_t) len) == -1) {
        return;
    }
}


/* The first group tells the hour; the last one finds it in the journal. */
void
certd_log_code(const cert_code_t *code, char text[CERTD_LOG_CODE_SIZE])
{
    char  whole[CERT_CODE_TEXT_SIZE];

    cert_code_format(code, whole);

    (void) snprintf(text, CERTD_LOG_CODE_SIZE, "%.4s-..-%s", whole, whole + 15);
}

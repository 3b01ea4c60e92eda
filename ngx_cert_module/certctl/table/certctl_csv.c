/*
 * Copyright (C) the ngx_cert authors
 *
 * CSV files, row by row.
 *
 * libcsv reads bytes and knows no lines, and in strict mode one wrong quote
 * ends the file.  So it is fed line by line: a line after which it reports a
 * row is a row; one after which it does not is inside quotes and takes the next
 * line along.  This gives the line numbers, the row as it stands, and a way on
 * after an error: the first line of the broken row is refused, and reading
 * starts again behind it.  A quote that is never closed thus spoils one line,
 * not the rest of the file.
 *
 * libcsv knows no guard (="0123"), but passes over blanks before a quote: the
 * "=" becomes one.
 *
 * The buffer is 16 rows long at least, so a line is searched for and parsed
 * where it was read; a row is copied once, field by field, by libcsv's
 * callbacks.
 */


#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "certctl_csv.h"


static cert_err_t certctl_csv_begin(certctl_csv_t *csv);
static uint8_t certctl_csv_separator(const uint8_t *p, const uint8_t *end);
static int certctl_csv_is_blank(const uint8_t *p, size_t len);
static int certctl_csv_is_said(certctl_csv_t *csv, const uint8_t *p,
    size_t len);
static void certctl_csv_unguard(certctl_csv_t *csv, uint8_t *p, size_t len);
static cert_err_t certctl_csv_row(certctl_csv_t *csv);
static cert_err_t certctl_csv_broken(certctl_csv_t *csv, const char *why);
static void certctl_csv_trim(certctl_csv_t *csv);
static cert_err_t certctl_csv_line(certctl_csv_t *csv, size_t from,
    size_t *len);
static cert_err_t certctl_csv_skip(certctl_csv_t *csv);
static cert_err_t certctl_csv_fill(certctl_csv_t *csv);
static void certctl_csv_field(void *bytes, size_t len, void *data);
static void certctl_csv_end(int c, void *data);


static const char  certctl_csv_long[] = "is longer than 65536 bytes";


int
certctl_csv_fd(const char *file)
{
    return strcmp(file, "-") == 0 ? dup(STDIN_FILENO)
                                  : open(file, O_RDONLY | O_CLOEXEC);
}


certctl_csv_t *
certctl_csv_open_fd(int fd)
{
    certctl_text_t  *text;

    return certctl_text_open(&text, fd, NULL) == CERT_OK
           ? certctl_csv_open(text) : NULL;
}


certctl_csv_t *
certctl_csv_open(certctl_text_t *text)
{
    certctl_csv_t  *csv;

    csv = text != NULL ? malloc(sizeof(certctl_csv_t)) : NULL;
    if (csv == NULL) {
        goto failed;
    }

    memset(csv, 0, offsetof(certctl_csv_t, values));

    csv->text = text;
    csv->line_next = 1;
    csv->separator = ',';

    if (csv_init(&csv->parser, CSV_STRICT | CSV_STRICT_FINI) != 0) {
        goto failed;
    }

    return csv;

failed:

    certctl_text_close(text);
    free(csv);

    return NULL;
}


void
certctl_csv_close(certctl_csv_t *csv)
{
    if (csv == NULL) {
        return;
    }

    csv_free(&csv->parser);
    certctl_text_close(csv->text);

    /* It held people's data. */
    explicit_bzero(csv, sizeof(certctl_csv_t));
    free(csv);
}


/*
 * Leaves out empty lines, which libcsv would pass over in silence and with
 * them the count of lines.
 */
cert_err_t
certctl_csv_next(certctl_csv_t *csv)
{
    size_t      len;
    uint8_t    *p;
    cert_err_t  err;

    if (csv->line_end == 0) {
        err = certctl_csv_begin(csv);

        if (err != CERT_OK) {
            return err;
        }
    }

    for ( ;; ) {
        err = certctl_csv_line(csv, csv->start, &len);

        if (err != CERT_OK) {
            return err;
        }

        p = csv->buffer + csv->start;
        csv->line = csv->line_next;

        if (!certctl_csv_is_blank(p, len)
            && (csv->line > 1 || !certctl_csv_is_said(csv, p, len)))
        {
            break;
        }

        csv->start += len;
        csv->bytes += len;
        csv->line_next++;

        if (len == 0) {
            return CERT_NOT_FOUND;
        }
    }

    return certctl_csv_row(csv);
}


/*
 * Reads on until the ends of lines and the separator show, or all that may be
 * one line is there.
 */
static cert_err_t
certctl_csv_begin(certctl_csv_t *csv)
{
    uint8_t    *end;
    cert_err_t  err;

    do {
        err = certctl_csv_fill(csv);

        if (err != CERT_OK) {
            return err;
        }

    } while (!csv->is_end && csv->end < CERTCTL_CSV_ROW_MAX);

    end = csv->buffer + csv->end;

    csv->line_end = memchr(csv->buffer, '\n', csv->end) == NULL
                    && memchr(csv->buffer, '\r', csv->end) != NULL
                    ? '\r' : '\n';
    csv->separator = certctl_csv_separator(csv->buffer, end);
    csv_set_delim(&csv->parser, csv->separator);

    return CERT_OK;
}


/* Titles come first and hold some of each: ten lines are looked at. */
static uint8_t
certctl_csv_separator(const uint8_t *p, const uint8_t *end)
{
    int     lines, is_quoted;
    size_t  i, best, n[3];

    static const char  separators[] = { ',', ';', '\t' };

    memset(n, 0, sizeof(n));
    is_quoted = 0;

    for (lines = 0; p < end && lines < 10; p++) {
        is_quoted ^= *p == '"';

        if (!is_quoted) {
            lines += *p == '\n';

            for (i = 0; i < 3; i++) {
                n[i] += *p == separators[i];
            }
        }
    }

    best = 0;

    for (i = 1; i < 3; i++) {
        best = n[i] > n[best] ? i : best;
    }

    return separators[best];
}


static int
certctl_csv_is_blank(const uint8_t *p, size_t len)
{
    size_t  i;

    for (i = 0; i < len && strchr(" \t\r\n", p[i]) != NULL && p[i] != 0; i++)
    {
        /* void */
    }

    return i == len;
}


/* A first line that says the separator, as Excel reads it: sep=; */
static int
certctl_csv_is_said(certctl_csv_t *csv, const uint8_t *p, size_t len)
{
    int  is_quoted;

    while (len > 0 && (p[len - 1] == '\n' || p[len - 1] == '\r')) {
        len--;
    }

    is_quoted = len == 7 && p[0] == '"' && p[6] == '"';
    p += is_quoted;
    len -= is_quoted ? 2 : 0;

    if (len != 5 || strncasecmp((const char *) p, "sep=", 4) != 0
        || p[4] == '"' || p[4] >= 0x80)
    {
        return 0;
    }

    csv->separator = p[4];
    csv_set_delim(&csv->parser, csv->separator);

    return 1;
}


/*
 * Blanks out the "=" of fields that are guarded as ="0123".  In a quoted field
 * quotes are doubled, so there an ="" follows a separator at most as the text
 * that nobody writes.
 */
static void
certctl_csv_unguard(certctl_csv_t *csv, uint8_t *p, size_t len)
{
    uint8_t  *at, *end;

    end = p + len;

    for (at = p; (at = memchr(at, '=', (size_t) (end - at))) != NULL; at++) {

        if (end - at < 4 || at[1] != '"'
            || (at > p && at[-1] != csv->separator))
        {
            continue;
        }

        if (at[2] != '"' || at[3] == csv->separator || at[3] == '\r'
            || at[3] == '\n')
        {
            *at = ' ';
        }
    }
}


/* Feeds whole lines to the parser until it reports a row. */
static cert_err_t
certctl_csv_row(certctl_csv_t *csv)
{
    size_t      used, len, lines;
    cert_err_t  err;

    csv->fields_n = 0;
    csv->values_len = 0;
    csv->rows_n = 0;
    used = 0;
    lines = 0;

    do {
        err = certctl_csv_line(csv, csv->start + used, &len);

        if (err == CERT_INVALID && used == 0) {
            return err;
        }

        if (err == CERT_SYSTEM) {
            return err;
        }

        if (err != CERT_OK || used + len > CERTCTL_CSV_ROW_MAX) {
            return certctl_csv_broken(csv, used == 0 ? certctl_csv_long
                                           : "has a quote that is not closed");
        }

        if (used == 0) {
            certctl_csv_unguard(csv, csv->buffer + csv->start, len);
        }

        if (csv_parse(&csv->parser, csv->buffer + csv->start + used, len,
                      certctl_csv_field, certctl_csv_end, csv) != len)
        {
            return certctl_csv_broken(csv, "has a quote out of place");
        }

        used += len;
        lines++;

    } while (csv->rows_n == 0);

    if (csv->rows_n > 1) {
        return certctl_csv_broken(csv, "holds a carriage return");
    }

    csv->raw.data = csv->buffer + csv->start;
    csv->raw.len = used;
    certctl_csv_trim(csv);

    csv->start += used;
    csv->bytes += used;
    csv->line_next += lines;

    return CERT_OK;
}


/* Refuses the first line of what cannot be a row, and starts again. */
static cert_err_t
certctl_csv_broken(certctl_csv_t *csv, const char *why)
{
    size_t      len;
    cert_err_t  err;

    csv_free(&csv->parser);

    if (csv_init(&csv->parser, CSV_STRICT | CSV_STRICT_FINI) != 0) {
        errno = ENOMEM;
        return CERT_SYSTEM;
    }

    csv_set_delim(&csv->parser, csv->separator);

    err = certctl_csv_line(csv, csv->start, &len);
    if (err != CERT_OK) {
        return err;
    }

    csv->why = why;
    csv->raw.data = csv->buffer + csv->start;
    csv->raw.len = len;
    certctl_csv_trim(csv);

    csv->start += len;
    csv->bytes += len;
    csv->line_next++;

    return CERT_INVALID;
}


/* The row as it stood, without what ended it. */
static void
certctl_csv_trim(certctl_csv_t *csv)
{
    while (csv->raw.len > 0 && (csv->raw.data[csv->raw.len - 1] == '\n'
                                || csv->raw.data[csv->raw.len - 1] == '\r'))
    {
        csv->raw.len--;
    }
}


/*
 * The length of the line at "from", its line end included; the last line of a
 * file gets one.  Reads on as needed, which may move csv->start, so "from" is
 * taken relative to it.
 *
 *     CERT_NOT_FOUND  the end, nothing is left
 *     CERT_INVALID    too long; skipped if it is the first of a row
 */
static cert_err_t
certctl_csv_line(certctl_csv_t *csv, size_t from, size_t *len)
{
    size_t      offset, seen;
    uint8_t    *p;
    cert_err_t  err;

    offset = from - csv->start;
    seen = 0;

    for ( ;; ) {
        p = csv->buffer + csv->start + offset;

        p = memchr(p + seen, csv->line_end,
                   csv->end - csv->start - offset - seen);

        if (p != NULL) {
            *len = (size_t) (p + 1 - csv->buffer) - csv->start - offset;
            return CERT_OK;
        }

        seen = csv->end - csv->start - offset;

        if (csv->is_end) {

            if (seen == 0) {
                return CERT_NOT_FOUND;
            }

            csv->buffer[csv->end++] = csv->line_end;
            continue;
        }

        if (offset + seen > CERTCTL_CSV_ROW_MAX) {
            return offset == 0 ? certctl_csv_skip(csv) : CERT_INVALID;
        }

        err = certctl_csv_fill(csv);
        if (err != CERT_OK) {
            return err;
        }
    }
}


/* Leaves out a line that is too long to be kept. */
static cert_err_t
certctl_csv_skip(certctl_csv_t *csv)
{
    uint8_t    *p;
    cert_err_t  err;

    csv->line = csv->line_next;
    csv->why = certctl_csv_long;
    csv->raw.len = 0;

    for ( ;; ) {
        p = memchr(csv->buffer + csv->start, csv->line_end,
                   csv->end - csv->start);

        if (p != NULL || csv->is_end) {
            break;
        }

        csv->bytes += csv->end - csv->start;
        csv->start = csv->end;

        err = certctl_csv_fill(csv);
        if (err != CERT_OK) {
            return err;
        }
    }

    if (p != NULL) {
        csv->bytes += (size_t) (p + 1 - csv->buffer) - csv->start;
        csv->start = (size_t) (p + 1 - csv->buffer);

    } else {
        csv->start = csv->end;
    }

    csv->line_next++;

    return CERT_INVALID;
}


/* What is not used yet moves to the front; "start" is then 0. */
static cert_err_t
certctl_csv_fill(certctl_csv_t *csv)
{
    ssize_t  n;

    if (csv->start > 0) {
        csv->end -= csv->start;
        memmove(csv->buffer, csv->buffer + csv->start, csv->end);
        csv->start = 0;
    }

    /* A byte is kept for the line end of the last line. */
    n = certctl_text_read(csv->text, csv->buffer + csv->end,
                          CERTCTL_CSV_BUFFER - csv->end - 1);

    if (n < 0) {
        return CERT_SYSTEM;
    }

    if (n == 0) {
        csv->is_end = 1;
    }

    csv->end += (size_t) n;

    return CERT_OK;
}


/* Beyond the last kept field only the count goes on. */
static void
certctl_csv_field(void *bytes, size_t len, void *data)
{
    certctl_csv_t  *csv = data;

    if (csv->fields_n < CERTCTL_CSV_FIELDS_MAX) {
        memcpy(csv->values + csv->values_len, bytes, len);
        csv->fields[csv->fields_n].data = csv->values + csv->values_len;
        csv->fields[csv->fields_n].len = len;
        csv->values_len += len;
    }

    csv->fields_n++;
}


/* A bare carriage return ends a row for libcsv, and so a line has two. */
static void
certctl_csv_end(int c, void *data)
{
    certctl_csv_t  *csv = data;

    (void) c;

    csv->rows_n++;
}

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
certctl_csv_open(int fd)
{
    certctl_csv_t  *csv;

    csv = malloc(sizeof(certctl_csv_t));
    if (csv == NULL) {
        return NULL;
    }

    memset(csv, 0, offsetof(certctl_csv_t, text));

    csv->fd = fd;
    csv->line_next = 1;

    if (csv_init(&csv->parser, CSV_STRICT | CSV_STRICT_FINI) != 0) {
        free(csv);
        return NULL;
    }

    return csv;
}


void
certctl_csv_close(certctl_csv_t *csv)
{
    if (csv == NULL) {
        return;
    }

    csv_free(&csv->parser);

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

    for ( ;; ) {
        err = certctl_csv_line(csv, csv->start, &len);

        if (err != CERT_OK) {
            return err;
        }

        p = csv->buffer + csv->start;

        if (csv->line_next == 1 && len >= 3 && memcmp(p, "\xEF\xBB\xBF", 3)
                                               == 0)
        {
            /* A byte order mark, as spreadsheets write it. */
            csv->start += 3;
            csv->bytes += 3;
            p += 3;
            len -= 3;
        }

        csv->line = csv->line_next;

        if (len > 0 && p[strspn((char *) p, " \t\r")] != '\n') {
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


/* Feeds whole lines to the parser until it reports a row. */
static cert_err_t
certctl_csv_row(certctl_csv_t *csv)
{
    size_t      used, len, lines;
    cert_err_t  err;

    csv->fields_n = 0;
    csv->text_len = 0;
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

        p = memchr(p + seen, '\n', csv->end - csv->start - offset - seen);

        if (p != NULL) {
            *len = (size_t) (p + 1 - csv->buffer) - csv->start - offset;
            return CERT_OK;
        }

        seen = csv->end - csv->start - offset;

        if (csv->is_end) {

            if (seen == 0) {
                return CERT_NOT_FOUND;
            }

            csv->buffer[csv->end++] = '\n';
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
        p = memchr(csv->buffer + csv->start, '\n', csv->end - csv->start);

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

    do {
        /* A byte is kept for the line end of the last line. */
        n = read(csv->fd, csv->buffer + csv->end,
                 CERTCTL_CSV_BUFFER - csv->end - 1);
    } while (n < 0 && errno == EINTR);

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
        memcpy(csv->text + csv->text_len, bytes, len);
        csv->fields[csv->fields_n].data = csv->text + csv->text_len;
        csv->fields[csv->fields_n].len = len;
        csv->text_len += len;
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

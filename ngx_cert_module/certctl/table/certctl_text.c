/*
 * Copyright (C) the ngx_cert authors
 *
 * Text files of other programs.  Excel in China writes GB18030 as "CSV" and
 * UTF-16 as "Unicode text", and neither says so.
 *
 * UTF-8 is what most files are, so it is passed on without a look: a file that
 * is not stays with the rules of its columns.  A guess is made once, from the
 * head, and said by the caller: to guess line by line was rejected, since a
 * line of two characters is valid in both.
 *
 * Chinese UTF-8 is hardly ever valid GB18030 by chance, and the other way
 * round: of the lines of the head the greater number decides, so one damaged
 * line does not turn a file of 100,000 into another encoding.
 */


#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "certctl_text.h"


/* What iconv knows UTF-8 as, and what needs no conversion. */
static const char  certctl_text_utf8[] = "UTF-8";
static const char  certctl_text_gb[] = "GB18030";

struct certctl_text_s {
    int          fd;            /* not owned */
    const char  *encoding;
    iconv_t      iconv;         /* (iconv_t) -1: UTF-8 */
    uint64_t     taken;
    size_t       start;         /* of what is not yet used of "bytes" */
    size_t       end;
    size_t       head;          /* bytes that were there at first */
    int          is_end;        /* of the file */
    uint8_t      bytes[CERTCTL_TEXT_HEAD];
};

/* Lines of the head that are not plain ASCII, by what they are valid in. */
typedef struct {
    size_t  utf8;
    size_t  gb;                 /* and not UTF-8 */
} certctl_text_lines_t;


static cert_err_t certctl_text_fill(certctl_text_t *text);
static const char *certctl_text_recognise(certctl_text_t *text);
static const char *certctl_text_mark(certctl_text_t *text);
static const char *certctl_text_wide(const certctl_text_t *text);
static void certctl_text_count(const uint8_t *p, size_t len,
    certctl_text_lines_t *lines);
static int certctl_text_is_utf8(const uint8_t *p, const uint8_t *end);
static int certctl_text_is_gb(const uint8_t *p, const uint8_t *end);
static ssize_t certctl_text_plain(certctl_text_t *text, uint8_t *buffer,
    size_t size);
static ssize_t certctl_text_more(certctl_text_t *text, uint8_t *p,
    size_t size);
static size_t certctl_text_bad(certctl_text_t *text, char *out);


cert_err_t
certctl_text_open(certctl_text_t **text, int fd, const char *encoding)
{
    cert_err_t       err;
    certctl_text_t  *new;

    new = malloc(sizeof(certctl_text_t));
    if (new == NULL) {
        return CERT_NO_MEMORY;
    }

    memset(new, 0, offsetof(certctl_text_t, bytes));
    new->fd = fd;
    new->iconv = (iconv_t) -1;

    err = certctl_text_fill(new);

    if (err == CERT_OK) {
        new->head = new->end;
        new->encoding = certctl_text_recognise(new);

        /* A mark also says which of the two kinds of UTF-16 it is. */
        if (encoding != NULL && (new->start == 0
                                 || strcasecmp(encoding, "UTF-16") != 0))
        {
            new->encoding = encoding;
        }

        if (strcasecmp(new->encoding, certctl_text_utf8) != 0) {
            new->iconv = iconv_open(certctl_text_utf8, new->encoding);
            err = new->iconv == (iconv_t) -1 ? CERT_INVALID : CERT_OK;
        }
    }

    if (err != CERT_OK) {
        certctl_text_close(new);
        return err;
    }

    *text = new;

    return CERT_OK;
}


void
certctl_text_close(certctl_text_t *text)
{
    int  saved;

    if (text == NULL) {
        return;
    }

    saved = errno;

    if (text->iconv != (iconv_t) -1) {
        iconv_close(text->iconv);
    }

    /* It held people's data. */
    explicit_bzero(text, sizeof(certctl_text_t));
    free(text);

    errno = saved;
}


cert_str_t
certctl_text_head(const certctl_text_t *text)
{
    return (cert_str_t) { text->bytes, text->head };
}


const char *
certctl_text_encoding(const certctl_text_t *text)
{
    return text->encoding;
}


uint64_t
certctl_text_taken(const certctl_text_t *text)
{
    return text->taken - (text->end - text->start);
}


/* A pipe gives a part at a time: the head is whole or the file is. */
static cert_err_t
certctl_text_fill(certctl_text_t *text)
{
    ssize_t  n;

    do {
        n = certctl_text_more(text, text->bytes + text->end,
                              CERTCTL_TEXT_HEAD - text->end);
        if (n < 0) {
            return CERT_SYSTEM;
        }

        text->end += (size_t) n;

    } while (n > 0 && text->end < CERTCTL_TEXT_HEAD);

    return CERT_OK;
}


/* Steps over a byte order mark, also where the encoding is given. */
static const char *
certctl_text_recognise(certctl_text_t *text)
{
    const char            *encoding;
    const uint8_t         *p, *end, *next;
    certctl_text_lines_t   lines;

    encoding = certctl_text_mark(text);

    if (encoding == NULL) {
        encoding = certctl_text_wide(text);
    }

    if (encoding != NULL) {
        return encoding;
    }

    memset(&lines, 0, sizeof(lines));
    end = text->bytes + text->end;

    for (p = text->bytes; p < end; p = next + 1) {
        next = memchr(p, '\n', (size_t) (end - p));

        if (next == NULL) {

            /* The last line of a longer file is cut anywhere. */
            if (!text->is_end && p > text->bytes) {
                break;
            }

            next = end;
        }

        certctl_text_count(p, (size_t) (next - p), &lines);
    }

    return lines.gb > lines.utf8 ? certctl_text_gb : certctl_text_utf8;
}


static const char *
certctl_text_mark(certctl_text_t *text)
{
    size_t  i;

    static const struct {
        const char  *bytes;
        size_t       len;
        const char  *encoding;
    }  marks[] = {
        { "\xEF\xBB\xBF", 3, certctl_text_utf8 },
        { "\x84\x31\x95\x33", 4, certctl_text_gb },
        { "\xFF\xFE", 2, "UTF-16LE" },
        { "\xFE\xFF", 2, "UTF-16BE" }
    };

    for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (text->end >= marks[i].len
            && memcmp(text->bytes, marks[i].bytes, marks[i].len) == 0)
        {
            text->start = marks[i].len;
            return marks[i].encoding;
        }
    }

    return NULL;
}


/* A separator or a line end is a byte and a zero, one way or the other. */
static const char *
certctl_text_wide(const certctl_text_t *text)
{
    size_t  i, zeros[2];

    zeros[0] = zeros[1] = 0;

    for (i = 0; i < text->end && i < 4096; i++) {
        zeros[i % 2] += text->bytes[i] == '\0';
    }

    if (zeros[1] > 2 && zeros[0] == 0) {
        return "UTF-16LE";
    }

    return zeros[0] > 2 && zeros[1] == 0 ? "UTF-16BE" : NULL;
}


static void
certctl_text_count(const uint8_t *p, size_t len, certctl_text_lines_t *lines)
{
    size_t  i;

    for (i = 0; i < len && p[i] < 0x80; i++) { /* void */ }

    if (i == len) {
        return;
    }

    if (certctl_text_is_utf8(p, p + len)) {
        lines->utf8++;

    } else if (certctl_text_is_gb(p, p + len)) {
        lines->gb++;
    }
}


/* Its form alone: surrogates and overlong forms are for the rules to refuse. */
static int
certctl_text_is_utf8(const uint8_t *p, const uint8_t *end)
{
    int  n;

    while (p < end) {
        n = *p < 0x80 ? 0
            : (*p & 0xE0) == 0xC0 ? 1
            : (*p & 0xF0) == 0xE0 ? 2
            : (*p & 0xF8) == 0xF0 ? 3 : -1;

        if (n < 0 || end - p <= n) {
            return 0;
        }

        for (p++; n > 0; n--, p++) {
            if ((*p & 0xC0) != 0x80) {
                return 0;
            }
        }
    }

    return 1;
}


/* One byte, two bytes, or four: which of them are used is iconv's to know. */
static int
certctl_text_is_gb(const uint8_t *p, const uint8_t *end)
{
    while (p < end) {

        if (*p < 0x80) {
            p++;
            continue;
        }

        if (*p == 0x80 || *p == 0xFF || end - p < 2) {
            return 0;
        }

        if (p[1] >= 0x40 && p[1] != 0x7F && p[1] != 0xFF) {
            p += 2;

        } else if (end - p >= 4 && p[1] >= 0x30 && p[1] <= 0x39 && p[2] >= 0x81
                   && p[2] <= 0xFE && p[3] >= 0x30 && p[3] <= 0x39)
        {
            p += 4;

        } else {
            return 0;
        }
    }

    return 1;
}


ssize_t
certctl_text_read(certctl_text_t *text, uint8_t *buffer, size_t size)
{
    char    *in, *out;
    size_t   in_n, out_n, rc;

    if (text->iconv == (iconv_t) -1) {
        return certctl_text_plain(text, buffer, size);
    }

    out = (char *) buffer;
    out_n = size;

    while (out_n >= 4) {

        if (text->end - text->start < 8 && !text->is_end) {
            text->end -= text->start;
            memmove(text->bytes, text->bytes + text->start, text->end);
            text->start = 0;

            if (certctl_text_fill(text) != CERT_OK) {
                return -1;
            }
        }

        if (text->start == text->end) {
            break;
        }

        in = (char *) text->bytes + text->start;
        in_n = text->end - text->start;

        rc = iconv(text->iconv, &in, &in_n, &out, &out_n);
        text->start = text->end - in_n;

        if (rc == (size_t) -1 && errno == E2BIG) {
            break;
        }

        if (rc == (size_t) -1 && (errno == EILSEQ || text->is_end)
            && out_n >= 3)
        {
            out_n -= certctl_text_bad(text, out);
            out += 3;
        }
    }

    return out - (char *) buffer;
}


static ssize_t
certctl_text_plain(certctl_text_t *text, uint8_t *buffer, size_t size)
{
    size_t  n;

    n = text->end - text->start;

    if (n == 0) {
        return certctl_text_more(text, buffer, size);
    }

    n = n < size ? n : size;
    memcpy(buffer, text->bytes + text->start, n);
    text->start += n;

    return (ssize_t) n;
}


static ssize_t
certctl_text_more(certctl_text_t *text, uint8_t *p, size_t size)
{
    ssize_t  n;

    do {
        n = read(text->fd, p, size);
    } while (n < 0 && errno == EINTR);

    if (n > 0) {
        text->taken += (size_t) n;
    }

    text->is_end |= n == 0 && size > 0;

    return n;
}


/* Steps over what is not valid: a byte, or two of UTF-16, for a U+FFFD. */
static size_t
certctl_text_bad(certctl_text_t *text, char *out)
{
    size_t  n;

    n = strncasecmp(text->encoding, "UTF-16", 6) == 0 ? 2 : 1;

    text->start += n < text->end - text->start ? n : text->end - text->start;
    memcpy(out, "\xEF\xBF\xBD", 3);

    return 3;
}

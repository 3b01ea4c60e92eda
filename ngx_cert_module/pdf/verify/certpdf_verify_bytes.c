/*
 * Copyright (C) the ngx_cert authors
 *
 * A file's bytes: one revision, one table, and nothing between the objects.
 *
 * libqpdf writes objects 1..N in this order, "endobj" after each, then a
 * classic cross-reference table, the trailer, "startxref" and "%%EOF".  What
 * fits this has no room for hidden objects, and no cross-reference stream,
 * which would have to be unpacked before it could be distrusted.
 *
 * Looking for marks as plain bytes, in streams and strings as well, is cruder
 * than parsing and cannot be led astray: there is no state to confuse.  It may
 * refuse a genuine file by chance, which is why every mark is long enough for
 * that not to happen in the life of an authority.  Offsets are checked against
 * the file before they are used; none is added to another unchecked.
 *
 * The order of the checks is that of the findings: what an honest reader would
 * call the file comes before what a forger did to it.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certpdf_verify.h"
#include "certpdf_verify_bytes_int.h"
#include "certpdf_verify_int.h"


#define CERTPDF_FILE_MIN     64
#define CERTPDF_FILE_MAX     (32 * 1024 * 1024)
#define CERTPDF_OBJECTS_MAX  4096

/* "%PDF-1.7", a comment of four bytes, and their ends of line. */
#define CERTPDF_HEADER  15

/* A line of the cross-reference table. */
#define CERTPDF_XREF_LINE  20


static certpdf_finding_t certpdf_verify_trailer(certpdf_verify_t *v,
    size_t trailer, size_t startxref);
static certpdf_finding_t certpdf_verify_table(certpdf_verify_t *v,
    size_t xref, size_t start, size_t trailer);
static certpdf_finding_t certpdf_verify_order(certpdf_verify_t *v,
    size_t lines, size_t xref);
static int certpdf_verify_object(cert_str_t pdf, size_t line, int id,
    size_t *offset);
static int certpdf_verify_head(cert_str_t pdf, size_t line, int id,
    size_t offset);


/* Overlapping ones count too: a mark must not hide in another. */
size_t
certpdf_verify_count(cert_str_t pdf, const char *needle)
{
    size_t          n, at;
    const uint8_t  *p;

    at = 0;

    for (n = 0; (p = certpdf_verify_find(pdf, at, needle)) != NULL; n++) {
        at = (size_t) (p - pdf.data) + 1;
    }

    return n;
}


const uint8_t *
certpdf_verify_find(cert_str_t pdf, size_t from, const char *needle)
{
    return memmem(pdf.data + from, pdf.len - from, needle, strlen(needle));
}


/* Offsets count from the first byte, so nothing may stand before the head. */
certpdf_finding_t
certpdf_verify_is_in_form(certpdf_verify_t *v)
{
    if (v->pdf.len > CERTPDF_FILE_MAX) {
        return certpdf_verify_found(v, CERTPDF_REWRITTEN,
                                    "it is larger than any certificate");
    }

    if (memcmp(v->pdf.data, "%PDF-", 5) != 0) {
        return certpdf_verify_found(v, CERTPDF_REWRITTEN,
                                    "there are bytes before its head");
    }

    if (v->pdf.len < CERTPDF_FILE_MIN
        || memcmp(v->pdf.data, "%PDF-1.", 7) != 0)
    {
        return certpdf_verify_found(v, CERTPDF_REWRITTEN,
                                    "its head is of another version");
    }

    return CERTPDF_GENUINE;
}


/* Names may be spelt with "#": those are found by certpdf_verify_open(). */
certpdf_finding_t
certpdf_verify_is_signed(certpdf_verify_t *v)
{
    size_t  ranges, formats;

    ranges = certpdf_verify_count(v->pdf, "/ByteRange");
    formats = certpdf_verify_count(v->pdf, "/SubFilter");

    if (ranges == 0 && formats == 0) {
        return certpdf_verify_found(v, CERTPDF_UNSIGNED, "it has no seal");
    }

    if (ranges > 1 || formats > 1) {
        return certpdf_verify_found(v, CERTPDF_MORE_SIGNATURES,
                                    "it has more than one signature");
    }

    return CERTPDF_GENUINE;
}


certpdf_finding_t
certpdf_verify_is_one_revision(certpdf_verify_t *v)
{
    size_t  ends, starts;

    /*
     * At the beginning of a line only: five bytes alone turn up in compressed
     * data once in some ten million files, and such a copy, quite genuine,
     * would be refused for ever.  The layout leaves no other place for one.
     */
    ends = certpdf_verify_count(v->pdf, "\n%%EOF")
           + certpdf_verify_count(v->pdf, "\r%%EOF");
    starts = certpdf_verify_count(v->pdf, "startxref");

    if (ends != 1 || starts != 1) {
        return certpdf_verify_found(v, CERTPDF_MORE_REVISIONS,
                                    "something was added to it later: it has "
                                    "%zu ends of file, %zu tables", ends,
                                    starts);
    }

    return CERTPDF_GENUINE;
}


/* From the end, as a reader goes: the mark, the offset, the table. */
certpdf_finding_t
certpdf_verify_layout(certpdf_verify_t *v)
{
    size_t             xref, at, start, trailer;
    cert_str_t         pdf;
    const uint8_t     *p;
    certpdf_finding_t  finding;

    pdf = v->pdf;

    if (memcmp(pdf.data + pdf.len - 7, "\n%%EOF\n", 7) != 0) {
        return certpdf_verify_found(v, CERTPDF_BAD_RANGE,
                                    "there are bytes after its end, or the "
                                    "last one is missing");
    }

    start = (size_t) (certpdf_verify_find(pdf, 0, "startxref") - pdf.data);
    at = start + 10;

    if (!certpdf_verify_number(pdf, &at, &xref) || at != pdf.len - 7
        || xref >= start || memcmp(pdf.data + xref, "xref\n", 5) != 0)
    {
        return certpdf_verify_found(v, CERTPDF_REWRITTEN,
                                    "its cross-reference table is not where "
                                    "it should be");
    }

    p = certpdf_verify_find(pdf, xref, "trailer <<");
    if (p == NULL || (size_t) (p - pdf.data) > start) {
        return certpdf_verify_found(v, CERTPDF_REWRITTEN,
                                    "its trailer is of another form");
    }

    trailer = (size_t) (p - pdf.data);

    finding = certpdf_verify_trailer(v, trailer, start);
    if (finding != CERTPDF_GENUINE) {
        return finding;
    }

    return certpdf_verify_table(v, xref, xref + 5, trailer);
}


int
certpdf_verify_number(cert_str_t pdf, size_t *at, size_t *number)
{
    size_t  n, begin;

    begin = *at;

    for (n = 0; *at < pdf.len && *at - begin < 10; (*at)++) {
        if (pdf.data[*at] < '0' || pdf.data[*at] > '9') {
            break;
        }

        n = n * 10 + pdf.data[*at] - '0';
    }

    *number = n;

    return *at > begin && *at < pdf.len;
}


/* Our trailer has four keys; "#" could spell another in disguise. */
static certpdf_finding_t
certpdf_verify_trailer(certpdf_verify_t *v, size_t trailer, size_t startxref)
{
    cert_str_t  text;

    text.data = v->pdf.data + trailer;
    text.len = startxref - trailer;

    if (certpdf_verify_count(text, "/Prev") != 0) {
        return certpdf_verify_found(v, CERTPDF_MORE_REVISIONS,
                                    "it has an earlier revision");
    }

    if (certpdf_verify_count(text, "/Encrypt") != 0) {
        return certpdf_verify_found(v, CERTPDF_REWRITTEN, "it is encrypted");
    }

    if (memchr(text.data, '#', text.len) != NULL
        || memchr(text.data, '(', text.len) != NULL
        || memchr(text.data, '%', text.len) != NULL
        || certpdf_verify_count(text, "/") != 4
        || certpdf_verify_count(text, "/Root ") != 1
        || certpdf_verify_count(text, "/Size ") != 1
        || certpdf_verify_count(text, "/Info ") != 1
        || certpdf_verify_count(text, "/ID [") != 1)
    {
        return certpdf_verify_found(v, CERTPDF_REWRITTEN,
                                    "its trailer is of another form");
    }

    return CERTPDF_GENUINE;
}


/* Each object must begin where the one before it has just ended. */
static certpdf_finding_t
certpdf_verify_table(certpdf_verify_t *v, size_t xref, size_t start,
    size_t trailer)
{
    size_t  at, from, n;

    at = start;

    if (!certpdf_verify_number(v->pdf, &at, &from) || from != 0
        || v->pdf.data[at++] != ' '
        || !certpdf_verify_number(v->pdf, &at, &n) || n < 2
        || n > CERTPDF_OBJECTS_MAX || v->pdf.data[at++] != '\n'
        || trailer != at + n * CERTPDF_XREF_LINE)
    {
        return certpdf_verify_found(v, CERTPDF_REWRITTEN,
                                    "its cross-reference table is of another "
                                    "form");
    }

    if (memcmp(v->pdf.data + at, "0000000000 65535 f \n", CERTPDF_XREF_LINE)
        != 0)
    {
        return certpdf_verify_found(v, CERTPDF_REWRITTEN,
                                    "its cross-reference table is of another "
                                    "form");
    }

    v->objects = (int) n - 1;

    return certpdf_verify_order(v, at, xref);
}


/* Objects 1..N follow one another, and "endobj" ends each of them once. */
static certpdf_finding_t
certpdf_verify_order(certpdf_verify_t *v, size_t lines, size_t xref)
{
    int     id;
    size_t  offset, last;

    last = 0;

    for (id = 1; id <= v->objects; id++) {
        if (!certpdf_verify_object(v->pdf,
                                   lines + (size_t) id * CERTPDF_XREF_LINE,
                                   id, &offset)
            || offset <= last || offset >= xref)
        {
            return certpdf_verify_found(v, CERTPDF_REWRITTEN,
                                        "its object %d is not where it should "
                                        "be", id);
        }

        last = offset;
    }

    if (memcmp(v->pdf.data + xref - 8, "\nendobj\n", 8) != 0
        || certpdf_verify_count(v->pdf, "\nendobj\n")
           != (size_t) v->objects)
    {
        return certpdf_verify_found(v, CERTPDF_ACTIVE_CONTENT,
                                    "it has bytes that belong to no object");
    }

    return CERTPDF_GENUINE;
}


/* Objects leave no room between them: each ends where the next one begins. */
static int
certpdf_verify_object(cert_str_t pdf, size_t line, int id, size_t *offset)
{
    size_t  at;

    at = line;

    if (!certpdf_verify_number(pdf, &at, offset) || at != line + 10
        || memcmp(pdf.data + at, " 00000 n \n", 10) != 0
        || *offset < CERTPDF_HEADER || (id == 1 && *offset > CERTPDF_HEADER))
    {
        return 0;
    }

    return certpdf_verify_head(pdf, line, id, *offset)
           && (id == 1
               || memcmp(pdf.data + *offset - 8, "\nendobj\n", 8) == 0);
}


/* Spelt as libqpdf does; nothing after the table's line is looked at. */
static int
certpdf_verify_head(cert_str_t pdf, size_t line, int id, size_t offset)
{
    int   n;
    char  head[24];

    n = snprintf(head, sizeof(head), "%d 0 obj\n", id);

    return offset + (size_t) n <= line
           && memcmp(pdf.data + offset, head, (size_t) n) == 0;
}

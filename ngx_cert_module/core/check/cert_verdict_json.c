/*
 * Copyright (C) the ngx_cert authors
 *
 * The verdict as JSON.
 *
 * Written by hand, since it is the hot path and of one fixed shape: every
 * text is bounded by its record, and folding has refused the controls, so the
 * worst case (each byte escaped) fits CERT_ANSWER_MAX.
 *
 * The contract leaves the order of members open, but it is fixed, so that
 * equal verdicts are equal bytes and a cache in front, or a test, can compare
 * them.
 */


#include "cert_bytes_int.h"
#include "cert_hex.h"
#include "cert_verdict_json.h"


static void cert_json_detail(cert_writer_t *w, const cert_verdict_t *verdict);
static void cert_json_certificate(cert_writer_t *w,
    const cert_verdict_t *verdict);
static void cert_json_annotation(cert_writer_t *w,
    const cert_verdict_t *verdict);
static void cert_json_file(cert_writer_t *w,
    const cert_annotation_t *annotation);
static void cert_json_text(cert_writer_t *w, cert_str_t value);
static void cert_json_escape(cert_writer_t *w, cert_str_t value);
static void cert_json_time(cert_writer_t *w, cert_time_t time,
    int32_t utc_offset_sec);
static void cert_json_number(cert_writer_t *w, uint64_t n);


#define cert_json_lit(w, s)  cert_put_bytes(w, s, sizeof(s) - 1)

/*
 * A member of an object.  Its name is a literal that brings the comma, the
 * colon and the opening quote with it, so that the compiler writes it in words.
 */
#define cert_json_member(w, name, value)                                      \
    (cert_json_lit(w, name), cert_json_text(w, value))

/* As above, of a value that is ours and has nothing to escape. */
#define cert_json_plain(w, name, value, len)                                  \
    (cert_json_lit(w, name), cert_put_bytes(w, value, len),                   \
     cert_json_lit(w, "\""))


size_t
cert_verdict_json(const cert_verdict_t *verdict,
    uint8_t json[CERT_ANSWER_MAX])
{
    cert_writer_t  w;

    w = cert_writer(json, CERT_ANSWER_MAX);

    cert_json_member(&w, "{\"result\":\"",
                     cert_strz(cert_result_name(verdict->result)));

    if (verdict->result == CERT_RESULT_BAD_REQUEST
        && verdict->detail != NULL)
    {
        cert_json_detail(&w, verdict);
    }

    if (verdict->has_certificate) {
        cert_json_certificate(&w, verdict);
    }

    if (verdict->has_annotation) {
        cert_json_annotation(&w, verdict);
    }

    if (verdict->has_name) {
        cert_json_lit(&w, ",\"name_matches\":");

        if (verdict->name_matches) {
            cert_json_lit(&w, "true");

        } else {
            cert_json_lit(&w, "false");
        }
    }

    if (verdict->has_certificate) {
        cert_json_lit(&w, ",\"checked\":");
        cert_json_time(&w, verdict->checked, verdict->utc_offset_sec);
    }

    cert_json_lit(&w, "}");

    return cert_writer_str(&w).len;
}


/* A detail about a field is the rest of a sentence that begins with it. */
static void
cert_json_detail(cert_writer_t *w, const cert_verdict_t *verdict)
{
    if (verdict->field == NULL) {
        cert_json_member(w, ",\"detail\":\"", cert_strz(verdict->detail));
        return;
    }

    cert_json_member(w, ",\"field\":\"", cert_strz(verdict->field));
    cert_json_lit(w, ",\"detail\":\"");
    cert_put_bytes(w, verdict->field, strlen(verdict->field));
    cert_json_member(w, " ", cert_strz(verdict->detail));
}


static void
cert_json_certificate(cert_writer_t *w, const cert_verdict_t *verdict)
{
    char                 date[CERT_DATE_TEXT_SIZE];
    size_t               len;
    const cert_facts_t  *facts = verdict->facts;

    cert_json_member(w, ",\"certificate\":{\"number\":\"", facts->number);
    cert_json_member(w, ",\"name\":\"", facts->masked_name);
    cert_json_member(w, ",\"qualification\":\"", facts->qualification);
    cert_json_member(w, ",\"specialty\":\"", facts->specialty);
    cert_json_member(w, ",\"level\":\"", facts->level);

    len = cert_date_format(facts->approved, date);
    cert_json_plain(w, ",\"approved\":\"", date, len);

    cert_json_member(w, ",\"issuer\":\"", facts->issuer);
    cert_json_member(w, ",\"status\":\"",
                     cert_strz(cert_status_name(facts->status)));

    if (verdict->names_successor && facts->replaced_by.len != 0) {
        cert_json_member(w, ",\"replaced_by\":\"", facts->replaced_by);
    }

    cert_json_lit(w, "}");
}


static void
cert_json_annotation(cert_writer_t *w, const cert_verdict_t *verdict)
{
    char                      code[CERT_CODE_TEXT_SIZE];
    const cert_annotation_t  *annotation = &verdict->annotation;

    cert_code_format(&annotation->code, code);
    cert_json_plain(w, ",\"annotation\":{\"code\":\"", code, sizeof(code) - 1);

    if (annotation->is_original) {
        cert_json_lit(w, ",\"scene\":null");

    } else {
        cert_json_member(w, ",\"scene\":\"", annotation->scene);
    }

    cert_json_lit(w, ",\"applied\":");
    cert_json_time(w, annotation->applied, verdict->utc_offset_sec);
    cert_json_lit(w, ",\"expires\":");
    cert_json_time(w, annotation->expires, verdict->utc_offset_sec);
    cert_json_file(w, annotation);
    cert_json_lit(w, "}");
}


/* Digest and size are not known until the file is made. */
static void
cert_json_file(cert_writer_t *w, const cert_annotation_t *annotation)
{
    char  hex[2 * CERT_SHA256_SIZE];

    if (annotation->size == 0) {
        cert_json_lit(w, ",\"sha256\":null,\"size\":null");
        return;
    }

    (void) cert_hex_encode(hex, annotation->sha256, CERT_SHA256_SIZE);

    cert_json_lit(w, ",\"sha256\":\"");
    cert_put_bytes(w, hex, sizeof(hex));
    cert_json_lit(w, "\",\"size\":");
    cert_json_number(w, annotation->size);
}


/*
 * With the closing quote.  Nearly no text has anything to escape: two memchr()
 * are far cheaper than a look at each byte.
 */
static void
cert_json_text(cert_writer_t *w, cert_str_t value)
{
    if (value.len != 0
        && (memchr(value.data, '"', value.len) != NULL
            || memchr(value.data, '\\', value.len) != NULL))
    {
        cert_json_escape(w, value);

    } else {
        cert_put_bytes(w, value.data, value.len);
    }

    cert_json_lit(w, "\"");
}


static void
cert_json_escape(cert_writer_t *w, cert_str_t value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] == '"' || value.data[i] == '\\') {
            cert_json_lit(w, "\\");
        }

        cert_put_bytes(w, &value.data[i], 1);
    }
}


static void
cert_json_time(cert_writer_t *w, cert_time_t time, int32_t utc_offset_sec)
{
    size_t  len;
    char    text[CERT_TIME_TEXT_SIZE];

    if (time == CERT_TIME_NEVER) {
        cert_json_lit(w, "null");
        return;
    }

    len = cert_time_format(time, utc_offset_sec, text);

    cert_json_lit(w, "\"");
    cert_put_bytes(w, text, len);
    cert_json_lit(w, "\"");
}


static void
cert_json_number(cert_writer_t *w, uint64_t n)
{
    char   text[20];
    char  *p;

    p = text + sizeof(text);

    do {
        *--p = (char) ('0' + n % 10);
        n /= 10;
    } while (n != 0);

    cert_put_bytes(w, p, (size_t) (text + sizeof(text) - p));
}

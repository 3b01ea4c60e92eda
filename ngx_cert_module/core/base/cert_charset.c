/*
 * Copyright (C) the ngx_cert authors
 *
 * A form has one charset: a value that is not UTF-8 makes it GB 18030, if it
 * can be read at all.  But UTF-8 of Chinese characters is not doubted: that so
 * many bytes fit by accident is not likely.
 *
 * A guess must not find a Chinese name where there is another.  Nearly any
 * bytes of a European charset are GBK as well, but beside ASCII letters:
 * "M\xFCller" is a Chinese character between letters.  So a guessed name has no
 * letter in it.  The other way round, two Chinese characters of GBK are UTF-8
 * once in a while, of letters of other scripts; only a client that declares its
 * charset is safe from that.
 *
 * The tables are those of the C library (iconv).  It loads them from a file,
 * which a chroot or a small container may not have.
 */


#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <strings.h>

#include "cert_charset.h"
#include "cert_str_int.h"
#include "cert_text_int.h"


struct cert_decoder_s {
    iconv_t  conversion;
};

/* What is left of a buffer. */
typedef struct {
    uint8_t  *data;
    size_t    len;
} cert_bytes_t;


static cert_str_t cert_charset_parameter(cert_str_t type);
static cert_str_t cert_charset_word(cert_str_t text);
static int cert_charset_is(cert_str_t text, const char *word);
static int cert_charset_is_settled(const cert_form_field_t *field,
    cert_charset_t declared);
static int cert_charset_is_ascii(cert_str_t text);
static int cert_charset_is_utf8(cert_str_t text);
static int cert_charset_is_chinese(cert_str_t text, cert_field_kind_t kind);
static int cert_charset_is_ideograph(int32_t ch);
static int cert_charset_is_beside(int32_t ch, cert_field_kind_t kind);
static cert_form_field_t *cert_charset_suspect(cert_form_field_t *fields,
    size_t fields_n, cert_charset_t declared);
static const char *cert_charset_why(cert_err_t err, int is_guess);
static cert_err_t cert_decoder_run(cert_decoder_t *decoder, cert_str_t *text,
    cert_bytes_t *room);
static void cert_decoder_wipe(cert_decoder_t *decoder);


cert_charset_t
cert_charset_declared(cert_str_t content_type)
{
    size_t      i;
    cert_str_t  charset;

    static const struct {
        const char      *name;
        cert_charset_t   charset;
    } names[] = {
        { "", CERT_CHARSET_UTF8 },
        { "utf-8", CERT_CHARSET_UTF8 },
        { "utf8", CERT_CHARSET_UTF8 },
        { "gbk", CERT_CHARSET_GB },
        { "gb18030", CERT_CHARSET_GB },
        { "gb2312", CERT_CHARSET_GB }
    };

    charset = cert_charset_parameter(content_type);

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (cert_charset_is(charset, names[i].name)) {
            return names[i].charset;
        }
    }

    return CERT_CHARSET_OTHER;
}


/* The value of the first parameter "charset"; empty if there is none. */
static cert_str_t
cert_charset_parameter(cert_str_t type)
{
    cert_str_t  parameter, name;

    (void) cert_str_cut(&type, ';');

    while (type.len > 0) {
        parameter = cert_str_cut(&type, ';');
        name = cert_str_cut(&parameter, '=');

        if (cert_charset_is(cert_charset_word(name), "charset")) {
            return cert_charset_word(parameter);
        }
    }

    return cert_str("");
}


/* Without blanks and quotation marks at its ends. */
static cert_str_t
cert_charset_word(cert_str_t text)
{
    static const char  around[] = " \t\"";

    while (text.len > 0 && memchr(around, text.data[0], 3) != NULL) {
        text.data++;
        text.len--;
    }

    while (text.len > 0 && memchr(around, text.data[text.len - 1], 3) != NULL)
    {
        text.len--;
    }

    return text;
}


static int
cert_charset_is(cert_str_t text, const char *word)
{
    return text.len == strlen(word)
           && (text.len == 0
               || strncasecmp((const char *) text.data, word, text.len) == 0);
}


cert_charset_t
cert_charset_look(const cert_form_field_t *fields, size_t fields_n,
    cert_charset_t declared)
{
    size_t  i;

    for (i = 0; i < fields_n; i++) {
        if (cert_charset_is_settled(&fields[i], declared)) {
            continue;
        }

        if (declared == CERT_CHARSET_UTF8
            && !cert_charset_is_utf8(fields[i].value))
        {
            return CERT_CHARSET_GB;
        }

        if (declared != CERT_CHARSET_UTF8
            && !cert_charset_is_chinese(fields[i].value, fields[i].kind))
        {
            return declared;
        }
    }

    return CERT_CHARSET_UTF8;
}


/* The same in every charset, or not a text. */
static int
cert_charset_is_settled(const cert_form_field_t *field,
    cert_charset_t declared)
{
    return cert_charset_is_ascii(field->value)
           || (field->kind == CERT_FIELD_SECRET
               && declared == CERT_CHARSET_UTF8);
}


/* Eight bytes at a time: every field of every form comes here. */
static int
cert_charset_is_ascii(cert_str_t text)
{
    size_t    i;
    uint64_t  word, all;

    all = 0;

    for (i = 0; i + sizeof(word) <= text.len; i += sizeof(word)) {
        memcpy(&word, text.data + i, sizeof(word));
        all |= word;
    }

    for ( /* void */ ; i < text.len; i++) {
        all |= text.data[i];
    }

    return (all & UINT64_C(0x8080808080808080)) == 0;
}


static int
cert_charset_is_utf8(cert_str_t text)
{
    const uint8_t  *p, *end;

    p = text.data;
    end = text.len != 0 ? p + text.len : p;

    while (p < end) {
        if (cert_text_next(&p, end) < 0) {
            return 0;
        }
    }

    return 1;
}


/* True if it is UTF-8, and has no mark of a charset that was misread. */
static int
cert_charset_is_chinese(cert_str_t text, cert_field_kind_t kind)
{
    int32_t         ch;
    const uint8_t  *p, *end;

    if (kind != CERT_FIELD_NUMBER && kind != CERT_FIELD_NAME) {
        return 0;
    }

    p = text.data;
    end = p + text.len;

    while (p < end) {
        ch = cert_text_next(&p, end);

        if (ch < 0
            || (!cert_charset_is_ideograph(ch)
                && !cert_charset_is_beside(ch, kind)))
        {
            return 0;
        }
    }

    return 1;
}


/* The blocks of CJK ideographs, 々 and 〇. */
static int
cert_charset_is_ideograph(int32_t ch)
{
    return (ch >= 0x4E00 && ch <= 0x9FFF) || (ch >= 0x3400 && ch <= 0x4DBF)
           || (ch >= 0x20000 && ch <= 0x3FFFD)
           || (ch >= 0xF900 && ch <= 0xFAFF)
           || ch == 0x3005 || ch == 0x3007;
}


/* Of a name: spaces and dots; of a number also digits, letters and signs. */
static int
cert_charset_is_beside(int32_t ch, cert_field_kind_t kind)
{
    switch (ch) {

    case ' ':
    case '.':
    case 0x00B7:
    case 0x2022:
    case 0x2027:
    case 0x3000:
    case 0x30FB:
    case 0xFF0E:
        return 1;
    }

    return kind == CERT_FIELD_NUMBER
           && ((ch >= 0x21 && ch <= 0x7E)
               || (ch >= 0x2010 && ch <= 0x2015)
               || (ch >= 0x3008 && ch <= 0x3011)
               || (ch >= 0x3014 && ch <= 0x3015)
               || (ch >= 0xFF01 && ch <= 0xFF5E));
}


cert_err_t
cert_decoder_create(cert_decoder_t **decoder)
{
    cert_decoder_t  *d;

    *decoder = NULL;

    d = malloc(sizeof(cert_decoder_t));
    if (d == NULL) {
        return CERT_NO_MEMORY;
    }

    d->conversion = iconv_open("UTF-8", "GB18030");

    if (d->conversion == (iconv_t) -1) {
        free(d);
        return errno == ENOMEM ? CERT_NO_MEMORY : CERT_NOT_FOUND;
    }

    *decoder = d;

    return CERT_OK;
}


void
cert_decoder_destroy(cert_decoder_t *decoder)
{
    if (decoder != NULL) {
        (void) iconv_close(decoder->conversion);
        free(decoder);
    }
}


cert_err_t
cert_charset_decode(cert_decoder_t *decoder, cert_form_field_t *fields,
    size_t fields_n, cert_charset_t declared,
    uint8_t buffer[CERT_DECODED_MAX], const char **why)
{
    int                 is_guess;
    size_t              i;
    cert_err_t          err;
    cert_bytes_t        room;
    cert_form_field_t  *suspect, *wrong;

    err = CERT_OK;
    wrong = NULL;
    room = (cert_bytes_t) { buffer, CERT_DECODED_MAX };
    is_guess = declared != CERT_CHARSET_GB;

    /* What made it a guess. */
    suspect = is_guess ? cert_charset_suspect(fields, fields_n, declared)
                       : NULL;

    for (i = 0; i < fields_n && err == CERT_OK; i++) {
        if (cert_charset_is_settled(&fields[i], declared)
            || cert_charset_is_chinese(fields[i].value, fields[i].kind))
        {
            continue;
        }

        /* One that is UTF-8 is at fault only by what is in another. */

        wrong = is_guess && cert_charset_is_utf8(fields[i].value) ? suspect
                                                                  : &fields[i];

        err = cert_decoder_run(decoder, &fields[i].value, &room);

        if (err == CERT_OK && is_guess
            && !cert_charset_is_chinese(fields[i].value, fields[i].kind))
        {
            err = CERT_INVALID;
        }
    }

    cert_decoder_wipe(decoder);

    if (err == CERT_OK) {
        return CERT_OK;
    }

    if (wrong != NULL) {
        wrong->is_wrong = 1;
    }

    *why = cert_charset_why(err, is_guess);

    return CERT_INVALID;
}


/* The first field that is not UTF-8. */
static cert_form_field_t *
cert_charset_suspect(cert_form_field_t *fields, size_t fields_n,
    cert_charset_t declared)
{
    size_t  i;

    for (i = 0; i < fields_n; i++) {
        if (!cert_charset_is_settled(&fields[i], declared)
            && !cert_charset_is_utf8(fields[i].value))
        {
            return &fields[i];
        }
    }

    return NULL;
}


static const char *
cert_charset_why(cert_err_t err, int is_guess)
{
    switch (err) {

    case CERT_FULL:
        return "is too long";

    case CERT_NOT_FOUND:
        return "is not UTF-8, and this server cannot decode GB18030: send "
               "UTF-8";

    default:
        return is_guess ? "is not UTF-8: send UTF-8, or declare "
                          "charset=gb18030"
                        : "is not in the charset that is declared";
    }
}


/*
 * Makes "text" the UTF-8 at the start of "room", which becomes smaller.
 * CERT_FULL: there is no room for it; CERT_INVALID: it is not GB 18030.
 */
static cert_err_t
cert_decoder_run(cert_decoder_t *decoder, cert_str_t *text,
    cert_bytes_t *room)
{
    char    *in, *out;
    size_t   in_len, out_len;

    if (decoder == NULL) {
        return CERT_NOT_FOUND;
    }

    /* Of so many characters cert_decoder_wipe() knows. */

    if (text->len > CERT_DECODED_MAX) {
        return CERT_FULL;
    }

    /* iconv() does not write there, in spite of its prototype. */
    in = (char *) (uintptr_t) text->data;
    in_len = text->len;
    out = (char *) room->data;
    out_len = room->len;

    (void) iconv(decoder->conversion, NULL, NULL, NULL, NULL);

    if (iconv(decoder->conversion, &in, &in_len, &out, &out_len)
        == (size_t) -1)
    {
        return errno == E2BIG ? CERT_FULL : CERT_INVALID;
    }

    *text = (cert_str_t) { room->data, room->len - out_len };
    room->data += text->len;
    room->len = out_len;

    return CERT_OK;
}


/*
 * The C library decodes by way of a buffer of its own, in which the characters
 * stay until the next ones come: as many as can have been there.
 */
static void
cert_decoder_wipe(cert_decoder_t *decoder)
{
    char    *in, *out;
    char     zeros[CERT_DECODED_MAX], sink[CERT_DECODED_MAX];
    size_t   in_len, out_len;

    if (decoder == NULL) {
        return;
    }

    memset(zeros, '0', sizeof(zeros));
    in = zeros;
    in_len = sizeof(zeros);
    out = sink;
    out_len = sizeof(sink);

    (void) iconv(decoder->conversion, NULL, NULL, NULL, NULL);
    (void) iconv(decoder->conversion, &in, &in_len, &out, &out_len);
}

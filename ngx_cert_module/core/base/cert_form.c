/*
 * Copyright (C) the ngx_cert authors
 *
 * Written by hand because nginx has no parser of forms: ngx_http_arg() takes
 * the first of several fields of a name and decodes nothing, and
 * ngx_unescape_uri() lets a broken escape pass.  Two programs that read one
 * form differently are how a check in front is evaded; so what has two
 * readings is refused.
 *
 * One pass, into one buffer that may be the input itself.
 */


#include "cert_bytes_int.h"
#include "cert_form.h"
#include "cert_percent.h"


static cert_err_t cert_form_pair(cert_str_t pair, cert_form_field_t *fields,
    size_t fields_n, uint8_t **out, const char **why);
static cert_form_field_t *cert_form_find(cert_form_field_t *fields,
    size_t fields_n, cert_str_t name);


cert_err_t
cert_form_parse(cert_str_t text, cert_form_field_t *fields, size_t fields_n,
    uint8_t *buffer, const char **why)
{
    size_t      i, n;
    uint8_t    *out;
    cert_err_t  err;
    cert_str_t  pair;

    for (i = 0; i < fields_n; i++) {
        fields[i].is_given = 0;
        fields[i].is_wrong = 0;
        fields[i].value = cert_str("");
    }

    err = CERT_OK;

    if (text.len > CERT_FORM_MAX) {
        *why = "the form is too long";
        return CERT_INVALID;
    }

    out = buffer;
    n = 0;

    while (text.len > 0 && err == CERT_OK) {
        pair = cert_str_cut(&text, '&');

        if (pair.len == 0) {
            continue;
        }

        if (++n > CERT_FORM_FIELDS_MAX) {
            *why = "the form has too many fields";
            err = CERT_INVALID;
            break;
        }

        err = cert_form_pair(pair, fields, fields_n, &out, why);
    }

    /* A caller that ignores the error finds no field given. */
    for (i = 0; err != CERT_OK && i < fields_n; i++) {
        fields[i].is_given = 0;
        fields[i].value = cert_str("");
    }

    return err;
}


/*
 * Decodes one "name=value" at "*out" and moves it past what has to be kept.
 * Decoding never makes a text longer, so in a buffer that is the text itself
 * "*out" never passes what is still to be read.
 */
static cert_err_t
cert_form_pair(cert_str_t pair, cert_form_field_t *fields, size_t fields_n,
    uint8_t **out, const char **why)
{
    cert_err_t          err;
    cert_str_t          raw, name, value;
    cert_form_field_t  *field;

    raw = cert_str_cut(&pair, '=');

    err = cert_percent_decode(raw, 1, *out, &name.len, why);
    if (err != CERT_OK) {
        return err;
    }

    name.data = *out;
    field = cert_form_find(fields, fields_n, name);

    err = cert_percent_decode(pair, 1, *out, &value.len, why);

    if (field == NULL) {
        return err;
    }

    if (err != CERT_OK) {
        field->is_wrong = 1;
        *why = "holds a zero byte, or a percent sign that is not followed by "
               "two hex digits";
        return err;
    }

    if (field->is_given) {
        field->is_wrong = 1;
        *why = "is given twice";
        return CERT_INVALID;
    }

    value.data = *out;
    field->value = value;
    field->is_given = 1;

    *out += value.len;

    return CERT_OK;
}


/*
 * A few fields are asked for and at most CERT_FORM_FIELDS_MAX come, so a search
 * from the start is enough.
 */
static cert_form_field_t *
cert_form_find(cert_form_field_t *fields, size_t fields_n, cert_str_t name)
{
    size_t  i;

    for (i = 0; i < fields_n; i++) {
        if (cert_str_is_equal(fields[i].name, name)) {
            return &fields[i];
        }
    }

    return NULL;
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * Forms: in a buffer of their own and in place, and encoded once more.
 */


#include "fuzz.h"

#include "cert_form.h"


#define FIELDS  5

static const char *const  names[FIELDS] = {
    "number", "name", "id_number", "code", ""
};


static cert_err_t
parse(cert_str_t text, cert_form_field_t fields[FIELDS], uint8_t *buffer)
{
    cert_err_t   err;
    const char  *why = NULL;

    for (size_t i = 0; i < FIELDS; i++) {
        fields[i].name = cert_strz(names[i]);
    }

    err = cert_form_parse(text, fields, FIELDS, buffer, &why);
    must(err == CERT_OK || (err == CERT_INVALID && why != NULL));

    for (size_t i = 0; i < FIELDS; i++) {
        must(err == CERT_OK || !fields[i].is_given);
        must(fields[i].is_given || fields[i].value.len == 0);
        must(fields[i].value.len == 0
             || memchr(fields[i].value.data, 0, fields[i].value.len) == NULL);
    }

    return err;
}


static void
is_same(const cert_form_field_t a[FIELDS], const cert_form_field_t b[FIELDS])
{
    for (size_t i = 0; i < FIELDS; i++) {
        must(a[i].is_given == b[i].is_given);
        must(fuzz_is_same(a[i].value, b[i].value));
    }
}


/* Escapes every byte of the values that were given. */
static void
encode_again(const cert_form_field_t fields[FIELDS])
{
    size_t             len, room;
    uint8_t           *text;
    cert_form_field_t  again[FIELDS];

    room = 1;

    for (size_t i = 0; i < FIELDS; i++) {
        room += strlen(names[i]) + 3 + 3 * fields[i].value.len;
    }

    text = malloc(room);
    must(text != NULL);
    len = 0;

    for (size_t i = 0; i < FIELDS; i++) {
        if (!fields[i].is_given) {
            continue;
        }

        len += (size_t) sprintf((char *) text + len, "&%s=", names[i]);

        for (size_t k = 0; k < fields[i].value.len; k++) {
            len += (size_t) sprintf((char *) text + len, "%%%02x",
                                    fields[i].value.data[k]);
        }
    }

    if (len <= CERT_FORM_MAX) {
        must(parse((cert_str_t) { text, len }, again, text) == CERT_OK);
        is_same(fields, again);
    }

    free(text);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t            *apart, *place;
    cert_err_t          err;
    cert_form_field_t   a[FIELDS], b[FIELDS];

    apart = malloc(size + (size == 0));
    place = malloc(size + (size == 0));
    must(apart != NULL && place != NULL);

    if (size != 0) {
        memcpy(place, data, size);
    }

    err = parse((cert_str_t) { data, size }, a, apart);
    must(parse((cert_str_t) { place, size }, b, place) == err);
    is_same(a, b);

    if (err == CERT_OK) {
        encode_again(a);
    }

    free(apart);
    free(place);

    return 0;
}

/*
 * Copyright (C) the ngx_cert authors
 */


#include "cert_ask.h"
#include "cert_str_int.h"


#define cert_ask_name(text)  { (const uint8_t *) text, sizeof(text) - 1 }


const cert_str_t  cert_ask_names[CERT_ASK_FIELDS] = {
    [CERT_ASK_FIELD_CODE] = cert_ask_name("code"),
    [CERT_ASK_FIELD_SHA256] = cert_ask_name("sha256"),
    [CERT_ASK_FIELD_NUMBER] = cert_ask_name("number"),
    [CERT_ASK_FIELD_NAME] = cert_ask_name("name"),
    [CERT_ASK_FIELD_ID_NUMBER] = cert_ask_name("id_number")
};


void
cert_ask_init(cert_ask_fields_t fields)
{
    size_t  i;

    memset(fields, 0, sizeof(cert_ask_fields_t));

    for (i = 0; i < CERT_ASK_FIELDS; i++) {
        fields[i].name = cert_ask_names[i];
    }

    fields[CERT_ASK_FIELD_NUMBER].kind = CERT_FIELD_NUMBER;
    fields[CERT_ASK_FIELD_NAME].kind = CERT_FIELD_NAME;
    fields[CERT_ASK_FIELD_ID_NUMBER].kind = CERT_FIELD_NUMBER;
}


const cert_form_field_t *
cert_ask_wrong(const cert_ask_fields_t fields)
{
    size_t  i;

    for (i = 0; i < CERT_ASK_FIELDS; i++) {
        if (fields[i].is_wrong) {
            return &fields[i];
        }
    }

    return NULL;
}


cert_err_t
cert_ask_url(cert_question_t *question, const cert_ask_url_t *url,
    cert_ask_fields_t fields, const char **why)
{
    int     asked;
    size_t  i;

    const cert_form_field_t  *code = &fields[CERT_ASK_FIELD_CODE];
    const cert_form_field_t  *sha256 = &fields[CERT_ASK_FIELD_SHA256];

    memset(question, 0, sizeof(cert_question_t));
    question->ask = CERT_ASK_CODE;
    question->text = url->path;

    if (fields[CERT_ASK_FIELD_NUMBER].is_given
        || fields[CERT_ASK_FIELD_NAME].is_given
        || fields[CERT_ASK_FIELD_ID_NUMBER].is_given)
    {
        *why = "number, name and id_number belong in a form, never in a URL";
        return CERT_INVALID;
    }

    asked = (code->is_given != 0) + (sha256->is_given != 0)
            + (url->path.len != 0 && !url->is_guess);

    if (asked > 1 || (sha256->is_given && url->has_form)) {
        *why = "more than one question is asked";
        return CERT_INVALID;
    }

    /* A form that was sent empty is not answered by an empty form. */

    for (i = CERT_ASK_FIELD_CODE; i <= CERT_ASK_FIELD_SHA256; i++) {
        if (fields[i].is_given && fields[i].value.len == 0) {
            fields[i].is_wrong = 1;
            *why = "is empty";
            return CERT_INVALID;
        }
    }

    if (asked && url->has_form) {
        question->ask = CERT_ASK_NAME;
    }

    if (code->is_given) {
        question->text = code->value;

    } else if (sha256->is_given) {
        question->ask = CERT_ASK_SHA256;
        question->text = sha256->value;
    }

    return CERT_OK;
}


cert_err_t
cert_ask_form(cert_question_t *question, const cert_ask_fields_t fields,
    const char **why)
{
    int  has_facts, has_name;

    if (fields[CERT_ASK_FIELD_CODE].is_given
        || fields[CERT_ASK_FIELD_SHA256].is_given)
    {
        *why = "code and sha256 belong in the URL";
        return CERT_INVALID;
    }

    has_name = fields[CERT_ASK_FIELD_NAME].is_given;
    has_facts = fields[CERT_ASK_FIELD_NUMBER].is_given
                || fields[CERT_ASK_FIELD_ID_NUMBER].is_given;

    if (question->ask == CERT_ASK_NAME && has_facts) {
        *why = "more than one question is asked";
        return CERT_INVALID;
    }

    if (question->ask != CERT_ASK_NAME) {
        question->ask = has_name && !has_facts && question->text.len != 0
                        ? CERT_ASK_NAME : CERT_ASK_MATCH;
    }

    question->number = fields[CERT_ASK_FIELD_NUMBER].value;
    question->name = fields[CERT_ASK_FIELD_NAME].value;
    question->id_number = fields[CERT_ASK_FIELD_ID_NUMBER].value;

    return CERT_OK;
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * Which question the fields of a request ask, one and no other.
 *
 *     a code, in the path or as "code"         the copy with this code
 *     sha256                                   the copy with this file
 *     a form of number, name and id_number     the certificate of these facts
 *     a code, and a form of the name alone     the copy, and whether the name
 *                                              is its certificate's
 *
 * Facts about a person are refused in a URL, because URLs are logged; codes and
 * digests are refused in a form, so that limits can count them: nginx asks
 * those before it reads a body, and a name that is known in part can be
 * guessed.
 *
 * Nothing is looked up and nothing kept: a question points into the fields.
 */


#ifndef CERT_ASK_H_INCLUDED
#define CERT_ASK_H_INCLUDED


#include "cert_check.h"
#include "cert_form.h"


typedef enum {
    CERT_ASK_FIELD_CODE = 0,
    CERT_ASK_FIELD_SHA256,
    CERT_ASK_FIELD_NUMBER,
    CERT_ASK_FIELD_NAME,
    CERT_ASK_FIELD_ID_NUMBER,
    CERT_ASK_FIELDS
} cert_ask_field_t;

typedef cert_form_field_t  cert_ask_fields_t[CERT_ASK_FIELDS];

typedef struct {
    cert_str_t  path;           /* behind the route's name; may be empty */
    unsigned    is_guess:1;     /* that may be something else than a code */
    unsigned    has_form:1;     /* a form follows, see cert_ask_form() */
} cert_ask_url_t;


/* The names of the fields, as in the contract; static. */
extern const cert_str_t  cert_ask_names[CERT_ASK_FIELDS];


/* Makes the fields ready for cert_form_parse(): none is given. */
void cert_ask_init(cert_ask_fields_t fields);

/* The first field that is marked wrong; NULL if none is. */
const cert_form_field_t *cert_ask_wrong(const cert_ask_fields_t fields);

/*
 * Reads the question of a URL: "fields" are those of its query.  The text of
 * "question", which need not be initialised, is empty if there is none.  Where
 * the path is only a guess, a field that is given takes its place.
 *
 * CERT_INVALID: a fact about a person, more than one question, or an empty
 * field, which is then marked wrong.  "why" is a static sentence, or the rest
 * of one about that field.
 */
cert_err_t cert_ask_url(cert_question_t *question, const cert_ask_url_t *url,
    cert_ask_fields_t fields, const char **why);

/*
 * Adds the fields of a form to the question of its URL, which had has_form set.
 * A path that is only a guess is a code if the form has a name and nothing
 * else.  Which of the facts are missing, cert_check() tells.
 *
 * CERT_INVALID: a code or a digest, or more than one question; "why" is a
 * static sentence.
 */
cert_err_t cert_ask_form(cert_question_t *question,
    const cert_ask_fields_t fields, const char **why);


#endif /* CERT_ASK_H_INCLUDED */

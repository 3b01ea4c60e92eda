/*
 * Copyright (C) the ngx_cert authors
 *
 * The question that the fields of a request ask: each row is one request.
 */


#include "cert_ask.h"
#include "cert_str_int.h"
#include "tap.h"


#define FORM_ONLY  "number, name and id_number belong in a form, never in " \
                   "a URL"
#define MANY       "more than one question is asked"
#define URL_ONLY   "code and sha256 belong in the URL"
#define NOTHING    ""

/* "form" NULL: a GET.  "why" NULL: it asks "ask", with "text" as its text. */
static const struct {
    const char  *path;
    int          is_guess;
    const char  *query;
    const char  *form;
    const char  *why;
    const char  *field;
    cert_ask_t   ask;
    const char  *text;
} rows[] = {
    /* By code. */
    { "C", 0, "", NULL, NULL, NULL, CERT_ASK_CODE, "C" },
    { "", 0, "code=C", NULL, NULL, NULL, CERT_ASK_CODE, "C" },
    { "", 0, "from=x&code=C&state=1", NULL, NULL, NULL, CERT_ASK_CODE, "C" },
    { "G", 1, "", NULL, NULL, NULL, CERT_ASK_CODE, "G" },
    { "G", 1, "code=C", NULL, NULL, NULL, CERT_ASK_CODE, "C" },
    { "", 0, "", NULL, NULL, NULL, CERT_ASK_CODE, NOTHING },
    { "C", 0, "code=C", NULL, MANY, NULL, CERT_ASK_CODE, NULL },
    { "", 0, "code=", NULL, "is empty", "code", CERT_ASK_CODE, NULL },
    { "G", 1, "code=", NULL, "is empty", "code", CERT_ASK_CODE, NULL },
    { "", 0, "code=C&code=C", NULL, "is given twice", "code", CERT_ASK_CODE,
      NULL },

    /* By file. */
    { "", 0, "sha256=S", NULL, NULL, NULL, CERT_ASK_SHA256, "S" },
    { "G", 1, "sha256=S", NULL, NULL, NULL, CERT_ASK_SHA256, "S" },
    { "C", 0, "sha256=S", NULL, MANY, NULL, CERT_ASK_CODE, NULL },
    { "", 0, "code=C&sha256=S", NULL, MANY, NULL, CERT_ASK_CODE, NULL },
    { "", 0, "sha256=", NULL, "is empty", "sha256", CERT_ASK_CODE, NULL },

    /* Facts about a person in a URL, whatever else is asked. */
    { "", 0, "number=N", NULL, FORM_ONLY, NULL, CERT_ASK_CODE, NULL },
    { "", 0, "name=P", NULL, FORM_ONLY, NULL, CERT_ASK_CODE, NULL },
    { "", 0, "id_number=", NULL, FORM_ONLY, NULL, CERT_ASK_CODE, NULL },
    { "C", 0, "name=P", NULL, FORM_ONLY, NULL, CERT_ASK_CODE, NULL },
    { "", 0, "code=&name=P", NULL, FORM_ONLY, NULL, CERT_ASK_CODE, NULL },
    { "", 0, "name=P", "number=N", FORM_ONLY, NULL, CERT_ASK_CODE, NULL },

    /* By facts; what is missing of them is not told here. */
    { "", 0, "", "number=N&name=P&id_number=I", NULL, NULL, CERT_ASK_MATCH,
      NOTHING },
    { "G", 1, "", "number=N&name=P&id_number=I", NULL, NULL, CERT_ASK_MATCH,
      "G" },
    { "", 0, "", "name=P", NULL, NULL, CERT_ASK_MATCH, NOTHING },
    { "", 0, "", "", NULL, NULL, CERT_ASK_MATCH, NOTHING },
    { "G", 1, "", "", NULL, NULL, CERT_ASK_MATCH, "G" },

    /* The name beside a code. */
    { "C", 0, "", "name=P", NULL, NULL, CERT_ASK_NAME, "C" },
    { "C", 0, "", "", NULL, NULL, CERT_ASK_NAME, "C" },
    { "G", 1, "", "name=P", NULL, NULL, CERT_ASK_NAME, "G" },
    { "", 0, "code=C", "name=P", NULL, NULL, CERT_ASK_NAME, "C" },
    { "G", 1, "code=C", "name=P", NULL, NULL, CERT_ASK_NAME, "C" },
    { "C", 0, "", "name=P&number=N", MANY, NULL, CERT_ASK_CODE, NULL },
    { "", 0, "code=C", "name=P&id_number=I", MANY, NULL, CERT_ASK_CODE, NULL },
    { "", 0, "sha256=S", "name=P", MANY, NULL, CERT_ASK_CODE, NULL },
    { "", 0, "code=", "name=P", "is empty", "code", CERT_ASK_CODE, NULL },

    /* A code or a digest in a form. */
    { "", 0, "", "code=C", URL_ONLY, NULL, CERT_ASK_CODE, NULL },
    { "", 0, "", "sha256=S", URL_ONLY, NULL, CERT_ASK_CODE, NULL },
    { "", 0, "", "code=C&name=P", URL_ONLY, NULL, CERT_ASK_CODE, NULL },
    { "C", 0, "", "code=&name=P", URL_ONLY, NULL, CERT_ASK_CODE, NULL }
};


/* The fields of a text, which "buffer" has room for. */
static cert_err_t
parse(const char *text, cert_ask_fields_t fields, uint8_t *buffer,
    const char **why)
{
    cert_ask_init(fields);

    return cert_form_parse(cert_strz(text), fields, CERT_ASK_FIELDS, buffer,
                           why);
}


static void
test_row(size_t i)
{
    uint8_t                   in_query[64], in_form[64];
    cert_err_t                err;
    const char               *why;
    cert_ask_url_t            url;
    cert_question_t           question;
    cert_ask_fields_t         query, form;
    const cert_form_field_t  *wrong;

    why = "";
    url.path = cert_strz(rows[i].path);
    url.is_guess = (rows[i].is_guess != 0);
    url.has_form = (rows[i].form != NULL);

    err = parse(rows[i].query, query, in_query, &why);

    if (err == CERT_OK) {
        err = cert_ask_url(&question, &url, query, &why);
    }

    wrong = cert_ask_wrong(query);

    if (err == CERT_OK && rows[i].form) {
        ok(parse(rows[i].form, form, in_form, &why) == CERT_OK, "%zu: a form",
           i);
        err = cert_ask_form(&question, form, &why);
        wrong = cert_ask_wrong(form);
    }

    if (rows[i].field) {
        ok(wrong && cert_str_is_equal(wrong->name, cert_strz(rows[i].field)),
           "%zu: %s is wrong", i, rows[i].field);

    } else {
        ok(wrong == NULL, "%zu: no field is wrong", i);
    }

    if (rows[i].why) {
        is_int(err, CERT_INVALID, "%zu: refused", i);
        is_str(why, rows[i].why, "%zu: why", i);
        return;
    }

    is_int(err, CERT_OK, "%zu: read", i);
    is_int(question.ask, rows[i].ask, "%zu: the question", i);
    ok(cert_str_is_equal(question.text, cert_strz(rows[i].text)),
       "%zu: its text", i);

    if (rows[i].form) {
        ok(cert_str_is_equal(question.number, form[CERT_ASK_FIELD_NUMBER].value)
           && cert_str_is_equal(question.name, form[CERT_ASK_FIELD_NAME].value)
           && cert_str_is_equal(question.id_number,
                          form[CERT_ASK_FIELD_ID_NUMBER].value),
           "%zu: its facts", i);
    }
}


int
main(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        test_row(i);
    }

    return done_testing();
}

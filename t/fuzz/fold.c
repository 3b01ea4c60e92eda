/*
 * Copyright (C) the ngx_cert authors
 *
 * Match forms of names and numbers.  The first byte says of which.
 */


#include "fuzz.h"

#include "cert_fold.h"
#include "cert_text_int.h"


#define str(t)  ((cert_str_t) { (const uint8_t *) (t)->data, (t)->len })

typedef cert_err_t (*fold_pt)(cert_text_t *out, cert_str_t in,
    const char **why);


/* What a spelling of the form must still fold to. */
static void
spelt(fold_pt fold, const cert_text_t *form, const char *before,
    const char *after)
{
    char         text[CERT_TEXT_MAX + 32];
    cert_text_t  again;

    snprintf(text, sizeof(text), "%s%s%s", before, form->data, after);
    must(fold(&again, cert_strz(text), NULL) == CERT_OK);
    must(fuzz_is_same(str(&again), str(form)));
}


static void
sound(fold_pt fold, const cert_text_t *form, size_t max)
{
    must(form->len > 0 && form->len <= max);
    must(strlen(form->data) == form->len);
    must(cert_text_check(str(form)) == NULL);
    must(form->data[0] != ' ' && form->data[form->len - 1] != ' ');
    must(strstr(form->data, "  ") == NULL);

    spelt(fold, form, "", "");
    spelt(fold, form, "\xEF\xBB\xBF \t", "\xE2\x80\x8B\xE3\x80\x80\r\n");
}


/* A text that may be stored has the form of its stored spelling. */
static void
stored(fold_pt fold, cert_str_t in, const cert_text_t *form)
{
    cert_text_t  text, again;

    if (cert_text_fold(&text, in, CERT_TEXT_MAX, NULL) == CERT_OK) {
        must(fold(&again, str(&text), NULL) == CERT_OK);
        must(fuzz_is_same(str(&again), str(form)));
    }
}


static void
folded(fold_pt fold, cert_str_t in, size_t max)
{
    const char  *why = NULL;
    cert_err_t   err;
    cert_text_t  form;

    err = fold(&form, in, &why);
    must(err == CERT_OK || (err == CERT_INVALID && why != NULL));

    if (err == CERT_OK) {
        sound(fold, &form, max);
        stored(fold, in, &form);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cert_str_t  in = { data, size };

    switch (fuzz_byte(&in)) {

    case 'i':
        folded(cert_fold_id_number, in, CERT_ID_NUMBER_MAX);
        break;

    case 'c':
        folded(cert_fold_number, in, CERT_NUMBER_MAX);
        break;

    default:
        folded(cert_fold_name, in, CERT_NAME_MAX);
    }

    return 0;
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * Annotation codes: as typed, and as made.
 */


#include "fuzz.h"


/* Any other symbol at one place: the check symbol has to catch it. */
static void
wrong_symbol(const char *text, unsigned place, unsigned symbol)
{
    char         bent[CERT_CODE_TEXT_SIZE];
    cert_code_t  code;

    static const char  symbols[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    memcpy(bent, text, sizeof(bent));
    place %= CERT_CODE_TEXT_SIZE - 1;

    if (bent[place] == '-' || bent[place] == symbols[symbol % 32]) {
        return;
    }

    bent[place] = symbols[symbol % 32];
    must(cert_code_parse(&code, cert_strz(bent)) == CERT_INVALID);
}


/* There is one printed form, and it reads as the same code. */
static void
sound(const cert_code_t *code, unsigned place, unsigned symbol)
{
    char         text[CERT_CODE_TEXT_SIZE], path[CERT_CODE_PATH_SIZE];
    char         again[CERT_CODE_TEXT_SIZE];
    cert_code_t  other;

    must(cert_code_is_sound(code));

    cert_code_format(code, text);
    must(strlen(text) == CERT_CODE_TEXT_SIZE - 1);
    must(cert_code_parse(&other, cert_strz(text)) == CERT_OK);
    must(memcmp(&other, code, sizeof(other)) == 0);
    cert_code_format(&other, again);
    must(strcmp(again, text) == 0);

    cert_code_path(code, path);
    must(strlen(path) == CERT_CODE_PATH_SIZE - 1);
    must(strstr(path, "..") == NULL && path[0] != '/');

    wrong_symbol(text, place, symbol);
}


static void
made(cert_str_t in)
{
    uint8_t      random[CERT_CODE_RANDOM_SIZE], place, symbol;
    cert_time_t  now;
    cert_code_t  code;

    fuzz_fill(&in, &now, sizeof(now));
    fuzz_fill(&in, random, sizeof(random));
    place = fuzz_byte(&in);
    symbol = fuzz_byte(&in);

    if (cert_code_make(&code, now, random) == CERT_OK) {
        sound(&code, place, symbol);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cert_err_t   err;
    cert_str_t   in = { data, size };
    cert_code_t  code;

    if (fuzz_byte(&in) == 'm') {
        made(in);
        return 0;
    }

    in = (cert_str_t) { data, size };
    err = cert_code_parse(&code, in);
    must(err == CERT_OK || err == CERT_INVALID);

    if (err == CERT_OK) {
        sound(&code, (unsigned) size, data[size / 2]);
    }

    return 0;
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * Tokens: any text, and texts that are one change away from a good one.
 */


#include "fuzz.h"

#include "cert_token.h"


#define NOW  1661740830


/* Whatever is accepted is spelt as it would be made: there is one text. */
static void
read_text(cert_str_t text)
{
    char           again[CERT_TOKEN_TEXT_SIZE];
    cert_err_t     err;
    cert_claims_t  claims;

    err = cert_token_verify(fuzz_ring(), text, NOW, &claims);
    must(err == CERT_OK || err == CERT_EXPIRED || err == CERT_DENIED);

    if (err == CERT_DENIED) {
        return;
    }

    must((err == CERT_OK) == (NOW < claims.not_after));
    must(cert_token_make(fuzz_ring(), &claims, again) == CERT_OK);
    must(fuzz_is_same(text, cert_strz(again)));
}


/* No text beside the one that was made: changed, cut or longer. */
static void
bend(const char *text, cert_str_t in)
{
    char           bent[CERT_TOKEN_TEXT_SIZE + 1];
    size_t         at;
    uint8_t        ch;
    cert_claims_t  claims;

    memset(bent, 0, sizeof(bent));
    memcpy(bent, text, CERT_TOKEN_LEN);
    at = fuzz_byte(&in) % (CERT_TOKEN_LEN + 1);
    ch = fuzz_byte(&in);

    if (ch == (uint8_t) text[at]) {
        return;
    }

    must(cert_token_verify(fuzz_ring(),
                           (cert_str_t) { (const uint8_t *) text, at }, NOW,
                           &claims)
         == (at == CERT_TOKEN_LEN ? CERT_OK : CERT_DENIED));

    bent[at] = (char) ch;
    must(cert_token_verify(fuzz_ring(),
                           (cert_str_t) { (const uint8_t *) bent,
                                          at == CERT_TOKEN_LEN
                                          ? CERT_TOKEN_LEN + 1
                                          : CERT_TOKEN_LEN },
                           NOW, &claims)
         == CERT_DENIED);
}


static void
make_text(cert_str_t in)
{
    char           text[CERT_TOKEN_TEXT_SIZE];
    uint8_t        time[5];
    cert_claims_t  claims, again;

    claims.right = fuzz_byte(&in) % 2 ? CERT_RIGHT_VIEW
                                      : CERT_RIGHT_DOWNLOAD;
    fuzz_fill(&in, claims.code.bytes, CERT_CODE_SIZE);
    fuzz_fill(&in, time, sizeof(time));

    claims.not_after = 0;

    for (size_t i = 0; i < sizeof(time); i++) {
        claims.not_after = claims.not_after << 8 | time[i];
    }

    must(cert_token_make(fuzz_ring(), &claims, text) == CERT_OK);
    must(cert_token_verify(fuzz_ring(), cert_strz(text), NOW, &again)
         == (NOW < claims.not_after ? CERT_OK : CERT_EXPIRED));
    must(again.right == claims.right);
    must(again.not_after == claims.not_after);
    must(memcmp(&again.code, &claims.code, sizeof(again.code)) == 0);

    if (NOW < claims.not_after) {
        bend(text, in);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cert_str_t  in = { data, size };

    if (fuzz_byte(&in) == '!') {
        make_text(in);

    } else {
        read_text((cert_str_t) { data, size });
    }

    return 0;
}

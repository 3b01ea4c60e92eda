/*
 * Copyright (C) the ngx_cert authors
 *
 * Codes: what is printed is read back, and every mistyped symbol is caught.
 */


#include <ctype.h>
#include <stdlib.h>

#include "cert_code.h"
#include "tap.h"


#define CODES  500

#define EPOCH  INT64_C(1577836800)

static const char  alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";


/* The tests are to fail the same way twice, hence a generator of their own. */
static void
fill(uint8_t random[CERT_CODE_RANDOM_SIZE])
{
    int  i;

    static uint64_t  state = 88172645463325252;

    for (i = 0; i < CERT_CODE_RANDOM_SIZE; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        random[i] = (uint8_t) (state >> 24);
    }
}


static cert_code_t
make(cert_time_t now)
{
    uint8_t      random[CERT_CODE_RANDOM_SIZE];
    cert_code_t  code;

    fill(random);

    if (cert_code_make(&code, now, random) != CERT_OK) {
        abort();
    }

    return code;
}


static void
test_round_trip(void)
{
    int          i, wrong;
    char         text[CERT_CODE_TEXT_SIZE];
    cert_code_t  code, again;

    wrong = 0;

    for (i = 0; i < 100000; i++) {
        code = make(EPOCH + (cert_time_t) i * 37501);
        cert_code_format(&code, text);

        wrong += strlen(text) != 19 || text[4] != '-' || text[9] != '-'
                 || text[14] != '-' || strchr(text, 'U') != NULL;
        wrong += !cert_code_is_sound(&code);
        wrong += cert_code_parse(&again, cert_strz(text)) != CERT_OK
                 || memcmp(&again, &code, sizeof(code)) != 0;
    }

    is_int(wrong, 0, "100,000 codes are printed and read back");
}


/*
 * All wrong symbols at all places, and all swaps of two neighbours, over
 * random codes.
 */
static void
test_slips(void)
{
    int          i, j, accepted, tried, swaps;
    char         text[CERT_CODE_TEXT_SIZE], plain[17], bad[17], ch;
    const char  *p;
    cert_code_t  code, again;

    accepted = 0;
    tried = 0;
    swaps = 0;

    for (i = 0; i < CODES; i++) {
        code = make(EPOCH + (cert_time_t) i * 7201 * 1000);
        cert_code_format(&code, text);
        snprintf(plain, sizeof(plain), "%.4s%.4s%.4s%.4s", text, text + 5,
                 text + 10, text + 15);

        for (j = 0; j < 16; j++) {
            for (p = alphabet; *p != '\0'; p++) {
                if (*p == plain[j]) {
                    continue;
                }

                strcpy(bad, plain);
                bad[j] = *p;
                tried++;
                accepted += cert_code_parse(&again, cert_strz(bad)) == CERT_OK;
            }
        }

        for (j = 0; j < 15; j++) {
            if (plain[j] == plain[j + 1]) {
                continue;
            }

            strcpy(bad, plain);
            ch = bad[j];
            bad[j] = bad[j + 1];
            bad[j + 1] = ch;
            swaps++;
            accepted += cert_code_parse(&again, cert_strz(bad)) == CERT_OK;
        }
    }

    is_int(tried, CODES * 16 * 31, "all single wrong symbols were tried");
    is_int(accepted, 0, "no wrong symbol and no swap is accepted");
    diag("%d wrong symbols and %d swaps of neighbours refused", tried, swaps);
}


static void
test_folding(void)
{
    int          i;
    size_t       n;
    char         text[CERT_CODE_TEXT_SIZE], typed[64];
    cert_code_t  code, again;

    static const char  from[] = "01ABCDEFGHJKMNPQRSTVWXYZ";
    static const char  to[] = "oLabcdefghjkmnpqrstvwxyz";

    for (i = 0; i < 200; i++) {
        code = make(EPOCH + (cert_time_t) i * 3600);
        cert_code_format(&code, text);
        strcpy(typed, text);

        for (n = 0; typed[n] != '\0'; n++) {
            const char  *p = strchr(from, typed[n]);

            if (p != NULL) {
                typed[n] = to[p - from];
            }

            if (typed[n] == 'L' && i % 3 != 0) {
                typed[n] = i % 3 == 1 ? 'I' : 'l';
            }

            if (typed[n] == '-' && i % 2 == 0) {
                typed[n] = ' ';
            }
        }

        if (cert_code_parse(&again, cert_strz(typed)) != CERT_OK
            || memcmp(&again, &code, sizeof(code)) != 0)
        {
            break;
        }
    }

    is_int(i, 200, "case, O for 0, I and L for 1 fold; spaces do not count");

    snprintf(typed, sizeof(typed), "  --%.3s-%.16s - ", text, text + 3);
    ok(cert_code_parse(&again, cert_strz(typed)) == CERT_OK,
       "hyphens may be anywhere");
}


static void
test_refused(void)
{
    int          i, accepted;
    char         text[CERT_CODE_TEXT_SIZE], bad[40];
    cert_code_t  code, again;

    code = make(EPOCH + 1234567);
    cert_code_format(&code, text);

    memset(&again, 7, sizeof(again));
    accepted = 0;

    for (i = 0; i < 19; i++) {
        accepted += cert_code_parse(&again, (cert_str_t) {
                                    (uint8_t *) text, (size_t) i }) == CERT_OK;
    }

    is_int(accepted, 0, "every shorter text is refused");

    for (i = 0; i < 32; i++) {
        snprintf(bad, sizeof(bad), "%s%c", text, alphabet[i]);
        accepted += cert_code_parse(&again, cert_strz(bad)) == CERT_OK;
    }

    is_int(accepted, 0, "every longer text is refused");

    /* A wrong character replaces a symbol, or is a symbol too many. */

    for (i = 0; i < 256; i++) {
        if (i >= 0x80 || isalnum(i)) {
            strcpy(bad, text);
            strcat(bad, "-");
            bad[19] = (char) i;
            accepted += cert_code_parse(&again, (cert_str_t) {
                                        (uint8_t *) bad, 20 }) == CERT_OK;
        }

        strcpy(bad, text);

        if (strchr("oOiIlL", i) == NULL && i != 0
            && (i | 32) != (bad[7] | 32))
        {
            bad[7] = (char) i;
            accepted += cert_code_parse(&again, cert_strz(bad)) == CERT_OK;
        }
    }

    is_int(accepted, 0, "every other byte is refused");

    strcpy(bad, text);
    bad[0] = 'U';
    ok(cert_code_parse(&again, cert_strz(bad)) == CERT_INVALID,
       "U is not a symbol");
    is_int(again.bytes[3], 7, "nothing was written");
}


static void
test_order_and_path(void)
{
    int          i, wrong;
    char         text[CERT_CODE_TEXT_SIZE], path[CERT_CODE_PATH_SIZE];
    char         expected[64];
    uint8_t      seen[256];
    uint8_t      random[CERT_CODE_RANDOM_SIZE] = { 0 };
    cert_code_t  code, before;

    wrong = 0;
    before = make(EPOCH);

    for (i = 1; i < 2000; i++) {
        code = make(EPOCH + (cert_time_t) i * 3600);
        wrong += memcmp(before.bytes, code.bytes, CERT_CODE_SIZE) >= 0;
        before = code;
    }

    is_int(wrong, 0, "codes of later hours sort behind");

    memset(seen, 0, sizeof(seen));

    for (i = 0; i < 10000; i++) {
        code = make(EPOCH + 77);
        cert_code_format(&code, text);
        cert_code_path(&code, path);
        snprintf(expected, sizeof(expected), "%02x/%02x/%s.pdf",
                 code.bytes[7], code.bytes[8], text);
        wrong += strcmp(path, expected) != 0;
        seen[code.bytes[7]] |= 1;
        seen[code.bytes[8]] |= 2;
    }

    is_int(wrong, 0, "paths are folders and the code");

    for (i = 0; i < 256; i++) {
        wrong += seen[i] != 3;
    }

    is_int(wrong, 0, "all folders of one hour are used");

    ok(cert_code_make(&code, EPOCH - 1, random) == CERT_INVALID,
       "no code before 2020");
    ok(cert_code_make(&code, EPOCH + (INT64_C(1) << 20) * 3600, random)
       == CERT_INVALID, "no code after the last hour");
    ok(cert_code_make(&code, EPOCH + (INT64_C(1) << 20) * 3600 - 1, random)
       == CERT_OK, "but in it");

    code.bytes[9] ^= 1;
    ok(!cert_code_is_sound(&code), "a changed bit is not sound");
}


int
main(void)
{
    test_round_trip();
    test_slips();
    test_folding();
    test_refused();
    test_order_and_path();

    return done_testing();
}

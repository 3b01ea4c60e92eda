/*
 * Copyright (C) the ngx_cert authors
 *
 * A code is handled as 16 symbols of 5 bits, the last of which makes the sum
 * of a^(15 - i) * symbol[i] over GF(32) zero.  "a" is a root of the primitive
 * polynomial x^5 + x^2 + 1, so its first 31 powers are distinct and none is
 * zero.  A wrong symbol at i changes the sum by a^(15 - i) * difference, a swap
 * of i and j by (a^(15 - i) + a^(15 - j)) * difference: neither is ever zero.
 * Crockford's own mod 37 check was rejected since it needs five symbols more
 * than the alphabet has.
 */


#include "cert_code.h"
#include "cert_fold.h"
#include "cert_hex.h"


/* 2020-01-01T00:00:00Z */
#define CERT_CODE_EPOCH    INT64_C(1577836800)

#define CERT_CODE_SYMBOLS  16
#define CERT_CODE_HOURS    (1 << 20)

/* What cert_code_values says of a character that is not a symbol. */
#define XX  0xFF


static cert_err_t cert_code_read(cert_code_t *code, cert_str_t text);
static char *cert_code_put_half(char *p, const uint8_t *bytes);
static uint8_t cert_code_sum(const uint8_t symbols[CERT_CODE_SYMBOLS]);
static unsigned cert_code_add(unsigned sum, unsigned symbol);
static uint64_t cert_code_half(const uint8_t *bytes);
static void cert_code_unpack(const cert_code_t *code,
    uint8_t symbols[CERT_CODE_SYMBOLS]);
static void cert_code_pack(cert_code_t *code,
    const uint8_t symbols[CERT_CODE_SYMBOLS]);
static void cert_code_set_half(uint8_t *bytes, uint64_t bits);


static const char  cert_code_alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* ASCII from '0' to 'z'; "U" is missing from the alphabet on purpose. */
static const uint8_t  cert_code_values[] = {
     0,  1,  2,  3,  4,  5,  6,  7,  8,  9, XX, XX, XX, XX, XX, XX, XX,
    10, 11, 12, 13, 14, 15, 16, 17,  1, 18, 19,  1, 20, 21,  0, 22, 23,
    24, 25, 26, XX, 27, 28, 29, 30, 31, XX, XX, XX, XX, XX, XX,
    10, 11, 12, 13, 14, 15, 16, 17,  1, 18, 19,  1, 20, 21,  0, 22, 23,
    24, 25, 26, XX, 27, 28, 29, 30, 31
};


cert_err_t
cert_code_make(cert_code_t *code, cert_time_t now,
    const uint8_t random[CERT_CODE_RANDOM_SIZE])
{
    int       i;
    uint8_t   symbols[CERT_CODE_SYMBOLS];
    uint64_t  bits;
    uint32_t  hour;

    if (now < CERT_CODE_EPOCH
        || now >= CERT_CODE_EPOCH + CERT_CODE_HOURS * INT64_C(3600))
    {
        return CERT_INVALID;
    }

    hour = (uint32_t) ((now - CERT_CODE_EPOCH) / 3600);

    for (i = 0; i < 4; i++) {
        symbols[i] = (hour >> (15 - 5 * i)) & 31;
    }

    bits = 0;

    for (i = 0; i < CERT_CODE_RANDOM_SIZE; i++) {
        bits = bits << 8 | random[i];
    }

    /* The lowest 55 of the 56 bits: five for each symbol. */
    for (i = 4; i < CERT_CODE_SYMBOLS - 1; i++) {
        symbols[i] = (bits >> (50 - 5 * (i - 4))) & 31;
    }

    symbols[i] = 0;
    symbols[i] = cert_code_sum(symbols);

    cert_code_pack(code, symbols);

    return CERT_OK;
}


/*
 * What is printed is read in one pass, and so is most of what is refused, which
 * has a wrong symbol.  Text with anything else in it is folded first.
 */
cert_err_t
cert_code_parse(cert_code_t *code, cert_str_t text)
{
    char        symbols[CERT_FOLD_CODE_SIZE];
    cert_err_t  err;
    cert_str_t  folded = { (const uint8_t *) symbols, CERT_FOLD_CODE_SIZE };

    err = cert_code_read(code, text);

    if (err != CERT_REFUSED) {
        return err;
    }

    if (cert_fold_code(symbols, text) != CERT_OK
        || cert_code_read(code, folded) != CERT_OK)
    {
        return CERT_INVALID;
    }

    return CERT_OK;
}


/* CERT_REFUSED: holds more than 16 symbols, hyphens and spaces. */
static cert_err_t
cert_code_read(cert_code_t *code, cert_str_t text)
{
    size_t    i, n;
    uint8_t   ch, value;
    unsigned  sum;
    uint64_t  bits, first;

    n = 0;
    sum = 0;
    bits = 0;
    first = 0;

    for (i = 0; i < text.len; i++) {
        ch = text.data[i];

        if (ch == '-' || ch == ' ') {
            continue;
        }

        if (ch < '0' || ch > 'z' || n == CERT_CODE_SYMBOLS) {
            return CERT_REFUSED;
        }

        value = cert_code_values[ch - '0'];

        if (value == XX) {
            return CERT_REFUSED;
        }

        sum = cert_code_add(sum, value);
        bits = bits << 5 | value;
        n++;

        /* The first half, before it leaves at the upper end. */
        if (n == CERT_CODE_SYMBOLS / 2) {
            first = bits;
        }
    }

    if (n != CERT_CODE_SYMBOLS || sum != 0) {
        return CERT_INVALID;
    }

    cert_code_set_half(code->bytes, first);
    cert_code_set_half(code->bytes + 5, bits);

    return CERT_OK;
}


void
cert_code_format(const cert_code_t *code, char text[CERT_CODE_TEXT_SIZE])
{
    char  *p;

    p = cert_code_put_half(text, code->bytes);
    *p++ = '-';
    p = cert_code_put_half(p, code->bytes + 5);
    *p = '\0';
}


/* Eight symbols in two groups. */
static char *
cert_code_put_half(char *p, const uint8_t *bytes)
{
    int       shift;
    uint64_t  bits;

    bits = cert_code_half(bytes);

    for (shift = 35; shift >= 20; shift -= 5) {
        *p++ = cert_code_alphabet[(bits >> shift) & 31];
    }

    *p++ = '-';

    for ( /* void */ ; shift >= 0; shift -= 5) {
        *p++ = cert_code_alphabet[(bits >> shift) & 31];
    }

    return p;
}


void
cert_code_path(const cert_code_t *code, char path[CERT_CODE_PATH_SIZE])
{
    /*
     * The very last byte holds the check symbol, which depends on the hour:
     * the two bytes before it are random from end to end.
     */

    (void) cert_hex_encode(path, &code->bytes[CERT_CODE_SIZE - 3], 1);
    path[2] = '/';
    (void) cert_hex_encode(path + 3, &code->bytes[CERT_CODE_SIZE - 2], 1);
    path[5] = '/';

    cert_code_format(code, path + 6);

    path[25] = '.';
    path[26] = 'p';
    path[27] = 'd';
    path[28] = 'f';
    path[29] = '\0';
}


int
cert_code_is_sound(const cert_code_t *code)
{
    uint8_t  symbols[CERT_CODE_SYMBOLS];

    cert_code_unpack(code, symbols);

    return cert_code_sum(symbols) == 0;
}


/*
 * The weighted sum, by Horner's rule from the first symbol: multiply by "a"
 * and add.  The powers run from the right then, so that the check symbol has
 * the weight 1, and with 0 in its place the sum is the check symbol.
 */
static uint8_t
cert_code_sum(const uint8_t symbols[CERT_CODE_SYMBOLS])
{
    int       i;
    unsigned  sum;

    sum = 0;

    for (i = 0; i < CERT_CODE_SYMBOLS; i++) {
        sum = cert_code_add(sum, symbols[i]);
    }

    return (uint8_t) sum;
}


static unsigned
cert_code_add(unsigned sum, unsigned symbol)
{
    sum <<= 1;

    /* x^5 = x^2 + 1 */
    sum ^= (sum >> 5) * 0x25;

    return sum ^ symbol;
}


/* Five bytes are eight symbols. */
static uint64_t
cert_code_half(const uint8_t *bytes)
{
    return (uint64_t) bytes[0] << 32 | (uint64_t) bytes[1] << 24
           | (uint64_t) bytes[2] << 16 | (uint64_t) bytes[3] << 8 | bytes[4];
}


/* The 80 bits as 16 symbols, most significant first. */
static void
cert_code_unpack(const cert_code_t *code, uint8_t symbols[CERT_CODE_SYMBOLS])
{
    int       i, j;
    uint64_t  bits;

    for (i = 0; i < 2; i++) {
        bits = cert_code_half(code->bytes + 5 * i);

        for (j = 0; j < 8; j++) {
            symbols[8 * i + j] = (bits >> (35 - 5 * j)) & 31;
        }
    }
}


/* The opposite of cert_code_unpack(). */
static void
cert_code_pack(cert_code_t *code, const uint8_t symbols[CERT_CODE_SYMBOLS])
{
    int       i, j;
    uint64_t  bits;

    for (i = 0; i < 2; i++) {
        bits = 0;

        for (j = 0; j < 8; j++) {
            bits = bits << 5 | symbols[8 * i + j];
        }

        cert_code_set_half(code->bytes + 5 * i, bits);
    }
}


/* The opposite of cert_code_half(). */
static void
cert_code_set_half(uint8_t *bytes, uint64_t bits)
{
    for (int i = 0; i < 5; i++) {
        bytes[i] = (bits >> (32 - 8 * i)) & 0xFF;
    }
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * Names.  U+FFFD, private use and what is invisible no text may hold; here is
 * what is wrong in a name alone.  ○ is not among the shapes: people write it
 * for 〇.
 */


#include "certctl_name.h"


typedef struct {
    uint32_t     first;
    uint32_t     last;
    const char  *why;
} certctl_name_range_t;


static unsigned certctl_name_byte(uint32_t ch);
static uint32_t certctl_name_next(const uint8_t **p, const uint8_t *end);


static const char  certctl_name_lost[] = "holds a \"?\" or a box, which stands "
                       "for a character that a program lost";
static const char  certctl_name_mask[] = "holds a \"*\", so it is masked";
static const char  certctl_name_sign[] = "holds a picture or a sign";

/* In order. */
static const certctl_name_range_t  certctl_name_ranges[] = {
    { '*', '*', certctl_name_mask },
    { '?', '?', certctl_name_lost },
    { 0x2190, 0x23FF, certctl_name_sign },      /* arrows, mathematics */
    { 0x25A0, 0x25A3, certctl_name_lost },      /* ■ □ */
    { 0x2600, 0x27BF, certctl_name_sign },      /* and dingbats */
    { 0x2B00, 0x2BFF, certctl_name_sign },
    { 0x3013, 0x3013, certctl_name_lost },      /* 〓 */
    { 0xFF0A, 0xFF0A, certctl_name_mask },
    { 0xFF1F, 0xFF1F, certctl_name_lost },
    { 0x1F000, 0x1FAFF, certctl_name_sign }     /* emoji */
};


const char *
certctl_name_spoiled(cert_str_t name)
{
    size_t          i;
    uint32_t        ch;
    const uint8_t  *p, *end;

    p = name.data;
    end = p + name.len;

    while (p < end) {
        ch = certctl_name_next(&p, end);

        if (p - name.data == 1
            && (ch == '=' || ch == '+' || ch == '@' || ch == '-'))
        {
            return "begins like a formula";
        }

        for (i = 0; i < sizeof(certctl_name_ranges)
                        / sizeof(certctl_name_ranges[0])
                    && ch >= certctl_name_ranges[i].first; i++)
        {
            if (ch <= certctl_name_ranges[i].last) {
                return certctl_name_ranges[i].why;
            }
        }
    }

    return NULL;
}


/*
 * No text has these letters by chance: each letter of Chinese became three,
 * the first of them from à to ï, the others mostly signs.
 */
int
certctl_name_is_mistaken(cert_str_t text)
{
    int             n, found;
    unsigned        byte;
    const uint8_t  *p, *end;

    p = text.data;
    end = text.len > 0 ? p + text.len : p;
    found = 0;
    n = 0;

    while (p < end) {
        byte = certctl_name_byte(certctl_name_next(&p, end));

        if (byte == 0 || (n > 0 && (byte < 0x80 || byte > 0xBF))) {
            return 0;
        }

        if (n > 0) {
            found += --n == 0;

        } else if (byte >= 0x80) {
            n = byte >= 0xF0 && byte <= 0xF4 ? 3
                : byte >= 0xE0 && byte <= 0xEF ? 2
                : byte >= 0xC2 && byte <= 0xDF ? 1 : 0;

            if (n == 0) {
                return 0;
            }
        }
    }

    return found > 0 && n == 0;
}


/* What stands for it in windows-1252, or in ISO 8859-1; 0: nothing. */
static unsigned
certctl_name_byte(uint32_t ch)
{
    size_t  i;

    static const uint16_t  others[] = {             /* 0x80 to 0x9F */
        0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
        0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
        0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
        0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178
    };

    if (ch <= 0xFF) {
        return ch;
    }

    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (others[i] == ch) {
            return (unsigned) (0x80 + i);
        }
    }

    return 0;
}


/* Of UTF-8; from other bytes come other code points. */
static uint32_t
certctl_name_next(const uint8_t **p, const uint8_t *end)
{
    int       n;
    uint32_t  ch;

    ch = *(*p)++;

    if (ch < 0x80) {
        return ch;
    }

    n = ch >= 0xF0 ? 3 : ch >= 0xE0 ? 2 : 1;

    for (ch &= 0x3Fu >> n; n > 0 && *p < end; n--) {
        ch = ch << 6 | (*(*p)++ & 0x3F);
    }

    return ch;
}

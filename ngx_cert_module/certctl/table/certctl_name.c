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


static uint32_t certctl_name_next(const uint8_t **p);


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
        ch = certctl_name_next(&p);

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


/* Of a folded text, so what it reads is UTF-8. */
static uint32_t
certctl_name_next(const uint8_t **p)
{
    int       n;
    uint32_t  ch;

    ch = *(*p)++;

    if (ch < 0x80) {
        return ch;
    }

    n = ch >= 0xF0 ? 3 : ch >= 0xE0 ? 2 : 1;

    for (ch &= 0x3Fu >> n; n > 0; n--) {
        ch = ch << 6 | (*(*p)++ & 0x3F);
    }

    return ch;
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * User names: which are taken, how they are folded, and what they match.
 */


#include <utf8proc.h>

#include "cert_holder_int.h"
#include "holder.h"


static const struct {
    const char  *in;
    const char  *out;               /* NULL: refused */
} usernames[] = {
    { "anna", "anna" },
    { "Anna", "anna" },
    { "ANNA", "anna" },
    { " anna ", "anna" },
    { "\xE3\x80\x80" "anna", "anna" },
    { "anna.b_c@d+e-9", "anna.b_c@d+e-9" },
    { "13800138000", "13800138000" },
    { "\xEF\xBC\xA1\xEF\xBD\x8E\xEF\xBC\x91", "an1" },
    { "张", "张" },
    { "张三丰", "张三丰" },
    { "Ünal", "ünal" },
    { "U\xCC\x88nal", "ünal" },
    { "STRASSE", "strasse" },
    { "Straße", "strasse" },
    { "ΣΊΣΥΦΟΣ", "σίσυφοσ" },
    { "Иван", "иван" },
    { "한글", "한글" },
    { "٣٤٥", "٣٤٥" },
    { "", NULL },
    { "   ", NULL },
    { "an", NULL },
    { "a b", NULL },
    { "anna\t", NULL },
    { "anna\n", NULL },
    { "an\"na", NULL },
    { "an'na", NULL },
    { "an,na", NULL },
    { "an/na", NULL },
    { "an\\na", NULL },
    { "an:na", NULL },
    { "an;na", NULL },
    { "an<na", NULL },
    { "an=na", NULL },
    { "an#na", NULL },
    { "an%na", NULL },
    { "an&na", NULL },
    { "an*na", NULL },
    { "an(na", NULL },
    { "an!na", NULL },
    { "an?na", NULL },
    { "an|na", NULL },
    { "an~na", NULL },
    { "an$na", NULL },
    { "an\x7Fna", NULL },
    { "an\xC2\xA0na", NULL },               /* no-break space */
    { "an\xE2\x80\x8Bna", NULL },           /* zero width space */
    { "an\xE2\x80\x8Dna", NULL },           /* joiner */
    { "an\xE2\x80\xAEna", NULL },           /* override */
    { "an\xC2\xADna", NULL },               /* soft hyphen */
    { "an\xEF\xBC\x8Fna", NULL },           /* full-width slash */
    { "anna\xCC\x81\xCC\x81", NULL },       /* a mark that stays */
    { "①②③", NULL },
    { "Ⅷ世界", NULL },
    { "😀😀", NULL },
    { "张·三", NULL },
    { "\xEE\x80\x80\xEE\x80\x80", NULL },   /* private use */
    { "an\xFFna", NULL },
    { "an\xC0\xAEna", NULL },
    { "an\xED\xA0\x80na", NULL },
    { "anna\xC3", NULL }
};


static const struct {
    const char  *in;
    const char  *out;               /* NULL: refused */
} typed_usernames[] = {
    { "anna", "anna" },
    { " Anna\t", "anna" },
    { "anna\r\n", "anna" },
    { "an na", "anna" },
    { "\xEF\xBB\xBF" "anna\xE2\x80\x8B", "anna" },
    { "\xE2\x80\xAA" "anna\xE2\x80\xAC", "anna" },
    { "an\xE2\x80\x93na", "an-na" },
    { "ＡＮ－ＮＡ", "an-na" },
    { "张\xE3\x80\x80三", "张三" },
    { "Straße", "strasse" },
    { "", NULL },
    { "\xE2\x80\x8B", NULL },
    { "an", NULL },
    { "an\x01na", NULL },
    { "an/na", NULL },
    { "an\xFFna", NULL },
    { "anna\xE4\xB8", NULL },
    { "张·三", NULL },
    { "①②③", NULL },
    { "\xEE\x80\x80\xEE\x80\x80", NULL }
};


/* What is looked for may hold what a user name cannot. */
static void
test_username_match(void)
{
    size_t       i;
    const char  *why;
    cert_err_t   err;
    cert_text_t  out;

    for (i = 0; i < sizeof(typed_usernames) / sizeof(typed_usernames[0]);
         i++)
    {
        why = "?";
        err = cert_username_match(&out, cert_strz(typed_usernames[i].in), &why);

        if (typed_usernames[i].out != NULL) {
            ok(err == CERT_OK, "row %zu: is looked for", i);
            is_str(out.data, typed_usernames[i].out, "row %zu: by this", i);

        } else {
            ok(err == CERT_INVALID && *why != '?', "row %zu: it %s", i, why);
        }
    }
}


static void
test_username(void)
{
    char         text[300];
    const char  *why;
    cert_text_t  out;

    for (size_t i = 0; i < sizeof(usernames) / sizeof(usernames[0]); i++) {
        why = NULL;

        if (usernames[i].out != NULL) {
            is_int(cert_username_fold(&out, cert_strz(usernames[i].in), &why),
                   CERT_OK, "row %zu is taken", i);
            is_str(out.data, usernames[i].out, "row %zu: folded", i);

        } else {
            is_int(cert_username_fold(&out, cert_strz(usernames[i].in), &why),
                   CERT_INVALID, "row %zu is refused", i);
            ok(why != NULL, "row %zu: %s", i, why);
        }
    }

    is_int(cert_username_fold(&out, (cert_str_t) { (const uint8_t *) "an\0na",
                                                   5 }, NULL),
           CERT_INVALID, "a zero is refused");

    memset(text, 'a', sizeof(text));
    text[64] = '\0';
    is_int(cert_username_fold(&out, cert_strz(text), &why), CERT_OK,
           "64 bytes");
    text[64] = 'a';
    text[65] = '\0';
    is_int(cert_username_fold(&out, cert_strz(text), &why), CERT_INVALID,
           "65 bytes");
    is_str(why, "is too long", "are too long");
    text[65] = 'a';
    text[299] = '\0';
    is_int(cert_username_fold(&out, cert_strz(text), &why), CERT_INVALID,
           "299 bytes");
}


/* For all of Unicode, alone and behind a letter: folding twice is folding. */
static void
test_stable(void)
{
    int               wrong, taken;
    uint8_t           text[64];
    size_t            len;
    const char       *why;
    cert_err_t        err;
    cert_text_t       once, twice;
    utf8proc_ssize_t  n;

    wrong = taken = 0;

    for (int32_t ch = 1; ch < 0x110000; ch++) {
        if (ch >= 0xD800 && ch < 0xE000) {
            continue;
        }

        for (unsigned form = 0; form < 3; form++) {
            memcpy(text, form == 2 ? "α" : "aa", 2);
            len = form ? 2 : 0;
            n = utf8proc_encode_char(ch, text + len);
            len += (size_t) n;
            memcpy(text + len, "zzz", 3);
            len += 3;

            err = cert_username_fold(&once, (cert_str_t) { text, len }, &why);
            if (err != CERT_OK) {
                continue;
            }

            taken++;
            wrong += cert_username_fold(&twice,
                                        (cert_str_t) { (uint8_t *) once.data,
                                                       once.len },
                                        &why) != CERT_OK
                     || strcmp(once.data, twice.data) != 0
                     || once.len > CERT_USERNAME_MAX;
        }
    }

    ok(taken > 300000, "%d names", taken);
    is_int(wrong, 0, "folding what is folded changes nothing");
}


int
main(void)
{
    test_username();
    test_username_match();
    test_stable();

    return done_testing();
}

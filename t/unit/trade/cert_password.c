/*
 * Copyright (C) the ngx_cert authors
 *
 * Passwords: what is one, and what is refused.
 */


#include "cert_password.h"
#include "tap.h"


typedef struct {
    const char  *name;
    const char  *text;
    int          is_sound;
} password_row_t;


static const password_row_t  rows[] = {
    { "eight letters", "abcdefgh", 1 },
    { "eight of Chinese", "有八个字的密码吗", 1 },
    { "spaces", "a b c d ", 1 },
    { "no-break space", "abcdefg\xc2\xa0", 1 },
    { "beyond the first plane", "abcdefg\xf0\x9f\x94\x91", 1 },
    { "nothing", "", 0 },
    { "seven letters", "abcdefg", 0 },
    { "seven of Chinese", "七个字的密码吗", 0 },
    { "a line end", "abcdefgh\n", 0 },
    { "a tab", "abc\tdefgh", 0 },
    { "delete", "abcdefgh\x7f", 0 },
    { "next line, a control of Latin-1", "abcdefgh\xc2\x85", 0 },
    { "line separator", "abcdefgh\xe2\x80\xa8", 0 },
    { "paragraph separator", "abcdefgh\xe2\x80\xa9", 0 },
    { "cut in a character", "abcdefgh\xe4\xb8", 0 },
    { "a byte of another encoding", "abcdefgh\xd6\xd0", 0 },
    { "two bytes for one", "abcdefgh\xc0\xaf", 0 },
    { "three bytes for one", "abcdefgh\xe0\x80\xaf", 0 },
    { "half of a pair", "abcdefgh\xed\xa0\x80", 0 },
    { "beyond Unicode", "abcdefgh\xf4\x90\x80\x80", 0 },
};


/* So many times the same character. */
static int
is_sound(const char *text, size_t n)
{
    char    all[4 * (CERT_PASSWORD_CHARS_MAX + 1)];
    size_t  i, len;

    len = strlen(text);

    for (i = 0; i < n; i++) {
        memcpy(all + i * len, text, len);
    }

    return cert_password_is_sound((cert_str_t) { (uint8_t *) all, n * len });
}


int
main(void)
{
    size_t  i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ok(cert_password_is_sound(cert_strz(rows[i].text))
           == rows[i].is_sound, "%s", rows[i].name);
    }

    ok(is_sound("a", 128), "the longest");
    ok(!is_sound("a", 129), "one more");
    ok(is_sound("\xe4\xb8\xad", 128), "the longest of Chinese");
    ok(is_sound("\xf0\x9f\x94\x91", 127), "the longest in bytes");
    ok(!is_sound("\xf0\x9f\x94\x91", 128), "one more than crypt(3) takes");

    return done_testing();
}

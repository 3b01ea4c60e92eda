/*
 * Copyright (C) the ngx_cert authors
 *
 * What may be a password.
 *
 * Length is the one rule that helps: a password that must have a digit and a
 * capital ends with "1" and begins with a capital.  Characters are counted, not
 * bytes, so that a sentence in Chinese is as long as it looks.
 */


#include "cert_fold.h"
#include "cert_holder.h"
#include "certd_hashes.h"
#include "certd_password.h"


static int certd_password_point(cert_str_t *rest, uint32_t *point);
static int certd_password_is(const cert_text_t *folded,
    const cert_text_t *text);


int
certd_password_is_sound(cert_str_t password)
{
    uint32_t  n, point;

    if (password.len > CERTD_PASSWORD_BYTES) {
        return 0;
    }

    for (n = 0; password.len > 0; n++) {

        if (!certd_password_point(&password, &point) || point < 0x20
            || (point >= 0x7F && point < 0xA0))
        {
            return 0;
        }
    }

    return n >= CERTD_PASSWORD_POINTS_MIN && n <= CERTD_PASSWORD_POINTS_MAX;
}


/* One character of UTF-8, in its one spelling. */
static int
certd_password_point(cert_str_t *rest, uint32_t *point)
{
    size_t    i, n;
    uint32_t  c;

    static const uint32_t  least[] = { 0, 0x80, 0x800, 0x10000 };

    c = rest->data[0];
    n = c < 0x80 ? 0 : c < 0xC2 ? 4 : c < 0xE0 ? 1 : c < 0xF0 ? 2
        : c < 0xF5 ? 3 : 4;

    if (n == 4 || n >= rest->len) {
        return 0;
    }

    if (n > 0) {
        c &= 0x3Fu >> n;
    }

    for (i = 1; i <= n; i++) {

        if ((rest->data[i] & 0xC0) != 0x80) {
            return 0;
        }

        c = c << 6 | (rest->data[i] & 0x3F);
    }

    rest->data += n + 1;
    rest->len -= n + 1;
    *point = c;

    /* Longer than it need be, half of a pair, or beyond Unicode. */
    return c >= least[n] && c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
}


int
certd_password_is_told(cert_str_t password, const cert_text_t *username,
    const cert_text_t *name, const cert_text_t *id_number)
{
    int          is_told;
    cert_text_t  folded;

    is_told = (cert_username_match(&folded, password, NULL) == CERT_OK
               && certd_password_is(&folded, username))
              || (cert_fold_name(&folded, password, NULL) == CERT_OK
                  && certd_password_is(&folded, name))
              || (cert_fold_id_number(&folded, password, NULL) == CERT_OK
                  && certd_password_is(&folded, id_number));

    explicit_bzero(&folded, sizeof(folded));

    return is_told;
}


static int
certd_password_is(const cert_text_t *folded, const cert_text_t *text)
{
    return folded->len == text->len
           && memcmp(folded->data, text->data, text->len) == 0;
}

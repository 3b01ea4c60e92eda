/*
 * Copyright (C) the ngx_cert authors
 *
 * Passwords that are the first guess of somebody who knows the holder.
 */


#include "cert_fold.h"
#include "cert_holder.h"
#include "certd_password.h"


static int certd_password_is(const cert_text_t *folded,
    const cert_text_t *text);


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

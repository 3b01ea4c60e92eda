/*
 * Copyright (C) the ngx_cert authors
 *
 * What OpenSSL says of a failure of its own.
 */


#include <openssl/err.h>

#include "certpdf_openssl_int.h"


void
certpdf_openssl_reason(cert_reason_t *reason, const char *action)
{
    const char     *words;
    unsigned long   code;

    code = ERR_peek_last_error();
    words = code ? ERR_reason_error_string(code) : NULL;

    cert_reason_set(reason, "%s%s%s", action, words ? ": " : "",
                    words ? words : "");
}

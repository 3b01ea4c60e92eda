/*
 * Copyright (C) the ngx_cert authors
 */


#include "cert.h"


/* In the order of cert_err_t. */
static const char *const  cert_err_names[] = {
    "ok",
    "not found",
    "invalid",
    "denied",
    "expired",
    "refused",
    "exists",
    "busy",
    "no key",
    "corrupt",
    "bad store",
    "full",
    "map full",
    "no memory",
    "system error"
};


const char *
cert_err_name(cert_err_t err)
{
    if ((size_t) err >= sizeof(cert_err_names) / sizeof(cert_err_names[0])) {
        return "unknown error";
    }

    return cert_err_names[err];
}

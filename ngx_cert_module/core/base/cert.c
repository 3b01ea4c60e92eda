/*
 * Copyright (C) the ngx_cert authors
 *
 * A reason has room of its own and is cut where it is too long: an error path
 * that could run out of memory would need an error path.
 */


#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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


void
cert_reason_set(cert_reason_t *reason, const char *fmt, ...)
{
    int      n;
    size_t   len;
    va_list  args;

    if (reason == NULL) {
        return;
    }

    va_start(args, fmt);
    n = vsnprintf(reason->text, sizeof(reason->text), fmt, args);
    va_end(args);

    if (n < 0) {
        reason->text[0] = '\0';
        return;
    }

    if ((size_t) n < sizeof(reason->text)) {
        return;
    }

    /*
     * A character cut in half would make a log line or a JSON answer that no
     * reader accepts, so the whole last sequence goes.
     */

    len = sizeof(reason->text) - 1;

    while (len > 0 && ((uint8_t) reason->text[len - 1] & 0xC0) == 0x80) {
        len--;
    }

    if (len > 0 && (uint8_t) reason->text[len - 1] >= 0xC0) {
        len--;
    }

    reason->text[len] = '\0';
}


const char *
cert_err_name(cert_err_t err)
{
    if ((size_t) err >= sizeof(cert_err_names) / sizeof(cert_err_names[0])) {
        return "unknown error";
    }

    return cert_err_names[err];
}

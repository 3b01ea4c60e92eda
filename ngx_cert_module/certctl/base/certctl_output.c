/*
 * Copyright (C) the ngx_cert authors
 *
 * What certctl says: results on standard output, as JSON if asked, and errors
 * on standard error.  The error of the library decides the exit status, in one
 * table.
 *
 * Text and JSON come from the same object where both say the same, so that
 * neither can forget a field.  Standard error has a line for people even with
 * --json: what a program reads should still be in its log.
 */


#include <openssl/err.h>
#include <stdarg.h>
#include <stdlib.h>

#include "cert_text.h"
#include "certctl.h"
#include "certctl_output.h"


/* The exit status of each cert_err_t, in its order. */
static const int  certctl_output_status[] = {
    CERTCTL_YES,        /* CERT_OK */
    CERTCTL_NO,         /* CERT_NOT_FOUND */
    CERTCTL_NO,         /* CERT_INVALID */
    CERTCTL_NO,         /* CERT_DENIED */
    CERTCTL_NO,         /* CERT_EXPIRED */
    CERTCTL_NO,         /* CERT_REFUSED */
    CERTCTL_NO,         /* CERT_EXISTS */
    CERTCTL_SYSTEM,     /* CERT_BUSY */
    CERTCTL_SYSTEM,     /* CERT_NO_KEY */
    CERTCTL_SYSTEM,     /* CERT_CORRUPT */
    CERTCTL_SYSTEM,     /* CERT_BAD_STORE */
    CERTCTL_SYSTEM,     /* CERT_FULL */
    CERTCTL_SYSTEM,     /* CERT_MAP_FULL */
    CERTCTL_SYSTEM,     /* CERT_NO_MEMORY */
    CERTCTL_SYSTEM      /* CERT_SYSTEM */
};


static void *certctl_output_alloc(size_t size);
static void certctl_output_error(certctl_t *ctl, const char *name,
    const char *fmt, va_list args);
static void certctl_print_plain(const json_t *json);


/* An object was left without a part: jansson itself goes on in silence. */
static int  certctl_output_is_out_of_memory;


void
certctl_output_init(void)
{
    json_set_alloc_funcs(certctl_output_alloc, free);
}


static void *
certctl_output_alloc(size_t size)
{
    void  *p;

    p = malloc(size);

    if (p == NULL) {
        certctl_output_is_out_of_memory = 1;
    }

    return p;
}


int
certctl_error(certctl_t *ctl, cert_err_t err, const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    certctl_output_error(ctl, cert_err_name(err), fmt, args);
    va_end(args);

    ctl->err = err;

    return certctl_output_status[err];
}


int
certctl_error_openssl(certctl_t *ctl, const char *what)
{
    const char  *why;

    why = ERR_reason_error_string(ERR_peek_last_error());

    return certctl_error(ctl, CERT_SYSTEM, "%s: OpenSSL: %s", what,
                         why != NULL ? why : "it does not say why");
}


/*
 * With a pointer to the help of the command, not the help itself: the reason
 * must not scroll away.
 */
int
certctl_usage(certctl_t *ctl, const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    certctl_output_error(ctl, "usage", fmt, args);
    va_end(args);

    if (ctl->command != NULL) {
        fprintf(stderr, "certctl: see \"certctl %s --help\"\n",
                ctl->command->name);

    } else {
        fprintf(stderr, "certctl: see \"certctl --help\"\n");
    }

    return CERTCTL_USAGE;
}


/*
 * Cut at 1 KiB rather than allocated: memory may be what is missing.  For JSON
 * the names of files in it are made text.
 */
static void
certctl_output_error(certctl_t *ctl, const char *name, const char *fmt,
    va_list args)
{
    char  text[1024], reason[1024];

    vsnprintf(text, sizeof(text), fmt, args);

    fprintf(stderr, "certctl: %s\n", text);

    if (ctl->is_json) {
        cert_text_escape(reason, sizeof(reason), cert_strz(text));
        (void) certctl_print(json_pack("{ssss}", "error", name,
                                       "reason", reason));
    }
}


/* NULL is taken: json_pack() tells that it failed, but not why. */
int
certctl_print(json_t *json)
{
    int  rc;

    if (json == NULL) {
        fprintf(stderr, "certctl: out of memory, or a text is not UTF-8\n");
        return CERTCTL_SYSTEM;
    }

    rc = json_dumpf(json, stdout, JSON_COMPACT);
    json_decref(json);

    if (rc != 0 || putchar('\n') == EOF) {
        return CERTCTL_SYSTEM;
    }

    return 0;
}


int
certctl_flush(certctl_t *ctl)
{
    if (certctl_output_is_out_of_memory) {
        ctl->is_json = 0;
        return certctl_error(ctl, CERT_NO_MEMORY,
                             "out of memory: the output is not complete");
    }

    if (fflush(stdout) != 0 || ferror(stdout)) {
        /* As JSON it would go where nothing can be written. */
        ctl->is_json = 0;
        return certctl_error(ctl, CERT_SYSTEM,
                             "cannot write to standard output");
    }

    return 0;
}


/* "name: value" lines of a flat object; what is null has none. */
static void
certctl_print_plain(const json_t *json)
{
    char        *text;
    void        *iter;
    json_t      *value, *object;
    const char  *name;

    /* jansson iterates over a const object with a pointer that is not. */
    object = json_deep_copy(json);

    for (iter = json_object_iter(object); iter != NULL;
         iter = json_object_iter_next(object, iter))
    {
        name = json_object_iter_key(iter);
        value = json_object_iter_value(iter);

        if (json_is_null(value)) {
            continue;
        }

        if (json_is_string(value)) {
            printf("%s: %s\n", name, json_string_value(value));
            continue;
        }

        text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        printf("%s: %s\n", name, text != NULL ? text : "?");
        free(text);
    }

    json_decref(object);
}


int
certctl_print_object(certctl_t *ctl, json_t *json)
{
    if (ctl->is_json || json == NULL) {
        return certctl_print(json);
    }

    certctl_print_plain(json);
    json_decref(json);

    return 0;
}

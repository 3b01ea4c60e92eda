/*
 * Copyright (C) the ngx_cert authors
 *
 * Texts of the command line, whatever charset the terminal has.
 *
 * A name or a number typed in a terminal of GBK is that of nobody when it is
 * looked up as it comes, and "not found" of a genuine certificate is a wrong
 * answer.  So the rule of the public check holds here, too (cert_charset.h):
 * bytes that are UTF-8 are UTF-8, and others are taken for GB 18030 if they are
 * Chinese in it.  The locale is not asked: in a script it is often "C".
 *
 * Names of files stay as they are: a file system has bytes.
 */


#include <stdlib.h>

#include "cert_charset.h"
#include "cert_text.h"
#include "certctl_argument.h"
#include "certctl_output.h"


static int certctl_argument_refuse(certctl_t *ctl, const char *option,
    const char *text, cert_err_t err);


int
certctl_argument_decode(certctl_t *ctl, const char *option, const char **text)
{
    uint8_t            *room;
    cert_err_t          err;
    const char         *why;
    cert_decoder_t     *decoder;
    cert_form_field_t   field;

    memset(&field, 0, sizeof(field));
    field.kind = CERT_FIELD_NUMBER;
    field.value = cert_strz(*text);

    if (cert_charset_look(&field, 1, CERT_CHARSET_UTF8) == CERT_CHARSET_UTF8) {
        return 0;
    }

    room = calloc(1, CERT_DECODED_MAX + 1);
    if (room == NULL) {
        return certctl_error(ctl, CERT_NO_MEMORY, "out of memory");
    }

    err = cert_decoder_create(&decoder);

    if (err == CERT_OK) {
        err = cert_charset_decode(decoder, &field, 1, CERT_CHARSET_UTF8, room,
                                  &why);
        cert_decoder_destroy(decoder);
    }

    if (err != CERT_OK) {
        free(room);
        return certctl_argument_refuse(ctl, option, *text, err);
    }

    /* The rest of the room is zeros. */
    *text = (const char *) room;

    return 0;
}


static int
certctl_argument_refuse(certctl_t *ctl, const char *option, const char *text,
    cert_err_t err)
{
    char         bytes[256];
    const char  *why;

    if (err == CERT_NO_MEMORY) {
        return certctl_error(ctl, err, "out of memory");
    }

    cert_text_escape(bytes, sizeof(bytes), cert_strz(text));

    why = err == CERT_NOT_FOUND
          ? "is not UTF-8, and this machine cannot decode GB18030"
          : "is neither UTF-8 nor Chinese in GB18030";

    if (option != NULL) {
        return certctl_usage(ctl, "the value of \"--%s\", \"%s\", %s", option,
                             bytes, why);
    }

    return certctl_usage(ctl, "the argument \"%s\" %s", bytes, why);
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * Shared strings: one block of bytes, and where each string ends in it.
 *
 * A cell names any of them, and the list may stand behind the sheet in the
 * file, so none can be dropped while a row is left.  Of a row three are its
 * own, the two numbers and the name: 60 to 90 bytes with their ends.  All
 * others, such as a qualification, are there once.
 *
 * A file on disk in place of memory was rejected: a million certificates come
 * to a hundred megabytes, and it would be one more place with people's data.
 */


#include <stdlib.h>
#include <string.h>

#include "certctl_rich.h"
#include "certctl_strings.h"
#include "certctl_xml.h"


struct certctl_strings_s {
    certctl_xml_t   *xml;           /* first: see certctl_xml_part() */
    uint8_t         *bytes;
    size_t           used;
    size_t           size;
    uint64_t        *ends;
    size_t           n;
    size_t           room;          /* of "ends" */
    int              is_inside;     /* of a string */
    certctl_rich_t   rich;
};


static void certctl_strings_start(void *data, const char *name,
    const char **attributes);
static void certctl_strings_end(void *data, const char *name);
static void certctl_strings_text(void *data, const char *text, size_t len);
static int certctl_strings_room(certctl_strings_t *strings, size_t bytes);


static const certctl_xml_handlers_t  certctl_strings_handlers = {
    certctl_strings_start, certctl_strings_end, certctl_strings_text
};


cert_err_t
certctl_strings_read(certctl_strings_t **strings, certctl_zip_t *zip,
    const char *name, cert_reason_t *reason)
{
    cert_err_t          err;
    certctl_strings_t  *new;

    new = calloc(1, sizeof(certctl_strings_t));
    if (new == NULL) {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    /* As XML a string has its tags: 20 bytes to each of 2 at least. */
    err = certctl_xml_part(zip, name, 16ull * CERTCTL_STRINGS_MAX,
                           &certctl_strings_handlers, new, reason);
    if (err != CERT_OK) {
        certctl_strings_destroy(new);
        return err;
    }

    *strings = new;

    return CERT_OK;
}


void
certctl_strings_destroy(certctl_strings_t *strings)
{
    if (strings == NULL) {
        return;
    }

    if (strings->bytes != NULL) {
        explicit_bzero(strings->bytes, strings->size);
    }

    free(strings->bytes);
    free(strings->ends);
    free(strings);
}


cert_err_t
certctl_strings_get(const certctl_strings_t *strings, uint64_t n,
    cert_str_t *text)
{
    uint64_t  begin;

    if (strings == NULL || n >= strings->n) {
        return CERT_NOT_FOUND;
    }

    begin = n > 0 ? strings->ends[n - 1] : 0;

    text->data = strings->bytes + begin;
    text->len = (size_t) (strings->ends[n] - begin);

    return CERT_OK;
}


static void
certctl_strings_start(void *data, const char *name, const char **attributes)
{
    certctl_strings_t *strings = data;

    (void) attributes;

    if (strcmp(name, "si") == 0) {
        strings->is_inside = 1;
        memset(&strings->rich, 0, sizeof(strings->rich));

    } else if (strings->is_inside) {
        certctl_rich_start(&strings->rich, name);
    }
}


static void
certctl_strings_end(void *data, const char *name)
{
    certctl_strings_t *strings = data;

    size_t  begin;

    if (!strings->is_inside) {
        return;
    }

    if (strcmp(name, "si") != 0) {
        certctl_rich_end(&strings->rich, name);
        return;
    }

    strings->is_inside = 0;

    if (!certctl_strings_room(strings, 0)) {
        return;
    }

    begin = strings->n > 0 ? strings->ends[strings->n - 1] : 0;

    if (strings->used > begin) {
        strings->used = begin + certctl_rich_decode(strings->bytes + begin,
                                                    strings->used - begin);
    }

    strings->ends[strings->n++] = strings->used;
}


static void
certctl_strings_text(void *data, const char *text, size_t len)
{
    certctl_strings_t *strings = data;

    if (strings->is_inside && strings->rich.is_text
        && certctl_strings_room(strings, len))
    {
        memcpy(strings->bytes + strings->used, text, len);
        strings->used += len;
    }
}


/* Makes room for so many bytes and one more end; false: failed. */
static int
certctl_strings_room(certctl_strings_t *strings, size_t bytes)
{
    void    *new;
    size_t   size;

    if (strings->used + bytes + 8 * strings->n > CERTCTL_STRINGS_MAX) {
        certctl_xml_fail(strings->xml, CERT_INVALID, "it has more text than "
                         "is read of a workbook: save it as CSV UTF-8");
        return 0;
    }

    if (strings->used + bytes > strings->size) {
        size = strings->size + strings->size / 2 + bytes + 65536;
        new = realloc(strings->bytes, size);

        if (new == NULL) {
            certctl_xml_fail(strings->xml, CERT_NO_MEMORY, "out of memory");
            return 0;
        }

        strings->bytes = new;
        strings->size = size;
    }

    if (strings->n == strings->room) {
        size = strings->room + strings->room / 2 + 4096;
        new = realloc(strings->ends, size * sizeof(uint64_t));

        if (new == NULL) {
            certctl_xml_fail(strings->xml, CERT_NO_MEMORY, "out of memory");
            return 0;
        }

        strings->ends = new;
        strings->room = size;
    }

    return 1;
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * Number formats: those built in by their number, others by their code.
 *
 * Built in are the dates 14 to 22 everywhere and, where the user's language is
 * Chinese, 27 to 36 and 50 to 58: a file does not say which language that was,
 * and there is no other use of them.
 */


#include <stdlib.h>
#include <string.h>

#include "certctl_styles.h"
#include "certctl_xml.h"


#define CERTCTL_STYLES_MAX   65536
#define CERTCTL_STYLES_PART  (64u << 20)

struct certctl_styles_s {
    certctl_xml_t  *xml;            /* first: see certctl_xml_part() */
    int             is_inside;      /* of the formats of cells */
    size_t          n;
    uint8_t         kinds[CERTCTL_STYLES_MAX];      /* of formats of cells */
    uint8_t         customs[CERTCTL_STYLES_MAX];    /* of number formats */
};


static void certctl_styles_start(void *data, const char *name,
    const char **attributes);
static void certctl_styles_end(void *data, const char *name);
static unsigned long certctl_styles_id(const char **attributes);
static uint8_t certctl_styles_built_in(unsigned long id);
static uint8_t certctl_styles_code(const char *p);
static const char *certctl_styles_skip(const char *p);


static const certctl_xml_handlers_t  certctl_styles_handlers = {
    certctl_styles_start, certctl_styles_end, NULL
};


cert_err_t
certctl_styles_read(certctl_styles_t **styles, certctl_zip_t *zip,
    const char *name, cert_reason_t *reason)
{
    size_t             i;
    cert_err_t         err;
    certctl_styles_t  *new;

    new = calloc(1, sizeof(certctl_styles_t));
    if (new == NULL) {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    for (i = 0; i < CERTCTL_STYLES_MAX; i++) {
        new->customs[i] = certctl_styles_built_in(i);
    }

    err = certctl_xml_part(zip, name, CERTCTL_STYLES_PART,
                           &certctl_styles_handlers, new, reason);
    if (err != CERT_OK) {
        certctl_styles_destroy(new);
        return err;
    }

    *styles = new;

    return CERT_OK;
}


void
certctl_styles_destroy(certctl_styles_t *styles)
{
    free(styles);
}


unsigned
certctl_styles_get(const certctl_styles_t *styles, uint64_t n)
{
    return styles != NULL && n < styles->n ? styles->kinds[n]
                                           : CERTCTL_STYLE_NUMBER;
}


/* Number formats come before the formats of cells that name them. */
static void
certctl_styles_start(void *data, const char *name, const char **attributes)
{
    certctl_styles_t *styles = data;

    const char     *code;
    unsigned long   id;

    if (strcmp(name, "cellXfs") == 0) {
        styles->is_inside = 1;
        return;
    }

    id = certctl_styles_id(attributes);

    if (id >= CERTCTL_STYLES_MAX) {
        return;
    }

    if (strcmp(name, "numFmt") == 0) {
        code = certctl_xml_attribute(attributes, "formatCode");

        if (code != NULL) {
            styles->customs[id] = certctl_styles_code(code);
        }

    } else if (styles->is_inside && strcmp(name, "xf") == 0
               && styles->n < CERTCTL_STYLES_MAX)
    {
        styles->kinds[styles->n++] = styles->customs[id];
    }
}


static void
certctl_styles_end(void *data, const char *name)
{
    certctl_styles_t *styles = data;

    if (strcmp(name, "cellXfs") == 0) {
        styles->is_inside = 0;
    }
}


/* The number of a number format; 0, the general one, if there is none. */
static unsigned long
certctl_styles_id(const char **attributes)
{
    const char  *text;

    text = certctl_xml_attribute(attributes, "numFmtId");

    return text != NULL ? strtoul(text, NULL, 10) : 0;
}


static uint8_t
certctl_styles_built_in(unsigned long id)
{
    return (id >= 14 && id <= 22) || (id >= 27 && id <= 36)
           || (id >= 50 && id <= 58) ? CERTCTL_STYLE_DATE
                                     : CERTCTL_STYLE_NUMBER;
}


/*
 * A code with a year or a day in it is a date, also as [$-804]yyyy"年"m"月";
 * one of zeros alone is a number of so many digits.
 */
static uint8_t
certctl_styles_code(const char *p)
{
    size_t       zeros;
    const char  *next;

    zeros = strspn(p, "0");

    if (zeros > 1 && zeros < 16 && (p[zeros] == '\0' || p[zeros] == ';')) {
        return (uint8_t) zeros;
    }

    for ( /* void */ ; *p != '\0' && *p != ';'; p = next) {
        next = certctl_styles_skip(p);

        if (next == p) {
            next = p + 1;

            if (strchr("yYdDeE", *p) != NULL && strncasecmp(p, "e+", 2) != 0
                && strncasecmp(p, "e-", 2) != 0)
            {
                return CERTCTL_STYLE_DATE;
            }
        }

        /* "General" has an "e", in whatever case. */
        if (strncasecmp(p, "general", 7) == 0) {
            next = p + 7;
        }
    }

    return CERTCTL_STYLE_NUMBER;
}


/* Behind what is shown as it is: "text", \c, _c, [colour]. */
static const char *
certctl_styles_skip(const char *p)
{
    const char  *end;

    if ((*p == '\\' || *p == '_' || *p == '*') && p[1] != '\0') {
        return p + 2;
    }

    if (*p != '"' && *p != '[') {
        return p;
    }

    end = strchr(p + 1, *p == '"' ? '"' : ']');

    return end != NULL ? end + 1 : p + strlen(p);
}

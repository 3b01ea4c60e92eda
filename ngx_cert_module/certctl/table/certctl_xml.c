/*
 * Copyright (C) the ngx_cert authors
 *
 * XML through expat, which pushes: a handler stops it, and the next call goes
 * on from there, so a sheet is read row by row in the memory of one.
 */


#include <stdlib.h>
#include <string.h>

#include <expat.h>

#include "certctl_xml.h"


/* Read at a time. */
#define CERTCTL_XML_CHUNK  65536

/* Expat 2.9 deprecates the function whose result is a long. */
#if (XML_MAJOR_VERSION > 2 || (XML_MAJOR_VERSION == 2                         \
                               && XML_MINOR_VERSION >= 9))
#define certctl_xml_index  XML_GetCurrentByteIndex64
#else
#define certctl_xml_index  XML_GetCurrentByteIndex
#endif

struct certctl_xml_s {
    XML_Parser                     parser;
    certctl_zip_t                 *zip;
    const certctl_xml_handlers_t  *handlers;
    void                          *data;
    unsigned                       depth;
    int                            is_paused;   /* in the middle of a chunk */
    int                            is_last;     /* the last chunk was given */
    uint64_t                       given;       /* bytes */
    cert_err_t                     err;         /* of a handler */
    const char                    *why;
};


static cert_err_t certctl_xml_step(certctl_xml_t *xml, cert_reason_t *reason);
static cert_err_t certctl_xml_status(certctl_xml_t *xml,
    enum XML_Status status, cert_reason_t *reason);
static void certctl_xml_start(void *data, const XML_Char *name,
    const XML_Char **attributes);
static void certctl_xml_end(void *data, const XML_Char *name);
static void certctl_xml_text(void *data, const XML_Char *text, int len);
static void certctl_xml_doctype(void *data, const XML_Char *name,
    const XML_Char *system, const XML_Char *public, int has_subset);
static const char *certctl_xml_local(const char *name);


certctl_xml_t *
certctl_xml_open(certctl_zip_t *zip, const certctl_xml_handlers_t *handlers,
    void *data)
{
    certctl_xml_t  *xml;

    xml = calloc(1, sizeof(certctl_xml_t));
    if (xml == NULL) {
        return NULL;
    }

    xml->parser = XML_ParserCreate(NULL);

    if (xml->parser == NULL) {
        free(xml);
        return NULL;
    }

    xml->zip = zip;
    xml->handlers = handlers;
    xml->data = data;

    XML_SetUserData(xml->parser, xml);
    XML_SetElementHandler(xml->parser, certctl_xml_start, certctl_xml_end);
    XML_SetStartDoctypeDeclHandler(xml->parser, certctl_xml_doctype);

    if (handlers->text != NULL) {
        XML_SetCharacterDataHandler(xml->parser, certctl_xml_text);
    }

    return xml;
}


void
certctl_xml_close(certctl_xml_t *xml)
{
    if (xml != NULL) {
        XML_ParserFree(xml->parser);
        free(xml);
    }
}


cert_err_t
certctl_xml_run(certctl_xml_t *xml, cert_reason_t *reason)
{
    cert_err_t  err;

    do {
        err = certctl_xml_step(xml, reason);
    } while (err == CERT_OK && !xml->is_paused);

    return err;
}


/* A chunk, or what is left of one; CERT_NOT_FOUND: that was the last. */
static cert_err_t
certctl_xml_step(certctl_xml_t *xml, cert_reason_t *reason)
{
    void        *buffer;
    size_t       n;
    cert_err_t   err;

    if (xml->is_paused) {
        xml->is_paused = 0;
        return certctl_xml_status(xml, XML_ResumeParser(xml->parser), reason);
    }

    /* A tag that is not closed is kept by expat, however long it gets. */

    if (xml->given - (uint64_t) certctl_xml_index(xml->parser)
        > CERTCTL_XML_TAG_MAX && xml->given > CERTCTL_XML_TAG_MAX)
    {
        cert_reason_set(reason, "it has a tag longer than %d bytes",
                        CERTCTL_XML_TAG_MAX);
        return CERT_INVALID;
    }

    buffer = XML_GetBuffer(xml->parser, CERTCTL_XML_CHUNK);

    if (buffer == NULL) {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    err = certctl_zip_read(xml->zip, buffer, CERTCTL_XML_CHUNK, &n, reason);
    if (err != CERT_OK) {
        return err;
    }

    xml->given += n;
    xml->is_last = n == 0;

    return certctl_xml_status(xml, XML_ParseBuffer(xml->parser, (int) n,
                                                   xml->is_last), reason);
}


static cert_err_t
certctl_xml_status(certctl_xml_t *xml, enum XML_Status status,
    cert_reason_t *reason)
{
    enum XML_Error  error;

    if (xml->err != CERT_OK) {
        cert_reason_set(reason, "%s", xml->why);
        return xml->err;
    }

    if (status == XML_STATUS_SUSPENDED) {
        xml->is_paused = 1;
        return CERT_OK;
    }

    if (status == XML_STATUS_OK) {
        return xml->is_last ? CERT_NOT_FOUND : CERT_OK;
    }

    error = XML_GetErrorCode(xml->parser);

    if (error == XML_ERROR_NO_MEMORY) {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    cert_reason_set(reason, "its XML is damaged: %.100s",
                    XML_ErrorString(error));

    return CERT_INVALID;
}


void
certctl_xml_pause(certctl_xml_t *xml)
{
    (void) XML_StopParser(xml->parser, XML_TRUE);
}


void
certctl_xml_fail(certctl_xml_t *xml, cert_err_t err, const char *why)
{
    if (xml->err == CERT_OK) {
        xml->err = err;
        xml->why = why;
        (void) XML_StopParser(xml->parser, XML_FALSE);
    }
}


static void
certctl_xml_start(void *data, const XML_Char *name,
    const XML_Char **attributes)
{
    certctl_xml_t *xml = data;

    if (++xml->depth > CERTCTL_XML_DEPTH_MAX) {
        certctl_xml_fail(xml, CERT_INVALID, "its XML has too many elements "
                         "within each other");
        return;
    }

    if (xml->handlers->start != NULL && xml->err == CERT_OK) {
        xml->handlers->start(xml->data, certctl_xml_local(name), attributes);
    }
}


static void
certctl_xml_end(void *data, const XML_Char *name)
{
    certctl_xml_t *xml = data;

    xml->depth--;

    if (xml->handlers->end != NULL && xml->err == CERT_OK) {
        xml->handlers->end(xml->data, certctl_xml_local(name));
    }
}


static void
certctl_xml_text(void *data, const XML_Char *text, int len)
{
    certctl_xml_t *xml = data;

    if (xml->err == CERT_OK) {
        xml->handlers->text(xml->data, text, (size_t) len);
    }
}


static void
certctl_xml_doctype(void *data, const XML_Char *name, const XML_Char *system,
    const XML_Char *public, int has_subset)
{
    (void) name;
    (void) system;
    (void) public;
    (void) has_subset;

    certctl_xml_fail(data, CERT_INVALID, "its XML has a document type, which "
                     "no spreadsheet writes");
}


static const char *
certctl_xml_local(const char *name)
{
    const char  *colon;

    colon = strrchr(name, ':');

    return colon != NULL ? colon + 1 : name;
}


const char *
certctl_xml_attribute(const char **attributes, const char *name)
{
    size_t  i;

    for (i = 0; attributes[i] != NULL; i += 2) {
        if (strcmp(certctl_xml_local(attributes[i]), name) == 0) {
            return attributes[i + 1];
        }
    }

    return NULL;
}


cert_err_t
certctl_xml_part(certctl_zip_t *zip, const char *name, uint64_t max,
    const certctl_xml_handlers_t *handlers, void *data,
    cert_reason_t *reason)
{
    cert_err_t      err;
    certctl_xml_t  *xml, **self;

    err = certctl_zip_begin(zip, name, max, reason);
    if (err != CERT_OK) {
        return err;
    }

    xml = certctl_xml_open(zip, handlers, data);
    if (xml == NULL) {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    /* Each reader of a whole part begins with the parser it may fail. */
    self = data;
    *self = xml;

    do {
        err = certctl_xml_run(xml, reason);
    } while (err == CERT_OK);

    *self = NULL;
    certctl_xml_close(xml);

    return err == CERT_NOT_FOUND ? CERT_OK : err;
}

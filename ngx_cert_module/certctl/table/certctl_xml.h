/*
 * Copyright (C) the ngx_cert authors
 *
 * A part of a workbook as XML, in pieces that the caller asks for.
 *
 * Elements and attributes go by the name behind the colon: programs choose
 * prefixes, and the two dialects of workbooks have other namespaces with the
 * same names in them.  A document type, where entities would be, is refused.
 */


#ifndef CERTCTL_XML_H_INCLUDED
#define CERTCTL_XML_H_INCLUDED


#include "certctl_zip.h"


/* Elements within each other. */
#define CERTCTL_XML_DEPTH_MAX  64

/* Longest tag with its attributes, in bytes. */
#define CERTCTL_XML_TAG_MAX    1048576

typedef struct certctl_xml_s  certctl_xml_t;

/*
 * What a reader does with elements and text, any of which may be NULL.  "data"
 * is its own; names live as long as the call.  Each may call pause and fail
 * below.
 */
typedef struct {
    void (*start)(void *data, const char *name, const char **attributes);
    void (*end)(void *data, const char *name);
    void (*text)(void *data, const char *text, size_t len);
} certctl_xml_handlers_t;


/* A parser of the part that "zip" has begun; NULL without memory. */
certctl_xml_t *certctl_xml_open(certctl_zip_t *zip,
    const certctl_xml_handlers_t *handlers, void *data);
void certctl_xml_close(certctl_xml_t *xml);

/*
 * Goes on until a handler pauses or the part ends.
 *
 *     CERT_OK         paused
 *     CERT_NOT_FOUND  the end
 *     CERT_INVALID    not XML, over the bounds, or what a handler failed with
 *
 * Others as certctl_zip_read(); the reason is half a sentence.
 */
cert_err_t certctl_xml_run(certctl_xml_t *xml, cert_reason_t *reason);

/* For handlers: run() returns; the second gives it error and reason. */
void certctl_xml_pause(certctl_xml_t *xml);
void certctl_xml_fail(certctl_xml_t *xml, cert_err_t err, const char *why);

/* The value of an attribute, without its prefix; NULL: it is not there. */
const char *certctl_xml_attribute(const char **attributes, const char *name);

/* Reads the whole part "name" of at most "max" bytes; errors as above. */
cert_err_t certctl_xml_part(certctl_zip_t *zip, const char *name, uint64_t max,
    const certctl_xml_handlers_t *handlers, void *data,
    cert_reason_t *reason);


#endif /* CERTCTL_XML_H_INCLUDED */

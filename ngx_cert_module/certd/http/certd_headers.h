/*
 * Copyright (C) the ngx_cert authors
 *
 * What comes in paths and headers, as pure functions of their text.
 *
 * Only nginx connects, but what it passes on is what a client sent: all but the
 * identity and the address may be anything.
 */


#ifndef CERTD_HEADERS_H_INCLUDED
#define CERTD_HEADERS_H_INCLUDED


#include "certd.h"


#define CERTD_COOKIE        "__Host-cert"
#define CERTD_ARGUMENT_MAX  CERT_NUMBER_MAX
#define CERTD_SEGMENT_MAX   (3 * CERTD_ARGUMENT_MAX)    /* each byte escaped */
#define CERTD_ADDRESS_MAX   64


/*
 * True if "path" is of "pattern", in which "*" is one whole segment that is
 * not empty: "raw" is what it stands for, still with its escapes.
 */
int certd_route_matches(const char *pattern, const char *path,
    cert_str_t *raw);

/*
 * Decodes a segment to at most CERTD_ARGUMENT_MAX bytes; "+" is itself.
 * CERT_INVALID: a bad escape, a zero byte, or longer than any number or code.
 */
cert_err_t certd_segment_decode(cert_str_t raw,
    uint8_t out[CERTD_SEGMENT_MAX], size_t *len);

/*
 * The cookie of a session in the value of a "Cookie" header.
 *
 *     CERT_OK
 *     CERT_NOT_FOUND  none
 *     CERT_INVALID    two of them: one was planted
 */
cert_err_t certd_cookie_find(const char *header, cert_str_t *value);

/*
 * True if the "Origin" of a request is our own site: that of "public_url", or
 * "host", the "Host" of the same request (may be NULL).  The default port of
 * the origin's scheme may stand in any of them.
 */
int certd_origin_is_own(const char *origin, const char *public_url,
    const char *host);

/* True for a "Sec-Fetch-Site" that a page of our own, or no page, has. */
int certd_fetch_is_own(const char *site);

/*
 * The client as nginx sees it: the last of a list of addresses.  Of IPv6 the
 * first half, since the other half is the client's to choose.  "text" backs
 * what is returned, which is empty for what is not an address, such as "unix:".
 */
cert_str_t certd_address_fold(const char *header,
    uint8_t text[CERTD_ADDRESS_MAX]);

/*
 * "cn:11010519491231002X", as the service that knows the person says it.  A
 * list of two is CERT_INVALID, as is anything else: the first is not chosen.
 */
cert_err_t certd_identity_parse(const char *header, cert_date_t today,
    cert_id_type_t *type, cert_text_t *id_number);

/* True for 1 to 128 printable characters of ASCII. */
int certd_idempotency_key_is_valid(const char *key);


#endif /* CERTD_HEADERS_H_INCLUDED */

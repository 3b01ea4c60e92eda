/*
 * Copyright (C) the ngx_cert authors
 *
 * What comes in paths and headers.
 *
 * All input may be hostile, behind nginx as well, which passes on what it was
 * sent unless its configuration sets it.  So what can be spelt in two ways is
 * brought into one form, what may come once and comes twice is refused, and
 * what cannot be read is never taken for a default.
 */


#include <arpa/inet.h>
#include <strings.h>

#include "cert_percent.h"
#include "cert_person.h"
#include "certd_headers.h"


#define CERTD_KEY_MAX  128      /* of an Idempotency-Key */


static size_t certd_origin_scheme(const char *url);
static int certd_origin_same(const char *a, const char *b, int is_tls);
static size_t certd_origin_host(const char *text, int is_tls);


/*
 * Byte by byte: what is spelt otherwise is another address, also where it
 * would mean the same.
 */
int
certd_route_matches(const char *pattern, const char *path, cert_str_t *raw)
{
    size_t  len;

    *raw = cert_str("");

    while (*pattern != '\0') {

        if (*pattern != '*') {
            if (*pattern++ != *path++) {
                return 0;
            }

            continue;
        }

        len = strcspn(path, "/");

        if (len == 0) {
            return 0;
        }

        *raw = (cert_str_t) { (const uint8_t *) path, len };
        path += len;
        pattern++;
    }

    return *path == '\0';
}


cert_err_t
certd_segment_decode(cert_str_t raw, uint8_t out[CERTD_SEGMENT_MAX],
    size_t *len)
{
    const char  *why;

    if (raw.len > CERTD_SEGMENT_MAX
        || cert_percent_decode(raw, 0, out, len, &why) != CERT_OK
        || *len > CERTD_ARGUMENT_MAX)
    {
        return CERT_INVALID;
    }

    return CERT_OK;
}


/* The name of a cookie is exact: case is a part of it. */
cert_err_t
certd_cookie_find(const char *header, cert_str_t *value)
{
    size_t      len, name_n;
    cert_err_t  err;

    err = CERT_NOT_FOUND;
    name_n = sizeof(CERTD_COOKIE) - 1;

    for ( ;; ) {
        header += strspn(header, " \t;");
        len = strcspn(header, ";");

        if (len == 0) {
            return err;
        }

        if (len > name_n && header[name_n] == '='
            && memcmp(header, CERTD_COOKIE, name_n) == 0)
        {
            if (err == CERT_OK) {
                return CERT_INVALID;
            }

            value->data = (const uint8_t *) header + name_n + 1;
            value->len = len - name_n - 1;
            err = CERT_OK;
        }

        header += len;
    }
}


/*
 * The scheme of a "Host" is not known here: nginx may end TLS before it.  So a
 * port of its own is the default one if it is that of the origin's scheme.
 */
int
certd_origin_is_own(const char *origin, const char *public_url,
    const char *host)
{
    int     is_tls;
    size_t  scheme, len;

    scheme = certd_origin_scheme(origin);
    len = scheme > 0 ? strcspn(origin + scheme, "/?#") : 0;

    /* "null", a path behind it, or no scheme that a page of ours has. */
    if (len == 0 || origin[scheme + len] != '\0') {
        return 0;
    }

    is_tls = scheme == sizeof("https://") - 1;

    if (certd_origin_scheme(public_url) == scheme
        && certd_origin_same(origin + scheme, public_url + scheme, is_tls))
    {
        return 1;
    }

    return host != NULL && certd_origin_same(origin + scheme, host, is_tls);
}


/* Bytes of "http://" or "https://" at the start of an address; 0: neither. */
static size_t
certd_origin_scheme(const char *url)
{
    return strncasecmp(url, "http://", 7) == 0 ? 7
           : strncasecmp(url, "https://", 8) == 0 ? 8 : 0;
}


/* Compares two hosts with their ports, up to a path. */
static int
certd_origin_same(const char *a, const char *b, int is_tls)
{
    size_t  len;

    len = certd_origin_host(a, is_tls);

    return len == certd_origin_host(b, is_tls) && strncasecmp(a, b, len) == 0;
}


/* Bytes of "host:port", without the port that the scheme has anyway. */
static size_t
certd_origin_host(const char *text, int is_tls)
{
    size_t       len, port_n;
    const char  *port;

    len = strcspn(text, "/?#");
    port = is_tls ? ":443" : ":80";
    port_n = strlen(port);

    if (len > port_n && memcmp(text + len - port_n, port, port_n) == 0) {
        len -= port_n;
    }

    return len;
}


/* "same-site" is another host of the same domain, and no page of ours. */
int
certd_fetch_is_own(const char *site)
{
    return strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0;
}


/*
 * Proxies append, so what is before the last comma may be anything the client
 * wrote.  A client that comes over a unix socket is "unix:" to nginx, and so is
 * everybody else there.
 */
cert_str_t
certd_address_fold(const char *header, uint8_t text[CERTD_ADDRESS_MAX])
{
    char             address[CERTD_ADDRESS_MAX];
    size_t           len;
    const char      *last;
    struct in_addr   in;
    struct in6_addr  in6;

    last = strrchr(header, ',');
    last = last != NULL ? last + 1 : header;
    last += strspn(last, " \t");

    len = strcspn(last, " \t");

    if (len >= sizeof(address)) {
        len = sizeof(address) - 1;
    }

    memcpy(address, last, len);
    address[len] = '\0';

    if (inet_pton(AF_INET, address, &in) == 1) {
        len = sizeof(in);
        memcpy(text, &in, len);

    } else if (inet_pton(AF_INET6, address, &in6) != 1) {
        len = 0;

    } else if (IN6_IS_ADDR_V4MAPPED(&in6)) {
        len = sizeof(in);
        memcpy(text, in6.s6_addr + sizeof(in6) - len, len);

    } else {
        len = sizeof(in6) / 2;
        memcpy(text, &in6, len);
    }

    return (cert_str_t) { text, len };
}


/*
 * Only "cn" has a check digit; for the other documents a list, and anything
 * that could be one, is refused.
 */
cert_err_t
certd_identity_parse(const char *header, cert_date_t today,
    cert_id_type_t *type, cert_text_t *id_number)
{
    const char  *number;
    cert_str_t   name;

    number = strchr(header, ':');

    if (number == NULL || strpbrk(header, ", \t;") != NULL) {
        return CERT_INVALID;
    }

    name = (cert_str_t) { (const uint8_t *) header,
                          (size_t) (number - header) };
    number++;

    if (cert_id_type_parse(type, name) != CERT_OK
        || cert_id_number_fold(id_number, cert_strz(number), NULL) != CERT_OK)
    {
        return CERT_INVALID;
    }

    if (*type != CERT_ID_CN) {
        return CERT_OK;
    }

    return cert_id_number_check_cn((cert_str_t) { (uint8_t *) id_number->data,
                                                  id_number->len },
                                   today, NULL, NULL);
}


/* A blank in it is allowed: some clients take the time of day. */
int
certd_idempotency_key_is_valid(const char *key)
{
    size_t  i;

    for (i = 0; key[i] != '\0'; i++) {
        if (key[i] < ' ' || key[i] > '~' || i == CERTD_KEY_MAX) {
            return 0;
        }
    }

    return i > 0;
}

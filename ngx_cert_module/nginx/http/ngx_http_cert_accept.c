/*
 * Copyright (C) the ngx_cert authors
 *
 * Does the client prefer the page?  Accept as RFC 9110, section 12.5.1, for
 * the two types that there are: the most specific range that covers a type
 * gives its weight.  Without the header, and in a tie, the answer is JSON.
 * Parameters other than "q" are ignored; an element that is malformed is too.
 *
 * Rejected: nginx's "map" of $http_accept to the page.  A regular expression
 * compares no weights and knows no precedence: one that knows wildcards and
 * q=0 is still wrong in 16 of the 49 cases of t/30-page.t.  Before nginx 1.23
 * the variable has only the first of several headers.  Every operator would
 * have to copy the expression, and it costs more: 3,600 instructions for the
 * header of a browser, not 2,400; a client without the header costs 60 here.
 */


#include "ngx_http_cert_answer.h"


/* How much a media range says of a type: "text/html", "text/any", "any". */
#define NGX_HTTP_CERT_EXACT    3
#define NGX_HTTP_CERT_SUBTYPE  2
#define NGX_HTTP_CERT_ANY      1


typedef struct {
    ngx_str_t    type;
    ngx_str_t    major;     /* with its slash */
    ngx_uint_t   rank;
    ngx_uint_t   weight;    /* in thousandths */
} ngx_http_cert_media_t;


static void ngx_http_cert_accept_value(ngx_str_t *value,
    ngx_http_cert_media_t *html, ngx_http_cert_media_t *json);
static void ngx_http_cert_accept_range(ngx_str_t *range, ngx_uint_t weight,
    ngx_http_cert_media_t *media);
static ngx_int_t ngx_http_cert_accept_weight(ngx_str_t *params);
static ngx_str_t ngx_http_cert_accept_cut(ngx_str_t *rest, u_char at);


ngx_uint_t
ngx_http_cert_prefers_html(ngx_http_request_t *r)
{
    ngx_uint_t              i;
    ngx_list_part_t        *part;
    ngx_table_elt_t        *header;
    ngx_http_cert_media_t   html, json;

    ngx_memzero(&html, sizeof(ngx_http_cert_media_t));
    ngx_str_set(&html.type, "text/html");
    ngx_str_set(&html.major, "text/");

    ngx_memzero(&json, sizeof(ngx_http_cert_media_t));
    ngx_str_set(&json.type, "application/json");
    ngx_str_set(&json.major, "application/");

    part = &r->headers_in.headers.part;
    header = part->elts;

    for (i = 0; /* void */ ; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                break;
            }

            part = part->next;
            header = part->elts;
            i = 0;
        }

        if (header[i].key.len == sizeof("Accept") - 1
            && ngx_strncasecmp(header[i].key.data, (u_char *) "Accept",
                               sizeof("Accept") - 1)
               == 0)
        {
            ngx_http_cert_accept_value(&header[i].value, &html, &json);
        }
    }

    return html.weight > json.weight;
}


static void
ngx_http_cert_accept_value(ngx_str_t *value, ngx_http_cert_media_t *html,
    ngx_http_cert_media_t *json)
{
    ngx_int_t  weight;
    ngx_str_t  rest, element, range;

    rest = *value;

    while (rest.len) {
        element = ngx_http_cert_accept_cut(&rest, ',');
        range = ngx_http_cert_accept_cut(&element, ';');

        weight = ngx_http_cert_accept_weight(&element);

        if (weight == NGX_ERROR) {
            continue;
        }

        ngx_http_cert_accept_range(&range, weight, html);
        ngx_http_cert_accept_range(&range, weight, json);
    }
}


static void
ngx_http_cert_accept_range(ngx_str_t *range, ngx_uint_t weight,
    ngx_http_cert_media_t *media)
{
    ngx_uint_t  rank;

    if (range->len == media->type.len
        && ngx_strncasecmp(range->data, media->type.data, range->len) == 0)
    {
        rank = NGX_HTTP_CERT_EXACT;

    } else if (range->len == media->major.len + 1
               && range->data[range->len - 1] == '*'
               && ngx_strncasecmp(range->data, media->major.data,
                                  media->major.len)
                  == 0)
    {
        rank = NGX_HTTP_CERT_SUBTYPE;

    } else if (range->len == 3 && ngx_strncmp(range->data, "*/*", 3) == 0) {
        rank = NGX_HTTP_CERT_ANY;

    } else {
        return;
    }

    if (rank > media->rank
        || (rank == media->rank && weight > media->weight))
    {
        media->rank = rank;
        media->weight = weight;
    }
}


/* The weight among ";"-separated parameters, 1000 without one. */
static ngx_int_t
ngx_http_cert_accept_weight(ngx_str_t *params)
{
    ngx_int_t  weight;
    ngx_str_t  param, name;

    weight = 1000;

    while (params->len) {
        param = ngx_http_cert_accept_cut(params, ';');
        name = ngx_http_cert_accept_cut(&param, '=');

        if (name.len != 1 || ngx_tolower(name.data[0]) != 'q') {
            continue;
        }

        /* At most "0.123"; ngx_atofp() reads thousandths. */

        if (param.len > sizeof("0.123") - 1) {
            return NGX_ERROR;
        }

        weight = ngx_atofp(param.data, param.len, 3);

        if (weight == NGX_ERROR || weight > 1000) {
            return NGX_ERROR;
        }
    }

    return weight;
}


/*
 * The part of "*rest" before "at", without white space around it; "*rest"
 * goes on after it, or is empty.
 */
static ngx_str_t
ngx_http_cert_accept_cut(ngx_str_t *rest, u_char at)
{
    u_char     *mark, *last;
    ngx_str_t   part;

    part = *rest;
    last = rest->data + rest->len;

    mark = ngx_strlchr(rest->data, last, at);

    if (mark) {
        part.len = mark - rest->data;
        rest->data = mark + 1;

    } else {
        rest->data = last;
    }

    rest->len = last - rest->data;

    while (part.len && (part.data[0] == ' ' || part.data[0] == '\t')) {
        part.data++;
        part.len--;
    }

    while (part.len && (part.data[part.len - 1] == ' '
                        || part.data[part.len - 1] == '\t'))
    {
        part.len--;
    }

    return part;
}

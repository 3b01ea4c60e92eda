/*
 * Copyright (C) the ngx_cert authors
 *
 * The certificates of the requester as a JSON list: of the account and of all
 * its links, which are other documents of the same person.
 */


#ifndef CERTD_LIST_H_INCLUDED
#define CERTD_LIST_H_INCLUDED


#include "certd_json.h"


/*
 * Adds to "json", which is what certd_json_certificate() makes, what a route
 * shows besides.  "certificate" has its person.  Errors as in certd_holdings.h.
 */
typedef cert_err_t (*certd_list_fill_pt)(certd_request_t *r,
    const cert_certificate_t *certificate, int needs_annotation,
    json_t **json);


/*
 * Makes the list; needs a reader.  Without the keys of the persons, or when one
 * certificate cannot be read, the request is refused and the list is not cut.
 * False: it was answered, and "place" named in the log.  True: "list" is the
 * caller's to give up, and may be NULL for want of memory, which certd_answer()
 * takes.
 */
int certd_list_make(certd_request_t *r, const char *place,
    certd_list_fill_pt fill, json_t **list);


#endif /* CERTD_LIST_H_INCLUDED */

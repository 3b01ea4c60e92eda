/*
 * Copyright (C) the ngx_cert authors
 *
 * Links: where a token is used, an address of the public server.
 */


#ifndef CERT_LINK_H_INCLUDED
#define CERT_LINK_H_INCLUDED


#include "cert_policy.h"
#include "cert_token.h"


#define CERT_LINK_SIZE                                                        \
    (CERT_URL_MAX + sizeof("/download/") - 1 + CERT_TOKEN_TEXT_SIZE)


/*
 * PUBLIC_URL/view/TOKEN or PUBLIC_URL/download/TOKEN, terminated.  A secret as
 * its token is: wipe it.
 */
void cert_link_format(const cert_policy_t *policy, cert_right_t right,
    const char token[CERT_TOKEN_TEXT_SIZE], char link[CERT_LINK_SIZE]);


#endif /* CERT_LINK_H_INCLUDED */

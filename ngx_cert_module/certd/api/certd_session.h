/*
 * Copyright (C) the ngx_cert authors
 *
 * The requester: the holder, and the client's address.
 */


#ifndef CERTD_SESSION_H_INCLUDED
#define CERTD_SESSION_H_INCLUDED


#include "certd_request.h"


/*
 * Finds the holder, by the session of the cookie or by the header of a trusted
 * service; needs a reader.  False: there is none that may use the route, and it
 * was answered.
 */
int certd_session_find(certd_request_t *r);

/*
 * True if a POST comes from a page of our own, or from a program that is not a
 * browser.  Needs the policy.  False: it was answered.
 */
int certd_session_is_own_site(certd_request_t *r);

/*
 * The digest of the session in the cookie, if it is one that was made here;
 * it may be over.  Needs a reader.  False: there is none.
 */
int certd_session_digest(certd_request_t *r,
    uint8_t digest[CERT_SHA256_SIZE]);

/* Has the browser keep the token; NULL: forget it. */
void certd_session_cookie(certd_request_t *r, const char *token);

/*
 * The client's address for certd_throttle.h; "text" backs it.  Empty: nginx
 * does not tell, and then failures are not counted by address.
 */
cert_str_t certd_session_client(certd_request_t *r,
    uint8_t text[CERTD_ADDRESS_MAX]);


#endif /* CERTD_SESSION_H_INCLUDED */

/*
 * Copyright (C) the ngx_cert authors
 *
 * Private to core/.
 */


#ifndef CERT_PATTERNS_INT_H_INCLUDED
#define CERT_PATTERNS_INT_H_INCLUDED


#include "cert.h"


/* CERT_INVALID: the pattern does not compile, the reason says where. */
cert_err_t cert_patterns_check(cert_str_t pattern, cert_reason_t *reason);


#endif /* CERT_PATTERNS_INT_H_INCLUDED */

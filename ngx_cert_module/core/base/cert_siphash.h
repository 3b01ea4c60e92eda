/*
 * Copyright (C) the ngx_cert authors
 *
 * A keyed hash of short texts, for tables.
 */


#ifndef CERT_SIPHASH_H_INCLUDED
#define CERT_SIPHASH_H_INCLUDED


#include "cert.h"


/*
 * SipHash-2-4 of "first" and then "text".  Without the key it cannot be told
 * which texts share an entry of a table.  The words are those of this
 * machine, so a hash means nothing on another one, nor without its key.
 */
uint64_t cert_siphash(const uint64_t key[2], uint64_t first,
    cert_str_t text);


#endif /* CERT_SIPHASH_H_INCLUDED */

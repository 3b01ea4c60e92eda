/*
 * Copyright (C) the ngx_cert authors
 *
 * Password hashes: crypt(3) of libxcrypt, a few at a time.
 *
 * A hash takes some 150 ms of a core and 128 MiB on purpose.  So at most so
 * many run at once, others wait for their turn within bounds (certd_turns.h),
 * and a caller beyond them is told when to come back.  A login that is refused
 * has had a hash of today's kind made for it, whether its name is known or not.
 */


#ifndef CERTD_HASHES_H_INCLUDED
#define CERTD_HASHES_H_INCLUDED


#include "cert_holder.h"
#include "cert_password.h"
#include "certd.h"
#include "certd_turns.h"


/*
 * Makes one hash, to know what it takes.  NULL: no memory, or the system's
 * crypt() has no yescrypt (logged).  destroy: when no thread uses them; NULL is
 * allowed.
 */
certd_hashes_t *certd_hashes_create(unsigned at_once, unsigned waiting);
void certd_hashes_destroy(certd_hashes_t *hashes);

/*
 * A new hash of "password" (bytes as they came, without a zero among them).
 * Waits for its turn.
 *
 *     CERT_OK
 *     CERT_INVALID    empty, longer than CERT_PASSWORD_BYTES_MAX, or with a
 *                     zero in it
 *     CERT_BUSY       no turn, and no work was done: "turn" tells why
 *     CERT_NO_MEMORY
 */
cert_err_t certd_hash_make(certd_hashes_t *hashes, certd_turn_t *turn,
    cert_str_t password, char hash[CERT_PASSWORD_MAX + 1]);

/*
 * Compares in constant time.  CERT_DENIED always costs at least one hash of
 * today's kind: for an unknown name ("hash" NULL), for an impossible password,
 * and, besides its own work, for a hash of another method, a cheaper one or one
 * that crypt(3) cannot read.  "is_old" tells after CERT_OK that the hash should
 * be replaced: it is of another method, or cheaper than one of today.
 *
 *     CERT_OK         it is the one
 *     CERT_DENIED     it is not
 *     CERT_BUSY       no turn, and no work was done: "turn" tells why
 *     CERT_NO_MEMORY
 */
cert_err_t certd_hash_verify(certd_hashes_t *hashes, certd_turn_t *turn,
    cert_str_t password, const char *hash, int *is_old);

/* How many wait for their turn. */
uint64_t certd_hashes_waiting(certd_hashes_t *hashes);


#endif /* CERTD_HASHES_H_INCLUDED */

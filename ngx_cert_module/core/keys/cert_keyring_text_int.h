/*
 * Copyright (C) the ngx_cert authors
 *
 * A keyring as text.  Private to core/.
 */


#ifndef CERT_KEYRING_TEXT_INT_H_INCLUDED
#define CERT_KEYRING_TEXT_INT_H_INCLUDED


#include "cert_keyring_int.h"


/* "255 personal retired 2026-01-01T00:00:00Z", 44 characters, line end. */
#define CERT_KEYRING_LINE_MAX  96

/* Room for a full keyring: a longer text is not a keyring. */
#define CERT_KEYRING_TEXT_MAX                                                 \
    (CERT_KEY_USES * CERT_KEY_IDS * CERT_KEYRING_LINE_MAX)


/*
 * Adds the keys of a text, or some of them on CERT_INVALID: meant for an
 * empty keyring that is thrown away then.
 */
cert_err_t cert_keyring_parse(cert_keyring_t *ring, cert_str_t text,
    cert_reason_t *reason);

/* Writes the keys of the uses as text and returns its length. */
size_t cert_keyring_format(const cert_keyring_t *ring, unsigned uses,
    char text[CERT_KEYRING_TEXT_MAX]);


#endif /* CERT_KEYRING_TEXT_INT_H_INCLUDED */

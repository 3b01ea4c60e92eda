/*
 * Copyright (C) the ngx_cert authors
 *
 * Keyring files.
 */


#include "cert_keyring_text_int.h"
#include "fuzz.h"

#include "cert_keyring_int.h"


static void
is_written_so(cert_keyring_t *ring)
{
    size_t           len;
    cert_keyring_t  *other;

    static char      text[CERT_KEYRING_TEXT_MAX];
    static char      again[CERT_KEYRING_TEXT_MAX];

    len = cert_keyring_format(ring, CERT_KEYS_PUBLIC | CERT_KEYS_PRIVATE,
                              text);

    other = cert_keyring_create();
    must(other != NULL);
    must(cert_keyring_parse(other,
                            (cert_str_t) { (const uint8_t *) text, len }, NULL)
         == CERT_OK);
    must(cert_keyring_format(other, CERT_KEYS_PUBLIC | CERT_KEYS_PRIVATE,
                             again)
         == len);
    must(memcmp(text, again, len) == 0);
    cert_keyring_destroy(other);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cert_keyring_t   *ring;
    cert_key_info_t   info;

    ring = cert_keyring_create();
    must(ring != NULL);

    if (cert_keyring_parse(ring, (cert_str_t) { data, size }, NULL) == CERT_OK
        && cert_keyring_info(ring, 0, &info) == CERT_OK)
    {
        must(info.id != 0 && info.use < CERT_KEY_USES);
        is_written_so(ring);
    }

    cert_keyring_destroy(ring);

    return 0;
}

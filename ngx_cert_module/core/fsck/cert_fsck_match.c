/*
 * Copyright (C) the ngx_cert authors
 *
 * The whole-store check of the entries that the three-way match looks for.
 *
 * An entry shows its number and leads to a certificate; what it hides can be
 * verified from the certificate alone, by the person in it.
 */


#include "cert_fsck_int.h"
#include "cert_lookup_int.h"
#include "cert_match_int.h"


static int cert_fsck_number(cert_str_t key, cert_str_t *number);
static int cert_fsck_digests(cert_keyring_t *ring, cert_str_t number,
    const cert_person_t *person, const cert_match_t *match);


/* An entry.  Its certificate says what the digests in it should be. */
cert_err_t
cert_fsck_match(void *data, cert_str_t key, cert_str_t value)
{
    cert_fsck_t   *fsck = data;

    cert_str_t     payload, number;
    cert_match_t   match;

    if (cert_fsck_unseal(fsck, key, value, &payload) == NULL) {
        return CERT_OK;
    }

    if (cert_match_decode(&match, payload) != CERT_OK
        || !cert_fsck_number(key, &number))
    {
        cert_fsck_find(fsck, key, "is not laid out as an entry");
        return CERT_OK;
    }

    cert_fsck_expect(fsck, key, CERT_DB_CERTIFICATE, number, NULL,
                     "leads to no certificate");

    return CERT_OK;
}


/* False if the form is not that of the number behind it. */
static int
cert_fsck_number(cert_str_t key, cert_str_t *number)
{
    cert_text_t     form;
    const uint8_t  *end;

    end = memchr(key.data, '\0', key.len);

    if (end == NULL) {
        return 0;
    }

    number->data = end + 1;
    number->len = key.len - (size_t) (end + 1 - key.data);

    return number->len <= CERT_NUMBER_MAX
           && cert_form_number(&form, *number)
           && cert_match_key_is_of(key, &form, number);
}


void
cert_fsck_matched(cert_fsck_t *fsck, cert_str_t number,
    const cert_person_t *person)
{
    uint8_t       key[CERT_MATCH_KEY_MAX];
    cert_str_t    value;
    cert_text_t   form;
    cert_match_t  match;

    if (number.len > CERT_NUMBER_MAX) {
        return;
    }

    (void) cert_form_number(&form, number);

    if (cert_lookup_raw(fsck->store, fsck->txn, CERT_DB_MATCH,
                        cert_match_key(key, &form, number), &value)
        != CERT_OK)
    {
        cert_fsck_find(fsck, number, "is not listed by its match form");
        return;
    }

    fsck->totals->entries++;

    /* What does not verify is reported with the entry, and not again here. */
    if (person == NULL || value.len != CERT_MATCH_SIZE + CERT_SEAL_SIZE) {
        return;
    }

    value.len -= CERT_SEAL_SIZE;

    if (cert_match_decode(&match, value) == CERT_OK
        && !cert_fsck_digests(fsck->store->ring, number, person, &match))
    {
        cert_fsck_find(fsck, number, "has the match digest of another person");
    }
}


/* Made once more, under the key of the entry. */
static int
cert_fsck_digests(cert_keyring_t *ring, cert_str_t number,
    const cert_person_t *person, const cert_match_t *match)
{
    int           is_equal;
    cert_forms_t  forms;
    cert_match_t  made;

    cert_forms_make(&forms, number, person);
    made.key = match->key;

    is_equal = match->key != 0
               && cert_match_make(ring, number, &forms, &made) == CERT_OK
               && cert_crypto_is_equal(made.all, match->all, CERT_SHA256_SIZE)
               && cert_crypto_is_equal(made.name, match->name,
                                       CERT_SHA256_SIZE);

    cert_crypto_wipe(&forms, sizeof(forms));

    return is_equal;
}

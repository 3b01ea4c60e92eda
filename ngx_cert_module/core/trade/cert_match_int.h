/*
 * Copyright (C) the ngx_cert authors
 *
 * What the three-way match looks for: the match forms of a certificate, and
 * the entry of CERT_DB_MATCH that holds digests over them.  Private to core/.
 *
 * A certificate is stored and printed as it was imported, and compared by its
 * match forms (cert_fold.h).  A key of the database is the match form of the
 * number, a zero, and the number as it is printed; so all spellings of a number
 * lead to one place, and numbers that differ in spelling alone stand there one
 * after the other.
 */


#ifndef CERT_MATCH_INT_H_INCLUDED
#define CERT_MATCH_INT_H_INCLUDED


#include "cert_bytes_int.h"
#include "cert_crypto_int.h"
#include "cert_fold.h"
#include "cert_record.h"


/* Form, 0 and number of a stored certificate; a question's may be longer. */
#define CERT_MATCH_KEY_MAX  (CERT_TEXT_MAX + 1 + CERT_NUMBER_MAX)

/* Format, key, two digests; without the seal. */
#define CERT_MATCH_SIZE     (1 + 1 + 2 * CERT_SHA256_SIZE)

/* Of a certificate, or of what is asked. */
typedef struct {
    cert_text_t  number;
    cert_text_t  name;
    cert_text_t  id_number;
} cert_forms_t;

/* An entry of the database. */
typedef struct {
    uint8_t  key;                       /* id, of the use "match" */
    uint8_t  all[CERT_SHA256_SIZE];     /* over the three forms */
    uint8_t  name[CERT_SHA256_SIZE];    /* of the name in this certificate */
} cert_match_t;


/*
 * Sets the form of one text, which owns its bytes.  What cannot be folded is
 * its own form: one that was stored is found by the same bytes.  True; false if
 * not even that fits, and the form is cut.
 */
int cert_form_number(cert_text_t *form, cert_str_t number);
int cert_form_name(cert_text_t *form, cert_str_t name);
int cert_form_id_number(cert_text_t *form, cert_str_t id_number);

/* All three, of a person in the certificate "number". */
void cert_forms_make(cert_forms_t *forms, cert_str_t number,
    const cert_person_t *person);

/* Form, 0 and number; "number" has at most CERT_NUMBER_MAX bytes. */
cert_str_t cert_match_key(uint8_t key[CERT_MATCH_KEY_MAX],
    const cert_text_t *form, cert_str_t number);

/* True if "key" starts with the form and a zero; sets the number behind it. */
int cert_match_key_is_of(cert_str_t key, const cert_text_t *form,
    cert_str_t *number);

/*
 * The digest over all three, and that of a name in the certificate "number", as
 * printed; under key "*id", or the active one, which it then names, when it
 * is 0.
 */
cert_err_t cert_match_digest(cert_keyring_t *ring, uint8_t *id,
    const cert_forms_t *forms, uint8_t digest[CERT_SHA256_SIZE]);
cert_err_t cert_match_name_digest(cert_keyring_t *ring, uint8_t *id,
    cert_str_t number, const cert_text_t *name,
    uint8_t digest[CERT_SHA256_SIZE]);

/* Both, under match->key as above. */
cert_err_t cert_match_make(cert_keyring_t *ring, cert_str_t number,
    const cert_forms_t *forms, cert_match_t *match);

void cert_match_encode(cert_writer_t *w, const cert_match_t *match);

/* CERT_CORRUPT: not laid out as an entry; "match" is unspecified. */
cert_err_t cert_match_decode(cert_match_t *match, cert_str_t payload);


#endif /* CERT_MATCH_INT_H_INCLUDED */

/*
 * Copyright (C) the ngx_cert authors
 *
 * The three-way match: number, name and document.
 *
 * Nobody is to learn from an answer which of the three was wrong, above all not
 * whether a number is somebody's; and the time of an answer is part of it.  So
 * there is one way through this file.  A number that is there costs its record
 * and the proof of a place in the index that nothing stands at, the one behind
 * it; one that is not there costs the nearest record and the proof of its own
 * place.
 *
 * Rejected: arithmetic of about the same length where something was spared.  It
 * came near, but 1.7 us are told apart in a thousand requests.
 */


#include "cert_check_int.h"
#include "cert_lookup_int.h"


typedef struct {
    cert_text_t  number;
    cert_text_t  name;
    cert_text_t  id_number;
    int          can_match;     /* all three are well-formed */
} cert_claim_t;


static void cert_claim_fold(cert_claim_t *claim,
    const cert_question_t *question);
static cert_err_t cert_match_find(cert_reader_t *reader, cert_str_t number,
    cert_verdict_t *verdict, cert_hidden_t *hidden);
static cert_err_t cert_match_place(cert_reader_t *reader, cert_str_t number,
    int is_there);


/*
 * The digest over all three is compared at once, in constant time and before
 * can_match is looked at.  It is made under the key that the record names:
 * after a rotation there are two.
 */
cert_err_t
cert_check_match(cert_reader_t *reader, const cert_question_t *question,
    cert_verdict_t *verdict)
{
    uint8_t         digest[CERT_SHA256_SIZE];
    cert_err_t      err;
    cert_claim_t    claim;
    cert_hidden_t   hidden;
    cert_store_t   *store;

    err = cert_check_begin(reader, verdict);
    if (err != CERT_OK) {
        return err;
    }

    store = reader->store;
    memset(&hidden, 0, sizeof(hidden));
    cert_claim_fold(&claim, question);

    err = cert_match_find(reader, cert_text_str(&claim.number), verdict,
                          &hidden);

    cert_reader_end(reader);

    if (err == CERT_NOT_FOUND) {
        claim.can_match = 0;

    } else if (err != CERT_OK) {
        goto done;
    }

    err = cert_match_digest(store->ring, &hidden.match_key,
                            cert_text_str(&claim.number),
                            cert_text_str(&claim.id_number),
                            cert_text_str(&claim.name), digest);
    if (err != CERT_OK) {
        goto done;
    }

    if (!cert_crypto_is_equal(digest, hidden.match, CERT_SHA256_SIZE)
        || !claim.can_match)
    {
        err = CERT_NOT_FOUND;
        goto done;
    }

    verdict->has_certificate = 1;
    verdict->names_successor = 1;
    verdict->result = cert_status_results[verdict->facts->status];

done:

    /* A document number was in it, which public workers never keep. */
    cert_crypto_wipe(&claim, sizeof(claim));
    cert_crypto_wipe(digest, sizeof(digest));

    return err;
}


/* What cannot be folded cannot match; it is looked up all the same. */
static void
cert_claim_fold(cert_claim_t *claim, const cert_question_t *question)
{
    const char  *why;

    memset(claim, 0, sizeof(*claim));

    claim->can_match =
        cert_text_fold(&claim->number, question->number, CERT_NUMBER_MAX,
                       &why) == CERT_OK
        && claim->number.len != 0
        && cert_name_fold(&claim->name, question->name, &why) == CERT_OK
        && cert_id_number_fold(&claim->id_number, question->id_number, &why)
           == CERT_OK;
}


/*
 * The record of the number, or the nearest one with CERT_NOT_FOUND, which the
 * caller compares as well.  Of an empty store there is none: "hidden" stays.
 */
static cert_err_t
cert_match_find(cert_reader_t *reader, cert_str_t number,
    cert_verdict_t *verdict, cert_hidden_t *hidden)
{
    int         is_there;
    cert_err_t  err, place;
    cert_str_t  at, payload;

    err = cert_store_nearest(reader->store, reader->txn, CERT_DB_CERTIFICATE,
                             number, &at, &payload);

    if (err == CERT_OK) {
        err = cert_certificate_decode(&verdict->record, hidden, payload);
    }

    if (err != CERT_OK) {
        return err;
    }

    is_there = cert_str_is_equal(at, number);
    place = cert_match_place(reader, number, is_there);

    /* Who is there is not to suffer from a neighbour that is damaged. */
    return is_there ? CERT_OK : place;
}


/* That nothing stands at the number, or right behind it if it is there. */
static cert_err_t
cert_match_place(cert_reader_t *reader, cert_str_t number, int is_there)
{
    uint8_t  key[CERT_NUMBER_MAX + 1];

    memcpy(key, number.data, number.len);
    key[number.len] = 0;

    return cert_store_absent(reader->store, reader->txn, CERT_DB_CERTIFICATE,
                             (cert_str_t) { key,
                                            number.len + (is_there != 0) });
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * The whole-store check of certificates, annotations and photos.
 *
 * Each visitor checks one entry from both sides: what it leads to must be there
 * and say the same, and what must lead to it is looked up.  So of two that
 * disagree, the finding tells which one exists without the other.
 *
 * What the personal key opens is checked only where it is held; with the public
 * keys alone the seals, indexes and annotations are, which is what a check
 * depends on.  A decrypted person is wiped before the next entry.
 */


#include "cert_annotation.h"
#include "cert_fsck_int.h"
#include "cert_holder.h"
#include "cert_list_int.h"
#include "cert_lookup_int.h"


static void cert_fsck_successor(cert_fsck_t *fsck, cert_str_t key,
    cert_str_t number);
static void cert_fsck_person(cert_fsck_t *fsck, cert_str_t key,
    cert_certificate_t *certificate, const cert_hidden_t *hidden);
static void cert_fsck_paths(cert_fsck_t *fsck, cert_str_t key,
    const cert_annotation_t *annotation, cert_str_t number);
static void cert_fsck_copy(cert_fsck_t *fsck, cert_str_t key,
    const cert_facts_t *facts);
static int cert_facts_are_equal(const cert_facts_t *a,
    const cert_facts_t *b);


/*
 * A certificate.  The number in its facts has to be its key: the seal binds the
 * record to the key, and the number is what gets printed.
 */
cert_err_t
cert_fsck_certificate(void *data, cert_str_t key, cert_str_t value)
{
    cert_fsck_t         *fsck = data;

    cert_str_t           payload;
    cert_hidden_t        hidden;
    cert_certificate_t   certificate;

    if (cert_fsck_unseal(fsck, key, value, &payload) == NULL) {
        return CERT_OK;
    }

    if (cert_certificate_decode(&certificate, &hidden, payload) != CERT_OK
        || !cert_str_is_equal(certificate.facts.number, key))
    {
        cert_fsck_find(fsck, key, "is not laid out as a certificate");
        return CERT_OK;
    }

    if (certificate.facts.status == CERT_STATUS_REPLACED
        && certificate.facts.replaced_by.len != 0)
    {
        cert_fsck_successor(fsck, key, certificate.facts.replaced_by);
    }

    if (key.len <= CERT_NUMBER_MAX
        && cert_walk_annotations(fsck->store, fsck->txn, key, NULL, NULL)
           == CERT_CORRUPT)
    {
        cert_fsck_find(fsck, key, "does not lead to all its copies");
    }

    if (certificate.has_photo) {
        cert_fsck_expect(fsck, key, CERT_DB_PHOTO, key, NULL,
                         "says that it has a photo, which is missing");
    }

    if (cert_keyring_has(fsck->store->ring, CERT_KEY_PERSONAL)) {
        cert_fsck_person(fsck, key, &certificate, &hidden);

    } else {
        cert_fsck_matched(fsck, key, NULL);
    }

    return CERT_OK;
}


/* In any spelling: an import may name one that it brings later. */
static void
cert_fsck_successor(cert_fsck_t *fsck, cert_str_t key, cert_str_t number)
{
    cert_text_t  printed;

    if (cert_lookup_number(fsck->store, fsck->txn, number, &printed)
        != CERT_OK)
    {
        cert_fsck_find(fsck, key, "names a successor that does not exist");
        return;
    }

    fsck->totals->entries++;
}


/* The personal part, and all that is derived from it. */
static void
cert_fsck_person(cert_fsck_t *fsck, cert_str_t key,
    cert_certificate_t *certificate, const cert_hidden_t *hidden)
{
    uint8_t          index[CERT_HOLDER_SIZE + CERT_NUMBER_MAX];
    cert_str_t       empty;
    cert_text_t      masked;
    cert_holder_t    holder;
    cert_person_t   *person;
    cert_keyring_t  *ring;

    ring = fsck->store->ring;
    person = &certificate->person;

    if (cert_person_reveal(ring, key, hidden, person) != CERT_OK) {
        cert_fsck_find(fsck, key, "has a personal part that does not open");
        return;
    }

    cert_name_mask(&masked, cert_text_str(&person->name));

    if (!cert_str_is_equal(cert_text_str(&masked),
                           certificate->facts.masked_name))
    {
        cert_fsck_find(fsck, key, "has a mask of another name");
    }

    cert_fsck_matched(fsck, key, person);

    /*
     * Without the "lookup" key the index of holders cannot be checked: that is
     * not a finding.
     */
    if (cert_holder_make(ring, person->id_type,
                         cert_text_str(&person->id_number), &holder)
        == CERT_OK
        && key.len <= CERT_NUMBER_MAX)
    {
        memcpy(index, holder.bytes, CERT_HOLDER_SIZE);
        memcpy(index + CERT_HOLDER_SIZE, key.data, key.len);
        empty = cert_str("");

        cert_fsck_expect(fsck, key, CERT_DB_HOLDER_CERTIFICATE,
                         (cert_str_t) { index, CERT_HOLDER_SIZE + key.len },
                         &empty, "is not listed for its holder");
    }

    cert_crypto_wipe(person, sizeof(*person));
}


/* An annotation, the facts it carries, and the file that should be there. */
cert_err_t
cert_fsck_annotation(void *data, cert_str_t key, cert_str_t value)
{
    cert_fsck_t         *fsck = data;

    cert_str_t           payload;
    cert_code_t          code;
    cert_annotation_t    annotation;
    cert_certificate_t   certificate;

    if (cert_fsck_unseal(fsck, key, value, &payload) == NULL) {
        return CERT_OK;
    }

    if (key.len != CERT_CODE_SIZE) {
        cert_fsck_find(fsck, key, "is not a code");
        return CERT_OK;
    }

    memcpy(code.bytes, key.data, CERT_CODE_SIZE);

    if (!cert_code_is_sound(&code)
        || cert_annotation_decode(&annotation, &certificate, &code, payload)
           != CERT_OK)
    {
        cert_fsck_find(fsck, key, "is not laid out as an annotation");
        return CERT_OK;
    }

    cert_fsck_copy(fsck, key, &certificate.facts);
    cert_fsck_paths(fsck, key, &annotation, certificate.facts.number);

    if (annotation.state == CERT_ANNOTATION_READY && !annotation.is_pruned
        && fsck->calls->copy != NULL)
    {
        (void) fsck->calls->copy(fsck->calls->data, &annotation);
    }

    return CERT_OK;
}


/* Every index that must lead to this annotation. */
static void
cert_fsck_paths(cert_fsck_t *fsck, cert_str_t key,
    const cert_annotation_t *annotation, cert_str_t number)
{
    size_t      len;
    uint8_t     index[CERT_TEXT_MAX + 1 + CERT_TIMED_SIZE];
    cert_str_t  empty;

    empty = cert_str("");
    len = cert_annotation_key(index, number, annotation->applied,
                              &annotation->code);

    cert_fsck_expect(fsck, key, CERT_DB_CERTIFICATE_ANNOTATION,
                     (cert_str_t) { index, len }, &empty,
                     "is not listed for its certificate");

    /*
     * Its attempts are the entry's own: the value has a seal, and is not
     * known.
     */
    if (annotation->state == CERT_ANNOTATION_GENERATING) {
        cert_timed_key(index, annotation->applied, &annotation->code);
        cert_fsck_expect(fsck, key, CERT_DB_QUEUE,
                         (cert_str_t) { index, CERT_TIMED_SIZE }, NULL,
                         "waits but is not in the queue");
    }

    if (!annotation->is_original && !annotation->is_pruned
        && annotation->state != CERT_ANNOTATION_FAILED)
    {
        cert_timed_key(index, annotation->expires, &annotation->code);
        cert_fsck_expect(fsck, key, CERT_DB_EXPIRY,
                         (cert_str_t) { index, CERT_TIMED_SIZE }, &empty,
                         "is not listed by its expiry");
    }

    if (annotation->size != 0) {
        cert_fsck_expect(fsck, key, CERT_DB_FILE,
                         (cert_str_t) { annotation->sha256,
                                        CERT_SHA256_SIZE },
                         &key, "is not listed by its file");
    }
}


/* A check by code answers from these facts: they must be the certificate's. */
static void
cert_fsck_copy(cert_fsck_t *fsck, cert_str_t key, const cert_facts_t *facts)
{
    cert_err_t          err;
    cert_hidden_t       hidden;
    cert_certificate_t  certificate;

    err = cert_lookup_certificate(fsck->store, fsck->txn, facts->number,
                                  &certificate, &hidden);

    if (err == CERT_NOT_FOUND) {
        cert_fsck_find(fsck, key, "names a certificate that does not exist");

    } else if (err == CERT_OK
               && !cert_facts_are_equal(facts, &certificate.facts))
    {
        cert_fsck_find(fsck, key, "differs from its certificate");
    }
}


/*
 * Compared as they are stored, so that a field added to the facts cannot be
 * forgotten here.
 */
static int
cert_facts_are_equal(const cert_facts_t *a, const cert_facts_t *b)
{
    uint8_t        abuf[CERT_RECORD_MAX], bbuf[CERT_RECORD_MAX];
    cert_writer_t  aw, bw;

    aw = cert_writer(abuf, sizeof(abuf));
    bw = cert_writer(bbuf, sizeof(bbuf));

    cert_facts_encode(&aw, a);
    cert_facts_encode(&bw, b);

    return cert_str_is_equal(cert_writer_str(&aw), cert_writer_str(&bw));
}


/* The seal is verified here; whether the photo opens needs its key. */
cert_err_t
cert_fsck_photo(void *data, cert_str_t key, cert_str_t value)
{
    cert_fsck_t         *fsck = data;

    cert_err_t           err;
    cert_str_t           payload;
    cert_hidden_t        hidden;
    cert_certificate_t   certificate;

    if (cert_fsck_unseal(fsck, key, value, &payload) == NULL) {
        return CERT_OK;
    }

    err = cert_lookup_certificate(fsck->store, fsck->txn, key, &certificate,
                                  &hidden);

    if (err == CERT_NOT_FOUND || (err == CERT_OK && !certificate.has_photo)) {
        cert_fsck_find(fsck, key, "belongs to no certificate with a photo");
    }

    return CERT_OK;
}

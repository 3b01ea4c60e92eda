/*
 * Copyright (C) the ngx_cert authors
 *
 * The check.
 *
 * A check by code is one look-up, since the annotation carries its
 * certificate's facts.  The state of the certificate comes first: a copy of a
 * revoked certificate is revoked, whatever else it is.
 *
 * The order of the questions is the order of what is believed.  A mistyped code
 * is refused before the store is asked, the seal of a record is verified before
 * its layout is read, and the index of files, which has no seal, is believed
 * only as far as the record it leads to agrees.
 *
 * An answer from a cache was rejected: a copy that was withdrawn must be
 * withdrawn in the next answer, and with the store mapped into memory a look-up
 * (about 1 us) costs less than keeping a cache right.
 *
 * The three-way match takes number, name and document.
 * An answer, and the time it takes, must not tell which of the three was wrong,
 * above all not whether a number exists.  So every match goes one way.  A
 * number that exists costs its record and the proof that the next place in the
 * database is empty; one that does not costs the nearest record and the proof
 * that its own place is empty.
 *
 * Arithmetic of about the same length where something was left out was
 * rejected: it came near, but 1.7 us show after a thousand requests.
 */


#include "cert_hex.h"
#include "cert_lookup_int.h"
#include "cert_question_int.h"


typedef struct {
    cert_text_t  number;
    cert_text_t  name;
    cert_text_t  id_number;
    int          can_match;     /* all three are well-formed */
} cert_claim_t;


static cert_err_t cert_check_ask(cert_reader_t *reader,
    const cert_question_t *question, cert_verdict_t *verdict);
static cert_err_t cert_check_begin(cert_reader_t *reader,
    cert_verdict_t *verdict);
static cert_err_t cert_check_code(cert_reader_t *reader,
    const cert_code_t *code, cert_verdict_t *verdict);
static cert_result_t cert_annotation_result(const cert_verdict_t *verdict);
static cert_err_t cert_check_sha256(cert_reader_t *reader, cert_str_t text,
    cert_verdict_t *verdict);
static void cert_check_bad(cert_verdict_t *verdict, const char *detail);
static cert_err_t cert_check_match(cert_reader_t *reader,
    const cert_question_t *question, cert_verdict_t *verdict);
static void cert_claim_fold(cert_claim_t *claim,
    const cert_question_t *question);
static cert_err_t cert_match_find(cert_reader_t *reader, cert_str_t number,
    cert_verdict_t *verdict, cert_hidden_t *hidden);
static cert_err_t cert_match_place(cert_reader_t *reader, cert_str_t number,
    int is_there);


static const char *const  cert_result_names[CERT_RESULTS] = {
    "valid", "expired", "generating", "withdrawn", "revoked", "suspended",
    "replaced", "not_found", "bad_request", "unavailable"
};

/* What a certificate in this state is to a verifier; by cert_status_t. */
static const cert_result_t  cert_status_results[] = {
    CERT_RESULT_VALID, CERT_RESULT_SUSPENDED, CERT_RESULT_REVOKED,
    CERT_RESULT_REPLACED
};


void
cert_check(cert_reader_t *reader, const cert_question_t *question,
    cert_time_t clock, cert_verdict_t *verdict)
{
    cert_err_t  err;

    verdict->result = CERT_RESULT_UNAVAILABLE;
    verdict->err = CERT_OK;
    verdict->field = NULL;
    verdict->detail = NULL;
    verdict->has_annotation = 0;
    verdict->has_certificate = 0;
    verdict->names_successor = 0;
    verdict->utc_offset_sec = 0;
    verdict->checked = clock;
    verdict->facts = &verdict->record.facts;

    err = cert_check_ask(reader, question, verdict);

    switch (err) {

    case CERT_OK:
        break;

    case CERT_NOT_FOUND:
        verdict->result = CERT_RESULT_NOT_FOUND;
        verdict->has_annotation = 0;
        verdict->has_certificate = 0;
        break;

    case CERT_INVALID:
        verdict->result = CERT_RESULT_BAD_REQUEST;
        break;

    default:
        verdict->result = CERT_RESULT_UNAVAILABLE;
        verdict->has_annotation = 0;
        verdict->has_certificate = 0;
        verdict->err = err;
    }
}


/*
 * CERT_INVALID comes with a detail for the client; cert_check() turns
 * everything else into results.
 */
static cert_err_t
cert_check_ask(cert_reader_t *reader, const cert_question_t *question,
    cert_verdict_t *verdict)
{
    cert_err_t   err;
    cert_code_t  code;

    switch (question->ask) {

    case CERT_ASK_CODE:
        if (cert_code_parse(&code, question->text) != CERT_OK) {
            cert_check_bad(verdict, "code is mistyped: 16 letters and digits "
                           "with a check symbol are expected");
            return CERT_INVALID;
        }

        return cert_check_code(reader, &code, verdict);

    case CERT_ASK_ANNOTATION:
        return cert_check_code(reader, &question->code, verdict);

    case CERT_ASK_SHA256:
        return cert_check_sha256(reader, question->text, verdict);

    case CERT_ASK_MATCH:
        err = cert_question_judge(question, verdict);

        if (err == CERT_OK) {
            err = cert_check_match(reader, question, verdict);
        }

        return err == CERT_NOT_FOUND
               ? cert_question_doubt(reader, question, verdict) : err;
    }

    cert_check_bad(verdict, "nothing was asked");

    return CERT_INVALID;
}


static cert_err_t
cert_check_begin(cert_reader_t *reader, cert_verdict_t *verdict)
{
    cert_err_t  err;

    if (reader == NULL) {
        return CERT_BAD_STORE;
    }

    err = cert_reader_begin(reader);
    if (err != CERT_OK) {
        return err;
    }

    verdict->utc_offset_sec = reader->policy.utc_offset_sec;

    if (verdict->checked < reader->head.highest) {
        verdict->checked = reader->head.highest;
    }

    return CERT_OK;
}


/*
 * The one look-up.  The snapshot ends before anything is judged: the record was
 * copied, and time and policy offset are in the verdict.
 */
static cert_err_t
cert_check_code(cert_reader_t *reader, const cert_code_t *code,
    cert_verdict_t *verdict)
{
    cert_err_t  err;

    err = cert_check_begin(reader, verdict);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_lookup_annotation(reader->store, reader->txn, code,
                                 &verdict->annotation, &verdict->record);

    if (err == CERT_NOT_FOUND) {
        err = cert_lookup_absent(reader->store, reader->txn,
                                 CERT_DB_ANNOTATION,
                                 (cert_str_t) { code->bytes,
                                                CERT_CODE_SIZE });
    }

    cert_reader_end(reader);

    if (err != CERT_OK) {
        return err;
    }

    verdict->has_annotation = 1;
    verdict->has_certificate = 1;
    verdict->result = cert_annotation_result(verdict);

    /* A copy that was never made does not exist to a visitor. */
    return verdict->result == CERT_RESULT_NOT_FOUND ? CERT_NOT_FOUND
                                                    : CERT_OK;
}


/*
 * In the order of what a verifier has to know first.  A copy that expires
 * while it waits is expired: it will never hold.
 */
static cert_result_t
cert_annotation_result(const cert_verdict_t *verdict)
{
    const cert_annotation_t  *annotation = &verdict->annotation;

    if (annotation->state == CERT_ANNOTATION_FAILED) {
        return CERT_RESULT_NOT_FOUND;
    }

    if (verdict->facts->status != CERT_STATUS_VALID) {
        return cert_status_results[verdict->facts->status];
    }

    if (annotation->state == CERT_ANNOTATION_WITHDRAWN) {
        return CERT_RESULT_WITHDRAWN;
    }

    if (verdict->checked >= annotation->expires) {
        return CERT_RESULT_EXPIRED;
    }

    return annotation->state == CERT_ANNOTATION_READY
           ? CERT_RESULT_VALID : CERT_RESULT_GENERATING;
}


/*
 * Two look-ups in two snapshots: entries by file are never changed, so nothing
 * can happen between them that matters.  CERT_CORRUPT: the index leads to no
 * copy, or to one with another digest.
 */
static cert_err_t
cert_check_sha256(cert_reader_t *reader, cert_str_t text,
    cert_verdict_t *verdict)
{
    uint8_t      sha256[CERT_SHA256_SIZE];
    cert_err_t   err;
    cert_str_t   key, value;
    cert_code_t  code;

    if (cert_hex_decode(sha256, CERT_SHA256_SIZE, text) != CERT_OK) {
        cert_check_bad(verdict, "sha256 is not 64 hexadecimal digits");
        return CERT_INVALID;
    }

    err = cert_check_begin(reader, verdict);
    if (err != CERT_OK) {
        return err;
    }

    key = (cert_str_t) { sha256, CERT_SHA256_SIZE };

    err = cert_lookup_raw(reader->store, reader->txn, CERT_DB_FILE, key,
                          &value);

    if (err == CERT_NOT_FOUND) {
        err = cert_lookup_absent(reader->store, reader->txn, CERT_DB_FILE,
                                 key);

    } else if (err == CERT_OK) {
        if (value.len == CERT_CODE_SIZE) {
            memcpy(code.bytes, value.data, CERT_CODE_SIZE);

        } else {
            err = CERT_CORRUPT;
        }
    }

    cert_reader_end(reader);

    if (err != CERT_OK) {
        return err;
    }

    err = cert_check_code(reader, &code, verdict);

    /* The index is not sealed; the record it leads to is. */
    if (err == CERT_NOT_FOUND
        || (err == CERT_OK && memcmp(verdict->annotation.sha256, sha256,
                                     CERT_SHA256_SIZE) != 0))
    {
        return CERT_CORRUPT;
    }

    return err;
}


/* "detail" is static and quotes nothing: what was asked may be personal. */
static void
cert_check_bad(cert_verdict_t *verdict, const char *detail)
{
    verdict->detail = detail;
}


/*
 * The digest over all three is compared at once, in constant time and before
 * can_match is looked at.  It is made under the key that the record names:
 * after a rotation there are two.
 */
static cert_err_t
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

    err = cert_lookup_nearest(reader->store, reader->txn, CERT_DB_CERTIFICATE,
                              number, &at, &payload);

    if (err == CERT_OK) {
        err = cert_certificate_decode(&verdict->record, hidden, payload);
    }

    if (err != CERT_OK) {
        return err;
    }

    is_there = cert_str_is_equal(at, number);
    place = cert_match_place(reader, number, is_there);

    /* A certificate that exists must not suffer from a damaged neighbour. */
    return is_there ? CERT_OK : place;
}


/* That nothing stands at the number, or right behind it if it is there. */
static cert_err_t
cert_match_place(cert_reader_t *reader, cert_str_t number, int is_there)
{
    uint8_t  key[CERT_NUMBER_MAX + 1];

    memcpy(key, number.data, number.len);
    key[number.len] = 0;

    return cert_lookup_absent(reader->store, reader->txn, CERT_DB_CERTIFICATE,
                              (cert_str_t) { key,
                                             number.len + (is_there != 0) });
}


const char *
cert_result_name(cert_result_t result)
{
    return result < CERT_RESULTS ? cert_result_names[result] : "unavailable";
}

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
 * The three-way match takes number, name and document, each by its match form.
 * An answer, and the time it takes, must not tell which of the three was wrong,
 * above all not whether a number exists.  So every match goes one way.  A
 * number that exists costs its entry and the proof that the next place in the
 * database is empty; one that does not costs the nearest entry and the proof
 * that its own place is empty.  Only what matches costs the record as well.
 *
 * Numbers that differ in spelling alone stand one after the other, and all are
 * compared: the time tells that there are several, and so that there is one.
 * An authority that gives out numbers such as "a1" and "A1" has to know that.
 *
 * Arithmetic of about the same length where something was left out was
 * rejected: it came near, but 1.7 us show after a thousand requests.
 */


#include "cert_hex.h"
#include "cert_lookup_int.h"
#include "cert_match_int.h"
#include "cert_question_int.h"


typedef struct {
    cert_forms_t  forms;
    int           can_match;    /* all three fit */
} cert_claim_t;

/* A place between two entries: the key before it, and a zero. */
typedef struct {
    size_t   len;
    uint8_t  key[CERT_MATCH_KEY_MAX + 1];
} cert_behind_t;


static cert_err_t cert_check_ask(cert_reader_t *reader,
    const cert_question_t *question, cert_verdict_t *verdict);
static cert_err_t cert_check_begin(cert_reader_t *reader,
    cert_verdict_t *verdict);
static cert_err_t cert_check_code(cert_reader_t *reader,
    const cert_code_t *code, const cert_text_t *name,
    cert_verdict_t *verdict);
static cert_err_t cert_check_copy(cert_reader_t *reader,
    const cert_code_t *code, cert_verdict_t *verdict);
static cert_result_t cert_annotation_result(const cert_verdict_t *verdict);
static cert_err_t cert_check_sha256(cert_reader_t *reader, cert_str_t text,
    cert_verdict_t *verdict);
static cert_err_t cert_check_name(cert_reader_t *reader,
    const cert_code_t *code, const cert_question_t *question,
    cert_verdict_t *verdict);
static cert_err_t cert_check_compare(cert_reader_t *reader,
    const cert_text_t *name, cert_verdict_t *verdict);
static void cert_check_bad(cert_verdict_t *verdict, const char *detail);
static cert_err_t cert_check_match(cert_reader_t *reader,
    const cert_question_t *question, cert_verdict_t *verdict);
static void cert_claim_fold(cert_claim_t *claim,
    const cert_question_t *question);
static cert_err_t cert_match_look(cert_reader_t *reader,
    const cert_claim_t *claim, cert_text_t *number);
static cert_err_t cert_match_step(cert_reader_t *reader,
    const cert_claim_t *claim, cert_behind_t *from, cert_text_t *number);
static cert_str_t cert_match_behind(cert_behind_t *behind, cert_str_t at);


static const char *const  cert_result_names[] = {
    [CERT_RESULT_VALID] = "valid",
    [CERT_RESULT_EXPIRED] = "expired",
    [CERT_RESULT_GENERATING] = "generating",
    [CERT_RESULT_WITHDRAWN] = "withdrawn",
    [CERT_RESULT_REVOKED] = "revoked",
    [CERT_RESULT_SUSPENDED] = "suspended",
    [CERT_RESULT_REPLACED] = "replaced",
    [CERT_RESULT_NOT_FOUND] = "not_found",
    [CERT_RESULT_BAD_REQUEST] = "bad_request",
    [CERT_RESULT_UNAVAILABLE] = "unavailable"
};

/* What a certificate in this state is to a verifier. */
static const cert_result_t  cert_status_results[] = {
    [CERT_STATUS_VALID] = CERT_RESULT_VALID,
    [CERT_STATUS_SUSPENDED] = CERT_RESULT_SUSPENDED,
    [CERT_STATUS_REVOKED] = CERT_RESULT_REVOKED,
    [CERT_STATUS_REPLACED] = CERT_RESULT_REPLACED
};

/* A row that is forgotten would be 0, and 0 is "valid". */
_Static_assert(sizeof(cert_result_names) / sizeof(cert_result_names[0])
               == CERT_RESULTS, "a name for each result");
_Static_assert(sizeof(cert_status_results) / sizeof(cert_status_results[0])
               == CERT_STATUS_KEEP, "a result for each status");


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
    verdict->has_name = 0;
    verdict->name_matches = 0;
    verdict->utc_offset_sec = 0;
    verdict->checked = clock;
    verdict->facts = &verdict->record.facts;

    err = cert_check_ask(reader, question, verdict);

    if (err == CERT_OK) {
        return;
    }

    verdict->has_annotation = 0;
    verdict->has_certificate = 0;
    verdict->has_name = 0;

    switch (err) {

    case CERT_NOT_FOUND:
        verdict->result = CERT_RESULT_NOT_FOUND;
        break;

    case CERT_INVALID:
        verdict->result = CERT_RESULT_BAD_REQUEST;
        break;

    default:
        verdict->result = CERT_RESULT_UNAVAILABLE;
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
    case CERT_ASK_NAME:
        if (cert_code_parse(&code, question->text) != CERT_OK) {
            cert_check_bad(verdict, "code is mistyped: 16 letters and digits "
                           "with a check symbol are expected");
            return CERT_INVALID;
        }

        return question->ask == CERT_ASK_NAME
               ? cert_check_name(reader, &code, question, verdict)
               : cert_check_code(reader, &code, NULL, verdict);

    case CERT_ASK_ANNOTATION:
        return cert_check_code(reader, &question->code, NULL, verdict);

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
 * The one look-up, and one more if a name is asked.  The snapshot ends before
 * anything is judged: the record was copied, and time and policy offset are in
 * the verdict.
 */
static cert_err_t
cert_check_code(cert_reader_t *reader, const cert_code_t *code,
    const cert_text_t *name, cert_verdict_t *verdict)
{
    cert_err_t  err;

    err = cert_check_begin(reader, verdict);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_check_copy(reader, code, verdict);

    if (err == CERT_OK && name != NULL) {
        err = cert_check_compare(reader, name, verdict);
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


/* Reads the record of a copy, or proves that there is none. */
static cert_err_t
cert_check_copy(cert_reader_t *reader, const cert_code_t *code,
    cert_verdict_t *verdict)
{
    cert_err_t  err;

    err = cert_lookup_annotation(reader->store, reader->txn, code,
                                 &verdict->annotation, &verdict->record);

    return err == CERT_NOT_FOUND
           ? cert_lookup_absent(reader->store, reader->txn, CERT_DB_ANNOTATION,
                                (cert_str_t) { code->bytes, CERT_CODE_SIZE })
           : err;
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

    err = cert_check_code(reader, &code, NULL, verdict);

    /* The index is not sealed; the record it leads to is. */
    if (err == CERT_NOT_FOUND
        || (err == CERT_OK && memcmp(verdict->annotation.sha256, sha256,
                                     CERT_SHA256_SIZE) != 0))
    {
        return CERT_CORRUPT;
    }

    return err;
}


/*
 * A name that does not match may be none, such as the masked one of a page: the
 * question is malformed then, and the document is not false.
 */
static cert_err_t
cert_check_name(cert_reader_t *reader, const cert_code_t *code,
    const cert_question_t *question, cert_verdict_t *verdict)
{
    int          fits;
    cert_err_t   err;
    cert_text_t  name;

    err = cert_question_judge_name(question, verdict);
    if (err != CERT_OK) {
        return err;
    }

    fits = cert_form_name(&name, question->name);
    err = cert_check_code(reader, code, &name, verdict);
    cert_crypto_wipe(&name, sizeof(name));

    if (err != CERT_OK) {
        return err;
    }

    verdict->has_name = 1;
    verdict->name_matches &= fits;

    return verdict->name_matches ? CERT_OK
                                 : cert_question_doubt_name(question, verdict);
}


/*
 * Sets name_matches by the digest of the name in the copy's certificate.  The
 * record of a copy is sealed, so the entry of its certificate has to be there.
 */
static cert_err_t
cert_check_compare(cert_reader_t *reader, const cert_text_t *name,
    cert_verdict_t *verdict)
{
    uint8_t       digest[CERT_SHA256_SIZE];
    uint8_t       key[CERT_MATCH_KEY_MAX];
    cert_str_t    payload, number;
    cert_err_t    err;
    cert_text_t   form;
    cert_match_t  match;

    number = verdict->facts->number;
    (void) cert_form_number(&form, number);

    err = cert_lookup_record(reader->store, reader->txn, CERT_DB_MATCH,
                             cert_match_key(key, &form, number), &payload);

    if (err == CERT_NOT_FOUND) {
        return CERT_CORRUPT;
    }

    if (err == CERT_OK) {
        err = cert_match_decode(&match, payload);
    }

    if (err == CERT_OK) {
        err = cert_match_name_digest(reader->store->ring, &match.key, number,
                                     name, digest);
    }

    if (err == CERT_OK) {
        verdict->name_matches = cert_crypto_is_equal(digest, match.name,
                                                     CERT_SHA256_SIZE);
        cert_crypto_wipe(digest, sizeof(digest));
    }

    return err;
}


/* "detail" is static and quotes nothing: what was asked may be personal. */
static void
cert_check_bad(cert_verdict_t *verdict, const char *detail)
{
    verdict->detail = detail;
}


/* The record is read in the snapshot that the entry is of. */
static cert_err_t
cert_check_match(cert_reader_t *reader, const cert_question_t *question,
    cert_verdict_t *verdict)
{
    cert_err_t     err;
    cert_text_t    number;
    cert_claim_t   claim;
    cert_hidden_t  hidden;

    err = cert_check_begin(reader, verdict);
    if (err != CERT_OK) {
        return err;
    }

    cert_claim_fold(&claim, question);

    err = cert_match_look(reader, &claim, &number);

    if (err == CERT_OK) {
        err = cert_lookup_certificate(reader->store, reader->txn,
                                      cert_text_str(&number),
                                      &verdict->record, &hidden);

        /* An entry is sealed: what it leads to has to be there. */
        if (err == CERT_NOT_FOUND) {
            err = CERT_CORRUPT;
        }
    }

    cert_reader_end(reader);

    /* A document number was in it, which public workers never keep. */
    cert_crypto_wipe(&claim, sizeof(claim));

    if (err != CERT_OK) {
        return err;
    }

    verdict->has_certificate = 1;
    verdict->names_successor = 1;
    verdict->result = cert_status_results[verdict->facts->status];

    return CERT_OK;
}


/* What does not fit cannot match; it is looked up all the same. */
static void
cert_claim_fold(cert_claim_t *claim, const cert_question_t *question)
{
    int  number, name, id_number;

    number = cert_form_number(&claim->forms.number, question->number);
    name = cert_form_name(&claim->forms.name, question->name);
    id_number = cert_form_id_number(&claim->forms.id_number,
                                    question->id_number);

    claim->can_match = number && name && id_number;
}


/*
 * The number of the certificate that all three match, as it is printed.
 * CERT_NOT_FOUND: there is none, which is proved.
 */
static cert_err_t
cert_match_look(cert_reader_t *reader, const cert_claim_t *claim,
    cert_text_t *number)
{
    cert_err_t     err;
    cert_behind_t  from;

    from.len = cert_match_key(from.key, &claim->forms.number,
                              cert_str("")).len;

    do {
        err = cert_match_step(reader, claim, &from, number);
    } while (err == CERT_EXISTS);

    return err;
}


/*
 * Compares one entry at "from" or behind it, or the nearest one, which cannot
 * match.  CERT_EXISTS: not this one, but there is one more of this form, behind
 * "from" as it is then.
 *
 * The digest over all three is compared at once, in constant time and before
 * anything else is looked at.  It is made under the key that the entry names:
 * after a rotation there are two.  Of an empty store there is no entry, and
 * nothing is equal to zeros.
 */
static cert_err_t
cert_match_step(cert_reader_t *reader, const cert_claim_t *claim,
    cert_behind_t *from, cert_text_t *number)
{
    int            is_equal, is_there;
    uint8_t        digest[CERT_SHA256_SIZE];
    cert_err_t     err;
    cert_str_t     at, key, next, payload, printed;
    cert_match_t   match;
    cert_behind_t  behind;

    at = cert_str("");
    key = (cert_str_t) { from->key, from->len };
    memset(&match, 0, sizeof(match));

    err = cert_lookup_nearest(reader->store, reader->txn, CERT_DB_MATCH, key,
                              &at, &payload);

    if (err == CERT_OK) {
        err = cert_match_decode(&match, payload);
    }

    if (err == CERT_OK || err == CERT_NOT_FOUND) {
        err = cert_match_digest(reader->store->ring, &match.key, &claim->forms,
                                digest);
    }

    if (err != CERT_OK) {
        return err;
    }

    is_equal = cert_crypto_is_equal(digest, match.all, CERT_SHA256_SIZE);
    is_there = cert_match_key_is_of(at, &claim->forms.number, &printed);
    cert_crypto_wipe(digest, sizeof(digest));

    at = cert_match_behind(&behind, at);
    err = cert_lookup_gap(reader->store, reader->txn, CERT_DB_MATCH,
                          is_there ? at : key, &next);

    /* A certificate that exists must not suffer from a damaged neighbour. */
    if (is_equal && is_there && claim->can_match) {
        return cert_text_set(&number->len, number->data, CERT_TEXT_MAX,
                             printed) == 0 ? CERT_OK : CERT_CORRUPT;
    }

    if (err == CERT_NOT_FOUND && is_there
        && cert_match_key_is_of(next, &claim->forms.number, &printed))
    {
        *from = behind;
        return CERT_EXISTS;
    }

    return err;
}


/* Right behind "at": the first key there can be. */
static cert_str_t
cert_match_behind(cert_behind_t *behind, cert_str_t at)
{
    /* None is as long; cut, it is still behind nothing that is. */
    behind->len = at.len < CERT_MATCH_KEY_MAX ? at.len : CERT_MATCH_KEY_MAX;
    memcpy(behind->key, at.data, behind->len);
    behind->key[behind->len++] = 0;

    return (cert_str_t) { behind->key, behind->len };
}


const char *
cert_result_name(cert_result_t result)
{
    return result < CERT_RESULTS ? cert_result_names[result] : "unavailable";
}

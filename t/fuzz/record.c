/*
 * Copyright (C) the ngx_cert authors
 *
 * Every kind of record, as it is once its seal has been verified: the holder
 * of the key may still have written rubbish, as may a fault of our own.  The
 * first byte says which kind.
 *
 * What can be read is written again and has to be the same bytes but for flags
 * that mean nothing, so that re-sealing a record never changes it.
 */


#include "cert_holder_record_int.h"
#include "fuzz.h"

#include "cert_holder_int.h"

/* Its decoder is its own. */
#include "cert_journal.c"


#define NUMBER  cert_str("20220001")


/* The byte at "flags", if any, is one of the bits of "mask" again. */
static void
is_written_so(cert_str_t payload, const cert_writer_t *w, size_t flags,
    uint8_t mask)
{
    cert_str_t  again = cert_writer_str(w);

    must(!w->is_full);
    must(again.len == payload.len);

    for (size_t i = 0; i < again.len; i++) {
        must(again.data[i] == (i == flags ? payload.data[i] & mask
                                          : payload.data[i]));
    }
}


static void
certificate(cert_str_t in)
{
    uint8_t             bytes[CERT_RECORD_MAX];
    cert_hidden_t       hidden;
    cert_writer_t       w = cert_writer(bytes, sizeof(bytes));
    cert_certificate_t  c;

    if (cert_certificate_decode(&c, &hidden, in) == CERT_OK) {
        cert_certificate_encode(&w, &c.facts, c.has_photo, &hidden);
        is_written_so(in, &w, 1, 1);
        (void) cert_person_reveal(fuzz_ring(), c.facts.number, &hidden,
                                  &c.person);
    }
}


static void
annotation(cert_str_t in)
{
    uint8_t             bytes[CERT_RECORD_MAX];
    cert_code_t         code = {{0}};
    cert_writer_t       w = cert_writer(bytes, sizeof(bytes));
    cert_annotation_t   a;
    cert_certificate_t  c;

    if (cert_annotation_decode(&a, &c, &code, in) == CERT_OK) {
        cert_annotation_encode(&w, &a, &c.facts);
        is_written_so(in, &w, 1, 3);
        must(cert_annotation_state_name(a.state)[0] != 'u');
        must(cert_status_name(c.facts.status)[0] != 'u');
    }
}


static void
qualification(cert_str_t in)
{
    uint8_t               bytes[CERT_RECORD_MAX];
    cert_writer_t         w = cert_writer(bytes, sizeof(bytes));
    cert_qualification_t  q;

    if (cert_qualification_decode(&q, cert_str("会计"), in) == CERT_OK) {
        cert_qualification_encode(&w, &q);
        is_written_so(in, &w, in.len, 0);
    }
}


static void
photo(cert_str_t in)
{
    cert_photo_t  p;

    if (cert_photo_decode(&p, in) == CERT_OK) {
        must(p.sealed.data + p.sealed.len == in.data + in.len);
    }
}


static void
account(cert_str_t in)
{
    uint8_t         bytes[CERT_ACCOUNT_MAX + 64];
    cert_login_t    login;
    cert_holder_t   holder = {{7}}, to;
    cert_writer_t   w = cert_writer(bytes, sizeof(bytes));
    cert_account_t  a;

    if (cert_link_decode(&to, in)) {
        cert_link_encode(&w, &to);
        is_written_so(in, &w, in.len, 0);
        return;
    }

    if (cert_account_decode(&a, &login, &holder, in) == CERT_OK) {
        cert_account_encode(&w, &a, &login);
        is_written_so(in, &w, 2, 3);
        (void) cert_account_has(&a, &to);
        (void) cert_login_reveal(fuzz_ring(), &a, &login);
    }
}


static void
entries(cert_str_t in)
{
    uint8_t             bytes[CERT_ENTRY_MAX];
    cert_holder_t       holder;
    cert_writer_t       w = cert_writer(bytes, sizeof(bytes));
    cert_session_t      session;
    cert_idempotency_t  idempotency;

    if (cert_username_decode(&holder, in) == CERT_OK) {
        cert_username_encode(&w, &holder);
        is_written_so(in, &w, in.len, 0);
    }

    w = cert_writer(bytes, sizeof(bytes));

    if (cert_session_decode(&session, in) == CERT_OK) {
        cert_session_encode(&w, &session);
        is_written_so(in, &w, in.len, 0);
    }

    w = cert_writer(bytes, sizeof(bytes));

    if (cert_idempotency_decode(&idempotency, in) == CERT_OK) {
        cert_idempotency_encode(&w, &idempotency);
        is_written_so(in, &w, in.len, 0);
    }
}


/* What is inside the ciphertext of a person: sealed here, then opened. */
static void
person(cert_str_t in)
{
    uint8_t        sealed[CERT_PERSONAL_MAX], again[CERT_PERSONAL_MAX];
    cert_hidden_t  hidden;
    cert_person_t  p;

    if (in.len > CERT_PERSONAL_MAX - CERT_GCM_TAG_SIZE) {
        return;
    }

    memset(&hidden, 0, sizeof(hidden));
    must(cert_crypto_seal(fuzz_ring(), &hidden.personal_key, hidden.nonce,
                          NUMBER, in, sealed)
         == CERT_OK);
    hidden.personal = (cert_str_t) { sealed, in.len + CERT_GCM_TAG_SIZE };

    if (cert_person_reveal(fuzz_ring(), NUMBER, &hidden, &p) == CERT_OK) {
        must(cert_person_hide(fuzz_ring(), NUMBER, &p, &hidden, again)
             == CERT_OK);
        must(fuzz_is_same(hidden.personal, (cert_str_t) {
                              sealed, in.len + CERT_GCM_TAG_SIZE }));
        must(cert_person_reveal(fuzz_ring(), cert_str("20220002"), &hidden,
                                &p)
             == CERT_CORRUPT);
    }
}


/* The same of a login, which is bound to a holder. */
static void
login(cert_str_t in)
{
    uint8_t         bound[1 + CERT_HOLDER_SIZE] = {0};
    cert_login_t    l, again;
    cert_account_t  a;

    if (in.len > CERT_LOGIN_MAX - CERT_GCM_TAG_SIZE || in.len == 0) {
        return;
    }

    memset(&a, 0, sizeof(a));
    memset(&l, 0, sizeof(l));
    must(cert_crypto_seal(fuzz_ring(), &l.personal_key, l.nonce,
                          (cert_str_t) { bound, sizeof(bound) }, in, l.sealed)
         == CERT_OK);
    l.len = in.len + CERT_GCM_TAG_SIZE;

    /* A password ends at a zero, which no hash of crypt(3) has. */
    if (cert_login_reveal(fuzz_ring(), &a, &l) == CERT_OK
        && memchr(in.data, 0, in.len) == NULL)
    {
        memset(&again, 0, sizeof(again));
        must(cert_login_hide(fuzz_ring(), &a, &again) == CERT_OK);
        must(again.len == l.len);
        must(memcmp(again.sealed, l.sealed, l.len) == 0);
    }
}


static void
journal(cert_str_t in)
{
    cert_str_t            key;
    cert_journal_entry_t  entry;

    key = in;
    key.len = in.len < 8 ? in.len : 8;
    in.data += key.len;
    in.len -= key.len;

    if (cert_journal_decode(&entry, key, in) == CERT_OK) {
        must(entry.actor.len + entry.subject.len + entry.detail.len < in.len);
        (void) cert_change_type_name(entry.type);
    }
}


/* Any bytes as a sealed record: without the key none verifies. */
static void
sealed(cert_str_t in)
{
    cert_str_t  payload;

    must(cert_unseal(fuzz_ring(), CERT_DB_CERTIFICATE, NUMBER, in, &payload)
         != CERT_OK);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t     kind;
    cert_str_t  in = { data, size };

    static void (*const  kinds[])(cert_str_t in) = {
        certificate, annotation, qualification, photo, account, entries,
        person, login, journal, sealed
    };

    kind = fuzz_byte(&in);

    if (kind >= '0' && kind <= '9') {
        kinds[kind - '0'](in);
    }

    return 0;
}

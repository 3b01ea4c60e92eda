/*
 * Copyright (C) the ngx_cert authors
 *
 * POST /holder/register
 *
 * An applicant names a document and a person, which have to match a certificate
 * in the store.  Whatever does not match, the answer is the same: that there is
 * no such certificate, that its holder has another name, and that the holder
 * has an account already are three things that a stranger would like to know.
 * So the hash, which takes nearly all the time, is made before any of it shows;
 * only that a username is taken is said, and only after a match.
 *
 * Trying names for a document is slowed down like trying passwords.
 */


#include "cert_fold.h"
#include "cert_holder_read.h"
#include "cert_read.h"
#include "certd_answer.h"
#include "certd_applicant.h"
#include "certd_counters.h"
#include "certd_handlers.h"
#include "certd_hashes.h"
#include "certd_holdings.h"
#include "certd_session.h"
#include "certd_throttle.h"


static int certd_register_is_slow(certd_applicant_t *a);
static cert_err_t certd_register_look(certd_applicant_t *a);
static cert_err_t certd_register_person(void *data, cert_str_t number);
static void certd_register_decide(certd_applicant_t *a);
static void certd_register_write(certd_applicant_t *a);
static void certd_register_refuse(certd_applicant_t *a);
static void certd_register_undo(certd_applicant_t *a);
static cert_str_t certd_register_key(const certd_applicant_t *a);


void
certd_register(certd_request_t *r)
{
    cert_err_t          err;
    certd_turn_t        turn;
    certd_applicant_t   a;

    memset(&a, 0, sizeof(a));
    a.r = r;

    if (!certd_applicant_read(&a) || certd_register_is_slow(&a)) {
        goto done;
    }

    err = certd_register_look(&a);

    /* Other requests do not wait for this hash. */
    certd_request_leave(r);

    if (err == CERT_OK) {
        turn = certd_request_turn(r);
        err = certd_hash_make(r->certd->hashes, &turn, a.password, a.hash);

        if (err == CERT_BUSY) {
            certd_register_undo(&a);
            certd_refuse_turn(r, &turn);
            goto done;
        }
    }

    if (err != CERT_OK) {
        certd_register_undo(&a);
        certd_refuse_err(r, err, "register");
        goto done;
    }

    certd_register_decide(&a);

done:

    explicit_bzero(&a, sizeof(a));
}


/* True: it was answered. */
static int
certd_register_is_slow(certd_applicant_t *a)
{
    uint8_t      text[CERTD_ADDRESS_MAX];
    unsigned     sec;
    cert_str_t   client;
    certd_t     *certd;

    certd = a->r->certd;
    a->try_ms = certd_clock_ms();
    client = certd_session_client(a->r, text);

    sec = client.len > 0
          ? certd_throttle_look(certd->throttle, CERTD_THROTTLE_ADDRESS,
                                client, a->try_ms)
          : 0;

    if (sec == 0) {
        sec = certd_throttle_try(certd->throttle, CERTD_THROTTLE_DOCUMENT,
                                 certd_register_key(a), a->try_ms);
    }

    if (sec > 0) {
        certd_count(certd->counters, CERTD_COUNT_LOGINS_THROTTLED, 1);
        certd_refuse_wait(a->r, CERTD_PROBLEM_TOO_OFTEN, sec);
    }

    return sec > 0;
}


/* All three are looked up, whatever the first one says, for the same work. */
static cert_err_t
certd_register_look(certd_applicant_t *a)
{
    cert_err_t       err;
    cert_holder_t    other;
    cert_account_t   account;
    cert_reader_t   *reader;

    reader = a->r->reader->handle;

    err = certd_holdings_each(a->r, &a->holder, certd_register_person, a);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_read_account(reader, &a->holder, &account);

    /* A link, or an account that has a login already. */
    if (err == CERT_OK
        && (account.has_login
            || !cert_holder_is_equal(&account.holder, &a->holder)))
    {
        a->is_match = 0;
    }

    explicit_bzero(&account, sizeof(account));

    if (err != CERT_OK && err != CERT_NOT_FOUND) {
        return err;
    }

    err = cert_read_username(reader,
                             (cert_str_t) {
                                 (const uint8_t *) a->username.data,
                                 a->username.len },
                             &other);

    a->is_taken = (err == CERT_OK);

    return err == CERT_NOT_FOUND ? CERT_OK : err;
}


/* One certificate under this name is enough: names change. */
static cert_err_t
certd_register_person(void *data, cert_str_t number)
{
    cert_err_t           err;
    cert_text_t          name;
    certd_applicant_t   *a = data;
    cert_certificate_t   certificate;

    err = cert_read_certificate(a->r->reader->handle, number, &certificate);

    if (err == CERT_OK && !certificate.has_person) {
        err = CERT_NO_KEY;
    }

    if (err == CERT_OK
        && cert_fold_name(&name, (cert_str_t) {
                              (const uint8_t *) certificate.person.name.data,
                              certificate.person.name.len }, NULL)
           == CERT_OK
        && name.len == a->name.len
        && memcmp(name.data, a->name.data, name.len) == 0)
    {
        a->is_match = 1;
    }

    explicit_bzero(&name, sizeof(name));

    explicit_bzero(&certificate.person, sizeof(certificate.person));

    /* It went to another holder since it was listed. */
    return err == CERT_NOT_FOUND ? CERT_OK : err;
}


/* After the hash: nothing before this shows in the time it takes. */
static void
certd_register_decide(certd_applicant_t *a)
{
    if (!a->is_match) {
        certd_register_refuse(a);
        return;
    }

    /* After a match there is nothing left to guess. */
    certd_throttle_clear(a->r->certd->throttle, CERTD_THROTTLE_DOCUMENT,
                         certd_register_key(a));

    if (a->is_taken) {
        certd_refuse(a->r, CERTD_PROBLEM_USERNAME_TAKEN);
        return;
    }

    certd_register_write(a);
}


/* What was looked up may be another by now: the transaction decides. */
static void
certd_register_write(certd_applicant_t *a)
{
    cert_err_t      err;
    cert_str_t      username;
    certd_write_t  *write;

    write = certd_write_create(CERT_CHANGE_REGISTER, a->r->actor);
    if (write == NULL) {
        certd_refuse_err(a->r, CERT_NO_MEMORY, "register");
        return;
    }

    username = (cert_str_t) { (const uint8_t *) a->username.data,
                              a->username.len };

    write->change.u.account.holder = a->holder;
    write->change.u.account.username = certd_write_keep(write, username);
    write->change.u.account.password = certd_write_keep(write,
                                                        cert_strz(a->hash));
    write->change.u.account.is_matched = 1;

    err = certd_request_write(a->r, write, "register");

    if (err == CERT_OK) {
        certd_answer(a->r, MHD_HTTP_CREATED,
                     json_pack("{ss}", "username", a->username.data));

    } else if (err == CERT_REFUSED) {
        certd_refuse_change(a->r, write->outcome.refusal);
    }

    certd_write_free(write);
}


/* The try for the document stays counted as the failure it is. */
static void
certd_register_refuse(certd_applicant_t *a)
{
    uint8_t     text[CERTD_ADDRESS_MAX];
    cert_str_t  client;

    client = certd_session_client(a->r, text);

    if (client.len > 0) {
        certd_throttle_fail(a->r->certd->throttle, CERTD_THROTTLE_ADDRESS,
                            client, certd_clock_ms());
    }

    certd_refuse(a->r, CERTD_PROBLEM_REGISTRATION_REFUSED);
}


static void
certd_register_undo(certd_applicant_t *a)
{
    certd_throttle_undo(a->r->certd->throttle, CERTD_THROTTLE_DOCUMENT,
                        certd_register_key(a), a->try_ms);
}


/* The keyed name: the number itself is not kept anywhere. */
static cert_str_t
certd_register_key(const certd_applicant_t *a)
{
    return (cert_str_t) { a->holder.bytes, CERT_HOLDER_SIZE };
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * POST /holder/register
 *
 * Who registers names a document and a person, and has to be one that the
 * store knows.  Whatever does not fit, the answer is the same: that there is
 * no such certificate, that its holder is called otherwise, and that he has
 * an account already are three things that a stranger would like to know.  So
 * the hash, which is nearly all of the time, is made before anything of it
 * shows; only that a username is taken is told, and only to who matched.
 *
 * To try names for a document is made slow like trying passwords.
 */


#include "certd_answer.h"
#include "certd_copies.h"
#include "certd_handlers.h"
#include "certd_hashes.h"
#include "certd_password.h"
#include "certd_session.h"
#include "certd_throttle.h"


enum {
    CERTD_FIELD_ID_TYPE = 0,
    CERTD_FIELD_ID_NUMBER,
    CERTD_FIELD_NAME,
    CERTD_FIELD_USERNAME,
    CERTD_FIELD_PASSWORD,
    CERTD_FIELDS
};

typedef struct {
    certd_request_t  *r;
    cert_id_type_t    id_type;
    cert_text_t       id_number;
    cert_text_t       name;
    cert_text_t       username;
    cert_str_t        password;
    cert_holder_t     holder;
    int               is_match;
    int               is_taken;
    char              hash[CERT_PASSWORD_MAX + 1];
} certd_applicant_t;


static int certd_register_read(certd_applicant_t *a);
static const certd_fault_t *certd_register_fold(certd_applicant_t *a,
    const cert_form_field_t *fields);
static int certd_register_is_slow(certd_applicant_t *a);
static cert_err_t certd_register_look(certd_applicant_t *a);
static cert_err_t certd_register_person(void *data, cert_str_t number);
static void certd_register_decide(certd_applicant_t *a);
static void certd_register_write(certd_applicant_t *a);
static void certd_register_refuse(certd_applicant_t *a);
static void certd_register_undo(certd_applicant_t *a);
static cert_str_t certd_register_key(const certd_applicant_t *a);


static const certd_fault_t  certd_register_faults[CERTD_FIELDS] = {

    { "id_type", "请选择取得证书时使用的证件类型。",
      "Choose the type of the document with which the certificate was "
      "obtained." },

    { "id_number", "证件号码有误，请核对后重新填写。",
      "The document number is not right. Please check it." },

    { "name", "请填写姓名，须与取得证书时使用的一致。",
      "Fill in the name with which the certificate was obtained." },

    { "username",
      "用户名至少 3 个字节、最多 64 个字节（一个汉字为 3 个字节），"
      "可使用文字、数字和 . _ @ + -。",
      "A username has 3 to 64 bytes of letters and digits and . _ @ + -" },

    { "password", "密码须为 8 至 128 个字符，不能包含控制字符。",
      "A password has 8 to 128 characters, none of them a control "
      "character." }
};

static const certd_fault_t  certd_register_told = {
    "password", "密码不能与用户名、姓名或证件号码相同。",
    "The password may not be the username, the name or the document number."
};


void
certd_register(certd_request_t *r)
{
    cert_err_t          err;
    certd_applicant_t   a;

    memset(&a, 0, sizeof(a));
    a.r = r;

    if (!certd_register_read(&a) || certd_register_is_slow(&a)) {
        goto done;
    }

    err = certd_register_look(&a);

    /* The others do not wait for this hash. */
    certd_request_leave(r);

    if (err == CERT_OK) {
        err = certd_hash_make(r->certd->hashes, a.password, a.hash);

        if (err == CERT_BUSY) {
            certd_register_undo(&a);
            certd_refuse(r, CERTD_PROBLEM_TOO_MANY);
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


/* False: it was answered. */
static int
certd_register_read(certd_applicant_t *a)
{
    cert_err_t             err;
    const certd_fault_t   *fault;

    cert_form_field_t  fields[CERTD_FIELDS] = {
        { .name = cert_str("id_type") },
        { .name = cert_str("id_number") },
        { .name = cert_str("name") },
        { .name = cert_str("username") },
        { .name = cert_str("password") }
    };

    if (!certd_request_form(a->r, fields, CERTD_FIELDS)) {
        return 0;
    }

    fault = certd_register_fold(a, fields);

    if (fault != NULL) {
        certd_refuse_field(a->r, fault);
        return 0;
    }

    err = cert_holder_make(a->r->view->ring, a->id_type,
                           (cert_str_t) {
                               (const uint8_t *) a->id_number.data,
                               a->id_number.len },
                           &a->holder);
    if (err != CERT_OK) {
        certd_refuse_err(a->r, err, "lookup key");
        return 0;
    }

    certd_request_is(a->r, &a->holder);

    return 1;
}


/* The first field that is at fault; NULL: none. */
static const certd_fault_t *
certd_register_fold(certd_applicant_t *a, const cert_form_field_t *fields)
{
    cert_str_t   number;
    cert_date_t  today;

    if (cert_id_type_parse(&a->id_type, fields[CERTD_FIELD_ID_TYPE].value)
        != CERT_OK)
    {
        return &certd_register_faults[CERTD_FIELD_ID_TYPE];
    }

    today = cert_time_date(a->r->now, a->r->policy.utc_offset_sec);

    if (cert_id_number_fold(&a->id_number,
                            fields[CERTD_FIELD_ID_NUMBER].value, NULL)
        != CERT_OK)
    {
        return &certd_register_faults[CERTD_FIELD_ID_NUMBER];
    }

    number = (cert_str_t) { (const uint8_t *) a->id_number.data,
                            a->id_number.len };

    if (a->id_type == CERT_ID_CN
        && cert_id_number_check_cn(number, today, NULL, NULL) != CERT_OK)
    {
        return &certd_register_faults[CERTD_FIELD_ID_NUMBER];
    }

    if (cert_name_fold(&a->name, fields[CERTD_FIELD_NAME].value, NULL)
        != CERT_OK)
    {
        return &certd_register_faults[CERTD_FIELD_NAME];
    }

    if (cert_username_fold(&a->username, fields[CERTD_FIELD_USERNAME].value,
                           NULL)
        != CERT_OK)
    {
        return &certd_register_faults[CERTD_FIELD_USERNAME];
    }

    a->password = fields[CERTD_FIELD_PASSWORD].value;

    if (!certd_password_is_sound(a->password)) {
        return &certd_register_faults[CERTD_FIELD_PASSWORD];
    }

    return certd_password_is_told(a->password, &a->username, &a->name,
                                  &a->id_number)
           ? &certd_register_told : NULL;
}


/* True: it was answered. */
static int
certd_register_is_slow(certd_applicant_t *a)
{
    int64_t      now_ms;
    uint8_t      text[CERTD_ADDRESS_MAX];
    unsigned     sec;
    cert_str_t   client;
    certd_t     *certd;

    certd = a->r->certd;
    now_ms = certd_clock_ms();
    client = certd_session_client(a->r, text);

    sec = client.len > 0
          ? certd_throttle_look(certd->throttle, CERTD_THROTTLE_ADDRESS,
                                client, now_ms)
          : 0;

    if (sec == 0) {
        sec = certd_throttle_try(certd->throttle, CERTD_THROTTLE_DOCUMENT,
                                 certd_register_key(a), now_ms);
    }

    if (sec > 0) {
        certd_refuse_wait(a->r, CERTD_PROBLEM_TOO_OFTEN, sec);
    }

    return sec > 0;
}


static cert_err_t
certd_register_look(certd_applicant_t *a)
{
    cert_err_t       err;
    cert_holder_t    other;
    cert_account_t   account;
    cert_reader_t   *reader;

    reader = a->r->view->reader;

    err = certd_each_of_holder(a->r, &a->holder, certd_register_person, a);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_read_account(reader, &a->holder, &account);

    /* A link, or an account that has a login already. */
    if (err == CERT_OK
        && (account.has_login
            || memcmp(&account.holder, &a->holder, CERT_HOLDER_SIZE) != 0))
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
    certd_applicant_t   *a = data;
    cert_certificate_t   certificate;

    err = cert_read_certificate(a->r->view->reader, number, &certificate);

    if (err == CERT_OK && !certificate.has_person) {
        err = CERT_NO_KEY;
    }

    if (err == CERT_OK && certificate.person.name.len == a->name.len
        && memcmp(certificate.person.name.data, a->name.data, a->name.len)
           == 0)
    {
        a->is_match = 1;
    }

    explicit_bzero(&certificate.person, sizeof(certificate.person));

    /* It went to another holder since it was listed. */
    return err == CERT_NOT_FOUND ? CERT_OK : err;
}


static void
certd_register_decide(certd_applicant_t *a)
{
    if (!a->is_match) {
        certd_register_refuse(a);
        return;
    }

    /* Who matched guesses nothing any more. */
    certd_throttle_clear(a->r->certd->throttle, CERTD_THROTTLE_DOCUMENT,
                         certd_register_key(a));

    if (a->is_taken) {
        certd_refuse(a->r, CERTD_PROBLEM_USERNAME_TAKEN);
        return;
    }

    certd_register_write(a);
}


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
                        certd_register_key(a));
}


static cert_str_t
certd_register_key(const certd_applicant_t *a)
{
    return (cert_str_t) { a->holder.bytes, CERT_HOLDER_SIZE };
}

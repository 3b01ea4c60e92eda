/*
 * Copyright (C) the ngx_cert authors
 *
 * The form of a registration.
 *
 * The first field that is at fault is named, in the order of the form.  A
 * resident identity number is checked by its check digit: one that was mistyped
 * would otherwise be refused without a reason, like all that does not match.
 */


#include "cert_fold.h"
#include "cert_password.h"
#include "certd_answer.h"
#include "certd_applicant.h"
#include "certd_password.h"


enum {
    CERTD_FIELD_ID_TYPE = 0,
    CERTD_FIELD_ID_NUMBER,
    CERTD_FIELD_NAME,
    CERTD_FIELD_USERNAME,
    CERTD_FIELD_PASSWORD,
    CERTD_FIELDS
};


static const certd_fault_t *certd_applicant_fold(certd_applicant_t *a,
    const cert_form_field_t *fields);


static const certd_fault_t  certd_applicant_faults[CERTD_FIELDS] = {

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

static const certd_fault_t  certd_applicant_told = {
    "password", "密码不能与用户名、姓名或证件号码相同。",
    "The password may not be the username, the name or the document number."
};


int
certd_applicant_read(certd_applicant_t *a)
{
    cert_err_t             err;
    const certd_fault_t   *fault;

    cert_form_field_t  fields[CERTD_FIELDS] = {
        { .name = cert_str("id_type") },
        { .name = cert_str("id_number"), .kind = CERT_FIELD_NUMBER },
        { .name = cert_str("name"), .kind = CERT_FIELD_NAME },
        { .name = cert_str("username") },
        { .name = cert_str("password"), .kind = CERT_FIELD_SECRET }
    };

    if (!certd_request_text_form(a->r, fields, CERTD_FIELDS)) {
        return 0;
    }

    fault = certd_applicant_fold(a, fields);

    if (fault != NULL) {
        certd_refuse_field(a->r, fault);
        return 0;
    }

    err = cert_holder_make(a->r->reader->ring, a->id_type,
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
certd_applicant_fold(certd_applicant_t *a, const cert_form_field_t *fields)
{
    cert_str_t   number;
    cert_date_t  today;

    if (cert_id_type_parse(&a->id_type, fields[CERTD_FIELD_ID_TYPE].value)
        != CERT_OK)
    {
        return &certd_applicant_faults[CERTD_FIELD_ID_TYPE];
    }

    today = cert_time_date(a->r->now, a->r->policy.utc_offset_sec);

    if (cert_fold_id_number(&a->id_number,
                            fields[CERTD_FIELD_ID_NUMBER].value, NULL)
        != CERT_OK)
    {
        return &certd_applicant_faults[CERTD_FIELD_ID_NUMBER];
    }

    number = (cert_str_t) { (const uint8_t *) a->id_number.data,
                            a->id_number.len };

    if (a->id_type == CERT_ID_CN
        && cert_id_number_check_cn(number, today, NULL, NULL) != CERT_OK)
    {
        return &certd_applicant_faults[CERTD_FIELD_ID_NUMBER];
    }

    if (cert_fold_name(&a->name, fields[CERTD_FIELD_NAME].value, NULL)
        != CERT_OK)
    {
        return &certd_applicant_faults[CERTD_FIELD_NAME];
    }

    if (cert_username_fold(&a->username, fields[CERTD_FIELD_USERNAME].value,
                           NULL)
        != CERT_OK)
    {
        return &certd_applicant_faults[CERTD_FIELD_USERNAME];
    }

    a->password = fields[CERTD_FIELD_PASSWORD].value;

    if (!cert_password_is_sound(a->password)) {
        return &certd_applicant_faults[CERTD_FIELD_PASSWORD];
    }

    return certd_password_is_told(a->password, &a->username, &a->name,
                                  &a->id_number)
           ? &certd_applicant_told : NULL;
}

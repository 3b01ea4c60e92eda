/*
 * Copyright (C) the ngx_cert authors
 *
 * Problems, refusals and errors as tables.
 *
 * All that a holder reads of a failure stands here, both languages side by
 * side, so that a change of one shows the other.  Pages show the details as
 * they are; programs rely on the names, which therefore never change.
 *
 * login_refused and registration_refused each word many causes in one way: to
 * say which of the things typed was wrong would tell a stranger which persons
 * have an account, or a certificate.
 *
 * An error of the library without a row is a fault of this program or of the
 * store.  Its sender learns no more than to come back later; the log has it as
 * an alert.
 */


#include "certd_problem.h"


typedef struct {
    cert_refusal_t   refusal;
    certd_problem_t  problem;
} certd_refusal_row_t;

typedef struct {
    cert_err_t         err;
    certd_problem_t    problem;
    certd_log_level_t  level;
} certd_err_row_t;


/* In the order of certd_problem_t. */
static const certd_problem_row_t  certd_problems[CERTD_PROBLEMS] = {

    { "bad_form", 400, 0, NULL, "The form cannot be read",
      "提交的内容无法识别，请刷新页面后重试。",
      "What was submitted cannot be read as a form. Reload the page and try "
      "again." },

    { "bad_identity", 400, 0, NULL, "The identity cannot be read",
      "未能识别统一认证传来的身份信息，请重新认证；如仍不成功，请联系网站管理人员。",
      "The identity that the sign-in service handed over cannot be read. Sign "
      "in there again; if that does not help, tell the people who run this "
      "site." },

    { "bad_idempotency_key", 400, 0, NULL, "The Idempotency-Key cannot be used",
      "请求头 Idempotency-Key 只能出现一次，须为 1 至 128 个可打印的 ASCII 字符。",
      "The header Idempotency-Key may come once and has to be 1 to 128 "
      "printable ASCII characters." },

    { "no_host", 400, 0, NULL, "The header Host is missing",
      "请求缺少 Host 请求头，未予处理。",
      "The request has no header Host and was not carried out. HTTP/1.1 needs "
      "one." },

    { "login_required", 401, 0, NULL, "Log in first",
      "请先登录。如果此前已登录，登录状态可能已超时。",
      "Please log in. If you were logged in before, your session has ended." },

    { "login_refused", 401, 0, NULL, "Not logged in",
      "用户名或密码不正确。",
      "The username or the password is not right." },

    { "identity_required", 401, 0, NULL, "Sign in first",
      "请先通过统一认证登录。",
      "Please sign in at the sign-in service first." },

    { "cross_site", 403, 0, NULL, "Sent by another site",
      "该请求来自其他网站，未予处理。请在本网站的页面上操作。",
      "This request came from another site and was not carried out. Use the "
      "pages of this site." },

    { "consent_required", 403, 0, NULL, "The service notice is not agreed to",
      "请先阅读服务须知并点击“同意”，之后才能继续操作。",
      "Please read the service notice and agree to it first; nothing else can "
      "be done before." },

    { "registration_refused", 403, 0, NULL, "Not registered",
      "未能注册。请核对证件类型、证件号码和姓名是否与取得证书时使用的一致；"
      "如已注册过，请直接登录；证书也可能尚未上线，请稍后再试。"
      "如有疑问，请联系证书发放机构。",
      "You could not be registered. Check that document type, document number "
      "and name are those with which the certificate was obtained. If you "
      "registered before, log in. The certificate may also not be online yet: "
      "try again later. If in doubt, ask the issuing authority." },

    { "no_certificate", 404, 0, NULL, "No such certificate",
      "未查询到证书信息",
      "No certificate information found" },

    { "no_annotation", 404, 0, NULL, "No such copy",
      "未查询到该加注件。",
      "No such copy was found." },

    { "no_route", 404, 0, NULL, "No such address",
      "该地址不存在。",
      "There is nothing at this address." },

    { "identity_elsewhere", 404, 0, NULL, "Accounts are kept elsewhere",
      "本网站使用统一认证登录，无需在此注册、登录或设置密码。",
      "You sign in to this site at another service: there is no registration, "
      "login or password here." },

    { "method_not_allowed", 405, 0, NULL, "Method not allowed",
      "该地址不支持此请求方法，可用的方法见响应头 Allow。",
      "This address does not take this method; the header Allow lists those "
      "it takes." },

    { "username_taken", 409, 0, NULL, "The username is taken",
      "该用户名已被使用，请换一个用户名。",
      "This username is taken. Please choose another one." },

    { "notice_changed", 409, 0, NULL, "The service notice has changed",
      "服务须知已更新，请阅读新的内容后再点击“同意”。",
      "The service notice has changed. Please read the new one before you "
      "agree to it." },

    { "quota", 409, 0, NULL, "The quota is used up",
      "该证书的加注次数已用完。自申请加注当日起向前计算，"
      "规定期限内同一证书的加注次数有上限，有效期短的加注同样占用一次。",
      "All copies that this certificate may have within the period, counted "
      "back from today, are used; one with a short validity uses a slot as "
      "well." },

    { "not_valid", 409, 0, NULL, "The certificate is not in force",
      "该证书当前不是“有效”状态，不能申请加注。如有疑问，请联系证书发放机构。",
      "This certificate is not valid at present, so no copy can be made. If "
      "in doubt, ask the issuing authority." },

    { "annotation_not_needed", 409, 0, NULL, "No application is needed",
      "该证书无需申请加注，可直接查看或下载原件。",
      "This certificate needs no application: view or download its original "
      "copy." },

    { "state", 409, 0, NULL, "Not possible in this state",
      "该加注件当前的状态不支持此操作，请刷新后查看。",
      "This cannot be done with the copy as it is now. Reload to see its "
      "state." },

    { "idempotency_key_reused", 409, 0, NULL, "The Idempotency-Key was used",
      "同一个 Idempotency-Key 已用于另一内容不同的申请，请换一个新的。",
      "The same Idempotency-Key came with another application before. Use a "
      "new one." },

    { "form_too_large", 413, 0, NULL, "The form is too large",
      "提交的内容过大。",
      "What was submitted is too large." },

    { "unsupported_media_type", 415, 0, NULL, "Not a form",
      "请以 application/x-www-form-urlencoded 格式和 UTF-8 编码提交。",
      "Send a form as application/x-www-form-urlencoded, in UTF-8." },

    { "invalid_field", 422, 0, NULL, "A field is not right",
      "填写的内容有误，请更正后重新提交。",
      "What was filled in is not right. Please correct it and submit again." },

    { "scene", 422, 0, "scene", "The purpose is not right",
      "请选择使用场景。",
      "Choose what the copy is for." },

    { "days", 422, 0, "days", "The validity is not right",
      "加注有效期须为整数天，至少 1 天，且不超过规定的最长天数。",
      "The validity is a whole number of days, at least one and not more than "
      "the longest that is allowed." },

    { "too_many", 429, 0, NULL, "Too many at once",
      "当前登录或注册的人数较多，请稍后再试。",
      "Many people are logging in or registering right now. Please try again "
      "in a moment." },

    { "too_often", 429, 0, NULL, "Too many failures in a row",
      "连续失败的次数较多，请等待片刻再试；等待期间，输入正确的内容也不会被接受。",
      "There were several failures in a row. Please wait before you try "
      "again; until then even what is right is not accepted." },

    { "busy", 503, 2, NULL, "Busy",
      "系统繁忙，请稍后再试。",
      "The system is busy. Please try again in a moment." },

    { "unavailable", 503, 30, NULL, "Not available",
      "系统暂时不可用，已通知管理人员，请稍后再试。",
      "The service is not available at the moment. Its operators were told; "
      "please try again later." }
};

/* Refusals that a holder can bring about. */
static const certd_refusal_row_t  certd_refusals[] = {
    { CERT_REFUSAL_NO_CERTIFICATE, CERTD_PROBLEM_NO_CERTIFICATE },
    { CERT_REFUSAL_NO_ANNOTATION, CERTD_PROBLEM_NO_ANNOTATION },
    { CERT_REFUSAL_NOT_VALID, CERTD_PROBLEM_NOT_VALID },
    { CERT_REFUSAL_QUOTA, CERTD_PROBLEM_QUOTA },
    { CERT_REFUSAL_SCENE, CERTD_PROBLEM_SCENE },
    { CERT_REFUSAL_DAYS, CERTD_PROBLEM_DAYS },
    { CERT_REFUSAL_CODE_TAKEN, CERTD_PROBLEM_BUSY },
    { CERT_REFUSAL_STATE, CERTD_PROBLEM_STATE },
    { CERT_REFUSAL_NEEDS_ANNOTATION, CERTD_PROBLEM_STATE },
    { CERT_REFUSAL_HAS_ORIGINAL, CERTD_PROBLEM_NOT_NEEDED },
    { CERT_REFUSAL_HAS_ACCOUNT, CERTD_PROBLEM_REGISTRATION_REFUSED },
    { CERT_REFUSAL_USERNAME, CERTD_PROBLEM_USERNAME_TAKEN },
    { CERT_REFUSAL_NO_ACCOUNT, CERTD_PROBLEM_LOGIN_REQUIRED },
    { CERT_REFUSAL_NO_SESSION, CERTD_PROBLEM_LOGIN_REQUIRED },
    { CERT_REFUSAL_IDEMPOTENCY, CERTD_PROBLEM_KEY_REUSED }
};

/*
 * All others mean a fault of this program or of the store.  What the writer
 * meets, it logs itself.
 */
static const certd_err_row_t  certd_errs[] = {
    { CERT_BUSY, CERTD_PROBLEM_BUSY, CERTD_LOG_INFO },
    { CERT_FULL, CERTD_PROBLEM_BUSY, CERTD_LOG_INFO },
    { CERT_MAP_FULL, CERTD_PROBLEM_BUSY, CERTD_LOG_INFO },
    { CERT_NO_MEMORY, CERTD_PROBLEM_BUSY, CERTD_LOG_WARNING }
};


const certd_problem_row_t *
certd_problem_row(certd_problem_t problem)
{
    return &certd_problems[problem];
}


certd_problem_t
certd_problem_refusal(cert_refusal_t refusal)
{
    size_t  i;

    for (i = 0; i < sizeof(certd_refusals) / sizeof(*certd_refusals); i++) {
        if (certd_refusals[i].refusal == refusal) {
            return certd_refusals[i].problem;
        }
    }

    return CERTD_PROBLEM_UNAVAILABLE;
}


certd_problem_t
certd_problem_err(cert_err_t err, certd_log_level_t *level)
{
    size_t  i;

    for (i = 0; i < sizeof(certd_errs) / sizeof(*certd_errs); i++) {
        if (certd_errs[i].err == err) {
            *level = certd_errs[i].level;
            return certd_errs[i].problem;
        }
    }

    *level = CERTD_LOG_ALERT;

    return CERTD_PROBLEM_UNAVAILABLE;
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * Whether the public address answers, and out of this store.
 *
 * A code of the store is asked for and the answer compared with that of the
 * library: another store, an older configuration or a page of somebody else
 * would say something else.  Where no copy is known the code is one that no
 * store has.
 */


#include <curl/curl.h>

#include "cert_check.h"
#include "cert_list.h"
#include "certctl_doctor_address.h"
#include "certctl_home.h"


/* Seconds, and bytes of an answer. */
#define CERTCTL_DOCTOR_TIMEOUT  10
#define CERTCTL_DOCTOR_ANSWER   16384

/* Certificates among which one with a copy is looked for. */
#define CERTCTL_DOCTOR_NUMBERS  64

/* What stands for a copy that is nowhere, with a right check digit. */
#define CERTCTL_DOCTOR_NOBODY   "0000-0000-0000-0000"

/* A question of both, and what they said. */
typedef struct {
    cert_result_t  expected;        /* by the library */
    CURLcode       rc;
    long           status;
    char           result[32];      /* of the address */
    size_t         len;
    char           data[CERTCTL_DOCTOR_ANSWER];
} certctl_doctor_asked_t;

typedef struct {
    size_t       n;
    cert_text_t  numbers[CERTCTL_DOCTOR_NUMBERS];
    int          has_code;
    cert_code_t  code;          /* the newest of those that were listed */
} certctl_doctor_codes_t;


static void certctl_doctor_compare(certctl_doctor_t *doctor, const char *code,
    certctl_doctor_asked_t *asked);
static int certctl_doctor_code(certctl_doctor_t *doctor,
    char text[CERT_CODE_TEXT_SIZE]);
static cert_err_t certctl_doctor_number(void *data,
    const cert_certificate_t *certificate);
static cert_err_t certctl_doctor_note(void *data, const cert_code_t *code,
    cert_time_t time);
static CURLcode certctl_doctor_ask(const char *url,
    certctl_doctor_asked_t *asked);
static size_t certctl_doctor_take(char *data, size_t size, size_t n,
    void *to);
static void certctl_doctor_result(certctl_doctor_asked_t *asked);
static int certctl_doctor_is_same(const certctl_doctor_asked_t *asked);
static void certctl_doctor_judge(certctl_doctor_t *doctor,
    const certctl_doctor_asked_t *asked, int has_copy);


void
certctl_doctor_address(certctl_doctor_t *doctor)
{
    int                       has_copy;
    char                      code[CERT_CODE_TEXT_SIZE];
    certctl_doctor_asked_t    asked;

    has_copy = certctl_doctor_code(doctor, code);

    certctl_doctor_compare(doctor, code, &asked);

    /* A copy that was being made, or withdrawn, is another a moment later. */
    if (asked.rc == CURLE_OK && !certctl_doctor_is_same(&asked)) {
        certctl_doctor_compare(doctor, code, &asked);
    }

    certctl_doctor_judge(doctor, &asked, has_copy);
}


/* The answer of the library, and that of the address. */
static void
certctl_doctor_compare(certctl_doctor_t *doctor, const char *code,
    certctl_doctor_asked_t *asked)
{
    char             url[CERT_URL_MAX + 64];
    cert_verdict_t   verdict;
    cert_question_t  question;

    memset(&question, 0, sizeof(question));
    question.ask = CERT_ASK_CODE;
    question.text = cert_strz(code);

    cert_check(doctor->ctl->reader, &question, certctl_home_clock(), &verdict);
    asked->expected = verdict.result;

    (void) snprintf(url, sizeof(url), "%s/check/%s",
                    doctor->ctl->policy.public_url, code);

    asked->rc = certctl_doctor_ask(url, asked);
    certctl_doctor_result(asked);
}


/* The newest copy of the first certificates that have one; false: none has. */
static int
certctl_doctor_code(certctl_doctor_t *doctor, char text[CERT_CODE_TEXT_SIZE])
{
    size_t                   i;
    cert_err_t               err;
    cert_reader_t           *reader;
    cert_position_t          after;
    certctl_doctor_codes_t   codes;

    reader = doctor->ctl->reader;
    codes.n = 0;
    codes.has_code = 0;
    after.len = 0;

    (void) cert_list_certificates(reader, &after, CERTCTL_DOCTOR_NUMBERS,
                                  certctl_doctor_number, &codes);

    for (i = 0; i < codes.n && !codes.has_code; i++) {
        after.len = 0;

        do {
            err = cert_list_annotations(reader,
                                        cert_strz(codes.numbers[i].data),
                                        &after, CERTCTL_DOCTOR_NUMBERS,
                                        certctl_doctor_note, &codes);
        } while (err == CERT_OK);
    }

    if (codes.has_code) {
        cert_code_format(&codes.code, text);

    } else {
        memcpy(text, CERTCTL_DOCTOR_NOBODY, sizeof(CERTCTL_DOCTOR_NOBODY));
    }

    return codes.has_code;
}


static cert_err_t
certctl_doctor_number(void *data, const cert_certificate_t *certificate)
{
    cert_text_t             *number;
    certctl_doctor_codes_t  *codes = data;

    number = &codes->numbers[codes->n++];
    (void) snprintf(number->data, sizeof(number->data), "%.*s",
                    (int) certificate->facts.number.len,
                    (const char *) certificate->facts.number.data);

    return CERT_OK;
}


static cert_err_t
certctl_doctor_note(void *data, const cert_code_t *code, cert_time_t time)
{
    certctl_doctor_codes_t *codes = data;

    (void) time;

    codes->has_code = 1;
    codes->code = *code;

    return CERT_OK;
}


static CURLcode
certctl_doctor_ask(const char *url, certctl_doctor_asked_t *asked)
{
    CURL               *curl;
    CURLcode            rc;
    struct curl_slist  *headers;

    asked->len = 0;
    asked->status = 0;

    curl = curl_easy_init();
    headers = curl_slist_append(NULL, "Accept: application/json");

    if (curl == NULL || headers == NULL) {
        rc = CURLE_OUT_OF_MEMORY;
        goto done;
    }

    (void) curl_easy_setopt(curl, CURLOPT_URL, url);
    (void) curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    (void) curl_easy_setopt(curl, CURLOPT_USERAGENT, "certctl");
    (void) curl_easy_setopt(curl, CURLOPT_TIMEOUT,
                            (long) CERTCTL_DOCTOR_TIMEOUT);
    (void) curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);

    /* A proxy of the environment would be asked in its place. */
    (void) curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    (void) curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, certctl_doctor_take);
    (void) curl_easy_setopt(curl, CURLOPT_WRITEDATA, asked);

    rc = curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");

    if (rc == CURLE_OK) {
        rc = curl_easy_perform(curl);
    }

    if (rc == CURLE_OK) {
        rc = curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE,
                               &asked->status);
    }

done:

    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);

    return rc;
}


/* A check answers in less: the beginning tells that it is another page. */
static size_t
certctl_doctor_take(char *data, size_t size, size_t n, void *to)
{
    certctl_doctor_asked_t *asked = to;

    size_t  room;

    n *= size;
    room = sizeof(asked->data) - asked->len;

    memcpy(asked->data + asked->len, data, n < room ? n : room);
    asked->len += n < room ? n : room;

    return n;
}


/* Empty where it is not an answer of a check. */
static void
certctl_doctor_result(certctl_doctor_asked_t *asked)
{
    json_t      *json;
    const char  *result;

    asked->result[0] = '\0';

    json = json_loadb(asked->data, asked->len, 0, NULL);
    result = json_string_value(json_object_get(json, "result"));

    if (result != NULL) {
        (void) snprintf(asked->result, sizeof(asked->result), "%.*s",
                        (int) sizeof(asked->result) - 1, result);
    }

    json_decref(json);
}


static int
certctl_doctor_is_same(const certctl_doctor_asked_t *asked)
{
    return strcmp(asked->result, cert_result_name(asked->expected)) == 0;
}


/* The code stays out of it: a monitor may keep what is said. */
static void
certctl_doctor_judge(certctl_doctor_t *doctor,
    const certctl_doctor_asked_t *asked, int has_copy)
{
    const char  *url;

    url = doctor->ctl->policy.public_url;

    if (asked->rc != CURLE_OK) {
        certctl_doctor_say(doctor, CERTCTL_FAULT, "address", "Look at nginx "
                           "(nginx -t, its error log), the name in DNS and "
                           "the firewall; --local leaves this out", "\"%s\" "
                           "does not answer: %s", url,
                           curl_easy_strerror(asked->rc));

    } else if (asked->result[0] == '\0') {
        certctl_doctor_say(doctor, CERTCTL_FAULT, "address", "Serve the site "
                           "of conf-examples there, or set public_url to "
                           "where it is", "\"%s\" answers with status %ld, "
                           "and not as a check does", url, asked->status);

    } else if (asked->expected == CERT_RESULT_UNAVAILABLE) {
        certctl_doctor_say(doctor, CERTCTL_FAULT, "address", "certctl fsck "
                           "tells what is damaged", "the store of this home "
                           "cannot answer a check");

    } else if (!certctl_doctor_is_same(asked)) {
        certctl_doctor_say(doctor, CERTCTL_FAULT, "address", "Compare "
                           "cert_store in nginx.conf with the home, and "
                           "reload nginx; its error log has more", "\"%s\" "
                           "says \"%s\" of a copy, and the store of this "
                           "home \"%s\"", url, asked->result,
                           cert_result_name(asked->expected));

    } else if (!has_copy) {
        certctl_doctor_say(doctor, CERTCTL_SOUND, "address", NULL, "\"%s\" "
                           "answers as a check does; the store has no copy "
                           "yet to compare", url);

    } else {
        certctl_doctor_say(doctor, CERTCTL_SOUND, "address", NULL, "\"%s\" "
                           "answers out of this store", url);
    }
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * A request.
 *
 * What a client sends is dropped beyond the size of a form and still read to
 * its end, or nginx would meet a closed socket instead of the answer.
 *
 * Forms hold passwords and document numbers: the copy that is read from is
 * wiped with the request.  Of libmicrohttpd's own buffer it is known that it
 * is zeroed for the next request of a connection, and given back to the
 * system after the last.
 */


#include <stdatomic.h>
#include <stdlib.h>
#include <strings.h>

#include "cert_hex.h"
#include "cert_read.h"
#include "certd_answer.h"
#include "certd_counters.h"


/* More than nginx lets through by default; it gets no answer. */
#define CERTD_BODY_MAX  (1024 * 1024)

const char  certd_request_no_host[] = "-";

typedef struct {
    const char   *name;
    const char   *value;
    unsigned      n;
} certd_sought_t;

typedef struct {
    cert_str_t   *value;
    cert_err_t    err;      /* as certd_request_cookie() returns it */
} certd_cookies_t;


static enum MHD_Result certd_request_seek_cookie(void *cls,
    enum MHD_ValueKind kind, const char *name, const char *value);
static enum MHD_Result certd_request_seek(void *cls, enum MHD_ValueKind kind,
    const char *name, const char *value);
static void certd_request_refuse_form(certd_request_t *r,
    const cert_form_field_t *fields, size_t fields_n);
static int certd_request_decode(certd_request_t *r, cert_form_field_t *fields,
    size_t fields_n, cert_charset_t declared);
static int certd_request_is_form(certd_request_t *r);


/* The field is that of the request. */
static const certd_fault_t  certd_request_charset = {
    NULL, "无法识别此项的字符编码，请使用 UTF-8，"
    "或在 Content-Type 中正确声明 charset=gb18030。",
    "The characters cannot be read. Send UTF-8, or declare charset=gb18030 in "
    "Content-Type if that is what they are in."
};


certd_request_t *
certd_request_create(certd_t *certd, struct MHD_Connection *connection)
{
    certd_request_t  *r;

    r = calloc(1, sizeof(certd_request_t));

    if (r != NULL) {
        r->certd = certd;
        r->connection = connection;
        r->since_ms = certd_clock_ms();
    }

    return r;
}


/* Wiped as a whole: the account in it has the hash of a password. */
void
certd_request_free(certd_request_t *r)
{
    certd_request_leave(r);
    json_decref(r->answer);

    if (r->body != NULL) {
        explicit_bzero(r->body, CERT_FORM_MAX);
        free(r->body);
    }

    if (r->decoded != NULL) {
        explicit_bzero(r->decoded, CERT_DECODED_MAX);
        free(r->decoded);
    }

    explicit_bzero(r, sizeof(certd_request_t));
    free(r);
}


/*
 * What is beyond a form is counted and not kept, so that it is known that
 * there was too much.
 */
int
certd_request_add(certd_request_t *r, const char *data, size_t len)
{
    if (len > CERTD_BODY_MAX || r->body_n + len > CERTD_BODY_MAX) {
        return 0;
    }

    if (r->body == NULL) {
        r->body = malloc(CERT_FORM_MAX);
        if (r->body == NULL) {
            return 0;
        }
    }

    if (r->body_n + len <= CERT_FORM_MAX) {
        memcpy(r->body + r->body_n, data, len);
    }

    r->body_n += len;

    return 1;
}


/*
 * By hand, since the look-up of libmicrohttpd gives the first of several: what
 * decides about identity has to know that there are two.
 */
unsigned
certd_request_header(certd_request_t *r, const char *name,
    const char **value)
{
    certd_sought_t  sought;

    sought.name = name;
    sought.value = NULL;
    sought.n = 0;

    (void) MHD_get_connection_values(r->connection, MHD_HEADER_KIND,
                                     certd_request_seek, &sought);

    if (sought.n > 0) {
        *value = sought.value != NULL ? sought.value : "";
    }

    return sought.n;
}


/*
 * A client may send its cookies in several lines, over HTTP/2 one in each, and
 * nginx passes them on as they came.
 */
cert_err_t
certd_request_cookie(certd_request_t *r, cert_str_t *value)
{
    certd_cookies_t  cookies;

    cookies.value = value;
    cookies.err = CERT_NOT_FOUND;

    (void) MHD_get_connection_values(r->connection, MHD_HEADER_KIND,
                                     certd_request_seek_cookie, &cookies);

    return cookies.err;
}


static enum MHD_Result
certd_request_seek_cookie(void *cls, enum MHD_ValueKind kind, const char *name,
    const char *value)
{
    certd_cookies_t  *cookies = cls;

    cert_err_t  err;

    (void) kind;

    if (value == NULL || strcasecmp(name, "Cookie") != 0) {
        return MHD_YES;
    }

    err = certd_cookie_find(value, cookies->value);

    if (err == CERT_INVALID
        || (err == CERT_OK && cookies->err != CERT_NOT_FOUND))
    {
        cookies->err = CERT_INVALID;
        return MHD_NO;
    }

    if (err == CERT_OK) {
        cookies->err = CERT_OK;
    }

    return MHD_YES;
}


static enum MHD_Result
certd_request_seek(void *cls, enum MHD_ValueKind kind, const char *name,
    const char *value)
{
    certd_sought_t  *sought = cls;

    (void) kind;

    if (strcasecmp(name, sought->name) == 0 && value != certd_request_no_host)
    {
        sought->value = value;
        sought->n++;
    }

    return MHD_YES;
}


int
certd_request_has_host(certd_request_t *r, const char *version)
{
    const char  *value;

    return strcmp(version, MHD_HTTP_VERSION_1_1) != 0
           || certd_request_header(r, "Host", &value) > 0;
}


cert_str_t
certd_request_argument(const certd_request_t *r)
{
    return (cert_str_t) { r->argument, r->argument_n };
}


int
certd_request_form(certd_request_t *r, cert_form_field_t *fields,
    size_t fields_n)
{
    cert_str_t   text;
    const char  *why;

    if (r->body_n > CERT_FORM_MAX) {
        certd_refuse(r, CERTD_PROBLEM_TOO_LARGE);
        return 0;
    }

    if (!certd_request_is_form(r)) {
        certd_refuse(r, CERTD_PROBLEM_MEDIA_TYPE);
        return 0;
    }

    text = r->body_n > 0 ? (cert_str_t) { r->body, r->body_n } : cert_str("");

    if (cert_form_parse(text, fields, fields_n, r->body, &why) != CERT_OK) {
        certd_request_refuse_form(r, fields, fields_n);
        return 0;
    }

    return 1;
}


/* With the field that is given twice, or holds what no form may. */
static void
certd_request_refuse_form(certd_request_t *r, const cert_form_field_t *fields,
    size_t fields_n)
{
    size_t  i;

    for (i = 0; i < fields_n; i++) {
        if (fields[i].is_wrong) {
            certd_refuse_with(r, CERTD_PROBLEM_BAD_FORM,
                              json_pack("{ss}", "field",
                                        (const char *) fields[i].name.data));
            return;
        }
    }

    certd_refuse(r, CERTD_PROBLEM_BAD_FORM);
}


int
certd_request_text_form(certd_request_t *r, cert_form_field_t *fields,
    size_t fields_n)
{
    const char      *type;
    cert_charset_t   declared;

    if (!certd_request_form(r, fields, fields_n)) {
        return 0;
    }

    type = "";
    (void) certd_request_header(r, "Content-Type", &type);
    declared = cert_charset_declared(cert_strz(type));

    switch (cert_charset_look(fields, fields_n, declared)) {

    case CERT_CHARSET_UTF8:
        return 1;

    case CERT_CHARSET_GB:
        return certd_request_decode(r, fields, fields_n, declared);

    default:
        certd_refuse(r, CERTD_PROBLEM_MEDIA_TYPE);
        return 0;
    }
}


/*
 * A decoder for each such request: there are few, and a password is hashed
 * after it, which takes ten thousand times as long.
 */
static int
certd_request_decode(certd_request_t *r, cert_form_field_t *fields,
    size_t fields_n, cert_charset_t declared)
{
    size_t           i;
    cert_err_t       err;
    const char      *why;
    certd_fault_t    fault;
    cert_decoder_t  *decoder;

    static atomic_flag  is_said = ATOMIC_FLAG_INIT;

    r->decoded = malloc(CERT_DECODED_MAX);
    if (r->decoded == NULL) {
        certd_refuse_err(r, CERT_NO_MEMORY, "form");
        return 0;
    }

    err = cert_decoder_create(&decoder);

    if (err == CERT_NO_MEMORY) {
        certd_refuse_err(r, err, "form");
        return 0;
    }

    if (err == CERT_NOT_FOUND && !atomic_flag_test_and_set(&is_said)) {
        certd_log(CERTD_LOG_WARNING, "forms in GBK and GB18030 are refused: "
                  "the C library cannot decode them; install its gconv "
                  "modules");
    }

    err = cert_charset_decode(decoder, fields, fields_n, declared, r->decoded,
                              &why);
    cert_decoder_destroy(decoder);

    if (err == CERT_OK) {
        return 1;
    }

    fault = certd_request_charset;

    for (i = 0; i < fields_n; i++) {
        if (fields[i].is_wrong) {
            fault.field = (const char *) fields[i].name.data;
        }
    }

    certd_refuse_field(r, &fault);

    return 0;
}


/* No body needs no type. */
static int
certd_request_is_form(certd_request_t *r)
{
    size_t       len;
    const char  *type;

    static const char  form[] = "application/x-www-form-urlencoded";

    if (r->body_n == 0) {
        return 1;
    }

    if (certd_request_header(r, "Content-Type", &type) != 1) {
        return 0;
    }

    len = strcspn(type, "; \t");

    return len == sizeof(form) - 1 && strncasecmp(type, form, len) == 0;
}


/*
 * Time and policy are of the same reader as what the handler reads next; a
 * handler that entered twice may see two policies, each whole.
 */
int
certd_request_enter(certd_request_t *r)
{
    cert_err_t  err;

    if (r->reader != NULL) {
        return 1;
    }

    r->reader = certd_reader_take(r->certd->store);
    if (r->reader == NULL) {
        certd_refuse_err(r, CERT_BUSY, "reader");
        return 0;
    }

    err = cert_read_now(r->reader->handle, certd_clock(), &r->now);

    if (err == CERT_OK) {
        err = cert_read_policy(r->reader->handle, &r->policy);
    }

    if (err != CERT_OK) {
        certd_refuse_err(r, err, "policy");
        return 0;
    }

    return 1;
}


void
certd_request_leave(certd_request_t *r)
{
    if (r->reader != NULL) {
        certd_reader_give(r->certd->store, r->reader);
        r->reader = NULL;
    }
}


/* nginx closes its connection here when its client closes the one there. */
certd_turn_t
certd_request_turn(certd_request_t *r)
{
    certd_turn_t                     turn;
    const union MHD_ConnectionInfo  *info;

    info = MHD_get_connection_info(r->connection,
                                   MHD_CONNECTION_INFO_CONNECTION_FD);

    memset(&turn, 0, sizeof(turn));
    turn.fd = info != NULL ? info->connect_fd : -1;

    return turn;
}


void
certd_request_is(certd_request_t *r, const cert_holder_t *holder)
{
    r->holder = *holder;

    /* Half of it: enough to tell holders apart, too little to look one up. */
    *cert_hex_encode(stpcpy(r->actor, "holder:"), holder->bytes,
                     CERT_HOLDER_SIZE / 2) = '\0';
}


/*
 * A writer that has to grow the map waits for all readers, so a thread that
 * waits for the writer must not have one.
 */
cert_err_t
certd_request_write(certd_request_t *r, certd_write_t *write,
    const char *place)
{
    cert_err_t  err;

    certd_request_leave(r);

    if (certd_write_wait(r->certd->writer, write) != CERT_OK) {
        /* Counted by the writer. */
        certd_refuse(r, CERTD_PROBLEM_BUSY);
        return CERT_BUSY;
    }

    err = write->err;

    if (err != CERT_OK && err != CERT_REFUSED) {
        certd_refuse_err(r, err, place);
    }

    return err;
}

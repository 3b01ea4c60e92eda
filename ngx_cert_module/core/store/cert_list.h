/*
 * Copyright (C) the ngx_cert authors
 *
 * Lists, in pages.
 *
 * Each call goes on after "*after" (len 0: from the start) with a new
 * snapshot, calls "each" at most "limit" times (1 or more) and leaves the last
 * key in "*after".  What is written between two pages shows if it lies behind
 * that key.  So a long list neither pins old pages nor keeps the writer
 * waiting.
 *
 * "each" returns CERT_OK to go on; anything else ends the call, is returned,
 * and leaves "*after" before the record it was about.  It must not call into
 * the same reader, nor return CERT_NOT_FOUND or CERT_EXISTS, which mean the
 * end of the list and of the page here.  What it is given is valid until it
 * returns.
 *
 *     CERT_OK         the page is full; call again
 *     CERT_NOT_FOUND  there is nothing more
 *
 * and the errors told in cert_reader.h.
 */


#ifndef CERT_LIST_H_INCLUDED
#define CERT_LIST_H_INCLUDED


#include "cert_reader.h"


typedef struct {
    size_t   len;
    uint8_t  data[256];
} cert_position_t;

typedef cert_err_t (*cert_each_certificate_pt)(void *data,
    const cert_certificate_t *certificate);
typedef cert_err_t (*cert_each_code_pt)(void *data, const cert_code_t *code,
    cert_time_t time);
typedef cert_err_t (*cert_each_qualification_pt)(void *data,
    const cert_qualification_t *qualification);

/* By number and by name, in the order of bytes.  "person" as in cert_read.h. */
cert_err_t cert_list_certificates(cert_reader_t *reader,
    cert_position_t *after, size_t limit, cert_each_certificate_pt each,
    void *data);
cert_err_t cert_list_qualifications(cert_reader_t *reader,
    cert_position_t *after, size_t limit, cert_each_qualification_pt each,
    void *data);

/*
 * Codes of a certificate, oldest first; "time" is when it was applied for.
 * Of a certificate that is not there the list is empty.
 */
cert_err_t cert_list_annotations(cert_reader_t *reader, cert_str_t number,
    cert_position_t *after, size_t limit, cert_each_code_pt each, void *data);

/* Codes that wait, oldest first; "time" is when they were applied for. */
cert_err_t cert_list_queue(cert_reader_t *reader, cert_position_t *after,
    size_t limit, cert_each_code_pt each, void *data);

/* All codes there are, in their order; "time" is 0. */
cert_err_t cert_list_codes(cert_reader_t *reader, cert_position_t *after,
    size_t limit, cert_each_code_pt each, void *data);

/* Codes that expire before "until", by expiry; "time" is the expiry. */
cert_err_t cert_list_expired(cert_reader_t *reader, cert_time_t until,
    cert_position_t *after, size_t limit, cert_each_code_pt each, void *data);


#endif /* CERT_LIST_H_INCLUDED */

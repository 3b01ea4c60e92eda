/*
 * Copyright (C) the ngx_cert authors
 *
 * Photos, which come from strangers' cameras: what is taken has been decoded,
 * what is refused has a reason.
 */


#include "certpdf_photo.h"
#include "fuzz.h"



int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cert_err_t     err;
    cert_str_t     in;
    cert_reason_t  reason;

    in.data = data;
    in.len = size;
    reason.text[0] = '\0';

    err = certpdf_photo_check(in, &reason);

    must(err == CERT_OK || err == CERT_INVALID || err == CERT_NO_MEMORY);
    must(err == CERT_OK || reason.text[0] != '\0');

    return 0;
}

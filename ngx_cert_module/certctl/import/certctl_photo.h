/*
 * Copyright (C) the ngx_cert authors
 *
 * Photos named by an import.
 */


#ifndef CERTCTL_PHOTO_H_INCLUDED
#define CERTCTL_PHOTO_H_INCLUDED


#include "cert_record.h"


/*
 * Reads the file "path" below the folder "folder" (a descriptor) into "photo",
 * which has room for CERT_PHOTO_MAX bytes.  No link is followed and nothing
 * above the folder is reached.  The reason goes behind "the photo".
 *
 *     CERT_OK
 *     CERT_INVALID    not such a file, too large, or not a photo that can be
 *                     drawn: see certpdf_photo_check()
 *     CERT_NO_MEMORY  not the photo's fault
 */
cert_err_t certctl_photo_read(int folder, cert_str_t path, uint8_t *photo,
    size_t *len, cert_reason_t *reason);


#endif /* CERTCTL_PHOTO_H_INCLUDED */

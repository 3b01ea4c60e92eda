/*
 * Copyright (C) the ngx_cert authors
 *
 * Whether a photo can be drawn.
 */


#ifndef CERTPDF_PHOTO_H_INCLUDED
#define CERTPDF_PHOTO_H_INCLUDED


#include "cert.h"


/*
 * Decodes a photo as certpdf_render() would, to its last byte, and lets go of
 * it.  JPEG: gray, RGB and CMYK, baseline and progressive; PNG: all kinds.
 * What is transparent becomes white.  The photo is turned upright as the camera
 * noted (Exif), colour profiles are ignored, and so is what follows the end of
 * the picture.
 *
 *     CERT_OK
 *     CERT_INVALID    neither JPEG nor PNG, damaged or cut short anywhere, or
 *                     of more than 40 million pixels
 *     CERT_NO_MEMORY  not the photo's fault
 *
 * The reason goes behind "the photo", and holds nothing of the picture.
 */
cert_err_t certpdf_photo_check(cert_str_t photo, cert_reason_t *reason);


#endif /* CERTPDF_PHOTO_H_INCLUDED */

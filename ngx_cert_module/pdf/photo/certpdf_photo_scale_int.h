/*
 * Copyright (C) the ngx_cert authors
 *
 * The part of a photo that is shown, in the size in which it is shown; private
 * to pdf/.
 */


#ifndef CERTPDF_PHOTO_SCALE_INT_H_INCLUDED
#define CERTPDF_PHOTO_SCALE_INT_H_INCLUDED


#include "certpdf_photo_int.h"


/*
 * By how much a picture of this size would be scaled; less than 1 makes it
 * smaller, and it is never made larger.
 */
double certpdf_photo_scale(const certpdf_photo_t *photo, unsigned width,
    unsigned height);

/* True if a picture may have this size; the reason is set if not. */
int certpdf_photo_may(certpdf_photo_t *photo, unsigned width,
    unsigned height);

/*
 * The size of what comes, before the first row; then each row.  False: no
 * memory, which "err" and the reason tell.
 */
int certpdf_photo_begin(certpdf_photo_t *photo, unsigned width,
    unsigned height);
void certpdf_photo_row(certpdf_photo_t *photo, const uint8_t *rgb);

/* Turns the picture upright.  False: as above. */
int certpdf_photo_turn(certpdf_photo_t *photo);

/* Frees the pixels, wiped: they show a person. */
void certpdf_photo_wipe(certpdf_photo_t *photo);

/* Notes that memory is out. */
void certpdf_photo_no_memory(certpdf_photo_t *photo);


#endif /* CERTPDF_PHOTO_SCALE_INT_H_INCLUDED */

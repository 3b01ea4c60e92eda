/*
 * Copyright (C) the ngx_cert authors
 *
 * Which side of a photo is up, from the note that cameras leave.
 *
 * Exif is a TIFF file without a picture: a byte order, then a list of entries
 * of twelve bytes.  One entry of it is wanted, and it lies in the first list,
 * so this reads that one alone.  A library for all of Exif was rejected: it
 * would read a stranger's file for one number.
 *
 * What cannot be read is not an error: the note is a courtesy of the camera,
 * and a photo without it is upright.
 */


#include <string.h>

#include "certpdf_photo_int.h"


#define CERTPDF_TIFF_ORIENTATION  0x0112
#define CERTPDF_TIFF_SHORT        3
#define CERTPDF_TIFF_ENTRY        12


static unsigned certpdf_tiff_number(const uint8_t *p, size_t len, int is_big);


int
certpdf_photo_orientation(const uint8_t *tiff, size_t len)
{
    int             is_big;
    size_t          at, n;
    unsigned        side;
    const uint8_t  *entry;

    if (len < 8 || (memcmp(tiff, "II*\0", 4) != 0
                    && memcmp(tiff, "MM\0*", 4) != 0))
    {
        return 1;
    }

    is_big = (tiff[0] == 'M');
    at = certpdf_tiff_number(tiff + 4, 4, is_big);

    if (at > len - 2) {
        return 1;
    }

    n = certpdf_tiff_number(tiff + at, 2, is_big);

    for (at += 2; n > 0 && len - at >= CERTPDF_TIFF_ENTRY; n--) {
        entry = tiff + at;
        at += CERTPDF_TIFF_ENTRY;

        if (certpdf_tiff_number(entry, 2, is_big) == CERTPDF_TIFF_ORIENTATION
            && certpdf_tiff_number(entry + 2, 2, is_big) == CERTPDF_TIFF_SHORT)
        {
            side = certpdf_tiff_number(entry + 8, 2, is_big);
            return side >= 1 && side <= 8 ? (int) side : 1;
        }
    }

    return 1;
}


static unsigned
certpdf_tiff_number(const uint8_t *p, size_t len, int is_big)
{
    size_t    i;
    unsigned  number;

    number = 0;

    for (i = 0; i < len; i++) {
        number = number << 8 | p[is_big ? i : len - 1 - i];
    }

    return number;
}

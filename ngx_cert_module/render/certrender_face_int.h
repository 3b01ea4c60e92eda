/*
 * Copyright (C) the ngx_cert authors
 *
 * What is printed on a copy: the fields of a template, the QR, the title and
 * the band, from the record and the policy.  A template takes the fields it
 * wants by name.
 */


#ifndef CERTRENDER_FACE_INT_H_INCLUDED
#define CERTRENDER_FACE_INT_H_INCLUDED


#include "cert_read.h"
#include "certpdf_render.h"


#define CERTRENDER_FACE_FIELDS    14
#define CERTRENDER_FACE_DATE_SIZE 32   /* bytes, with the end */

/* Backs the fields of a job: do not copy the struct. */
typedef struct {
    certpdf_job_t    job;           /* points to what follows */
    certpdf_field_t  fields[CERTRENDER_FACE_FIELDS];
    size_t           n;             /* of the fields */
    char             birth_date[CERTRENDER_FACE_DATE_SIZE];
    char             approved[CERTRENDER_FACE_DATE_SIZE];
    char             last_day[CERTRENDER_FACE_DATE_SIZE];
    char             code[CERT_CODE_TEXT_SIZE];
    char             qr[CERT_URL_MAX + sizeof("/check/") + CERT_CODE_TEXT_SIZE];
} certrender_face_t;


/*
 * Fills in face->job from the records of a copy, which have to live as long as
 * "face" is used, since texts are not copied.  The photo is the caller's to
 * add.  "now" is the time of making.
 *
 * "is_hiding": no reason is to tell a character of what is personal.
 *
 * "face" then holds personal data by reference and two dates by value: it is
 * the caller's to wipe.  Cannot fail.
 */
void certrender_face_fill(certrender_face_t *face,
    const cert_printed_t *records, cert_time_t now, int is_hiding);

/*
 * Makes a filled face that of a specimen: what is of a person, a certificate
 * or one copy is replaced, a photo by one grey pixel; what is the same on all
 * copies stays.
 */
void certrender_face_specimen(certrender_face_t *face);


#endif /* CERTRENDER_FACE_INT_H_INCLUDED */

/*
 * Copyright (C) the ngx_cert authors
 *
 * What copies are made with: the catalogue, templates, seals and fonts.
 */


#ifndef CERTCTL_DOCTOR_COPIES_H_INCLUDED
#define CERTCTL_DOCTOR_COPIES_H_INCLUDED


#include <sys/types.h>

#include "certctl_doctor.h"


/*
 * Opens what a renderer opens, in a child, as root with the rights of
 * "renderer"; to be called before the store is open in this process.
 */
void certctl_doctor_renderer(certctl_doctor_t *doctor, uid_t renderer);

/* Whether a copy of each qualification could be made; needs the store. */
void certctl_doctor_copies(certctl_doctor_t *doctor);


#endif /* CERTCTL_DOCTOR_COPIES_H_INCLUDED */

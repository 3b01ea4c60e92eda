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
 * Opens what a renderer opens, and looks whether a copy of each qualification
 * could be made: in a child, as root with the rights of "renderer", the owner
 * of the seals.  To be called before the store is open in this process.
 */
void certctl_doctor_copies(certctl_doctor_t *doctor, uid_t renderer);


#endif /* CERTCTL_DOCTOR_COPIES_H_INCLUDED */

/*
 * Copyright (C) the ngx_cert authors
 *
 * The public address, asked as a checker would.
 */


#ifndef CERTCTL_DOCTOR_ADDRESS_H_INCLUDED
#define CERTCTL_DOCTOR_ADDRESS_H_INCLUDED


#include "certctl_doctor.h"


/* Asks for one check, of a copy if there is one; needs the store. */
void certctl_doctor_address(certctl_doctor_t *doctor);


#endif /* CERTCTL_DOCTOR_ADDRESS_H_INCLUDED */

/*
 * Copyright (C) the ngx_cert authors
 *
 * The folders of a home, whose they are, and who may use them.
 */


#ifndef CERTCTL_DOCTOR_HOME_H_INCLUDED
#define CERTCTL_DOCTOR_HOME_H_INCLUDED


#include <sys/types.h>

#include "certctl_doctor.h"


/*
 * Looks at folders and modes, and, as root, at what the accounts of nginx's
 * workers, of certd and of the renderers may use and what they must not.
 * "renderer" is the owner of the seals.  False: the home is missing, so that
 * the rest cannot be looked at.
 */
int certctl_doctor_home(certctl_doctor_t *doctor, uid_t *renderer);


#endif /* CERTCTL_DOCTOR_HOME_H_INCLUDED */

/*
 * Copyright (C) the ngx_cert authors
 *
 * A look with the rights of another account.
 */


#ifndef CERTCTL_DOCTOR_CHILD_H_INCLUDED
#define CERTCTL_DOCTOR_CHILD_H_INCLUDED


#include <pwd.h>

#include "certctl_doctor.h"


/*
 * Calls "look" in a child that has become "account", or stays what it is for
 * NULL; what it says is said here, of "topic" if it ends without an answer.
 * The store is not open in this process yet, or "look" does not open it.
 */
void certctl_doctor_child(certctl_doctor_t *doctor,
    const struct passwd *account, const char *topic,
    void (*look)(certctl_doctor_t *doctor));


#endif /* CERTCTL_DOCTOR_CHILD_H_INCLUDED */

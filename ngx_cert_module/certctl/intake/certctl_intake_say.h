/*
 * Copyright (C) the ngx_cert authors
 *
 * What an intake says in the end, for certctl_intake.c.
 */


#ifndef CERTCTL_INTAKE_SAY_H_INCLUDED
#define CERTCTL_INTAKE_SAY_H_INCLUDED


#include "certctl_intake.h"


/* Rows that were taken. */
uint64_t certctl_intake_sum(const certctl_counts_t *counts);

/*
 * Prints the summary and where refused rows are; CERTCTL_NO: there are some,
 * CERTCTL_SYSTEM: it cannot be printed.
 */
int certctl_intake_say(const certctl_intake_t *intake);


#endif /* CERTCTL_INTAKE_SAY_H_INCLUDED */

/*
 * Copyright (C) the ngx_cert authors
 *
 * The file of an intake and its header line, for certctl_intake.c.
 */


#ifndef CERTCTL_INTAKE_FILE_H_INCLUDED
#define CERTCTL_INTAKE_FILE_H_INCLUDED


#include "certctl_intake.h"


/*
 * Opens file, store and rules; certctl_intake_file_close() in any case, which
 * also wipes "intake".  CERTCTL_SYSTEM: the file, the store or the private
 * keys cannot be used.
 */
int certctl_intake_file_open(certctl_intake_t *intake);
void certctl_intake_file_close(certctl_intake_t *intake);

/*
 * Reads the header line: which column is where.  CERTCTL_USAGE: a column is
 * unknown, missing or there twice, or there is no header; nothing was taken.
 */
int certctl_intake_file_header(certctl_intake_t *intake);

/*
 * Goes back to the first row after the headings; not for a pipe.  Fails as
 * opening and the header line do.
 */
int certctl_intake_file_again(certctl_intake_t *intake);


#endif /* CERTCTL_INTAKE_FILE_H_INCLUDED */

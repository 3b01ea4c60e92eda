/*
 * Copyright (C) the ngx_cert authors
 *
 * Where the program lies that runs, and what was installed with it.
 */


#ifndef CERT_PROGRAM_H_INCLUDED
#define CERT_PROGRAM_H_INCLUDED


#include "cert.h"


/*
 * Writes the path of "name", which is relative to the folder of the running
 * program, into "path" of "size" bytes.  By whatever link the program was
 * called, its own file counts.  Whether there is such a file is not looked at.
 *
 * CERT_OK; CERT_NOT_FOUND: the system does not tell where the program is (no
 * /proc), or the path is too long for "size"; "path" is of no use then.
 */
cert_err_t cert_program_beside(const char *name, char *path, size_t size);


#endif /* CERT_PROGRAM_H_INCLUDED */

/*
 * Copyright (C) the ngx_cert authors
 *
 * Names that were spoiled on the way: by a program that did not know a
 * character, by a mask, or by a spreadsheet.
 */


#ifndef CERTCTL_NAME_H_INCLUDED
#define CERTCTL_NAME_H_INCLUDED


#include "cert.h"


/*
 * Why a folded name cannot be the name of a person, a static sentence part;
 * NULL: it may be one.
 */
const char *certctl_name_spoiled(cert_str_t name);

/*
 * True for a text as it stands in the file, a name or a heading, that a
 * program read as Western letters (windows-1252) while it was UTF-8.
 */
int certctl_name_is_mistaken(cert_str_t text);


#endif /* CERTCTL_NAME_H_INCLUDED */

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

/* Encodes GB18030, for one thread at a time. */
typedef struct certctl_coder_s  certctl_coder_t;

/*
 * NULL: this system cannot encode GB18030, or has no memory; all functions
 * take that for a coder.
 */
certctl_coder_t *certctl_coder_create(void);
void certctl_coder_destroy(certctl_coder_t *coder);

/*
 * True for a name as it stands in the file, or a heading, that a program read
 * as Western letters (windows-1252) or as GBK while it was UTF-8; without a
 * coder only the first is seen.  A heading is looked at less closely: it is a
 * known one, or refused in any case.
 */
int certctl_name_is_mistaken(certctl_coder_t *coder, cert_str_t text);
int certctl_name_is_mistaken_heading(certctl_coder_t *coder, cert_str_t text);


#endif /* CERTCTL_NAME_H_INCLUDED */

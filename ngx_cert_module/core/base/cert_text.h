/*
 * Copyright (C) the ngx_cert authors
 *
 * Texts: what every field that a person typed is folded to.
 *
 * Unicode NFC without controls and bidirectional overrides.  What is folded is
 * what is stored, hashed and compared: fold where text comes in, and only
 * there.
 */


#ifndef CERT_TEXT_H_INCLUDED
#define CERT_TEXT_H_INCLUDED


#include "cert.h"


/* A bounded text of its own, terminated. */
typedef struct {
    size_t  len;
    char    data[CERT_TEXT_MAX + 1];
} cert_text_t;


/*
 * Copies "in" as NFC with white space trimmed from both ends.  Tabs, line
 * ends and other controls, bidirectional marks and overrides, private use,
 * noncharacters, invisible characters but for joiners, and bad UTF-8 are
 * refused, and so is more than "max" bytes after folding (max <=
 * CERT_TEXT_MAX).  An empty result is allowed.
 *
 * CERT_INVALID: "why" (may be NULL) is a static sentence part
 * such as "holds a control character", which quotes nothing; "out" is
 * unspecified.
 */
cert_err_t cert_text_fold(cert_text_t *out, cert_str_t in, size_t max,
    const char **why);

/*
 * Writes "in" at "out" for a report, terminated: always UTF-8 on one line, as
 * a log and JSON need it, whatever "in" is.  Each byte of a character that no
 * field may hold, and each that is not UTF-8, becomes \xNN.  Not to be read
 * back: a backslash stays as it is.  What does not fit into "size" bytes, at
 * least 1, is cut off between characters.
 */
void cert_text_escape(char *out, size_t size, cert_str_t in);


#endif /* CERT_TEXT_H_INCLUDED */

/*
 * Copyright (C) the ngx_cert authors
 *
 * What the catalog of a copy tells a viewer, as it is written and verified;
 * private to pdf/.
 */


#ifndef CERTPDF_CATALOG_INT_H_INCLUDED
#define CERTPDF_CATALOG_INT_H_INCLUDED


#include "certpdf_qpdf_int.h"


/*
 * Adds the language of the text, and that a window shows the title and not
 * the name of the file.  A failure shows in qpdf_has_error().
 */
void certpdf_catalog_describe(qpdf_data qpdf);

/*
 * The first of these keys whose value is not just what describe writes; NULL
 * if there is none.  A key that is absent is right.
 */
const char *certpdf_catalog_strange_value(qpdf_data qpdf);


#endif /* CERTPDF_CATALOG_INT_H_INCLUDED */

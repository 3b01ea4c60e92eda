/*
 * Copyright (C) the ngx_cert authors
 *
 * What the catalog of a copy tells a viewer.
 *
 * A screen reader chooses its voice by the language, and reads out the title
 * that stands on the window.  Without the one a copy is spelt out by an English
 * voice, without the other it is called by the name of a download.
 *
 * A catalog can tell a viewer to do much more than that, so each value has one
 * form.  It is compared as libqpdf writes it, which leaves no other spelling
 * and no reference to somewhere else.
 *
 * Copies were sealed before there was any of it: absent is right.
 */


#include <string.h>

#include "certpdf_catalog_int.h"


static const struct {
    const char  *key;
    const char  *value;
} certpdf_catalog_entries[] = {
    { "/Lang", "(zh-CN)" },
    { "/ViewerPreferences", "<< /DisplayDocTitle true >>" }
};

#define CERTPDF_CATALOG_ENTRIES                                               \
    (sizeof(certpdf_catalog_entries) / sizeof(certpdf_catalog_entries[0]))


void
certpdf_catalog_describe(qpdf_data qpdf)
{
    size_t   i;
    qpdf_oh  root;

    root = qpdf_get_root(qpdf);

    for (i = 0; i < CERTPDF_CATALOG_ENTRIES; i++) {
        qpdf_oh_replace_key(qpdf, root, certpdf_catalog_entries[i].key,
                            qpdf_oh_parse(qpdf,
                                          certpdf_catalog_entries[i].value));
    }
}


const char *
certpdf_catalog_strange_value(qpdf_data qpdf)
{
    size_t       i;
    qpdf_oh      root;
    const char  *key, *value;

    root = qpdf_get_root(qpdf);

    for (i = 0; i < CERTPDF_CATALOG_ENTRIES; i++) {
        key = certpdf_catalog_entries[i].key;

        if (!qpdf_oh_has_key(qpdf, root, key)) {
            continue;
        }

        value = qpdf_oh_unparse(qpdf, qpdf_oh_get_key(qpdf, root, key));

        if (strcmp(value, certpdf_catalog_entries[i].value) != 0) {
            return key;
        }
    }

    return NULL;
}

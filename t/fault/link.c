/*
 * Copyright (C) the ngx_cert authors
 *
 * A renderer that was taken over (LD_PRELOAD): the links of what it makes lead
 * to LINK_FAULT, whatever they should.
 */


#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include <qpdf/qpdf-c.h>


qpdf_oh
qpdf_oh_new_binary_string(qpdf_data qpdf, char const *str, size_t length)
{
    const char  *uri;

    static __typeof__(&qpdf_oh_new_binary_string)  next;

    if (next == NULL) {
        next = (__typeof__(next)) dlsym(RTLD_NEXT, __func__);
    }

    uri = getenv("LINK_FAULT");

    return uri != NULL ? next(qpdf, uri, strlen(uri)) : next(qpdf, str, length);
}

/*
 * Copyright (C) the ngx_cert authors
 */


#include <string.h>
#include <unistd.h>

#include "cert_program.h"


cert_err_t
cert_program_beside(const char *name, char *path, size_t size)
{
    char     *slash;
    size_t    len;
    ssize_t   n;

    len = strlen(name) + 1;

    n = readlink("/proc/self/exe", path, size);
    if (n <= 0 || (size_t) n >= size) {
        return CERT_NOT_FOUND;
    }

    path[n] = '\0';

    slash = strrchr(path, '/');
    if (slash == NULL || (size_t) (slash + 1 - path) + len > size) {
        return CERT_NOT_FOUND;
    }

    memcpy(slash + 1, name, len);

    return CERT_OK;
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * Files beside the running program.
 */


#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "cert_program.h"
#include "tap.h"


int
main(int argc, char **argv)
{
    char    path[PATH_MAX], real[PATH_MAX], found[PATH_MAX];
    size_t  len;

    (void) argc;

    is_int(cert_program_beside("../unit/cert_program", path, sizeof(path)),
           CERT_OK, "a path is made");
    ok(access(path, X_OK) == 0, "and leads to a file");
    ok(realpath(argv[0], real) != NULL && realpath(path, found) != NULL
       && strcmp(found, real) == 0, "which is this program");

    is_int(cert_program_beside("x", path, sizeof(path)), CERT_OK, "another");
    len = strlen(path) + 1;
    ok(strcmp(strrchr(path, '/'), "/x") == 0, "stands in the same folder");

    is_int(cert_program_beside("", real, sizeof(real)), CERT_OK, "the folder");
    ok(real[strlen(real) - 1] == '/', "ends with a slash");

    /* The path of the program itself, which is longer, has to fit, too. */
    is_int(cert_program_beside("x", path, len), CERT_NOT_FOUND,
           "no room for the program's own path");
    is_int(cert_program_beside("a name that is longer than the program's",
                               path, len + 20),
           CERT_NOT_FOUND, "no room for the name");

    return done_testing();
}

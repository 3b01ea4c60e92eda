/*
 * Copyright (C) the ngx_cert authors
 *
 * A look at a file: how far it is read, and that what stat() said of it then
 * is what is asked again later.
 */


#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certd_look.h"
#include "certrender_file.h"
#include "tap.h"


#define HUGE_SIZE  (UINT64_C(1) << 40)

static char             home[] = "/tmp/certd_look.XXXXXX";
static char             root[64];
static certd_options_t  options;
static certd_t          certd;
static cert_code_t      code;


/* What lies in the place of the file of "code"; the folders are made again. */
static void
place(const char *what)
{
    char  command[1024], name[CERT_CODE_PATH_SIZE];

    cert_code_path(&code, name);

    (void) snprintf(command, sizeof(command),
                    "cd %s && rm -rf pdf aside && mkdir -p pdf/%.5s aside && "
                    "f=pdf/%s && d=pdf/%.2s && %s", home, name, name, name,
                    what);

    if (system(command) != 0) {
        printf("Bail out! %s\n", command);
        exit(1);
    }
}


static void
test_size(void)
{
    char               name[CERT_CODE_PATH_SIZE];
    certrender_look_t  look;

    cert_code_path(&code, name);

    place("printf 12345 > $f");
    ok(certrender_file_look(root, name, 5, 1, &look) == CERT_OK
       && look.size == 5, "the size that it should have: read");
    ok(certrender_file_look(root, name, 4, 0, &look) == CERT_OK
       && look.size == 5, "a larger one is told");
    ok(certrender_file_look(root, name, 6, 0, &look) == CERT_OK
       && look.size == 5, "a smaller one is told");

    /* To read it would take minutes. */
    place("truncate -s 1T $f");
    (void) alarm(20);
    ok(certrender_file_look(root, name, 5, 1, &look) == CERT_OK
       && look.size == HUGE_SIZE, "one as large as a disk is not read");
    (void) alarm(0);
}


static void
test_version(void)
{
    size_t              i;
    char                name[CERT_CODE_PATH_SIZE];
    certrender_look_t   look;
    cert_bad_version_t  version;

    static const char  *places[] = {
        "printf 12345 > $f", "true", "ln -s ../../../aside $f", "mkdir $f",
        "mkfifo $f", "rm -r pdf", "rm -r $d && touch $d",
        "printf 12345 > $f && mv $d aside/it && ln -s ../aside/it $d"
    };

    cert_code_path(&code, name);

    for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        place(places[i]);

        (void) certrender_file_look(root, name, 5, 0, &look);
        certd_look_version(&certd, &code, &version);

        ok(version.ino == look.st.st_ino && version.dev == look.st.st_dev
           && version.size == (uint64_t) look.st.st_size,
           "untouched since a look: %s", places[i]);
    }
}


int
main(void)
{
    if (mkdtemp(home) == NULL) {
        printf("Bail out! mkdtemp() failed\n");
        return 1;
    }

    (void) snprintf(root, sizeof(root), "%s/pdf", home);
    options.home = home;
    certd.options = &options;

    for (size_t i = 0; i < sizeof(code.bytes); i++) {
        code.bytes[i] = (uint8_t) (17 * i + 3);
    }

    test_size();
    test_version();

    place("rm -r pdf aside");
    (void) rmdir(home);

    return done_testing();
}

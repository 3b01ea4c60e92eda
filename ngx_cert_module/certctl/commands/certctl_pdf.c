/*
 * Copyright (C) the ngx_cert authors
 *
 * The commands that need the PDF layer, as certctl has them: each runs the
 * program certctl-pdf in its place, with the same words.
 *
 * Libraries that draw bring some sixty others, which the dynamic linker loads
 * before main(): that took six times as long as all that most commands do.
 * Loading them with dlopen() was rejected, since then a call that is missing
 * shows only when it is made.  Both programs are linked from the same files,
 * main() and the table of commands among them; in certctl this file stands for
 * those that define these commands.
 */


#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "certctl_commands.h"
#include "certctl_output.h"
#include "cert_program.h"


static int certctl_pdf_exec(certctl_t *ctl);
static int certctl_pdf_find(const char *beside, char path[PATH_MAX]);


int
cmd_annotate(certctl_t *ctl, int argc, char **argv)
{
    (void) argc;
    (void) argv;

    return certctl_pdf_exec(ctl);
}


int
cmd_catalog(certctl_t *ctl, int argc, char **argv)
{
    (void) argc;
    (void) argv;

    return certctl_pdf_exec(ctl);
}


int
cmd_doctor(certctl_t *ctl, int argc, char **argv)
{
    (void) argc;
    (void) argv;

    return certctl_pdf_exec(ctl);
}


int
cmd_fonts(certctl_t *ctl, int argc, char **argv)
{
    (void) argc;
    (void) argv;

    return certctl_pdf_exec(ctl);
}


int
cmd_import(certctl_t *ctl, int argc, char **argv)
{
    (void) argc;
    (void) argv;

    return certctl_pdf_exec(ctl);
}


int
cmd_verify(certctl_t *ctl, int argc, char **argv)
{
    (void) argc;
    (void) argv;

    return certctl_pdf_exec(ctl);
}


/* Beside certctl in the folder of a build, and else where it is installed. */
static int
certctl_pdf_exec(certctl_t *ctl)
{
    char  path[PATH_MAX];

    if (certctl_pdf_find("certctl-pdf", path)
        || certctl_pdf_find("../libexec/ngx_cert/certctl-pdf", path))
    {
        execv(path, ctl->argv);
    }

    return certctl_error(ctl, CERT_SYSTEM, "cannot run \"certctl-pdf\", "
                         "which draws and reads PDFs for certctl: %s; "
                         "install the two again",
                         strerror(errno));
}


/* From where this very program lies, by whatever link it was called. */
static int
certctl_pdf_find(const char *beside, char path[PATH_MAX])
{
    return cert_program_beside(beside, path, PATH_MAX) == CERT_OK
           && access(path, X_OK) == 0;
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * Templates, read once and kept: fonts and faces take longer to load than a
 * copy to make.
 *
 * An authority brings a new face while copies are made: the file first, the
 * catalogue that names it next.  So before each job the names and states of all
 * files are summed up, ten calls of stat() or so, and what differs from when
 * they were read is read again.  The whole: a face that was replaced in parts
 * would be signed as neither.
 *
 * To go on with the old ones where the new ones are broken was rejected: what
 * an authority has put right must no longer be printed wrong, and a copy that
 * waits is not lost.
 */


#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cert_program.h"
#include "certpdf_render.h"
#include "certrender_int.h"
#include "certrender_stamp_int.h"
#include "certrender_templates_int.h"


/* CERTRENDER_PREFIX is the PREFIX of the Makefile, which checks it. */
#define CERTRENDER_INSTALLED  CERTRENDER_PREFIX "/share/ngx_cert/templates"

_Static_assert(sizeof(CERTRENDER_INSTALLED) <= CERTRENDER_PATH_MAX,
               "PREFIX is too long");

/* FNV-1a: files are not made to have the sum of others. */
#define CERTRENDER_SUM_BEGIN  UINT64_C(0xcbf29ce484222325)
#define CERTRENDER_SUM_PRIME  UINT64_C(0x100000001b3)


/* Folders; empty: none. */
typedef struct {
    char  own[CERTRENDER_PATH_MAX];
    char  shipped[CERTRENDER_PATH_MAX];
} certrender_templates_t;


static cert_err_t certrender_templates_find(const certrender_t *render,
    certrender_templates_t *found, cert_reason_t *reason);
static int certrender_templates_shipped(char path[CERTRENDER_PATH_MAX]);
static int certrender_templates_is_source(char path[CERTRENDER_PATH_MAX]);
static uint64_t certrender_templates_sum(const char *path);
static uint64_t certrender_templates_folder(const char *path,
    const char *name);
static uint64_t certrender_templates_file(int folder, const char *name);
static uint64_t certrender_templates_add(uint64_t sum, const void *bytes,
    size_t len);


/* The sum is taken first: a change in between is seen at the next job. */
cert_err_t
certrender_templates_open(certrender_t *render, cert_reason_t *reason)
{
    uint64_t                sum;
    cert_err_t              err;
    certrender_templates_t  found;

    err = certrender_templates_find(render, &found, reason);
    if (err != CERT_OK) {
        return err;
    }

    sum = certrender_templates_sum(found.own)
          + certrender_templates_sum(found.shipped);

    if (render->renderer != NULL && render->templates_sum == sum) {
        return CERT_OK;
    }

    certpdf_renderer_close(render->renderer);
    render->renderer = NULL;

    if (render->has_old_fonts) {
        certpdf_fonts_forget();
        render->has_old_fonts = 0;
    }

    err = certpdf_renderer_open(&render->renderer, found.own,
                                found.shipped[0] != '\0' ? found.shipped
                                                         : NULL, reason);
    if (err != CERT_OK) {
        certrender_templates_drop(render);
    }

    render->templates_sum = sum;

    return err;
}


cert_err_t
certrender_templates_has(const certrender_t *render, const char *name,
    cert_reason_t *reason)
{
    char                    path[2 * CERTRENDER_PATH_MAX];
    cert_err_t              err;
    const char             *folders[2];
    struct stat             st;
    certrender_templates_t  found;

    err = certrender_templates_find(render, &found, reason);
    if (err != CERT_OK) {
        return err;
    }

    folders[0] = found.own;
    folders[1] = found.shipped;

    for (int i = 0; i < 2 && folders[i][0] != '\0'; i++) {
        (void) snprintf(path, sizeof(path), "%s/%s.svg", folders[i], name);

        if (stat(path, &st) == 0) {
            return CERT_OK;
        }

        if (errno != ENOENT) {
            cert_reason_file(reason, "cannot look at", path, errno);
            return CERT_SYSTEM;
        }
    }

    cert_reason_set(reason, "%s.svg is missing in \"%s\"", name, found.own);

    return CERT_NOT_FOUND;
}


void
certrender_templates_drop(certrender_t *render)
{
    certpdf_renderer_close(render->renderer);
    render->renderer = NULL;
    render->has_old_fonts = 1;
}


/*
 * An explicit folder has to be there, and is all there is.  An authority's own
 * may have one face alone: the shipped ones are beside it.
 */
static cert_err_t
certrender_templates_find(const certrender_t *render,
    certrender_templates_t *found, cert_reason_t *reason)
{
    int  is_shipped;

    found->shipped[0] = '\0';

    if (render->templates[0] != '\0') {
        (void) snprintf(found->own, sizeof(found->own), "%s",
                        render->templates);

        if (!certrender_is_folder(found->own)) {
            cert_reason_set(reason, "no folder \"%s\"", found->own);
            return CERT_SYSTEM;
        }

        return CERT_OK;
    }

    is_shipped = certrender_templates_shipped(found->shipped);
    certrender_path(render, found->own, "templates");

    if (certrender_is_folder(found->own)) {
        if (!is_shipped) {
            found->shipped[0] = '\0';
        }

        return CERT_OK;
    }

    if (!is_shipped) {
        cert_reason_set(reason, "no templates: neither in \"%s\" nor in "
                        "\"%s\"", render->home, found->shipped);
        return CERT_SYSTEM;
    }

    memcpy(found->own, found->shipped, sizeof(found->own));
    found->shipped[0] = '\0';

    return CERT_OK;
}


/* Those of the source tree, else those installed; 0: there is no folder. */
static int
certrender_templates_shipped(char path[CERTRENDER_PATH_MAX])
{
    if (certrender_templates_is_source(path)) {
        return 1;
    }

    memcpy(path, CERTRENDER_INSTALLED, sizeof(CERTRENDER_INSTALLED));

    return certrender_is_folder(path);
}


/*
 * Run from the source tree, as build/NAME beside ngx_cert_module/, a program
 * takes the templates it was built with, not those of an older installation.
 */
static int
certrender_templates_is_source(char path[CERTRENDER_PATH_MAX])
{
    return cert_program_beside("../ngx_cert_module/templates", path,
                               CERTRENDER_PATH_MAX)
           == CERT_OK
           && certrender_is_folder(path);
}


/* The folder counts, too: HOME/templates may come to be there later. */
static uint64_t
certrender_templates_sum(const char *path)
{
    return certrender_templates_add(CERTRENDER_SUM_BEGIN, path, strlen(path))
           + certrender_templates_folder(path, ".")
           + certrender_templates_folder(path, "seals");
}


/* Added up, so that the order in which a folder lists them does not matter. */
static uint64_t
certrender_templates_folder(const char *path, const char *name)
{
    int             fd, root;
    DIR            *dir;
    size_t          len;
    uint64_t        sum;
    struct dirent  *entry;

    root = open(path, O_RDONLY|O_DIRECTORY|O_CLOEXEC);
    if (root == -1) {
        return 0;
    }

    fd = openat(root, name, O_RDONLY|O_DIRECTORY|O_CLOEXEC);
    close(root);

    dir = fd != -1 ? fdopendir(fd) : NULL;

    if (dir == NULL) {
        if (fd != -1) {
            close(fd);
        }

        return 0;
    }

    sum = certrender_templates_add(CERTRENDER_SUM_BEGIN, name, strlen(name));

    while ((entry = readdir(dir)) != NULL) {
        len = strlen(entry->d_name);

        if (len > 4 && strcmp(entry->d_name + len - 4, ".svg") == 0) {
            sum += certrender_templates_file(dirfd(dir), entry->d_name);
        }
    }

    closedir(dir);

    return sum;
}


/* One that cannot be looked at counts by its name. */
static uint64_t
certrender_templates_file(int folder, const char *name)
{
    uint64_t            sum;
    struct stat         st;
    certrender_stamp_t  stamp;

    if (fstatat(folder, name, &st, 0) != 0) {
        memset(&st, 0, sizeof(st));
    }

    certrender_stamp_fill(&stamp, &st);

    sum = certrender_templates_add(CERTRENDER_SUM_BEGIN, name, strlen(name));

    return certrender_templates_add(sum, &stamp, sizeof(stamp));
}


static uint64_t
certrender_templates_add(uint64_t sum, const void *bytes, size_t len)
{
    size_t          i;
    const uint8_t  *p = bytes;

    for (i = 0; i < len; i++) {
        sum = (sum ^ p[i]) * CERTRENDER_SUM_PRIME;
    }

    return sum;
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * Walks the folder of PDFs.
 *
 * A file is where a copy belongs if its path is just the one that its code
 * gives.  Everything else is foreign, however much it looks like a copy: a
 * second file of the same code elsewhere would never be served, checked or
 * pruned.
 *
 * Renderers publish and others prune while the walk goes on: a file may be
 * gone or new a moment later, so a caller that acts on one asks the store, or
 * its age, first.
 */


#include <errno.h>
#include <fts.h>

#include "certctl_home.h"
#include "certctl_output.h"
#include "certctl_tree.h"
#include "certrender_sweep.h"


static int certctl_tree_is_copy(const char *name, cert_code_t *code);


/* Physical: a link is a thing to report, not a way to follow. */
int
certctl_tree_walk(certctl_t *ctl, certctl_tree_pt each, void *data)
{
    int          status;
    FTS         *fts;
    char         path[CERTCTL_PATH_MAX];
    char        *roots[2];
    FTSENT      *entry;
    cert_code_t  code;
    const char  *name;

    status = certctl_home_path(ctl, path, "pdf");
    if (status != 0) {
        return status;
    }

    roots[0] = path;
    roots[1] = NULL;

    fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_NOSTAT, NULL);
    if (fts == NULL) {
        return certctl_error(ctl, CERT_SYSTEM, "cannot read \"%s\": %s", path,
                             strerror(errno));
    }

    while (status == 0 && (entry = fts_read(fts)) != NULL) {

        switch (entry->fts_info) {

        case FTS_D:
        case FTS_DP:
            break;

        case FTS_DNR:
        case FTS_ERR:
        case FTS_NS:
            status = certctl_error(ctl, CERT_SYSTEM, "cannot read \"%s\": %s",
                                   entry->fts_path,
                                   strerror(entry->fts_errno));
            break;

        default:
            name = entry->fts_path + strlen(path) + 1;
            status = each(data, name, certctl_tree_is_copy(name, &code)
                                      ? &code : NULL);
            break;
        }
    }

    fts_close(fts);

    return status;
}


/* A walk may come upon a name of any length. */
int
certctl_tree_path(certctl_t *ctl, char path[CERTCTL_PATH_MAX],
    const char *name)
{
    char  below[CERTCTL_PATH_MAX];

    if (snprintf(below, sizeof(below), "pdf/%s", name) >= (int) sizeof(below))
    {
        return certctl_error(ctl, CERT_SYSTEM, "a path is too long: "
                             "\"pdf/%s\"", name);
    }

    return certctl_home_path(ctl, path, below);
}


cert_time_t
certctl_tree_tmp_age(certctl_t *ctl, const char *name)
{
    char  root[CERTCTL_PATH_MAX];

    if (certctl_home_path(ctl, root, "pdf") != 0) {
        return -1;
    }

    return certrender_sweep_age(root, name, certctl_home_clock());
}


/* The name says the code, and the code says the name: both have to agree. */
static int
certctl_tree_is_copy(const char *name, cert_code_t *code)
{
    char         path[CERT_CODE_PATH_SIZE];
    cert_str_t   text;
    const char  *base;

    base = strrchr(name, '/');

    if (base == NULL || strlen(name) != CERT_CODE_PATH_SIZE - 1) {
        return 0;
    }

    text.data = (const uint8_t *) base + 1;
    text.len = CERT_CODE_TEXT_SIZE - 1;

    if (cert_code_parse(code, text) != CERT_OK) {
        return 0;
    }

    cert_code_path(code, path);

    return strcmp(path, name) == 0;
}

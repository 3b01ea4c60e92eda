/*
 * Copyright (C) the ngx_cert authors
 *
 * What lies in the folder of PDFs.
 */


#ifndef CERTCTL_TREE_H_INCLUDED
#define CERTCTL_TREE_H_INCLUDED


#include "certctl.h"


/*
 * Called for every file below HOME/pdf; "name" is relative to it.  "code" is
 * NULL if the file is not where a sealed copy would be.  Anything but 0 ends
 * the walk and is returned.
 */
typedef int (*certctl_tree_pt)(void *data, const char *name,
    const cert_code_t *code);

/*
 * Calls "each" for everything but folders, in no order; links are not
 * followed.  CERTCTL_SYSTEM: a folder cannot be read, which ends the walk.
 */
int certctl_tree_walk(certctl_t *ctl, certctl_tree_pt each, void *data);


/* HOME/pdf/NAME; CERTCTL_SYSTEM when too long. */
int certctl_tree_path(certctl_t *ctl, char path[CERTCTL_PATH_MAX],
    const char *name);

/*
 * The age in seconds of a temporary file of certrender_publish(); 0 as well
 * for one that has just gone.  -1: it is none, by its name or its kind.
 */
cert_time_t certctl_tree_tmp_age(certctl_t *ctl, const char *name);


#endif /* CERTCTL_TREE_H_INCLUDED */

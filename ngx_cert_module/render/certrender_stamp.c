/*
 * Copyright (C) the ngx_cert authors
 *
 * Files of a home by their names, and whether one is still the same.
 */


#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "certrender_stamp_int.h"


int
certrender_is_folder(const char *path)
{
    struct stat  st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}


void
certrender_path(const certrender_t *render, char path[CERTRENDER_PATH_MAX],
    const char *name)
{
    (void) snprintf(path, CERTRENDER_PATH_MAX, "%s/%s", render->home, name);
}


int
certrender_stamp_take(certrender_stamp_t *stamp, const char *path)
{
    struct stat  st;

    memset(stamp, 0, sizeof(certrender_stamp_t));

    if (stat(path, &st) != 0) {
        return 0;
    }

    certrender_stamp_fill(stamp, &st);

    return 1;
}


/* What is between the fields is zero: a stamp can be taken for bytes. */
void
certrender_stamp_fill(certrender_stamp_t *stamp, const struct stat *st)
{
    memset(stamp, 0, sizeof(certrender_stamp_t));

    stamp->dev = st->st_dev;
    stamp->ino = st->st_ino;
    stamp->size = st->st_size;
    stamp->mtime = st->st_mtim;
    stamp->ctime = st->st_ctim;
}


int
certrender_stamp_is_equal(const certrender_stamp_t *a,
    const certrender_stamp_t *b)
{
    return a->dev == b->dev
           && a->ino == b->ino
           && a->size == b->size
           && a->mtime.tv_sec == b->mtime.tv_sec
           && a->mtime.tv_nsec == b->mtime.tv_nsec
           && a->ctime.tv_sec == b->ctime.tv_sec
           && a->ctime.tv_nsec == b->ctime.tv_nsec;
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * A renderer, shared by the files that make it up:
 *
 *     certrender.c           a job from its code to its file
 *     certrender_home.c      keyrings and store; what has changed
 *     certrender_templates.c templates; what has changed
 *     certrender_stamp.c     paths in a home, and whether a file has changed
 *     certrender_seals.c     seals, kept open
 *     certrender_copies.c    the folder of copies
 *     certrender_look.c      whether a qualification has all of these
 *     certrender_serve.c     requests and answers over a socket
 */


#ifndef CERTRENDER_INT_H_INCLUDED
#define CERTRENDER_INT_H_INCLUDED


#include <time.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "cert_read.h"
#include "certpdf_render.h"
#include "certpdf_seal.h"
#include "certrender.h"
#include "certrender_face_int.h"


#define CERTRENDER_HOME_MAX  1024       /* bytes, with the end */

/* A home and the longest name below it: seals/, a text field, ".pass". */
#define CERTRENDER_PATH_MAX  (CERTRENDER_HOME_MAX + CERT_TEXT_MAX + 16)

/* Below the home: the authorities that vouch for seals. */
#define CERTRENDER_CA        "seals/ca.pem"

/* Kinds of seals that are held open: two are usual. */
#define CERTRENDER_SEALS     32

/* Which state of a file was read; all zero: it could not be looked at. */
typedef struct {
    dev_t            dev;
    ino_t            ino;
    off_t            size;
    struct timespec  mtime;
    struct timespec  ctime;
} certrender_stamp_t;

typedef struct {
    cert_text_t          name;
    int                  is_p12;
    certrender_stamp_t   stamp;     /* of the file with the key */
    certrender_stamp_t   ca;        /* of the authorities that vouch for it */
    certpdf_seal_t      *seal;      /* NULL: the place is free */
} certrender_seal_t;

/* Of the copy in hand; wiped when it is done with. */
typedef struct {
    int                is_specimen;     /* of nobody, in its place */
    cert_printed_t     records;         /* of one moment */
    certrender_face_t  face;            /* what is printed */
} certrender_job_t;

struct certrender_s {
    char                 home[CERTRENDER_HOME_MAX];
    char                 templates[CERTRENDER_HOME_MAX];    /* or empty */

    certrender_stamp_t   rings[2];      /* public, private */
    cert_keyring_t      *ring;
    cert_store_t        *store;
    cert_reader_t       *reader;        /* NULL: to be opened again */
    certpdf_renderer_t  *renderer;      /* NULL: not opened yet */
    uint64_t             templates_sum; /* of what "renderer" has read */
    int                  has_old_fonts; /* look for them again */
    int                  is_hiding;     /* reasons go into a log */

    size_t               seals_next;    /* the place that is used next */
    certrender_seal_t    seals[CERTRENDER_SEALS];

    uint8_t             *photo;         /* CERT_PHOTO_MAX bytes */
    certrender_job_t     job;
};


#endif /* CERTRENDER_INT_H_INCLUDED */

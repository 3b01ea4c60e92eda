/*
 * Copyright (C) the ngx_cert authors
 *
 * A renderer, shared by the files that make it up:
 *
 *     certrender.c           a job from its code to its file
 *     certrender_home.c      keyrings and store; what has changed
 *     certrender_templates.c templates; what has changed
 *     certrender_seals.c     seals, kept open
 *     certrender_copies.c    the folder of copies
 *     certrender_serve.c     asks and answers over a socket
 */


#ifndef CERTRENDER_INT_H_INCLUDED
#define CERTRENDER_INT_H_INCLUDED


#include <time.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "cert_reader.h"
#include "certrender.h"
#include "certrender_face_int.h"


#define CERTRENDER_HOME_MAX  1024       /* bytes, with the end */

/* A home and the longest name below it: seals/, a text field, ".pass". */
#define CERTRENDER_PATH_MAX  (CERTRENDER_HOME_MAX + CERT_TEXT_MAX + 16)

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
    certpdf_seal_t      *seal;      /* NULL: the place is free */
} certrender_seal_t;

/* Of the copy in hand; wiped when it is done with. */
typedef struct {
    int                   is_specimen;      /* of nobody, in its place */
    cert_policy_t         policy;
    cert_annotation_t     annotation;
    cert_certificate_t    copy;             /* backs the annotation */
    cert_certificate_t    certificate;      /* with the person */
    cert_qualification_t  qualification;
    certrender_face_t     face;             /* what is printed */
    size_t                photo_len;
} certrender_job_t;

struct certrender_s {
    char                 home[CERTRENDER_HOME_MAX];
    char                 templates[CERTRENDER_HOME_MAX];    /* or empty */

    certrender_stamp_t   rings[2];      /* public, private */
    cert_keyring_t      *ring;
    cert_store_t        *store;
    cert_reader_t       *reader;        /* NULL: to be opened anew */
    certpdf_renderer_t  *renderer;      /* NULL: not opened yet */
    uint64_t             templates_sum; /* of what "renderer" has read */
    int                  has_old_fonts; /* look for them anew */
    int                  is_hiding;     /* reasons go into a log */

    size_t               seals_next;    /* the place that is used next */
    certrender_seal_t    seals[CERTRENDER_SEALS];

    uint8_t             *photo;         /* CERT_PHOTO_MAX bytes */
    certrender_job_t     job;
};


/* HOME/NAME; what "name" may be always fits. */
void certrender_path(const certrender_t *render,
    char path[CERTRENDER_PATH_MAX], const char *name);

/*
 * Of a file by name; links are followed.  False, with errno and a stamp of
 * zeros: it cannot be looked at.
 */
int certrender_stamp_take(certrender_stamp_t *stamp, const char *path);
void certrender_stamp_fill(certrender_stamp_t *stamp, const struct stat *st);
int certrender_stamp_is_equal(const certrender_stamp_t *a,
    const certrender_stamp_t *b);

/*
 * Opens what is not open, and anew what has changed; errors as
 * certrender_prepare().  The other one closes store and keyrings, so that the
 * next job opens them anew.
 */
cert_err_t certrender_home_open(certrender_t *render, cert_reason_t *reason);
void certrender_home_close(certrender_t *render);

/*
 * Opens the templates, anew if one has changed, has come or has gone; on an
 * error the next job tries again.
 *
 *     CERT_SYSTEM     there is no folder of templates
 *
 * and the errors of certpdf_renderer_open().
 */
cert_err_t certrender_templates_open(certrender_t *render,
    cert_reason_t *reason);

/* Lets go of templates and fonts, so that the next job opens both anew. */
void certrender_templates_drop(certrender_t *render);

/* True if "path" is a folder; links are followed: an operator made them. */
int certrender_is_folder(const char *path);

/*
 * The seal of this name, opened if it is not or if its file has changed; stays
 * the renderer's.
 *
 *     CERT_NOT_FOUND  there is neither NAME.pem nor NAME.p12
 *
 * and the errors of certpdf_seal_open().
 */
cert_err_t certrender_seal_find(certrender_t *render, const cert_text_t *name,
    cert_time_t now, certpdf_seal_t **seal, cert_reason_t *reason);
void certrender_seals_close(certrender_t *render);

/*
 * Puts "sealed" into the folder of copies, or takes the genuine file that is
 * there; fills in size and sha256, on an error the reason.
 *
 *     CERT_EXISTS  there is a file that is not genuine
 *
 * and the errors of certrender_publish() and certpdf_verify().
 */
cert_err_t certrender_copies_put(certrender_t *render, cert_str_t sealed,
    certrender_result_t *result);

/* Writes "sealed" there as if it were to stay; nothing is left. */
cert_err_t certrender_copies_try(certrender_t *render, cert_str_t sealed,
    cert_reason_t *reason);


#endif /* CERTRENDER_INT_H_INCLUDED */

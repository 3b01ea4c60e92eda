/*
 * Copyright (C) the ngx_cert authors
 *
 * The child of "certctl fsck".
 *
 * The store is walked in one snapshot; files are hashed after it, since an
 * open snapshot makes the store grow and hashing may take hours.  What has
 * changed meanwhile (a copy pruned, one just made) is looked up again before
 * it is called wrong.
 *
 * What the walk tells of a copy is kept in memory rather than looked up when
 * the files are read: a store that is damaged may not answer twice the same.
 *
 * It ends by _exit(): what the parent had buffered at the fork is the parent's
 * to write, and a damaged store is better left than closed.
 */


#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cert_read.h"
#include "cert_text.h"
#include "certctl_fsck_child.h"
#include "certctl_home.h"
#include "certctl_output.h"
#include "certctl_tree.h"
#include "certrender_file.h"


/* A temporary file younger than this belongs to a renderer at work. */
#define CERTCTL_FSCK_TMP_SEC  3600

typedef struct {
    cert_code_t  code;
    uint64_t     size;
    uint8_t      sha256[CERT_SHA256_SIZE];
} certctl_sealed_t;

typedef struct {
    certctl_t               *ctl;
    int                      fd;        /* to the parent */
    size_t                   n;         /* of "copies" in use */
    size_t                   size;      /* of "copies" allocated */
    certctl_sealed_t        *copies;    /* only with --files */
    int                      is_out_of_memory;  /* "copies" lacks some */
    certctl_fsck_message_t   message;
} certctl_fsck_child_t;


static void certctl_fsck_child_send(certctl_fsck_child_t *child,
    certctl_fsck_kind_t kind);
static void certctl_fsck_child_finding(void *data, const char *where,
    const char *what);
static void certctl_fsck_child_progress(void *data, uint64_t done,
    uint64_t all);
static cert_err_t certctl_fsck_child_copy(void *data,
    const cert_annotation_t *annotation);
static int certctl_fsck_child_store(certctl_fsck_child_t *child,
    int is_with_files);
static int certctl_fsck_child_files(certctl_fsck_child_t *child);
static int certctl_fsck_child_digest(certctl_fsck_child_t *child,
    const certctl_sealed_t *copy);
static int certctl_fsck_child_is_pruned(certctl_fsck_child_t *child,
    const certctl_sealed_t *copy);
static int certctl_fsck_child_left_over(void *data, const char *name,
    const cert_code_t *code);


void
certctl_fsck_child(certctl_t *ctl, int fd, int is_with_files)
{
    int                    status;
    certctl_fsck_child_t  *child;
    struct rlimit          none;

    /* A crash is expected here, and a core dump would hold the keys. */

    none.rlim_cur = 0;
    none.rlim_max = 0;
    (void) setrlimit(RLIMIT_CORE, &none);

    ctl->is_json = 0;

    child = calloc(1, sizeof(certctl_fsck_child_t));
    if (child == NULL) {
        _exit(certctl_error(ctl, CERT_NO_MEMORY, "out of memory"));
    }

    child->ctl = ctl;
    child->fd = fd;

    status = certctl_fsck_child_store(child, is_with_files);

    if (status == 0 && is_with_files) {
        status = certctl_fsck_child_files(child);
    }

    if (status == 0) {
        certctl_fsck_child_send(child, CERTCTL_FSCK_DONE);
    }

    _exit(status);
}


/* A parent that is gone has no use for the rest. */
static void
certctl_fsck_child_send(certctl_fsck_child_t *child, certctl_fsck_kind_t kind)
{
    ssize_t  n;

    child->message.kind = kind;

    do {
        n = send(child->fd, &child->message, sizeof(child->message),
                 MSG_NOSIGNAL);
    } while (n == -1 && errno == EINTR);

    if (n == -1) {
        _exit(CERTCTL_SYSTEM);
    }
}


/*
 * Cut to fit a message, as a message has to be whole or not be there.  The name
 * of a file is whatever bytes someone put there, and has to be a text in JSON.
 */
static void
certctl_fsck_child_finding(void *data, const char *where, const char *what)
{
    certctl_fsck_child_t  *child = data;

    cert_text_escape(child->message.where, sizeof(child->message.where),
                     cert_strz(where));
    (void) snprintf(child->message.what, sizeof(child->message.what), "%s",
                    what);

    certctl_fsck_child_send(child, CERTCTL_FSCK_FINDING);
}


/* A sign of life as well: a long silence is taken for a loop. */
static void
certctl_fsck_child_progress(void *data, uint64_t done, uint64_t all)
{
    certctl_fsck_child_t  *child = data;

    child->message.done = done;
    child->message.all = all;

    certctl_fsck_child_send(child, CERTCTL_FSCK_PROGRESS);
}


/* Noted, not hashed: the walk holds a snapshot. */
static cert_err_t
certctl_fsck_child_copy(void *data, const cert_annotation_t *annotation)
{
    certctl_fsck_child_t  *child = data;

    size_t             size;
    certctl_sealed_t  *copies, *copy;

    if (child->n == child->size) {
        size = child->size == 0 ? 1024 : child->size * 2;
        copies = realloc(child->copies, size * sizeof(certctl_sealed_t));

        if (copies == NULL) {
            child->is_out_of_memory = 1;
            return CERT_NO_MEMORY;
        }

        child->copies = copies;
        child->size = size;
    }

    copy = &child->copies[child->n++];

    copy->code = annotation->code;
    copy->size = annotation->size;
    memcpy(copy->sha256, annotation->sha256, CERT_SHA256_SIZE);

    return CERT_OK;
}


/* A store that cannot be opened is a finding only if damage is the reason. */
static int
certctl_fsck_child_store(certctl_fsck_child_t *child, int is_with_files)
{
    int                 status;
    certctl_t          *ctl;
    cert_err_t          err;
    cert_reason_t       reason;
    cert_fsck_calls_t   calls;

    ctl = child->ctl;

    status = certctl_home_open_store(ctl, CERT_STORE_SCAN);

    if (status != 0) {

        /* A head that does not verify is what fsck is there to find. */

        if (ctl->err == CERT_CORRUPT || ctl->err == CERT_BAD_STORE) {
            certctl_fsck_child_finding(child, "store", "it cannot be opened");
            return CERTCTL_NO;
        }

        return status;
    }

    calls.finding = certctl_fsck_child_finding;
    calls.progress = certctl_fsck_child_progress;
    calls.copy = is_with_files ? certctl_fsck_child_copy : NULL;
    calls.data = child;

    err = cert_fsck(ctl->reader, &calls, &child->message.totals, &reason);

    if (err != CERT_OK) {
        return certctl_error(ctl, err, "the check of the store was not "
                             "completed: %s",
                             reason.text);
    }

    /* The walk goes on without a copy that it could not hand over. */

    if (child->is_out_of_memory) {
        return certctl_error(ctl, CERT_NO_MEMORY,
                             "out of memory: not all files can be checked");
    }

    return 0;
}


/* With no snapshot open: hashing may take hours. */
static int
certctl_fsck_child_files(certctl_fsck_child_t *child)
{
    int     status;
    size_t  i;

    for (i = 0; i < child->n; i++) {
        status = certctl_fsck_child_digest(child, &child->copies[i]);
        if (status != 0) {
            return status;
        }

        child->message.files++;

        if (i % 100 == 0) {
            certctl_fsck_child_progress(child, i, child->n);
        }
    }

    return certctl_tree_walk(child->ctl, certctl_fsck_child_left_over, child);
}


/* A file that was pruned since the walk is not missing. */
static int
certctl_fsck_child_digest(certctl_fsck_child_t *child,
    const certctl_sealed_t *copy)
{
    char                root[CERTCTL_PATH_MAX], text[CERT_CODE_TEXT_SIZE];
    char                name[CERT_CODE_PATH_SIZE];
    cert_err_t          err;
    const char         *what;
    certrender_look_t   look;

    cert_code_path(&copy->code, name);

    if (certctl_tree_path(child->ctl, root, "") != 0) {
        return CERTCTL_SYSTEM;
    }

    err = certrender_file_look(root, name, copy->size, 0, &look);

    what = err == CERT_NOT_FOUND ? "the file is missing"
           : err == CERT_INVALID ? "the file is a link or not a regular file"
           : err != CERT_OK ? "the file cannot be read"
           : look.size != copy->size ? "the file has another size"
           : memcmp(look.sha256, copy->sha256, CERT_SHA256_SIZE) != 0
             ? "the file has been changed" : NULL;

    if (what != NULL && !certctl_fsck_child_is_pruned(child, copy)) {
        cert_code_format(&copy->code, text);
        certctl_fsck_child_finding(child, text, what);
    }

    return 0;
}


/* Looked up now: the walk may be hours ago. */
static int
certctl_fsck_child_is_pruned(certctl_fsck_child_t *child,
    const certctl_sealed_t *copy)
{
    cert_annotation_t    annotation;
    cert_certificate_t   certificate;

    return cert_read_annotation(child->ctl->reader, &copy->code, &annotation,
                                &certificate) == CERT_OK
           && annotation.is_pruned;
}


/*
 * A file whose copy is still generating is between publishing and commit, or
 * was left so by a crash: the next render takes it up.
 */
static int
certctl_fsck_child_left_over(void *data, const char *name,
    const cert_code_t *code)
{
    certctl_fsck_child_t  *child = data;

    cert_err_t           err;
    cert_time_t          age;
    cert_annotation_t    annotation;
    cert_certificate_t   certificate;

    if (code == NULL) {
        age = certctl_tree_tmp_age(child->ctl, name);

        if (age < 0 || age >= CERTCTL_FSCK_TMP_SEC) {
            certctl_fsck_child_finding(child, name, "left over: it is not a "
                                       "copy");
        }

        return 0;
    }

    err = cert_read_annotation(child->ctl->reader, code, &annotation,
                               &certificate);

    if (err == CERT_NOT_FOUND) {
        certctl_fsck_child_finding(child, name, "left over: the store knows "
                                   "no such copy");

    } else if (err == CERT_OK
               && (annotation.is_pruned
                   || annotation.state == CERT_ANNOTATION_FAILED))
    {
        certctl_fsck_child_finding(child, name, "left over: \"certctl prune\" "
                                   "removes it");
    }

    return 0;
}

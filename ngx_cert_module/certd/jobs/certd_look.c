/*
 * Copyright (C) the ngx_cert authors
 *
 * A look at the file of one copy.
 *
 * The first is through the cache of the kernel, as nginx sends it, and drops
 * nothing from there: files that are downloaded often stay in memory.  A file
 * that is bad is read again from the disk, so that a fault of memory alone,
 * which that repairs, is told from one of the file.
 *
 * The store is asked before and after.  "Pruned" is committed before the file
 * goes (certctl prune), so a file that went in between is never an alarm.
 *
 * What has nothing to do with the file (no right to enter a folder, no
 * descriptor left) is trouble and not an alarm: nginx may be able to send it.
 */


#include <errno.h>
#include <sys/stat.h>

#include "cert_read.h"
#include "certd_look.h"
#include "certd_store.h"
#include "certrender_file.h"


/* What a look at a record, and at the folders of a file, stands for. */
#define CERTD_LOOK_RECORD  512
#define CERTD_LOOK_FOLDER  16384

/* Before a second look: a file that is being restored may be whole then. */
#define CERTD_LOOK_AGAIN_MS  100


static certd_look_result_t certd_look_record(certd_t *certd,
    const cert_code_t *code, cert_annotation_t *annotation);
static certd_look_result_t certd_look_file(const certd_t *certd,
    const cert_annotation_t *annotation, int drops_cache, certd_look_t *look);
static certd_look_result_t certd_look_judge(cert_err_t err,
    const certrender_look_t *file, const cert_annotation_t *annotation);
static void certd_look_stat(const struct stat *st,
    cert_bad_version_t *version);


void
certd_look(certd_t *certd, const cert_code_t *code, certd_look_t *look)
{
    cert_annotation_t    annotation;
    cert_bad_version_t   version;
    certd_look_result_t  first;

    memset(look, 0, sizeof(certd_look_t));
    look->cost = CERTD_LOOK_RECORD;

    look->result = certd_look_record(certd, code, &annotation);
    if (look->result != CERTD_LOOK_SOUND) {
        return;
    }

    look->result = certd_look_file(certd, &annotation, 0, look);
    if (!certd_look_is_bad(look->result)) {
        return;
    }

    first = look->result;
    version = look->version;
    certd_clock_sleep(CERTD_LOOK_AGAIN_MS);
    look->result = certd_look_file(certd, &annotation, 1, look);

    /* A file that was replaced meanwhile says nothing of the memory. */
    if (look->result == CERTD_LOOK_SOUND && first == CERTD_LOOK_CHANGED
        && cert_bad_version_is_equal(&version, &look->version))
    {
        certd_log(CERTD_LOG_WARNING, "a PDF was not what was sealed, but was "
                  "when read again from the disk: check the memory and the "
                  "disks of this machine");
    }

    if (certd_look_is_bad(look->result)) {
        first = certd_look_record(certd, code, &annotation);

        if (first != CERTD_LOOK_SOUND) {
            look->result = first;
        }
    }
}


/* CERTD_LOOK_SOUND: there should be a file. */
static certd_look_result_t
certd_look_record(certd_t *certd, const cert_code_t *code,
    cert_annotation_t *annotation)
{
    cert_err_t           err;
    cert_time_t          now;
    certd_reader_t      *reader;
    cert_certificate_t   certificate;

    reader = certd_reader_take(certd->store);
    if (reader == NULL) {
        return CERTD_LOOK_TROUBLE;
    }

    err = cert_read_now(reader->handle, certd_clock(), &now);

    if (err == CERT_OK) {
        err = cert_read_annotation(reader->handle, code, annotation,
                                   &certificate);
    }

    certd_reader_give(certd->store, reader);

    /* Its strings end with the certificate; none is used. */

    if (err != CERT_OK && err != CERT_NOT_FOUND) {
        return CERTD_LOOK_TROUBLE;
    }

    return err == CERT_OK && annotation->state == CERT_ANNOTATION_READY
           && !annotation->is_pruned && annotation->expires > now
           ? CERTD_LOOK_SOUND : CERTD_LOOK_NEEDLESS;
}


static certd_look_result_t
certd_look_file(const certd_t *certd, const cert_annotation_t *annotation,
    int drops_cache, certd_look_t *look)
{
    char                 root[CERTD_PATH_MAX], name[CERT_CODE_PATH_SIZE];
    cert_err_t           err;
    certrender_look_t    file;
    certd_look_result_t  result;

    if (!certd_home_path(certd->options, root, "pdf")) {
        return CERTD_LOOK_TROUBLE;
    }

    cert_code_path(&annotation->code, name);

    err = certrender_file_look(root, name, annotation->size, drops_cache,
                               &file);

    look->cost += CERTD_LOOK_FOLDER;

    if (file.size == annotation->size) {
        look->cost += file.size;
    }

    certd_look_stat(&file.st, &look->version);

    result = certd_look_judge(err, &file, annotation);

    if (result == CERTD_LOOK_TROUBLE) {
        errno = file.err;
    }

    return result;
}


static certd_look_result_t
certd_look_judge(cert_err_t err, const certrender_look_t *file,
    const cert_annotation_t *annotation)
{
    switch (err) {

    case CERT_OK:
        break;

    case CERT_NOT_FOUND:
        return CERTD_LOOK_MISSING;

    case CERT_INVALID:
        return CERTD_LOOK_IRREGULAR;

    default:
        return file->err == EIO || file->err == EUCLEAN
               || file->err == EBADMSG ? CERTD_LOOK_UNREADABLE
                                       : CERTD_LOOK_TROUBLE;
    }

    if (file->size != annotation->size) {
        return CERTD_LOOK_SIZE;
    }

    return memcmp(file->sha256, annotation->sha256, CERT_SHA256_SIZE) != 0
           ? CERTD_LOOK_CHANGED : CERTD_LOOK_SOUND;
}


void
certd_look_version(const certd_t *certd, const cert_code_t *code,
    cert_bad_version_t *version)
{
    char         root[CERTD_PATH_MAX], name[CERT_CODE_PATH_SIZE];
    struct stat  st;

    memset(&st, 0, sizeof(st));
    cert_code_path(code, name);

    /* As a look finds it: lstat() would go through a link to a folder. */

    if (certd_home_path(certd->options, root, "pdf")) {
        (void) certrender_file_stat(root, name, &st);
    }

    certd_look_stat(&st, version);
}


static void
certd_look_stat(const struct stat *st, cert_bad_version_t *version)
{
    version->dev = st->st_dev;
    version->ino = st->st_ino;
    version->size = (uint64_t) st->st_size;
    version->mtime_ns = (uint64_t) st->st_mtim.tv_sec * 1000000000u
                        + (uint64_t) st->st_mtim.tv_nsec;
    version->ctime_ns = (uint64_t) st->st_ctim.tv_sec * 1000000000u
                        + (uint64_t) st->st_ctim.tv_nsec;
}


/* As much of it as there is room for: the home was measured at the start. */
void
certd_look_path(const certd_t *certd, const cert_code_t *code,
    char path[CERTD_PATH_MAX])
{
    int   n;
    char  name[CERT_CODE_PATH_SIZE];

    cert_code_path(code, name);

    n = snprintf(path, CERTD_PATH_MAX, "%s/pdf/%s", certd->options->home,
                 name);

    if (n < 0 || n >= CERTD_PATH_MAX) {
        path[0] = '\0';
    }
}


/* As "certctl fsck --files" says it. */
const char *
certd_look_text(certd_look_result_t result)
{
    switch (result) {

    case CERTD_LOOK_MISSING:
        return "the file is missing";

    case CERTD_LOOK_IRREGULAR:
        return "the file is a link or not a regular file";

    case CERTD_LOOK_SIZE:
        return "the file has another size";

    case CERTD_LOOK_UNREADABLE:
        return "the file cannot be read";

    case CERTD_LOOK_CHANGED:
        return "the file has been changed";

    default:
        return "the file is what was sealed";
    }
}

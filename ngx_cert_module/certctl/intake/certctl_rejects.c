/*
 * Copyright (C) the ngx_cert authors
 *
 * Refused rows.  The file is made at the first one, so a clean import leaves
 * none behind and touches no older one.
 *
 * Rows that are right go into the store and not into another file: an import
 * that only sorted would have to be followed by one that may find something
 * else.
 *
 * Its first three columns are ours, which an import passes over, and the rest
 * is the row.  It is UTF-8 with a byte order mark and has guards, whatever the
 * import was: a spreadsheet that opens it to correct a row must not spoil the
 * others.
 */


#include <csv.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certctl_csv_write.h"
#include "certctl_output.h"
#include "certctl_rejects.h"


static int certctl_rejects_open(certctl_t *ctl, certctl_rejects_t *rejects);
static int certctl_rejects_make(const char *path);
static int certctl_rejects_here(certctl_rejects_t *rejects);
static int certctl_rejects_failed(certctl_t *ctl,
    certctl_rejects_t *rejects);


/* Beside the file it came from, whatever the current folder is. */
int
certctl_rejects_name(certctl_t *ctl, certctl_rejects_t *rejects,
    const char *given, const char *source)
{
    int     n;
    size_t  len;

    rejects->file = NULL;
    rejects->n = 0;
    rejects->is_given = given != NULL;
    rejects->header[0] = '\0';

    if (given != NULL) {
        n = snprintf(rejects->path, sizeof(rejects->path), "%s", given);

    } else if (strcmp(source, "-") == 0) {
        n = snprintf(rejects->path, sizeof(rejects->path),
                     "import.rejects.csv");

    } else {
        len = strlen(source);

        if (len > 4 && strcasecmp(source + len - 4, ".csv") == 0) {
            len -= 4;

        } else if (len > 5 && strcasecmp(source + len - 5, ".xlsx") == 0) {
            len -= 5;
        }

        n = snprintf(rejects->path, sizeof(rejects->path), "%.*s.rejects.csv",
                     (int) len, source);
    }

    if (n < 0 || (size_t) n >= sizeof(rejects->path)) {
        return certctl_usage(ctl, "the name of the rejects file is too long");
    }

    return 0;
}


int
certctl_rejects_check(certctl_t *ctl, const certctl_rejects_t *rejects,
    int source)
{
    struct stat  file, st;

    if (stat(rejects->path, &file) == 0 && fstat(source, &st) == 0
        && file.st_dev == st.st_dev && file.st_ino == st.st_ino)
    {
        return certctl_usage(ctl, "refused rows would overwrite the imported "
                             "file, which is \"%s\": --rejects names another",
                             rejects->path);
    }

    return 0;
}


cert_err_t
certctl_rejects_header(certctl_rejects_t *rejects, const cert_str_t *headings,
    size_t n)
{
    FILE    *file;
    int      rc;
    size_t   i;

    /* A stream in memory ends in a zero when it is closed, if that fits. */

    file = fmemopen(rejects->header, sizeof(rejects->header), "w");
    if (file == NULL) {
        return CERT_INVALID;
    }

    for (i = 0; i < n; i++) {
        certctl_csv_write(file, headings[i], CERTCTL_CSV_PLAIN);

        if (i < n - 1) {
            fputc(',', file);
        }
    }

    rc = fclose(file);

    return rc == 0 && strnlen(rejects->header, sizeof(rejects->header))
                      < sizeof(rejects->header) - 1 ? CERT_OK : CERT_INVALID;
}


int
certctl_rejects_add(certctl_t *ctl, certctl_rejects_t *rejects,
    uint64_t line, const char *column, const char *why,
    const cert_str_t *fields, size_t n, size_t min)
{
    int     status;
    size_t  i;

    if (rejects->file == NULL) {
        status = certctl_rejects_open(ctl, rejects);
        if (status != 0) {
            return status;
        }
    }

    rejects->n++;

    fprintf(rejects->file, "%llu,%s,", (unsigned long long) line, column);
    csv_fwrite(rejects->file, why, strlen(why));

    for (i = 0; i < n || i < min; i++) {
        fputc(',', rejects->file);
        certctl_csv_write(rejects->file, i < n ? fields[i] : cert_str(""),
                          CERTCTL_CSV_EXCEL);
    }

    fputc('\n', rejects->file);

    if (ferror(rejects->file)) {
        return certctl_rejects_failed(ctl, rejects);
    }

    return 0;
}


int
certctl_rejects_close(certctl_t *ctl, certctl_rejects_t *rejects)
{
    int  rc;

    if (rejects->file == NULL) {
        return 0;
    }

    rc = fclose(rejects->file);
    rejects->file = NULL;

    return rc == 0 ? 0 : certctl_rejects_failed(ctl, rejects);
}


static int
certctl_rejects_open(certctl_t *ctl, certctl_rejects_t *rejects)
{
    int  fd;

    fd = certctl_rejects_make(rejects->path);

    if (fd == -1 && !rejects->is_given
        && (errno == EACCES || errno == EPERM || errno == EROFS))
    {
        fd = certctl_rejects_here(rejects);
    }

    if (fd == -1) {
        return certctl_rejects_failed(ctl, rejects);
    }

    rejects->file = fdopen(fd, "w");
    if (rejects->file == NULL) {
        close(fd);
        return certctl_error(ctl, CERT_NO_MEMORY, "out of memory");
    }

    fprintf(rejects->file, "\xEF\xBB\xBFline,column,reason,%s\n",
            rejects->header);

    return 0;
}


/* An older file keeps its mode when it is opened. */
static int
certctl_rejects_make(const char *path)
{
    int  fd, failed;

    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
              0600);

    if (fd != -1 && fchmod(fd, 0600) != 0) {
        failed = errno;
        close(fd);
        errno = failed;

        return -1;
    }

    return fd;
}


/*
 * In the current folder, since that of the source cannot be written: a share of
 * the registrar, a medium, another account's.  Not in a folder for all, which
 * is not a place for people's data.  -1, with errno of the first try.
 */
static int
certctl_rejects_here(certctl_rejects_t *rejects)
{
    int    fd, failed;
    char  *name;

    failed = errno;
    name = strrchr(rejects->path, '/');
    fd = name == NULL ? -1 : certctl_rejects_make(name + 1);

    if (fd == -1) {
        errno = failed;
        return -1;
    }

    fprintf(stderr, "certctl: cannot write \"%s\": %s; refused rows go to "
            "\"%s\" in the current folder\n", rejects->path,
            strerror(failed), name + 1);

    memmove(rejects->path, name + 1, strlen(name + 1) + 1);

    return fd;
}


/* The import ends: rows refused in silence would be lost. */
static int
certctl_rejects_failed(certctl_t *ctl, certctl_rejects_t *rejects)
{
    return certctl_error(ctl, CERT_SYSTEM, "cannot write \"%s\": %s (--rejects "
                         "names another file)", rejects->path,
                         strerror(errno));
}

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
 * Its first three columns are ours and the rest is the row as it came: to
 * correct a row, cut those off and import the file again.
 */


#include <csv.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certctl_output.h"
#include "certctl_rejects.h"


static int certctl_rejects_open(certctl_t *ctl, certctl_rejects_t *rejects);
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
    rejects->header[0] = '\0';

    if (given != NULL) {
        n = snprintf(rejects->path, sizeof(rejects->path), "%s", given);

    } else if (strcmp(source, "-") == 0) {
        n = snprintf(rejects->path, sizeof(rejects->path),
                     "import.rejects.csv");

    } else {
        len = strlen(source);

        if (len > 4 && strcmp(source + len - 4, ".csv") == 0) {
            len -= 4;
        }

        n = snprintf(rejects->path, sizeof(rejects->path), "%.*s.rejects.csv",
                     (int) len, source);
    }

    if (n < 0 || (size_t) n >= sizeof(rejects->path)) {
        return certctl_usage(ctl, "the name of the rejects file is too long");
    }

    return 0;
}


/*
 * A row goes out byte by byte as it came in, so that it can be corrected and
 * imported again; what is not CSV is quoted, or it would spoil this file too.
 */
int
certctl_rejects_add(certctl_t *ctl, certctl_rejects_t *rejects,
    uint64_t line, const char *column, const char *why, cert_str_t raw,
    int is_row)
{
    int  status;

    if (rejects->file == NULL) {
        status = certctl_rejects_open(ctl, rejects);
        if (status != 0) {
            return status;
        }
    }

    rejects->n++;

    fprintf(rejects->file, "%llu,%s,", (unsigned long long) line, column);
    csv_fwrite(rejects->file, why, strlen(why));
    fputc(',', rejects->file);

    if (is_row) {
        fwrite(raw.data, 1, raw.len, rejects->file);

    } else {
        csv_fwrite(rejects->file, raw.data, raw.len);
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

    fd = open(rejects->path,
              O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

    /* An older file keeps its mode when it is opened. */

    if (fd == -1 || fchmod(fd, 0600) != 0) {
        (void) certctl_rejects_failed(ctl, rejects);

        if (fd != -1) {
            close(fd);
        }

        return CERTCTL_SYSTEM;
    }

    rejects->file = fdopen(fd, "w");
    if (rejects->file == NULL) {
        close(fd);
        return certctl_error(ctl, CERT_NO_MEMORY, "out of memory");
    }

    fprintf(rejects->file, "line,column,reason,%s\n", rejects->header);

    return 0;
}


/* The import ends: rows refused in silence would be lost. */
static int
certctl_rejects_failed(certctl_t *ctl, certctl_rejects_t *rejects)
{
    return certctl_error(ctl, CERT_SYSTEM, "cannot write \"%s\": %s",
                         rejects->path, strerror(errno));
}

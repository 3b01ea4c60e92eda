/*
 * Copyright (C) the ngx_cert authors
 *
 * The socket that nginx connects to.
 *
 * The file system alone decides which processes may connect: by the group of
 * the socket and of its folder.  A socket takes connections only after
 * listen(), when it has these rights already.
 *
 * Connecting tells a file that a killed daemon left from a daemon that runs.
 * Two daemons that start at once would both find no other, so the folder is
 * locked from connecting to listening.
 */


#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "certd_listen.h"


#define CERTD_BACKLOG     1024

/* A service whose master was killed a moment ago is about to end. */
#define CERTD_LEAVES_MS   3000
#define CERTD_LOOK_MS     20

#define CERTD_GROUP_SIZE  16384     /* bytes of an entry of the group file */


static int certd_listen_address(struct sockaddr_un *sun, const char *path,
    cert_reason_t *reason);
static int certd_listen_group(const certd_options_t *options, gid_t *gid,
    cert_reason_t *reason);
static int certd_listen_folder(const char *path, gid_t gid,
    cert_reason_t *reason);
static int certd_listen_free(const struct sockaddr_un *sun,
    cert_reason_t *reason);
static int certd_listen_ask(const struct sockaddr_un *sun);
static int certd_listen_bind(certd_listen_t *listener,
    const struct sockaddr_un *sun, gid_t gid, cert_reason_t *reason);
static int certd_listen_own(const char *path, mode_t mode, gid_t gid,
    cert_reason_t *reason);


int
certd_listen(certd_listen_t *listener, const certd_options_t *options,
    cert_reason_t *reason)
{
    int                 folder, is_bound;
    gid_t               gid;
    struct sockaddr_un  sun;

    if (!certd_listen_address(&sun, options->socket, reason)
        || !certd_listen_group(options, &gid, reason))
    {
        return 0;
    }

    folder = certd_listen_folder(options->socket, gid, reason);
    if (folder == -1) {
        return 0;
    }

    is_bound = certd_listen_free(&sun, reason)
               && certd_listen_bind(listener, &sun, gid, reason);

    /* The lock ends with it. */
    (void) close(folder);

    return is_bound;
}


/* Another daemon may have been started before this one has ended. */
void
certd_unlisten(const certd_listen_t *listener,
    const certd_options_t *options)
{
    struct stat  st;

    if (lstat(options->socket, &st) == 0 && st.st_dev == listener->dev
        && st.st_ino == listener->ino)
    {
        (void) unlink(options->socket);
    }
}


/* A path that was cut would be another socket. */
static int
certd_listen_address(struct sockaddr_un *sun, const char *path,
    cert_reason_t *reason)
{
    memset(sun, 0, sizeof(*sun));
    sun->sun_family = AF_UNIX;

    if (strlen(path) >= sizeof(sun->sun_path)) {
        cert_reason_set(reason, "the path of the socket is longer than %zu "
                        "bytes", sizeof(sun->sun_path) - 1);
        return 0;
    }

    memcpy(sun->sun_path, path, strlen(path));

    return 1;
}


/* Without a name it is the group that reads the store: nginx's workers. */
static int
certd_listen_group(const certd_options_t *options, gid_t *gid,
    cert_reason_t *reason)
{
    char           path[CERTD_PATH_MAX], *buffer;
    struct stat    st;
    struct group   entry, *found;

    if (options->socket_group == NULL) {

        if (!certd_home_path(options, path, "store/data.mdb")
            || stat(path, &st) == -1)
        {
            cert_reason_set(reason, "cannot read the group of the store: %s",
                            strerror(errno));
            return 0;
        }

        *gid = st.st_gid;

        return 1;
    }

    found = NULL;
    buffer = malloc(CERTD_GROUP_SIZE);

    if (buffer != NULL
        && getgrnam_r(options->socket_group, &entry, buffer, CERTD_GROUP_SIZE,
                      &found)
           == 0
        && found != NULL)
    {
        *gid = found->gr_gid;

    } else {
        cert_reason_set(reason, "unknown group \"%s\"", options->socket_group);
    }

    free(buffer);

    return found != NULL;
}


/* The folder, open and locked; -1: it cannot be opened or locked. */
static int
certd_listen_folder(const char *path, gid_t gid, cert_reason_t *reason)
{
    int    fd;
    char   folder[sizeof(((struct sockaddr_un *) NULL)->sun_path)];
    char  *slash;

    memcpy(folder, path, strlen(path) + 1);
    slash = strrchr(folder, '/');

    if (slash == NULL || slash == folder) {
        cert_reason_set(reason, "the path of the socket needs a folder");
        return -1;
    }

    *slash = '\0';

    if (mkdir(folder, 0700) == 0) {
        if (!certd_listen_own(folder, 0750, gid, reason)) {
            return -1;
        }

    } else if (errno != EEXIST) {
        cert_reason_file(reason, "cannot create the folder", folder, errno);
        return -1;
    }

    fd = open(folder, O_RDONLY|O_DIRECTORY|O_CLOEXEC);

    if (fd == -1 || flock(fd, LOCK_EX) == -1) {
        cert_reason_file(reason, "cannot lock", folder, errno);

        if (fd != -1) {
            (void) close(fd);
        }

        return -1;
    }

    return fd;
}


/* A daemon that accepts a connection, or is full, is alive. */
static int
certd_listen_free(const struct sockaddr_un *sun, cert_reason_t *reason)
{
    int          rc;
    int64_t      until_ms;
    struct stat  st;

    if (lstat(sun->sun_path, &st) == -1) {
        return 1;
    }

    if (!S_ISSOCK(st.st_mode)) {
        cert_reason_set(reason, "\"%s\" exists and is not a socket",
                        sun->sun_path);
        return 0;
    }

    until_ms = certd_clock_ms() + CERTD_LEAVES_MS;
    rc = certd_listen_ask(sun);

    while ((rc == 0 || rc == EAGAIN) && certd_clock_ms() < until_ms) {
        certd_clock_sleep(CERTD_LOOK_MS);
        rc = certd_listen_ask(sun);
    }

    if (rc == ENOENT) {
        return 1;
    }

    if (rc == 0 || rc == EAGAIN) {
        cert_reason_set(reason, "\"%s\": another certd already answers there",
                        sun->sun_path);
        return 0;
    }

    if (rc != ECONNREFUSED) {
        cert_reason_file(reason, "cannot connect to", sun->sun_path, rc);
        return 0;
    }

    if (unlink(sun->sun_path) == -1) {
        cert_reason_file(reason, "cannot remove", sun->sun_path, errno);
        return 0;
    }

    return 1;
}


/* 0: a process answers; ECONNREFUSED: none does; else what is wrong. */
static int
certd_listen_ask(const struct sockaddr_un *sun)
{
    int  fd, rc;

    fd = socket(AF_UNIX, SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC, 0);
    if (fd == -1) {
        return errno;
    }

    rc = connect(fd, (const struct sockaddr *) sun, sizeof(*sun)) == 0
         ? 0 : errno;
    (void) close(fd);

    return rc;
}


/*
 * Of a socket that got a path and then failed, the path is removed again: the
 * next start would find it and get no answer.
 */
static int
certd_listen_bind(certd_listen_t *listener, const struct sockaddr_un *sun,
    gid_t gid, cert_reason_t *reason)
{
    int          fd;
    struct stat  st;

    fd = socket(AF_UNIX, SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC, 0);
    if (fd == -1) {
        cert_reason_set(reason, "cannot create a socket: %s", strerror(errno));
        return 0;
    }

    if (bind(fd, (const struct sockaddr *) sun, sizeof(*sun)) == -1) {
        cert_reason_file(reason, "cannot bind", sun->sun_path, errno);
        goto failed;
    }

    if (!certd_listen_own(sun->sun_path, 0660, gid, reason)) {
        goto unbind;
    }

    if (lstat(sun->sun_path, &st) == -1 || listen(fd, CERTD_BACKLOG) == -1) {
        cert_reason_set(reason, "\"%s\": %s", sun->sun_path, strerror(errno));
        goto unbind;
    }

    listener->fd = fd;
    listener->dev = st.st_dev;
    listener->ino = st.st_ino;

    return 1;

unbind:

    (void) unlink(sun->sun_path);

failed:

    (void) close(fd);

    return 0;
}


/* The group first: it takes away no right that the mode gives then. */
static int
certd_listen_own(const char *path, mode_t mode, gid_t gid,
    cert_reason_t *reason)
{
    if (lchown(path, (uid_t) -1, gid) == -1) {
        cert_reason_set(reason, "cannot give \"%s\" to group %lu (%s): the "
                        "user of certd must be a member of it", path,
                        (unsigned long) gid, strerror(errno));
        return 0;
    }

    if (chmod(path, mode) == -1) {
        cert_reason_file(reason, "cannot set the mode of", path, errno);
        return 0;
    }

    return 1;
}

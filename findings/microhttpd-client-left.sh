#!/usr/bin/env bash
# libmicrohttpd: a request is "completed OK" though its client left long before.
#
#     package    libmicrohttpd12 0.9.75-6 (Debian 12) and libmicrohttpd12t64
#                1.0.1-4 (Debian 13)
#     behaviour  A client sends a request and closes.  Two seconds later the
#                handler answers, and MHD_OPTION_NOTIFY_COMPLETED is called with
#                MHD_REQUEST_TERMINATED_COMPLETED_OK (0), as for a client that
#                read its answer.  Only a client that resets its connection is
#                MHD_REQUEST_TERMINATED_WITH_ERROR (1).
#     the guess  "Completed OK" is said of an answer that could be delivered:
#                the end of the client's bytes was there to be read before the
#                answer was begun, so this is CLIENT_ABORT or an error.
#
# Seen:
#
#     libmicrohttpd 0.9.75: stayed 0, closed 0, reset 1
#     libmicrohttpd 1.0.1: stayed 0, closed 0, reset 1
#
# Everything is on 127.0.0.1.  It takes gcc and a minute, not root.

set -eu
shopt -s inherit_errexit

# shellcheck source-path=SCRIPTDIR source=../scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

packages_unpack bookworm "$work/12" libmicrohttpd-dev=0.9.75-6 \
    libmicrohttpd12=0.9.75-6
packages_unpack trixie "$work/13" libmicrohttpd-dev=1.0.1-4 \
    libmicrohttpd12t64=1.0.1-4

cat > "$work/leave.c" <<'END'
#include <netinet/in.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <microhttpd.h>


#define SECONDS    60
#define ANSWER_US  2000000


enum leave { STAYS, CLOSES, RESETS };


/* Posted when a handler has begun, and when a request has ended. */
static sem_t                            begun, ended;
static enum MHD_RequestTerminationCode  code;


static void
check(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "%s failed\n", what);
        exit(2);
    }
}


static enum MHD_Result
answer(void *cls, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *data,
    size_t *size, void **state)
{
    enum MHD_Result       result;
    struct MHD_Response  *response;

    (void) cls; (void) url; (void) method; (void) version;
    (void) data; (void) size;

    if (*state == NULL) {
        *state = &code;
        return MHD_YES;
    }

    (void) sem_post(&begun);
    (void) usleep(ANSWER_US);

    response = MHD_create_response_from_buffer(2, "ok",
                                               MHD_RESPMEM_PERSISTENT);
    result = MHD_queue_response(connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);

    return result;
}


static void
completed(void *cls, struct MHD_Connection *connection, void **state,
    enum MHD_RequestTerminationCode why)
{
    (void) cls; (void) connection; (void) state;

    code = why;
    (void) sem_post(&ended);
}


/* What the daemon says of a client that leaves in such a way. */
static int
client_run(uint16_t port, enum leave leave)
{
    int                  fd;
    const char           request[] = "GET / HTTP/1.1\r\n"
                                     "Host: 127.0.0.1\r\n"
                                     "Connection: close\r\n\r\n";
    const ssize_t        size = sizeof(request) - 1;
    const struct linger  reset = { 1, 0 };
    struct sockaddr_in   addr = { .sin_family = AF_INET };

    addr.sin_port = htons(port);
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    check(connect(fd, (struct sockaddr *) &addr, sizeof(addr)) == 0,
          "connect()");
    check(write(fd, request, (size_t) size) == size, "the request");
    (void) sem_wait(&begun);

    if (leave == RESETS) {
        check(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset))
              == 0, "SO_LINGER");
    }
    if (leave != STAYS) {
        (void) close(fd);
    }
    (void) sem_wait(&ended);
    if (leave == STAYS) {
        (void) close(fd);
    }

    return (int) code;
}


int
main(void)
{
    int                 stays, closes, resets;
    uint16_t            port;
    struct sockaddr_in  addr = { .sin_family = AF_INET };
    struct MHD_Daemon  *daemon;

    (void) alarm(SECONDS);
    check(sem_init(&begun, 0, 0) == 0 && sem_init(&ended, 0, 0) == 0,
          "sem_init()");

    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    daemon = MHD_start_daemon(MHD_USE_POLL_INTERNAL_THREAD
                              | MHD_USE_THREAD_PER_CONNECTION, 0, NULL, NULL,
                              answer, NULL,
                              MHD_OPTION_SOCK_ADDR, (struct sockaddr *) &addr,
                              MHD_OPTION_NOTIFY_COMPLETED, completed, NULL,
                              MHD_OPTION_END);
    check(daemon != NULL, "MHD_start_daemon()");
    port = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port;

    stays = client_run(port, STAYS);
    closes = client_run(port, CLOSES);
    resets = client_run(port, RESETS);
    printf("libmicrohttpd %s: stayed %d, closed %d, reset %d\n",
           MHD_get_version(), stays, closes, resets);
    MHD_stop_daemon(daemon);

    return 0;
}
END

# try RELEASE: what the daemon says of clients that stay, close and reset.
try() {
    # Of the release's headers this one only: the compiler is the machine's.
    mkdir "$work/$1/include"
    cp "$work/$1/usr/include/microhttpd.h" "$work/$1/include"
    cc -Wall -I "$work/$1/include" -o "$work/leave.$1" "$work/leave.c" \
        "$work/$1"/usr/lib/*/libmicrohttpd.so -Wl,--allow-shlib-undefined \
        -pthread
    packages_run "$work/$1" "$work/leave.$1"
}

changed=
for release in 12 13; do
    line=$(try "$release")
    say "$line"
    [ "${line#*: }" = "stayed 0, closed 0, reset 1" ] || changed=$line
done
[ -z "$changed" ] || die "clients that leave are told otherwise: $changed"

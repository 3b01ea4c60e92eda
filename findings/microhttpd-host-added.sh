#!/usr/bin/env bash
# libmicrohttpd: a header that the program adds counts as one the client sent.
#
#     package    libmicrohttpd12t64 1.0.1-4 (Debian 13) and 1.0.10-1 (testing)
#     behaviour  The callback of MHD_OPTION_URI_LOG_CALLBACK is called before
#                the headers of a request are read.  A "Host" that it adds by
#                MHD_set_connection_value() stands beside that of the client.
#                1.0.1 answers such a request as any other; 1.0.10 refuses it
#                with 400, "Multiple Host: headers", before any handler.
#     the guess  MHD_set_connection_value() tells handlers something; what is
#                checked of a request is what the client sent.
#
# Seen:
#
#     libmicrohttpd 1.0.1: as it is 200, with a Host added 200
#     libmicrohttpd 1.0.10: as it is 200, with a Host added 400
#
# Everything is on 127.0.0.1.  It takes gcc and a minute, not root.

set -eu
shopt -s inherit_errexit

# shellcheck source-path=SCRIPTDIR source=../scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

packages_unpack trixie "$work/13" libmicrohttpd-dev=1.0.1-4 \
    libmicrohttpd12t64=1.0.1-4
packages_unpack testing "$work/next" libmicrohttpd-dev=1.0.10-1 \
    libmicrohttpd12t64=1.0.10-1

cat > "$work/host.c" <<'END'
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <microhttpd.h>


#define SECONDS  60


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
    (void) data; (void) size; (void) state;

    response = MHD_create_response_from_buffer(2, "ok",
                                               MHD_RESPMEM_PERSISTENT);
    result = MHD_queue_response(connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);

    return result;
}


static void *
add(void *cls, const char *uri, struct MHD_Connection *connection)
{
    (void) uri;

    if (*(int *) cls) {
        (void) MHD_set_connection_value(connection, MHD_HEADER_KIND, "Host",
                                        "unknown");
    }

    return NULL;
}


/* The status of a request that has a "Host". */
static int
ask(int is_added)
{
    int                 fd, status;
    char                text[256] = "";
    ssize_t             n;
    const char          request[] = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                                    "Connection: close\r\n\r\n";
    struct sockaddr_in  addr = { .sin_family = AF_INET };
    struct MHD_Daemon  *daemon;

    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    daemon = MHD_start_daemon(MHD_USE_POLL_INTERNAL_THREAD, 0, NULL, NULL,
                              answer, NULL,
                              MHD_OPTION_SOCK_ADDR, (struct sockaddr *) &addr,
                              MHD_OPTION_URI_LOG_CALLBACK, add, &is_added,
                              MHD_OPTION_END);
    check(daemon != NULL, "MHD_start_daemon()");
    addr.sin_port = htons(MHD_get_daemon_info(daemon,
                              MHD_DAEMON_INFO_BIND_PORT)->port);

    fd = socket(AF_INET, SOCK_STREAM, 0);
    check(connect(fd, (struct sockaddr *) &addr, sizeof(addr)) == 0,
          "connect()");
    n = (ssize_t) sizeof(request) - 1;
    check(write(fd, request, (size_t) n) == n, "the request");
    check(read(fd, text, sizeof(text) - 1) > 0, "the answer");
    (void) close(fd);
    MHD_stop_daemon(daemon);

    check(sscanf(text, "HTTP/1.1 %d", &status) == 1, "the status");

    return status;
}


int
main(void)
{
    int  plain, added;

    (void) alarm(SECONDS);
    plain = ask(0);
    added = ask(1);
    printf("libmicrohttpd %s: as it is %d, with a Host added %d\n",
           MHD_get_version(), plain, added);

    return 0;
}
END

# try RELEASE: the statuses of a request as it is and with a Host added.
try() {
    # Of the release's headers this one only: the compiler is the machine's.
    mkdir "$work/$1/include"
    cp "$work/$1/usr/include/microhttpd.h" "$work/$1/include"
    cc -Wall -I "$work/$1/include" -o "$work/host.$1" "$work/host.c" \
        "$work/$1"/usr/lib/*/libmicrohttpd.so -Wl,--allow-shlib-undefined \
        -pthread
    packages_run "$work/$1" "$work/host.$1"
}

seen=
for release in 13 next; do
    line=$(try "$release")
    say "$line"
    seen="$seen $release: ${line#*: };"
done
wanted=" 13: as it is 200, with a Host added 200;"
wanted="$wanted next: as it is 200, with a Host added 400;"
[ "$seen" = "$wanted" ] \
    || die "a Host that the program adds is taken otherwise:$seen"

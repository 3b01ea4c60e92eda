/*
 * Copyright (C) the ngx_cert authors
 *
 * Sends mutated requests, as many as wanted and as fast as they are answered.
 *
 *     mutants PORT http1|http2 SEED COUNT CLIENTS FOUND < REQUESTS
 *
 * REQUESTS are good ones to start from: of each the number of fields, 4 bytes,
 * then each field as its length, 4 bytes, and its bytes: method, path, body,
 * names and values of headers.  The first one is asked as it is in between, and
 * has to be answered 200 with a result that is "valid".
 *
 * Three in four connections carry requests that are bent inside: many go down
 * one connection, since each still is a request.  The others carry bytes that
 * were bent anywhere.  A request counts when it was answered, or when its
 * connection was closed on it; one that is neither within ten seconds hangs.
 * What hangs, or comes out wrong, is kept in the folder FOUND.
 *
 * Prints what was counted, "NAME N" a line, and "status CODE N".
 */


#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mutants.h"


#define SEEDS_MAX     64
#define BATCH         8         /* bent requests in a connection */
#define ANSWER_MAX    (8 << 20)
#define PATIENCE_SEC  120

/* Shared by all clients. */
typedef struct {
    uint64_t  requests;         /* answered, or refused by closing */
    uint64_t  answered;
    uint64_t  closed;
    uint64_t  good;             /* good ones in between, answered right */
    uint64_t  wrong;            /* ... and otherwise */
    uint64_t  hung;
    uint64_t  unread;           /* an answer that is none */
    uint64_t  connections;
    uint64_t  status[1000];
} counts_t;

/* One connection: what goes out, what comes in. */
typedef struct {
    bytes_t   out;
    uint8_t  *in;
    size_t    len;
    int       is_end;           /* the server closed it */
    int       is_reset;         /* ... while it was sent to */
    int       is_head[BATCH + 2];
} talk_t;


static counts_t    *counts;
static request_t    seeds[SEEDS_MAX];
static size_t       seeds_n;
static talk_t       talk;
static request_t    bent;
static int          port;
static const char  *found;

#define count(what, n)                                                        \
    ((void) __atomic_add_fetch(&counts->what, (uint64_t) (n),                 \
                               __ATOMIC_RELAXED))


static void __attribute__((noreturn))
die(const char *what)
{
    fprintf(stderr, "mutants: %s: %s\n", what, strerror(errno));
    exit(2);
}


static uint32_t
read_int(void)
{
    uint8_t  b[4];

    if (fread(b, 1, 4, stdin) != 4) {
        return 0;
    }

    return b[0] | (uint32_t) b[1] << 8 | (uint32_t) b[2] << 16
           | (uint32_t) b[3] << 24;
}


static void
read_seeds(void)
{
    request_t  *r;

    while (seeds_n < SEEDS_MAX) {
        r = &seeds[seeds_n];
        r->fields_n = read_int();

        if (r->fields_n == 0) {
            break;
        }

        if (r->fields_n > FIELDS_MAX || r->fields_n < FIELD_HEADERS) {
            errno = EINVAL;
            die("a request");
        }

        for (size_t i = 0; i < r->fields_n; i++) {
            r->fields[i].len = read_int();

            if (r->fields[i].len > FIELD_MAX
                || fread(r->fields[i].data, 1, r->fields[i].len, stdin)
                   != r->fields[i].len)
            {
                errno = EINVAL;
                die("a field");
            }
        }

        seeds_n++;
    }
}


/* Keeps what went out, for the one who looks into it. */
static void
keep(const char *what)
{
    char             name[600];
    FILE            *file;
    static unsigned  n;

    if (n++ >= 20) {
        return;
    }

    snprintf(name, sizeof(name), "%s/%s-%d-%u", found, what, getpid(), n);
    file = fopen(name, "wb");

    if (file != NULL) {
        (void) fwrite(talk.out.data, 1, talk.out.len, file);
        (void) fclose(file);
    }
}


static int
connect_to(void)
{
    int                 fd;
    struct timeval      patience = { PATIENCE_SEC, 0 };
    struct sockaddr_in  sin;

    memset(&sin, 0, sizeof(sin));
    sin.sin_family = AF_INET;
    sin.sin_port = htons((uint16_t) port);
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    fd = socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, 0);

    if (fd == -1
        || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
                      sizeof(patience)) == -1
        || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
                      sizeof(patience)) == -1
        || connect(fd, (struct sockaddr *) &sin, sizeof(sin)) == -1)
    {
        die("cannot connect");
    }

    count(connections, 1);

    return fd;
}


/* A server that gives up resets; what it had sent before is read. */
static void
send_all(int fd)
{
    ssize_t  n;

    for (size_t at = 0; at < talk.out.len; at += (size_t) n) {
        n = send(fd, talk.out.data + at, talk.out.len - at, MSG_NOSIGNAL);

        if (n <= 0) {
            break;
        }
    }
}


/* Reads on; 0 when there is no more, or nothing came in time. */
static int
receive(int fd)
{
    ssize_t  n;

    if (talk.len >= ANSWER_MAX) {
        talk.is_end = 1;
        return 0;
    }

    n = recv(fd, talk.in + talk.len, ANSWER_MAX - talk.len, 0);

    if (n > 0) {
        talk.len += (size_t) n;
        return 1;
    }

    talk.is_end = n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
    talk.is_reset = n < 0 && errno == ECONNRESET;

    return 0;
}


static void
note_status(int status)
{
    count(status[status > 0 && status < 1000 ? status : 0], 1);
    count(answered, 1);
    count(requests, 1);
}


static int
is_valid(const uint8_t *data, size_t len)
{
    return memmem(data, len, "\"result\":\"valid\"", 16) != NULL;
}


static void
note_good(int is_right)
{
    if (is_right) {
        count(good, 1);
        return;
    }

    count(wrong, 1);
    keep("wrong");
}


/* The "i"-th of a connection: the first and the last are good ones. */
static const request_t *
next_request(size_t i, uint64_t *seed)
{
    if (i == 0 || i == BATCH + 1) {
        return &seeds[0];
    }

    bent = seeds[draw(seed, seeds_n)];
    request_bend(&bent, seed);

    return &bent;
}


/* Pipelined; what is not HTTP ends the connection, the rest is not asked. */
static void
http1_many(uint64_t *seed)
{
    int               fd, status = 0;
    long              n;
    size_t            i, at;
    const request_t  *r;

    for (i = 0; i < BATCH + 2; i++) {
        r = next_request(i, seed);
        talk.is_head[i] = r->fields[FIELD_METHOD].len == 4
                          && memcmp(r->fields[FIELD_METHOD].data, "HEAD", 4)
                             == 0;
        http1_put(&talk.out, r, i == BATCH + 1);
    }

    fd = connect_to();
    send_all(fd);
    while (receive(fd)) { /* void */ }
    close(fd);

    for (i = 0, at = 0; at < talk.len && i < BATCH + 2; i++, at += (size_t) n)
    {
        n = http1_take(talk.in + at, talk.len - at, talk.is_head[i],
                       talk.is_end, &status);

        /* A socket that is sent to after its last answer loses the rest. */
        if (n == 0 && i > 0 && talk.is_reset) {
            count(closed, 1);
            count(requests, 1);
            return;
        }

        if (n <= 0) {
            count(unread, 1);
            keep("unread");
            return;
        }

        if (i == 0 || i == BATCH + 1) {
            note_good(status == 200 && is_valid(talk.in + at, (size_t) n));

        } else {
            note_status(status);
        }
    }

    if (!talk.is_end) {
        count(hung, 1);
        keep("hung");

    } else if (i == 0) {
        note_good(0);
    }
}


static void
raw(uint64_t *seed, int is_http2)
{
    int       fd, status = 0;
    size_t    at, n;
    frame_t   frame;
    uint32_t  stream;

    if (is_http2) {
        http2_begin(&talk.out);
    }

    for (stream = 1; stream <= (is_http2 ? 5 : 1); stream += 2) {
        bent = seeds[draw(seed, seeds_n)];

        if (is_http2) {
            http2_put(&talk.out, &bent, stream);

        } else {
            http1_put(&talk.out, &bent, 1);
        }
    }

    bytes_bend(&talk.out, is_http2 && draw(seed, 16) ? 24 : 0, seed);

    fd = connect_to();
    send_all(fd);
    (void) shutdown(fd, SHUT_WR);
    while (receive(fd)) { /* void */ }
    close(fd);

    if (!talk.is_end) {
        count(hung, 1);
        keep("hung");
        return;
    }

    for (at = 0; is_http2; at += n) {
        n = http2_take(talk.in + at, talk.len - at, &frame);

        if (n == 0) {
            break;
        }

        if (frame.type == 1) {
            note_status(http2_status(&frame));
            status = 1;
        }
    }

    if (!is_http2 && talk.len > 12 && memcmp(talk.in, "HTTP/1.1 ", 9) == 0) {
        note_status(atoi((const char *) talk.in + 9));

    } else if (status == 0) {
        count(closed, 1);
        count(requests, 1);
    }
}


/* What one stream has come to. */
typedef struct {
    int  status;
    int  is_over;
    int  is_valid;
} stream_t;


/* Takes the frames that came; the bytes up to "at" are done with. */
static size_t
http2_read(size_t at, stream_t streams[BATCH + 2], int *over)
{
    size_t     n;
    frame_t    frame;
    stream_t  *s;

    for ( ;; at += n) {
        n = http2_take(talk.in + at, talk.len - at, &frame);

        if (n == 0) {
            return at;
        }

        if (frame.stream % 2 == 0 || frame.stream / 2 >= BATCH + 2) {
            continue;
        }

        s = &streams[frame.stream / 2];

        if (frame.type == 1 && s->status == 0) {
            s->status = http2_status(&frame);
        }

        if (frame.type == 0) {
            s->is_valid |= is_valid(frame.data, frame.len);
        }

        if (!s->is_over
            && (frame.type == 3 || (frame.type <= 1 && frame.flags & 1)))
        {
            s->is_over = 1;
            (*over)++;
        }
    }
}


/* The first and the last stream are good ones. */
static void
http2_many(uint64_t *seed)
{
    int       fd, over = 0;
    size_t    i, at = 0;
    stream_t  streams[BATCH + 2];

    memset(streams, 0, sizeof(streams));
    http2_begin(&talk.out);

    for (i = 0; i < BATCH + 2; i++) {
        http2_put(&talk.out, next_request(i, seed), (uint32_t) (2 * i + 1));
    }

    fd = connect_to();
    send_all(fd);

    while (over < BATCH + 2 && receive(fd)) {
        at = http2_read(at, streams, &over);
    }

    close(fd);

    for (i = 0; i < BATCH + 2; i++) {
        if (streams[i].status == 0 && !streams[i].is_over) {
            continue;
        }

        if (i == 0 || i == BATCH + 1) {
            note_good(streams[i].status == 200 && streams[i].is_valid);

        } else {
            note_status(streams[i].status);
        }
    }

    if (over < BATCH + 2 && !talk.is_end) {
        count(hung, 1);
        keep("hung");

    } else if (over == 0) {
        count(closed, 1);
        count(requests, 1);
    }
}


static void
client(uint64_t seed, uint64_t wanted, int is_http2)
{
    seed = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
    talk.in = malloc(ANSWER_MAX);

    while (__atomic_load_n(&counts->requests, __ATOMIC_RELAXED) < wanted
           && __atomic_load_n(&counts->hung, __ATOMIC_RELAXED) < 20)
    {
        talk.out.len = 0;
        talk.len = 0;
        talk.is_end = 0;
        talk.is_reset = 0;

        if (draw(&seed, 4) == 0) {
            raw(&seed, is_http2);

        } else if (is_http2) {
            http2_many(&seed);

        } else {
            http1_many(&seed);
        }
    }

    exit(0);
}


int
main(int argc, char **argv)
{
    int       status, failed = 0, is_http2;
    uint64_t  seed, wanted, clients;

    if (argc != 7) {
        fprintf(stderr, "usage: see the source\n");
        return 2;
    }

    port = atoi(argv[1]);
    is_http2 = strcmp(argv[2], "http2") == 0;
    seed = strtoull(argv[3], NULL, 10);
    wanted = strtoull(argv[4], NULL, 10);
    clients = strtoull(argv[5], NULL, 10);
    found = argv[6];

    counts = mmap(NULL, sizeof(counts_t), PROT_READ|PROT_WRITE,
                  MAP_SHARED|MAP_ANONYMOUS, -1, 0);
    read_seeds();

    for (uint64_t i = 0; i < clients; i++) {
        if (fork() == 0) {
            client(seed + i + 1, wanted, is_http2);
        }
    }

    while (wait(&status) > 0) {
        failed += status != 0;
    }

    printf("requests %lu\nanswered %lu\nclosed %lu\ngood %lu\nwrong %lu\n"
           "hung %lu\nunread %lu\nconnections %lu\n", counts->requests,
           counts->answered, counts->closed, counts->good, counts->wrong,
           counts->hung, counts->unread, counts->connections);

    for (int i = 0; i < 1000; i++) {
        if (counts->status[i] != 0) {
            printf("status %d %lu\n", i, counts->status[i]);
        }
    }

    return failed != 0;
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * Fails the Nth call of a kind: preloaded into a program under test.
 *
 * FAULT_FILE names a file of four 64-bit numbers, shared by the program, its
 * children and the test: countdown (0: off), kinds (a bit each), errno, and
 * how often a call was failed.  So a test can arm a worker that runs already.
 */


#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>


#define FAULT_MEMORY  1
#define FAULT_WRITE   2
#define FAULT_SYNC    4
#define FAULT_NAME    8     /* open for writing, rename, link, mkdir */
#define FAULT_OWN     16    /* memory, but only what our code asks for */

typedef struct {
    int64_t  countdown;
    int64_t  kinds;
    int64_t  error;
    int64_t  failed;
} fault_t;


static fault_t  *fault;

/*
 * OpenSSL 3.5 waits for itself forever where the first allocation of its own
 * start fails: raising the error starts it again, within pthread_once().  No
 * program can do anything about that, so it has started when counting begins.
 */
static void
fault_start_openssl(void)
{
    int  (*start)(uint64_t, const void *);

    start = (int (*)(uint64_t, const void *)) dlsym(RTLD_DEFAULT,
                                                    "OPENSSL_init_crypto");
    if (start != NULL) {
        start(0x00040000, NULL);    /* OPENSSL_INIT_BASE_ONLY */
    }
}


static void __attribute__((constructor))
fault_init(void)
{
    int          fd;
    void        *map;
    const char  *name;

    name = getenv("FAULT_FILE");
    fd = name != NULL ? open(name, O_RDWR|O_CLOEXEC) : -1;

    if (fd == -1) {
        return;
    }

    fault_start_openssl();

    map = mmap(NULL, sizeof(fault_t), PROT_READ|PROT_WRITE, MAP_SHARED, fd,
               0);
    close(fd);

    if (map != MAP_FAILED) {
        fault = map;
    }
}


static int
fault_hits(int kind)
{
    if (fault == NULL || !(fault->kinds & kind) || fault->countdown == 0) {
        return 0;
    }

    if (__atomic_sub_fetch(&fault->countdown, 1, __ATOMIC_SEQ_CST) != 0) {
        return 0;
    }

    __atomic_add_fetch(&fault->failed, 1, __ATOMIC_SEQ_CST);
    errno = kind == FAULT_MEMORY ? ENOMEM : (int) fault->error;

    return 1;
}


/*
 * Most memory is asked for by libraries that start up; what tests are about
 * is asked for by the program, the module, and the libraries they call with
 * an answer to look at.  Not libc itself, which ends a process for want of
 * memory in places, nss_database.c one of them: what it takes on our behalf
 * is below.
 */
static int
fault_is_own(void *caller)
{
    struct dl_find_object     found;
    static const char *const  names[] = {
        "ngx_http_cert", "liblmdb", "libjansson", "libcsv"
    };

    /* dladdr() would read all symbols for each call. */
    if (_dl_find_object(caller, &found) != 0) {
        return 0;
    }

    /* The program itself has no name. */
    if (found.dlfo_link_map->l_name[0] == '\0') {
        return 1;
    }

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strstr(found.dlfo_link_map->l_name, names[i]) != NULL) {
            return 1;
        }
    }

    return 0;
}


static int
fault_memory(void *caller)
{
    if (fault == NULL || fault->countdown == 0
        || ((fault->kinds & FAULT_OWN) && !fault_is_own(caller)))
    {
        return 0;
    }

    return fault_hits(FAULT_MEMORY);
}


#define CALLER      __builtin_return_address(0)
#define NEXT(name)  ((__typeof__(&name)) dlsym(RTLD_NEXT, #name))


/* The next one is glibc's, or that of a sanitizer. */
void *
malloc(size_t size)
{
    return fault_memory(CALLER) ? NULL : NEXT(malloc)(size);
}


void *
calloc(size_t n, size_t size)
{
    return fault_memory(CALLER) ? NULL : NEXT(calloc)(n, size);
}


void *
realloc(void *p, size_t size)
{
    return fault_memory(CALLER) ? NULL : NEXT(realloc)(p, size);
}


int
posix_memalign(void **p, size_t align, size_t size)
{
    return fault_memory(CALLER) ? ENOMEM
                                : NEXT(posix_memalign)(p, align, size);
}


char *
strdup(const char *text)
{
    return fault_memory(CALLER) ? NULL : NEXT(strdup)(text);
}


FILE *
fopen(const char *name, const char *mode)
{
    return fault_memory(CALLER) ? NULL : NEXT(fopen)(name, mode);
}


FILE *
fdopen(int fd, const char *mode)
{
    return fault_memory(CALLER) ? NULL : NEXT(fdopen)(fd, mode);
}


ssize_t
pwrite(int fd, const void *buf, size_t n, off_t at)
{
    return fault_hits(FAULT_WRITE) ? -1 : NEXT(pwrite)(fd, buf, n, at);
}


ssize_t
pwritev(int fd, const struct iovec *iov, int n, off_t at)
{
    return fault_hits(FAULT_WRITE) ? -1 : NEXT(pwritev)(fd, iov, n, at);
}


/* Standard streams and pipes are not what a full disk fails. */
ssize_t
write(int fd, const void *buf, size_t n)
{
    struct stat  st;

    if (fault != NULL && (fault->kinds & FAULT_WRITE) && fd > 2
        && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)
        && fault_hits(FAULT_WRITE))
    {
        return -1;
    }

    return NEXT(write)(fd, buf, n);
}


int
fsync(int fd)
{
    return fault_hits(FAULT_SYNC) ? -1 : NEXT(fsync)(fd);
}


int
fdatasync(int fd)
{
    return fault_hits(FAULT_SYNC) ? -1 : NEXT(fdatasync)(fd);
}


int
open(const char *name, int flags, ...)
{
    mode_t   mode;
    va_list  args;

    va_start(args, flags);
    mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);

    if ((flags & O_ACCMODE) != O_RDONLY && fault_hits(FAULT_NAME)) {
        return -1;
    }

    return NEXT(open)(name, flags, mode);
}


int
openat(int at, const char *name, int flags, ...)
{
    mode_t   mode;
    va_list  args;

    va_start(args, flags);
    mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);

    if ((flags & O_ACCMODE) != O_RDONLY && fault_hits(FAULT_NAME)) {
        return -1;
    }

    return NEXT(openat)(at, name, flags, mode);
}


int
rename(const char *from, const char *to)
{
    return fault_hits(FAULT_NAME) ? -1 : NEXT(rename)(from, to);
}


int
renameat(int a, const char *from, int b, const char *to)
{
    return fault_hits(FAULT_NAME) ? -1 : NEXT(renameat)(a, from, b, to);
}


int
renameat2(int a, const char *from, int b, const char *to, unsigned flags)
{
    return fault_hits(FAULT_NAME) ? -1
                                  : NEXT(renameat2)(a, from, b, to, flags);
}


int
linkat(int a, const char *from, int b, const char *to, int flags)
{
    return fault_hits(FAULT_NAME) ? -1 : NEXT(linkat)(a, from, b, to, flags);
}


int
mkdir(const char *name, mode_t mode)
{
    return fault_hits(FAULT_NAME) ? -1 : NEXT(mkdir)(name, mode);
}


int
mkdirat(int at, const char *name, mode_t mode)
{
    return fault_hits(FAULT_NAME) ? -1 : NEXT(mkdirat)(at, name, mode);
}

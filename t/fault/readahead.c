/*
 * Copyright (C) the ngx_cert authors
 *
 * A store that is read with the kernel's readahead or without it, whatever the
 * program that opens it says (LD_PRELOAD), for measurements of both side by
 * side.  With READAHEAD=on advice that memory is read in any order is not
 * passed on; with READAHEAD=off each file that is mapped for reading, shared,
 * as LMDB maps its data, is advised so.
 */


#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>


#define NEXT(name)  ((__typeof__(&name)) dlsym(RTLD_NEXT, #name))


static int
readahead_is(const char *wanted)
{
    const char  *value;

    value = getenv("READAHEAD");

    return value != NULL && strcmp(value, wanted) == 0;
}


int
madvise(void *at, size_t len, int advice)
{
    if (advice == MADV_RANDOM && readahead_is("on")) {
        return 0;
    }

    return NEXT(madvise)(at, len, advice);
}


static void *
readahead_off(void *map, size_t len, int prot, int flags, int fd)
{
    if (map != MAP_FAILED && fd != -1 && prot == PROT_READ
        && (flags & MAP_SHARED) && readahead_is("off"))
    {
        (void) NEXT(madvise)(map, len, MADV_RANDOM);
    }

    return map;
}


void *
mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset)
{
    return readahead_off(NEXT(mmap)(at, len, prot, flags, fd, offset), len,
                         prot, flags, fd);
}


/* What a program calls that was built for large files. */
void *
mmap64(void *at, size_t len, int prot, int flags, int fd, off64_t offset)
{
    return readahead_off(NEXT(mmap64)(at, len, prot, flags, fd, offset), len,
                         prot, flags, fd);
}

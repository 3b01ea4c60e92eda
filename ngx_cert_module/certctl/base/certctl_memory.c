/*
 * Copyright (C) the ngx_cert authors
 *
 * An import touches some 100 MB of new memory: pages that LMDB is about to
 * write, and the changes of a commit.  In pages of 4 KB that is 24,000 faults,
 * which took a third of the processor time of an import where it was measured;
 * Debian gives huge pages only to those who ask for them.  malloc() can ask by
 * itself, but only by a variable of the environment.
 */


#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <sys/mman.h>

#include "certctl_memory.h"


#define CERTCTL_MEMORY_MB    (1024 * 1024)

/* Address space, once: memory is taken as it is used. */
#define CERTCTL_MEMORY_SIZE  (256 * CERTCTL_MEMORY_MB)

#define CERTCTL_MEMORY_HUGE  ((uintptr_t) 2 * CERTCTL_MEMORY_MB)

/* More than malloc_trim() leaves. */
#define CERTCTL_MEMORY_ONE   65536

/* What malloc() begins with; from then on it no longer adapts by itself. */
#define CERTCTL_MEMORY_PAD   (128 * 1024)
#define CERTCTL_MEMORY_MAP   (32 * CERTCTL_MEMORY_MB)


void
certctl_memory_huge(void)
{
    void       *one;
    uintptr_t   begin, end;

    (void) malloc_trim(0);
    (void) mallopt(M_TRIM_THRESHOLD, 2 * CERTCTL_MEMORY_SIZE);
    (void) mallopt(M_MMAP_THRESHOLD, CERTCTL_MEMORY_MAP);
    (void) mallopt(M_TOP_PAD, CERTCTL_MEMORY_SIZE);

    one = malloc(CERTCTL_MEMORY_ONE);
    end = (uintptr_t) sbrk(0);
    begin = ((uintptr_t) one + CERTCTL_MEMORY_HUGE - 1)
            & ~(CERTCTL_MEMORY_HUGE - 1);

    /* Where there is a limit below it, less is still to be had. */
    (void) mallopt(M_TOP_PAD, CERTCTL_MEMORY_PAD);

    /* Not another allocator's, nor memory that was mapped alone. */

    if (one != NULL && begin < end) {
        (void) madvise((void *) begin, end - begin, MADV_HUGEPAGE);
    }

    free(one);
}

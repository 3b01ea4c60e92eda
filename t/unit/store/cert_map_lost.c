/*
 * Copyright (C) the ngx_cert authors
 *
 * A map that is gone: to grow it LMDB gives up the old one first, and the
 * kernel refuses the new one.  A filter of system calls refuses it, which
 * works under sanitizers as well; only that size, so the store can be opened
 * again.
 */


#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "cert_read.h"
#include "store.h"


#define MAP  (1 << 20)

#define load(field)  BPF_STMT(BPF_LD|BPF_W|BPF_ABS,                           \
                              (uint32_t) offsetof(struct seccomp_data, field))


static fixture_t  f;


/* Shared maps of twice the size are refused from now on. */
static int
refuse_maps(void)
{
    struct sock_filter  filter[] = {
        load(nr),
        BPF_JUMP(BPF_JMP|BPF_JEQ|BPF_K, __NR_mmap, 0, 5),
        load(args[1]),
        BPF_JUMP(BPF_JMP|BPF_JEQ|BPF_K, 2 * MAP, 0, 3),
        load(args[3]),
        BPF_JUMP(BPF_JMP|BPF_JSET|BPF_K, MAP_SHARED, 0, 1),
        BPF_STMT(BPF_RET|BPF_K, SECCOMP_RET_ERRNO | ENOMEM),
        BPF_STMT(BPF_RET|BPF_K, SECCOMP_RET_ALLOW)
    };

    struct sock_fprog  program = {
        sizeof(filter) / sizeof(filter[0]), filter
    };

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
           && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}


int
main(void)
{
    cert_time_t    now;
    cert_reason_t  reason;

    fixture_init_size(&f, MAP);

    is_int(cert_read_now(f.reader, 0, &now), CERT_OK, "the store is read");
    is_int(cert_store_maintain(f.store, &reason), CERT_OK, "and looked after");

    ok(refuse_maps(), "the kernel refuses a larger map");
    is_int(cert_store_grow(f.store, &reason), CERT_SYSTEM, "to grow fails");
    is_int(cert_read_now(f.reader, 0, &now), CERT_SYSTEM, "so does reading");
    is_int(cert_store_grow(f.store, &reason), CERT_SYSTEM, "and growing");

    reason.text[0] = '\0';
    is_int(cert_store_maintain(f.store, &reason), CERT_BAD_STORE,
           "who looks after it learns that");
    is_str(reason.text, "the store is no longer mapped", "and why");

    fixture_close(&f);
    fixture_open(&f, CERT_STORE_WRITE);

    is_int(cert_read_now(f.reader, 0, &now), CERT_OK, "opened again");
    is_int(cert_store_maintain(f.store, &reason), CERT_OK, "all is well");

    fixture_wipe(&f);

    return done_testing();
}

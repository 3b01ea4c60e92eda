/*
 * Copyright (C) the ngx_cert authors
 *
 * Runs a program with no other system calls than those of a list, one name a
 * line, as systemd does for SystemCallFilter=.  Any other call kills: what a
 * unit forgets then shows in t/75-unit.t, and not at an operator's.
 *
 *     allow LIST PROGRAM [ARGUMENT ...]
 */


#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>


static int
allow(scmp_filter_ctx filter, FILE *list)
{
    int   call, rc;
    char  line[128];

    rc = 0;

    while (rc == 0 && fgets(line, sizeof(line), list) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        call = seccomp_syscall_resolve_name(line);

        /* Of another processor, or newer than the library. */
        if (call != __NR_SCMP_ERROR && call >= 0) {
            rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
        }
    }

    return rc;
}


int
main(int argc, char **argv)
{
    int              rc;
    FILE            *list;
    scmp_filter_ctx  filter;

    if (argc == 1) {
        fprintf(stderr, "usage: allow LIST PROGRAM [ARGUMENT ...]\n");
        return 2;
    }

    list = fopen(argv[1], "re");
    filter = seccomp_init(SCMP_ACT_KILL_PROCESS);

    if (argc < 3 || list == NULL || filter == NULL) {
        perror(argv[1]);
        return 2;
    }

    rc = allow(filter, list);
    (void) fclose(list);

    if (rc == 0) {
        rc = seccomp_load(filter);
    }

    seccomp_release(filter);

    if (rc != 0) {
        fprintf(stderr, "the filter: %s\n", strerror(-rc));
        return 2;
    }

    (void) execv(argv[2], argv + 2);
    perror(argv[2]);

    return 2;
}

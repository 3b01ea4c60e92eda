/*
 * Copyright (C) the ngx_cert authors
 *
 * The system calls a renderer may not make.
 */


#ifndef CERTD_SYSCALLS_H_INCLUDED
#define CERTD_SYSCALLS_H_INCLUDED


/*
 * For good, for this thread and those it starts; needs no_new_privs or root.
 * A sanitizer needs some of them at its end.  False: the reason was logged.
 */
int certd_syscalls_forbid(int is_sanitized);


#endif /* CERTD_SYSCALLS_H_INCLUDED */

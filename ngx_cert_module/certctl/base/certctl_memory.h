/*
 * Copyright (C) the ngx_cert authors
 *
 * The memory of a command that needs much of it at once.
 */


#ifndef CERTCTL_MEMORY_H_INCLUDED
#define CERTCTL_MEMORY_H_INCLUDED


/*
 * Asks for the heap to grow in huge pages from now on.  A request only: where
 * the system has none, or less address space is left, memory comes in pages as
 * before.  Belongs before the first large allocation of the command.
 */

void certctl_memory_huge(void);


#endif /* CERTCTL_MEMORY_H_INCLUDED */

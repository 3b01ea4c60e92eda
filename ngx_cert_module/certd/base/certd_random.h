/*
 * Copyright (C) the ngx_cert authors
 *
 * Random bytes.
 */


#ifndef CERTD_RANDOM_H_INCLUDED
#define CERTD_RANDOM_H_INCLUDED


#include <stddef.h>


/* Random bytes from the kernel; never fails once the system has started. */
void certd_random(void *bytes, size_t len);


#endif /* CERTD_RANDOM_H_INCLUDED */

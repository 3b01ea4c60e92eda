/*
 * Copyright (C) the ngx_cert authors
 *
 * The table that scripts/fold-table makes.  Private to core/base.
 */


#ifndef CERT_FOLD_INT_H_INCLUDED
#define CERT_FOLD_INT_H_INCLUDED


#include <stddef.h>
#include <stdint.h>


typedef struct {
    int32_t  from;
    int32_t  to;
} cert_fold_pair_t;


/* In the order of "from": radicals and strokes to ideographs. */
extern const cert_fold_pair_t  cert_fold_radicals[];
extern const size_t            cert_fold_radicals_n;

#endif /* CERT_FOLD_INT_H_INCLUDED */

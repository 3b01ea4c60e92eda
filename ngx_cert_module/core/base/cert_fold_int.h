/*
 * Copyright (C) the ngx_cert authors
 *
 * The table that scripts/fold-table makes, and what folds of texts and of codes
 * share.  Private to core/base.
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

/* True for white space of any kind, tabs and line ends among it. */
int cert_fold_is_space(int32_t ch);

#endif /* CERT_FOLD_INT_H_INCLUDED */

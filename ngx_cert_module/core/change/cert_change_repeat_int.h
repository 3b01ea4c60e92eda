/*
 * Copyright (C) the ngx_cert authors
 *
 * Applications that are repeated with their key.  Private to core/.
 */


#ifndef CERT_CHANGE_REPEAT_INT_H_INCLUDED
#define CERT_CHANGE_REPEAT_INT_H_INCLUDED


#include "cert_exec_int.h"


/*
 * Finds what an earlier application with this key got: the outcome of this one
 * then, with is_unchanged set, or a refusal if it was another request.  And
 * puts the record of this one.
 */
cert_err_t cert_repeat_find(cert_exec_t *exec);
cert_err_t cert_repeat_put(cert_exec_t *exec);


#endif /* CERT_CHANGE_REPEAT_INT_H_INCLUDED */

/*
 * Copyright (C) the ngx_cert authors
 *
 * Applications that are repeated with their key.  Private to core/.
 */


#ifndef CERT_CHANGE_REPEAT_INT_H_INCLUDED
#define CERT_CHANGE_REPEAT_INT_H_INCLUDED


#include "cert_change_int.h"


/*
 * What an earlier application with this key got, as the outcome of this one,
 * which is_unchanged tells, or the refusal of another request; and the record
 * of this one.
 */
cert_err_t cert_repeat_find(cert_exec_t *exec);
cert_err_t cert_repeat_put(cert_exec_t *exec);


#endif /* CERT_CHANGE_REPEAT_INT_H_INCLUDED */

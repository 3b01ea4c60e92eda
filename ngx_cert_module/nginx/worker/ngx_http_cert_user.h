/*
 * Copyright (C) the ngx_cert authors
 *
 * Whether the account of the workers can use the store.
 */


#ifndef _NGX_HTTP_CERT_USER_H_INCLUDED_
#define _NGX_HTTP_CERT_USER_H_INCLUDED_


#include "ngx_http_cert_module.h"


/*
 * Opens the store as a worker of this configuration will, in a child that has
 * become its user, and closes it again.  To be called in the master, when all
 * of the configuration is known and nothing of it is in use yet.
 *
 *     NGX_OK     it can, or this process cannot become another user
 *     NGX_ERROR  it cannot: logged with the user, the reason and the place
 */
ngx_int_t ngx_http_cert_user_check(ngx_http_cert_main_conf_t *mcf);


#endif /* _NGX_HTTP_CERT_USER_H_INCLUDED_ */

/*
 * Copyright (C) the ngx_cert authors
 *
 * The queue of the store, compared with the one in memory.
 */


#ifndef CERTD_RESCAN_H_INCLUDED
#define CERTD_RESCAN_H_INCLUDED


#include "certd_jobs_int.h"


/*
 * Compares the next page with ours; what is new waits until "due_ms".
 *
 *     CERT_OK         there are more
 *     CERT_NOT_FOUND  that was the last; the next page is the first again
 *     CERT_BUSY       the store cannot be read at the moment
 *
 * and the errors of cert_list_queue().
 */
cert_err_t certd_rescan_page(certd_jobs_t *jobs, int64_t due_ms);


#endif /* CERTD_RESCAN_H_INCLUDED */

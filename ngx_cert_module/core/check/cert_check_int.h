/*
 * Copyright (C) the ngx_cert authors
 *
 * What the check and the match share.  Private to core/.
 */


#ifndef CERT_CHECK_INT_H_INCLUDED
#define CERT_CHECK_INT_H_INCLUDED


#include "cert_check.h"


/* What a certificate in this state is to a verifier; by cert_status_t. */
extern const cert_result_t  cert_status_results[];

/*
 * Begins a snapshot, and sets what every answer needs of it.  CERT_BAD_STORE:
 * there is no reader; other errors as of cert_reader_begin().
 */
cert_err_t cert_check_begin(cert_reader_t *reader, cert_verdict_t *verdict);

/*
 * Looks for the certificate that all three of "question" belong to, and sets
 * facts and result.  CERT_NOT_FOUND tells not which of them is wrong, nor does
 * its time; other errors as of the getters of the store.
 */
cert_err_t cert_check_match(cert_reader_t *reader,
    const cert_question_t *question, cert_verdict_t *verdict);


#endif /* CERT_CHECK_INT_H_INCLUDED */

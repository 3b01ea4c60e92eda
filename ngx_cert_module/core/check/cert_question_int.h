/*
 * Copyright (C) the ngx_cert authors
 *
 * A question with personal facts that is malformed, and why.  Private to core/.
 *
 * What these two say depends on the question and the policy alone, never on
 * what is stored: so it tells nobody whether a number or a person exists.
 */


#ifndef CERT_QUESTION_INT_H_INCLUDED
#define CERT_QUESTION_INT_H_INCLUDED


#include "cert_check.h"


/*
 * Before anything is looked up.  CERT_INVALID: a field is missing, too long, or
 * holds what no text may; "field" and "detail" of the verdict are set.
 */
cert_err_t cert_question_judge(const cert_question_t *question,
    cert_verdict_t *verdict);

/* The same of the name alone, which is asked beside a code. */
cert_err_t cert_question_judge_name(const cert_question_t *question,
    cert_verdict_t *verdict);

/*
 * After a look-up that matched nothing, and only then: what the authority has
 * stored is right, however odd it is.  CERT_INVALID as above: a name with signs
 * in place of characters, or a document number that is none.  CERT_NOT_FOUND:
 * nothing is wrong with the question.
 */
cert_err_t cert_question_doubt(cert_reader_t *reader,
    const cert_question_t *question, cert_verdict_t *verdict);

/* The same of the name alone; CERT_OK: nothing is wrong with it. */
cert_err_t cert_question_doubt_name(const cert_question_t *question,
    cert_verdict_t *verdict);


#endif /* CERT_QUESTION_INT_H_INCLUDED */

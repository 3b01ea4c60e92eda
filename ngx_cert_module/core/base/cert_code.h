/*
 * Copyright (C) the ngx_cert authors
 *
 * Annotation codes: what is printed on a copy and gives the right to check
 * it, and nothing else.
 *
 * 20 bits of hours since 2020-01-01T00Z, 55 random bits, a 5-bit check
 * symbol: 80 bits, most significant first, 10 bytes in the store, 16
 * Crockford base-32 symbols on paper.  Codes sort by time, so the copies
 * people check today lie together in the store.
 *
 * The check symbol is a weighted sum over GF(32) with distinct non-zero
 * weights: every single wrong symbol and every swap of neighbours is caught
 * before the store is asked.
 */


#ifndef CERT_CODE_H_INCLUDED
#define CERT_CODE_H_INCLUDED


#include "cert.h"


#define CERT_CODE_SIZE         10
#define CERT_CODE_RANDOM_SIZE  7

/* "K7QX-2M9D-PA4T-8WZ3" and its terminating zero. */
#define CERT_CODE_TEXT_SIZE    20

/* "ab/cd/K7QX-2M9D-PA4T-8WZ3.pdf" and its terminating zero. */
#define CERT_CODE_PATH_SIZE    30

typedef struct {
    uint8_t  bytes[CERT_CODE_SIZE];
} cert_code_t;


/*
 * Makes the code for the hour of "now" from 7 random bytes (one bit of them is
 * not used), which the caller draws from a source fit for secrets: nobody must
 * be able to guess the code of a copy that they were not shown.  Two codes may
 * be equal; the transaction of the application refuses the second.
 *
 * CERT_INVALID: "now" is before 2020 or after 2139; "code" is untouched.
 */
cert_err_t cert_code_make(cert_code_t *code, cert_time_t now,
    const uint8_t random[CERT_CODE_RANDOM_SIZE]);

/*
 * Reads a code as a person types or pastes it (cert_fold_code): case folds, "O"
 * reads as 0, "I" and "L" as 1.  CERT_INVALID: not 16 symbols, a letter that is
 * not a symbol, or a wrong check symbol; "code" is untouched.
 */
cert_err_t cert_code_parse(cert_code_t *code, cert_str_t text);

/* Writes the printed form, terminated. */
void cert_code_format(const cert_code_t *code, char text[CERT_CODE_TEXT_SIZE]);

/*
 * Writes the path of the sealed file below the folder of PDFs, terminated.
 * The folders are the last two wholly random bytes, so they fill evenly.
 */
void cert_code_path(const cert_code_t *code, char path[CERT_CODE_PATH_SIZE]);

/* True if the check symbol is right: false only for bytes made elsewhere. */
int cert_code_is_sound(const cert_code_t *code);


#endif /* CERT_CODE_H_INCLUDED */

/*
 * Copyright (C) the ngx_cert authors
 *
 * Rules about people's data: names, document numbers, and their masks.
 *
 * Names are folded texts (cert_text.h); masks go by code point.  Resident
 * identity numbers follow GB 11643-1999.
 *
 * All functions are pure and take any bytes.
 */


#ifndef CERT_PERSON_H_INCLUDED
#define CERT_PERSON_H_INCLUDED


#include "cert_text.h"


typedef enum {
    CERT_ID_CN = 0,     /* resident identity card, GB 11643 */
    CERT_ID_PASSPORT,
    CERT_ID_HK_MO,      /* permit of residents of Hong Kong and Macao */
    CERT_ID_TW,         /* permit of residents of Taiwan */
    CERT_ID_OTHER,
    CERT_ID_TYPES
} cert_id_type_t;


/*
 * cert_text_fold() for a name as it is to be stored: not empty, at most
 * CERT_NAME_MAX bytes, with joiners in scripts only that need them, and with a
 * match form that fits (cert_fold_name).  "why" may be NULL here and below.
 */
cert_err_t cert_name_fold(cert_text_t *out, cert_str_t in, const char **why);

/*
 * The same for a certificate number: not empty, at most CERT_NUMBER_MAX bytes,
 * without joiners, and with a match form that fits, which "form" gets
 * (cert_fold_number).
 */
cert_err_t cert_number_fold(cert_text_t *out, cert_text_t *form, cert_str_t in,
    const char **why);

/*
 * Masks a folded name: one code point -> "*"; two -> first and "*"; more ->
 * first, a "*" for each between, last.  The middle dot counts; white space and
 * joiners do not, since a star in their place would hide nothing.
 */
void cert_name_mask(cert_text_t *out, cert_str_t name);

/*
 * Folds a document number of any type as it is to be stored: to its match form
 * (cert_fold_id_number).  CERT_INVALID as there, and for format characters and
 * controls, which a question may hold and a file may not.
 */
cert_err_t cert_id_number_fold(cert_text_t *out, cert_str_t in,
    const char **why);

/*
 * Checks a folded resident identity number: 17 digits and a MOD 11-2 check, a
 * region that is not all zero, a real date of birth not after "today".  "birth"
 * (may be NULL) gets that date.  CERT_INVALID: it is none, and "why", a static
 * text, says what is wrong.
 */
cert_err_t cert_id_number_check_cn(cert_str_t number, cert_date_t today,
    cert_date_t *birth, const char **why);

/*
 * First three, stars, last four: for the holder's own pages only.  Only stars
 * where nothing would be left to hide.
 */
void cert_id_number_mask(cert_text_t *out, cert_str_t number);

/* "cn", "passport", "hk_mo", "tw", "other"; CERT_INVALID: none of them. */
const char *cert_id_type_name(cert_id_type_t type);
cert_err_t cert_id_type_parse(cert_id_type_t *type, cert_str_t text);


#endif /* CERT_PERSON_H_INCLUDED */

/*
 * Copyright (C) the ngx_cert authors
 *
 * Rules about people's data: names, document numbers, and their masks.
 *
 * Names are Unicode NFC without controls and bidirectional overrides; masks
 * go by code point.  Resident identity numbers follow GB 11643-1999.
 *
 * All functions are pure and take any bytes.  What is folded is what is
 * stored, hashed and compared: fold where text comes in, and only there.
 */


#ifndef CERT_PERSON_H_INCLUDED
#define CERT_PERSON_H_INCLUDED


#include "cert.h"


typedef enum {
    CERT_ID_CN = 0,     /* resident identity card, GB 11643 */
    CERT_ID_PASSPORT,
    CERT_ID_HK_MO,      /* permit of residents of Hong Kong and Macao */
    CERT_ID_TW,         /* permit of residents of Taiwan */
    CERT_ID_OTHER,
    CERT_ID_TYPES
} cert_id_type_t;

/* A bounded text of its own, terminated. */
typedef struct {
    size_t  len;
    char    data[CERT_TEXT_MAX + 1];
} cert_text_t;


/*
 * Copies "in" as NFC with white space trimmed from both ends.  Tabs, line
 * ends and other controls, bidirectional marks and overrides, private use,
 * noncharacters, invisible characters but for joiners, and bad UTF-8 are
 * refused, and so is more than "max" bytes after folding (max <=
 * CERT_TEXT_MAX).  An empty result is allowed.
 *
 * CERT_INVALID: "why" (may be NULL here and below) is a static sentence part
 * such as "holds a control character", which quotes nothing; "out" is
 * unspecified.
 */
cert_err_t cert_text_fold(cert_text_t *out, cert_str_t in, size_t max,
    const char **why);

/* The same for a name: not empty, at most CERT_NAME_MAX bytes. */
cert_err_t cert_name_fold(cert_text_t *out, cert_str_t in, const char **why);

/*
 * Masks a folded name: one code point -> "*"; two -> first and "*"; more ->
 * first, a "*" for each between, last.  The middle dot counts.
 */
void cert_name_mask(cert_text_t *out, cert_str_t name);

/*
 * Folds a document number of any type: full-width forms to ASCII, letters to
 * upper case, spaces at both ends trimmed.  CERT_INVALID:
 * empty, longer than CERT_ID_NUMBER_MAX, or anything but printable ASCII
 * after folding.
 */
cert_err_t cert_id_number_fold(cert_text_t *out, cert_str_t in,
    const char **why);

/*
 * Proves a folded resident identity number: 17 digits and a MOD 11-2 check,
 * a region that is not all zero, a real date of birth not after "today".
 * "birth" (may be NULL) gets that date.
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

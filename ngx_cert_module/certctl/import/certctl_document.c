/*
 * Copyright (C) the ngx_cert authors
 *
 * Names of documents, and the forms of numbers that a type does not say.
 */


#include <string.h>

#include "certctl_cell.h"
#include "certctl_document.h"


/* Letters and digits of the older card of a foreigner. */
#define CERTCTL_DOCUMENT_LETTERS  3
#define CERTCTL_DOCUMENT_OLD_LEN  15

typedef struct {
    const char          *name;
    cert_id_type_t       type;
    certctl_document_t   document;
} certctl_document_name_t;


static int certctl_document_is_old(cert_str_t number);


static const certctl_document_name_t  certctl_document_names[] = {
    { "身份证", CERT_ID_CN, CERTCTL_DOCUMENT_ANY },
    { "居民身份证", CERT_ID_CN, CERTCTL_DOCUMENT_ANY },
    { "二代身份证", CERT_ID_CN, CERTCTL_DOCUMENT_ANY },
    { "中华人民共和国居民身份证", CERT_ID_CN, CERTCTL_DOCUMENT_ANY },
    { "护照", CERT_ID_PASSPORT, CERTCTL_DOCUMENT_ANY },
    { "外国护照", CERT_ID_PASSPORT, CERTCTL_DOCUMENT_ANY },
    { "港澳居民来往内地通行证", CERT_ID_HK_MO, CERTCTL_DOCUMENT_ANY },
    { "台湾居民来往大陆通行证", CERT_ID_TW, CERTCTL_DOCUMENT_ANY },
    { "港澳台居民居住证", CERT_ID_CN, CERTCTL_DOCUMENT_RESIDENCE },
    { "港澳居民居住证", CERT_ID_CN, CERTCTL_DOCUMENT_RESIDENCE },
    { "台湾居民居住证", CERT_ID_CN, CERTCTL_DOCUMENT_RESIDENCE },
    { "外国人永久居留身份证", CERT_ID_CN, CERTCTL_DOCUMENT_FOREIGN },
    { "外国人永久居留证", CERT_ID_CN, CERTCTL_DOCUMENT_FOREIGN },
    { "其他", CERT_ID_OTHER, CERTCTL_DOCUMENT_ANY },
    { "其它", CERT_ID_OTHER, CERTCTL_DOCUMENT_ANY }
};


cert_err_t
certctl_document_parse(certctl_document_t *document, cert_id_type_t *type,
    cert_str_t text)
{
    char    key[64];
    size_t  i;

    *document = CERTCTL_DOCUMENT_ANY;

    if (cert_id_type_parse(type, text) == CERT_OK) {
        return CERT_OK;
    }

    if (certctl_cell_key(key, sizeof(key), text) == 0) {
        return CERT_INVALID;
    }

    for (i = 0; i < sizeof(certctl_document_names)
                    / sizeof(certctl_document_names[0]); i++)
    {
        if (strcmp(key, certctl_document_names[i].name) == 0) {
            *type = certctl_document_names[i].type;
            *document = certctl_document_names[i].document;
            return CERT_OK;
        }
    }

    return CERT_INVALID;
}


/* Check digit and date of what goes under "cn" are looked at with it. */
cert_err_t
certctl_document_check(certctl_document_t document, cert_str_t number,
    cert_id_type_t *type, const char **why)
{
    const uint8_t  *p;

    p = number.data;

    if (document == CERTCTL_DOCUMENT_RESIDENCE
        && (number.len < 6 || p[0] != '8' || p[1] < '1' || p[1] > '3'
            || memcmp(p + 2, "0000", 4) != 0))
    {
        *why = "of a permit of residence does not begin with 810000, 820000 "
               "or 830000";
        return CERT_INVALID;
    }

    if (document == CERTCTL_DOCUMENT_FOREIGN) {

        if (certctl_document_is_old(number)) {
            *type = CERT_ID_OTHER;

        } else if (number.len > 0 && p[0] == '9') {
            *type = CERT_ID_CN;

        } else {
            *why = "of a foreigner's card is neither 9 and 17 more nor three "
                   "letters and 12 digits";
            return CERT_INVALID;
        }
    }

    return CERT_OK;
}


static int
certctl_document_is_old(cert_str_t number)
{
    size_t  i;

    if (number.len != CERTCTL_DOCUMENT_OLD_LEN) {
        return 0;
    }

    for (i = 0; i < number.len; i++) {
        if (i < CERTCTL_DOCUMENT_LETTERS
            ? number.data[i] < 'A' || number.data[i] > 'Z'
            : number.data[i] < '0' || number.data[i] > '9')
        {
            return 0;
        }
    }

    return 1;
}

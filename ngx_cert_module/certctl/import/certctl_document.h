/*
 * Copyright (C) the ngx_cert authors
 *
 * Kinds of documents as people name them, and under which type of the store
 * each goes: the store has five, and more kinds share the numbers of one.
 *
 * Permits of residence of Hong Kong, Macao and Taiwan (港澳台居民居住证) and the
 * newer cards of permanent residence of foreigners (外国人永久居留身份证, from
 * 2023 on) have numbers of GB 11643 and go under "cn"; the older ones of
 * foreigners have three letters and twelve digits and go under "other".
 */


#ifndef CERTCTL_DOCUMENT_H_INCLUDED
#define CERTCTL_DOCUMENT_H_INCLUDED


#include "cert_person.h"


typedef enum {
    CERTCTL_DOCUMENT_ANY = 0,       /* of its type; nothing more is known */
    CERTCTL_DOCUMENT_RESIDENCE,     /* 港澳台居民居住证 */
    CERTCTL_DOCUMENT_FOREIGN        /* 外国人永久居留身份证 */
} certctl_document_t;


/*
 * Reads the name of a type (cert_id_type_name()) or the Chinese name of a
 * document.  CERT_INVALID: neither.
 */
cert_err_t certctl_document_parse(certctl_document_t *document,
    cert_id_type_t *type, cert_str_t text);

/*
 * Whether a folded number may be one of that document; "type" becomes what it
 * goes under.  CERT_INVALID: "why", a static sentence part.
 */
cert_err_t certctl_document_check(certctl_document_t document,
    cert_str_t number, cert_id_type_t *type, const char **why);


#endif /* CERTCTL_DOCUMENT_H_INCLUDED */

/*
 * Copyright (C) the ngx_cert authors
 *
 * The one form of a link on a copy.
 *
 * An address is the only thing of a copy that acts, so the one who writes it,
 * the one who seals it and the one who verifies it go by this file.  A link has
 * a place, no border, and one action, which opens an address; it is one object
 * without references, so that nothing can hide below it.
 *
 * Its address is that of a check and nothing else: what the policy takes as a
 * public address, "/check/", and a code in the one spelling that is printed.
 * The code's check symbol has to be right.
 */


#include <stdio.h>
#include <string.h>

#include "certpdf_link_int.h"


/* Printed with the page, as every annotation of a file to be kept. */
#define CERTPDF_LINK_FORMAT  \
    "<< /Type /Annot /Subtype /Link /Rect [ %.2f %.2f %.2f %.2f ]" \
    " /Border [ 0 0 0 ] /F 4 /A << /S /URI >> >>"

static const char *const  certpdf_link_keys[] = {
    "/Type", "/Subtype", "/Rect", "/Border", "/F", "/A", NULL
};

static const char *const  certpdf_link_action_keys[] = {
    "/S", "/URI", NULL
};


static int certpdf_link_is_own(qpdf_data qpdf, qpdf_oh dict,
    const char *const *keys);
static int certpdf_link_name_is(qpdf_data qpdf, qpdf_oh dict, const char *key,
    const char *name);
static int certpdf_link_numbers(qpdf_data qpdf, qpdf_oh dict, const char *key,
    int n);
static int certpdf_link_is_border(qpdf_data qpdf, qpdf_oh dict);


qpdf_oh
certpdf_link_make(qpdf_data qpdf, const certpdf_link_box_t *box,
    cert_str_t uri)
{
    char     text[256];
    qpdf_oh  annot;

    (void) snprintf(text, sizeof(text), CERTPDF_LINK_FORMAT, box->left,
                    box->bottom, box->right, box->top);

    annot = qpdf_oh_parse(qpdf, text);

    qpdf_oh_replace_key(qpdf, qpdf_oh_get_key(qpdf, annot, "/A"), "/URI",
                        qpdf_oh_new_binary_string(qpdf,
                                                  (const char *) uri.data,
                                                  uri.len));

    return annot;
}


int
certpdf_link_read(qpdf_data qpdf, qpdf_oh annot, char uri[CERTPDF_LINK_SIZE])
{
    size_t       len;
    qpdf_oh      action, address;
    const char  *value;

    if (!certpdf_link_is_own(qpdf, annot, certpdf_link_keys)
        || !certpdf_link_name_is(qpdf, annot, "/Type", "/Annot")
        || !certpdf_link_name_is(qpdf, annot, "/Subtype", "/Link")
        || !certpdf_link_numbers(qpdf, annot, "/Rect", 4)
        || !certpdf_link_is_border(qpdf, annot))
    {
        return 0;
    }

    action = qpdf_oh_get_key(qpdf, annot, "/A");

    if (!certpdf_link_is_own(qpdf, action, certpdf_link_action_keys)
        || !certpdf_link_name_is(qpdf, action, "/S", "/URI"))
    {
        return 0;
    }

    address = qpdf_oh_get_key(qpdf, action, "/URI");
    if (!qpdf_oh_is_string(qpdf, address)) {
        return 0;
    }

    value = qpdf_oh_get_binary_string_value(qpdf, address, &len);

    if (len >= CERTPDF_LINK_SIZE || memchr(value, '\0', len) != NULL) {
        return 0;
    }

    memcpy(uri, value, len);
    uri[len] = '\0';

    return 1;
}


/* A dictionary with these keys at most, and with no value that is elsewhere. */
static int
certpdf_link_is_own(qpdf_data qpdf, qpdf_oh dict, const char *const *keys)
{
    if (!qpdf_oh_is_dictionary(qpdf, dict)
        || certpdf_qpdf_strange_key(qpdf, dict, keys) != NULL)
    {
        return 0;
    }

    for ( /* void */ ; *keys != NULL; keys++) {
        if (qpdf_oh_is_indirect(qpdf, qpdf_oh_get_key(qpdf, dict, *keys))) {
            return 0;
        }
    }

    return 1;
}


static int
certpdf_link_name_is(qpdf_data qpdf, qpdf_oh dict, const char *key,
    const char *name)
{
    qpdf_oh  value;

    value = qpdf_oh_get_key(qpdf, dict, key);

    return qpdf_oh_is_name(qpdf, value)
           && strcmp(qpdf_oh_get_name(qpdf, value), name) == 0;
}


static int
certpdf_link_numbers(qpdf_data qpdf, qpdf_oh dict, const char *key, int n)
{
    int      i;
    qpdf_oh  array, item;

    array = qpdf_oh_get_key(qpdf, dict, key);

    if (!qpdf_oh_is_array(qpdf, array)
        || qpdf_oh_get_array_n_items(qpdf, array) != n)
    {
        return 0;
    }

    for (i = 0; i < n; i++) {
        item = qpdf_oh_get_array_item(qpdf, array, i);

        if (qpdf_oh_is_indirect(qpdf, item) || !qpdf_oh_is_number(qpdf, item)) {
            return 0;
        }
    }

    return 1;
}


/* One that is drawn, or a flag that hides the link, is not ours. */
static int
certpdf_link_is_border(qpdf_data qpdf, qpdf_oh dict)
{
    int      i;
    qpdf_oh  border, flags;

    if (!certpdf_link_numbers(qpdf, dict, "/Border", 3)) {
        return 0;
    }

    border = qpdf_oh_get_key(qpdf, dict, "/Border");

    for (i = 0; i < 3; i++) {
        if (qpdf_oh_get_numeric_value(qpdf,
                qpdf_oh_get_array_item(qpdf, border, i)) != 0)
        {
            return 0;
        }
    }

    flags = qpdf_oh_get_key(qpdf, dict, "/F");

    return qpdf_oh_is_integer(qpdf, flags)
           && qpdf_oh_get_int_value(qpdf, flags) == 4;
}


/* By the last "/check/": a public address may hold one, a code may not. */
int
certpdf_link_parse(const char *uri, char url[CERT_URL_MAX + 1],
    cert_code_t *code)
{
    char            text[CERT_CODE_TEXT_SIZE];
    size_t          len, path;
    cert_str_t      address;
    cert_code_t     read;
    cert_reason_t   reason;
    cert_policy_t   policy;

    len = strlen(uri);
    path = sizeof(CERTPDF_LINK_PATH) - 1 + CERT_CODE_TEXT_SIZE - 1;

    if (len <= path) {
        return 0;
    }

    address.data = (const uint8_t *) uri;
    address.len = len - path;
    uri += address.len;

    if (memcmp(uri, CERTPDF_LINK_PATH, sizeof(CERTPDF_LINK_PATH) - 1) != 0) {
        return 0;
    }

    uri += sizeof(CERTPDF_LINK_PATH) - 1;

    if (cert_code_parse(&read, cert_strz(uri)) != CERT_OK) {
        return 0;
    }

    cert_code_format(&read, text);
    cert_policy_init(&policy);

    if (strcmp(text, uri) != 0
        || cert_policy_set(&policy, cert_str("public_url"), address, &reason)
           != CERT_OK)
    {
        return 0;
    }

    (void) strcpy(url, policy.public_url);
    *code = read;

    return 1;
}

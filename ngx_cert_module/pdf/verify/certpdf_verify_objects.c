/*
 * Copyright (C) the ngx_cert authors
 *
 * A file's objects: one signature, its byte range, and its certification.
 *
 * Nothing here asks where in the file an object lies: certpdf_verify_bytes.c
 * has settled that there is one of each number and no byte besides.  But bytes
 * are compared once more where it matters most, at the gap: what the signature
 * leaves out has to be the string that holds the signature, digit for digit,
 * or else anything could stand there unsigned.
 */


#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cert_hex.h"
#include "certpdf_verify.h"
#include "certpdf_verify_int.h"
#include "certpdf_verify_objects_int.h"


static int certpdf_verify_is_signature(certpdf_verify_t *v, qpdf_oh object);
static int certpdf_verify_name_is(certpdf_verify_t *v, qpdf_oh dict,
    const char *key, const char *name);
static int certpdf_verify_numbers(certpdf_verify_t *v, long long numbers[4]);
static int certpdf_verify_gap(certpdf_verify_t *v);
static int certpdf_verify_is_hex_of(const uint8_t *hex, const char *value,
    size_t len);
static int certpdf_verify_is_in_form(certpdf_verify_t *v, qpdf_oh root);
static certpdf_finding_t certpdf_verify_perms(certpdf_verify_t *v,
    qpdf_oh root);
static int certpdf_verify_is_sig(certpdf_verify_t *v, qpdf_oh object);
static certpdf_finding_t certpdf_verify_reference(certpdf_verify_t *v);
static int certpdf_verify_forbids_all(certpdf_verify_t *v, qpdf_oh reference);


/* All objects are read here, whether anything refers to them or not. */
certpdf_finding_t
certpdf_verify_open(certpdf_verify_t *v)
{
    int      id, n;
    qpdf_oh  object;

    v->qpdf = certpdf_qpdf_open(v->pdf);
    if (v->qpdf == NULL) {
        v->is_starved = errno == ENOMEM;
        return certpdf_verify_found(v, CERTPDF_CHANGED, "does not parse");
    }

    n = 0;

    for (id = 1; id <= v->objects; id++) {
        object = qpdf_get_object_by_id(v->qpdf, id, 0);

        if (certpdf_verify_is_signature(v, object)) {
            v->sig = object;
            v->sig_id = id;
            n++;
        }
    }

    if (qpdf_has_error(v->qpdf) || qpdf_more_warnings(v->qpdf)) {
        return certpdf_verify_found(v, CERTPDF_CHANGED, "damaged objects");
    }

    if (n == 0) {
        return certpdf_verify_found(v, CERTPDF_UNSIGNED,
                                    "no signature dictionary");
    }

    if (n > 1) {
        return certpdf_verify_found(v, CERTPDF_MORE_SIGNATURES,
                                    "%d signature dictionaries", n);
    }

    return CERTPDF_GENUINE;
}


/* Any of its marks makes one, so that none can be passed off as less. */
static int
certpdf_verify_is_signature(certpdf_verify_t *v, qpdf_oh object)
{
    if (!qpdf_oh_is_dictionary(v->qpdf, object)) {
        return 0;
    }

    return qpdf_oh_has_key(v->qpdf, object, "/ByteRange")
           || qpdf_oh_has_key(v->qpdf, object, "/SubFilter")
           || certpdf_verify_name_is(v, object, "/Type", "/Sig")
           || certpdf_verify_name_is(v, object, "/Type", "/DocTimeStamp");
}


static int
certpdf_verify_name_is(certpdf_verify_t *v, qpdf_oh dict, const char *key,
    const char *name)
{
    qpdf_oh  value;

    value = qpdf_oh_get_key(v->qpdf, dict, key);

    return qpdf_oh_is_name(v->qpdf, value)
           && strcmp(qpdf_oh_get_name(v->qpdf, value), name) == 0;
}


/* The gap lies between a and b, and nothing lies after c. */
certpdf_finding_t
certpdf_verify_range(certpdf_verify_t *v)
{
    long long  numbers[4], size;

    if (!certpdf_verify_numbers(v, numbers)) {
        return certpdf_verify_found(v, CERTPDF_BAD_RANGE,
                                    "no byte range of four numbers");
    }

    size = (long long) v->pdf.len;

    /* Bounded before they are added to or taken from one another. */

    if (numbers[0] != 0 || numbers[1] <= 0 || numbers[1] > size
        || numbers[2] <= 0 || numbers[2] > size
        || numbers[2] - numbers[1] <= 2 || numbers[3] <= 0
        || numbers[3] != size - numbers[2])
    {
        return certpdf_verify_found(v, CERTPDF_BAD_RANGE,
                                    "the byte range does not cover the whole "
                                    "file");
    }

    v->contents = (size_t) numbers[1];
    v->contents_end = (size_t) numbers[2];

    if (!certpdf_verify_gap(v)) {
        return certpdf_verify_found(v, CERTPDF_BAD_RANGE,
                                    "the gap in the byte range is not the "
                                    "signature");
    }

    return CERTPDF_GENUINE;
}


static int
certpdf_verify_numbers(certpdf_verify_t *v, long long numbers[4])
{
    int      i;
    qpdf_oh  range, item;

    range = qpdf_oh_get_key(v->qpdf, v->sig, "/ByteRange");

    if (!qpdf_oh_is_array(v->qpdf, range)
        || qpdf_oh_get_array_n_items(v->qpdf, range) != 4)
    {
        return 0;
    }

    for (i = 0; i < 4; i++) {
        item = qpdf_oh_get_array_item(v->qpdf, range, i);

        if (!qpdf_oh_is_integer(v->qpdf, item)) {
            return 0;
        }

        numbers[i] = qpdf_oh_get_int_value(v->qpdf, item);
    }

    return 1;
}


/* The gap must be the very string that the signature dictionary holds. */
static int
certpdf_verify_gap(certpdf_verify_t *v)
{
    size_t       len;
    qpdf_oh      contents;
    const char  *value;

    contents = qpdf_oh_get_key(v->qpdf, v->sig, "/Contents");

    if (!qpdf_oh_is_string(v->qpdf, contents)
        || v->pdf.data[v->contents] != '<'
        || v->pdf.data[v->contents_end - 1] != '>')
    {
        return 0;
    }

    value = qpdf_oh_get_binary_string_value(v->qpdf, contents, &len);

    return v->contents_end - v->contents - 2 == 2 * len
           && certpdf_verify_is_hex_of(v->pdf.data + v->contents + 1, value,
                                       len);
}


/* In lower case and without blanks: one way to write it, ours. */
static int
certpdf_verify_is_hex_of(const uint8_t *hex, const char *value, size_t len)
{
    char    digits[2];
    size_t  i;

    for (i = 0; i < len; i++) {
        (void) cert_hex_encode(digits, (const uint8_t *) value + i, 1);

        if (memcmp(digits, hex + 2 * i, sizeof(digits)) != 0) {
            return 0;
        }
    }

    return 1;
}


/*
 * P=1 has to be said by the signature, and the catalog has to name that very
 * signature as the certifying one: either alone is ignored by some viewers.
 */
certpdf_finding_t
certpdf_verify_docmdp(certpdf_verify_t *v)
{
    qpdf_oh            root;
    certpdf_finding_t  finding;

    root = qpdf_get_root(v->qpdf);

    finding = certpdf_verify_perms(v, root);
    if (finding != CERTPDF_GENUINE) {
        return finding;
    }

    if (!certpdf_verify_is_in_form(v, root)) {
        return certpdf_verify_found(v, CERTPDF_NOT_CERTIFIED,
                                    "no field holds the signature");
    }

    return certpdf_verify_reference(v);
}


/* That there is but one field, and nothing else in it, is checked later. */
static int
certpdf_verify_is_in_form(certpdf_verify_t *v, qpdf_oh root)
{
    qpdf_oh  form, fields, field;

    form = qpdf_oh_get_key(v->qpdf, root, "/AcroForm");
    fields = qpdf_oh_get_key(v->qpdf, form, "/Fields");

    if (!qpdf_oh_is_dictionary(v->qpdf, form)
        || !qpdf_oh_is_array(v->qpdf, fields)
        || qpdf_oh_get_array_n_items(v->qpdf, fields) == 0)
    {
        return 0;
    }

    field = qpdf_oh_get_array_item(v->qpdf, fields, 0);

    return qpdf_oh_is_dictionary(v->qpdf, field)
           && certpdf_verify_is_sig(v, qpdf_oh_get_key(v->qpdf, field, "/V"));
}


static certpdf_finding_t
certpdf_verify_perms(certpdf_verify_t *v, qpdf_oh root)
{
    qpdf_oh  perms;

    perms = qpdf_oh_get_key(v->qpdf, root, "/Perms");

    if (!qpdf_oh_is_dictionary(v->qpdf, perms)
        || !certpdf_verify_is_sig(v, qpdf_oh_get_key(v->qpdf, perms,
                                                     "/DocMDP")))
    {
        return certpdf_verify_found(v, CERTPDF_NOT_CERTIFIED,
                                    "the catalog names no certification");
    }

    return CERTPDF_GENUINE;
}


/* By number: a copy of the dictionary is another object. */
static int
certpdf_verify_is_sig(certpdf_verify_t *v, qpdf_oh object)
{
    return qpdf_oh_is_indirect(v->qpdf, object)
           && qpdf_oh_get_object_id(v->qpdf, object) == v->sig_id
           && qpdf_oh_get_generation(v->qpdf, object) == 0;
}


static certpdf_finding_t
certpdf_verify_reference(certpdf_verify_t *v)
{
    qpdf_oh  list, reference;

    list = qpdf_oh_get_key(v->qpdf, v->sig, "/Reference");

    if (!qpdf_oh_is_array(v->qpdf, list)
        || qpdf_oh_get_array_n_items(v->qpdf, list) != 1)
    {
        return certpdf_verify_found(v, CERTPDF_NOT_CERTIFIED,
                                    "the signature does not certify");
    }

    reference = qpdf_oh_get_array_item(v->qpdf, list, 0);

    if (!qpdf_oh_is_dictionary(v->qpdf, reference)
        || !certpdf_verify_name_is(v, reference, "/TransformMethod",
                                   "/DocMDP"))
    {
        return certpdf_verify_found(v, CERTPDF_NOT_CERTIFIED,
                                    "the signature does not certify");
    }

    if (!certpdf_verify_forbids_all(v, reference)) {
        return certpdf_verify_found(v, CERTPDF_NOT_CERTIFIED,
                                    "the certification permits changes");
    }

    return CERTPDF_GENUINE;
}


/* Without "/P" readers assume 2, which permits filling in forms. */
static int
certpdf_verify_forbids_all(certpdf_verify_t *v, qpdf_oh reference)
{
    qpdf_oh  params, p;

    params = qpdf_oh_get_key(v->qpdf, reference, "/TransformParams");
    if (!qpdf_oh_is_dictionary(v->qpdf, params)) {
        return 0;
    }

    p = qpdf_oh_get_key(v->qpdf, params, "/P");

    return qpdf_oh_is_integer(v->qpdf, p)
           && qpdf_oh_get_int_value(v->qpdf, p) == 1;
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * The signature's place in the PDF.
 *
 * libqpdf writes the whole file once, in its plain form: one cross-reference
 * table and no object streams, so that anyone can see the signature without
 * software.  Then only the two placeholders are changed, byte for byte, and
 * nothing may write the file again.
 *
 * The placeholders are found by searching for text of ours, not by offsets that
 * libqpdf does not give.  That is safe because it is checked: the one found has
 * to be all zeros and of the very length, and a wrong one leads to a file that
 * does not verify, not to one that says something else.  No number in them has
 * to grow when they are filled in.
 *
 * The dictionary is written as text rather than put together key by key: so it
 * can be compared with the standard by eye.
 *
 * What is to be sealed comes from our own renderer and still is looked over: a
 * seal is put on one page without forms or scripts, and without annotations but
 * links to one and the same check, or not at all.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certpdf_bytes.h"
#include "certpdf_link_int.h"
#include "certpdf_qpdf_int.h"
#include "certpdf_seal_int.h"
#include "certpdf_seal_pdf_int.h"


/* Stands for three numbers of up to ten digits; what libqpdf writes. */
#define CERTPDF_RANGE_MARK  "[ 0 9999999999 9999999999 9999999999 ]"

/* No file of ours is signed in another time zone. */
#define CERTPDF_SIG_FORMAT  \
    "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached" \
    " /M (%s) /ByteRange " CERTPDF_RANGE_MARK \
    " /Reference [ << /Type /SigRef /TransformMethod /DocMDP" \
    " /TransformParams << /Type /TransformParams /P 1 /V /1.2 >> >> ]" \
    " /Contents <%s> >>"

/* Printed and locked, but without an extent: nothing of it shows. */
#define CERTPDF_FIELD  \
    "<< /Type /Annot /Subtype /Widget /FT /Sig /T (Seal) /F 132" \
    " /Rect [ 0 0 0 0 ] >>"


static cert_err_t certpdf_seal_check_pdf(qpdf_data qpdf,
    cert_reason_t *reason);
static const char *certpdf_seal_unwanted(qpdf_data qpdf);
static int certpdf_seal_is_clean_page(qpdf_data qpdf);
static int certpdf_seal_has_our_links(qpdf_data qpdf, qpdf_oh page);
static int certpdf_seal_add(qpdf_data qpdf, cert_time_t now, size_t cms_max);
static qpdf_oh certpdf_seal_add_object(qpdf_data qpdf, const char *text);
static void certpdf_seal_annotate(qpdf_data qpdf, qpdf_oh page,
    qpdf_oh field);
static qpdf_oh certpdf_seal_list(qpdf_data qpdf, qpdf_oh item);
static char *certpdf_seal_dictionary(cert_time_t now, size_t cms_max);
static int certpdf_seal_find(const certpdf_bytes_t *pdf, size_t cms_max,
    certpdf_place_t *place);


cert_err_t
certpdf_seal_place(cert_str_t pdf, cert_time_t now, size_t cms_max,
    certpdf_bytes_t *placed, certpdf_place_t *place, cert_reason_t *reason)
{
    qpdf_data   qpdf;
    cert_err_t  err;

    qpdf = certpdf_qpdf_open(pdf);
    if (qpdf == NULL) {
        cert_reason_set(reason, "what is to be sealed is not a whole PDF");
        return CERT_INVALID;
    }

    err = certpdf_seal_check_pdf(qpdf, reason);
    if (err != CERT_OK) {
        goto done;
    }

    if (!certpdf_seal_add(qpdf, now, cms_max)) {
        cert_reason_set(reason, "libqpdf: adding the signature failed");
        err = CERT_SYSTEM;
        goto done;
    }

    err = certpdf_qpdf_write(qpdf, "1.7", placed, reason);

    if (err == CERT_OK && !certpdf_seal_find(placed, cms_max, place)) {
        cert_reason_set(reason, "libqpdf wrote the signature in another form");
        err = CERT_SYSTEM;
    }

done:

    certpdf_qpdf_close(qpdf);

    return err;
}


/* Only what our own renderer makes is sealed. */
static cert_err_t
certpdf_seal_check_pdf(qpdf_data qpdf, cert_reason_t *reason)
{
    const char  *unwanted;

    unwanted = certpdf_seal_unwanted(qpdf);
    if (unwanted != NULL) {
        cert_reason_set(reason, "what is to be sealed has %s", unwanted);
        return CERT_INVALID;
    }

    if (!certpdf_seal_is_clean_page(qpdf)) {
        cert_reason_set(reason, "what is to be sealed is not one clean page");
        return CERT_INVALID;
    }

    return CERT_OK;
}


/* What a catalog may not have beside our signature; NULL if it has none. */
static const char *
certpdf_seal_unwanted(qpdf_data qpdf)
{
    size_t   i;
    qpdf_oh  root;

    static const char *const  keys[] = {
        "/AcroForm", "/Perms", "/OpenAction", "/AA", "/Names", "/OCProperties"
    };

    root = qpdf_get_root(qpdf);

    for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (qpdf_oh_has_key(qpdf, root, keys[i])) {
            return keys[i];
        }
    }

    return NULL;
}


/* "/Prev" would mean a revision below the one that is looked at. */
static int
certpdf_seal_is_clean_page(qpdf_data qpdf)
{
    qpdf_oh  page;

    page = qpdf_get_page_n(qpdf, 0);

    return qpdf_get_num_pages(qpdf) == 1 && !qpdf_is_encrypted(qpdf)
           && !qpdf_oh_has_key(qpdf, qpdf_get_trailer(qpdf), "/Prev")
           && !qpdf_oh_has_key(qpdf, page, "/AA")
           && (!qpdf_oh_has_key(qpdf, page, "/Annots")
               || certpdf_seal_has_our_links(qpdf, page));
}


/* As verify will want them: what is sealed otherwise would be refused. */
static int
certpdf_seal_has_our_links(qpdf_data qpdf, qpdf_oh page)
{
    int          i, n;
    char         uri[CERTPDF_LINK_SIZE], first[CERTPDF_LINK_SIZE];
    char         url[CERT_URL_MAX + 1];
    qpdf_oh      links;
    cert_code_t  code;

    links = qpdf_oh_get_key(qpdf, page, "/Annots");
    n = qpdf_oh_is_array(qpdf, links) ? qpdf_oh_get_array_n_items(qpdf, links)
                                      : 0;

    for (i = 0; i < n; i++) {
        if (!certpdf_link_read(qpdf, qpdf_oh_get_array_item(qpdf, links, i),
                               i == 0 ? first : uri)
            || (i > 0 && strcmp(uri, first) != 0))
        {
            return 0;
        }
    }

    return n > 0 && n <= CERTPDF_LINKS_MAX
           && certpdf_link_parse(first, url, &code);
}


/*
 * Form and permissions point to one and the same signature: some viewers look
 * for the one, some for the other.
 */
static int
certpdf_seal_add(qpdf_data qpdf, cert_time_t now, size_t cms_max)
{
    char    *text;
    qpdf_oh  root, page, sig, field, form, perms;

    text = certpdf_seal_dictionary(now, cms_max);
    if (text == NULL) {
        return 0;
    }

    sig = certpdf_seal_add_object(qpdf, text);
    free(text);

    root = qpdf_get_root(qpdf);
    page = qpdf_get_page_n(qpdf, 0);

    field = certpdf_seal_add_object(qpdf, CERTPDF_FIELD);
    qpdf_oh_replace_key(qpdf, field, "/V", sig);
    qpdf_oh_replace_key(qpdf, field, "/P", page);
    certpdf_seal_annotate(qpdf, page, field);

    form = qpdf_oh_new_dictionary(qpdf);
    qpdf_oh_replace_key(qpdf, form, "/Fields", certpdf_seal_list(qpdf, field));
    qpdf_oh_replace_key(qpdf, form, "/SigFlags",
                        qpdf_oh_new_integer(qpdf, 3));
    qpdf_oh_replace_key(qpdf, root, "/AcroForm", form);

    perms = qpdf_oh_new_dictionary(qpdf);
    qpdf_oh_replace_key(qpdf, perms, "/DocMDP", sig);
    qpdf_oh_replace_key(qpdf, root, "/Perms", perms);

    return !qpdf_has_error(qpdf);
}


static qpdf_oh
certpdf_seal_add_object(qpdf_data qpdf, const char *text)
{
    return qpdf_make_indirect_object(qpdf, qpdf_oh_parse(qpdf, text));
}


/* The seal comes first: verify knows it by that from the links. */
static void
certpdf_seal_annotate(qpdf_data qpdf, qpdf_oh page, qpdf_oh field)
{
    static const char  key[] = "/Annots";

    if (qpdf_oh_has_key(qpdf, page, key)) {
        qpdf_oh_insert_item(qpdf, qpdf_oh_get_key(qpdf, page, key), 0, field);

    } else {
        qpdf_oh_replace_key(qpdf, page, key, certpdf_seal_list(qpdf, field));
    }
}


static qpdf_oh
certpdf_seal_list(qpdf_data qpdf, qpdf_oh item)
{
    qpdf_oh  list;

    list = qpdf_oh_new_array(qpdf);
    qpdf_oh_append_item(qpdf, list, item);

    return list;
}


/* As long as it will ever be: filling it in moves nothing. */
static char *
certpdf_seal_dictionary(cert_time_t now, size_t cms_max)
{
    int   n;
    char  date[CERTPDF_DATE_SIZE], *zeros, *text;

    if (!certpdf_qpdf_date(date, now)) {
        return NULL;
    }

    zeros = malloc(2 * cms_max + 1);
    if (zeros == NULL) {
        return NULL;
    }

    memset(zeros, '0', 2 * cms_max);
    zeros[2 * cms_max] = '\0';

    n = asprintf(&text, CERTPDF_SIG_FORMAT, date, zeros);
    free(zeros);

    return (n == -1) ? NULL : text;
}


/* Zeros all the way to the ">": else it is some other string. */
static int
certpdf_seal_find(const certpdf_bytes_t *pdf, size_t cms_max,
    certpdf_place_t *place)
{
    size_t          i;
    const uint8_t  *range, *contents;

    static const char  range_key[] = "/ByteRange " CERTPDF_RANGE_MARK;
    static const char  contents_key[] = "/Contents <";

    range = memmem(pdf->data, pdf->len, range_key, sizeof(range_key) - 1);
    if (range == NULL) {
        return 0;
    }

    place->range = (size_t) (range - pdf->data) + sizeof("/ByteRange ") - 1;
    place->range_end = place->range + sizeof(CERTPDF_RANGE_MARK) - 1;

    contents = memmem(pdf->data, pdf->len, contents_key,
                      sizeof(contents_key) - 1);
    if (contents == NULL) {
        return 0;
    }

    place->contents = (size_t) (contents - pdf->data)
                      + sizeof(contents_key) - 2;
    place->contents_end = place->contents + 2 * cms_max + 2;

    if (place->contents_end >= pdf->len) {
        return 0;
    }

    for (i = place->contents + 1; i < place->contents_end - 1; i++) {
        if (pdf->data[i] != '0') {
            return 0;
        }
    }

    return pdf->data[i] == '>';
}

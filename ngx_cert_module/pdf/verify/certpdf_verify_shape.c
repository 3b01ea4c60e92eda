/*
 * Copyright (C) the ngx_cert authors
 *
 * The few objects that viewers act upon: catalog, page, form and field.
 *
 * They may have only the keys that we write.  To forbid keys would not do here:
 * what the next version of PDF lets a catalog do has no name yet.  Below them
 * a list of what may be would have to know every version of cairo, so there
 * certpdf_verify_content.c forbids.
 *
 * One key is taken that we do not write.  Since 1.18 cairo gives each page
 * "/StructParents", the page's number in a tree of the document's structure,
 * whether there is a tree or not, and copies were sealed before it was dropped.
 * As a number it says nothing without the tree, which no catalog may have.
 */


#include "certpdf_catalog_int.h"
#include "certpdf_verify.h"
#include "certpdf_verify_int.h"


/* A dictionary, and the only keys that it may have. */
typedef struct {
    qpdf_oh             dict;
    const char *const  *keys;
} certpdf_shape_t;


static const char *const  certpdf_catalog_keys[] = {
    "/Type", "/Pages", "/AcroForm", "/Perms", "/Lang", "/ViewerPreferences",
    NULL
};

static const char *const  certpdf_perms_keys[] = { "/DocMDP", NULL };

static const char *const  certpdf_form_keys[] = {
    "/Fields", "/SigFlags", NULL
};

static const char *const  certpdf_page_keys[] = {
    "/Type", "/Parent", "/MediaBox", "/Contents", "/Resources", "/Group",
    "/Annots", "/StructParents", NULL
};

static const char *const  certpdf_field_keys[] = {
    "/Type", "/Subtype", "/FT", "/T", "/F", "/Rect", "/V", "/P", NULL
};


static certpdf_finding_t certpdf_verify_field(certpdf_verify_t *v,
    qpdf_oh form, qpdf_oh page, qpdf_oh *field);
static certpdf_finding_t certpdf_verify_one_item(certpdf_verify_t *v,
    qpdf_oh list, qpdf_oh *item);
static certpdf_finding_t certpdf_verify_structure(certpdf_verify_t *v,
    qpdf_oh page);
static certpdf_finding_t certpdf_verify_shapes(certpdf_verify_t *v,
    const certpdf_shape_t *shapes, size_t n);
static certpdf_finding_t certpdf_verify_strange(certpdf_verify_t *v,
    const char *key);


/* Catalog, page, form and field, which exist once each. */
certpdf_finding_t
certpdf_verify_shape(certpdf_verify_t *v)
{
    qpdf_oh            root, page, form, field;
    certpdf_finding_t  finding;

    root = qpdf_get_root(v->qpdf);
    field = 0;

    if (qpdf_get_num_pages(v->qpdf) != 1) {
        return certpdf_verify_found(v, CERTPDF_ACTIVE_CONTENT,
                                    "not one page");
    }

    page = qpdf_get_page_n(v->qpdf, 0);
    form = qpdf_oh_get_key(v->qpdf, root, "/AcroForm");

    finding = certpdf_verify_field(v, form, page, &field);
    if (finding != CERTPDF_GENUINE) {
        return finding;
    }

    finding = certpdf_verify_structure(v, page);
    if (finding != CERTPDF_GENUINE) {
        return finding;
    }

    const certpdf_shape_t  shapes[] = {
        { root, certpdf_catalog_keys },
        { page, certpdf_page_keys },
        { form, certpdf_form_keys },
        { field, certpdf_field_keys },
        { qpdf_oh_get_key(v->qpdf, root, "/Perms"), certpdf_perms_keys }
    };

    return certpdf_verify_shapes(v, shapes, sizeof(shapes) / sizeof(shapes[0]));
}


/* The only field, which is the first annotation too: both are the seal. */
static certpdf_finding_t
certpdf_verify_field(certpdf_verify_t *v, qpdf_oh form, qpdf_oh page,
    qpdf_oh *field)
{
    qpdf_oh            annots, annot;
    certpdf_finding_t  finding;

    finding = certpdf_verify_one_item(v, qpdf_oh_get_key(v->qpdf, form,
                                      "/Fields"), field);
    if (finding != CERTPDF_GENUINE) {
        return finding;
    }

    annots = qpdf_oh_get_key(v->qpdf, page, "/Annots");

    if (!qpdf_oh_is_array(v->qpdf, annots)
        || qpdf_oh_get_array_n_items(v->qpdf, annots) == 0)
    {
        return certpdf_verify_found(v, CERTPDF_ACTIVE_CONTENT,
                                    "no annotation for the seal");
    }

    annot = qpdf_oh_get_array_item(v->qpdf, annots, 0);

    if (!qpdf_oh_is_indirect(v->qpdf, annot)
        || qpdf_oh_get_object_id(v->qpdf, *field)
           != qpdf_oh_get_object_id(v->qpdf, annot))
    {
        return certpdf_verify_found(v, CERTPDF_ACTIVE_CONTENT,
                                    "a first annotation that is not the seal");
    }

    return certpdf_verify_links(v, annots);
}


/*
 * By reference only: a direct object has no number, and two of them would
 * compare as one and the same.
 */
static certpdf_finding_t
certpdf_verify_one_item(certpdf_verify_t *v, qpdf_oh list, qpdf_oh *item)
{
    if (!qpdf_oh_is_array(v->qpdf, list)
        || qpdf_oh_get_array_n_items(v->qpdf, list) != 1)
    {
        return certpdf_verify_found(v, CERTPDF_ACTIVE_CONTENT,
                                    "not exactly one form field");
    }

    *item = qpdf_oh_get_array_item(v->qpdf, list, 0);

    if (!qpdf_oh_is_dictionary(v->qpdf, *item)
        || !qpdf_oh_is_indirect(v->qpdf, *item))
    {
        return certpdf_verify_found(v, CERTPDF_ACTIVE_CONTENT,
                                    "a form field of another form");
    }

    return CERTPDF_GENUINE;
}


/* Anything but a number could hold what acts, or hide it. */
static certpdf_finding_t
certpdf_verify_structure(certpdf_verify_t *v, qpdf_oh page)
{
    static const char  key[] = "/StructParents";

    if (qpdf_oh_has_key(v->qpdf, page, key)
        && !qpdf_oh_is_integer(v->qpdf, qpdf_oh_get_key(v->qpdf, page, key)))
    {
        return certpdf_verify_found(v, CERTPDF_ACTIVE_CONTENT,
                                    "a page's %s that is not a number", key);
    }

    return CERTPDF_GENUINE;
}


static certpdf_finding_t
certpdf_verify_shapes(certpdf_verify_t *v, const certpdf_shape_t *shapes,
    size_t n)
{
    size_t       i;
    const char  *strange;

    for (i = 0; i < n; i++) {
        strange = certpdf_qpdf_strange_key(v->qpdf, shapes[i].dict,
                                           shapes[i].keys);

        if (strange != NULL) {
            return certpdf_verify_strange(v, strange);
        }
    }

    strange = certpdf_catalog_strange_value(v->qpdf);

    return strange != NULL ? certpdf_verify_strange(v, strange)
                           : CERTPDF_GENUINE;
}


static certpdf_finding_t
certpdf_verify_strange(certpdf_verify_t *v, const char *key)
{
    return certpdf_verify_found(v, CERTPDF_ACTIVE_CONTENT,
                                "an entry that is not ours: %.40s", key);
}

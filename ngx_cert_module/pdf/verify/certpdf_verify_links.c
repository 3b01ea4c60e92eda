/*
 * Copyright (C) the ngx_cert authors
 *
 * Where the links of a copy lead.
 *
 * The seal covers the bytes of every link, and a link that is added later is a
 * second revision, which is refused before anything is asked here.  So a wrong
 * link can come from two sides: from somebody with a seal that the same
 * authority of certificates vouches for, and from a renderer that was taken
 * over.  Both would have people press on a genuine seal and arrive at a check
 * of their own, which says yes.
 *
 * What a file alone can tell is asked here.  Each link has the one form that is
 * written (certpdf_link.c), leads to a check and to nothing else, and all lead
 * to the same one.  What is printed is not compared: that would mean to unpack
 * streams and to read glyphs back, which the head of certpdf_verify.c rejects,
 * and the renderer prints the code and the address that it links to.
 *
 * Whether this address is that of the authority is not in the file, so the
 * report names it.  "certctl verify" compares it with the store's addresses, of
 * today and of before, and the code with that of the copy: an authority may
 * move, and what it sealed before stays genuine.
 *
 * Copies were sealed before there were links; a file without any is genuine.
 */


#include <string.h>

#include "certpdf_verify.h"
#include "certpdf_verify_int.h"


static certpdf_finding_t certpdf_verify_link(certpdf_verify_t *v,
    qpdf_oh annot, char first[CERTPDF_LINK_SIZE]);


/* From the second annotation on: the first is the seal. */
certpdf_finding_t
certpdf_verify_links(certpdf_verify_t *v, qpdf_oh annots)
{
    int                i, n;
    char               first[CERTPDF_LINK_SIZE];
    qpdf_oh            annot;
    certpdf_finding_t  finding;

    n = qpdf_oh_get_array_n_items(v->qpdf, annots) - 1;

    if (n > CERTPDF_LINKS_MAX) {
        return certpdf_verify_found(v, CERTPDF_ACTIVE_CONTENT,
                                    "%d annotations besides the seal", n);
    }

    for (i = 0; i < n; i++) {
        annot = qpdf_oh_get_array_item(v->qpdf, annots, i + 1);

        finding = certpdf_verify_link(v, annot, first);
        if (finding != CERTPDF_GENUINE) {
            return finding;
        }

        v->links[v->links_n++] = qpdf_oh_get_object_id(v->qpdf, annot);
    }

    return CERTPDF_GENUINE;
}


/* An object of its own, so that the walk of the content knows it by number. */
static certpdf_finding_t
certpdf_verify_link(certpdf_verify_t *v, qpdf_oh annot,
    char first[CERTPDF_LINK_SIZE])
{
    char               uri[CERTPDF_LINK_SIZE];
    certpdf_report_t  *report;

    report = v->report;

    if (!qpdf_oh_is_indirect(v->qpdf, annot)
        || !certpdf_link_read(v->qpdf, annot, uri))
    {
        return certpdf_verify_found(v, CERTPDF_ACTIVE_CONTENT,
                                    "an annotation that is neither the seal "
                                    "nor a link of ours");
    }

    if (report->has_links && strcmp(uri, first) == 0) {
        return CERTPDF_GENUINE;
    }

    if (report->has_links) {
        report->has_links = 0;
        return certpdf_verify_found(v, CERTPDF_FOREIGN_LINK,
                                    "its links lead to different addresses");
    }

    if (!certpdf_link_parse(uri, report->link_url, &report->link_code)) {
        return certpdf_verify_found(v, CERTPDF_FOREIGN_LINK,
                                    "a link that does not lead to a check");
    }

    report->has_links = 1;
    (void) strcpy(first, uri);

    return CERTPDF_GENUINE;
}


int
certpdf_verify_is_link(const certpdf_verify_t *v, int id)
{
    size_t  i;

    for (i = 0; i < v->links_n; i++) {
        if (v->links[i] == id) {
            return 1;
        }
    }

    return 0;
}

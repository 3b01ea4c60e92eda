/*
 * Copyright (C) the ngx_cert authors
 *
 * What a file is that is not one of ours as we wrote it.
 *
 * Few of the files that a check refuses are forgeries.  The others are a
 * copy that an office program, a chat or a printer driver has saved again, half
 * of a download, or some other document.  For each of these another thing has
 * to be done, so they have names of their own.
 *
 * This decides what a refused file is called and never whether it is refused,
 * so plain bytes are enough, and a guess may be wrong.  No parser of libqpdf is
 * asked: it would be fed with just the files that are least like ours.  A copy
 * whose objects were packed or encrypted shows no sign of ours, and so is told
 * as another PDF; the advice for that covers it.
 */


#include <string.h>

#include "certpdf_verify.h"
#include "certpdf_verify_bytes_int.h"
#include "certpdf_verify_int.h"


/* Readers look for the head in so many bytes. */
#define CERTPDF_HEAD_MAX  1024


static cert_str_t certpdf_kind_begin(cert_str_t pdf);
static int certpdf_kind_is_cut(cert_str_t pdf);
static int certpdf_kind_is_ours(cert_str_t pdf);
static const char *certpdf_kind_trait(cert_str_t pdf);


certpdf_finding_t
certpdf_verify_is_pdf(certpdf_verify_t *v)
{
    if (v->pdf.len == 0) {
        return certpdf_verify_found(v, CERTPDF_NOT_PDF, "the file is empty");
    }

    if (certpdf_verify_count(certpdf_kind_begin(v->pdf), "%PDF-") == 0) {
        return certpdf_verify_found(v, CERTPDF_NOT_PDF,
                                    "does not begin as a PDF");
    }

    if (certpdf_kind_is_cut(v->pdf)) {
        return certpdf_verify_found(v, CERTPDF_CUT_SHORT,
                                    "a PDF whose end is missing");
    }

    return CERTPDF_GENUINE;
}


static cert_str_t
certpdf_kind_begin(cert_str_t pdf)
{
    if (pdf.len > CERTPDF_HEAD_MAX) {
        pdf.len = CERTPDF_HEAD_MAX;
    }

    return pdf;
}


/*
 * A file that was updated, or linearised, has an end in its middle as well: one
 * that objects follow is not the last.
 */
static int
certpdf_kind_is_cut(cert_str_t pdf)
{
    size_t          at;
    const uint8_t  *p;

    at = 0;

    for (p = certpdf_verify_find(pdf, 0, "%%EOF");
         p != NULL;
         p = certpdf_verify_find(pdf, at, "%%EOF"))
    {
        at = (size_t) (p - pdf.data) + 5;
    }

    return at == 0 || certpdf_verify_find(pdf, at, " obj") != NULL;
}


certpdf_finding_t
certpdf_verify_kind(certpdf_verify_t *v, certpdf_finding_t finding)
{
    char         was[sizeof(v->report->reason.text)];
    const char  *trait;

    memcpy(was, v->report->reason.text, sizeof(was));

    trait = certpdf_kind_trait(v->pdf);

    if (!certpdf_kind_is_ours(v->pdf)) {
        return certpdf_verify_found(v, CERTPDF_OTHER_PDF,
                                    "a PDF, but not a copy of ours: %.160s",
                                    trait != NULL ? trait : was);
    }

    if (trait != NULL) {
        return certpdf_verify_found(v, CERTPDF_REWRITTEN,
                                    "another program wrote it again: %.160s",
                                    trait);
    }

    if (finding == CERTPDF_UNSIGNED || finding == CERTPDF_REWRITTEN) {
        return certpdf_verify_found(v, CERTPDF_REWRITTEN,
                                    "another program wrote it again, or it "
                                    "was damaged: %.160s", was);
    }

    return finding;
}


/* Each program that writes a PDF again keeps what made the document. */
static int
certpdf_kind_is_ours(cert_str_t pdf)
{
    return certpdf_verify_count(pdf, "(ngx_cert)") != 0
           || certpdf_verify_count(pdf, ">ngx_cert<") != 0;
}


/* What none of our files has; NULL: nothing of these. */
static const char *
certpdf_kind_trait(cert_str_t pdf)
{
    size_t  i;

    static const struct {
        const char  *mark;
        const char  *trait;
    } traits[] = {
        { "/Encrypt", "it is encrypted" },
        { "/Type/ObjStm", "its objects are packed" },
        { "/Type /ObjStm", "its objects are packed" },
        { "/Type/XRef", "it has a cross-reference stream" },
        { "/Type /XRef", "it has a cross-reference stream" }
    };

    if (certpdf_verify_count(certpdf_kind_begin(pdf), "/Linearized") != 0) {
        return "it is linearised (for \"fast web view\")";
    }

    for (i = 0; i < sizeof(traits) / sizeof(traits[0]); i++) {
        if (certpdf_verify_count(pdf, traits[i].mark) != 0) {
            return traits[i].trait;
        }
    }

    return NULL;
}

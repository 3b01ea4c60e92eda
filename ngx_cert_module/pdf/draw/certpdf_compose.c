/*
 * Copyright (C) the ngx_cert authors
 *
 * Putting finished drawings under and over a page.
 *
 * A drawing is a page of another PDF.  libqpdf copies foreign pages with all
 * that they use and without unpacking their streams; the copy's content then
 * becomes a form XObject of our page, and the page it came with is dropped.
 *
 * Drawing the border again for each copy would be the obvious way, and take
 * most of the time of making one.  A form XObject was chosen over pasting the
 * content into the page: its resources keep their own names, and its stream is
 * never touched, compressed as it was when the template was read.  Whatever
 * failed in between shows in qpdf_has_error() at the end, so single steps are
 * not checked: libqpdf's C interface remembers that there was an error and
 * carries on with null objects.
 *
 * Page and catalog keep the keys that a drawing needs, get those that we mean
 * (certpdf_links.c, certpdf_catalog.c), and have no others.  What else cairo
 * says of them depends on its version: since 1.18 a page has a number in the
 * document's structure, "/StructParents", although there is none.  Verify
 * refuses there what it does not know, so that none of it may be sealed.
 *
 * Numbers are printed with snprintf(): certctl sets no locale but LC_CTYPE, so
 * the decimal point is a point.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certpdf_bytes.h"
#include "certpdf_catalog_int.h"
#include "certpdf_compose_int.h"
#include "certpdf_render.h"


/* One "q ... cm /Layer0 Do Q". */
#define CERTPDF_COMPOSE_LINE  160


static const char *const  certpdf_page_keys[] = {
    "/Type", "/Parent", "/MediaBox", "/Contents", "/Resources", "/Group", NULL
};

static const char *const  certpdf_catalog_keys[] = {
    "/Type", "/Pages", NULL
};


static int certpdf_compose_page(qpdf_data qpdf, const certpdf_stamp_t *stamps,
    size_t n);
static void certpdf_compose_keep(qpdf_data qpdf, qpdf_oh dict,
    const char *const *keys);
static qpdf_oh certpdf_compose_forms(qpdf_data qpdf, qpdf_oh page);
static qpdf_oh certpdf_compose_form(qpdf_data qpdf,
    const certpdf_stamp_t *stamp);
static void certpdf_compose_dress(qpdf_data qpdf, qpdf_oh form, qpdf_oh page,
    const certpdf_stamp_t *stamp);
static int certpdf_compose_wrap(qpdf_data qpdf, qpdf_oh page,
    const certpdf_stamp_t *stamps, size_t n);
static char *certpdf_compose_content(const certpdf_stamp_t *stamps, size_t n,
    int over);
static void certpdf_compose_surround(qpdf_data qpdf, qpdf_oh page,
    const char *under, const char *over);
static qpdf_oh certpdf_compose_stream(qpdf_data qpdf, const char *content);
static void certpdf_compose_info(qpdf_data qpdf, const certpdf_job_t *job);


cert_err_t
certpdf_compose(certpdf_bytes_t *pdf, const certpdf_stamp_t *stamps, size_t n,
    const certpdf_links_t *links, const certpdf_job_t *job,
    cert_reason_t *reason)
{
    qpdf_data        qpdf;
    cert_str_t       bytes;
    cert_err_t       err;
    certpdf_bytes_t  composed;

    bytes.data = pdf->data;
    bytes.len = pdf->len;
    qpdf = certpdf_qpdf_open(bytes);

    if (qpdf == NULL || !certpdf_compose_page(qpdf, stamps, n)) {
        cert_reason_set(reason, "libqpdf: composing the page failed");
        err = CERT_SYSTEM;

    } else {
        certpdf_links_attach(links, qpdf, qpdf_get_page_n(qpdf, 0), job->qr);
        certpdf_compose_info(qpdf, job);
        certpdf_catalog_describe(qpdf);
        memset(&composed, 0, sizeof(certpdf_bytes_t));
        err = certpdf_qpdf_write(qpdf, NULL, &composed, reason);
    }

    certpdf_qpdf_close(qpdf);

    if (err == CERT_OK) {
        certpdf_bytes_free(pdf);
        *pdf = composed;
    }

    return err;
}


/* The page keeps its own resources: cairo names none "/LayerN". */
static int
certpdf_compose_page(qpdf_data qpdf, const certpdf_stamp_t *stamps, size_t n)
{
    char     name[32];
    size_t   i;
    qpdf_oh  page, forms;

    page = qpdf_get_page_n(qpdf, 0);
    forms = certpdf_compose_forms(qpdf, page);

    certpdf_compose_keep(qpdf, page, certpdf_page_keys);
    certpdf_compose_keep(qpdf, qpdf_get_root(qpdf), certpdf_catalog_keys);

    for (i = 0; i < n; i++) {
        snprintf(name, sizeof(name), "/Layer%zu", i);
        qpdf_oh_replace_key(qpdf, forms, name,
                            certpdf_compose_form(qpdf, &stamps[i]));
    }

    return certpdf_compose_wrap(qpdf, page, stamps, n)
           && !qpdf_has_error(qpdf);
}


/* A key that cannot be removed shows in qpdf_has_error(), as all does here. */
static void
certpdf_compose_keep(qpdf_data qpdf, qpdf_oh dict, const char *const *keys)
{
    const char  *key;

    do {
        key = certpdf_qpdf_strange_key(qpdf, dict, keys);

        if (key != NULL) {
            qpdf_oh_remove_key(qpdf, dict, key);
        }

    } while (key != NULL && !qpdf_has_error(qpdf));
}


/* Of the page; cairo writes no dictionary where it drew none itself. */
static qpdf_oh
certpdf_compose_forms(qpdf_data qpdf, qpdf_oh page)
{
    qpdf_oh  resources, forms;

    resources = qpdf_oh_get_key(qpdf, page, "/Resources");
    forms = qpdf_oh_get_key(qpdf, resources, "/XObject");

    if (!qpdf_oh_is_dictionary(qpdf, forms)) {
        forms = qpdf_oh_new_dictionary(qpdf);
        qpdf_oh_replace_key(qpdf, resources, "/XObject", forms);
        forms = qpdf_oh_get_key(qpdf, resources, "/XObject");
    }

    return forms;
}


/*
 * The page comes along only to be taken apart: qpdf copies objects of another
 * file through pages alone in its C interface.
 */
static qpdf_oh
certpdf_compose_form(qpdf_data qpdf, const certpdf_stamp_t *stamp)
{
    qpdf_oh          page, form, drawing;
    QPDF_ERROR_CODE  added;

    /* The source serves every copy: its handles must not pile up. */

    drawing = qpdf_get_page_n(stamp->source, 0);
    added = qpdf_add_page(qpdf, stamp->source, drawing, QPDF_FALSE);
    qpdf_oh_release(stamp->source, drawing);

    if (added != QPDF_SUCCESS) {
        return qpdf_oh_new_null(qpdf);
    }

    page = qpdf_get_page_n(qpdf, 1);
    form = qpdf_oh_get_key(qpdf, page, "/Contents");
    certpdf_compose_dress(qpdf, form, page, stamp);
    qpdf_remove_page(qpdf, page);

    return form;
}


/* Makes a page's content a form: all it lacks is what the page says of it. */
static void
certpdf_compose_dress(qpdf_data qpdf, qpdf_oh form, qpdf_oh page,
    const certpdf_stamp_t *stamp)
{
    char     box[80];
    qpdf_oh  dict;

    dict = qpdf_oh_get_dict(qpdf, form);

    snprintf(box, sizeof(box), "[ 0 0 %.3f %.3f ]", stamp->width,
             stamp->height);

    qpdf_oh_replace_key(qpdf, dict, "/Type",
                        qpdf_oh_new_name(qpdf, "/XObject"));
    qpdf_oh_replace_key(qpdf, dict, "/Subtype",
                        qpdf_oh_new_name(qpdf, "/Form"));
    qpdf_oh_replace_key(qpdf, dict, "/BBox", qpdf_oh_parse(qpdf, box));
    qpdf_oh_replace_key(qpdf, dict, "/Resources",
                        qpdf_oh_get_key(qpdf, page, "/Resources"));
}


/* Both or none: the "q" that ends one is closed by the other. */
static int
certpdf_compose_wrap(qpdf_data qpdf, qpdf_oh page,
    const certpdf_stamp_t *stamps, size_t n)
{
    int    made;
    char  *under, *over;

    under = certpdf_compose_content(stamps, n, 0);
    over = certpdf_compose_content(stamps, n, 1);

    made = (under != NULL && over != NULL);

    if (made) {
        certpdf_compose_surround(qpdf, page, under, over);
    }

    free(under);
    free(over);

    return made;
}


/* What cairo drew stands between a "q" and a "Q": it leaves y turned over. */
static char *
certpdf_compose_content(const certpdf_stamp_t *stamps, size_t n, int over)
{
    char    *content, *p, *end;
    size_t   i;

    content = malloc(n * CERTPDF_COMPOSE_LINE + 8);
    if (content == NULL) {
        return NULL;
    }

    p = content;
    end = content + n * CERTPDF_COMPOSE_LINE + 8;

    p += snprintf(p, (size_t) (end - p), "%s", over ? "Q\n" : "");

    for (i = 0; i < n; i++) {
        if (stamps[i].over == over) {
            p += snprintf(p, (size_t) (end - p),
                          "q %.5f 0 0 %.5f %.3f %.3f cm /Layer%zu Do Q\n",
                          stamps[i].scale, stamps[i].scale, stamps[i].x,
                          stamps[i].y, i);
        }
    }

    snprintf(p, (size_t) (end - p), "%s", over ? "" : "q\n");

    return content;
}


/* Puts what is under before what cairo drew, and what is over after it. */
static void
certpdf_compose_surround(qpdf_data qpdf, qpdf_oh page, const char *under,
    const char *over)
{
    qpdf_oh  contents;

    contents = qpdf_oh_new_array(qpdf);
    qpdf_oh_append_item(qpdf, contents, certpdf_compose_stream(qpdf, under));
    qpdf_oh_append_item(qpdf, contents,
                        qpdf_oh_get_key(qpdf, page, "/Contents"));
    qpdf_oh_append_item(qpdf, contents, certpdf_compose_stream(qpdf, over));
    qpdf_oh_replace_key(qpdf, page, "/Contents", contents);
}


static qpdf_oh
certpdf_compose_stream(qpdf_data qpdf, const char *content)
{
    qpdf_oh  stream;

    stream = qpdf_oh_new_stream(qpdf);
    qpdf_oh_replace_stream_data(qpdf, stream,
                                (const unsigned char *) content,
                                strlen(content), qpdf_oh_new_null(qpdf),
                                qpdf_oh_new_null(qpdf));

    return stream;
}


/* cairo would take the dates from the clock, and writes them without "D:". */
static void
certpdf_compose_info(qpdf_data qpdf, const certpdf_job_t *job)
{
    char     text[CERTPDF_DATE_SIZE];
    size_t   i;
    qpdf_oh  info;

    static const char *const  dates[] = { "/CreationDate", "/ModDate" };

    info = qpdf_oh_get_key(qpdf, qpdf_get_trailer(qpdf), "/Info");

    for (i = 0; i < 2; i++) {
        if (!certpdf_qpdf_date(text, job->time)) {
            qpdf_oh_remove_key(qpdf, info, dates[i]);
            continue;
        }

        qpdf_oh_replace_key(qpdf, info, dates[i],
                            qpdf_oh_new_string(qpdf, text));
    }

    qpdf_oh_replace_key(qpdf, info, "/Creator",
                        qpdf_oh_new_string(qpdf, "ngx_cert"));
    qpdf_oh_replace_key(qpdf, info, "/Title",
                        qpdf_oh_new_unicode_string(qpdf, job->title));
}


cairo_status_t
certpdf_compose_write(void *data, const unsigned char *bytes, unsigned len)
{
    return certpdf_bytes_append(data, bytes, len) ? CAIRO_STATUS_SUCCESS
                                                  : CAIRO_STATUS_NO_MEMORY;
}

/*
 * Copyright (C) the ngx_cert authors
 *
 * The fields of a template: values put into markup, fitted, and drawn.
 *
 * Only this layer is made anew for each copy.  librsvg draws it like any
 * other, so colour, anchor and transform mean what they mean to the designer.
 */


#include "certpdf_draw_int.h"

#include <string.h>


static cert_err_t certpdf_fields_markup(GString *svg, PangoContext *pango,
    const certpdf_template_t *template, const certpdf_job_t *job,
    cert_reason_t *reason);
static cert_err_t certpdf_fields_text(GString *svg, PangoContext *pango,
    const certpdf_text_t *text, const certpdf_job_t *job,
    cert_reason_t *reason);
static const certpdf_field_t *certpdf_fields_find(const certpdf_job_t *job,
    const char *name);
static int certpdf_fields_is_plain(cert_str_t value);
static cert_err_t certpdf_fields_value(GString *value, GArray *parts,
    const certpdf_job_t *job, cert_reason_t *reason);
static void certpdf_fields_unfit(const certpdf_text_t *text,
    const certpdf_job_t *job, gunichar missing, size_t at,
    cert_reason_t *reason);
static void certpdf_fields_line(GString *svg, const certpdf_text_t *text,
    const certpdf_fit_t *fit, const char *value, int line);


cert_err_t
certpdf_fields_draw(cairo_t *cr, PangoContext *pango,
    const certpdf_template_t *template, const certpdf_job_t *job,
    cert_reason_t *reason)
{
    GString        *svg;
    gboolean        drawn;
    cert_err_t      err;
    RsvgHandle     *handle;
    RsvgRectangle   page;

    svg = g_string_sized_new(8192);

    err = certpdf_fields_markup(svg, pango, template, job, reason);

    if (err == CERT_OK) {
        page = (RsvgRectangle) { 0, 0, template->width, template->height };

        handle = rsvg_handle_new_from_data((const guint8 *) svg->str,
                                           svg->len, NULL);
        drawn = handle != NULL
                && rsvg_handle_render_document(handle, cr, &page, NULL);
        g_clear_object(&handle);

        if (!drawn) {
            cert_reason_set(reason, "template %s.svg: drawing its fields "
                            "failed", template->name);
            err = CERT_SYSTEM;
        }
    }

    /* It holds a name and a document number. */
    memset(svg->str, 0, svg->len);
    g_string_free(svg, TRUE);

    return err;
}


static cert_err_t
certpdf_fields_markup(GString *svg, PangoContext *pango,
    const certpdf_template_t *template, const certpdf_job_t *job,
    cert_reason_t *reason)
{
    guint       i;
    cert_err_t  err;

    for (i = 0; i < template->texts->len; i++) {
        g_string_append(svg, template->chunks->pdata[i]);

        err = certpdf_fields_text(svg, pango, template->texts->pdata[i], job,
                                  reason);
        if (err != CERT_OK) {
            return err;
        }
    }

    g_string_append(svg, template->chunks->pdata[i]);

    return CERT_OK;
}


static cert_err_t
certpdf_fields_text(GString *svg, PangoContext *pango,
    const certpdf_text_t *text, const certpdf_job_t *job,
    cert_reason_t *reason)
{
    int             i;
    size_t          at;
    GString        *value;
    gunichar        missing;
    cert_err_t      err;
    certpdf_fit_t   fit;

    value = g_string_new(NULL);

    err = certpdf_fields_value(value, text->parts, job, reason);

    if (err == CERT_OK && value->len != 0) {
        err = certpdf_text_fit(pango, text, value->str, &fit, &missing, &at);

        if (err != CERT_OK) {
            certpdf_fields_unfit(text, job, missing, at, reason);

        } else {
            for (i = 0; i < fit.lines; i++) {
                certpdf_fields_line(svg, text, &fit, value->str, i);
            }

            g_free(fit.family);
        }
    }

    memset(value->str, 0, value->len);
    g_string_free(value, TRUE);

    return err;
}


static const certpdf_field_t *
certpdf_fields_find(const certpdf_job_t *job, const char *name)
{
    size_t  i;

    for (i = 0; i < job->fields_n; i++) {
        if (strcmp(job->fields[i].name, name) == 0) {
            return &job->fields[i];
        }
    }

    return NULL;
}


/*
 * Valid UTF-8 without controls, which XML could not carry, and without the
 * marks that turn the direction of what follows.
 */
static int
certpdf_fields_is_plain(cert_str_t value)
{
    gunichar     c;
    const char  *p, *end;

    p = (const char *) value.data;

    if (!g_utf8_validate(p, (gssize) value.len, NULL)) {
        return 0;
    }

    for (end = p + value.len; p < end; p = g_utf8_find_next_char(p, NULL)) {
        c = g_utf8_get_char(p);

        if (g_unichar_iscntrl(c) || (c >= 0x200e && c <= 0x200f)
            || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069)
            || c >= 0x10fffe || (c & 0xfffe) == 0xfffe)
        {
            return 0;
        }
    }

    return 1;
}


static cert_err_t
certpdf_fields_value(GString *value, GArray *parts, const certpdf_job_t *job,
    cert_reason_t *reason)
{
    guint                   i;
    certpdf_part_t         *part;
    const certpdf_field_t  *field;

    for (i = 0; i < parts->len; i++) {
        part = &g_array_index(parts, certpdf_part_t, i);

        if (part->literal != NULL) {
            g_string_append(value, part->literal);
            continue;
        }

        field = certpdf_fields_find(job, part->field);

        if (field == NULL) {
            cert_reason_set(reason, "the template wants the field \"%s\"",
                            part->field);
            return CERT_INVALID;
        }

        if (!certpdf_fields_is_plain(field->value)) {
            cert_reason_set(reason, "the field \"%s\" is not plain UTF-8 text",
                            part->field);
            return CERT_INVALID;
        }

        g_string_append_len(value, (const char *) field->value.data,
                            (gssize) field->value.len);
    }

    return CERT_OK;
}


/* Says why, with the field but never its value. */
static void
certpdf_fields_unfit(const certpdf_text_t *text, const certpdf_job_t *job,
    gunichar missing, size_t at, cert_reason_t *reason)
{
    guint            i;
    size_t           end;
    const char      *field;
    certpdf_part_t  *part;

    end = 0;
    field = "";

    for (i = 0; i < text->parts->len; i++) {
        part = &g_array_index(text->parts, certpdf_part_t, i);

        if (part->literal != NULL) {
            end += strlen(part->literal);
            continue;
        }

        field = part->field;
        end += certpdf_fields_find(job, field)->value.len;

        if (missing && at < end) {
            break;
        }
    }

    if (missing) {
        cert_reason_set(reason, "no font has the character U+%04X of the "
                        "field \"%s\"", missing, field);

    } else {
        cert_reason_set(reason, "the field \"%s\" is too long for its place",
                        field);
    }
}


static void
certpdf_fields_line(GString *svg, const certpdf_text_t *text,
    const certpdf_fit_t *fit, const char *value, int line)
{
    char    *escaped;
    double   y;
    size_t   start;

    /* Several lines keep their middle where the one line would have been. */
    y = text->y + (line - (fit->lines - 1) / 2.0) * fit->size * 1.2;

    start = (line == 0) ? 0 : fit->breaks[line - 1];

    escaped = g_markup_escape_text(value + start,
                                   (gssize) (fit->breaks[line] - start));

    g_string_append_printf(svg, "<text%s xml:space=\"preserve\" x=\"%.3f\" "
                           "y=\"%.3f\" font-family=\"%s\" font-size=\"%.3f\" "
                           "font-weight=\"%d\" letter-spacing=\"%.3f\">"
                           "%s</text>",
                           text->attrs->str, text->x, y, fit->family,
                           fit->size, text->font.weight, text->font.spacing,
                           escaped);
    g_free(escaped);
}

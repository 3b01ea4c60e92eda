/*
 * Copyright (C) the ngx_cert authors
 *
 * The fields of a template: values fitted to their places, and drawn.
 *
 * Values go to Pango as plain text: there is no markup that a name could be
 * part of.
 *
 * A value that cannot be drawn whole is an error and never cut, boxed or left
 * out: a certificate that says less than the record is a wrong certificate.
 * The reasons go into logs and to operators, so they name field and character
 * but not the value, which is a person's name or number; and where they go into
 * a log, not even a rare character of it.  The buffer that the value was put
 * together in is wiped.
 *
 * Invisible characters are refused although fonts have them.  One that turns
 * the direction of text makes "100" out of "001" in print while the record, the
 * search and the seal all say otherwise.
 *
 * A line that is broken grows upwards, since templates put rules under values.
 */


#include <openssl/crypto.h>
#include <string.h>

#include "certpdf_fields_int.h"
#include "certpdf_render.h"
#include "certpdf_text_int.h"


static cert_err_t certpdf_fields_text(const certpdf_canvas_t *canvas,
    const certpdf_text_t *text, const certpdf_job_t *job,
    cert_reason_t *reason);
static cert_err_t certpdf_fields_value(GString *value, GArray *parts,
    const certpdf_job_t *job, cert_reason_t *reason);
static cert_err_t certpdf_fields_append(GString *value, const char *name,
    const certpdf_job_t *job, cert_reason_t *reason);
static const certpdf_field_t *certpdf_fields_find(const certpdf_job_t *job,
    const char *name);
static int certpdf_fields_check(const certpdf_field_t *field,
    const certpdf_job_t *job, cert_reason_t *reason);
static gunichar certpdf_fields_strange(cert_str_t value);
static int certpdf_fields_is_strange(gunichar c);
static int certpdf_fields_is_han(gunichar c);
static cert_err_t certpdf_fields_put(const certpdf_canvas_t *canvas,
    const certpdf_text_t *text, const char *value, const certpdf_job_t *job,
    cert_reason_t *reason);
static void certpdf_fields_unfit(const certpdf_text_t *text,
    const certpdf_job_t *job, gunichar missing, size_t at,
    cert_reason_t *reason);
static const char *certpdf_fields_at(const certpdf_text_t *text,
    const certpdf_job_t *job, size_t at);
static int certpdf_fields_is_quiet(const certpdf_job_t *job,
    const char *name);
static void certpdf_fields_line(const certpdf_canvas_t *canvas,
    const certpdf_text_t *text, const certpdf_fit_t *fit, const char *value,
    int line);
static int certpdf_fields_lead(GArray *parts);


cert_err_t
certpdf_fields_draw(const certpdf_canvas_t *canvas,
    const certpdf_template_t *template, const certpdf_job_t *job,
    cert_reason_t *reason)
{
    guint       i;
    cert_err_t  err;

    for (i = 0; i < template->texts->len; i++) {
        err = certpdf_fields_text(canvas, template->texts->pdata[i], job,
                                  reason);
        if (err != CERT_OK) {
            return err;
        }
    }

    return CERT_OK;
}


/* An empty value draws nothing and is not an error: many have no specialty. */
static cert_err_t
certpdf_fields_text(const certpdf_canvas_t *canvas,
    const certpdf_text_t *text, const certpdf_job_t *job,
    cert_reason_t *reason)
{
    GString     *value;
    cert_err_t   err;

    value = g_string_new(NULL);

    err = certpdf_fields_value(value, text->parts, job, reason);

    if (err == CERT_OK && value->len != 0) {
        err = certpdf_fields_put(canvas, text, value->str, job, reason);
    }

    OPENSSL_cleanse(value->str, value->len);
    g_string_free(value, TRUE);

    return err;
}


/*
 * The values are joined first and laid out once, so that what a template has
 * set around a field shrinks with it.
 */
static cert_err_t
certpdf_fields_value(GString *value, GArray *parts, const certpdf_job_t *job,
    cert_reason_t *reason)
{
    guint            i;
    cert_err_t       err;
    certpdf_part_t  *part;

    for (i = 0; i < parts->len; i++) {
        part = &g_array_index(parts, certpdf_part_t, i);

        if (part->literal != NULL) {
            g_string_append(value, part->literal);
            continue;
        }

        err = certpdf_fields_append(value, part->field, job, reason);
        if (err != CERT_OK) {
            return err;
        }
    }

    return CERT_OK;
}


/* A field that the job lacks is an error, one that is empty is not. */
static cert_err_t
certpdf_fields_append(GString *value, const char *name,
    const certpdf_job_t *job, cert_reason_t *reason)
{
    const certpdf_field_t  *field;

    field = certpdf_fields_find(job, name);

    if (field == NULL) {
        cert_reason_set(reason, "the template needs the field \"%s\"", name);
        return CERT_NOT_FOUND;
    }

    if (!certpdf_fields_check(field, job, reason)) {
        return CERT_INVALID;
    }

    g_string_append_len(value, (const char *) field->value.data,
                        (gssize) field->value.len);

    return CERT_OK;
}


/* A job has some fifteen fields: a search is all that takes. */
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


static int
certpdf_fields_check(const certpdf_field_t *field, const certpdf_job_t *job,
    cert_reason_t *reason)
{
    gunichar  strange;

    if (field->value.len == 0) {
        return 1;
    }

    if (!g_utf8_validate((const char *) field->value.data,
                         (gssize) field->value.len, NULL))
    {
        cert_reason_set(reason, "the field \"%s\" is not UTF-8", field->name);
        return 0;
    }

    strange = certpdf_fields_strange(field->value);

    if (strange && certpdf_fields_is_quiet(job, field->name)) {
        cert_reason_set(reason, "a character of the field \"%s\" cannot be "
                        "drawn", field->name);
        return 0;
    }

    if (strange) {
        cert_reason_set(reason, "the character U+%04X of the field \"%s\" "
                        "cannot be drawn", strange, field->name);
        return 0;
    }

    return 1;
}


/* The first character that is never drawn, 0 if there is none. */
static gunichar
certpdf_fields_strange(cert_str_t value)
{
    gunichar     c;
    const char  *p, *end;

    p = (const char *) value.data;

    for (end = p + value.len; p < end; p = g_utf8_find_next_char(p, NULL)) {
        c = g_utf8_get_char(p);

        if (certpdf_fields_is_strange(c)) {
            return c;
        }
    }

    return 0;
}


/*
 * Controls, marks that turn the direction of what follows, and the private use
 * areas, where each font draws something else.
 */
static int
certpdf_fields_is_strange(gunichar c)
{
    switch (g_unichar_type(c)) {

    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_UNASSIGNED:
        return !certpdf_fields_is_han(c);

    default:
        return 0;
    }
}


/* Planes 2 and 3, newer parts of which this glib may not know. */
static int
certpdf_fields_is_han(gunichar c)
{
    return c >= 0x20000 && c < 0x3fffe && (c & 0xfffe) != 0xfffe;
}


/* A fit that failed holds nothing to be freed. */
static cert_err_t
certpdf_fields_put(const certpdf_canvas_t *canvas,
    const certpdf_text_t *text, const char *value, const certpdf_job_t *job,
    cert_reason_t *reason)
{
    int             i;
    size_t          at;
    gunichar        missing;
    cert_err_t      err;
    certpdf_fit_t   fit;

    err = certpdf_text_fit(canvas->pango, text, value, &fit, &missing, &at);
    if (err != CERT_OK) {
        certpdf_fields_unfit(text, job, missing, at, reason);
        return err;
    }

    for (i = 0; i < fit.lines; i++) {
        certpdf_fields_line(canvas, text, &fit, value, i);
    }

    g_free(fit.family);

    return CERT_OK;
}


/* Says why, with the field but never its value. */
static void
certpdf_fields_unfit(const certpdf_text_t *text, const certpdf_job_t *job,
    gunichar missing, size_t at, cert_reason_t *reason)
{
    const char  *field;

    field = certpdf_fields_at(text, job, missing ? at : SIZE_MAX);

    if (!missing) {
        cert_reason_set(reason, "the field \"%s\" is too long for its place",
                        field);

    } else if (certpdf_fields_is_quiet(job, field)) {
        cert_reason_set(reason, "no font has a character of the field \"%s\"",
                        field);

    } else {
        cert_reason_set(reason, "no font has the character U+%04X of the "
                        "field \"%s\"", missing, field);
    }
}


/* The field that byte "at" of the joined values is in, or else the last. */
static const char *
certpdf_fields_at(const certpdf_text_t *text, const certpdf_job_t *job,
    size_t at)
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

        if (at < end) {
            break;
        }
    }

    return field;
}


static int
certpdf_fields_is_quiet(const certpdf_job_t *job, const char *name)
{
    const char *const  *quiet;

    for (quiet = job->quiet; quiet != NULL && *quiet != NULL; quiet++) {
        if (strcmp(*quiet, name) == 0) {
            return 1;
        }
    }

    return 0;
}


static void
certpdf_fields_line(const certpdf_canvas_t *canvas,
    const certpdf_text_t *text, const certpdf_fit_t *fit, const char *value,
    int line)
{
    int               width, height;
    double            x, y, below;
    size_t            start;
    PangoLayout      *layout;
    RsvgRectangle     box;
    certpdf_style_t   style;

    style = text->style;
    style.size = fit->size;

    start = (line == 0) ? 0 : fit->breaks[line - 1];

    layout = certpdf_text_layout(canvas->pango, &style, fit->family,
                                 value + start, fit->breaks[line] - start);
    pango_layout_get_size(layout, &width, &height);

    /* Two lines grow upwards: below there may be a rule. */
    below = (fit->lines - 1) * 0.25 - (fit->lines - 1 - line) * 1.2;

    x = text->x - style.anchor * width / PANGO_SCALE;
    y = text->y + below * fit->size
        - (double) pango_layout_get_baseline(layout) / PANGO_SCALE;

    cairo_set_source_rgb(canvas->cr, style.color.red / 65535.0,
                         style.color.green / 65535.0,
                         style.color.blue / 65535.0);
    cairo_move_to(canvas->cr, x, y);
    pango_cairo_show_layout(canvas->cr, layout);

    g_object_unref(layout);

    if (certpdf_fields_lead(text->parts)) {
        box = (RsvgRectangle) { x, y, (double) width / PANGO_SCALE,
                                (double) height / PANGO_SCALE };
        certpdf_links_add(canvas->links, canvas->cr, &box);
    }
}


/* Whether people follow the text to the check: its address, or the code. */
static int
certpdf_fields_lead(GArray *parts)
{
    guint        i;
    const char  *field;

    for (i = 0; i < parts->len; i++) {
        field = g_array_index(parts, certpdf_part_t, i).field;

        if (field != NULL && (strcmp(field, "code") == 0
                              || strcmp(field, "public_url") == 0))
        {
            return 1;
        }
    }

    return 0;
}

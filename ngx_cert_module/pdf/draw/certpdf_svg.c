/*
 * Copyright (C) the ngx_cert authors
 *
 * What a template may contain.
 *
 * A template comes from a designer's desk and is drawn in the process that
 * holds the seal's key, so this is a list of what is allowed: shapes, text
 * and paint.  Anything that reads another file, runs, or makes the page
 * differ from one viewer to the next is refused.
 *
 * librsvg would open no file for a template that has no address of its own, and
 * runs no script at all.  This does not rely on it: the next version may, and a
 * template refused here is refused with a line number when it is installed,
 * instead of drawn without its picture on ten thousand copies.
 */


#include <string.h>

#include "certpdf_svg_int.h"
#include "certpdf_template_int.h"


static const char *const  certpdf_svg_elements[] = {
    "svg", "g", "defs", "style", "title", "desc", "symbol", "use",
    "path", "rect", "circle", "ellipse", "line", "polyline", "polygon",
    "text", "tspan", "linearGradient", "radialGradient", "stop", "pattern",
    "clipPath", "mask", NULL
};

static const char *const  certpdf_svg_spaces[] = {
    "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink",
    "http://www.inkscape.org/namespaces/inkscape",
    "http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "http://creativecommons.org/ns#",
    "http://purl.org/dc/elements/1.1/", NULL
};


const char *
certpdf_svg_check_element(const char *element)
{
    if (g_strv_contains(certpdf_svg_elements, element)) {
        return NULL;
    }

    return "an element that templates may not have";
}


int
certpdf_svg_is_foreign(const char *name)
{
    static const char *const  prefixes[] = {
        "inkscape:", "sodipodi:", "rdf:", "cc:", "dc:"
    };

    size_t  i;

    for (i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        if (g_str_has_prefix(name, prefixes[i])) {
            return 1;
        }
    }

    return strcmp(name, "metadata") == 0;
}


const char *
certpdf_svg_check_attribute(const char *name, const char *value)
{
    if (strcmp(name, "xmlns") == 0) {
        return strcmp(value, certpdf_svg_spaces[0]) == 0
               ? NULL : "a namespace that templates may not have";
    }

    if (g_str_has_prefix(name, "xmlns:")) {
        return g_strv_contains(certpdf_svg_spaces, value)
               ? NULL : "a namespace that templates may not have";
    }

    if ((strcmp(name, "href") == 0 || strcmp(name, "xlink:href") == 0)
        && value[0] != '#')
    {
        return "a reference outside the file";
    }

    if (g_ascii_strncasecmp(name, "on", 2) == 0
        || strcmp(name, "xml:base") == 0)
    {
        return "an attribute that templates may not have";
    }

    if (strstr(value, "{{") != NULL) {
        return "a field in an attribute";
    }

    return certpdf_svg_check_style(value);
}


const char *
certpdf_svg_check_style(const char *css)
{
    const char  *p;

    /* A backslash could spell "url" in another way. */

    if (strstr(css, "@") != NULL || strchr(css, '\\') != NULL) {
        return "an at-rule or an escape in a style";
    }

    for (p = css; *p; p++) {
        if (g_ascii_strncasecmp(p, "url(", 4) != 0) {
            continue;
        }

        p += 4;
        p += strspn(p, " '\"");

        if (*p != '#') {
            return "a reference outside the file";
        }
    }

    return NULL;
}

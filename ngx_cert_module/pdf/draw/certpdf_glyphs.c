/*
 * Copyright (C) the ngx_cert authors
 *
 * Coverage of the installed fonts.
 *
 * Fontconfig keeps a set of characters of each font in its cache; joined they
 * answer for a million names in the time that laying out ten would take.  What
 * shows nothing, such as a joiner, needs no glyph.  Answers are remembered in
 * two bits each.
 *
 * Asking Pango for what the set lacks was rejected: it answers the same but for
 * what shows nothing, and begins a thread for it.
 */


#include <stdlib.h>
#include <string.h>

#include <fontconfig/fontconfig.h>
#include <glib.h>

#include "certpdf_glyphs.h"


#define CERTPDF_GLYPHS_POINTS  0x110000

struct certpdf_glyphs_s {
    FcCharSet  *covered;
    uint8_t     known[CERTPDF_GLYPHS_POINTS / 4];    /* 1 has, 2 lacks */
};


static FcCharSet *certpdf_glyphs_covered(void);
static int certpdf_glyphs_has(certpdf_glyphs_t *glyphs, uint32_t ch);


certpdf_glyphs_t *
certpdf_glyphs_create(void)
{
    certpdf_glyphs_t  *glyphs;

    glyphs = calloc(1, sizeof(certpdf_glyphs_t));
    if (glyphs == NULL) {
        return NULL;
    }

    glyphs->covered = certpdf_glyphs_covered();

    if (glyphs->covered == NULL) {
        free(glyphs);
        return NULL;
    }

    return glyphs;
}


void
certpdf_glyphs_destroy(certpdf_glyphs_t *glyphs)
{
    if (glyphs == NULL) {
        return;
    }

    FcCharSetDestroy(glyphs->covered);
    free(glyphs);
}


uint32_t
certpdf_glyphs_missing(certpdf_glyphs_t *glyphs, cert_str_t text)
{
    uint32_t     ch;
    const char  *p, *end;

    p = (const char *) text.data;
    end = text.len > 0 ? p + text.len : p;

    for ( /* void */ ; p < end; p += g_utf8_skip[(unsigned char) *p]) {
        ch = g_utf8_get_char(p);

        if (ch < CERTPDF_GLYPHS_POINTS && !certpdf_glyphs_has(glyphs, ch)) {
            return ch;
        }
    }

    return 0;
}


/*
 * Pango draws outlines only: a font of bitmaps covers nothing.
 *
 * By a configuration of its own, since what fontconfig keeps for the process is
 * given back by FcFini() alone, which nobody may call beside Pango.
 */
static FcCharSet *
certpdf_glyphs_covered(void)
{
    int           i;
    FcConfig     *config;
    FcCharSet    *covered, *of;
    FcFontSet    *fonts;
    FcPattern    *pattern;
    FcObjectSet  *objects;

    config = FcInitLoadConfigAndFonts();
    covered = FcCharSetCreate();
    pattern = FcPatternCreate();
    objects = FcObjectSetBuild(FC_CHARSET, (char *) 0);
    fonts = NULL;

    if (config != NULL && covered != NULL && pattern != NULL && objects != NULL
        && FcPatternAddBool(pattern, FC_SCALABLE, FcTrue))
    {
        fonts = FcFontList(config, pattern, objects);
    }

    for (i = 0; fonts != NULL && i < fonts->nfont; i++) {
        if (FcPatternGetCharSet(fonts->fonts[i], FC_CHARSET, 0, &of)
            == FcResultMatch)
        {
            (void) FcCharSetMerge(covered, of, NULL);
        }
    }

    if (fonts != NULL) {
        FcFontSetDestroy(fonts);
    }

    if (objects != NULL) {
        FcObjectSetDestroy(objects);
    }

    if (pattern != NULL) {
        FcPatternDestroy(pattern);
    }

    if (config != NULL) {
        FcConfigDestroy(config);
    }

    /* Nothing is known of the fonts, which is not that they have nothing. */

    if (fonts == NULL && covered != NULL) {
        FcCharSetDestroy(covered);
        return NULL;
    }

    return covered;
}


static int
certpdf_glyphs_has(certpdf_glyphs_t *glyphs, uint32_t ch)
{
    int       shift;
    uint8_t  *known, answer;

    known = &glyphs->known[ch / 4];
    shift = (int) (ch % 4) * 2;
    answer = *known >> shift & 3;

    if (answer == 0) {
        answer = FcCharSetHasChar(glyphs->covered, ch)
                 || g_unichar_iszerowidth(ch) || g_unichar_isspace(ch) ? 1 : 2;
        *known |= (uint8_t) (answer << shift);
    }

    return answer == 1;
}


/* Han, with its radicals, strokes and extensions, or any other script. */
const char *
certpdf_glyphs_package(uint32_t ch)
{
    return (ch >= 0x2E80 && ch <= 0x2FFF) || (ch >= 0x31C0 && ch <= 0x31EF)
           || (ch >= 0x3400 && ch <= 0x9FFF) || (ch >= 0xF900 && ch <= 0xFAFF)
           || (ch >= 0x20000 && ch <= 0x3FFFF) || ch == 0x3007
           ? "fonts-babelstone-han"
           : (ch >= 0x1100 && ch <= 0x11FF) || (ch >= 0xAC00 && ch <= 0xD7FF)
             || (ch >= 0x3000 && ch <= 0x33FF)
             ? "fonts-noto-cjk" : "fonts-noto-core";
}

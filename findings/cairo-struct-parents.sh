#!/usr/bin/env bash
# cairo 1.18 numbers the pages of a tree of structure that does not exist.
#
#     package    libcairo2 1.18.4-1+b1 (Debian 13); not 1.16.0-7 (Debian 12)
#     behaviour  Each page of a PDF that is drawn without a single tag has the
#                key /StructParents.  The catalog has neither /StructTreeRoot,
#                the tree that these numbers are for, nor /MarkInfo.
#     the guess  A page has the keys that its contents need, and tags come only
#                from cairo_tag_begin(): a checker that knows the keys of a
#                page drawn with 1.16 knows those of one drawn with 1.18.
#
# Seen:
#
#     cairo 1.16.0: pages 2, StructParents 0, StructTreeRoot 0, MarkInfo 0
#     cairo 1.18.4: pages 2, StructParents 2, StructTreeRoot 0, MarkInfo 0
#
# It takes gcc, qpdf and a minute, not root.

set -eu
shopt -s inherit_errexit

# shellcheck source-path=SCRIPTDIR source=../scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

packages_unpack bookworm "$work/12" libcairo2-dev=1.16.0-7 libcairo2=1.16.0-7
packages_unpack trixie "$work/13" libcairo2-dev=1.18.4-1+b1 \
    libcairo2=1.18.4-1+b1

cat > "$work/draw.c" <<'END'
#include <stdio.h>
#include <unistd.h>

#include <cairo-pdf.h>


#define PAGES    2
#define SECONDS  60


int
main(int argc, char **argv)
{
    int               i;
    cairo_t          *cr;
    cairo_status_t    status;
    cairo_surface_t  *surface;

    (void) alarm(SECONDS);
    fprintf(stderr, "cairo %s: ", cairo_version_string());

    surface = cairo_pdf_surface_create(argv[argc - 1], 200, 200);
    cr = cairo_create(surface);
    for (i = 0; i < PAGES; i++) {
        cairo_rectangle(cr, 50, 50, 100, 100);
        cairo_fill(cr);
        cairo_show_page(cr);
    }
    cairo_destroy(cr);
    cairo_surface_finish(surface);
    status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);

    return status != CAIRO_STATUS_SUCCESS;
}
END

# try RELEASE: how many of the keys there are in a PDF that it draws.
try() {
    local key separator=''

    cc -Wall -I "$work/$1/usr/include/cairo" -o "$work/draw.$1" \
        "$work/draw.c" "$work/$1"/usr/lib/*/libcairo.so \
        -Wl,--allow-shlib-undefined
    packages_run "$work/$1" "$work/draw.$1" "$work/$1.pdf" 2>&1
    qpdf --qdf --object-streams=disable "$work/$1.pdf" "$work/$1.txt"
    for key in 'Type /Page' StructParents StructTreeRoot MarkInfo; do
        printf '%s%s %s' "$separator" "${key/Type \/Page/pages}" \
            "$(grep -acE "/$key( |$)" "$work/$1.txt" || :)"
        separator=', '
    done
}

old=$(try 12)
new=$(try 13)
say "$old"
say "$new"

[ "${old#*: }" = "pages 2, StructParents 0, StructTreeRoot 0, MarkInfo 0" ] \
    || die "the keys of what cairo 1.16.0 draws are others"
[ "${new#*: }" = "pages 2, StructParents 2, StructTreeRoot 0, MarkInfo 0" ] \
    || die "the keys of what cairo 1.18.4 draws are others"

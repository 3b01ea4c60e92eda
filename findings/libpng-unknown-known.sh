#!/usr/bin/env bash
# libpng: what is said of unknown chunks also decides on chunks that it knows.
#
#     package    libpng16-16 1.6.39-2+deb12u5 (Debian 12) and libpng16-16t64
#                1.6.48-1+deb13u6 (Debian 13)
#     behaviour  A PNG has a text in a zTXt chunk, which libpng knows.  After
#                png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL,
#                -1) its text is not read: such chunks are skipped as unknown
#                ones are, and png_get_text() tells of none.  With a count of 0
#                (no list, which is not "all") the text is read.
#     the guess  By its name and by most examples the call is about chunks that
#                libpng does not know; a known text is read and unpacked.
#
# Seen:
#
#     libpng 1.6.39: texts by default 1, with NEVER for none 1, for all 0
#     libpng 1.6.48: texts by default 1, with NEVER for none 1, for all 0
#
# It takes gcc and a minute, not root.

set -eu
shopt -s inherit_errexit

# shellcheck source-path=SCRIPTDIR source=../scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

packages_unpack bookworm "$work/12" libpng-dev=1.6.39-2+deb12u5 \
    libpng16-16=1.6.39-2+deb12u5
packages_unpack trixie "$work/13" libpng-dev=1.6.48-1+deb13u6 \
    libpng16-16t64=1.6.48-1+deb13u6

cat > "$work/text.c" <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>


static png_byte  file[1000];
static size_t    size, at;


static void
put(png_structp png, png_bytep bytes, png_size_t len)
{
    if (len > sizeof(file) - size) {
        png_error(png, "too long");
    }

    memcpy(file + size, bytes, len);
    size += len;
}


static void
get(png_structp png, png_bytep bytes, png_size_t len)
{
    if (len > size - at) {
        png_error(png, "too short");
    }

    memcpy(bytes, file + at, len);
    at += len;
}


/* One white pixel and a compressed text. */
static void
make(void)
{
    png_byte     row[1] = { 255 };
    png_text     text = { .compression = PNG_TEXT_COMPRESSION_zTXt,
                          .key = "Comment", .text = "a text", .text_length = 6 };
    png_structp  png;
    png_infop    info;

    png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    info = png_create_info_struct(png);
    png_set_write_fn(png, NULL, put, NULL);
    png_set_IHDR(png, info, 1, 1, 8, PNG_COLOR_TYPE_GRAY, 0, 0, 0);
    png_set_text(png, info, &text, 1);
    png_write_info(png, info);
    png_write_row(png, row);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
}


/* How many texts a reader finds that says NEVER for "count" chunks; 1: nothing
   is said. */
static int
texts(int count)
{
    int          n;
    png_textp    text;
    png_structp  png;
    png_infop    info;

    at = 0;
    png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    info = png_create_info_struct(png);
    png_set_read_fn(png, NULL, get);

    if (count != 1) {
        png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, count);
    }

    png_read_info(png, info);
    n = (int) png_get_text(png, info, &text, NULL);
    png_destroy_read_struct(&png, &info, NULL);

    return n;
}


int
main(void)
{
    make();
    printf("libpng %s: texts by default %d, with NEVER for none %d, "
           "for all %d\n", png_get_libpng_ver(NULL), texts(1), texts(0),
           texts(-1));

    return 0;
}
END

# try RELEASE: the texts that are found.
try() {
    # Of the release's headers these only: the compiler is the machine's.
    mkdir "$work/$1/include"
    cp "$work/$1"/usr/include/libpng16/*.h "$work/$1/include"
    cc -Wall -I "$work/$1/include" -o "$work/text.$1" "$work/text.c" \
        "$work/$1"/usr/lib/*/libpng16.so -Wl,--allow-shlib-undefined
    packages_run "$work/$1" "$work/text.$1"
}

changed=
for release in 12 13; do
    line=$(try "$release")
    say "$line"
    [ "${line#*: }" = "texts by default 1, with NEVER for none 1, for all 0" ] \
        || changed=$line
done
[ -z "$changed" ] || die "texts of a PNG are read otherwise: $changed"

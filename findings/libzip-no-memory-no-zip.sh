#!/usr/bin/env bash
# libzip: a zip file that cannot be opened for want of memory is "not a zip
# archive".
#
#     package    libzip4 1.7.3-1+b1 (Debian 12) and libzip5 1.11.3-2
#                (Debian 13)
#     behaviour  zip_open() of a zip file that is right, while one allocation
#                fails: with 1.7.3 most of them give ZIP_ER_MEMORY, and some
#                ZIP_ER_NOZIP, "Not a zip archive"; not so with 1.11.3.  A
#                program that reads files of others tells their sender that
#                the file is damaged, for good, where trying again would do.
#     the guess  zip_open() names ZIP_ER_MEMORY in its manual for that; no other
#                error comes of a lack of memory.
#
# Seen:
#
#     libzip 1.7.3: Malloc failure, Not a zip archive
#     libzip 1.11.3: Malloc failure
#
# It takes gcc and perl and a minute, not root.

set -eu
shopt -s inherit_errexit

# shellcheck source-path=SCRIPTDIR source=../scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

packages_unpack bookworm "$work/12" libzip-dev=1.7.3-1+b1 libzip4=1.7.3-1+b1
packages_unpack trixie "$work/13" libzip-dev=1.11.3-2 libzip5=1.11.3-2

perl -MIO::Compress::Zip=zip -e \
    'zip(\"a text", $ARGV[0], Name => "a.txt") or die' "$work/a.zip"

cat > "$work/open.c" <<'END'
#include <stdio.h>
#include <stdlib.h>

#include <zip.h>


extern void  *__libc_malloc(size_t);
extern void  *__libc_calloc(size_t, size_t);
extern void  *__libc_realloc(void *, size_t);

/* Allocations before the one that fails; -1: none does. */
static long  left = -1;


static int
fails(void)
{
    return left >= 0 && left-- == 0;
}


void *
malloc(size_t n)
{
    return fails() ? NULL : __libc_malloc(n);
}


void *
calloc(size_t n, size_t size)
{
    return fails() ? NULL : __libc_calloc(n, size);
}


void *
realloc(void *p, size_t n)
{
    return fails() ? NULL : __libc_realloc(p, n);
}


int
main(int argc, char **argv)
{
    int    error, seen[64] = { 0 };
    long   n;
    zip_t  *zip;

    (void) argc;

    for (n = 0; n < 10000; n++) {
        error = 0;
        left = n;
        zip = zip_open(argv[1], ZIP_RDONLY, &error);

        if (zip == NULL) {
            left = -1;
            seen[error & 63] = 1;
            continue;
        }

        /* The one that was to fail did not come any more. */
        if (left >= 0) {
            break;
        }

        zip_discard(zip);
    }

    left = -1;
    printf("libzip %s:%s%s\n", zip_libzip_version(),
           seen[ZIP_ER_MEMORY] ? " Malloc failure" : "",
           seen[ZIP_ER_NOZIP] ? ", Not a zip archive" : "");

    return 0;
}
END

# try RELEASE: the errors that there are.
try() {
    # Of the release's headers these only: the compiler is the machine's.
    mkdir "$work/$1/include"
    find "$work/$1/usr/include" -name "zip*.h" -exec cp {} "$work/$1/include" \;
    cc -I "$work/$1/include" -o "$work/open.$1" "$work/open.c" \
        "$work/$1"/usr/lib/*/libzip.so -Wl,--allow-shlib-undefined
    packages_run "$work/$1" "$work/open.$1" "$work/a.zip"
}

changed=
line=$(try 12)
say "$line"
[ "${line#*: }" = "Malloc failure, Not a zip archive" ] || changed=$line
line=$(try 13)
say "$line"
[ "${line#*: }" = "Malloc failure" ] || changed=$line
[ -z "$changed" ] || die "libzip tells a lack of memory otherwise: $changed"

#!/usr/bin/env bash
# libxcrypt: hashes of other programs are taken for DES.
#
#     package    libcrypt1 1:4.4.33-2 (Debian 12) and 1:4.4.38-1 (Debian 13)
#     behaviour  crypt_checksalt() of a hash of Django ("pbkdf2_sha256$...",
#                "argon2$...") and of an MD5 in hex answers
#                CRYPT_SALT_METHOD_LEGACY, and crypt() hashes with them: by
#                DES, of which the first two characters are the salt.  The
#                rest is not looked at.
#     the guess  CRYPT_SALT_INVALID, and NULL from crypt(): these have another
#                form and another length than a hash of any method that
#                libxcrypt knows, and its page says that it "checks the salt
#                string against the system configuration and reports whether
#                the hashing method and parameters it specifies are
#                acceptable".
#
# Seen, with both versions:
#
#     pbkdf2_sha256: legacy, hashed to 13 characters
#     argon2: legacy, hashed to 13 characters
#     md5: legacy, hashed to 13 characters
#     phpass: invalid, not hashed
#     ssha: invalid, not hashed
#
# It takes gcc and a minute, not root.

set -eu
shopt -s inherit_errexit

# shellcheck source-path=SCRIPTDIR source=../scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

packages_unpack bookworm "$work/12" libcrypt-dev=1:4.4.33-2 \
    libcrypt1=1:4.4.33-2
packages_unpack trixie "$work/13" libcrypt1=1:4.4.38-1

cat > "$work/foreign.c" <<'END'
#include <crypt.h>
#include <stdio.h>
#include <string.h>


static const struct {
    const char  *name;
    const char  *hash;
} hashes[] = {
    { "pbkdf2_sha256", "pbkdf2_sha256$600000$salt$"
                       "W0lBpXKvUSqzlYNDCPZnpxcPPEpxdMxhnsoPZuxTEU0=" },
    { "argon2", "argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdA$aGFzaA" },
    { "md5", "5f4dcc3b5aa765d61d8327deb882cf99" },
    { "phpass", "$P$BeUbD2aWjVZ0.Sh6oRPHqHPn0tOIqX0" },
    { "ssha", "{SSHA}5en6G6MezRroT3XKqkdPOmY/BfQ5MTIz" }
};


int
main(void)
{
    int                        known;
    size_t                     i;
    char                      *made;
    static struct crypt_data   data;

    for (i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
        memset(&data, 0, sizeof(data));
        known = crypt_checksalt(hashes[i].hash);
        made = crypt_rn("secret", hashes[i].hash, &data, sizeof(data));

        printf("%s: %s, ", hashes[i].name,
               known == CRYPT_SALT_METHOD_LEGACY ? "legacy"
               : known == CRYPT_SALT_INVALID ? "invalid" : "other");

        if (made == NULL) {
            printf("not hashed\n");

        } else {
            printf("hashed to %zu characters\n", strlen(made));
        }
    }

    return 0;
}
END

# The header is that of the older one, for both; the compiler is the machine's.
mkdir "$work/include"
cp "$work/12/usr/include/crypt.h" "$work/include"

wanted='pbkdf2_sha256: legacy, hashed to 13 characters
argon2: legacy, hashed to 13 characters
md5: legacy, hashed to 13 characters
phpass: invalid, not hashed
ssha: invalid, not hashed'

changed=
for release in 12 13; do
    cc -Wall -I "$work/include" -o "$work/foreign.$release" \
        "$work/foreign.c" "$work/$release"/usr/lib/*/libcrypt.so.1 \
        -Wl,--allow-shlib-undefined
    lines=$(packages_run "$work/$release" "$work/foreign.$release")
    say "libxcrypt of Debian $release:"
    printf '%s\n' "$lines"
    [ "$lines" = "$wanted" ] || changed=$release
done
[ -z "$changed" ] || die "foreign hashes are taken otherwise on Debian $changed"

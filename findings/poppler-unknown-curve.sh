#!/usr/bin/env bash
# poppler: signatures on curves that it does not know are called invalid.
#
#     package    poppler-utils 22.12.0-2+deb12u2 (Debian 12) and
#                25.03.0-5+deb13u4 (Debian 13), with the libnss3 of each
#     behaviour  Of a PDF that is signed with an EC key on secp256k1 or on a
#                Brainpool curve pdfsig says "Signature is Invalid", and of one
#                on P-256 whose certificate spells out the curve's parameters
#                "Document isn't signed or corrupted data".  OpenSSL verifies
#                each of them.
#     the guess  A signature that cannot be checked is told as such, "unknown"
#                or "not supported"; and parameters that are those of P-256 are
#                taken for P-256, as OpenSSL takes them.
#
# Seen, with both versions:
#
#     RSA: Signature is Valid.
#     P-256: Signature is Valid.
#     P-521: Signature is Valid.
#     secp256k1: Signature is Invalid.
#     brainpoolP256r1: Signature is Invalid.
#     explicit: Document isn't signed or corrupted data.
#
# It takes openssl and a minute, not root.

set -eu
shopt -s inherit_errexit

# shellcheck source-path=SCRIPTDIR source=../scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

packages_unpack bookworm "$work/12" poppler-utils=22.12.0-2+deb12u2
packages_unpack trixie "$work/13" poppler-utils=25.03.0-5+deb13u4
cd "$work"


# key NAME OPTION ...: a key and its own certificate
key() {
    local name=$1
    shift
    openssl genpkey -out "$name.key" "$@" 2> /dev/null
    openssl req -x509 -new -key "$name.key" -subj "/CN=$name" -days 3650 \
        -out "$name.crt"
}


# sign NAME: NAME.pdf, one page, signed over the whole file.
sign() {
    perl -e '
        my ($name) = @ARGV;
        my $room = "0" x 8192;
        my @objects = ("<< /Type /Catalog /Pages 2 0 R /AcroForm << /SigFlags 3"
            . " /Fields [4 0 R] >> >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Annots [4 0 R] >>",
            "<< /Type /Annot /Subtype /Widget /FT /Sig /T (s) /Rect [0 0 0 0]"
            . " /P 3 0 R /V 5 0 R >>",
            "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached"
            . " /ByteRange [0 AAAAAAAAAA BBBBBBBBBB CCCCCCCCCC]"
            . " /Contents <$room> >>");
        my ($pdf, @at) = "%PDF-1.7\n";
        for my $i (0 .. $#objects) {
            push @at, length $pdf;
            $pdf .= $i + 1 . " 0 obj\n$objects[$i]\nendobj\n";
        }
        my $xref = length $pdf;
        $pdf .= "xref\n0 6\n0000000000 65535 f \n"
            . join("", map { sprintf "%010d 00000 n \n", $_ } @at)
            . "trailer\n<< /Root 1 0 R /Size 6 >>\nstartxref\n$xref\n%%EOF\n";
        my $from = index $pdf, "<$room>";
        my $to = $from + length($room) + 2;
        my %n = (A => $from, B => $to, C => length($pdf) - $to);
        $pdf =~ s/(([ABC])\2{9})/sprintf "%-10d", $n{$2}/ge;
        my $write = sub {
            open my $out, ">", "$name.$_[0]" or die;
            print $out $_[1];
            close $out or die;
        };
        $write->("part", substr($pdf, 0, $from) . substr $pdf, $to);
        system(qw(openssl cms -sign -binary -cades -nosmimecap -outform DER -in),
            "$name.part", "-out", "$name.cms", "-signer", "$name.crt", "-inkey",
            "$name.key") == 0 or die;
        open my $in, "<", "$name.cms" or die;
        my $cms = unpack "H*", do { local $/; <$in> };
        substr $pdf, $from + 1, length $cms, $cms;
        $write->("pdf", $pdf);' "$1"
}

curves=(P-256 P-521 secp256k1 brainpoolP256r1)
key RSA -algorithm RSA -pkeyopt rsa_keygen_bits:2048
for curve in "${curves[@]}"; do
    key "$curve" -algorithm EC -pkeyopt "ec_paramgen_curve:$curve"
done
key explicit -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
    -pkeyopt ec_param_enc:explicit

for name in RSA "${curves[@]}" explicit; do
    sign "$name"
    openssl cms -verify -binary -inform DER -in "$name.cms" -content \
        "$name.part" -CAfile "$name.crt" -purpose any -out /dev/null \
        2> "$name.log" || die "OpenSSL does not verify $name"
done

wanted="RSA: Signature is Valid.
P-256: Signature is Valid.
P-521: Signature is Valid.
secp256k1: Signature is Invalid.
brainpoolP256r1: Signature is Invalid.
explicit: Document isn't signed or corrupted data."

changed=
for release in 12 13; do
    lines=$(for name in RSA "${curves[@]}" explicit; do
        packages_run "$work/$release" "$work/$release/usr/bin/pdfsig" \
            -nocert "$name.pdf" 2> "$name.log" \
            | sed -n "s/.*Signature Validation: /$name: /p"
    done)
    say "poppler of Debian $release:"
    printf '%s\n' "$lines"
    [ "$lines" = "$wanted" ] || changed=$release
done
[ -z "$changed" ] || die "poppler says otherwise on Debian $changed"

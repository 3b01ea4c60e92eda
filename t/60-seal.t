#!/usr/bin/perl

# The seal: the verdict of independent programs, its exact attributes, and the
# keys that are refused.

use strict;
use warnings;
use utf8;

use FindBin qw($Bin);
use lib "$Bin/lib";
use Test::More;

use NgxCertPdf;

need_tools(qw(openssl pdfsig qpdf pdftotext zbarimg pdftoppm));

my $ca = demo_ca();


# The test extracts the parts itself, without the code under test.

sub pieces {
    my ($pdf) = @_;

    my @range = $pdf =~ m{/ByteRange \[\s*(\d+) (\d+) (\d+) (\d+)\s*\]}
        or return;
    my $hex = substr $pdf, $range[1], $range[2] - $range[1];

    return (substr($pdf, $range[0], $range[1])
            . substr($pdf, $range[2], $range[3]),
            pack('H*', substr $hex, 1, -1), @range);
}

for my $face ('ministry', 'association') {
    my $file = sealed($face, "$DIR/$face.pdf");
    my $pdf = slurp($file);

    my ($signed, $cms, @range) = pieces($pdf);
    is($range[0], 0, "$face: the range starts with the file");
    is($range[2] + $range[3], length $pdf, 'and ends with it');
    is(substr($pdf, $range[1], 1) . substr($pdf, $range[2] - 1, 1), '<>',
       'and leaves out exactly the signature');

    spit("$DIR/signed", $signed);
    spit("$DIR/cms", $cms);

    my ($said, $status) = run(qw(openssl cms -verify -binary -inform DER),
        '-in', "$DIR/cms", '-content', "$DIR/signed", '-CAfile', "$ca/ca.pem",
        qw(-purpose any -attime), $NOW, '-out', '/dev/null');
    is($status, 0, 'openssl verifies it, with chain') or diag($said);

    my $print = run(qw(openssl cms -cmsout -noout -print -inform DER -in),
                    "$DIR/cms");
    my ($attributes) = $print =~ /signedAttrs:\n(.*?)signatureAlgorithm:/s;
    is(join(' ', sort $attributes =~ /object: (\S+)/g),
       'contentType id-smime-aa-signingCertificateV2 messageDigest',
       'the attributes are exactly the three of the baseline');
    like($print, qr/unsignedAttrs:\s+<ABSENT>/, 'and none is unsigned');
    is(scalar(() = $print =~ /d\.certificate:/g), 2,
       'it has certificate and chain');
    unlike($print, qr/signingTime/, 'no signing time');

    my $sig = run('pdfsig', $file);
    like($sig, qr/Signature is Valid/, 'pdfsig: valid');
    like($sig, qr/Total document signed/, 'pdfsig: the whole document');
    like($sig, qr/ETSI\.CAdES\.detached/, 'pdfsig: PAdES');
    like($sig, qr/Aug 29 2022 02:20:30|Aug 29 2022 10:20:30/,
         'pdfsig: the time given');

    ($said, $status) = run('qpdf', '--check', $file);
    is($status, 0, 'qpdf finds it sound') or diag($said);

    is(scalar(() = $pdf =~ /%%EOF/g), 1, 'one revision');
    unlike($pdf, qr{/ObjStm|/XRef\b}, 'no object streams');
    like($pdf, qr{/Perms << /DocMDP \d+ 0 R >>}, 'the catalog certifies');
    like($pdf, qr{/P 1 }, 'and permits nothing');
    like($pdf, qr{/M \(D:20220829022030Z\)}, 'the time is in the dictionary');

    my $found = verify("$ca/ca.pem", $file)->{$file};
    is($found->[0], 'genuine', 'and it is genuine');
    is($found->[2], $NOW, 'with the time of sealing');
}


# Keys.  "openssl ca" can write any date.

mkdir "$DIR/k";
spit("$DIR/k/cnf", <<'END');
[ca]
default_ca = any
[any]
database = index
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = pol
unique_subject = no
[pol]
commonName = supplied
[req]
distinguished_name = dn
[dn]
[seal]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[encipher]
keyUsage = critical,keyEncipherment
[tls]
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
END
chdir "$DIR/k" or die;

# A self-signed certificate and its key in one file.
sub key {
    my ($name, %o) = @_;

    spit('index', '');
    run(qw(openssl genpkey -out key), @{$o{key} // ['-algorithm', 'RSA',
        '-pkeyopt', 'rsa_keygen_bits:2048']});
    run(qw(openssl req -new -config cnf -key key -out csr -subj /CN=Seal));
    run(qw(openssl ca -batch -notext -config cnf -selfsign -keyfile key -in
           csr -out crt -extensions), $o{section} // 'seal', '-startdate',
        $o{from} // '20200101000000Z', '-enddate', $o{to} // '20400101000000Z',
        '-md', $o{md} // 'sha256');

    spit($name, slurp($o{other} // 'key') . (-e 'crt' ? slurp('crt') : ''));
    chmod $o{mode} // 0600, $name;

    return "$DIR/k/$name";
}

sub opened {
    my ($file, $passphrase) = @_;
    secret_key($file);
    my $said = run($TOOL, 'seal', $file, $passphrase // '', $NOW);
    chomp $said;
    return $said;
}

my @ec = qw(-algorithm EC -pkeyopt);
my $PASSPHRASE = 'mellon 4711';
secret($PASSPHRASE);

is(opened(key('rsa.pem')), 'ok', 'RSA 2048 is accepted');
is(opened(key('p256.pem', key => [@ec, 'ec_paramgen_curve:P-256'])), 'ok',
   'P-256 is accepted');
is(opened(key('p384.pem', key => [@ec, 'ec_paramgen_curve:P-384'])), 'ok',
   'P-384 is accepted');
is(opened(key('p521.pem', key => [@ec, 'ec_paramgen_curve:P-521'])), 'ok',
   'P-521 is accepted');

# What is accepted is valid to another program as well.
for my $name (qw(rsa p256 p384 p521)) {
    is(seal("$DIR/k/$name.pem", "$DIR/ministry.pdf.raw", "$DIR/$name.pdf"),
       'ok', "$name seals");
    like(scalar run('pdfsig', "$DIR/$name.pdf"), qr/Signature is Valid/,
         "$name: pdfsig: valid");
}

my $own = slurp('rsa.pem');
my $other = slurp('p256.pem') =~ s/.*(?=-----BEGIN CERT)//sr;
spit('chain.pem', $own . $other . $other . $own =~
     s/.*(?=-----BEGIN CERT)//sr);
chmod 0600, 'chain.pem';
is(opened("$DIR/k/chain.pem"), 'ok', 'a chain with repeated certificates');
is(seal("$DIR/k/chain.pem", "$DIR/ministry.pdf.raw", "$DIR/chain.pdf"), 'ok',
   'can seal');
spit('broken.pem', $own . $other =~ s/MII/MIM/r);
chmod 0600, 'broken.pem';
like(opened("$DIR/k/broken.pem"), qr/^invalid: .*does not parse/,
     'a broken certificate of the chain is an error');

run(qw(openssl pkcs12 -export -out my.p12 -in rsa.pem -passout),
    "pass:$PASSPHRASE");
chmod 0600, 'my.p12';
is(opened("$DIR/k/my.p12", $PASSPHRASE), 'ok', 'PKCS#12 is accepted');
like(opened("$DIR/k/my.p12", 'wrong'), qr/^invalid/, 'a wrong passphrase');
like(opened("$DIR/k/my.p12"), qr/^invalid/, 'no passphrase');

run(qw(openssl pkey -in rsa.pem -aes256 -out locked.key -passout),
    "pass:$PASSPHRASE");
spit('locked.pem', slurp('locked.key') . slurp('rsa.pem') =~
     s/.*(?=-----BEGIN CERT)//sr);
chmod 0600, 'locked.pem';
is(opened("$DIR/k/locked.pem", $PASSPHRASE), 'ok', 'a locked PEM is accepted');
like(opened("$DIR/k/locked.pem", 'wrong'), qr/^invalid/, 'a wrong passphrase');
like(opened("$DIR/k/locked.pem"), qr/^invalid/,
     'no passphrase, and no prompt for one');

for (['old.pem', [to => '20220101000000Z'], qr/has expired/],
     ['new.pem', [from => '20230101000000Z'], qr/not valid yet/],
     ['weak.pem', [key => [qw(-algorithm RSA -pkeyopt
                              rsa_keygen_bits:1024)]], qr/RSA of 1024 bits/],
     ['p224.pem', [key => [@ec, 'ec_paramgen_curve:P-224']],
      qr/EC of 224 bits/],
     ['ed.pem', [key => [qw(-algorithm ED25519)], md => 'null'],
      qr/the key is ED25519, which common readers .*: use RSA/],
     ['ed448.pem', [key => [qw(-algorithm ED448)], md => 'null'],
      qr/the key is ED448, which common readers .*: use RSA/],
     ['pss.pem', [key => [qw(-algorithm RSA-PSS -pkeyopt
                             rsa_keygen_bits:2048)]],
      qr/the key is RSA-PSS, which common readers .*: use RSA/],
     ['sm2.pem', [key => [qw(-algorithm SM2)], md => 'sm3'],
      qr/the key is SM2, which common readers .*: use RSA/],
     ['short.pem', [key => [qw(-algorithm RSA -pkeyopt
                               rsa_keygen_bits:2047)]],
      qr/RSA of 2047 bits; use one of 2048 bits or more/],
     (map { ["$_.pem", [key => [@ec, "ec_paramgen_curve:$_"]],
             qr/on the curve $_, which common readers .*: use a key on P-256/] }
         qw(secp256k1 brainpoolP256r1 brainpoolP384r1 brainpoolP512r1
            sect283r1 sect571k1)),
     (map { ["explicit $_.pem", [key => [@ec, "ec_paramgen_curve:$_", '-pkeyopt',
                                         'ec_param_enc:explicit']],
             qr/spells out its curve's parameters.*: use a key on P-256/] }
         qw(P-256 P-384)),
     ['explicit secp256k1.pem', [key => [@ec, 'ec_paramgen_curve:secp256k1',
         '-pkeyopt', 'ec_param_enc:explicit']], qr/on the curve secp256k1/],
     ['sha1.pem', [md => 'sha1'], qr/weak digest/],
     ['encipher.pem', [section => 'encipher'], qr/usage forbids/],
     ['tls.pem', [section => 'tls'], qr/usage forbids/],
     ['mixed.pem', [other => "$DIR/k/p256.pem"], qr/does not belong/],
     ['open.pem', [mode => 0644], qr/accessible to others: mode 644/],
     ['group.pem', [mode => 0640], qr/accessible to others: mode 640/])
{
    my ($name, $options, $reason) = @$_;
    unlink 'crt';
    my $file = key($name, @$options);

    if ($name eq 'mixed.pem') {
        spit($file, slurp('key') . slurp('p256.pem') =~
             s/.*(?=-----BEGIN CERT)//sr);
    }

    like(opened($file), qr/^refused: .*$reason/, "refused: $name");
}

# The key by the name of its curve, and the certificate with its parameters.
key('explicit P-256.pem', key => [@ec, 'ec_paramgen_curve:P-256', '-pkeyopt',
    'ec_param_enc:explicit']);
run(qw(openssl ec -in key -param_enc named_curve -out named));
spit('half.pem', slurp('named') . slurp('crt'));
chmod 0600, 'half.pem';
like(opened("$DIR/k/half.pem"), qr/^refused: the certificate spells out/,
     'refused: a curve that only the certificate spells out');

like(opened("$DIR/k/nowhere.pem"), qr/^not found/, 'no such file');
like(opened("$DIR/k"), qr/^refused: .*regular/, 'a folder');
spit('empty.pem', '');
chmod 0600, 'empty.pem';
like(opened("$DIR/k/empty.pem"), qr/^invalid/, 'an empty file');
spit('text.pem', "hello\n");
chmod 0600, 'text.pem';
like(opened("$DIR/k/text.pem"), qr/^invalid: no private key/, 'no key');
spit('nocert.pem', slurp('key'));
chmod 0600, 'nocert.pem';
like(opened("$DIR/k/nocert.pem"), qr/^invalid: no certificate/,
     'no certificate');
spit('text.p12', 'hello');
chmod 0600, 'text.p12';
like(opened("$DIR/k/text.p12"), qr/^invalid: not a PKCS#12/, 'no PKCS#12');


# Files that are not sealed.

like(seal("$ca/ministry.pem", "$DIR/ministry.pdf", "$DIR/twice.pdf"),
     qr/^invalid: .*AcroForm/, 'a sealed file is not sealed again');
ok(!-e "$DIR/twice.pdf", 'and nothing is written');
like(seal("$ca/ministry.pem", spit("$DIR/none.pdf", 'hello'), "$DIR/o.pdf"),
     qr/^invalid: .*not a whole PDF/, 'no PDF');
like(seal("$ca/ministry.pem", spit("$DIR/cut.pdf",
     substr slurp("$DIR/ministry.pdf.raw"), 0, 20000), "$DIR/o.pdf"),
     qr/^invalid: .*not a whole PDF/, 'half a PDF');
like(seal("$ca/ministry.pem", "$DIR/ministry.pdf.raw", "$DIR/o.pdf",
     2**31 * 2), qr/^refused: .*expired/, 'after the certificate has ended');

# A seal whose issuer ends before it does: it signs until then and no longer,
# though it was opened before, and is not opened afterwards.
chdir "$DIR/k" or die;
run(qw(openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out),
    "$_.key") for qw(top issuer last);
for my $one (['top', 'authority', '20450101000000Z', '-selfsign', '-keyfile',
              'top.key'],
             ['issuer', 'authority', '20300101000000Z', '-cert', 'top.crt',
              '-keyfile', 'top.key'],
             ['last', 'seal', '20400101000000Z', '-cert', 'issuer.crt',
              '-keyfile', 'issuer.key'])
{
    my ($name, $section, $end, @by) = @$one;
    spit('index', '');
    run(qw(openssl req -new -config cnf -key), "$name.key", '-out', 'csr',
        '-subj', "/CN=$name");
    run(qw(openssl ca -batch -notext -config cnf -in csr -md sha256), @by,
        '-out', "$name.crt", '-extensions', $section, '-startdate',
        '20200101000000Z', '-enddate', $end);
}
spit('last.pem', slurp('last.key') . slurp('last.crt') . slurp('issuer.crt'));
chmod 0600, 'last.pem';
my $END = 1893456000;           # 2030-01-01T00:00:00Z
for my $case ([$NOW, $END - 1, qr/^ok$/, 'until its issuer ends'],
              [$NOW, $END, qr/^refused: .*vouches for the seal has expired/,
               'not from then on'],
              [$END, $END, qr/^refused: .*top\.crt does not vouch.*expired/,
               'nor is it opened then'])
{
    my ($opened, $signs, $said, $name) = @$case;
    secret_key("$DIR/k/last.pem");
    like(run($TOOL, 'seal', "$DIR/k/last.pem", '', $opened,
             "$DIR/ministry.pdf.raw", "$DIR/last.pdf", "$DIR/k/top.crt",
             $signs) =~ s/\n//r, $said, "a seal signs: $name");
}
my $late = verify("$DIR/k/top.crt", "$DIR/last.pdf")->{"$DIR/last.pdf"};
is($late->[0], 'genuine', 'what it signed last is genuine');

# What is in the place of the authorities holds up nobody.
system('mkfifo', "$DIR/k/fifo") == 0 or die;
for my $bad ("$DIR/k/fifo", '/dev/zero', "$DIR/k") {
    like(run($TOOL, 'seal', "$DIR/k/last.pem", '', $NOW,
             "$DIR/ministry.pdf.raw", "$DIR/o.pdf", $bad),
         qr/^invalid: .* is not a file of certificates/, "$bad: refused");
}

# A caller may pass NULL for the reason, here as in the rest of the library.
is(run($TOOL, 'wordless', $TEMPLATES, "$ca/ministry.pem", $NOW),
   join('', map { "$_\n" } 'system error', 'not found', 'system error',
        'not found', 'ok', 'not found', 'ok', 'invalid'), 'NULL for a reason');

chdir '/';
done();

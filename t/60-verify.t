#!/usr/bin/perl

# Forgeries: every published class of attacks on signed PDFs, and other changes
# of a file.  Each is refused, with the expected reason.
#
# Forgeries marked "re-signed" have a valid signature of their own, made with
# the key of the seal, so that only their structure can be refused.

use strict;
use warnings;
use utf8;

use FindBin qw($Bin);
use lib "$Bin/lib";
use Test::More;

use NgxCertPdf;

need_tools(qw(openssl qpdf));

my $ca = demo_ca();
my $original = sealed('ministry', "$DIR/original.pdf");
my $pdf = slurp($original);
my $raw = slurp("$original.raw");
my ($sig_id) = $pdf =~ /DocMDP (\d+) 0 R/;
my ($field_id) = $pdf =~ m{/Fields \[ (\d+) 0 R};
my ($page_id) = $pdf =~ m{/Kids \[ (\d+) 0 R};
my ($root_id) = $pdf =~ m{/Root (\d+) 0 R};
my ($size) = $pdf =~ m{/Size (\d+)};
my ($start) = $pdf =~ /startxref\n(\d+)/;

my $n = 0;
my (%class, %expect, %label, @files);

# Adds a mutant, with the findings that may refuse it.
sub mutant {
    my ($class, $label, $bytes, @findings) = @_;

    $bytes ne $pdf or die "$label changes nothing";
    my $file = sprintf '%s/m%03d.pdf', $DIR, $n++;
    spit($file, $bytes);
    push @files, $file;
    $class{$class}++;
    $label{$file} = "$class: $label";
    $expect{$file} = join '|', @findings;

    return $file;
}

# Replaces text in the original, once; the length may change.
sub with {
    my ($from, $to) = @_;
    my $bytes = $pdf;
    $bytes =~ s/$from/$to/ or die "no $from";
    return $bytes;
}

# Adds objects at the end of the body.
sub with_object {
    my ($bytes, @objects) = @_;
    my $id = $size;
    $bytes =~ s/(?=xref\n0 )/$id++ . " 0 obj\n$_\nendobj\n"/e for @objects;
    return $bytes;
}

# Appends objects as a second revision.
sub update {
    my (%objects) = @_;

    my $bytes = $pdf;
    my $table = "xref\n";
    for my $id (sort { $a <=> $b } keys %objects) {
        $table .= sprintf "%d 1\n%010d 00000 n \n", $id, length $bytes;
        $bytes .= "$id 0 obj\n$objects{$id}\nendobj\n";
    }
    my $at = length $bytes;

    return $bytes . $table . "trailer << /Root $root_id 0 R /Size "
        . ($size + 5) . " /Prev $start >>\nstartxref\n$at\n%%EOF\n";
}

sub object {
    my ($id) = @_;
    my ($text) = $pdf =~ /(?:^|\n)$id 0 obj\n(.*?)\nendobj\n/s or die;
    return $text;
}


# Files that the helpers above made without a forgery must be genuine.

my @good = ($original);
push @good, spit("$DIR/g1.pdf", resign($pdf));
push @good, spit("$DIR/g2.pdf", resign(refit($pdf)));
push @good, sealed('association', "$DIR/g3.pdf", band => 'band-original');

# Compressed data may contain the end mark by chance.
push @good, spit("$DIR/g4.pdf", resign(refit(with(qr{/Creator \(ngx_cert\)},
    '/Creator (x%%EOFx)'))));

# Copies were sealed before a catalog said what it says to viewers, and with the
# page number that cairo writes since 1.18.
sub raw_with {
    my ($file, %add) = @_;
    my $bytes = $raw =~ s{ /StructParents \d+}{}r;
    $bytes =~ s{ /Lang \(zh-CN\)}{} or die;
    $bytes =~ s{ /ViewerPreferences << .*? >>}{} or die;
    $bytes =~ s{ (?=$_ )}{ $add{$_} } or die for keys %add;
    return spit("$DIR/$file", refit($bytes));
}

my $numbered = raw_with('numbered.pdf', '/Parent', '/StructParents 0');
is(seal("$ca/ministry.pem", $numbered, "$DIR/g6.pdf"), 'ok',
   'a page with a number is sealed');
push @good, "$DIR/g6.pdf";
unlike(slurp("$DIR/g6.pdf"), qr{/Lang|/ViewerPreferences},
       'without a language, as copies of before');

# Either alone, and the same said in another spelling.
push @good, spit("$DIR/g20.pdf", resign(refit(with(qr{ /Lang \(zh-CN\)}, ''))));
push @good, spit("$DIR/g21.pdf", resign(refit(with(
    qr{ /ViewerPreferences << .*? >>}, ''))));
push @good, spit("$DIR/g22.pdf", resign(refit(with(qr{/Lang \(zh-CN\)},
    '/Lang <7a682d434e>'))));

# Other entries that a cairo may write to page and catalog are removed before
# sealing.
my %more = (
    '/Parent' => '/StructParents 0 /Tabs /S /Metadata 5 0 R',
    '/Pages'  => '/Lang (en) /MarkInfo << /Marked true >>'
        . ' /StructTreeRoot << /Type /StructTreeRoot >>',
);
my $more = raw_with('more.pdf', %more);
is(run($TOOL, 'compose', $more, "$DIR/composed.pdf", $NOW), "ok\n",
   'a page with more is composed');
my $composed = slurp("$DIR/composed.pdf");
is(join(' ', $composed =~ m{/(?:Struct\w+|Tabs|Metadata|Lang|MarkInfo)\b}g),
   '/Lang', 'no such entry is left, but a language');
like($composed, qr{ /Lang \(zh-CN\) .*/ViewerPreferences << /Display}, 'ours');
is(seal("$ca/ministry.pem", "$DIR/composed.pdf", "$DIR/g7.pdf"), 'ok',
   'and sealed');
push @good, "$DIR/g7.pdf";

for my $i (8 .. 19) {
    push @good, sealed($i % 2 ? 'ministry' : 'association', "$DIR/g$i.pdf",
                       fields => { name => '张' x $i, number => "2022$i" });
}


# 1. Incremental updates.

my $page = object($page_id);
my $root = object($root_id);
my $content = "<< /Length 60 >>\nstream\n"
    . sprintf("%-60s", 'BT /f-0-0 40 Tf 100 400 Td <0001> Tj ET') . "\nendstream";

mutant('update', 'text changed', update($page_id =>
    $page =~ s{/Contents \[}{/Contents [ $size 0 R }r, $size => $content),
    'more_revisions');
mutant('update', 'annotation added', update($page_id =>
    $page =~ s{/Annots \[}{/Annots [ $size 0 R }r, $size =>
    '<< /Type /Annot /Subtype /FreeText /Rect [0 0 99 99] /Contents (x) >>'),
    'more_revisions');
mutant('update', 'form and certification dropped', update($root_id =>
    $root =~ s{/AcroForm << .*? >> |/Perms << .*? >> }{}gr), 'more_revisions');
mutant('update', 'signature dropped', update($sig_id => 'null'),
    'more_revisions');
mutant('update', 'nothing changed', update(), 'more_revisions');
mutant('update', 'end of file only', $pdf . "startxref\n$start\n%%EOF\n",
    'more_revisions');
mutant('update', 'another catalog', update($size => $root)
    =~ s/(.*)Root \d+/$1Root $size/sr, 'more_revisions');
mutant('update', 'written as Prev of itself, re-signed',
    resign(refit(with(qr{/Root }, "/Prev $start /Root "))),
    'more_revisions');


# 2. Bytes after the end and before the beginning.

mutant('after', length($_) . ' bytes', $pdf . $_, 'bad_range')
    for "\n", "\0", "% comment\n", '<html></html>', ' ' x 5000;
mutant('after', 'another file', $pdf . $pdf, 'more_signatures');
mutant('before', length($_) . ' bytes', $_ . $pdf,
       length($_) < 1024 ? 'rewritten' : 'not_pdf')
    for "\n", "\0", "% comment\n", 'x' x 1024;
mutant('before', 'a version', "%PDF-1.4\n" . $pdf, 'rewritten');


# 3. Bits inside the signed bytes.

for my $i (0 .. 39) {
    my $bytes = $pdf;
    my $at = 16 + int((length($pdf) - 40) * $i / 40);
    my ($from, $to) = $pdf =~ m{/Contents <[0-9a-f]*>} ? ($-[0], $+[0]) : ();
    $at += $to - $from if $at >= $from && $at < $to;
    substr($bytes, $at, 1) ^= chr(1 << $i % 8);
    mutant('bit', "at $at", $bytes, 'changed', 'rewritten', 'active_content',
           'bad_range', 'not_certified', 'bad_signature');
}

mutant('bit', 'the time of signing', with(qr{/M \(D:2022}, '/M (D:2021'),
    'changed');

# A warning of libqpdf that quotes the file is not its own word for lack of
# memory.
mutant('bit', 'a key', refit(with(qr{/Adobe\.PPKLite},
    '/Adobe.PPKLite /std::bad_alloc 1 /std::bad_alloc 2')), 'changed',
    'bad_signature', 'rewritten');


# 4. The byte range; the bytes of the signature are unchanged.

my ($range, $a, $b, $c) = $pdf =~ m{(/ByteRange \[ 0 (\d+) (\d+) (\d+) *\])};
for (['all zero', '0 0 0 0'], ['negative', "0 -$a $b $c"],
     ['swapped', "0 $b $a $c"], ['three numbers', "0 $a $b"],
     ['short by one', "0 $a $b " . ($c - 1)],
     ['long by one', "0 $a $b " . ($c + 1)],
     ['wider gap', '0 ' . ($a - 9) . " $b $c"],
     ['gap before', "0 " . ($a - 1) . ' ' . ($b - 1) . ' ' . ($c + 1)],
     ['starts later', "1 " . ($a - 1) . " $b $c"], ['empty', ''],
     ['names', '/a /b /c /d'],
     ['huge', '0 9223372036854775807 1 1'])
{
    my $new = sprintf '%-*s', length $range, "/ByteRange [ $_->[1] ]";
    mutant('range', $_->[0], with(quotemeta $range, $new), 'bad_range',
           'changed');
}
mutant('range', 'missing', with(quotemeta $range, ' ' x length $range),
       'bad_range');


# 5. The signature's contents.

my ($hex) = $pdf =~ m{/Contents <([0-9a-f]*)>};
my $len = length $hex;
mutant('contents', 'null', refit(with(qr{/Contents <$hex>}, '/Contents null')),
    'bad_range');
mutant('contents', 'empty', refit(with(qr{<$hex>}, '<>')), 'bad_range',
    'bad_signature');
mutant('contents', '00', refit(with(qr{<$hex>}, '<00>')), 'bad_signature');
mutant('contents', 'all zero', with($hex, '0' x $len), 'bad_signature');
mutant('contents', 'cut', with($hex, substr($hex, 0, 600) . '0' x ($len - 600)),
    'bad_signature');
mutant('contents', 'padding used', with(qr{0000>}, '00ff>'), 'bad_signature');
mutant('contents', 'upper case', with($hex, uc $hex), 'bad_range');
mutant('contents', 'blanks', with(qr{0000>}, '00  >'), 'bad_range');
mutant('contents', 'a bit of the signature', do {
    my $end = (length $hex =~ s/0+$//r) - 8;
    with($hex, substr($hex, 0, $end) . (substr($hex, $end, 1) eq '0' ? '1' : '0')
         . substr $hex, $end + 1) }, 'changed', 'bad_signature');


# 6. A CMS of another form, made by another program with our own key.

run(qw(openssl x509 -out), "$DIR/own.crt", '-in', "$ca/ministry.pem");
spit("$DIR/signed", substr($pdf, 0, $a) . substr $pdf, $b);
for (['signing time', qw(-cades)], ['no attributes', '-noattr'],
     ['no certificate named', '-nosmimecap'],
     ['another digest', qw(-cades -md sha512)])
{
    my ($label, @options) = @$_;
    run(qw(openssl cms -sign -binary -outform DER -in), "$DIR/signed", '-out',
        "$DIR/cms", '-signer', "$DIR/own.crt", '-inkey', "$ca/ministry.pem",
        @options);
    my $new = unpack 'H*', slurp("$DIR/cms");
    mutant('cms', $label, with($hex, $new . '0' x ($len - length $new)),
        'bad_signature');
}
run(qw(openssl cms -sign -binary -nodetach -nosmimecap -outform DER -in),
    spit("$DIR/short", 'x'), '-out', "$DIR/cms", '-signer', "$DIR/own.crt", '-inkey',
    "$ca/ministry.pem", '-cades');
my $attached = unpack 'H*', slurp("$DIR/cms");
mutant('cms', 'of something else, enclosed', with($hex, $attached
    . '0' x ($len - length $attached)), 'bad_signature');

# The same CMS with an outer length left open: other bytes, same meaning.
my ($der) = $hex =~ /^3082(....)/;
my $body = substr $hex, 8, 2 * hex $der;
mutant('cms', 'in BER', with($hex, "3080${body}0000"
    . substr $hex, 8 + length $body), 'bad_signature');
mutant('cms', 'on a day that never was, re-signed', resign(with(
    qr{/M \(D:20220829}, '/M (D:20220231')), 'bad_signature');


# 7. A second signature.

mutant('second', 'dictionary', refit(with_object($pdf,
    object($sig_id) =~ s/<[0-9a-f]+>/<00>/r)), 'more_signatures');
mutant('second', 'in disguise, re-signed', resign(refit(with_object($pdf,
    '<< /Type /S#69g /Byte#52ange [ 0 1 2 3 ] >>'))), 'more_signatures');
mutant('second', 'a time stamp, re-signed', resign(refit(with_object($pdf,
    '<< /Type /DocTimeStamp /M (x) >>'))), 'more_signatures');


# 8. A signature of another signer; the structure is always right.

mkdir "$DIR/k";
chdir "$DIR/k" or die;
spit('cnf', <<'END');
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
countryName = optional
organizationName = optional
commonName = supplied
[req]
distinguished_name = dn
utf8 = yes
string_mask = utf8only
[dn]
[root]
basicConstraints = critical,CA:TRUE
[seal]
keyUsage = critical,digitalSignature
[tls]
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth,clientAuth
[mail]
keyUsage = critical,digitalSignature
extendedKeyUsage = clientAuth,emailProtection
END

my $subject = '/C=CN/O=中华人民共和国人力资源和社会保障部（演示）'
    . '/CN=专业技术人员职业资格证书专用章（演示）';

sub issue {
    my ($name, $subj, $section, $from, $to, $issuer, $bits) = @_;
    $bits //= 2048;
    spit('index', '');
    run(qw(openssl genpkey -algorithm RSA -pkeyopt), "rsa_keygen_bits:$bits",
        '-out', "$name.key");
    run(qw(openssl req -new -utf8 -config cnf -key), "$name.key", '-subj',
        $subj, '-out', 'csr');
    run(qw(openssl ca -batch -utf8 -notext -config cnf -in csr -out),
        "$name.crt", '-extensions', $section, '-startdate', $from, '-enddate',
        $to, $issuer ? ('-cert', "$issuer.crt", '-keyfile', "$issuer.key")
                     : ('-selfsign', '-keyfile', "$name.key"));
    spit("$name.pem", slurp("$name.key") . slurp("$name.crt")
         . ($issuer ? slurp("$issuer.crt") : ''));
    chmod 0600, "$name.pem";
    return "$DIR/k/$name.pem";
}

my @long = ('20200101000000Z', '20400101000000Z');
issue('root', '/C=CN/CN=演示签发证书', 'root', @long);
issue('short', '/CN=Short', 'root', @long);
my $foreign = issue('foreign', $subject, 'seal', @long, 'root');

mutant('signer', 'foreign, same subject', resign($pdf, $foreign),
    'unknown_signer');
mutant('signer', 'self-signed, same subject', resign($pdf,
    issue('self', $subject, 'seal', @long)), 'unknown_signer');
mutant('signer', 'foreign, over a changed page', resign(refit(with(
    qr{/MediaBox \[ 0 0 595}, '/MediaBox [ 0 0 594')), $foreign),
    'unknown_signer');

# A trusted signer, but the time of signing is outside its certificate's
# validity.
my $short = issue('brief', '/CN=Brief', 'seal', '20200101000000Z',
    '20210101000000Z', 'short');
my $late = mutant('signer', 'expired', resign($pdf, $short),
    'signer_expired');
my $early = mutant('signer', 'not yet valid', resign($pdf, issue('future',
    '/CN=Future', 'seal', '20300101000000Z', '20400101000000Z', 'short')),
    'signer_expired');

# Trusted and valid, but not a certificate for seals.
mutant('signer', 'of a web server, trusted authority', resign($pdf,
    issue('tls', '/CN=www', 'tls', @long, 'short')), 'unknown_signer');
mutant('signer', 'of RSA 1024, trusted authority', resign($pdf,
    issue('weak', '/CN=Weak', 'seal', @long, 'short', 1024)),
    'unknown_signer');
push @good, spit("$DIR/g5.pdf", resign($pdf, issue('mail', '/CN=Mail', 'mail',
    @long, 'short')));
spit("$DIR/trust.pem", slurp("$ca/ca.pem") . slurp('short.crt'));
chdir '/';


# 9. Hidden content, re-signed with the key of the seal: the structure alone
# must refuse it.

for (['an object nothing refers to', with_object($pdf, '(hidden)'),
      'active_content'],
     ['a stream nothing refers to', with_object($pdf, $content),
      'active_content'],
     ['a comment between objects', with(qr/endobj\n3 0/,
      "endobj\n% hidden\n3 0"), 'rewritten'],
     ['an object outside the table', with(qr/endobj\n3 0/,
      "endobj\n999 0 obj\n(x)\nendobj\n3 0"), 'rewritten', 'active_content'],
     ['a first line that is not ours', with(qr/0000000000 65535 f/,
      '0000000000 00001 f'), 'rewritten'],
     ['the same object twice', with(qr/endobj\n3 0/,
      "endobj\n2 0 obj\n(x)\nendobj\n3 0"), 'rewritten',
      'active_content'])
{
    my ($label, $bytes, @findings) = @$_;
    $bytes = refit($bytes) if $label !~ /first line/;
    mutant('hidden', "$label, re-signed", resign($bytes), @findings);
}


# 10. Active content, or content that only some viewers show, also re-signed.

my $add_root = sub { refit(with(qr{ /Pages }, " $_[0] /Pages ")) };
my $add_page = sub { refit(with(qr{ /Parent }, " $_[0] /Parent ")) };
my $add_field = sub { refit(with(qr{ /FT /Sig }, " $_[0] /FT /Sig ")) };
my $js = '<< /S /JavaScript /JS (app.alert) >>';

for (['OpenAction', $add_root->("/OpenAction $js")],
     ['AA of the catalog', $add_root->("/AA << /WC $js >>")],
     ['Names', $add_root->("/Names << /JavaScript << /Names [(a) $js] >> >>")],
     ['EmbeddedFiles', $add_root->('/Names << /EmbeddedFiles << >> >>')],
     ['OCProperties', $add_root->('/OCProperties << /OCGs [] >>')],
     ['Outlines', $add_root->('/Outlines << >>')],
     ['a structure', $add_root->('/StructTreeRoot << /K [] >>')],
     ['a structure, and the page\'s number in it', refit(with(qr{ /Parent },
      ' /StructParents 0 /Parent ') =~ s{ /Pages }
      { /StructTreeRoot << /K [] >> /Pages }r)],
     ['a number of the catalog', $add_root->('/StructParents 0')],
     ['marks', $add_root->('/MarkInfo << /Marked true >>')],
     (map { ["a language that is $_", refit(with(qr{/Lang \(zh-CN\)},
             "/Lang $_"))] }
      '(zh)', '(zh-cn)', '(en-US)', '()', '/zh-CN', '[ (zh-CN) ]',
      '(zh-CN\000)', '<feff007a0068002d0043004e>', "$field_id 0 R"),
     ['a language elsewhere', refit(with_object(with(qr{/Lang \(zh-CN\)},
      "/Lang $size 0 R"), '(zh-CN)'))],
     (map { ["preferences that are $_", refit(with(
             qr{(?<=/ViewerPreferences )<< .*? >>}, $_))] }
      '<< >>', '<< /DisplayDocTitle false >>', '<< /HideToolbar true >>',
      '<< /DisplayDocTitle true /HideToolbar true >>',
      '<< /DisplayDocTitle true /NonFullScreenPageMode /UseNone >>',
      '[ << /DisplayDocTitle true >> ]', "$field_id 0 R"),
     ['preferences elsewhere', refit(with_object(with(
      qr{(?<=/ViewerPreferences )<< .*? >>}, "$size 0 R"),
      '<< /DisplayDocTitle true >>'))],
     ['metadata', $add_root->('/Metadata 8 0 R')],
     ['an order of the page', $add_page->('/Tabs /S')],
     (map { ["a number of the page that is $_",
             $add_page->("/StructParents $_")] }
      '0.5', '/Zero', '(0)', 'true', '[ 0 ]', '<< /K 0 >>', "$page_id 0 R"),
     ['a number of the field', $add_field->('/StructParent 0')],
     ['AA of the page', $add_page->("/AA << /O $js >>")],
     ['A of the field', $add_field->("/A $js")],
     ['an appearance of the field', $add_field->('/AP << /N 8 0 R >>')],
     ['Launch', $add_page->('/Tabs << /S /Launch /F (x) >>')],
     ['XFA', refit(with(qr{/SigFlags 3}, '/SigFlags 3 /XFA []'))],
     ['NeedAppearances', refit(with(qr{/SigFlags 3},
      '/SigFlags 3 /NeedAppearances true'))],
     ['another form field', refit(with_object(with(
      qr{/Fields \[ $field_id 0 R}, "/Fields [ $field_id 0 R $size 0 R"),
      '<< /FT /Tx /T (score) /V (100) >>'))],
     ['another annotation', refit(with_object(with(
      qr{/Annots \[ $field_id 0 R}, "/Annots [ $field_id 0 R $size 0 R"),
      '<< /Type /Annot /Subtype /FreeText /Rect [0 0 9 9] >>'))],
     ['a stream in another file', refit(with(qr{/Filter /FlateDecode /Length},
      '/F (x.pdf) /Filter /FlateDecode /Length'))],
     ['optional content in a form', refit(with(qr{/Subtype /Form},
      '/OC << /Type /OCG >> /Subtype /Form'))],
     ['a second page', refit(with_object(with(qr{/Kids \[ $page_id 0 R},
      "/Kids [ $page_id 0 R $size 0 R") =~ s{/Count 1}{/Count 2}r,
      "<< /Type /Page /Parent 4 0 R /MediaBox [0 0 9 9] >>"))])
{
    my ($label, $bytes) = @$_;
    mutant('active', "$label, re-signed", resign($bytes), 'active_content');
    mutant('active', "$label, signed by another", resign($bytes, $foreign),
        'active_content') if $label =~ /^(?:OpenAction|Names|Launch)$/;
}


# 11. Certification, also re-signed.

for (['P=2', with(qr{/P 1 }, '/P 2 ')], ['P=3', with(qr{/P 1 }, '/P 3 ')],
     ['no P', with(qr{/P 1 }, '     ')], ['P=1.0', with(qr{/P 1 }, '/P 1.0 ')],
     ['another method', with(qr{/TransformMethod /DocMDP},
      '/TransformMethod /FieldMDP')],
     ['no reference', with(qr{/Reference}, '/Otherwise')],
     ['no permissions', with(qr{ /Perms << .*? >>}, '')],
     ['permissions elsewhere', with(qr{/DocMDP $sig_id 0 R}, '/DocMDP 2 0 R')],
     ['permissions in place', with(qr{/DocMDP $sig_id 0 R},
      '/DocMDP << /Type /X >>')],
     ['no form', with(qr{ ?/AcroForm << .*? >>}, '')],
     ['an empty form', with(qr{/Fields \[ $field_id 0 R}, '/Fields [')],
     ['no value', with(qr{ /V $sig_id 0 R}, '')])
{
    my ($label, $bytes) = @$_;
    mutant('certified', "$label, re-signed", resign(refit($bytes)),
        'not_certified');
}
mutant('certified', 'usage rights too, re-signed', resign(refit(with(
    qr{/DocMDP $sig_id 0 R}, "/DocMDP $sig_id 0 R /UR3 2 0 R"))),
    'active_content');


# 12. Cut short, rewritten, or not a PDF.

mutant('cut', "to $_", substr($pdf, 0, $_), $_ < 5 ? 'not_pdf' : 'cut_short')
    for 0, 1, 4, 5, 63, 64, 1000, int(length($pdf) / 2), length($pdf) - 7,
        length($pdf) - 2;
mutant('cut', 'by the last end of line', substr($pdf, 0, -1), 'bad_range');
mutant('other', 'without a signature', $raw, 'rewritten');
mutant('other', 'a word for a signature', refit($raw =~
    s{/Creator}{/Author (/ByteRange) /Creator}r), 'unsigned');
mutant('other', 'a picture', "\x89PNG\r\n\x1a\n" . 'x' x 100, 'not_pdf');
mutant('other', 'too large', $pdf . ' ' x (33 * 1024 * 1024),
       'rewritten');

# What other programs made of a copy is in t/60-foreign.t.
run('qpdf', $original, "$DIR/rewritten.pdf");
mutant('rewritten', 'as it is', slurp("$DIR/rewritten.pdf"), 'bad_range');


# The verdicts.

my $found = verify("$DIR/trust.pem", @good, @files);

is($found->{$_}[0], 'genuine', "genuine: $_") for @good;

my %refused;
for (@files) {
    my ($finding, $reason) = @{$found->{$_} // ['crashed', '']};
    like($finding, qr/^(?:$expect{$_})$/, "$label{$_}: $finding, $reason");
    isnt($reason // '', '', '  with a reason');
    $refused{$finding}++ if $finding ne 'genuine';
}

cmp_ok(scalar @files, '>=', 60, scalar(@files) . ' forgeries');
cmp_ok(scalar keys %class, '>=', 8, 'of ' . keys(%class) . ' classes');
is(join(' ', sort keys %refused),
   'active_content bad_range bad_signature changed cut_short more_revisions'
   . ' more_signatures not_certified not_pdf rewritten signer_expired'
   . ' unknown_signer unsigned', 'every finding of our own files was seen');


# The authorities.

like(scalar run($TOOL, 'verify', "$DIR/nowhere.pem", $original),
     qr/^not found/, 'no file of authorities');
like(scalar run($TOOL, 'verify', spit("$DIR/empty.pem", ''), $original),
     qr/^invalid/, 'an empty file of authorities');
my $broken = slurp("$ca/ca.pem") . slurp("$DIR/k/short.crt") =~ s/MII/MIM/r;
like(scalar run($TOOL, 'verify', spit("$DIR/broken.pem", $broken), $original),
     qr/^invalid/, 'a broken authority among good ones is an error');
is(verify("$DIR/k/root.crt", $original)->{$original}[0], 'unknown_signer',
   'with another authority the signer is unknown');

done();

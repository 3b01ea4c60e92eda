#!/usr/bin/perl

# The links of a copy: QR, code and printed address lead to its check.  Copies
# of before have none.  Links of another form, or to anywhere else, are neither
# sealed nor genuine.  Whose address it is, t/10-verify.t asks.

use strict;
use warnings;
use utf8;

use FindBin qw($Bin);
use lib "$Bin/lib";
use Test::More;

use NgxCertPdf;

need_tools(qw(openssl qpdf pdftotext));

my $ca = demo_ca();
my $check = 'https://zs.example.gov.cn/check/K7QX-2M9D-PA4T-8WZB';
my $LINK = qr{<< /A << /S /URI /URI \(([^)]*)\) >> /Border \[ 0 0 0 \] /F 4}
    . qr{ /Rect \[ ([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) \] /Subtype /Link}
    . qr{ /Type /Annot >>};
$LINK = qr/$LINK/;


# Where they are: boxes of pdftotext, which count from the top.

my %pdf;
for my $face (qw(ministry association)) {
    my $file = $pdf{$face} = sealed($face, "$DIR/$face.pdf");
    my $pdf = slurp($file);

    my @links;
    push @links, [$1, $2, $3, $4, $5] while $pdf =~ /$LINK/g;
    is(join(' ', map { $_->[0] } @links), join(' ', ($check) x 3),
       "$face: three links to the check");

    my $words = run('pdftotext', '-bbox', $file, '-');
    for my $word ('K7QX-2M9D-PA4T-8WZB', 'https://zs.example.gov.cn') {
        my ($left, $top, $right, $bottom) = $words =~
            m{<word xMin="(\S+)" yMin="(\S+)" xMax="(\S+)" yMax="(\S+)">$word<};
        my ($x, $y) = (($left + $right) / 2, 841.89 - ($top + $bottom) / 2);
        my @over = grep { $_->[1] < $x && $x < $_->[3] && $_->[2] < $y
                          && $y < $_->[4] } @links;
        is(scalar @over, 1, "$face: one lies over $word");
        cmp_ok($over[0][1] - 1, '<=', $left, '  from its beginning');
        cmp_ok($over[0][3] + 1, '>=', $right, '  to its end');
        cmp_ok($over[0][4] - $over[0][2], '<', 24, '  and no higher');
    }

    is(scalar(grep { abs($_->[3] - $_->[1] - 92) < 0.1
                     && abs($_->[4] - $_->[2] - 92) < 0.1 } @links), 1,
       "$face: one has the size of the QR");
}


# What is genuine.

my $pdf = slurp($pdf{ministry});
my $raw = slurp("$pdf{ministry}.raw");
my ($size) = $pdf =~ m{/Size (\d+)};
my ($seal, @ids) = $pdf =~ m{/Annots \[ (\d+) 0 R (\d+) 0 R (\d+) 0 R (\d+)};

# Takes what nothing refers to any more out of a file.
sub swept {
    my ($bytes) = @_;
    spit("$DIR/in.pdf", $bytes);
    run('qpdf', '--object-streams=disable', '--deterministic-id',
        '--stream-data=preserve', "$DIR/in.pdf", "$DIR/out.pdf");
    return slurp("$DIR/out.pdf");
}

sub put {
    my ($from, $to) = @_;
    my $bytes = $pdf;
    $bytes =~ s/$from/$to/ or die "no $from";
    return refit($bytes);
}

my (@good, @files, %label, %expect);

push @good, $pdf{ministry}, $pdf{association};
push @good, spit("$DIR/g1.pdf", resign($pdf));

my $old = spit("$DIR/old.raw", swept(refit($raw =~ s{/Annots \[.*?\] }{}r)));
is(seal("$ca/ministry.pem", $old, "$DIR/old.pdf"), 'ok', 'one without is sealed');
push @good, "$DIR/old.pdf";
unlike(slurp("$DIR/old.pdf"), qr{/URI}, 'and has none');

# The address in all links of a copy.
sub to {
    my ($uri) = @_;
    return resign(refit($pdf =~ s{/URI \(\Q$check\E\)}{/URI ($uri)}gr));
}

for my $url ('http://localhost', 'https://a.example:8443/x/y',
             'https://a.example/check')
{
    push @good, spit("$DIR/g" . @good . '.pdf',
                     to("$url/check/K7QX-2M9D-PA4T-8WZB"));
}


# What is refused, with a signature of the seal's own key.

sub bad {
    my ($label, $finding, $bytes) = @_;
    my $file = spit("$DIR/b" . @files . '.pdf', $bytes);
    push @files, $file;
    $label{$file} = $label;
    $expect{$file} = $finding;
    return $file;
}

my $code = 'K7QX-2M9D-PA4T-8WZB';
for (['elsewhere', 'https://zs.example.gov.cn/login'],
     ['no code', 'https://zs.example.gov.cn/check/'],
     ['a code that is none', 'https://zs.example.gov.cn/check/'
      . 'K7QX-2M9D-PA4T-8WZC'],
     ['a code as it is typed', 'https://zs.example.gov.cn/check/'
      . 'k7qx-2m9d-pa4t-8wzb'],
     ['a code without hyphens', 'https://zs.example.gov.cn/check/'
      . 'K7QX2M9DPA4T8WZB'],
     ['another path', "https://zs.example.gov.cn/view/$code"],
     ['a query', "https://zs.example.gov.cn/?u=/check/$code"],
     ['a fragment behind', "https://zs.example.gov.cn/check/$code#x"],
     ['another question behind', "https://zs.example.gov.cn/check/$code?a=b"],
     ['a script', "javascript:alert/check/$code"],
     ['a file', "file:///etc/check/$code"],
     ['FTP', "ftp://zs.example.gov.cn/check/$code"],
     ['no host', "https:///check/$code"], ['nothing', ''],
     ['a path alone', "/check/$code"],
     ['a blank', "https://zs.example.gov.cn /check/$code"],
     ['a line end', "https://zs.example.gov.cn\\n/check/$code"],
     ['another letter', "https://zs.ex\\344mple.gov.cn/check/$code"])
{
    my ($label, $uri) = @$_;
    bad("all links: $label", 'foreign_link', to($uri));
}
bad('a longer address than there can be', 'active_content',
    to('https://a.example/' . 'x' x 300 . "/check/$code"));
bad('a zero in it', 'active_content',
    to("https://zs.example.gov.cn\\000/check/$code"));
bad('one link to another host', 'foreign_link', resign(put(
    qr{/URI \(https://zs\.}, '/URI (https://sz.')));
bad('one link to another code', 'foreign_link', resign(put(
    qr{8WZB\) >> /Border}, '8WZ0) >> /Border')));
bad('the last link to another host', 'foreign_link', resign(refit(
    $pdf =~ s{(.*)/URI \(https://zs\.}{$1/URI (https://sz.}sr)));

for (['another action', qr{/S /URI}, '/S /GoToR'],
     ['a script besides', qr{/A << }, '/A << /JS (app.alert) '],
     ['an action after it', qr{/A << }, "/A << /Next << /S /URI /URI (x) >> "],
     ['a map', qr{/A << }, '/A << /IsMap true '],
     ['an action elsewhere', qr{/A << /S /URI .*?>>}, "/A $size 0 R",
      "<< /S /URI /URI ($check) >>"],
     ['an address elsewhere', qr{/URI \(.*?\) >>}, "/URI $size 0 R >>",
      "($check)"],
     ['an address that is a name', qr{/URI \(.*?\) >>}, '/URI /x >>'],
     ['another kind', qr{/Subtype /Link}, '/Subtype /Screen'],
     ['another action of it', qr{/Border}, '/AA << >> /Border'],
     ['another action on a page', qr{/Border},
      '/PA << /S /URI /URI (x) >> /Border'],
     ['an appearance', qr{/Border}, "/AP << >> /Border"],
     ['a text', qr{/Border}, '/Contents (press here) /Border'],
     ['a border', qr{/Border \[ 0 0 0}, '/Border [ 0 0 1'],
     ['a border elsewhere', qr{/Border \[ 0 0 0 \]}, "/Border $size 0 R",
      '[ 0 0 0 ]'],
     ['a hidden one', qr{/F 4 /Rect}, '/F 2 /Rect'],
     ['no place', qr{ /Rect \[ ([\d.]+ ){4}\](?= /Subtype /Link)},
      ''],
     ['three numbers for its place',
      qr{/Rect \[ ([\d.]+ ){4}(?=\] /Subtype /Link)},
      '/Rect [ 1 2 3 '],
     ['a place elsewhere', qr{/Rect \[ ([\d.]+ ){4}\](?= /Subtype /Link)},
      "/Rect $size 0 R", '[ 0 0 9 9 ]'])
{
    my ($label, $from, $to, $object) = @$_;
    my $bytes = $pdf;
    $bytes =~ s/$from/$to/ or die "no $from";
    $bytes =~ s/(?=xref\n0 )/$size 0 obj\n$object\nendobj\n/ if $object;
    bad("a link with $label", 'active_content', resign(refit($bytes)));
}

bad('a link before the seal', 'active_content', resign(put(
    qr{/Annots \[ $seal 0 R $ids[0] 0 R}, "/Annots [ $ids[0] 0 R $seal 0 R")));
bad('the seal twice', 'active_content', resign(put(
    qr{/Annots \[ $seal 0 R}, "/Annots [ $seal 0 R $seal 0 R")));
bad('a link in the list itself', 'active_content', resign(put(
    qr{/Annots \[ $seal 0 R}, "/Annots [ $seal 0 R << /Type /Annot /Subtype"
    . " /Link /Rect [ 0 0 9 9 ] /Border [ 0 0 0 ] /F 4"
    . " /A << /S /URI /URI ($check) >> >>")));
bad('more than a copy has', 'active_content', resign(put(
    qr{/Annots \[ $seal 0 R}, "/Annots [ $seal 0 R" . " $ids[0] 0 R" x 20)));
bad('a link that the page does not list', 'active_content', resign(put(
    qr{ $ids[2] 0 R \]}, ' ]')));
bad('an address of the page', 'active_content', resign(put(
    qr{ /Parent }, " /URI << /Base (https://x.example) >> /Parent ")));
bad('one added later', 'more_revisions', $pdf . "9 0 obj\n<< >>\nendobj\n"
    . "startxref\n0\n%%EOF\n");
bad('a letter of a link', 'changed',
    $pdf =~ s{/URI \(https://zs}{/URI (https://sz}gr);

my $found = verify("$ca/ca.pem", @good, @files);
is($found->{$_}[0], 'genuine', "genuine: $_") for @good;
for (@files) {
    my ($finding, $reason) = @{$found->{$_} // ['crashed', '']};
    is($finding, $expect{$_}, "$label{$_}: $finding, $reason");
}


# None of that is sealed either.

for (['to elsewhere', sub { s{/URI \(https://zs[^)]*}{/URI (https://zs.x/a}gr }],
     ['to two checks', sub { s{/URI \(https://zs}{/URI (https://sz}r }],
     ['of another kind', sub { s{/Subtype /Link}{/Subtype /Text}r }],
     ['with a script', sub { s{/A << }{/A << /JS (x) }r }],
     ['without a list', sub { s{/Annots \[.*?\] }{/Annots null }r }],
     ['of an empty list', sub { s{/Annots \[.*?\] }{/Annots [ ] }r }])
{
    my ($label, $change) = @$_;
    my ($bytes) = map { $change->() } $raw;
    my $file = spit("$DIR/bad.raw", refit($bytes));
    my $said = seal("$ca/ministry.pem", $file, "$DIR/bad.pdf");
    $label =~ /without/
        ? like($said, qr/^(?:ok|invalid: .* one clean page)$/, "links $label")
        : like($said, qr/^invalid: .* one clean page$/, "links $label");
}

done();

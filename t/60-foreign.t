#!/usr/bin/perl

# PDFs of other origin, and copies that other programs saved again: whatever
# made them, each is a PDF, none is genuine, and the reason says what happened.

use strict;
use warnings;
use utf8;

use FindBin qw($Bin);
use lib "$Bin/lib";
use Test::More;

use NgxCertPdf;

need_tools(qw(openssl qpdf pdftocairo pdfunite pdfseparate gs mutool));

my $ca = demo_ca();
my ($office) = grep { -x } map { "$_/soffice" } split /:/, $ENV{PATH};

my $n = 0;
my (%expect, %label, %made);

# Adds a file: what made it, the finding, and what the reason has to say.
sub file {
    my ($by, $label, $bytes, $finding, $why) = @_;

    my $file = spit(sprintf('%s/f%04d.pdf', $DIR, $n++), $bytes);
    $expect{$file} = [$finding, $why];
    $label{$file} = "$by: $label";
    $made{$by}++;

    return $file;
}


# Documents that have nothing to do with ours, each by another program.

my $ps = spit("$DIR/in.ps", "%!PS\n/Helvetica findfont 24 scalefont setfont\n"
    . join '', map { "72 600 moveto (Page $_) show showpage\n" } 1 .. 3);
my %document;

for my $level ('1.3', '1.4', '1.5', '1.7', '2.0') {
    run('gs', '-q', '-dBATCH', '-dNOPAUSE', '-sDEVICE=pdfwrite',
        "-dCompatibilityLevel=$level", "-sOutputFile=$DIR/gs.pdf", $ps);
    $document{"ghostscript $level"} = slurp("$DIR/gs.pdf");
}

spit("$DIR/gs.pdf", $document{'ghostscript 1.7'});
run('pdftocairo', '-pdf', "$DIR/gs.pdf", "$DIR/cairo.pdf");
$document{cairo} = slurp("$DIR/cairo.pdf");

spit("$DIR/page.txt", "%%MediaBox 0 0 300 300\n%%Font F Helvetica\n"
    . "BT /F 20 Tf 50 100 Td (mutool) Tj ET\n");
run('mutool', 'create', '-o', "$DIR/mutool.pdf", "$DIR/page.txt");
$document{mutool} = slurp("$DIR/mutool.pdf");

run('pdfunite', "$DIR/cairo.pdf", "$DIR/mutool.pdf", "$DIR/poppler.pdf");
$document{poppler} = slurp("$DIR/poppler.pdf");

run('qpdf', '--empty', '--pages', "$DIR/gs.pdf", '--', "$DIR/qpdf.pdf");
$document{qpdf} = slurp("$DIR/qpdf.pdf");

if ($office) {
    spit("$DIR/office.csv", "LibreOffice\n");
    run($office, "-env:UserInstallation=file://$DIR/office", '--headless',
        '--convert-to', 'pdf', '--outdir', $DIR, "$DIR/office.csv");
    $document{LibreOffice} = slurp("$DIR/office.pdf");
}

# By hand: other orders, ends of line, and a signature of somebody else.
sub by_hand {
    my ($head, $eol, @objects) = @_;

    my ($pdf, @at) = "%PDF-$head$eol";
    for my $i (0 .. $#objects) {
        push @at, length $pdf;
        $pdf .= join $eol, $i + 1 . ' 0 obj', $objects[$i], "endobj$eol";
    }
    my $xref = length $pdf;

    return $pdf . join $eol, 'xref', '0 ' . (@objects + 1),
        '0000000000 65535 f ',
        (map { sprintf '%010d 00000 n ', $_ } @at),
        "trailer << /Root 1 0 R /Size @{[@objects + 1]} >>", 'startxref', $xref,
        '%%EOF' . $eol;
}

my @page = ('<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>');
for my $head (qw(1.0 1.4 1.7 2.0)) {
    $document{"by hand $head"} = by_hand($head, "\n", @page);
}
$document{'by hand CRLF'} = by_hand('1.7', "\r\n", @page);
$document{'signed elsewhere'} = by_hand('1.7', "\n", @page,
    '<< /Type /Sig /SubFilter /adbe.pkcs7.detached'
    . ' /ByteRange [0 100 200 100] /Contents <00> >>');
$document{'signed twice'} = by_hand('1.7', "\n", @page,
    ('<< /Type /Sig /SubFilter /adbe.pkcs7.detached'
    . ' /ByteRange [0 100 200 100] /Contents <00> >>') x 2);


# What programs do to a document, and what the reason says then.

sub by_program {
    my (@command) = @_;
    return sub {
        unlink "$DIR/out.pdf";
        run(map { $_ eq 'IN' ? "$DIR/in.pdf" : $_ eq 'OUT' ? "$DIR/out.pdf"
                  : $_ } @command);
        return -e "$DIR/out.pdf" ? slurp("$DIR/out.pdf") : undef;
    };
}

my @changes = (
    ['qpdf: linearised', by_program(qw(qpdf --linearize IN OUT)),
        qr/linearised/],
    ['qpdf: packed', by_program(qw(qpdf --object-streams=generate IN OUT)),
        qr/packed/],
    ['qpdf: packed, linearised', by_program(qw(qpdf --linearize
        --object-streams=generate IN OUT)), qr/linearised/],
    (map { my $bits = $_; ["qpdf: encrypted, $bits bits",
        by_program(qw(qpdf --allow-weak-crypto --encrypt), '', 'x', $bits,
                   qw(-- IN OUT)), qr/encrypted/] } 40, 128, 256),
    ['qpdf: for reading', by_program(qw(qpdf --qdf IN OUT)), qr//],
    ['qpdf: PDF 2.0', by_program(qw(qpdf --force-version=2.0
        --object-streams=disable IN OUT)), qr/another version/],
    ['qpdf: unpacked', by_program(qw(qpdf --stream-data=uncompress
        --object-streams=disable IN OUT)), qr//],
    ['ghostscript', by_program(qw(gs -q -sDEVICE=pdfwrite -o OUT IN)),
        qr//],
    ['cairo', by_program(qw(pdftocairo -pdf IN OUT)), qr//],
    ['mutool: cleaned', by_program(qw(mutool clean IN OUT)), qr//],
    ['mutool: collected', by_program(qw(mutool clean -gggz IN OUT)), qr//],
    ['mutool: linearised', by_program(qw(mutool clean -l IN OUT)),
        qr/linearised/],
    ['poppler: joined', by_program(qw(pdfunite IN IN OUT)), qr//],
    ['poppler: one page', by_program(qw(pdfseparate -l 1 IN OUT)), qr//],
);

# What happens on the way, to the bytes.
my @ways = (
    ['blanks before', sub { "  \r\n$_[0]" }, qr/bytes before/],
    ['a mark of UTF-8 before', sub { "\xef\xbb\xbf$_[0]" }, qr/bytes before/],
    ['a head of MIME before', sub {
        "Content-Type: application/pdf\r\n\r\n$_[0]" }, qr/bytes before/],
    ['zeros behind', sub { $_[0] . "\0" x 512 }, qr//],
    ['a page of HTML behind', sub { "$_[0]<html></html>\n" }, qr//],
    ['lines of DOS', sub { $_[0] =~ s/\r?\n/\r\n/gr }, qr//],
    ['lines of Unix', sub { $_[0] =~ s/\r\n?/\n/gr }, qr//],
    ['seven bits', sub { $_[0] =~ tr/\x80-\xff/\x00-\x7f/r }, qr//],
    ['question marks', sub { $_[0] =~ tr/\x80-\xff/?/r }, qr//],
    (map { my $part = $_; ["cut at $part", sub {
        substr $_[0], 0, int(length($_[0]) * $part) }, 'cut_short'] }
        0.1, 0.5, 0.9),
    ['its end alone', sub { substr $_[0], length($_[0]) / 2 }, 'not_pdf'],
);

# Each change of each document; what a program does not take is left out.  Of
# two reasons packed objects are told: a newer ghostscript packs by itself.
sub changes {
    my ($name, $bytes, $finding, @list) = @_;

    spit("$DIR/in.pdf", $bytes);
    for (@list) {
        my ($label, $change, $why) = @$_;
        my $changed = $change->($bytes) // next;
        next if $changed eq $bytes;
        $why = qr/packed/ if "$why" =~ /bytes before/ && $bytes =~ m{/ObjStm};
        $label =~ /^([^:]+)/;
        file($label =~ /^(qpdf|ghostscript|cairo|mutool|poppler)/ ? $1 : 'bytes',
             "$name, $label", $changed, ref $why ? ($finding, $why)
             : ($why, qr/end is missing|does not begin/));
    }
}

for my $name (sort keys %document) {
    file($name =~ /hand|signed/ ? 'hand' : $name =~ s/ .*//r, $name,
         $document{$name}, 'other_pdf', qr//);
    changes($name, $document{$name}, 'other_pdf', @changes, @ways);
}

# A copy is known for ours unless the change hides who made it, or the program
# leaves that out.
my %hidden = map { $_ => 1 } 'qpdf: packed', 'qpdf: packed, linearised',
    (map { "qpdf: encrypted, $_ bits" } 40, 128, 256), 'cairo',
    'poppler: joined';
my %changed = map { $_ => 1 } 'seven bits', 'question marks';
my %longer = map { $_ => 1 } 'qpdf: unpacked', 'poppler: one page',
    'zeros behind', 'a page of HTML behind', 'lines of DOS';

my @copies = map { sealed($_, "$DIR/$_.pdf") } qw(ministry association);
for my $copy (@copies) {
    for (@changes, @ways) {
        my ($label) = @$_;
        next if $label eq 'lines of Unix';      # of other length by chance
        changes($copy =~ s{.*/}{}r, slurp($copy), $hidden{$label} ? 'other_pdf'
            : $changed{$label} ? 'changed' : $longer{$label} ? 'bad_range'
            : 'rewritten', $_);
    }
}


# The verdicts.

my $found = verify("$ca/ca.pem", @copies, sort keys %expect);

is($found->{$_}[0], 'genuine', 'a copy is genuine') for @copies;

my %seen;
for my $file (sort keys %expect) {
    my ($finding, $why) = @{$found->{$file} // ['crashed', '']};
    my ($expected, $reason) = @{$expect{$file}};

    is($finding, $expected, "$label{$file}: $finding, $why");
    like($why, $finding eq 'other_pdf'
         ? qr/^a PDF, but not a copy of ours: (?=.*$reason)\S/ : $reason,
         '  with its reason');
    $seen{$finding}++;
}
cmp_ok(scalar keys %expect, '>=', 300, scalar(keys %expect) . ' files');
cmp_ok(scalar keys %made, '>=', 5,
       'made by ' . join(', ', map { "$_ ($made{$_})" } sort keys %made));
is(join(' ', sort keys %seen),
   'bad_range changed cut_short not_pdf other_pdf rewritten', 'findings');

done();

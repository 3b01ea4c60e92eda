#!/usr/bin/perl

# The code on the face of a copy, read by a machine from its picture, where
# tesseract is installed: people copy it from paper, and phones offer to.  The
# codes are made of what looks alike in most faces.

use strict;
use warnings;
use utf8;

use FindBin qw($Bin);
use lib "$Bin/lib";
use Test::More;

use NgxCertPdf;

need_tools(qw(tesseract pdftotext pdftoppm));
plan(skip_all => 'tesseract does not know English')
    if scalar(run('tesseract', '--list-langs')) !~ /^eng$/m;

# Its threads wait for each other at full speed, for minutes on a busy machine.
$ENV{OMP_THREAD_LIMIT} = 1;

my $reader = $TOOL =~ s{[^/]*$}{code}r;
plan(skip_all => 'tool/code is not built') if !-x $reader;

# Codes as they come, without their check symbols, and how many of them at least
# are read right in any version of tesseract; the lines printed say how many were.
# It reads this size of type better at 150 dpi, where it adds no strokes.
my %least = (150 => 8, 300 => 7);
my @usual = qw(
    1WM9S346Q3D25VT 1W4F5V37E3S3E28 1WJT97KB6CQ643D 1WZVMXXQKFBF5KZ
    1WNWJ47TAN9ZT24 1WMNPZX45HY43KW 1WJRP1XPA7Z3DJ8 1WFSSZ5AWSH8VHT
    1WPRE95B9EE0ZBG 1WJ09TQM83XSSSS 1W6YS3C4DWA7N36
);

# Of what looks alike.
my @alike = qw(
    00000DDDDD0D0DD 0Q0QQ0D0QD0QQD0 8B8B8B8B8BB88B8 5S5S5S5S5S5S5S5
    2Z2Z2Z2Z2Z2Z2Z2 6G6G6GCG6C6G6G6 1717171J1J1J7J1 0S5Z2B8G6Q0D1J7
    VYVYVYVVYYVYVYV MNMNMNNMMWNWMWN YZ0A5S2Z8B6G1J7
);


# What the programs take each of these texts for; empty: no code.
sub codes {
    my (@texts) = @_;
    spit("$DIR/typed", join '', map { "$_\n" } @texts);
    open my $in, '-|', "'$reader' < '$DIR/typed'" or die "$reader: $!";
    chomp(my @read = <$in>);
    close $in or die "$reader: status $?";
    return @read;
}


# As it is printed, with the symbol that completes it.
sub completed {
    my ($symbols) = @_;
    my ($code) = grep { length } codes(map { "$symbols$_" }
        0 .. 9, grep { !/[ILOU]/ } 'A' .. 'Z');
    return $code;
}


# The words of a line of text with its margins, in points.
sub box {
    my ($pdf, $code) = @_;
    my ($left, $top, $right, $bottom) = run('pdftotext', '-bbox', $pdf, '-')
        =~ m{xMin="(\S+)" yMin="(\S+)" xMax="(\S+)" yMax="(\S+)">\Q$code\E<};
    defined $bottom or return;
    return ($left - 6, $top - 3, $right - $left + 12, $bottom - $top + 6);
}


sub ocr {
    my ($pdf, $dpi, @box) = @_;
    my ($x, $y, $w, $h) = map { int($_ * $dpi / 72 + 0.5) } @box;
    run('pdftoppm', '-r', $dpi, '-gray', '-png', '-singlefile', '-x', $x,
        '-y', $y, '-W', $w, '-H', $h, $pdf, "$DIR/line");
    run('tesseract', "$DIR/line.png", "$DIR/read", '--psm', 7, '-l', 'eng',
        '--dpi', $dpi);
    my $text = slurp("$DIR/read.txt");
    utf8::decode($text);
    return $text =~ s/\s+\z//r;
}


my (%texts, @codes);
for my $symbols (@usual, @alike) {
    my $code = completed($symbols);
    like($code, qr/^(?:\w{4}-){3}\w{4}$/a, "$symbols: a code") or next;
    my ($said, $pdf) = render(fields => {code => $code});
    my @box = box($pdf, $code);
    is(scalar @box, 4, "$code is drawn") or next;
    push @codes, $code;
    push @{$texts{$_}}, ocr($pdf, $_, @box) for keys %least;
}

# What was read of each symbol, where none was lost or added.
sub mistaken {
    my ($code, $text) = map { tr/- //dr } @_;
    return if length $text != length $code;
    return grep { !/^(.)\1$/ }
        map { substr($code, $_, 1) . substr $text, $_, 1 }
        0 .. length($code) - 1;
}

for my $dpi (sort { $a <=> $b } keys %least) {
    my @text = @{$texts{$dpi}};
    my @read = codes(@text);
    my @right = grep { $read[$_] eq $codes[$_] } 0 .. $#codes;
    my $usual = grep { $_ < @usual } @right;

    note("$dpi dpi: $codes[$_] is read as $text[$_]")
        for grep { $read[$_] ne $codes[$_] } 0 .. $#codes;
    note(sprintf '%d dpi: read right are %d of %d codes as they come, %d of %d'
        . ' of what looks alike', $dpi, $usual, scalar @usual,
        @right - $usual, scalar @alike);

    cmp_ok($usual, '>=', $least{$dpi}, "$dpi dpi: codes as they come");
    is(join(' ', map { "$codes[$_]: $read[$_]" } grep { $read[$_] ne ''
        && $read[$_] ne $codes[$_] } 0 .. $#codes), '',
       "$dpi dpi: none is taken for another code");
    is(join(' ', grep { /^(?:0[DQ]|[DQ]0|5S|S5|2Z|Z2|8B|B8)$/ }
        map { mistaken($codes[$_], $text[$_]) } 0 .. $#codes), '',
       "$dpi dpi: 0 and D or Q, 5 and S, 2 and Z, 8 and B are told apart");
}

NgxCertPdf::done();

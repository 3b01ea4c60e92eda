#!/usr/bin/perl

# Photos are decoded in the process, without gdk-pixbuf: everything here is
# drawn with a gdk-pixbuf that ends every process that calls it.  And no other
# raster image reaches librsvg.

use strict;
use warnings;
use utf8;

use Compress::Zlib ();
use Encode qw(encode);
use File::Path qw(make_path);
use FindBin qw($Bin);
use lib "$Bin/lib";
use Test::More;

use NgxCertPdf;

need_tools(qw(pdftoppm pdfimages));

my $none = ($ENV{BUILD} // "$Bin/../build") . '/pixbuf.so';
-e $none or plan skip_all => "$none is not built";
$ENV{LD_PRELOAD} = join ' ', $ENV{LD_PRELOAD} // (), $none;
is($ENV{GDK_PIXBUF_MODULE_FILE} = '/nonexistent', '/nonexistent',
   'gdk-pixbuf has no loaders');

# Upper left, upper right, lower left, lower right.
my @colours = ([200, 30, 40], [30, 160, 60], [40, 60, 200], [240, 220, 90]);

sub chunk {
    my ($type, $bytes) = @_;
    return pack 'Na4a*N', length $bytes, $type, $bytes,
        Compress::Zlib::crc32("$type$bytes");
}

# A PNG of four quarters; "@more" are chunks before the picture.
sub quarters {
    my ($width, $height, @more) = @_;
    my $rows = join '', map {
        my $lower = 2 * ($_ >= $height / 2);
        "\0" . join '', map { pack 'C3', @{$colours[$lower + $_]} }
            map { $_ >= $width / 2 ? 1 : 0 } 0 .. $width - 1;
    } 0 .. $height - 1;
    return "\x89PNG\r\n\x1a\n"
        . chunk('IHDR', pack 'NNCCCCC', $width, $height, 8, 2, 0, 0, 0)
        . join('', @more) . chunk('IDAT', Compress::Zlib::compress($rows))
        . chunk('IEND', '');
}

# The colours on the page in the middle of each quarter of the photo's frame,
# which is 99.2 by 138.9 points at 414, 285.
sub seen {
    my ($pdf) = @_;
    run('pdftoppm', '-r', 72, '-singlefile', $pdf, "$DIR/page");
    my ($width, $height, $rgb) = slurp("$DIR/page.ppm")
        =~ /\AP6\s+(\d+)\s+(\d+)\s+255\n(.*)\z/s or return 'no page';
    return map {
        [unpack 'C3', substr $rgb, 3 * ($width * $_->[1] + $_->[0]), 3]
    } ([439, 320], [488, 320], [439, 389], [488, 389]);
}

sub is_seen {
    my ($pdf, $name, @expected) = @_;
    my @got = seen($pdf);
    my $far = grep {
        my $i = $_;
        grep { abs($got[$i][$_] - $expected[$i][$_]) > 20 } 0 .. 2
    } 0 .. 3;
    is($far, 0, $name) or diag(join '; ', map { "@$_" } @got);
}

for my $face (qw(ministry association)) {
    my ($said) = render(face => $face);
    is($said, 'ok', "$face: drawn without a photo");
}

# Photos of the size of the frame, larger, much larger, smaller, and of other
# shapes.
for my $size ([99, 139], [330, 463], [2000, 2800], [10, 14], [400, 400],
              [139, 400])
{
    my $name = join ' x ', @$size;
    spit("$DIR/photo", quarters(@$size));
    my ($said, $pdf) = render(photo => "$DIR/photo");
    is($said, 'ok', "$name: drawn");
    is_seen($pdf, "$name: looks right", @colours);
}

# A JPEG, made from a page by poppler.
spit("$DIR/photo", quarters(600, 840));
my ($said, $pdf) = render(photo => "$DIR/photo");
run('pdftoppm', '-r', 288, '-jpeg', '-singlefile', '-x', 4 * 414,
    '-y', 4 * 285, '-W', 4 * 99, '-H', 4 * 139, $pdf, "$DIR/photo");
($said, $pdf) = render(photo => "$DIR/photo.jpg");
is($said, 'ok', 'a JPEG: drawn');
is_seen($pdf, 'a JPEG: looks right', @colours);

# A photo on its side, with the camera's orientation tag: 8 turns it left.
my $side = chunk('eXIf', pack 'a2nNnnnNnn N', 'MM', 42, 8, 1, 0x112, 3, 1, 8,
                 0, 0);
spit("$DIR/photo", quarters(560, 400, $side));
($said, $pdf) = render(photo => "$DIR/photo");
is($said, 'ok', 'on its side: drawn');
is_seen($pdf, 'on its side: upright', @colours[1, 3, 0, 2]);

# The embedded image is a new one: one JPEG, of the printed size, without other
# data from the file.
spit("$DIR/photo", quarters(2000, 2800, chunk('tEXt', "Comment\0GEHEIM")));
($said, $pdf) = render(photo => "$DIR/photo");
my (undef, undef, @images) = split /\n/, run('pdfimages', '-list', $pdf);
is(scalar @images, 1, 'one picture in the copy');
like($images[0], qr/^\s*1\s+0\s+image\s+331\s+463\s+rgb\s+3\s+8\s+jpeg/,
     'a JPEG of 240 dots an inch');
unlike(slurp($pdf), qr/GEHEIM/, 'no comment of the file');

# Reasons, which name the kind of file and its fault.
my $png = quarters(99, 139);
my $huge = $png;
substr $huge, 8, 25, chunk('IHDR', pack 'NNCCCCC', 9000, 9000, 8, 2, 0, 0, 0);
my $changed = $png;
substr $changed, 50, 1, chr(0x10 ^ ord substr $changed, 50, 1);
for my $case (
    ['', qr/\Aok\z/, 'an empty file: drawn without a photo'],
    ['GIF89a', qr/is neither a JPEG nor a PNG\z/, 'a GIF'],
    [substr($png, 0, -13), qr/does not decode as PNG: it is cut short\z/,
     'a PNG without its end'],
    [$changed, qr/does not decode as PNG: IDAT: \S/, 'a PNG of other bits'],
    [$huge, qr/has 9000 x 9000 pixels, more than 40 million in all\z/,
     'a PNG of many pixels'],
    ["\xff\xd8\xff\xd9", qr/does not decode as JPEG: JPEG datastream contains/,
     'a JPEG without a picture'],
    [substr(slurp("$DIR/photo.jpg"), 0, -100),
     qr/does not decode as JPEG: Premature end/, 'a JPEG without its end'])
{
    my ($bytes, $reason, $name) = @$case;
    spit("$DIR/photo", $bytes);
    like(render(photo => "$DIR/photo"), qr/(?:^invalid: the photo )?$reason/,
         "$name: $reason");
}


# Templates, which librsvg reads, hold no raster image in any way that SVG
# allows.
make_path("$DIR/t/seals");
my $data = 'data:image/png;base64,iVBORw0KGgo=';
for my $body (
    qq{<image href="$data"/>}, qq{<image xlink:href="$data"/>},
    qq{<svg:image xmlns:svg="http://www.w3.org/2000/svg" href="$data"/>},
    qq{<filter><feImage href="$data"/></filter>}, qq{<feImage href="$data"/>},
    qq{<use href="$data"/>}, qq{<use xlink:href="$data#a"/>},
    qq{<rect fill="url($data)"/>}, qq{<rect style="mask:url('$data')"/>},
    qq{<style>rect{fill:url("$data")}</style>},
    qq{<pattern href="$data"/>}, qq{<img src="$data"/>},
    qq{<foreignObject><img src="$data"/></foreignObject>})
{
    for my $file ('face', 'seals/face') {
        spit("$DIR/t/face.svg", '<svg xmlns="http://www.w3.org/2000/svg"'
            . ' viewBox="0 0 10 10"/>');
        spit("$DIR/t/$file.svg", '<svg xmlns="http://www.w3.org/2000/svg"'
            . ' xmlns:xlink="http://www.w3.org/1999/xlink"'
            . " viewBox=\"0 0 10 10\">$body</svg>");
        like(render(templates => "$DIR/t", face => 'face'),
             qr/^invalid: template $file\.svg, line 1: \S/,
             "$file: refused: " . substr $body, 0, 30);
        unlink "$DIR/t/$file.svg";
    }
}

done();

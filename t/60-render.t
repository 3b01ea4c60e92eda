#!/usr/bin/perl

# Drawing a copy: text, fonts, QR code, photo; refusals and their reasons.

use strict;
use warnings;
use utf8;

use Encode qw(decode encode);
use File::Path qw(make_path);
use FindBin qw($Bin);
use lib "$Bin/lib";
use Test::More;

use NgxCertPdf;

need_tools(qw(pdftotext pdffonts pdftoppm pdfinfo zbarimg qpdf));

binmode Test::More->builder->$_, ':encoding(UTF-8)'
    for qw(output failure_output todo_output);

sub text_of {
    my ($pdf) = @_;
    return decode('UTF-8', scalar run('pdftotext', '-raw', $pdf, '-'));
}

sub squeeze { my ($s) = @_; $s =~ s/\s+//g; return $s }


# What is printed on each copy, as text that can be searched.
my %fixed = (
    ministry => ['中华人民共和国专业技术人员职业资格证书',
        "Professional Qualification Certificate of the People's Republic of"
        . ' China', '本证书由人力资源和社会保障部批准颁发，表明持证人通过国家统一组织'
        . '的考试，取得相应的专业技术人员职业资格。', '管理号'],
    association => ['资格证书', 'CERTIFICATE OF QUALIFICATION',
        '兹证明持证人经考试合格，取得上述职业资格，特发此证。', '签发单位'],
    band => ['加注信息', '本加注件仅供上述场景使用，逾期失效；证书状态以查验结果为准。'
        . '扫描二维码或输入编号查验：'],
    'band-original' => ['原件信息', '本原件长期有效，证书状态以查验结果为准。',
        '扫描二维码或输入编号查验：'],
);


# Every field of both faces and both bands, exactly once.

for my $case (['ministry', 'band'], ['association', 'band'],
              ['association', 'band-original'])
{
    my ($face, $band) = @$case;
    my ($said, $pdf) = render(face => $face, band => $band,
        fields => { specialty => '涉税服务实务', qualification => '税务师',
                    issuer => '中国注册税务师协会' });
    is($said, 'ok', "$face with $band is drawn");

    my %field = field_values(specialty => '涉税服务实务',
        qualification => '税务师', issuer => '中国注册税务师协会');
    delete @field{qw(scene last_day)} if $band eq 'band-original';

    my $text = squeeze(text_of($pdf));

    for (sort keys %field) {
        my $n = () = $text =~ /\Q$field{$_}\E/g;
        # The name of an association contains that of its qualification.
        is($n, $_ eq 'qualification' ? 2 : 1, "$_ is found as text");
    }

    like($text, qr/\Q@{[squeeze($_)]}\E/, "fixed: $_")
        for map { @{$fixed{$_}} } $face, $band;
    like(decode('UTF-8', scalar run('pdftotext', '-raw', $pdf, '-')),
         qr/^\Q$fixed{$face}[0]\E$|^专业技术人员职业资格证书$/m,
         'the title is one word');

    like($text, qr/长期有效/, 'the original says so')
        if $band eq 'band-original';

    my @fonts = split /\n/, scalar run('pdffonts', $pdf);
    splice @fonts, 0, 2;
    cmp_ok(scalar @fonts, '>', 0, 'has fonts');
    is(scalar(grep { !/\byes\s+yes\s+yes\s+\d+\s+0$/ } @fonts), 0,
       'all are embedded, subset and have Unicode');
    is(scalar(grep { /^[A-Z]{6}\+DejaVuSansMono\s/ } @fonts), 1,
       'the code is in a face of which no two characters look alike');

    like(scalar run('qpdf', '--check', $pdf), qr/No syntax or stream/,
         'qpdf finds it sound');

    run('pdftoppm', '-r', 150, '-png', '-singlefile', $pdf, "$DIR/page");
    like(scalar run('zbarimg', '-q', '--raw', "$DIR/page.png"),
         qr{^https://zs\.example\.gov\.cn/check/K7QX-2M9D-PA4T-8WZB$}m,
         'the QR is read from a page of 150 dpi');
}

my $info = decode('UTF-8', scalar run('pdfinfo', "$DIR/copy.pdf"));
like($info, qr/^Title:\s+电子证书$/m, 'the title is the one given');
my ($catalog) = slurp("$DIR/copy.pdf") =~ m{(<< .*/Type /Catalog .*>>)};
like($catalog, qr{/ViewerPreferences << /DisplayDocTitle true >>},
     'and what a window shows');
like($catalog, qr{/Lang \(zh-CN\)}, 'the language is Chinese');
like($info, qr/^Pages:\s+1$/m, 'one page');
like($info, qr/\(A4\)/, 'of A4');
unlike($info, qr/张三丰|11010519900307123X/, 'no personal data in it');


# Real names; all on one page, none cut.

for my $name ('王芳', '张三丰', '欧阳修远', '买买提·吐尔逊', '张𫖮', '𠮷田',
              '阿卜杜热合曼·买买提吐尔逊·阿不都拉艾力江·努尔麦麦提·吐送江阿布',
              'Jean-Luc O\'Neill', '<b>王</b>&amp;芳', '{{level}}')
{
    my ($said, $pdf) = render(fields => { name => $name });
    is($said, 'ok', "$name is drawn");

    my $n = () = squeeze(text_of($pdf)) =~ /\Q@{[squeeze($name)]}\E/g;
    is($n, 1, "$name is found as text");
}


# Long names take two lines before they become smaller than 8 points; a line
# never begins with the dot between the parts of a name.  A name in letters, as
# in passports, may have no space to break at: its word is broken if it would be
# smaller on one line.

sub lines_of {
    my ($pdf, $value) = @_;
    my $xml = decode('UTF-8', scalar run('pdftotext', '-bbox-layout', $pdf,
                                         '-'));
    my $rest = squeeze($value);
    my @lines;
    while ($xml =~ m{<word\ xMin="(\S+)"\ yMin="(\S+)"\ xMax="(\S+)"
                     \ yMax="(\S+)">(.*?)</word>}gsx)
    {
        my ($left, $top, $right, $bottom, $text) = ($1, $2, $3, $4, $5);
        next if index($rest, $text) != 0;
        substr $rest, 0, length $text, '';
        if (@lines && abs($lines[-1]{top} - $top) < 4) {
            $lines[-1]{text} .= $text;
            $lines[-1]{right} = $right;
        }
        else {
            push @lines, {text => $text, top => $top, right => $right,
                          high => $bottom - $top};
        }
    }
    return $rest eq '' ? @lines : ();
}

my %right = (ministry => 413, association => 524);
for my $face (sort keys %right) {
    # How high a line of 17 points is, in Han characters and in letters.
    my %full;
    for my $name ('丰丰', 'Gulnar') {
        my (undef, $pdf) = render(face => $face, fields => { name => $name });
        my ($line) = lines_of($pdf, $name);
        $full{$name =~ /丰/ ? 'han' : 'latin'} = $line->{high};
    }

    my $parts = '古丽·阿不都热合曼·买买提吐尔逊·阿不都拉艾力江·努尔麦麦提·吐送江阿布都热合曼·买买提吐尔逊·艾力江提';
    for my $name ('丰' x 60, $parts, substr($parts, 0, 41), '丰' x 30 . '·'
                  . '丰' x 29, '丰' x 29 . '·' . '丰' x 30, '丰·' x 29 . '丰丰',
                  'Abdurehim·Muhemmetturghun·Nurmuhemmet·Ebeydulla·Turghunjan01',
                  'Abdurehimmuhemmetturghunnurmuhemmetebeydullaturghunjanqasim1',
                  'W' x 60, 'Ж' x 60, 'Nūrmūhammet·' x 5, 'Qyzylörda Äbdirahmanuly '
                  . 'Nurmuhammed·Gülbahram Sarsenbaykyzy',
                  'Émile·丰丰丰丰丰丰丰丰丰·Muhemmetturghun·丰丰丰丰丰丰丰丰·Turghun')
    {
        my ($said, $pdf) = render(face => $face, fields => { name => $name });
        my $told = "$face: " . length($name) . ' characters, '
                   . substr $name, 0, 12;
        is($said, 'ok', "$told: drawn");

        my @lines = lines_of($pdf, $name);
        my $n = $name =~ /^(?:W|Abdurehimm)/ ? 1 : 2;
        is(scalar @lines, $n, "$told: on $n lines") or next;
        is(scalar(grep { $_->{text} =~ /^[·•‧∙⋅・･]/ } @lines), 0,
           "$told: none begins with a dot");

        my $kind = $name =~ /丰|[古阿]/ ? 'han' : 'latin';
        is(scalar(grep { 17 * $_->{high} / $full{$kind} < 7.99 } @lines), 0,
           "$told: of 8 points at least")
            or diag(join ' ', map { 17 * $_->{high} / $full{$kind} } @lines);
        is(scalar(grep { $_->{right} > $right{$face} } @lines), 0,
           "$told: within its column");
        cmp_ok($lines[1]{top} - $lines[0]{top}, '>', 8, "$told: apart")
            if $n == 2;
    }
}


# For a value that cannot be drawn the reason names the field, never the value.

for (['name', "张\x{20000}", qr/U\+20000 of the field "name"/],
     ['scene', "\x{10F800}", qr/U\+10F800 of the field "scene"/],
     ['specialty', "\x{E123}x", qr/U\+E123 of the field "specialty"/],
     ['name', '丰' x 70, qr/field "name" is too long/],
     ['level', '级' x 40, qr/field "level" is too long/],
     ['name', "张\x{202E}三", qr/U\+202E of the field "name"/],
     ['name', "张\n三", qr/U\+000A of the field "name"/],
     ['name', "张\x{200B}三", qr/U\+200B of the field "name"/])
{
    my ($field, $value, $reason) = @$_;
    my $said = render(fields => { $field => $value });
    like($said, qr/^invalid: .*$reason/, "refused: $reason");
    unlike(decode('UTF-8', $said), qr/\Q$value\E/, 'without the value');
}

like(render(without => ['level']), qr/^not found: .*"level"/,
     'a field that the job does not have');
like(render(face => 'nowhere', seal => 'ministry'), qr/^not found: no template nowhere.svg/,
     'no such face');
like(render(seal => 'nowhere'), qr{^not found: no template seals/nowhere.svg},
     'no such seal');
like(render(qr => 'x' x 4000), qr/^invalid: cannot make a QR/, 'too long for a QR');


# The QR: as few modules as the text needs, their size, and white around them.
# The text of 45 characters needs the mode of its code for the third version.
for (['https://a.cn/check/K7QX2M9DPA4T8WZ3', 29],
     ['https://cx.example.com/check/K7QX2M9DPA4T8WZ3', 29],
     ['https://zs.example.gov.cn/check/K7QX-2M9D-PA4T-8WZ3', 33],
     ['https://certificates.province.example.gov.cn/check/'
      . 'K7QX-2M9D-PA4T-8WZ3', 37])
{
    my ($qr, $modules) = @$_;
    my (undef, $pdf) = render(qr => $qr);

    # The square of 92 points in the band, a tenth of a point to a pixel.
    run('pdftoppm', '-gray', '-r', 720, '-x', 4321, '-y', 6791, '-W', 918,
        '-H', 918, '-singlefile', $pdf, "$DIR/qr");
    my @rows = map { [unpack 'C*', $_] } unpack '(a918)*',
        slurp("$DIR/qr.pgm") =~ s/^P5\s+\d+ \d+\s+255\s//r;
    my @dark = grep { grep { $_ < 128 } @{$rows[$_]} } 0 .. $#rows;
    my ($top, $bottom) = @dark[0, -1];
    my ($left) = grep { $rows[$top + 3][$_] < 128 } 0 .. 917;
    my ($after) = grep { $rows[$top + 3][$_] >= 128 } $left .. 917;

    my $unit = ($after - $left) / 7;
    is(sprintf('%.0f', ($bottom + 1 - $top) / $unit), $modules,
       length($qr) . " characters: $modules modules");
    cmp_ok($unit / 10 * 25.4 / 72, '>=', 0.66, 'of 0.66 mm at least');
    cmp_ok((sort { $a <=> $b } $left, $top, 917 - $bottom)[0] / $unit, '>=',
           3.9, 'with 4 of them white around it');
    like(scalar run('zbarimg', '-q', '--raw', "$DIR/qr.pgm"), qr/^\Q$qr\E$/m,
         'and it is read');
}
like(render(qr => 'https://a.cn/check/' . 'x' x 1000),
     qr/^invalid: cannot make a QR of the text: too long for its place/,
     'too many modules for its place');


# Photos: two formats, anything else refused.

render();
run('pdftoppm', '-r', 50, '-png', '-singlefile', "$DIR/copy.pdf", "$DIR/p");
run('pdftoppm', '-r', 50, '-jpeg', '-singlefile', "$DIR/copy.pdf", "$DIR/p");

for my $photo ("$DIR/p.png", "$DIR/p.jpg") {
    my ($said, $pdf) = render(photo => $photo);
    is($said, 'ok', "$photo is drawn");

    my @images = grep { /^\s+1\s/ }
        split /\n/, scalar run('pdfimages', '-list', $pdf);
    is(scalar @images, 1, 'the photo is drawn once');
    unlike(squeeze(text_of($pdf)), qr/照片/, 'the empty frame is not drawn');
}

spit("$DIR/gif", "GIF89a\x01\x00\x01\x00\x00\x00\x00;");
like(render(photo => "$DIR/gif"), qr/^invalid: the photo is neither/,
     'a GIF is refused');
spit("$DIR/cut", substr slurp("$DIR/p.png"), 0, 300);
like(render(photo => "$DIR/cut"), qr/^invalid: the photo does not decode/,
     'a cut PNG is refused');
spit("$DIR/junk", "\xff\xd8\xff" . 'x' x 100);
like(render(photo => "$DIR/junk"), qr/^invalid: the photo does not decode/,
     'a broken JPEG is refused');

spit("$DIR/tail", substr(slurp("$DIR/p.jpg"), 0, 2000) . "IEND\xaeB`\x82");
like(render(photo => "$DIR/tail"), qr/^invalid: the photo does not decode/,
     'a cut JPEG with the end of a PNG is refused');

# 60000 by 60000 pixels in a few bytes.
my $png = slurp("$DIR/p.png");
substr $png, 16, 8, pack 'NN', 60000, 60000;
spit("$DIR/bomb", $png);
like(render(photo => "$DIR/bomb"), qr/^invalid: the photo does not decode/,
     'a picture of impossible size is refused');


# Templates: references to the outside and misspelt names are refused, with the
# line.

make_path("$DIR/t/seals");
my $svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"'
    . ' font-family="AR PL UKai CN">';

sub template {
    my ($body, $head) = @_;
    spit("$DIR/t/face.svg", encode('UTF-8', ($head // $svg) . $body . '</svg>'));
    return scalar render(templates => "$DIR/t", face => 'face',
                         seal => 'face', band => 'face');
}

is(template('<text x="1" y="1" font-size="1">{{ name }}</text>'),
   'not found: no template seals/face.svg', 'a small template is read');

for (['<text x="1" y="1" font-size="1">{{nmae}}</text>', qr/unknown field: "nmae"/],
     ['<text x="1" y="1" font-size="1">{{name</text>', qr/without its end/],
     ['<image href="file:///etc/passwd"/>', qr/may not have: "image"/],
     ['<use href="other.svg#x"/>', qr/reference outside/],
     ['<rect fill="url(http://example.org/)"/>', qr/reference outside/],
     ['<rect style="fill:URL( \'x.svg#a\')"/>', qr/reference outside/],
     ['<style>@import "x.css";</style>', qr/at-rule/],
     ['<style>a{fill:u\72l(x)}</style>', qr/at-rule or an escape/],
     ['<script>1</script>', qr/may not have: "script"/],
     ['<rect onload="1"/>', qr/may not have: "onload"/],
     ['<foreignObject/>', qr/may not have: "foreignObject"/],
     ['<xi:include xmlns:xi="http://www.w3.org/2001/XInclude"/>', qr/may not have/],
     ['<g xmlns="http://www.w3.org/2001/XInclude"/>', qr/namespace/],
     ['<rect data-slot="foto"/>', qr/unknown data-slot: "foto"/],
     ['<rect data-slot="qr" x="1" y="1" width="2"/>', qr/slot without: "height"/],
     ['<g transform="scale(2)"><text x="1" y="1" font-size="1">{{name}}</text></g>',
      qr/cannot be drawn/],
     ['<text x="1" y="1" font-size="1" stroke="red">{{name}}</text>',
      qr/cannot be drawn|this attribute/],
     ['<text x="1" y="1" font-size="big">a</text>', qr/plain number: "font-size"/],
     ["<text x=\"1\" y=\"1\" font-size=\"1\">\x{20000}</text>", qr/U\+20000/],
     ['<rect id="{{name}}"/>', qr/field in an attribute/],
     ['<tspan x="1">a</tspan>', qr/not inside a text: "tspan"/],
     ['<style>rect{fill:ur<!-- -->l(http://example.org/)}</style>',
      qr/XML comment in a style/],
     ['<text style="href:http://example.org/" x="1" y="1">a</text>',
      qr/not a property: "href"/],
     ['<text style="x=&quot;1&quot; y:2" x="1" y="1">a</text>',
      qr/not a property/],
     ['<g>', qr/not well-formed/])
{
    my ($body, $reason) = @$_;
    like(template($body), qr/^invalid: template face.svg, line 1: .*$reason/,
         "refused: $reason");
}

like(template('', '<!DOCTYPE svg [<!ENTITY a SYSTEM "/etc/passwd">]>' . $svg),
     qr/a declaration/, 'a document type is refused');
for my $root ('title', 'metadata', 'inkscape:page', 'g') {
    spit("$DIR/t/face.svg", "<$root></$root>");
    like(render(templates => "$DIR/t", face => 'face', seal => 'face',
                band => 'face'), qr/svg must be the root/,
         "$root as the root is refused");
}

like(template('', '<svg xmlns="http://www.w3.org/2000/svg">'),
     qr/viewBox/, 'no size is refused');
like(template('<text x="1" y="1" font-size="1" font-family="No Such">a</text>'),
     qr/^system[^:]*: .*font that is not installed: "No Such"/,
     'a font that is not installed is refused');

done();

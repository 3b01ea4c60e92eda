package Workbook;

# Workbooks (.xlsx) for tests, part by part, so that each form that a program
# writes can be made without that program.
#
#     Workbook::write($path, Workbook::parts(rows => [['管理号', '姓名'], ...]));
#
# A cell is a text (a shared string), undef (none), or a hash:
#
#     {n => 44696, s => 1}         a number, with a style of the table below
#     {inline => 'x'}              a text in the cell
#     {runs => ['张', '三']}        a text in runs, with "rph" how it sounds
#     {f => 'A1', v => 'x'}        a formula, with or without its value
#     {e => '#N/A'}  {b => 1}  {d => '2022-05-15T00:00:00'}
#     {xml => '<c .../>'}          anything else

use strict;
use warnings;
use utf8;

use Encode qw(encode);
use IO::Compress::Zip qw(ZIP_CM_DEFLATE $ZipError);

# Number formats of the styles 0, 1, ... that cells have.
our @STYLES = (
    [0], [14], [31], [165, 'yyyy/m/d;@'], [166, '[$-804]yyyy"年"m"月"d"日"'],
    [167, '000000000000'], [168, '0.00E+00'], [169, '"day "General'],
);

my $NS = 'http://schemas.openxmlformats.org';
my $MAIN = "$NS/spreadsheetml/2006/main";
my $REL = "$NS/officeDocument/2006/relationships";
my $HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';

sub escape {
    my ($text) = @_;
    my %entity = ('&' => '&amp;', '<' => '&lt;', '>' => '&gt;',
        '"' => '&quot;');
    return $text =~ s/([&<>"])/$entity{$1}/gr;
}

sub column {
    my ($n) = @_;
    my $name = '';
    for ($n++; $n > 0; $n = int(($n - 1) / 26)) {
        $name = chr(65 + ($n - 1) % 26) . $name;
    }
    return $name;
}

sub text { return '<t xml:space="preserve">' . escape($_[0]) . '</t>' }

sub cell {
    my ($cell, $at, $shared) = @_;

    return '' if !defined $cell;
    if (!ref $cell) {
        push @$shared, text($cell);
        return qq(<c r="$at" t="s"><v>$#$shared</v></c>);
    }

    my $style = defined $cell->{s} ? qq( s="$cell->{s}") : '';
    return $cell->{xml} if exists $cell->{xml};
    return qq(<c r="$at"$style><v>$cell->{n}</v></c>) if exists $cell->{n};
    return qq(<c r="$at" t="inlineStr"><is>) . text($cell->{inline})
        . '</is></c>' if exists $cell->{inline};
    return qq(<c r="$at" t="e"><v>$cell->{e}</v></c>) if exists $cell->{e};
    return qq(<c r="$at" t="b"><v>$cell->{b}</v></c>) if exists $cell->{b};
    return qq(<c r="$at" t="d"$style><v>$cell->{d}</v></c>)
        if exists $cell->{d};
    if (exists $cell->{f}) {
        my $value = defined $cell->{v}
            ? '<v>' . escape($cell->{v}) . '</v>' : '';
        return qq(<c r="$at" t="str"><f>) . escape($cell->{f})
            . "</f>$value</c>";
    }

    push @$shared, join('', map { '<r><rPr><sz val="11"/></rPr>' . text($_)
        . '</r>' } @{$cell->{runs}})
        . (defined $cell->{rph} ? '<rPh sb="0" eb="1">' . text($cell->{rph})
            . '</rPh><phoneticPr fontId="1"/>' : '');
    return qq(<c r="$at" t="s"><v>$#$shared</v></c>);
}

sub sheet {
    my ($rows, $shared) = @_;

    my ($y, $xml) = (0, '');
    for my $row (@$rows) {
        $y++;
        my $x = 0;
        $xml .= qq(<row r="$y">) . join('', map { cell($_, column($x++) . $y,
            $shared) } @$row) . '</row>';
    }

    return qq($HEAD<worksheet xmlns="$MAIN"><sheetData>$xml</sheetData>)
        . '</worksheet>';
}

sub styles {
    my $custom = join '', map { sprintf '<numFmt numFmtId="%d" formatCode="%s"/>',
        $_->[0], escape($_->[1]) } grep { @$_ > 1 } @STYLES;
    return qq($HEAD<styleSheet xmlns="$MAIN"><numFmts>$custom</numFmts>)
        . '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>'
        . join('', map { qq(<xf numFmtId="$_->[0]"/>) } @STYLES)
        . '</cellXfs></styleSheet>';
}

# The parts of a workbook: "rows" of the first sheet, or "sheets" as [name,
# rows, state] in the order of their tabs; "date1904".
sub parts {
    my (%opt) = @_;

    my @sheets = @{$opt{sheets} // [['Sheet1', $opt{rows}]]};
    my @shared;
    my %part;
    my ($list, $links) = ('', '');

    # The part of the first sheet is not the first, as in files that were
    # worked on.
    for my $i (0 .. $#sheets) {
        my ($name, $rows, $state) = @{$sheets[$i]};
        my $file = 'worksheets/sheet' . (@sheets - $i) . '.xml';
        $part{"xl/$file"} = sheet($rows, \@shared);
        $list .= sprintf '<sheet name="%s" sheetId="%d"%s r:id="rId%d"/>',
            escape($name), $i + 7, $state ? qq( state="$state") : '', $i + 1;
        $links .= qq(<Relationship Id="rId@{[$i + 1]}" Type="$REL/worksheet")
            . qq( Target="$file"/>);
    }

    my $date = $opt{date1904} ? '<workbookPr date1904="1"/>' : '';
    $part{'xl/workbook.xml'} = qq($HEAD<workbook xmlns="$MAIN")
        . qq( xmlns:r="$REL">$date<sheets>$list</sheets></workbook>);
    $part{'xl/_rels/workbook.xml.rels'} = qq($HEAD<Relationships>$links)
        . qq(<Relationship Id="rId90" Type="$REL/styles" Target="styles.xml"/>)
        . qq(<Relationship Id="rId91" Type="$REL/sharedStrings")
        . qq( Target="/xl/sharedStrings.xml"/></Relationships>);
    $part{'xl/styles.xml'} = styles();
    $part{'xl/sharedStrings.xml'} = qq($HEAD<sst xmlns="$MAIN">)
        . join('', map { "<si>$_</si>" } @shared) . '</sst>';
    $part{'_rels/.rels'} = qq($HEAD<Relationships><Relationship Id="rId1")
        . qq( Type="$REL/officeDocument" Target="xl/workbook.xml"/>)
        . '</Relationships>';
    $part{'[Content_Types].xml'} = qq($HEAD<Types/>);

    return \%part;
}

# The bytes of a workbook.
sub zip {
    my ($part) = @_;

    my ($out, $zip);
    for my $name (sort keys %$part) {
        my %of = (Name => $name, Method => ZIP_CM_DEFLATE, Time => 1e9);
        if ($zip) {
            $zip->newStream(%of);
        }
        else {
            $zip = IO::Compress::Zip->new(\$out, %of) or die $ZipError;
        }
        $zip->print(utf8::is_utf8($part->{$name})
            ? encode('UTF-8', $part->{$name}) : $part->{$name});
    }
    $zip->close();

    return $out;
}

1;

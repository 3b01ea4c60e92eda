# certctl import: files as registrars have them, a row of the table each, with
# their exact outcome.  All hold the same rows or a part of them, so what was
# read shows in what a plain import of them finds unchanged.

use lib 't/lib';
use NgxCert;
use Workbook;

use Encode qw(encode);

my $t = NgxCert->new();
$t->home();

# Four people: a name of rare characters, a passport, an empty level.
my @people = (
    $t->certificate(name => '张三'),
    $t->certificate(name => '买买提·吐尔逊'),
    $t->certificate(name => '李四', id_type => 'passport',
        id_number => 'E12345678', sex => '女', birth_date => '1988-03-01'),
    $t->certificate(name => '王五', level => ''),
);
$people[$_]{number} = sprintf '0%017d', 20220000 + $_ for 0 .. $#people;
$t->import_rows(@people);

my @columns = @NgxCert::COLUMNS;
my @chinese = qw(管理号 姓名 证件类型 证件号码 性别 出生日期 资格名称 专业 级别
    批准日期 签发单位);
my %type = (cn => '居民身份证', passport => '护照');
my $all = "unchanged=$#{[@people, 0]}";

# The rows as lists, after a change of each field.
sub rows {
    my ($map, @from) = @_;
    return [map { my $row = $_; [map { $map->($_, $row->{$_}) } @columns] }
        @from ? @from : @people];
}

sub as_is { return $_[1] }

# CSV of headings and rows.
sub csv {
    my ($head, $rows, %opt) = @_;
    my $by = $opt{by} // ',';
    my $end = $opt{end} // "\n";
    my $quote = $opt{quote} // '';
    return join '', map { join($by, map { $quote . ($_ // '') . $quote } @$_)
        . $end } $head, @$rows;
}

# A field in another form: field(approved => sub {...}).
sub field {
    my ($name, $form) = @_;
    return rows(sub { $_[0] eq $name ? $form->($_[1]) : $_[1] });
}

sub date {
    my ($text) = @_;
    return (csv(\@columns, field(approved => sub { $text })));
}

# Days since 1899-12-30 of a date.
sub serial {
    my ($date) = @_;
    require Time::Local;
    my ($y, $m, $d) = split /-/, $date;
    return Time::Local::timegm(0, 0, 0, $d, $m - 1, $y) / 86400 + 25569;
}

sub book { return Workbook::zip(Workbook::parts(@_)) }

# Rows of a sheet with a cell in place of the field of each.
sub cells {
    my ($name, $form, %opt) = @_;
    return book(%opt, rows => [\@columns, @{field($name, $form)}]);
}

sub xlsx { return cells('', undef, @_) }

sub spoil {
    my ($name, $from, $to) = @_;
    my $part = Workbook::parts(rows => [\@columns, @{rows(\&as_is)}]);
    $part->{$name} =~ s/($from)/ref $to ? $to->($1) : $to/e
        or die "$name has no $from\n";
    return Workbook::zip($part);
}

my $plain = csv(\@columns, rows(\&as_is));
my $fields = rows(\&as_is);
my $in_chinese = rows(sub { $_[0] eq 'id_type' ? $type{$_[1]} : $_[1] });
my $excel = '00000000000001';

# name; what is said of the form, or why it is refused; counts, or the exit
# status; the bytes, or text that becomes UTF-8; more arguments.
my @files = (
    # Encodings.
    ['utf8', '', $all, $plain],
    ['utf8 with a mark', '', $all, "\x{feff}$plain"],
    ['utf16le', 'UTF-16LE, separated by ","', $all,
        encode('UTF-16LE', "\x{feff}$plain")],
    ['utf16be', 'UTF-16BE, separated by ","', $all,
        encode('UTF-16BE', "\x{feff}$plain")],
    ['utf16 without a mark', 'UTF-16LE, separated by ","', $all,
        encode('UTF-16LE', $plain)],
    ['unicode text of Excel', 'UTF-16LE, separated by tabs', $all,
        encode('UTF-16LE', "\x{feff}" . csv(\@columns, $fields, by => "\t",
            end => "\r\n"))],
    ['gb18030', 'GB18030, separated by ","', $all, gb($plain)],
    ['gb18030 in Chinese', 'GB18030, separated by ","', $all,
        gb(csv(\@chinese, $in_chinese))],
    ['gbk forced', 'GBK, separated by ","', $all, gb($plain),
        '--encoding', 'GBK'],
    ['gb18030 with a bad byte', 'GB18030, separated by ","',
        'unchanged=3 rejected=1', gb($plain) =~ s/\xd5\xc5/\xd5\xff/r],
    ['utf8 with a bad byte', '', 'unchanged=3 rejected=1',
        encode('UTF-8', $plain) =~ s/\xe5\xbc\xa0/\xd5\xc5/r],
    ['forced wrongly', qr/header line missing/, 2,
        csv(\@chinese, $in_chinese), '--encoding', 'UTF-16LE'],
    ['unknown encoding', qr/iconv does not know/, 2, $plain, '--encoding',
        'GB9999'],

    # Separators and line ends.
    ['semicolons', 'UTF-8, separated by ";"', $all,
        csv(\@columns, $fields, by => ';')],
    ['tabs', 'UTF-8, separated by tabs', $all,
        csv(\@columns, $fields, by => "\t")],
    ['tabs and quotes', 'UTF-8, separated by tabs', $all,
        csv(\@columns, $fields, by => "\t", quote => '"')],
    ['sep line', 'UTF-8, separated by ";"', $all,
        "sep=;\r\n" . csv(\@columns, $fields, by => ';', end => "\r\n")],
    ['sep line of another kind', 'UTF-8, separated by "|"', $all,
        "\x{feff}\"sep=|\"\n" . csv(\@columns, $fields, by => '|')],
    ['crlf', '', $all, csv(\@columns, $fields, end => "\r\n")],
    ['cr', '', $all, csv(\@columns, $fields, end => "\r", quote => '"')],
    ['no last line end', '', $all, $plain =~ s/\n\z//r],

    # Headings.
    ['in Chinese', '', $all, csv(\@chinese, $in_chinese)],
    ['in upper case', '', $all, csv([map { uc } @columns], $fields)],
    ['full width and stars', '', $all,
        csv([map { "*$_（必填）" } @chinese], $in_chinese)],
    ['a title', '', $all, "2022年度证书,,\n导出：张三，2022-06-01\n\n"
        . csv(\@chinese, $in_chinese)],
    ['a title and no headings', qr/header line missing/, 2,
        "2022年度证书\n" . join '', map { join(',', @$_) . "\n" } @$fields],
    ['numbered rows', '', $all, csv(['序号', @columns],
        [map { [7, @$_] } @$fields])],
    ['a heading of ours twice', qr/"name" is given twice/, 2,
        csv(['姓名', @columns], [map { ['张三', @$_] } @$fields])],
    ['an unknown heading', qr/unknown column "备注"/, 2,
        csv([@chinese, '备注'], [map { [@$_, ''] } @$in_chinese])],
    ['a missing heading', qr/"approved" is missing/, 2,
        csv([map { $_ eq '批准日期' ? '序号' : $_ } @chinese],
            $in_chinese)],

    # Rows.
    ['empty rows', '', $all, csv(\@columns, [[('') x 11],
        map { ($_, [('') x 11]) } @$fields])],
    ['empty cells at the end', '', $all,
        csv([@columns, '', ''], [map { [@$_, '', ''] } @$fields])],
    ['empty cells beyond the headings', '', $all,
        csv(\@columns, [map { [@$_, '', ''] } @$fields])],
    ['a cell beyond the headings', '', 'unchanged=3 rejected=1',
        csv(\@columns, [[@{$fields->[0]}, 'x'], @$fields[1 .. 3]])],
    (map { my $error = $_; ["the error $_", '', 'unchanged=0 rejected=4',
        csv(\@columns, field(level => sub { $error }))] }
        '#N/A', '#REF!', '#NAME?'),
    ['a cell too few', '', 'unchanged=3 rejected=1',
        csv(\@columns, [[@{$fields->[0]}[0 .. 9]], @$fields[1 .. 3]])],

    # Guards.
    ['apostrophes', '', $all, csv(\@columns, rows(sub {
        $_[0] =~ /number/ ? "'$_[1]" : $_[1] }))],
    ['formulas of text', '', $all, csv(\@columns, rows(sub {
        $_[0] =~ /number|name/ ? qq(="$_[1]") : $_[1] }))],
    ['formulas of text in quotes', '', $all, csv(\@columns, rows(sub {
        $_[0] =~ /number/ ? qq("=""$_[1]""") : $_[1] }))],
    ['empty formulas of text', '', $all, csv(\@columns, rows(sub {
        ($_[1] // '') eq '' ? '=""' : $_[1] }))],

    # Dates.
    (map { ["date $_", '', $all, date($_)] } '2022/5/15', '2022/05/15',
        '20220515', '2022.5.15', '2022.05.15', '2022年5月15日',
        '2022年05月15日', '2022-5-15', '2022-05-15 00:00:00',
        '2022/5/15 0:00', '2022-05-15T00:00:00', '２０２２－０５－１５',
        '２０２２年５月１５日', '" 2022 / 5 / 15 "', '"2022年 5月 15日 "',
        '2022–05–15', "'2022-05-15"),
    (map { ["date $_", '', 'unchanged=0 rejected=4', date($_)] } '15/5/2022',
        '22-5-15', '2022-5', '2022-13-01', '2022/02/30', '2022-05-15 08:30',
        '44696', '2022515', '2022-05-15-01', '五月', '202205151',
        '2022-05-15 00:00:01'),

    # Documents.
    ['names of types', '', $all, csv(\@columns, rows(sub {
        $_[0] eq 'id_type' ? {cn => '身份证', passport => '外国护照'}->{$_[1]}
            : $_[1] }))],

    # Workbooks.
    ['workbook', 'workbook, sheet "Sheet1"', $all, xlsx()],
    ['workbook in Chinese', 'workbook, sheet "Sheet1"', $all,
        book(rows => [['2022年度证书'], [], \@chinese, @$in_chinese])],
    ['texts in cells', 'workbook, sheet "Sheet1"', $all,
        book(rows => [map { [map { {inline => $_ // ''} } @$_] }
            \@columns, @$fields])],
    ['a name in runs', 'workbook, sheet "Sheet1"', $all,
        cells(name => sub { {runs => [split //, $_[0]], rph => 'zhang'} })],
    ['escaped characters', 'workbook, sheet "Sheet1"', $all,
        cells(name => sub { $_[0] =~ s/三/_x4E09_/r })],
    ['built-in dates', 'workbook, sheet "Sheet1"', $all,
        cells(approved => sub { {n => serial($_[0]), s => 1} })],
    ['dates in Chinese', 'workbook, sheet "Sheet1"', $all,
        cells(approved => sub { {n => serial($_[0]), s => 2} })],
    ['dates by a code', 'workbook, sheet "Sheet1"', $all,
        cells(approved => sub { {n => serial($_[0]), s => 4} })],
    ['dates from 1904', 'workbook, sheet "Sheet1"', $all,
        cells(approved => sub { {n => serial($_[0]) - 1462, s => 3} },
              date1904 => 1)],
    ['dates of the strict form', 'workbook, sheet "Sheet1"', $all,
        cells(approved => sub { {d => "$_[0]T00:00:00"} })],
    ['a date with a time', 'workbook, sheet "Sheet1"', 'unchanged=0 rejected=4',
        cells(approved => sub { {n => serial($_[0]) + 0.5, s => 1} })],
    ['days without a format', 'workbook, sheet "Sheet1"',
        'unchanged=0 rejected=4',
        cells(approved => sub { {n => serial($_[0])} })],
    ['29 February 1900', 'workbook, sheet "Sheet1"', 'unchanged=0 rejected=4',
        cells(approved => sub { {n => 60, s => 1} })],
    ['days as digits', 'workbook, sheet "Sheet1"', $all,
        cells(approved => sub { {n => $_[0] =~ tr/-//dr} })],
    ['long numbers', qr/rounded the long numbers .*: 4 of 7/, 1,
        cells(id_number => sub { $_[0] =~ /^\d{17}/
            ? {n => sprintf('%.16g', $_[0] =~ tr/X/0/r)} : $_[0] })],
    ['formulas with values', 'workbook, sheet "Sheet1"', $all,
        cells(name => sub { {f => 'A1&B1', v => $_[0]} })],
    ['formulas without', 'workbook, sheet "Sheet1"', 'unchanged=0 rejected=4',
        cells(name => sub { {f => 'A1&B1'} })],
    ['errors', 'workbook, sheet "Sheet1"', 'unchanged=0 rejected=4',
        cells(level => sub { {e => '#N/A'} })],
    ['a hidden sheet', 'workbook, sheet "数据"', $all,
        book(sheets => [['旧', [['x']], 'hidden'],
            ['数据', [\@columns, @$fields]]])],
    ['other sheets', 'workbook, sheet "数据"; 1 other visible sheets '
        . 'are not read', $all,
        book(sheets => [['数据', [\@columns, @$fields]], ['x', [['x']]]])],
    ['a sheet by its name', 'workbook, sheet "数据"; 1 other visible sheets '
        . 'are not read', $all,
        book(sheets => [['x', [['x']]], ['数据', [\@columns, @$fields]]]),
        '--sheet', '数据'],
    ['a sheet that is not there', qr/no sheet of that name/, 2, xlsx(),
        '--sheet', '数据'],
    ['without numbers of cells', 'workbook, sheet "Sheet1"', $all,
        spoil('xl/worksheets/sheet1.xml', qr/.*/s,
            sub { $_[0] =~ s/ r="\w+"//gr })],
    ['a prefix', 'workbook, sheet "Sheet1"', $all,
        spoil('xl/worksheets/sheet1.xml', qr/.*/s,
            sub { $_[0] =~ s{<(/?)(?=[a-z])}{<$1x:}gr =~ s/xmlns=/xmlns:x=/r
                })],

    # Files of other kinds, and damaged ones.
    ['an old workbook', qr/old \.xls/, 2,
        "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" . "\0" x 600],
    ['a page', qr/page of HTML/, 2, "\n<html><table><tr><td>管理号</td></tr>"],
    ['a PDF', qr/is a PDF/, 2, "%PDF-1.7\n"],
    ['a zip file', qr/not a workbook/, 2, Workbook::zip({'a.txt' => 'x'})],
    ['a cut workbook', qr/cannot read/, 2,
        substr(xlsx(), 0, length(xlsx()) - 200)],
    ['no such sheet part', qr/has no part/, 2,
        spoil('xl/_rels/workbook.xml.rels', qr/sheet1/, 'sheet9')],
    ['XML that is none', qr/XML is damaged/, 3,
        spoil('xl/worksheets/sheet1.xml', qr{</row>}, '</rov>')],
    ['entities', qr/document type/, 3,
        spoil('xl/worksheets/sheet1.xml', qr/<(?=worksheet)/,
            '<!DOCTYPE a [<!ENTITY b "c">]><')],
    ['a deep part', qr/within each other/, 3,
        spoil('xl/worksheets/sheet1.xml', qr/<sheetData>/,
            '<a>' x 70 . '</a>' x 70 . '<sheetData>')],
    ['a long tag', qr/tag longer than/, 3,
        spoil('xl/worksheets/sheet1.xml', qr/<sheetData>/, sub {
            '<a b="' . join('', map { chr(48 + rand 70) } 1 .. 3_000_000)
                =~ s/[<&"]/x/gr . '"/><sheetData>' })],
    ['a bomb', qr/unpacks to more/, 3,
        spoil('xl/worksheets/sheet1.xml', qr/<sheetData>/, sub {
            ' ' x 30_000_000 . '<sheetData>' })],
    ['a bomb of texts', qr/unpacks to more/, 2,
        spoil('xl/sharedStrings.xml', qr/<si>/, sub {
            '<si><t/></si>' x 2_000_000 . '<si>' })],
    ['a text that is not there', 'workbook, sheet "Sheet1"',
        'unchanged=3 rejected=1',
        spoil('xl/worksheets/sheet1.xml', qr{<v>12</v>}, '<v>999</v>')],
);

sub gb { return encode('cp936', $_[0]) }

cmp_ok(scalar @files, '>=', 40, 'at least 40 files');
mkdir $t->path('files');

for my $n (0 .. $#files) {
    my ($name, $form, $expected, $bytes, @more) = @{$files[$n]};

    $bytes = encode('UTF-8', $bytes) if utf8::is_utf8($bytes);
    my $file = $t->write("files/$n.csv", $bytes);
    my ($status, $out, $err) = $t->certctl('import', $file, '--json', @more);

    if (ref $form) {
        is($status, $expected, "$name: status");
        like($err, $form, "$name: the reason");
        next;
    }

    my $said = eval { JSON::PP->new->decode($out) };
    if (!$said) {
        is("$status: $err", $expected, $name);
        next;
    }

    # What is not among the counts is 0.
    my %count = map { split /=/ } split / /, $expected;
    is(join(' ', map { "$_=$said->{$_}" } qw(new corrected unchanged rejected)),
       join(' ', map { "$_=" . ($count{$_} // 0) } qw(new corrected unchanged
           rejected)), "$name: counts");
    is($said->{form}, $form, "$name: what was recognised");
    is($err =~ /reading .* as (.*)/ ? $1 : '', $form, "$name: and said");
    is($status, $count{rejected} ? 1 : 0, "$name: status");

    # Rejects are CSV, whatever the file was, and are refused for the same.
    next if !$count{rejected};
    my $rejects = $t->path("files/$n.rejects.csv");
    my @was = split /\n/, $t->read($rejects);
    my ($again, $out2, $err2) = $t->certctl('import', $rejects, '--json');
    is($again, 1, "$name: its rejects are refused again") or diag $err2;
    my @is = split /\n/, $t->read($t->path("files/$n.rejects.rejects.csv"));
    is(scalar @is, scalar @was, "$name: each of them");
    is($is[0], $was[0], "$name: with the same header");
}

# Why a cell of a workbook is refused.
my %why = (
    'formulas without' => qr/^2,name,"is a formula without a value/m,
    'errors' => qr/^2,level,"is an error of a formula/m,
    'a date with a time' => qr/^2,approved,"is a date with more behind it/m,
    '29 February 1900' => qr/^2,approved,"is 29 February 1900/m,
    'a text that is not there' => qr/^2,name,"is a text that is not in/m,
    'gb18030 with a bad byte' => qr/^2,name,"holds a code that is not a char/m,
    'utf8 with a bad byte' => qr/^2,name,"is not UTF-8/m,
);
for my $n (grep { exists $why{$files[$_][0]} } 0 .. $#files) {
    my $name = $files[$n][0];
    like($t->read("files/$n.rejects.csv"), $why{$name}, "$name: the reason");
}

# From a pipe: text of any kind, but no workbook.
my ($status, $out, $err) = $t->certctl('import', '-', '--json',
    {stdin => gb($plain)});
is($status, 0, 'GB18030 from a pipe') or diag $err;
my $book = $t->write('pipe.xlsx', xlsx());
($status, $out, $err) = $t->run('sh', '-c', 'cat "$1" | "$2" --home "$3" '
    . 'import -', 'sh', $book, $t->certctl_bin, $t->path('home'));
is($status, 2, 'a workbook from a pipe is refused');
like($err, qr/from a pipe/, 'and why');

# Documents that share the numbers of a type.
sub number18 { return $_[0] . NgxCert::id_check($_[0]) }
my @documents = (
    ['港澳台居民居住证', number18('81000019900307001'), 'cn'],
    ['港澳居民居住证', number18('82000019900307001'), 'cn'],
    ['台湾居民居住证', number18('83000019900307001'), 'cn'],
    ['外国人永久居留身份证', number18('91184019900307001'), 'cn'],
    ['外国人永久居留身份证', 'USA110078012345', 'other'],
    ['港澳居民来往内地通行证', 'H12345678', 'hk_mo'],
    ['台湾居民来往大陆通行证', '12345678', 'tw'],
    ['港澳台居民居住证', number18('11010119900307001'), qr/810000, 820000/],
    ['港澳台居民居住证', number18('84000019900307001'), qr/810000, 820000/],
    ['港澳台居民居住证', '810000199003070000', qr/check character/],
    ['外国人永久居留身份证', number18('11010119900307001'), qr/three letters/],
    ['外国人永久居留身份证', '911840199003070000', qr/check character/],
    ['外国人永久居留身份证', 'US1100780123456', qr/three letters/],
    ['军官证', '12345678', qr/is not one of/],
);
for my $case (@documents) {
    my ($type, $number, $expected) = @$case;
    my $row = $t->certificate(id_type => $type, id_number => $number,
        birth_date => '', sex => '男');
    my ($status, $out, $err) = $t->certctl('import', $t->csv('doc.csv', $row));
    if (ref $expected) {
        like($t->read('doc.rejects.csv'), $expected, "$type $number: refused");
        next;
    }
    is($status, 0, "$type $number: taken") or diag $err;
    is($t->certctl_json('show', $row->{number})->{id_type}, $expected,
       "$type $number: its type");
}

is($t->certctl_json('fsck')->{findings}, 0, 'fsck finds nothing');
$t->done();

# certctl import: refused rows, with line, column and reason, and no personal
# value in the output.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
$t->home();

# Each rule of a row: name, column, reason, the spoilt fields.
my @cases = (
    ['empty number', 'number', qr/empty/, number => ''],
    ['long number', 'number', qr/long/, number => 'A' x 65],
    ['control in a number', 'number', qr/control/, number => "20\t22"],
    ['joiner in a number', 'number', qr/invisible/, number => "20\x{200D}22"],
    ['BOM in a number', 'number', qr/invisible/, number => "\x{FEFF}2022"],
    ['a number that grows', 'number', qr/long/, number => "\x{FDFA}" x 6],
    ['empty name', 'name', qr/empty/, name => ''],
    ['zero width name', 'name', qr/invisible/, name => "张\x{200B}伟"],
    ['joiner in a name', 'name', qr/invisible/, name => "张\x{200D}伟"],
    ['selector in a name', 'name', qr/invisible/, name => "张\x{FE0F}伟"],
    ['a name that grows', 'name', qr/long/, name => "\x{FDFA}" x 6],
    ['zero width document', 'id_number', qr/invisible/,
        id_type => 'passport', id_number => "E12345\x{200B}67"],
    ['letter of another script', 'id_number', qr/other than letters/,
        id_type => 'passport', id_number => "\x{415}1234567"],
    ['bidi name', 'name', qr/bidi|direction/, name => "张\x{202e}伟"],
    ['long name', 'name', qr/long/, name => '张' x 65],
    ['unknown type', 'id_type', qr/not one of/, id_type => 'visa'],
    ['upper-case type', 'id_type', qr/not one of/, id_type => 'CN'],
    ['empty type', 'id_type', qr/not one of/, id_type => ''],
    ['check digit', 'id_number', qr/check/,
        id_number => '110101199001010010'],
    ['short document', 'id_number', qr/17 digits/, id_number => '1101011990'],
    ['no real date', 'id_number', qr/date/,
        id_number => '11010119900231001' . NgxCert::id_check(
            '11010119900231001')],
    ['empty document', 'id_number', qr/empty/, id_number => ''],
    ['sex', 'sex', qr/not one of/, sex => 'X'],
    ['birth in another form', 'birth_date', qr/not a date/,
        birth_date => '01/02/1990'],
    ['another birth date', 'birth_date', qr/differs from the date in id_number/,
        birth_date => '1950-01-01'],
    ['birth in the future', 'birth_date', qr/future/,
        birth_date => '2999-01-01', id_type => 'passport', id_number => 'E1234567'],
    ['empty qualification', 'qualification', qr/empty/,
        qualification => ''],
    ['unknown qualification', 'qualification', qr/not in the catalogue/,
        qualification => '占卜师'],
    ['long specialty', 'specialty', qr/long/, specialty => '长' x 65],
    ['long level', 'level', qr/long/, level => '高' x 22],
    ['no such day', 'approved', qr/not a date/, approved => '2022-02-30'],
    ['approved in the future', 'approved', qr/future/,
        approved => '2999-01-01'],
    ['empty day', 'approved', qr/not a date/, approved => ''],
    ['empty issuer', 'issuer', qr/empty/, issuer => ''],
);

my (@rows, @text);
my @good = map { $t->certificate() } 1 .. 3;
for my $case (@cases) {
    my ($name, $column, $reason, %over) = @$case;
    push @rows, {%{$t->certificate()}, %over};
}
my $file = $t->csv('bad.csv', $good[0], @rows, $good[1], $good[2]);
my ($status, $out, $err) = $t->certctl('import', $file, '--json');
my $said = JSON::PP->new->decode($out);
is($status, 1, 'status');
is($said->{new}, 3, 'the good rows are imported');
is($said->{rejected}, scalar @cases, 'the others are not');
is($said->{rejects}, $t->path('bad.rejects.csv'), 'where they are');
is(sprintf('%04o', (stat $said->{rejects})[2] & 07777), '0600', 'mode');

my @lines = split /\n/, $t->read('bad.csv');
my @rejects = split /\n/, $t->read('bad.rejects.csv');
is(shift @rejects, "\xEF\xBB\xBFline,column,reason,"
   . join(',', map { qq("$_") } @NgxCert::COLUMNS), 'header of the rejects');
for my $i (0 .. $#cases) {
    my ($name, $column, $reason) = @{$cases[$i]};
    my ($line, $where, $why, $raw) =
        $rejects[$i] =~ /^(\d+),(\w*),"([^"]*)",(.*)$/s;
    is($line, $i + 3, "$name: line");
    is($where, $column, "$name: column");
    like($why, $reason, "$name: reason");
    is($raw =~ s/"=""([^"]*)"""/"$1"/gr, $lines[$i + 2],
       "$name: the row, its numbers guarded");
}

# The corrected rejects are imported.
my @mended = map { {%$_} } @rows;
$mended[$_] = $t->certificate() for 0 .. $#mended;
($status, $out) = $t->certctl('import', $t->csv('mended.csv', @mended));
is($status, 0, 'corrected rows: status');

# Text that is not a row; the rows after it are read nevertheless.
sub raw_import {
    my ($name, @bytes) = @_;
    my @rows = map { $t->certificate() } 1, 2;
    my $csv = $t->read($t->csv('tmp.csv', @rows));
    my ($head, @good) = split /\n/, $csv;
    my $file = $t->write("$name.csv", join("\n", $head, $good[0], @bytes,
        $good[1], ''));
    my ($status, $out) = $t->certctl('import', $file, '--json');
    my $said = JSON::PP->new->decode($out);
    is($status, 1, "$name: status");
    is($said->{new}, 2, "$name: the rows around it are imported");
    is($said->{rejected}, 1, "$name: one refused");
    my (undef, $reject) = split /\n/, $t->read("$name.rejects.csv");
    return $reject;
}

my $row = $t->certificate();
my $line = (split /\n/, $t->read($t->csv('one.csv', $row)))[1];
like(raw_import('few', 'a,b,c'), qr/^3,,"does not have as many columns/, 'few columns');
like(raw_import('many', "$line,x"), qr/^3,,"does not have as many columns/, 'many');
like(raw_import('quote', '"abc"d,' . $line), qr/^3,,"has a quote out of/,
     'a quote out of place');
like(raw_import('utf8', $line =~ s/^"[^"]*"/"2022\xff\xfe"/r),
     qr/^3,number,"[^"]*UTF-8/, 'bad UTF-8');
like(raw_import('nul', $line =~ s/^"[^"]*"/"2022\0"/r),
     qr/^3,number,"[^"]*control/, 'NUL');
like(raw_import('long', 'x' x 70000), qr/^3,,"is longer than/, 'too long');
like(raw_import('cr', $line =~ s/","/",\r"/r), qr/^3,/, 'carriage return');

# A quote that is never closed spoils one line, not the rest of the file.
my @after = map { $t->certificate() } 1 .. 3;
my ($head, @good3) = split /\n/, $t->read($t->csv('tmp.csv', @after)) =~
    s/"//gr;
$file = $t->write('open.csv', join("\n", $head, '"' . $good3[0], @good3[1, 2],
    ''));
($status, $out) = $t->certctl('import', $file, '--json');
is(JSON::PP->new->decode($out)->{new}, 2, 'rows after an open quote: new');
like($t->read('open.rejects.csv'), qr/^2,,"has a quote that is not closed"/m,
     'and the line with it is named');

# A number twice in one file names the first line.
my $twice = $t->certificate();
($status, $out) = $t->certctl('import', $t->csv('twice.csv', $twice,
    $t->certificate(), {%$twice, level => '高级'}), '--json');
is($status, 1, 'a number twice: status');
like($t->read('twice.rejects.csv'), qr/^4,number,"is on line 2 already"/m,
     'a number twice: the first line is named');
is($t->certctl_json('show', $twice->{number})->{level}, '中级',
   'the first row counts');

# Headers: status 2, and nothing is written.
for my $case (
    ['unknown column', sub { s/issuer/issuer,hobby/ }, qr/"hobby"/],
    ['missing column', sub { s/,issuer// }, qr/column "issuer" is missing/],
    ['column twice', sub { s/issuer/issuer,name/ }, qr/"name" is given twice/],
    ['no header', sub { s/^.*\n// }, qr/header line missing/],
    ['empty file', sub { $_ = '' }, qr/no header/],
    ['misspelt', sub { s/number/numbr/ }, qr/unknown column "numbr"/],
    ['a heading of digits', sub { s/issuer/issuer,12/ },
        qr/column 12 of the header line has no/],
) {
    my ($name, $spoil, $reason) = @$case;
    local $_ = $t->read($t->csv('tmp.csv', $t->certificate())) =~ s/"//gr;
    $spoil->();
    my ($status, $out, $err) = $t->certctl('import', $t->write('h.csv', $_));
    is($status, 2, "$name: status");
    like($err, $reason, "$name: reason");
}

# The policy's pattern.
$t->certctl_ok('policy', 'set', 'number_pattern=[0-9]{12}');
($status, $out) = $t->certctl('import', $t->csv('pattern.csv',
    $t->certificate(number => '123456789012'),
    $t->certificate(number => '12345678901')), '--json');
is($status, 1, 'pattern: status');
like($t->read('pattern.rejects.csv'), qr/^3,number,"does not match the pat/m,
     'pattern: reason');

# Rejects over the file itself, and a file that does not exist.
($status, $out, $err) = $t->certctl('import', $file, '--rejects', $file);
is($status, 2, 'rejects over the file: refused');
($status, $out, $err) = $t->certctl('import', $t->path('none.csv'));
is($status, 3, 'no file: status');
like($err, qr/none\.csv.*No such file/, 'no file: reason');

# A file from elsewhere, of a name in GBK: what became of it is printed.
($status, $out) = $t->certctl('import', $t->csv("\xbb\xe1\xbc\xc6.csv",
    $t->certificate(qualification => '占卜师')), '--json');
is($status, 1, 'a name that is not UTF-8: status');
like(eval { JSON::PP->new->decode($out)->{rejects} } // $out,
     qr{/\\xbb\\xe1\\xbc\\xc6[.]rejects[.]csv$}, 'and where its rows are');

# No personal data on the terminal: the output of certctl goes to a log here.
my $all = '';
for my $bad (map { $t->path($_) } 'bad.csv', 'twice.csv', 'open.csv') {
    my ($status, $out, $err) = $t->certctl('import', $bad, {raw => 1});
    $all .= $out . $err;
}
$t->write('logs/said.log', $all);

is($t->certctl_json('fsck')->{findings}, 0, 'fsck finds nothing');
$t->done();

# certctl import: what was spoiled on the way is refused and named: rounded
# numbers, lost characters, people that do not agree with their documents, and
# names that no font can draw.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
$t->home();

sub certificates { return $t->certctl_json('stat')->{certificates} }

# A person whose sex agrees with the document, in a row of its own.
sub man { return $t->certificate(sex => '男', id_number => number(1),
    birth_date => '') }
my $serial = 100;
sub number {
    my ($sex) = @_;
    my $digits = sprintf '11010119900101%02d%d', $serial++ % 100, $sex;
    return $digits . NgxCert::id_check($digits);
}

# As a program has it that opens UTF-8 as Western letters.
sub mistaken { return Encode::decode('cp1252', Encode::encode('UTF-8', $_[0])) }

# Each rule: name, column, reason, the spoilt fields.
my @refused = (
    ['a question mark', 'name', qr/character that a program lost/,
        name => '张?'],
    ['a wide question mark', 'name', qr/program lost/, name => '张？'],
    ['a box', 'name', qr/program lost/, name => '张□'],
    ['a geta', 'name', qr/program lost/, name => '〓三'],
    ['a replacement', 'name', qr/not a character/, name => "张\x{fffd}"],
    ['private use', 'name', qr/private use/, name => "张\x{e863}"],
    ['a mask', 'name', qr/masked/, name => '张*'],
    ['a wide mask', 'name', qr/masked/, name => '张＊丰'],
    ['an emoji', 'name', qr/picture or a sign/, name => "张\x{1f600}"],
    ['a heart', 'name', qr/picture or a sign/, name => '张❤'],
    ['a formula', 'name', qr/begins like a formula/, name => '=张三'],
    ['a sum', 'name', qr/begins like a formula/, name => '+张三'],
    ['a mention', 'name', qr/begins like a formula/, name => '@张三'],
    ['a difference', 'name', qr/begins like a formula/, name => '-张三'],
    ['a guarded formula', 'name', qr/begins like a formula/,
        name => "'=张三"],
    ['UTF-8 read as windows-1252', 'name', qr/was opened as another encoding/,
        name => mistaken('张娜三')],
    ['the same, of letters', 'name', qr/was opened as another encoding/,
        name => mistaken('José')],
    ['no font', 'name', qr/U\+3FFFD, which no.*package fonts-babelstone-han/,
        name => "张\x{3fffd}"],
    ['no font for letters', 'name', qr/U\+1E290, .*package fonts-noto-core/,
        name => "\x{1e290}\x{1e291}"],
    ['sex of a woman', 'sex', qr/17th digit/, sex => '女'],
    ['sex of a woman in English', 'sex', qr/17th digit/, sex => 'F'],
    ['a point', 'number', qr/with a point or E\+/, number => '20220001.0'],
    ['a power', 'number', qr/with a point or E\+/, number => '2.022E+17'],
    ['a power without a point', 'number', qr/with a point or E\+/,
        number => '2E+17'],
    ['a document with a point', 'id_number', qr/with a point/,
        id_number => '110101199001010010.0'],
    ['a passport as a power', 'id_number', qr/with a point/,
        id_type => 'passport', id_number => '1.23456E+11'],
);
my @taken = (
    ['○ for 〇', name => '张○'],
    ['〇', name => '张〇'],
    ['letters with marks', name => 'José Ångström', map({ ($_ => '') }
        qw(sex birth_date)), id_type => 'passport', id_number => 'E7654321'],
    ['a dot', name => '买买提·吐尔逊'],
    ['a hyphen inside', name => 'Jean-Paul'],
    ["an apostrophe", name => "'t Hooft"],
    ['a joiner', name => "\x{62e}\x{200c}\x{62f}"],
    ['no sex', sex => ''],
    ['a passport of E and digits', id_type => 'passport',
        id_number => '4E123456', sex => '女'],
    ['a number with a point', number => '2022.15'],
    ['a number that ends in 000', number => '202200000000001000'],
);

# The rows that are refused for .0 and E+ are too few to be a spreadsheet.
for my $case (@refused) {
    my ($name, $column, $reason, %over) = @$case;
    my ($status, $out, $err) = $t->certctl('import', $t->csv('one.csv',
        {%{man()}, %over}));
    is($status, 1, "$name: refused") or diag $out . $err;
    my (undef, $row) = split /\n/, $t->read('one.rejects.csv');
    like($row, qr/^2,$column,/, "$name: the column");
    like($row, $reason, "$name: the reason");
}
for my $case (@taken) {
    my ($name, %over) = @$case;
    my ($status, $out, $err) = $t->certctl('import', $t->csv('one.csv',
        {%{man()}, %over}));
    is($status, 0, "$name: taken")
        or diag $out . $err . $t->read('one.rejects.csv');
}

# A file that a spreadsheet has rounded: none of its rows is taken, also those
# whose check digit holds by chance.
sub rounded {
    my ($text, $keep) = @_;
    return $keep ? $text : $text =~ /^\d{16,}[\dX]$/
        ? substr($text, 0, 15) . '0' x (length($text) - 15) : $text;
}
my @rows;
for my $n (0 .. 599) {
    my $row = $t->certificate(id_type => $n % 5 ? 'cn' : 'passport',
        sex => '', birth_date => '');
    $row->{id_number} = sprintf 'E%08d', $n if $n % 5 == 0;
    $row->{number} = sprintf '2022%014d', 7_000_000 + $n * 13;
    push @rows, $row;
}
my $batch = $t->import_batch;
my @many = map { {%{$rows[1]}, number => "A$_"} } 1 .. $batch + 500;
my $before = certificates();
my @spoilt = map { {%$_, number => rounded($_->{number}),
    id_number => rounded($_->{id_number})} } @rows;

for my $case (
    ['both columns', \@spoilt],
    ['numbers of certificates', [map { {%{$rows[$_]},
        number => $spoilt[$_]{number}} } 0 .. $#rows]],
    ['numbers of documents', [map { {%{$rows[$_]},
        id_number => $spoilt[$_]{id_number}} } 0 .. $#rows]],
    ['written with E+', [map { {%$_,
        number => sprintf('%.5E', $_->{number})} } @rows]],
    ['written with .0', [map { {%$_, number => "$_->{number}.0"} } @rows]],
    ['one row in ten', [map { $_ % 10 ? $rows[$_] : $spoilt[$_] }
        0 .. $#rows]],
    ['after a first commit', [@many, @spoilt]],
) {
    my ($name, $rows) = @$case;
    my ($status, $out, $err) = $t->certctl('import',
        $t->csv('rounded.csv', @$rows));
    is($status, 1, "$name: status");
    like($err, qr/rounded the long numbers.*Export them again.*--force/s,
         "$name: why, and what to do");
    is(certificates(), $before, "$name: nothing was committed");
}

# Of a pipe nothing is known ahead, and as many rows are judged at a time, though
# more of them are right than are rounded until the first commit.
{
    my $half = $batch / 2;
    my @mixed = map { $_ % 14 ? $many[$_] : {%{$many[$_]},
        number => sprintf '2022%011d000', $_} } 0 .. $half - 1;
    my ($status, $out, $err) = $t->run('sh', '-c', 'cat "$0" | exec "$@"',
        $t->csv('mixed.csv', @mixed, @many[$half .. $batch]),
        $t->certctl_bin, '--home', $t->home, 'import', '-', '--rejects',
        $t->path('mixed.rejects'));
    is($status, 1, 'a pipe, half of it rounded: status');
    like($err, qr/rounded the long numbers/, '... why');
    is(certificates(), $before, '... nothing was committed');
}

# So few are chance; and an operator may know better.
my ($status, $out, $err) = $t->certctl('import', $t->csv('few.csv', @rows));
is($status, 0, 'numbers as they are') or diag $err;
my @last = map { $t->certificate(number => sprintf '2022%011d000', $_) } 1 .. 9;
($status, $out, $err) = $t->certctl('import', $t->csv('last.csv', @last));
is($status, 1, 'numbers that all end in 000: refused');
($status, $out, $err) = $t->certctl('import', $t->path('last.csv'),
    '--force-rounded');
is($status, 0, 'and taken with --force-rounded') or diag $err;

# Fonts that this machine lacks may be there where copies are made.
my $rare = $t->csv('rare.csv', $t->certificate(name => "张\x{18B00}"));
is(($t->certctl('import', $rare))[0], 1, 'a name without a font: refused');
is(($t->certctl('import', $rare, '--check', '--any-font'))[0], 0,
   'and taken with --any-font');

# What is in the store already, with fonts that are gone.
($status, $out) = $t->certctl('fonts', 'check', '--json');
is($status, 0, 'fonts check: nothing is missing');
is(JSON::PP->new->decode($out)->{failed}, 0, 'none failed');
my $none = $t->write('fonts.conf', '<?xml version="1.0"?><fontconfig><dir>'
    . $t->path('nofonts') . '</dir></fontconfig>');
{
    local $ENV{FONTCONFIG_FILE} = $none;
    ($status, $out) = $t->certctl('fonts', 'check', '--json');
    is($status, 1, 'fonts check without fonts: status');
    my $said = JSON::PP->new->decode($out);
    is($said->{failed}, $said->{certificates}, 'each certificate is named');
    like($said->{missing}[0]{character}, qr/^U\+[0-9A-F]{4,}$/, 'a character');
    ok($said->{missing}[0]{first}, 'the number of one that has it');
    like($said->{missing}[0]{package}, qr/^fonts-/, 'its package');
    ($status, $out) = $t->certctl('fonts', 'check');
    like($out, qr/^U\+\w+: \d+ certificates, such as \S+; package fonts-/m,
         'in words');
}
($status, $out, $err) = $t->certctl('fonts', 'list');
is($status, 2, 'fonts list: no such action');

is($t->certctl_json('fsck')->{findings}, 0, 'fsck finds nothing');
$t->done();

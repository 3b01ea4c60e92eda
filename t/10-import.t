# certctl import: good files, corrections, the same file again.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
$t->home();

my @rows = map { $t->certificate() } 1 .. 12;

sub import_json {
    my ($file, @args) = @_;
    my ($status, $out, $err) = $t->certctl('import', $file, '--json', @args);
    return ($status, JSON::PP->new->decode($out), $err);
}

sub counts { join ' ', map { "$_=$_[0]{$_}" }
    qw(new corrected unchanged rejected) }

my $file = $t->csv('people.csv', @rows);
my ($status, $said) = import_json($file);
is($status, 0, 'import: status');
is(counts($said), 'new=12 corrected=0 unchanged=0 rejected=0', 'all new');
ok(!-e $t->path('people.rejects.csv'), 'no rejects file');

my $journal = $t->certctl_json('stat')->{journal};
($status, $said) = import_json($file);
is($status, 0, 'again: status');
is(counts($said), 'new=0 corrected=0 unchanged=12 rejected=0', 'unchanged');
is($t->certctl_json('stat')->{journal}, $journal, 'nothing journaled');

# The stored values are the imported ones.
my $shown = $t->certctl_json('show', $rows[0]{number});
is($shown->{$_}, $rows[0]{$_}, "$_ is as imported")
    for qw(number name id_type id_number sex birth_date qualification
           specialty level approved issuer);
is($shown->{status}, 'valid', 'status');

# A correction.
$rows[3]{specialty} = '人力资源管理';
($status, $said) = import_json($t->csv('people.csv', @rows));
is(counts($said), 'new=0 corrected=1 unchanged=11 rejected=0', 'corrected');
is($t->certctl_json('show', $rows[3]{number})->{specialty},
   '人力资源管理', 'the store has it');

# A corrected document number moves the certificate to its holder.
my $other = $t->person();
@{$rows[4]}{qw(id_number sex birth_date)} =
    @$other{qw(id_number sex birth_date)};
($status, $said) = import_json($t->csv('people.csv', @rows));
is(counts($said), 'new=0 corrected=1 unchanged=11 rejected=0', 'moved');
is($t->certctl_json('fsck')->{findings}, 0, 'both indexes agree');

# An import without statuses does not lift a revocation.
$t->certctl_ok('revoke', $rows[5]{number});
($status, $said) = import_json($t->csv('people.csv', @rows));
is(counts($said), 'new=0 corrected=0 unchanged=12 rejected=0', 'revoked stays');
is($t->certctl_json('show', $rows[5]{number})->{status}, 'revoked', 'revoked');

# An import with statuses sets them.
($status, $said) = import_json($t->csv('status.csv',
    {%{$rows[5]}, status => 'valid'}, {%{$rows[6]}, status => 'suspended'}));
is(counts($said), 'new=0 corrected=2 unchanged=0 rejected=0', 'statuses');
is($t->certctl_json('show', $rows[5]{number})->{status}, 'valid', 'valid');
is($t->certctl_json('show', $rows[6]{number})->{status}, 'suspended',
   'suspended');

# Forms of the same file: BOM, CRLF, order of columns, no last line end,
# empty lines, quotes, a quoted line end within a row.
my $row = $t->certificate();
my @columns = reverse @NgxCert::COLUMNS;
my $text = join(',', @columns) . "\r\n\r\n"
    . join(',', map { qq("$row->{$_}") } @columns);
($status, $said) = import_json($t->write('forms.csv', "\xEF\xBB\xBF"
    . Encode::encode('UTF-8', $text)));
is($status, 0, 'BOM, CRLF, reversed columns: status');
is(counts($said), 'new=1 corrected=0 unchanged=0 rejected=0', 'counts');
($status, $said) = import_json($t->csv('plain.csv', $row));
is(counts($said), 'new=0 corrected=0 unchanged=1 rejected=0', 'the same row');

# From standard input.
$row = $t->certificate();
($status, my $out) = $t->certctl('import', '-', '--json',
    {stdin => $t->read($t->csv('stdin.csv', $row))});
is($status, 0, 'standard input: status');
is(JSON::PP->new->decode($out)->{new}, 1, 'one new');

# Folding: full-width digits, lower-case x, M and F, no sex, date from number.
my $person = $t->certificate(sex => 'M');
$person->{id_number} =~ tr/0-9/０-９/;
my $nobody = $t->certificate(sex => '', birth_date => '');
my $birth = $nobody->{id_number} =~ s/^.{6}(....)(..)(..).*/$1-$2-$3/r;
my $abroad = $t->certificate(id_type => 'passport', id_number => 'e12345678',
    birth_date => '');
($status, $said) = import_json($t->csv('fold.csv', $person, $nobody,
    $abroad));
is(counts($said), 'new=3 corrected=0 unchanged=0 rejected=0', 'folded');
is($t->certctl_json('show', $person->{number})->{sex}, '男', 'M');
like($t->certctl_json('show', $person->{number})->{id_number}, qr/^\d{17}/,
     'full-width digits');
is($t->certctl_json('show', $nobody->{number})->{birth_date}, $birth,
   'date of birth from the number');
is($t->certctl_json('show', $abroad->{number})->{id_number}, 'E12345678',
   'upper case');
is($t->certctl_json('show', $abroad->{number})->{birth_date}, undef,
   'none from a passport');

# Spellings: a name is kept as it came, a document in one; another spelling is
# a correction of the same person, and no second row.
my $spelt = $t->certificate(name => '买买提•吐 尔逊', id_type => 'passport',
    id_number => 'ｅ 1234－5678', birth_date => '');
($status, $said) = import_json($t->csv('spelt.csv', $spelt));
is(counts($said), 'new=1 corrected=0 unchanged=0 rejected=0', 'spelt somehow');
$shown = $t->certctl_json('show', $spelt->{number});
is($shown->{name}, '买买提•吐 尔逊', 'the name as it came');
is($shown->{id_number}, 'E1234-5678', 'the document in one spelling');
($status, $said) = import_json($t->csv('again.csv',
    {%$spelt, id_number => 'E1234–5678'}));
is(counts($said), 'new=0 corrected=0 unchanged=1 rejected=0',
   'the document in another');
($status, $said) = import_json($t->csv('corrected.csv',
    {%$spelt, name => '买买提·吐尔逊'}));
is(counts($said), 'new=0 corrected=1 unchanged=0 rejected=0',
   'the name in another');
is($t->certctl_json('show', $spelt->{number})->{name}, '买买提·吐尔逊',
   'which is printed from then on');
my $twice = $t->certificate();
($status, $said) = import_json($t->csv('twice.csv', $twice,
    {%$twice, number => $twice->{number} =~ tr/0-9/０-９/r},
    {%$twice, number => " $twice->{number} " =~ s/(.{5})$/ $1/r},
    $t->certificate()));
is(counts($said), 'new=2 corrected=0 unchanged=0 rejected=2',
   'a number in another spelling is there twice');

is($t->certctl_json('fsck')->{findings}, 0, 'fsck finds nothing');
is(($t->certctl('journal', 'verify'))[0], 0, 'the journal verifies');

# Where a process may not have the memory that an import asks for in one piece.
(my $limited, $out) = $t->run('sh', '-c', 'ulimit -d 100000; exec "$@"', 'sh',
    $t->certctl_bin, '--home', $t->home, 'import',
    $t->csv('limited.csv', map { $t->certificate() } 1 .. 300));
is($limited, 0, 'little memory: status 0');
like($out, qr/^new 300,/, '... and all is imported');

$t->done();

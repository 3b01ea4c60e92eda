# certctl import --check and the summary of an import; rejects that are put
# right and imported as they are; exports for spreadsheets.

use lib 't/lib';
use NgxCert;

use Encode qw(decode encode);

my $t = NgxCert->new();
$t->home();

sub import_json {
    my ($file, @args) = @_;
    my ($status, $out, $err) = $t->certctl('import', $file, '--json', @args);
    return (JSON::PP->new->decode($out), $status, $err);
}

sub counts { join ' ', map { "$_=$_[0]{$_}" }
    qw(new corrected unchanged rejected) }

my @rows = map { $t->certificate() } 1 .. 30;
$t->import_rows(@rows[0 .. 19]);

# Five changed, of one everything; one in the file twice; three refused.
my $other = $t->certificate(id_type => 'passport', id_number => 'E7654321',
    sex => '女', birth_date => '1990-05-05', name => '欧阳修');
my @file = map { {%$_} } @rows;
$file[$_]{level} = '高级' for 0 .. 3;
@{$file[4]}{qw(name id_type id_number sex birth_date)} =
    @$other{qw(name id_type id_number sex birth_date)};
$file[4]{qualification} = '会计';
$file[4]{specialty} = '财务';
$file[4]{level} = '初级';
$file[4]{approved} = '2022-05-16';
$file[4]{issuer} = '财政部';
$file[4]{status} = 'suspended';
$file[$_]{status} //= '' for 0 .. $#file;
$file[$_]{approved} = '2999-01-01' for 27, 28;
$file[29]{qualification} = '占卜师';
push @file, {%{$file[5]}};
my $file = $t->csv('file.csv', @file);

my $journal = $t->certctl_json('stat')->{journal};
my ($said, $status) = import_json($file, '--check');
is($status, 1, 'check: status, since rows are refused');
is(counts($said), 'new=7 corrected=5 unchanged=15 rejected=4', 'the counts');
ok($said->{check}, 'it says that it was a check');
is($t->certctl_json('stat')->{journal}, $journal, 'nothing was journaled');
is((($t->certctl('show', $rows[20]{number}))[0]), 1, 'nor a new one stored');
is($t->certctl_json('show', $rows[0]{number})->{level}, '中级',
   'nor one changed');

is_deeply([map { [@$_{qw(column reason rows line)}] } @{$said->{refused}}], [
    ['approved', 'is in the future', 2, 29],
    ['qualification', 'the qualification is not in the catalogue', 1, 31],
    ['number', 'is in an earlier row', 1, 32],
], 'refused rows by reason') or diag explain $said->{refused};
is_deeply($said->{changed}[0], {number => $rows[0]{number},
    fields => [{field => 'level', from => '中级', to => '高级'}]},
    'a changed row');
is_deeply([map { $_->{field} } @{$said->{changed}[4]{fields}}],
    [qw(qualification specialty level issuer approved status name id_type
        id_number birth_date)], 'all that may change');
my $text = JSON::PP->new->encode($said);
unlike($text, qr/\Q$_\E/, 'without a full name or number')
    for $rows[4]{name}, $rows[4]{id_number}, 'E7654321', '欧阳修';
is_deeply($said->{suspicious}, [], 'nothing looks odd');

my ($run, $run_status) = import_json($file);
is(counts($run), counts($said), 'the real run counts the same');
is_deeply($run->{$_}, $said->{$_}, "and tells the same: $_")
    for qw(refused changed suspicious);

my ($again) = import_json($file, '--check');
is(counts($again), 'new=0 corrected=0 unchanged=27 rejected=4', 'and again');

# In words.
$file[0]{level} = '初级';
($status, my $out) = $t->certctl('import', '--check', $t->csv('words.csv',
    @file));
$out = decode 'UTF-8', $out if !utf8::is_utf8($out);
like($out, qr/^nothing was imported: new 0, corrected 1, unchanged 26,/m,
     'the counts in words');
like($out, qr/^refused: 2 rows: approved is in the future; the first on line 2/m,
     'a reason in words');
like($out, qr/^changed: \d+; level "初级", before "高级"$/m, 'a change');

# What looks odd: a name filled down, a column of another form, dates.
my @odd = map { $t->certificate(name => '张三') } 1 .. 12;
push @odd, map { $t->certificate() } 1 .. 88;
$odd[20]{number} = 'A-' . $odd[20]{number};
$odd[30]{approved} = '1975-01-01';
@{$odd[40]}{qw(id_type id_number birth_date)} = ('passport', 'E1', '2010-01-01');
$odd[40]{id_number} = 'E1234999';
($said, $status) = import_json($t->csv('odd.csv', @odd), '--check');
is($status, 0, 'what looks odd is not refused');
my %odd = map { $_->{what} => [@$_{qw(rows line)}] } @{$said->{suspicious}};
is_deeply($odd{'have the same name'}, [12, 2], 'the same name');
is_deeply($odd{'have a number of another form than most'}, [1, 22],
          'another form');
is_deeply($odd{'were approved before 1980'}, [1, 32], 'an early date');
ok($odd{'have a holder who was under 16 or over 90 at the approval'},
   'a young holder');

# Rejects with their long numbers are put right in place and imported as they
# are, under the same headings.
my @bad = map { $t->certificate(approved => '2022-02-30') } 1 .. 3;
$bad[$_]{number} = sprintf '0%017d', 4711 + $_ for 0 .. 2;
$t->certctl('import', $t->csv('bad.csv', @bad));
my $rejects = $t->read('bad.rejects.csv');
like($rejects, qr/^\xEF\xBB\xBFline,column,reason,"number"/, 'rejects: BOM');
like($rejects, qr/"=""0{14}4711"""/, 'rejects: guarded numbers');
$t->write('mended.csv', $rejects =~ s/2022-02-30/2022-02-28/gr);
($said, $status) = import_json($t->path('mended.csv'));
is(counts($said), 'new=3 corrected=0 unchanged=0 rejected=0',
   'rejects that are put right');
is($t->certctl_json('show', $bad[0]{number})->{id_number},
   $bad[0]{id_number}, 'with every digit');

# An export for a spreadsheet is imported as it is; formulas are guarded in any.
my $formula = $t->certificate(specialty => '=1+1', level => '@a');
$t->import_rows($formula);
for my $form ([], ['--excel']) {
    my ($status, $csv) = $t->certctl('export', @$form, {raw => 1});
    is($status, 0, "export @$form: status");
    my $excel = @$form;
    is($csv =~ /^\xEF\xBB\xBF/ ? 1 : 0, $excel, "export @$form: the mark");
    is($csv =~ /=""\d{18}"""/ ? 1 : 0, $excel, "export @$form: the guards");
    like($csv, qr/"'=1\+1","'\@a"/, "export @$form: formulas are guarded");
    my ($said) = import_json($t->write('export.csv', $csv), '--check');
    is($said->{rejected} + $said->{corrected} + $said->{new}, 0,
       "export @$form: all is unchanged");
}
is($t->certctl_json('show', $formula->{number})->{specialty}, '=1+1',
   'the guard is not stored');
is(($t->certctl('export', '--excel', '--json'))[0], 2, '--excel and --json');

is($t->certctl_json('fsck')->{findings}, 0, 'fsck finds nothing');
$t->done();

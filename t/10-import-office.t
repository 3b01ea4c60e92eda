# certctl import: files that LibreOffice makes and saves, where it is installed
# (SOFFICE names another program).

use lib 't/lib';
use NgxCert;

my $soffice = $ENV{SOFFICE} // (grep { -x } map { "$_/soffice" }
    split /:/, $ENV{PATH} // '')[0];
plan(skip_all => 'no LibreOffice (soffice) is installed') if !$soffice;

my $t = NgxCert->new();
$t->home();

# The import filter of LibreOffice: separator, quote, UTF-8, first line, and
# each column as text (2), as a person chooses who knows of long numbers.
my $plainly = 'CSV:44,34,76,1';
my $text = "$plainly," . join '/', map { "$_/2" } 1 .. 13;

# Files of one kind at once, since it takes long to start.
sub convert {
    my ($to, $files, @more) = @_;
    my ($status, $out, $err) = $t->run($soffice,
        '-env:UserInstallation=file://' . $t->path('office'), '--headless',
        @more, '--convert-to', $to, '--outdir', $t->path('made'), @$files,
        {timeout => 500});
    my @made = map { $t->path('made/' . s{.*/|\.\w+$}{}gr . '.'
        . $to =~ s/:.*//r) } @$files;
    ok(-s $_, "LibreOffice made $_") or diag $out . $err for @made;
    return @made;
}

sub counts {
    my ($file, @more) = @_;
    my ($status, $out, $err) = $t->certctl('import', $file, '--json', @more);
    my $said = eval { JSON::PP->new->decode($out) } // {};
    return join ' ', "status=$status", map { "$_=" . ($said->{$_} // '?') }
        qw(new corrected unchanged rejected);
}

# What a spreadsheet makes something else of, as a level.
my @odd = ('=1+1', '-', '+86', '@a', '01', '3/4', '1-2', '2022-05', 'TRUE',
    'false', '1E5', '12E3', '50%', '5.10', '.5', '5.', '1,234', '１２', '(5)',
    '1:30', 'MAR1', '¥5', '$5', '0x10', '1 2', 'a"b', 'a,b', "x'y", '5月',
    '2022年5月', '1/2/3', '2022-05-15', '007', '100', '1.0', '二级', '第2批');
my @rows = map { $t->certificate(level => $_) } @odd;
$rows[$_]{number} = sprintf '2022%014d', $_ for 0 .. $#rows;
@rows[0 .. 4] = map { {%{$rows[$_]}, number => ('2022E001', '12E34', '1-2-3',
    '00123', '2022.10')[$_]} } 0 .. 4;
push @rows, $t->certificate(id_type => 'passport', id_number => '12345E67',
    sex => '', birth_date => '', name => 'José·Ångström');
$t->import_rows(@rows);
my $all = @rows;
my $same = "status=0 new=0 corrected=0 unchanged=$all rejected=0";
my $plain = $t->csv('people.csv', @rows);
my $excel = $t->path('excel.csv');
is(($t->certctl('export', '--excel', '--file', $excel))[0], 0, 'an export');
my $bad = $t->csv('bad.csv', map { {%$_, approved => '2022-02-30'} }
    @rows[0 .. 4]);
$t->certctl('import', $bad);
my $rejects = $t->path('bad.rejects.csv');

# All columns as text: whatever it is saved as, nothing is lost.
my ($texts) = convert('xlsx', [$plain], "--infilter=$text");
is(counts($texts, '--check'), $same, 'a workbook of texts');

# As it opens CSV by itself, long numbers become numbers; those of an export for
# spreadsheets, and of rejects, do not.
my $rounded = $t->csv('rounded.csv', @rows);
($rounded, my $book, my $rejected) = convert('xlsx',
    [$rounded, $excel, $rejects], "--infilter=$plainly");
my ($status, $out, $err) = $t->certctl('import', '--check', $rounded);
is($status, 1, 'numbers that are rounded: refused');
like($err, qr/rounded the long numbers/, 'numbers that are rounded: why');
is(counts($book, '--check'), $same, 'an export, opened and saved as .xlsx');
is(counts($rejected), 'status=1 new=0 corrected=0 unchanged=0 rejected=5',
   'rejects, opened and saved, are refused for the same');
like($t->read('made/bad.rejects.rejects.csv'), qr/^\d+,approved,/m,
     'the same: their dates');

# Saved as CSV, with semicolons.
for my $csv (convert('csv:Text - txt - csv (StarCalc):59,34,76,1',
    [$texts, $book]))
{
    is(counts($csv, '--check'), $same, "saved as CSV: $csv");
}

# Without a filter it takes the bytes for Western letters, whatever mark the file
# has, in a locale such as C.
my ($western) = convert('xlsx', [$t->write('west.csv', $t->read('excel.csv'))]);
($status, $out, $err) = $t->certctl('import', '--check', $western);
is($status, 2, 'opened in another encoding: refused');
like($err, qr/was UTF-8, and was opened as another encoding/, 'by name');

$t->done();

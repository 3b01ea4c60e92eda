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
my $text = 'CSV:44,34,76,1,' . join '/', map { "$_/2" } 1 .. 13;

sub convert {
    my ($to, $file, @more) = @_;
    my ($status, $out, $err) = $t->run($soffice,
        '-env:UserInstallation=file://' . $t->path('office'), '--headless',
        @more, '--convert-to', $to, '--outdir', $t->path('made'), $file);
    my $made = $t->path('made/' . $file =~ s{.*/|\.\w+$}{}gr . '.'
        . $to =~ s/:.*//r);
    ok(-s $made, "LibreOffice made $to of $file") or diag $out . $err;
    return $made;
}

sub counts {
    my ($file, @more) = @_;
    my ($status, $out, $err) = $t->certctl('import', $file, '--json', @more);
    my $said = eval { JSON::PP->new->decode($out) } // {};
    return join ' ', "status=$status", map { "$_=" . ($said->{$_} // '?') }
        qw(new corrected unchanged rejected);
}

my @rows = map { $t->certificate() } 1 .. 20;
$rows[$_]{number} = sprintf '2022%014d', $_ for 0 .. $#rows;
$t->import_rows(@rows);
my $same = 'status=0 new=0 corrected=0 unchanged=20 rejected=0';
my $csv = $t->csv('people.csv', @rows);

# All columns as text: whatever it is saved as, nothing is lost.
is(counts(convert('xlsx', $csv, "--infilter=$text")), $same,
   'a workbook of texts');
is(counts(convert('csv:Text - txt - csv (StarCalc):59,34,76,1',
    $t->path('made/people.xlsx'))), $same, 'saved as CSV with semicolons');

# As LibreOffice opens CSV by itself, long numbers become numbers.
my $rounded = convert('xlsx', $t->csv('rounded.csv', @rows));
my ($status, $out, $err) = $t->certctl('import', $rounded);
is($status, 1, 'numbers that are rounded: refused');
like($err, qr/rounded the long numbers/, 'numbers that are rounded: why');

# Rejects are opened, corrected and saved.
$rows[$_]{approved} = '2022-02-30' for 0 .. 4;
$t->certctl('import', $t->csv('bad.csv', @rows));
my $rejects = $t->path('bad.rejects.csv');
my $opened = convert('xlsx', $rejects, '--infilter=CSV:44,34,76,1');
is(counts($opened), 'status=1 new=0 corrected=0 unchanged=0 rejected=5',
   'rejects, opened and saved, are refused for the same');
like($t->read('made/bad.rejects.rejects.csv'), qr/^\d+,approved,/m,
     'the same: their dates');

$t->done();

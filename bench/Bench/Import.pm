package Bench::Import;

# Import of the same rows as CSV and as a workbook (.xlsx), with and without
# --check: CPU time a row and the most memory that certctl had, at each size that
# a sheet has room for.  The workbook has its texts in one list, as spreadsheets
# write them.  CPU time does not depend on what else the machine does.

use strict;
use warnings;
use utf8;

use Bench;
use Encode qw(decode encode);
use IO::Compress::Zip qw(ZIP_CM_DEFLATE $ZipError);
use Workbook;

# With the line of headings.
my $SHEET_MAX = 1_048_575;

my @SIDES = (
    ['csv', 'import of CSV'], ['csv', 'import --check of CSV', '--check'],
    ['xlsx', 'import of .xlsx'],
    ['xlsx', 'import --check of .xlsx', '--check'],
);


sub measure {
    return Bench::skip('import', 'GNU time is not installed')
        if !-x '/usr/bin/time';

    my @rows;
    for my $n (sort { $a <=> $b } split /,/, $Bench::opt{certificates}) {
        push @rows, size($n) if $n <= $SHEET_MAX;
    }
    return {import => \@rows};
}


sub size {
    my ($n) = @_;

    my %file = (csv => "rows-$n.csv", xlsx => "rows-$n.xlsx");
    my ($status, $out, $err) = $Bench::home->run(NgxCert::top()
        . '/scripts/generate', '--certificates', $n,
        {raw => 1, timeout => 3600});
    die "generate: $err\n" if $status != 0;
    $Bench::home->write($file{csv}, $out);
    workbook($Bench::home->path($file{xlsx}), \$out);

    my (%cpu, %ratio, %mb);
    for my $round (1 .. $Bench::opt{rounds}) {
        for my $side (@SIDES) {
            my ($kind, $name, @args) = @$side;
            my ($seconds, $mb) = import_one($file{$kind}, @args);
            push @{$cpu{$name}}, 1e6 * $seconds / $n;
            push @{$mb{$name}}, $mb;
            push @{$ratio{$name}}, $cpu{$name =~ s/\.xlsx/CSV/r}[-1]
                / $cpu{$name}[-1] if $kind eq 'xlsx';
            Bench::note("import round $round: $name of $n rows: ",
                sprintf '%.1f us a row, %.0f MB', $cpu{$name}[-1], $mb);
        }
    }
    unlink map { $Bench::home->path($_) } values %file;

    return map { my (undef, $name) = @$_; {
        name => $name, rows => $n, cpu_us => Bench::stat_of(@{$cpu{$name}}),
        memory_mb => Bench::stat_of(@{$mb{$name}}),
        ratio_cpu => $ratio{$name} ? Bench::stat_of(@{$ratio{$name}}) : undef,
    } } @SIDES;
}


# CPU seconds and megabytes of one import into a home of its own.
sub import_one {
    my ($file, @args) = @_;

    my $t = NgxCert->new();
    $t->home();
    my $told = $t->path('time');
    my ($status, $out, $err) = $t->run('/usr/bin/time', '-o', $told, '-f',
        '%U %S %M', NgxCert::certctl_bin(), '--home', $t->home, 'import',
        $Bench::home->path($file), @args, {timeout => 7200});
    die "import: $out$err\n" if $status != 0;

    my ($user, $system, $kb) = split ' ', $t->read('time');
    return ($user + $system, $kb / 1e3);
}


# Written row by row, as Workbook.pm does not: a million rows are 600 MB of XML.
sub workbook {
    my ($path, $csv) = @_;

    my $parts = Workbook::parts(rows => []);
    delete @$parts{'xl/worksheets/sheet1.xml', 'xl/sharedStrings.xml'};
    my %of = (Method => ZIP_CM_DEFLATE, Time => 1e9, -Level => 1);
    my $zip = IO::Compress::Zip->new($path, %of, Name => '[Content_Types].xml')
        or die $ZipError;
    $zip->print(delete $parts->{'[Content_Types].xml'});
    for my $name (sort keys %$parts) {
        $zip->newStream(%of, Name => $name);
        $zip->print(encode('UTF-8', $parts->{$name}));
    }

    $zip->newStream(%of, Name => 'xl/worksheets/sheet1.xml');
    $zip->print('<worksheet xmlns="http://schemas.openxmlformats.org/'
        . 'spreadsheetml/2006/main"><sheetData>');
    my (%index, @texts);
    my $y = 0;
    open my $fh, '<:raw', $csv or die "csv: $!\n";
    while (my $line = <$fh>) {
        chomp $line;
        my ($x, $xml) = (0, '<row r="' . ++$y . '">');
        for my $text (map { s/\A"|"\z//gr } split /,/, $line, -1) {
            my $at = chr(65 + $x++) . $y;
            next if $text eq '';
            my $n = $index{$text} //= do { push @texts, $text; $#texts };
            $xml .= qq(<c r="$at" t="s"><v>$n</v></c>);
        }
        $zip->print("$xml</row>");
    }
    $zip->print('</sheetData></worksheet>');

    $zip->newStream(%of, Name => 'xl/sharedStrings.xml');
    $zip->print('<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/'
        . '2006/main">');
    $zip->print('<si><t>' . Workbook::escape($_) . '</t></si>') for @texts;
    $zip->print('</sst>');
    $zip->close();
}


1;

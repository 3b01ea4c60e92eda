# scripts/bench runs, and prints its figures as JSON and as a table.  The
# figures themselves are not tested: that needs an idle machine.

use lib qw(bench t/lib);
use NgxCert;

use Bench::Report ();

plan skip_all => 'wrk is not installed'
    if !grep { -x "$_/wrk" } split /:/, $ENV{PATH};

my $t = NgxCert->new();
my $json = $t->path('figures.json');
my ($status, $out, $err) = $t->run($t->top . '/scripts/bench', '--as-is',
    '--quick', '--no-beside', '--rounds', 1, '--certificates', 100,
    '--json', $json,
    'check', 'growth', 'memory', {timeout => 900});
is($status, 0, 'it runs') or diag($err);

my $found = JSON::PP->new->utf8->decode($t->read('figures.json'));
my %row = map { $_->{key} => $_ } @{$found->{subjects}{check}};
is_deeply([sort keys %row],
    [qw(digest hot limit limit_post match random recent)],
    'each kind of check is measured, and its limit');
for my $key (sort keys %row) {
    cmp_ok($row{$key}{rate}{median}, '>', 0, "$key: answers");
    cmp_ok($row{$key}{cpu_us}{median}, '>', 0, "$key: time of the server");
    is(defined $row{$key}{ratio_rate}, $key !~ /^limit/,
       "$key: compared with its limit");
}
cmp_ok($found->{subjects}{growth}[0]{start_ms}{median}, '>', 0,
       'the start is measured');

SKIP: {
    my $reason = $found->{skipped}{memory};
    if (defined $reason) {
        like($out, qr/^memory is skipped: \Q$reason\E$/m, 'with the reason');
        skip $reason, 1;
    }

    %row = map { $_->{key} => $_ } @{$found->{subjects}{memory}};
    is_deeply([sort keys %row], [qw(memory readahead shipped)],
        'checks of a store larger than memory, and of one in memory');
    for my $key (sort keys %row) {
        cmp_ok($row{$key}{$_}{median}, '>', 0, "$key: $_")
            for qw(rate p99_ms limit_p99_ms);
        is(defined $row{$key}{limit_mb}, $key ne 'memory', "$key: memory");
        is(defined $row{$key}{ratio_rate}, $key ne 'memory', "$key: ratio");
    }
    is_deeply([map { $_->{key} } @{$found->{subjects}{cold}}],
        [map { ("$_ limited", "$_ all") } qw(fsck export backup import)],
        'commands on a store that is on disk');
    cmp_ok($_->{ratio}{median}, '>', 0, "$_->{key}: with and without readahead")
        for @{$found->{subjects}{cold}};
}

like($out, qr/^by code, random +100 /m, 'a table is printed');
like(Bench::Report::markdown($found), qr/^\| by code, random \| 100 \| \d+ \|/m,
     'and one in Markdown');

# Documents are only made from a complete run.
($status, $out, $err) = $t->run($t->top . '/scripts/bench', '--check', '--docs',
                                $json);
isnt($status, 0, 'a run with fewer certificates makes no documents');
like($err, qr/^figures: not one row of "check" is asked for$/m, 'and says why');

$t->done();

# scripts/soak itself: what it counts and what it calls broken; a test that
# ends early or prints no number must not pass as a good one.  The tests that it
# names exist in this suite.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();

# Tests that only print something; and a table of promises about them.
my %says = (
    good    => "ok 1 - 12 kills\nok 2 - 30 kills\n# 7 rounds\n1..2\n",
    bad     => "ok 1 - 5 kills\nnot ok 2 - none lost\n1..2\n",
    early   => "ok 1 - 5 kills\n",
    silent  => "ok 1 - fine\n1..1\n",
    skipped => "1..0 # SKIP no such tool\n",
);
for my $name (keys %says) {
    $t->write("$name.pl", "print <<'END';\n$says{$name}END\n"
        . ($name eq 'bad' ? "exit 1;\n" : ''));
}
my $n = 0;
my $table = $t->write('table.pl', "use utf8;\n(" . join(",\n", map {
    my $file = $t->path("$_.pl");
    "['$_', 'about $_', [{tests => ['$file'], env => {N => [1, 60]}}],"
        . '[[' . ++$n . ", 'promise of $_', [[qr/(\\d+) kills/, 'kills'],"
        . ($_ eq 'good' ? "[qr/(\\d+) rounds/, 'rounds']," : '')
        . "], 'what is left of $_']]]"
} sort keys %says) . ")\n");

sub soak {
    my (@args) = @_;
    unlink $t->path('out.json');
    my ($status, $out, $err) = $t->run($t->top . '/scripts/soak', '--table',
        $table, '--json', $t->path('out.json'), @args);
    my $json = $t->read('out.json');
    return ($status, $out . $err,
            $json ne '' ? JSON::PP->new->utf8->decode($json) : {});
}

my ($status, $out, $json) = soak('--seed', 7);
is($status, 1, 'something is broken: status');
like($out, qr/^seed 7\b/, 'the seed is printed');
is($json->{seed}, 7, 'and in the file');
my %row = map { $_->{subject} => $_ } @{$json->{promises}};
my %outcome = (good => 'kept', bad => 'broken', early => 'broken',
    silent => 'broken', skipped => 'not shown');
for my $name (sort keys %outcome) {
    is($row{$name}{outcome}, $outcome{$name}, "$name: $outcome{$name}");
    is($row{$name}{promise}, "promise of $name", "$name: the promise");
    is($row{$name}{risk}, "what is left of $name", "$name: what is left");
    like($out, qr/^ +\d+ +$name +$outcome{$name}\b/m, "$name: in the table");
}
is($row{good}{done}, '42 kills, 7 rounds', 'the numbers of the tests');
like("@{$row{bad}{reasons}}", qr/none lost/, 'what failed is named');
like("@{$row{early}{reasons}}", qr/ended early/, 'an early end is, too');
like("@{$row{silent}{reasons}}", qr/nothing was counted: kills/,
     'and a number that is missing');
is("@{$row{skipped}{reasons}}", 'no such tool', 'and what could not run');

($status, $out, $json) = soak('good', 'skipped');
is($status, 0, 'nothing is broken: status');
is(scalar @{$json->{promises}}, 2, 'subjects can be chosen');
($status, $out) = soak('--list');
is($status, 0, 'a list');
is(join(' ', $out =~ /^(\w+)/mg), 'bad early good silent skipped',
   'of all subjects');
is((soak('unknown'))[0], 2, 'an unknown subject');
is((soak('--unknown'))[0], 2, 'an unknown option');

# The real table names existing tests, and has the numbers of all promises.
($status, $out) = $t->run($t->top . '/scripts/soak', '--list');
is($status, 0, 'the real table');
chdir $t->top;
my @real = do('./t/soak/promises.pl');
my @missing = grep { !(() = glob) } map { m{^unit/(.*)} ? "t/unit/*/$1.c" : "t/$_.t" }
    map { @{$_->{tests}} } map { @{$_->[2]} } @real;
is("@missing", '', 'its tests exist');
my %numbers = map { $_->[0] => 1 } map { @{$_->[3]} } @real;
is(join(' ', sort { $a <=> $b } keys %numbers, 21), join(' ', 1 .. 28),
   'it has promises 1 to 28; 21 is shown by all the others');

$t->done();

# kill -9 in the middle of an import loses no committed row, and the next run
# completes it; of annotate, every copy is made exactly once; of a renderer,
# another one takes its job.

use lib 't/lib';
use NgxCert;
use Time::HiRes qw(sleep);

my $t = NgxCert->new();
my $home = $t->home();
my $batch = $t->import_batch;
my $all = 8 * $batch;
my $file = $t->path('people.csv');
my $out = $t->run($t->top . '/scripts/generate', '--certificates', $all,
    {out => $file});

sub stat_json { $t->certctl_json('stat') }

# Seven kills, each somewhere behind a commit of its own; commits are whole
# batches.
my ($last, $kills) = (0, 0);
for my $round (1 .. 7) {
    my $pid = $t->spawn($t->certctl_bin, '--home', $home, 'import', $file);
    my $seen;
    $t->await(sub {
        $seen = stat_json()->{certificates};
        return $seen > $last || defined $t->ended($pid);
    });
    sleep 0.02 * $round;
    kill 'KILL', $pid;
    $kills++ if $t->wait($pid) == 128 + 9;

    my $stat = stat_json();
    cmp_ok($stat->{certificates}, '>=', $seen, "round $round: nothing lost");
    is($stat->{certificates} % $batch, 0, "round $round: whole batches");
    $last = $stat->{certificates};
}
cmp_ok($kills, '>=', 3, "$kills were killed on their way");
cmp_ok($last, '>', 0, 'there were commits');
is($t->certctl_json('fsck')->{findings}, 0, 'fsck finds nothing');

my $said = $t->certctl_json('import', $file);
is($said->{rejected}, 0, 'the next run completes');
is($said->{unchanged}, $last, 'the committed rows are unchanged');
is($said->{new}, $all - $last, 'the rest is new');
is(stat_json()->{certificates}, $all, 'all there');
is(stat_json()->{readers}, 1, 'no reader slot of a killed process is left');
is(($t->certctl('journal', 'verify'))[0], 0, 'the journal verifies');

# Copies: killed six times, then finished by --pending.
my @numbers = map { (split /,/)[0] }
    (split /\n/, $t->certctl_ok('export'))[1 .. 60];
my $list = $t->write('list', join '', map { "$_\n" } @numbers);
for my $round (1 .. 6) {
    my @what = $round == 1 ? ('--file', $list) : ('--pending');
    my $pid = $t->spawn($t->certctl_bin, '--home', $home, 'annotate', @what,
        '--jobs', 3);

    # The first run is killed once its applications are on disk, not before.
    $t->await(sub { stat_json()->{annotations} >= @numbers });
    sleep 0.02 * $round;
    kill 'KILL', $pid;
    $t->wait($pid);
}
my ($status, undef, $err) = $t->certctl('annotate', '--pending');
is($status, 0, '--pending completes') or diag $err;

my $stat = stat_json();
is($stat->{annotations}, 60, 'every application once');
is($stat->{queue}, 0, 'none waits');
my $fsck = $t->certctl_json('fsck', '--files');
is($fsck->{files}, 60, 'a file for each');
is($fsck->{findings}, 0, 'fsck finds nothing') or diag explain $fsck->{list};

# A renderer that is killed is replaced; the command succeeds.
$list = $t->write('list2', join '', map { "$_\n" } @numbers);
my $pid = $t->spawn($t->certctl_bin, '--home', $home, 'annotate', '--file',
    $list, '--jobs', 2);
my $over = sub { $t->read("/proc/$pid/stat") !~ /\) [^Z]/ };
my $first = sub { (split ' ', $t->read("/proc/$pid/task/$pid/children"))[0] };
my %shot;
for (1 .. 2) {
    my $child;
    $t->await(sub { ($child = $first->()) && !$shot{$child} || $over->() });
    $shot{$child} = kill 'KILL', $child if $child;
    sleep 0.1;
}
cmp_ok(scalar keys %shot, '>', 0, 'renderers killed: ' . keys %shot);
is($t->wait($pid), 0, 'and every copy is made');
$fsck = $t->certctl_json('fsck', '--files');
is($fsck->{files}, 120, 'a file for each');
is($fsck->{findings}, 0, 'fsck finds nothing') or diag explain $fsck->{list};

# A child of fsck reads the store; its death is a finding.  It may end before
# the test sees it.
for (1 .. 20) {
    $pid = $t->spawn($t->certctl_bin, '--home', $home, 'fsck');
    my $child;
    1 while !($child = $first->()) && !$over->();
    kill 'SEGV', $child if $child;
    $status = $t->wait($pid);
    last if $status != 0;
}
is($status, 1, 'the child of fsck crashes: it says no');
like($t->read("tmp/$pid.out"), qr/^store: it is damaged: reading it/m,
     'and why');

$t->done();

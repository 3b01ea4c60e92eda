# The power fails at any moment: every acknowledged change is stored, the whole
# store verifies, and the next write succeeds.
#
# The disk is simulated: certd and certctl run with t/fault/writes.c, which
# notes every write to the store and every sync, and t/soak/crash.c builds
# the files that may be left when writes that were not yet synced are lost in
# part.  CRASH_STATES (400) is the number of such states, CRASH_ACKS (40) the
# number of changes, SEED chooses them.

use lib 't/lib';
use NgxCert;


my $wanted = $ENV{CRASH_STATES} // 400;
my $work = $ENV{CRASH_ACKS} // 40;
my $seed = $ENV{SEED} // int rand 1e9;
srand $seed;

my $CLIENTS = 4;

my $t = NgxCert->new();
my $row = $t->certificate();
my @rows = ($row, map { $t->certificate($t->same_person($row)) } 1 .. 20);
my @others = map { $t->certificate() } 1 .. 5;
$t->import_rows(@rows, @others);
$t->certctl_ok('policy', 'set', 'quota=100');
my $home = $t->home;
my $store = "$home/store/data.mdb";
my $image = $t->write('image', $t->read($store));
my $notes = $t->write('notes', '');
chmod 0666, $notes;
my %env = (WRITES_FILE => $store, WRITES_LOG => $notes,
           LD_PRELOAD => $t->build . '/writes.so');

$t->conf($t->holder_conf, log_level => 'alert');
$t->start();
$t->certd(env => \%env);
my $holder = $t->holder($row);


# Notes an acknowledged change, behind all writes that came before the answer.
sub told {
    my ($code, $what) = @_;
    my $text = "$code $what";
    open my $fh, '>>:raw', $notes or die "$notes: $!\n";
    syswrite $fh, pack('q<3', ord 'A', 0, length $text) . $text;
}

# Repeats a request that the disk was too slow for.
sub insist {
    my ($ask) = @_;
    my $r;
    $t->await(sub { ($r = $ask->()) && $r->status != 503 });
    return $r;
}

# One of several clients: applies, and withdraws every other copy.
sub client {
    my ($id) = @_;

    my $failed = 0;
    for my $n (1 .. $work / $CLIENTS) {
        my $number = $rows[($n * $CLIENTS + $id) % @rows]{number};
        my $r = insist(sub { $holder->apply($number, key => "$id-$n") });
        $failed++, next if !$r || $r->status != 201;
        my $code = $r->json->{annotation}{code};
        told($code, 'applied');
        next if $n % 2;
        $r = insist(sub {
            $holder->post("/holder/annotations/$code/withdraw");
        });
        $failed++, next if !$r || $r->status != 200;
        told($code, 'withdrawn');
    }
    POSIX::_exit($failed ? 1 : 0);
}

my @pids;
for my $id (0 .. $CLIENTS - 1) {
    my $pid = fork // die "fork: $!\n";
    client($id) if $pid == 0;
    push @pids, $pid;
}

# Operators write as well, in processes of their own.
my $operator = 0;
for my $n (1 .. 5) {
    my @what = $n % 2 ? ('import', $t->csv("more$n.csv",
        map { $t->certificate() } 1 .. 20)) : ('suspend', $others[-$n]{number});
    $operator++ if ($t->certctl(@what, {env => \%env}))[0] == 0;
}
my $failed = 0;
for (@pids) {
    waitpid $_, 0;
    $failed++ if $? != 0;
}
is($failed, 0, 'every client was answered');
is($operator, 5, 'and so was the operator');
is($t->certd_stop(), 0, 'certd ends in order');
$t->stop();
my $told = () = $t->read('notes') =~ /-....-....-.... (?:applied|withdrawn)/g;
cmp_ok($told, '>=', $work, "$told changes were told to be done");


# In memory, because a state is a whole file.
my $memory = -w '/dev/shm' ? '/dev/shm' : $t->dir;
my $place = File::Temp->newdir('ngx_cert_XXXXXXXX', DIR => $memory);

sub crash {
    my (@more) = @_;
    my ($status, $out, $err) = $t->run($t->build . '/soak/crash', $image,
        $notes, $home, "$place", $seed, @more, {timeout => 3600});
    is($status, 0, 'states were built') or diag($err);
    return ({$out =~ /(\w+) (\d+)/g}, $err);
}

my ($was, $err) = crash($wanted);
ok($t->read("$place/whole") eq $t->read($store),
   'the notes are complete: together they make the present store');
is($was->{acks}, $told, 'every acknowledged change is looked for');
cmp_ok($was->{states}, '>', $wanted * 0.6,
       "$was->{states} states after a loss of power");
is($was->{$_} // 'none', 0, "$_: none") for qw(lost not_opened damaged refused
    crashed);
is($was->{right}, $was->{states}, 'each holds every acknowledged change')
    or diag("seed $seed\n", $err);

# The test can fail: a disk that keeps none of its promises loses changes.
my ($lie) = crash(60, 'lie');
cmp_ok($lie->{states} - $lie->{right}, '>', $lie->{states} / 4,
       'if syncs do nothing, wrong states are found');

$t->done();

# The lock file of a store in use is removed, as people do with a lock that is
# in their way.  Every process notices it, none makes a new one, requests get
# 503 until there is one, and everything goes on without a restart.  A process
# that held the lock of the old file writes no more: two writers would ruin the
# store.  LOCKS_REMOVED (3) says how often.

use lib 't/lib';
use NgxCert;

my $rounds = $ENV{LOCKS_REMOVED} // 3;

my $t = NgxCert->new();
my $row = $t->certificate();
my @rows = ($row, map { $t->certificate($t->same_person($row)) } 1 .. 20);
my ($mine, $held, $other) = map { $t->certificate() } 1 .. 3;
$t->import_rows(@rows, $mine, $held, $other);
$t->certctl_ok('policy', 'set', 'quota=100');
my $valid = $t->annotate($mine->{number})->{code};

$t->conf($t->holder_conf, workers => 2);
$t->start();
$t->certd();
$t->expect_log(qr/certificate store ".*" (?:cannot be used|is closed)/,
               qr/certificate store cannot answer/, qr/certd: \[alert\]/);
my $holder = $t->holder($row);

my $lock = $t->home . '/store/lock.mdb';
my @as = stat $lock;
sub remove { unlink $lock or die "$lock: $!\n" }
sub restore {
    open my $fh, '>', $lock or die "$lock: $!\n";
    close $fh;
    chown @as[4, 5], $lock;
    chmod $as[2] & 07777, $lock;
}

my @acks;
sub apply {
    my ($key) = @_;
    my $r = $holder->apply($rows[$key % @rows]{number}, key => "k$key");
    push @acks, $r->json->{annotation}{code} if $r && $r->status == 201;
    return $r ? $r->status : 0;
}

# Waits until all workers and certd give these answers.
sub settles {
    my ($name, $check, $apply, $key) = @_;
    my $same;
    $t->await(sub {
        $same = 0;
        $same++ while $same < 20
            && $t->get("/check/$valid")->status == $check;
        return $same == 20;
    });
    is($same, 20, "$name: a check gets $check");
    my $status;
    $t->await(sub { ($status = apply($key)) == $apply });
    is($status, $apply, "$name: an application gets $apply");
}

settles('at first', 200, 201, 0);
for my $round (1 .. $rounds) {
    remove();
    settles("removed, $round", 503, 503, $round);
    ok(!-e $lock, "removed, $round: no new file is made");
    my ($status, undef, $err) = $t->certctl('suspend', $other->{number});
    is($status, 3, "removed, $round: certctl refuses");
    like($err, qr/lock\.mdb/, "removed, $round: and says why");
    restore();
    settles("restored, $round", 200, 201, $round);
}


# A process holds the lock; the file is replaced, and others write with the new
# one.  Then the first process goes on.
for my $round (1 .. $rounds) {
    # No change of certd itself may wait for that lock.
    $t->await(sub { !$t->certctl_json('stat')->{queue} });

    my $digits = substr $held->{id_number}, 0, 14;
    $digits .= sprintf '%03d', 500 + $round;
    my $new = $digits . NgxCert::id_check($digits);
    $t->secret($new);

    my $pid = $t->spawn($t->build . '/tool/lock', $t->path('home'),
        $held->{number}, $new);
    ok($t->await(sub { -s $t->path("tmp/$pid.out") }), "held, $round: a process holds the lock");
    remove();
    restore();
    settles("replaced, $round", 200, 201, 100 + $round);
    $t->certctl_ok($round % 2 ? 'suspend' : 'reinstate', $other->{number});

    kill 'USR1', $pid;
    isnt($t->wait($pid), 0, "held, $round: it cannot commit any more");

    # Its snapshot may be gone by then, and with it the record it looks for.
    like($t->read("tmp/$pid.out") . $t->read("tmp/$pid.err"),
         qr/lock\.mdb of the store .*replaced|^change: /m,
         "held, $round: and says why");
    is(apply(200 + $round), 201, "held, $round: others go on");
}

is($t->certd_stop(), 0, 'certd ends in order');
my ($status, $out) = $t->certctl('fsck');
is($status, 0, 'fsck finds nothing') or diag($out);
is(($t->certctl('journal', 'verify'))[0], 0, 'and so is the journal');
my %codes = map { $_ => 1 } @acks;
my $missing = grep { ($t->certctl('show', $_))[0] != 0 } keys %codes;
is($missing, 0, scalar(keys %codes) . ' acknowledged, none lost');

$t->done();

# Clients that go away in the middle of an application: after any byte of it,
# and at any moment before the answer.  The application is done once or not at
# all, the same key tells which, and certd keeps nothing of the client.  ABORTS
# (120) is the number of clients, SEED chooses the moments.

use lib 't/lib';
use NgxCert;

use Socket qw(SOL_SOCKET SO_LINGER);
use Time::HiRes qw(sleep);

my $wanted = $ENV{ABORTS} // 120;
my $seed = $ENV{SEED} // int rand 1e9;
srand $seed;
my @PAUSES = (0, 0.001, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1);

my $t = NgxCert->new();
my $row = $t->certificate();
my @rows = ($row, map { $t->certificate($t->same_person($row)) }
    1 .. 3 + $wanted / 50);
$t->import_rows(@rows);
$t->certctl_ok('policy', 'set', 'quota=100');
my $valid = $t->annotate($row->{number});
$t->conf($t->holder_conf);
$t->start();
$t->certd();
my $holder = $t->holder($row);
my ($service) = $t->certd_processes('service');

sub application {
    my ($n) = @_;
    return ("/holder/certificates/$rows[1 + $n % (@rows - 1)]{number}"
            . '/annotations', form => [scene => 'self', days => 90],
            headers => [Cookie => $holder->{cookie},
                        'Idempotency-Key' => "abort-$n"]);
}

# Half of them send the whole request and do not wait for the answer.
my ($gone, $whole) = (0, 0);
for my $n (1 .. $wanted) {
    my $bytes = $t->request_bytes('POST', application($n), close => 1);
    my $cut = $n % 2 ? length $bytes : 1 + int rand length $bytes;
    my $socket = $t->connect();
    syswrite $socket, substr $bytes, 0, $cut;
    $whole += $cut == length $bytes;
    sleep $PAUSES[rand @PAUSES];
    setsockopt $socket, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0 if rand 4 > 1;
    close $socket;
    $gone++;
    is($t->get("/check/$valid->{code}")->status, 200, 'others are answered')
        if $n % 40 == 0;
}
cmp_ok($gone, '>=', $wanted, "$gone clients went away, $whole of them in the "
       . 'end');

# The same requests with the same keys: the answer is what was done.
my ($odd, %codes) = (0);
my $before = $t->certctl_json('stat')->{annotations};
for my $n (1 .. $wanted) {
    my $r;
    $t->await(sub {
        $r = $t->request('POST', application($n));
        return $r && $r->status != 503;
    });
    $odd++ if !$r || $r->status != 201;
    $codes{$r->json->{annotation}{code}}++ if $r && $r->status == 201;
}
is($odd, 0, 'each is accepted when it is repeated');
is(scalar keys %codes, $wanted, 'under a code of its own');
is($t->certctl_json('stat')->{annotations}, 1 + $wanted,
   'none was done twice');
cmp_ok($before, '>', 1, $before - 1 . ' were done without a waiting client');

my $open;
$t->await(sub { ($open = () = glob "/proc/$service/fd/*") <= 60 });
cmp_ok($open, '<=', 60, 'certd has closed the connections');
is(join(' ', $t->certd_processes('service')), $service, 'and is the same');

is($t->certd_stop(), 0, 'certd ends in order');
my ($status, $out) = $t->certctl('fsck');
is($status, 0, 'fsck finds nothing') or diag($out);

$t->done();

# Workers that are killed take nothing with them but their own connections,
# and leave nothing behind in the reader table.  WORKER_KILLS (50) says how many.

use lib 't/lib';
use NgxCert;

use Time::HiRes qw(sleep time);

my $kills = $ENV{WORKER_KILLS} // 50;

my $t = NgxCert->new();
my $samples = $t->samples();
my $code = $samples->{valid}{code};

$t->conf(workers => 3, server => <<'END');
        location /check  { cert_check; }
        location /status { cert_status; }
END
$t->start();
$t->expect_log(qr/exited on signal 9/);

sub store_fds {
    my ($pid) = @_;
    return grep { (readlink // '') =~ m{/store/data\.mdb$} }
        glob "/proc/$pid/fd/*";
}


# With requests on all connections.
my ($answered, $lost, $wrong, $killed) = (0, 0, 0, 0);
my @sockets;
for my $round (1 .. $kills) {
    my @workers;
    for (1 .. 200) {
        @workers = $t->workers and last;
        sleep 0.05;
    }
    kill 'KILL', $workers[rand @workers] and $killed++;

    for my $i (0 .. 5) {
        my $fresh = !$sockets[$i];
        $sockets[$i] //= $t->connect();
        my $r = eval { $t->request('GET', "/check/$code",
                       socket => $sockets[$i], close => 0) };
        if (!$r) {
            # Its worker may be the one that was killed.
            undef $sockets[$i];
            $lost++;
            next;
        }
        $answered++;
        $wrong++ if $r->status != 200 || $r->json->{result} ne 'valid';
    }
    sleep 0.05;
}
is($killed, $kills, "$killed workers killed");
is($wrong, 0, "all $answered answers were right");
cmp_ok($lost, '<', $answered, 'connections of killed workers were lost');

my $end = time + 5;
sleep 0.5;      # the last killed may still be listed
sleep 0.05 while $t->workers < 3 && time < $end;
is(scalar($t->workers), 3, 'all workers are there again');

# What was lost is a connection: a new one is answered every time.
my $failed = 0;
for (1 .. 200) {
    my $r = $t->get("/check/$code");
    $failed++ if !$r || $r->status != 200;
}
is($failed, 0, 'every new connection is answered');

is(scalar(store_fds($_)), 1, 'one descriptor in a worker') for $t->workers;


# Workers look at the table when they start and every few seconds.
$end = time + 15;
my $readers;
do {
    $readers = $t->get('/status')->json->{store}{readers};
    sleep 0.2;
} while $readers > 4 && time < $end;
cmp_ok($readers, '<=', 4, 'the reader table is clean');

my ($status, $out) = $t->run('mdb_stat', '-r', $t->home . '/store');
my @slots = $out =~ /^\s*(\d+) [0-9a-f]+ /mg;
my %alive = map { $_ => 1 } $t->workers;
is(grep({ !$alive{$_} } @slots), 0, 'no slot of the dead') or diag($out);


# A worker that is stopped in the middle stops nobody else.
my ($stopped) = $t->workers;
kill 'STOP', $stopped;
my ($cert) = $t->import_rows($t->certificate());
my $copy = $t->annotate($cert->{number});
kill 'CONT', $stopped;
is($t->get("/check/$copy->{code}")->json->{result}, 'valid',
   'a writer went on beside a worker that stood still');

$t->done();

# When a worker is killed, only its own connections are lost, and no slot of it
# stays in the reader table.  WORKER_KILLS (50) says how many are killed.

use lib 't/lib';
use NgxCert;

use Time::HiRes qw(sleep);

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


# Kills with requests on all connections.
my ($answered, $lost, $wrong, $killed) = (0, 0, 0, 0);
my (@sockets, %gone);
for my $round (1 .. $kills) {

    # A killed worker is listed until it has ended.
    my @workers;
    $t->await(sub { @workers = grep { !$gone{$_} } $t->workers });
    my $victim = $workers[rand @workers];
    $gone{$victim} = 1;
    kill 'KILL', $victim and $killed++;

    for my $i (0 .. 5) {
        my $fresh = !$sockets[$i];
        $sockets[$i] //= $t->connect();
        my $r = eval { $t->request('GET', "/check/$code",
                       socket => $sockets[$i], close => 0) };
        if (!$r) {
            # The worker of this connection may be the killed one.
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

# The master logs the end of each killed worker.
my $ends = qr/exited on signal 9/;
is($t->log_count('error', $ends), $kills, 'the master has seen each end')
    if $t->await_log('error', $ends, $kills);
$t->await(sub { $t->workers_ready == 3 });
is(scalar($t->workers_ready), 3, 'all workers are there again');

# Only a connection was lost: every new one is answered.
my $failed = 0;
for (1 .. 200) {
    my $r = $t->get("/check/$code");
    $failed++ if !$r || $r->status != 200;
}
is($failed, 0, 'every new connection is answered');

is(scalar(store_fds($_)), 1, 'one descriptor in a worker') for $t->workers;


# Workers look at the table when they start and every few seconds.
my $readers;
$t->await(sub {
    $readers = $t->get('/status')->json->{store}{readers};
    return $readers <= 4;
});
cmp_ok($readers, '<=', 4, 'the reader table is clean');

my %alive = map { $_ => 1 } $t->workers;
my $out;
my $of_dead = sub {
    $out = ($t->run('mdb_stat', '-r', $t->home . '/store'))[1];
    return grep { !$alive{$_} } $out =~ /^\s*(\d+) [0-9a-f]+ /mg;
};
$t->await(sub { !$of_dead->() });
is(scalar($of_dead->()), 0, 'no slot of a dead worker') or diag($out);


# A worker that is stopped in the middle does not stop a writer.
my ($stopped) = $t->workers;
kill 'STOP', $stopped;
my ($cert) = $t->import_rows($t->certificate());
my $copy = $t->annotate($cert->{number});
kill 'CONT', $stopped;
is($t->get("/check/$copy->{code}")->json->{result}, 'valid',
   'a writer went on beside a stopped worker');

$t->done();

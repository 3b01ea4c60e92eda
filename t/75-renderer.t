# Renderers: what they must not do, and what happens to their jobs when they
# crash, hang or cannot seal.

use lib 't/lib';
use NgxCert;

use Time::HiRes qw(time);

# On a busy machine even a copy that does not hang takes seconds.
my $RENDER_SEC = 8;

my $t = NgxCert->new();
my $row = $t->certificate(name => '张三丰');
my $crash = $t->certificate(name => '张崩');
my $hang = $t->certificate(name => '张慢');
my @more = map { $t->certificate($t->same_person($row)) } 1 .. 6;
$t->import_rows($row, $crash, $hang, @more);
$t->certctl_ok('policy', 'set', 'quota=50');
$t->conf($t->holder_conf);
$t->start();
$t->certd(
    args => ['--renderers', 3, '--render-timeout', $RENDER_SEC],
    env  => {LD_PRELOAD => $t->build . '/font.so'},
);
my $holder = $t->holder($row);
my $certd = sub { $t->get('/status')->json->{certd} };

# Waits for a figure: figures may be a second old, and a new renderer first
# reads fonts.
sub becomes {
    my ($figure, $expected, $name) = @_;
    $t->await(sub { $certd->()->{$figure} == $expected });
    is($certd->()->{$figure}, $expected, $name);
}

sub apply {
    my ($holder, $number) = @_;
    my $r = $holder->apply($number);
    die 'apply: ' . $r->status . "\n" if $r->status != 201;
    return $r->json->{annotation}{code};
}

sub state_of { return $_[0]->ready($_[1])->json->{annotation} }


# The restrictions of a renderer, as the kernel shows them.
my @renderers = $t->certd_renderers(3);
is(scalar @renderers, 3, 'as many renderers as configured');
for my $pid (@renderers) {
    my $status = $t->read("/proc/$pid/status");
    like($status, qr/^Seccomp:\s+2$/m, 'system calls are filtered');
    like($status, qr/^NoNewPrivs:\s+1$/m, 'no new privileges');
    my $limits = $t->read("/proc/$pid/limits");
    like($limits, qr/^Max core file size\s+0\s+0\s/m, 'no core dump');
    like($limits, qr/^Max file size\s+\d+\s+\d+\s/m, 'a limit for files');
    like($limits, qr/^Max open files\s+\d{1,4}\s/m, 'few descriptors');
    my @sockets = grep { (readlink // '') =~ /^socket:/ }
        glob "/proc/$pid/fd/*";
    is(scalar @sockets, 1, 'one socket, to the service');
}
my ($service) = $t->certd_processes('service');
like($t->read("/proc/$service/limits"), qr/^Max core file size\s+0\s/m,
     'no core dump of the service');


# A copy that kills its renderer fails; other copies are not affected.
my $bad = $t->holder($crash);
my $code = apply($bad, $crash->{number});
my @good = map { apply($holder, $_->{number}) } @more;
is(state_of($holder, $_)->{state}, 'ready', 'a neighbour is made') for @good;
my $copy = state_of($bad, $code);
is($copy->{state}, 'failed', 'it fails after three renderers');
is($copy->{state_text}, '证书生成失败，未占用加注次数', 'said so');
is($bad->get("/holder/certificates/$crash->{number}")->json->{quota}{used}, 0,
   'and no quota is used');
is($t->get("/check/$code")->status, 404, 'a check does not find it');
becomes('jobs_failed', 1, 'one copy failed');
is($certd->()->{jobs_retried}, 2, 'after two more attempts');
becomes('renderers', 3, 'dead renderers are replaced');
is($certd->()->{renderers_died}, 3, 'three died');


# A copy that hangs is stopped after the time limit, three times.
my $slow = $t->holder($hang);
my $begun = time;
$code = apply($slow, $hang->{number});
$copy = apply($holder, $row->{number});
is(state_of($holder, $copy)->{state}, 'ready', 'the others go on');
is(state_of($slow, $code)->{state}, 'failed', 'the one that hangs fails');
cmp_ok(time - $begun, '>', 2.5 * $RENDER_SEC, 'after three time limits');
becomes('jobs_failed', 2, 'two copies failed');


# Renderers that are killed in between.
kill 'KILL', $t->certd_processes('render');
is(state_of($holder, apply($holder, $row->{number}))->{state}, 'ready',
   'all were killed: their successors go on');


# Without the seal a copy waits and does not fail.
rename $t->path('home/seals/ministry.pem'), $t->path('home/seals/away');
$code = apply($holder, $row->{number});
my $missed = qr/the seal "ministry" is missing/;
$t->log_like('certd', $missed, 'without a seal: the log says why');
becomes('jobs_waiting', 1, 'the status shows it');
my $waiting = $holder->get("/holder/annotations/$code")->json->{annotation};
is($waiting->{state}, 'generating', 'without a seal it waits');
is($waiting->{state_text}, '证书生成中…', 'said so');
cmp_ok($waiting->{estimate}{seconds}, '>=', 1, 'with an estimate');
is($certd->()->{jobs_failed}, 2, 'no copy failed because of it');

# A copy that is withdrawn while it waits is never made.
my $gone = apply($holder, $row->{number});
is($holder->post("/holder/annotations/$gone/withdraw")->status, 200,
   'withdrawn while it waits');

rename $t->path('home/seals/away'), $t->path('home/seals/ministry.pem');
is(state_of($holder, $code)->{state}, 'ready', 'with the seal it is made');
is($t->get("/check/$gone")->json->{result}, 'withdrawn',
   'the withdrawn copy stays withdrawn');
is(() = glob($t->path("home/pdf/*/*/$gone.pdf")), 0, 'without a file');


# certd finds applications of other processes, and its end loses no job.
my $other = $t->annotate($row->{number}, '--no-render')->{code};
is(state_of($holder, $other)->{state}, 'ready',
   'an application of certctl is made');
my @many = map { apply($holder, $more[$_ % @more]{number}) } 1 .. 40;
is($t->certd_stop(), 0, 'certd ends in order');
my $left = $t->certctl_json('stat')->{queue};
$t->certd(args => ['--renderers', 1]);
is(join(' ', grep { state_of($holder, $_)->{state} ne 'ready' } @many), '',
   "the next one makes what was left ($left)");

is($t->certctl_json('fsck', '--files')->{findings}, 0, 'fsck finds nothing');
$t->expect_log(qr/certd: \[alert\] (?:a copy|copies) cannot.*seal/);
$t->done();

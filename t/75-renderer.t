# Renderers: what they may not do, and what becomes of jobs when they crash,
# hang or cannot seal.

use lib 't/lib';
use NgxCert;

use Time::HiRes qw(time);

# On a busy machine a copy that does not hang takes seconds, too.
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

# The figures are a second old, and a renderer has fonts to read.
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


# What is known of a renderer from outside.
my @renderers = $t->certd_processes('render');
is(scalar @renderers, 3, 'as many renderers as asked for');
for my $pid (@renderers) {
    my $status = $t->read("/proc/$pid/status");
    like($status, qr/^Seccomp:\s+2$/m, 'system calls are filtered');
    like($status, qr/^NoNewPrivs:\s+1$/m, 'no new privileges');
    my $limits = $t->read("/proc/$pid/limits");
    like($limits, qr/^Max core file size\s+0\s+0\s/m, 'no core dump');
    like($limits, qr/^Max file size\s+\d+\s+\d+\s/m, 'no endless file');
    like($limits, qr/^Max open files\s+\d{1,4}\s/m, 'few descriptors');
    my @sockets = grep { (readlink // '') =~ /^socket:/ }
        glob "/proc/$pid/fd/*";
    is(scalar @sockets, 1, 'one socket, to the service');
}
my ($service) = $t->certd_processes('service');
like($t->read("/proc/$service/limits"), qr/^Max core file size\s+0\s/m,
     'no core dump of the service');


# A copy that kills its renderer costs itself and nobody else.
my $bad = $t->holder($crash);
my $code = apply($bad, $crash->{number});
my @good = map { apply($holder, $_->{number}) } @more;
is(state_of($holder, $_)->{state}, 'ready', 'a neighbour is made') for @good;
my $copy = state_of($bad, $code);
is($copy->{state}, 'failed', 'three renderers are enough');
is($copy->{state_text}, '证书生成失败，未占用加注次数', 'said so');
is($bad->get("/holder/certificates/$crash->{number}")->json->{quota}{used}, 0,
   'and no quota is used');
is($t->get("/check/$code")->status, 404, 'to a checker there is no copy');
becomes('jobs_failed', 1, 'one copy failed');
is($certd->()->{jobs_retried}, 2, 'after two more attempts');
becomes('renderers', 3, 'who died was replaced');
is($certd->()->{renderers_died}, 3, 'three died');


# One that hangs is given up after its time, three times.
my $slow = $t->holder($hang);
my $begun = time;
$code = apply($slow, $hang->{number});
$copy = apply($holder, $row->{number});
is(state_of($holder, $copy)->{state}, 'ready', 'the others go on');
is(state_of($slow, $code)->{state}, 'failed', 'one that hangs fails');
cmp_ok(time - $begun, '>', 2.5 * $RENDER_SEC, 'after three times its time');
becomes('jobs_failed', 2, 'two copies failed');


# A renderer that is killed in between.
kill 'KILL', $t->certd_processes('render');
is(state_of($holder, apply($holder, $row->{number}))->{state}, 'ready',
   'all were killed: their successors go on');


# Without the seal a copy waits; it is no fault of its own.
rename $t->path('home/seals/ministry.pem'), $t->path('home/seals/away');
$code = apply($holder, $row->{number});
my $missed = qr/the seal "ministry" is missing/;
$t->log_like('certd', $missed, 'without a seal: the log says why');
becomes('jobs_waiting', 1, 'the status tells');
my $waiting = $holder->get("/holder/annotations/$code")->json->{annotation};
is($waiting->{state}, 'generating', 'without a seal it waits');
is($waiting->{state_text}, '证书生成中…', 'said so');
cmp_ok($waiting->{estimate}{seconds}, '>=', 1, 'with an estimate');
is($certd->()->{jobs_failed}, 2, 'nothing failed for it');

# Withdrawn while it waits: it is over, and no file comes of it.
my $gone = apply($holder, $row->{number});
is($holder->post("/holder/annotations/$gone/withdraw")->status, 200,
   'withdrawn while it waits');

rename $t->path('home/seals/away'), $t->path('home/seals/ministry.pem');
is(state_of($holder, $code)->{state}, 'ready', 'with the seal it is made');
is($t->get("/check/$gone")->json->{result}, 'withdrawn',
   'what was withdrawn stays so');
is(() = glob($t->path("home/pdf/*/*/$gone.pdf")), 0, 'without a file');


# What others applied for is found, and the end of certd loses no job.
my $other = $t->annotate($row->{number}, '--no-render')->{code};
is(state_of($holder, $other)->{state}, 'ready',
   'an application of certctl is made');
my @many = map { apply($holder, $more[$_ % @more]{number}) } 1 .. 40;
is($t->certd_stop(), 0, 'certd ends in order');
my $left = $t->certctl_json('stat')->{queue};
$t->certd(args => ['--renderers', 1]);
is(join(' ', grep { state_of($holder, $_)->{state} ne 'ready' } @many), '',
   "the next one makes what was left ($left)");

is($t->certctl_json('fsck', '--files')->{findings}, 0, 'all is whole');
$t->expect_log(qr/certd: \[alert\] (?:a copy|copies) cannot.*seal/);
$t->done();

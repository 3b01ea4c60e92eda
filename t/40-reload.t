# Reload, restart and end: no request fails without need, counters survive, keys
# are read again, and the module does nothing in a configuration that does not
# use it.  RELOADS (50) is the number of reloads under load.

use lib 't/lib';
use NgxCert;

use Time::HiRes qw(sleep);

my $wanted = $ENV{RELOADS} // 50;

my $t = NgxCert->new();
my $samples = $t->samples();
my $code = $samples->{valid}{code};
my $token = $samples->{valid}{download};

my $routes = <<'END';
        location /check     { cert_check; }
        location /download/ { cert_download; }
        location /status    { cert_status; }
END
$t->conf(server => $routes, workers => 2);
$t->start();


# Starts a child that sends requests until it is told to end; it notes each
# answer, and the failures at the end.  A reload may close an idle connection
# before the next request.
sub load {
    my ($mark) = @_;

    my $pid = fork // die "fork: $!\n";
    return $pid if $pid;

    my ($asked, $failed) = (0, '');
    my $socket;
    open my $noted, '>', $t->path("$mark.asked") or die "$mark.asked: $!\n";
    while (!-e $t->path("$mark.stop")) {
        my $fresh = !$socket;
        $socket //= $t->connect();
        my $uri = $asked % 3 ? "/check/$code" : "/download/$token";
        my $r = $t->request('GET', $uri, socket => $socket, close => 0);
        if (!$r && !$fresh) {
            undef $socket;
            next;
        }
        $asked++;
        syswrite $noted, '.';
        $failed .= "$uri: " . ($r ? $r->status : 'no answer') . "\n"
            if !$r || $r->status != 200;
        undef $socket
            if !$r || ($r->header('connection') // '') eq 'close';
        sleep 0.002;
    }
    $t->write("$mark.out", "asked $asked\n$failed");
    require POSIX;
    POSIX::_exit(0);
}

sub load_end {
    my ($mark, @pids) = @_;
    $t->write("$mark.stop", '');
    waitpid $_, 0 for @pids;
    my ($first, @failed) = split /\n/, $t->read("$mark.out");
    return ($first =~ /(\d+)/, @failed);
}


# Reloads under load.
$t->get("/check/$code") for 1 .. 10;
my $before = $t->get('/status')->json->{check}{valid};
my $pid = load('reloads');

my $reloads = 0;
for (1 .. $wanted) {
    my $heard = $t->reloads_heard;
    kill 'HUP', $t->master;
    sleep 0.1;
    $t->await(sub { $t->reloads_heard > $heard });
    $reloads++ if $t->workers;
}
ok($t->reload(), 'all old workers are gone');
$t->await(sub { (-s $t->path('reloads.asked') // 0) > 100 });
my ($asked, @failed) = load_end('reloads', $pid);
is($reloads, $wanted, "$reloads reloads");
is("@failed", '', "none of $asked requests failed");
cmp_ok($asked, '>', 100, 'there was load');

# A lost reader slot would stay for a minute; one that is in use when the
# worker's timer looks at the store is gone at once.
my $status;
$t->await(sub {
    $status = $t->get('/status')->json;
    return $status->{store}{readers} <= 3;
});
cmp_ok($status->{check}{valid}, '>=', $before + $asked / 3,
       'counters survived');
ok($status->{store}{up}, 'the store is up');
cmp_ok($status->{store}{readers}, '<=', 3, 'the reader table is clean');


# One descriptor of the store per process, none in the master.
sub store_fds {
    my ($pid) = @_;
    return grep { (readlink // '') =~ m{/store/data\.mdb$} }
        glob "/proc/$pid/fd/*";
}
# Old workers may just be ending, and new ones just opening the store.
$t->await(sub { $t->workers && !grep { store_fds($_) != 1 } $t->workers });
is(scalar(store_fds($_)), 1, 'one descriptor in a worker') for $t->workers;
is(scalar(store_fds($t->master)), 0, 'none in the master');


# A form that arrives during a reload is answered.
my $form = $t->request_bytes('POST', '/check', form =>
    [map { $_ => $samples->{valid}{$_} } qw(number name id_number)]);
my $socket = $t->connect();
my %were = map { $_ => 1 } $t->workers;
syswrite $socket, substr $form, 0, length($form) - 10;
ok($t->accepted($socket), 'a form has begun');
kill 'HUP', $t->master;
$t->await(sub { (grep { !$were{$_} } $t->workers_ready) == 2 });
my $r = $t->raw(substr($form, length($form) - 10), socket => $socket);
is($r && $r->json->{result}, 'valid', 'a form across a reload');
close $socket;
ok($t->reload(), 'and the worker ends');


# A refused reload changes nothing.
my $good = $t->read('nginx.conf');
$t->expect_log(qr/\[emerg\].*cert_/);
for my $bad (qr/cert_check;/, qr/cert_keyring .*/, qr/cert_pdf_root .*/) {
    my %workers = map { $_ => 1 } $t->workers;
    my $text = $good =~ s/$bad/cert_check; cert_check;/r;
    my $refusals = $t->log_count('error', qr/\[emerg\]/);
    $t->write('nginx.conf', $text);
    kill 'HUP', $t->master;
    $t->await_log('error', qr/\[emerg\]/, $refusals + 1);
    is(grep({ !$workers{$_} } $t->workers), 0, "refused: $bad");
    is($t->get("/check/$code")->status, 200, 'and the old one goes on');
}
$t->write('nginx.conf', $good);
ok($t->reload(), 'the good one again');


# A reload reads the keys again: until then tokens of a new key are refused.
$t->certctl_ok('keys', 'rotate', 'token');
$t->certctl_ok('keys', 'rotate', 'token', '--activate');
my $new = $t->token($code, 'download');
is($t->get("/download/$new")->status, 403, 'a token of a new key');
is($t->get("/download/$token")->status, 200, 'one of the old');
ok($t->reload(), 'after a reload');
is($t->get("/download/$new")->status, 200, 'the new one is accepted');
is($t->get("/download/$token")->status, 200, 'and the old one still is');


# Off and on again.
$t->conf(store => '', server => 'location / { return 404; }');
ok($t->reload(), 'without the module');
is($t->get('/check')->status, 404, 'no route');
is(scalar(store_fds($_)), 0, 'no store') for $t->workers;
$t->write('nginx.conf', $good);
ok($t->reload(), 'with it again');
is($t->get("/check/$code")->status, 200, 'a route');

is($t->stop('QUIT'), 0, 'a graceful end');


# The module loaded and not used; no http at all; a single process.
my $port = $t->port;
my %other = (
    'nothing of it used' => [server => 'location / { return 204; }',
                             store => ''],
    'a store and no route' => [server => 'location / { return 204; }'],
    'one process' => [server => $routes . 'location / { return 204; }',
                      main => 'master_process off;'],
    'a cache beside it' => [server => $routes . 'location / { return 204; }',
        http => 'proxy_cache_path %%DIR%%/cache keys_zone=x:1m;'],
);
for my $name (sort keys %other) {
    $t->conf(@{$other{$name}});
    $t->start();
    is($t->get('/')->status, 204, "$name: runs");
    is($t->get("/check/$code")->status, 200, "$name: checks")
        if $name =~ /process|cache/;
    is(scalar(store_fds($t->master)), 1, "$name: one descriptor")
        if $name =~ /process/;

    # After a reload in a single process nginx itself does not answer.
    if ($name =~ /process/) {
        my $begun = $t->log_count('error', qr/, reconfiguring/);
        kill 'HUP', $t->master;
        $t->await_log('error', qr/, reconfiguring/, $begun + 1);
    } else {
        ok($t->reload(), "$name: all old workers are gone");
        is($t->get('/')->status, 204, "$name: reloads");
        is($t->get("/check/$code")->status, 200, "$name: checks again")
            if $name =~ /cache/;
    }
    is($t->stop('QUIT'), 0, "$name: ends");
}

$t->conf(raw => $t->conf_head(workers => 1)
         . "events { worker_connections 16; }\n");
my $nginx = $t->spawn($t->_nginx, '-g', 'daemon off;',
    {env => {ASAN_OPTIONS => 'detect_leaks=0'}});
$t->await(sub { $t->workers_ready });
is(scalar($t->workers), 1, 'no http at all: runs');
ok($t->reload(), 'no http at all: reloads');
kill 'QUIT', $nginx;
is($t->wait($nginx), 0, 'no http at all: ends');

$t->done();

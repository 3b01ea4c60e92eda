# Three users: nginx's workers, the service that writes, the renderers that
# sign.  Each can do what it has to and no more; a fourth user can do nothing.

use lib 't/lib';
use NgxCert;

plan(skip_all => 'only root can become others') if $> != 0;
plan(skip_all => 'no user www-data') if !defined getpwnam('www-data');

my $t = NgxCert->new();
my ($status, $out, $err) = $t->run($t->top . '/scripts/users');
is($status, 0, 'the users exist') or diag($err);
plan(skip_all => 'a build that others can reach') if ($t->run('setpriv',
    '--reuid', 'ngx-cert', '--regid', 'ngx-cert', '--init-groups', 'test',
    '-x', $t->certctl_bin))[0] != 0;

my @users = ('--user', 'ngx-cert', '--renderer-user', 'ngx-cert-render');
$t->home(init => \@users, group => 'www-data');
my $home = $t->path('home');
$t->run('chown', '-R', 'ngx-cert-render:', "$home/seals");
my ($row) = $t->import_rows($t->certificate());
$t->conf($t->holder_conf);
$t->start();
$t->certd(args => ['--renderers', 2, @users]);
my $holder = $t->holder($row);
my $copy = $holder->ready($holder->apply($row->{number})
                          ->json->{annotation}{code})->json;
is($copy->{annotation}{state}, 'ready', 'applied, rendered, sealed');
is($t->get($copy->{download} =~ s{^https?://[^/]+}{}r)->status, 200,
   'and sent by nginx');
$t->secret($copy->{download} =~ s{.*/}{}r);

# The user of each process.
sub uid { return ($t->read("/proc/$_[0]/status") =~ /^Uid:\s+(\d+)/m)[0] }

my ($service) = $t->certd_processes('service');
my @renderers = $t->certd_renderers(2);
is(scalar @renderers, 2, 'renderers are ready');
is(uid($service), scalar getpwnam('ngx-cert'), 'the service is ngx-cert');
is(uid($_), scalar getpwnam('ngx-cert-render'),
   'a renderer is ngx-cert-render') for @renderers;
for my $pid ($service, @renderers) {
    unlike($t->read("/proc/$pid/status"), qr/^CapEff:\s+0*[1-9a-f]/m,
           'without capabilities');
    is((stat "/proc/$pid/maps")[4], 0, 'and other users cannot inspect it');
}

# The rights of each user, found by trying.
my %who = (
    service  => ['ngx-cert', '--init-groups'],
    renderer => ['ngx-cert-render', '--init-groups'],
    worker   => ['www-data', '--clear-groups'],
    other    => ['nobody', '--clear-groups'],
);

sub as {
    my ($who, @cmd) = @_;
    my ($user, $groups) = @{$who{$who}};
    my $gid = (getpwnam $user)[3];
    return ($t->run('setpriv', '--reuid', $user, '--regid', $gid, $groups,
                    @cmd))[0] == 0;
}

my $connect = 'use IO::Socket::UNIX; exit !IO::Socket::UNIX->new(shift)';
my @can = (
    ['read the store',        [qw(service renderer worker)],
     'head', '-c1', "$home/store/data.mdb"],
    ['write the store',       [qw(service)],
     'dd', 'if=/dev/null', "of=$home/store/data.mdb", 'conv=notrunc'],
    ['replace the store',     [qw(service)], 'test', '-w', "$home/store"],
    ['read the private keys', [qw(service renderer)],
     'head', '-c1', "$home/keys/private.keys"],
    ['read a seal',           [qw(renderer)],
     'head', '-c1', "$home/seals/ministry.pem"],
    ['publish a copy',        [qw(renderer)], 'test', '-w', "$home/pdf"],
    ['read a copy',           [qw(service renderer worker)],
     'sh', '-c', "cat $home/pdf/*/*/*.pdf > /dev/null"],
    ['connect to the socket', [qw(service renderer worker)],
     'perl', '-e', $connect, "$home/run/certd.sock"],
    ['put another socket there', [qw(service)],
     'test', '-w', "$home/run"],
);
for my $case (@can) {
    my ($what, $may, @cmd) = @$case;
    is(join(' ', grep { as($_, @cmd) } qw(service renderer worker other)),
       "@$may", "who can $what");
}

# A worker can read the store, but neither a name nor a hash in it.
my @ctl = ($t->certctl_bin, '--home', $home);
ok(as('service', @ctl, 'account', 'list'), 'the service can list accounts');
ok(!as('worker', @ctl, 'account', 'list'), 'a worker cannot');
my $bytes = $t->read("$home/store/data.mdb");
is(index($bytes, $_), -1, 'the store does not hold it as plain text')
    for map { Encode::encode('UTF-8', $_) } $row->{name}, $row->{id_number},
        $holder->{username}, '$y$';

# A user cannot send signals to processes of others, or read their memory.
for my $who (qw(worker other)) {
    ok(!as($who, 'kill', '-0', $_), "$who cannot signal $_")
        for $service, @renderers;
    ok(!as($who, 'head', '-c1', "/proc/$_/mem"), "$who cannot read its memory")
        for $service;
}

# When the master ends, every process ends, as whatever user it runs.
kill 'KILL', $t->{certd};
$t->wait(delete $t->{certd});
# Without its parent an ended process stays a zombie where the first process does
# not wait for it, as in some containers.
sub runs { return $t->read("/proc/$_[0]/stat") =~ /^\d+ \(.*\) [^ZX]/s }
$t->await(sub { !grep { runs($_) } $service, @renderers });
is(join(' ', grep { runs($_) } $service, @renderers), '',
   'without the master no process goes on');
$t->certd(args => \@users);
is($t->login($holder->{username}, $holder->{password})
   ->get("/holder/certificates/$row->{number}")->json->{quota}{used}, 1,
   'and the next one goes on with the same store');

# A pass that cannot read a PDF does not count as finished, so that the figures
# show that a file is not checked.
$t->certd_stop();
$t->certd(args => [@users, '--scrub-rate', 1048576, '--scrub-interval', 1]);
my $figure = sub { $t->get('/status')->json->{certd}{$_[0]} // 0 };
my ($pdf) = glob "$home/pdf/*/*/*.pdf";
my ($mode, $owner) = (stat $pdf)[2, 4];
ok($t->await(sub { $figure->('files_checked') > 1
                   && $figure->('files_finished_sec') <= 1 }), 'passes end');
chown 0, -1, $pdf;
chmod 0600, $pdf;
ok($t->await(sub { $figure->('files_finished_sec') >= 5 }),
   'no pass ends while a PDF cannot be read');
like($t->read('logs/certd.log'), qr/\[warning\] cannot check "\Q$pdf\E"/,
     'the log says so');
is($figure->('files_bad'), 0, 'the PDF does not count as bad');
chmod $mode & 0777, $pdf;
chown $owner, -1, $pdf;
ok($t->await(sub { $figure->('files_finished_sec') <= 1 }),
   'and passes end when it can be read');

# A missing user is an error before anything is done.
$t->certd_stop();
for my $option ('--user', '--renderer-user') {
    ($status, $out, $err) = $t->run($t->certd_bin, '--home', $home, $option,
                                    'no-such-user');
    is($status, 3, "$option: no such user");
    like($err, qr/no-such-user/, 'is named');
}

$t->done();

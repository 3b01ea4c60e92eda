# Descriptors: the service raises its limit to what its connections need, or
# says at the start that it cannot.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
my ($row) = $t->import_rows($t->certificate());
$t->conf($t->holder_conf);
$t->start();

my @limit = ('sh', '-c', 'ulimit -S -n "$0" && ulimit -H -n "$1" && shift && '
             . 'exec "$@"');

# certd raises the soft limit that it is started with.
$t->certd(wrap => [@limit, 40, 1000],
          args => ['--connections', 300, '--renderers', 2]);
my ($service) = $t->certd_processes('service');
my ($soft, $hard) = $t->read("/proc/$service/limits")
    =~ /^Max open files\s+(\d+)\s+(\d+)/m;
cmp_ok($soft, '>', 300, 'the soft limit is raised');
is($hard, 1000, 'and the hard one stays');
my @renderers = $t->certd_renderers(2);
is(scalar @renderers, 2, 'renderers are ready');
for my $renderer (@renderers) {
    like($t->read("/proc/$renderer/limits"), qr/^Max open files\s+40\s+256\s/m,
         'a renderer\'s is not');
}

my @held = map {
    IO::Socket::UNIX->new(Peer => $t->path('home/run/certd.sock'))
} 1 .. 250;
is(scalar(grep { defined } @held), 250, 'connections that it holds');
syswrite $_, "GET /holder/notice HTTP/1.1\r\nHost: localhost\r\n\r\n" for @held;
my %answers;
for my $socket (@held) {
    my $r = $t->response($socket, 'GET');
    $answers{$r ? $r->status : 'none'}++;
}
is(join(' ', %answers), '401 250', 'each is answered: no session');
close $_ for splice @held;
is($t->certd_stop(), 0, 'ended in order');

# A limit that is too low is an error, with the number that is needed.
my ($status, $out, $err) = $t->run(@limit, 100, 200, $t->certd_bin, '--home',
    $t->path('home'), '--connections', 300, '--renderers', 2);
is($status, 3, 'a hard limit that is too low: it does not start');
like($err, qr/--connections 300 takes 430 descriptors.* limit is 200/,
     'and says why');

# A renderer must not write a large file, but can append to a large log.
my $log = $t->path('large');
$t->write($log, "begun\n");
truncate $log, 80 << 20;
$t->write('home/pdf/.tmp-0123456789abcdef', 'left over');
$t->{certd} = $t->spawn($t->certd_bin, '--home', $t->path('home'),
    '--templates', $t->top . '/ngx_cert_module/templates',
    '--renderers', 1, {out => $log, append => 1});
my $said;
$t->await(sub {
    open my $in, '<', $log or die;
    seek $in, 80 << 20, 0;
    local $/;
    $said = <$in> // '';
    return $said =~ /leftover.*\n/;
});
like($said, qr/1 leftovers of crashes removed/, 'a renderer can log');
is($t->certd_stop(), 0, 'ended in order');
unlink $log;

$t->done();

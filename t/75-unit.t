# The unit for systemd is well-formed, and certd works with the system calls
# that it allows, its own sandbox included.  systemd itself need not run for
# that.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();

plan(skip_all => 'no systemd-analyze')
    if !grep { -x "$_/systemd-analyze" } split /:/, $ENV{PATH};
plan(skip_all => 'no list of system calls')
    if ($t->run('systemd-analyze', 'syscall-filter', '@system-service'))[0];

my $unit = $t->read($t->top . '/conf-examples/certd.service');
my $home = $t->home();


# The unit as an operator would install it.
(my $placed = $unit) =~ s/\@HOME\@/$home/g;
my $bin = $t->certd_bin =~ s{/[^/]*$}{}r;
$placed =~ s/\@BIN\@/$bin/g;
my ($status, $out, $err) = $t->run('systemd-analyze', 'verify', '--man=no',
    $t->write('certd.service', $placed));
is($status, 0, 'systemd accepts the unit');
is($out . $err, '', 'without a complaint');

# Every option of its command line exists.
my ($start) = $unit =~ /^ExecStart=\S+ (.*)$/m;
my (undef, $help) = $t->run($t->certd_bin, '--help');
like($help, qr/$_ /, "$_ is an option") for $start =~ /(--[a-z-]+)/g;

# The limit of descriptors, and the largest --connections.
my ($files) = $unit =~ /^LimitNOFILE=(\d+)$/m;
cmp_ok($files // 0, '>=', 10000 + 256 + 128, 'descriptors for all connections');

# nginx has the higher priority, with a cgroup of its own and without.
my ($nice) = $unit =~ /^Nice=(\d+)$/m;
my ($weight) = $unit =~ /^CPUWeight=(\d+)$/m;
cmp_ok($nice // 0, '>=', 15, 'it is nice to nginx');
cmp_ok($weight // 100, '<=', 5, '... and lighter');
like($t->read($t->top . '/man/certd.8'), qr/Nice=$nice\n.*CPUWeight=$weight /s,
     '... as its manual says');


# The system calls of a set, including those of the sets in it.
sub expand {
    my ($set) = @_;
    my ($status, $out) = $t->run('systemd-analyze', 'syscall-filter', $set);
    die "no set $set\n" if $status != 0;
    return map { /^@/ ? expand($_) : $_ }
        map { /^\s+([@\w-]+)/ ? $1 : () } split /\n/, $out;
}

my @allowed = map { /^@/ ? expand($_) : $_ }
    map { split } $unit =~ /^SystemCallFilter=(?!~)(.*)$/mg;
cmp_ok(scalar @allowed, '>', 100, 'it has a list of system calls');
my $list = $t->write('calls', join "\n", sort(@allowed), '');
my $launcher = $t->build . '/tool/allow';
is(($t->run($launcher, $list, '/bin/true'))[0], 0, 'a program runs with it');
is(($t->run($launcher, $t->write('few', "execve\n"), '/bin/true'))[0], 128 + 31,
   'and is killed for a call that is not in the list');


# As two users if possible, because changing the user also needs system calls.
my @users;
if ($> == 0 && defined getpwnam('www-data')
    && ($t->run($t->top . '/scripts/users'))[0] == 0
    && ($t->run('setpriv', '--reuid', 'ngx-cert', '--regid', 'ngx-cert',
                '--init-groups', 'test', '-x', $t->certctl_bin))[0] == 0)
{
    @users = ('--user', 'ngx-cert', '--renderer-user', 'ngx-cert-render');
    $t->run('rm', '-rf', $home);
    delete $t->{home};
    $t->home(init => \@users, group => 'www-data');
    $t->run('chown', '-R', 'ngx-cert-render:', "$home/seals");
}

my ($row) = $t->import_rows($t->certificate());
$t->conf($t->holder_conf);
$t->start();
$t->certd(wrap => [$launcher, $list], args => ['--renderers', 2, @users]);
my $holder = $t->holder($row);
my $code = $holder->apply($row->{number})->json->{annotation}{code};
is($holder->ready($code)->json->{annotation}{state}, 'ready',
   'applied, rendered, sealed');
my $at = $t->certctl_json('token', $code, '--right', 'view')->{token};
$t->secret($at);
is($t->get("/view/$at")->status, 200, 'and sent');

# A killed renderer, a reload, a copy after them, and the end.
kill 'KILL', $t->certd_processes('render');
kill 'HUP', $t->{certd};
$code = $holder->apply($row->{number})->json->{annotation}{code};
is($holder->ready($code)->json->{annotation}{state}, 'ready', 'goes on');
is($t->certd_stop(), 0, 'ended in order');
unlike($t->read('logs/certd.log'), qr/signal (?!9\b)\d+/,
       'no process was killed for a system call');

$t->done();

# certd as a program: its command line, failures to start, changed keys, its end
# and its next start, a full store.

use lib 't/lib';
use NgxCert;

use IO::Socket::UNIX;
use Time::HiRes qw(sleep time);

my $t = NgxCert->new();
my $row = $t->certificate();
my @rows = ($row, map { $t->certificate($t->same_person($row)) } 1 .. 80);
my $home = $t->home(init => ['--map-size', '256K']);
$t->import_rows(@rows);
$t->certctl_ok('policy', 'set', 'quota=100');
$t->secret('zhang.san');

# Runs certd to its end: (status, output).
sub certd {
    my ($status, $out, $err) = $t->run(NgxCert::certd_bin(), @_);
    return ($status, $out . $err);
}


# The command line.
my %numbers = (renderers => [1, 256], 'render-timeout' => [1, 3600],
    connections => [1, 10000], 'writes-waiting' => [1, 1000000],
    batch => [1, 1000000],
    hashes => [1, 256], 'hashes-waiting' => [0, 10000],
    'idle-timeout' => [10, 86400], 'session-timeout' => [10, 2592000],
    'scrub-rate' => [0, 1048576], 'scrub-interval' => [1, 2592000]);
my @texts = qw(home socket socket-group templates user renderer-user
    identity-header address-header);
my ($status, $help) = certd('--help');
is($status, 0, '--help');
like($help, qr/^  --\Q$_\E [A-Z]+ /m, "has --$_")
    for @texts, 'log-level', keys %numbers;
($status, my $out) = certd('--version');
is($status, 0, '--version');
like($out, qr/^certd \d+\.\d+$/, 'is a version');

my @usage = (['x'], ['-x'], ['--x'], ['--hom', $home], ['--home'],
    ['--help=1'], ['--log-level', 'debug'], ['--log-level', 'Info'],
    ['--home=' . 'x' x 2000], (map { ["--$_", ''] } @texts),
    map { my ($name, $least, $most) = ($_, @{$numbers{$_}});
          map { ["--$name", $_] } $least - 1, $most + 1, '', ' 10', '10x',
              '0x10', '+10', '1e1', '99999999999999999999' }
    sort keys %numbers);
for my $args (@usage) {
    ($status, $out) = certd(@$args);
    my ($name) = $args->[0] =~ /^-*([^=]*)/;
    my $told = substr "@$args", 0, 40;
    is($status, 2, "usage: $told");
    like($out, qr/^certd: .*\Q$name\E/, "named: $told");
}
# Good options: certd then fails at the home.
my $nowhere = $t->path('nowhere');
for my $args (map { my $name = $_; map { ["--$name", $_] }
    @{$numbers{$name}} } sort keys %numbers)
{
    # Starting 256 renderers would only cost time.
    next if "@$args" eq '--renderers 256';
    ($status, $out) = certd('--home', $nowhere, '--renderers', 1, @$args);
    is($status, 3, "accepted: @$args");
}


# Failures to start: status 3, and the reason.
my $own = $t->path('own');
$t->run('cp', '-a', $home, $own);
my $keys = "$own/keys/private.keys";
my $other = NgxCert->new();
$other->home();
my $file = $t->write('file', 'x');
my @refused = (
    ['no home', qr/cannot open the home: .*nowhere/, [], '--home', $nowhere],
    ['no store', qr/cannot open the home/,
     ['mv', "$own/store/data.mdb", $t->path('data')]],
    ['an empty store', qr/cannot open the home/,
     ['truncate', '-s', 0, "$own/store/data.mdb"]],
    ['a store of others', qr/cannot open the home/,
     ['cp', $other->home . '/store/data.mdb', "$own/store/data.mdb"]],
    ['no private keys', qr/cannot open the home: private\.keys: /,
     ['rm', $keys]],
    ['keys that all can read', qr/cannot open the home: private\.keys: /,
     ['chmod', '0644', $keys]],
    ['a file that is not a keyring', qr/cannot open the home: private\.keys: /,
     ['cp', $file, $keys]],
    ['a file for a socket', qr/cannot serve: .*is not a socket/, [],
     '--socket', $file],
    ['a path that is too long', qr/cannot serve: .*longer/, [],
     '--socket', $t->path('x' x 120)],
    ['no folder above', qr/cannot serve: cannot create the folder/, [],
     '--socket', $t->path('no/where/s')],
    ['no path', qr/cannot serve: .*folder/, [], '--socket', 's'],
    ['no group', qr/cannot serve: unknown group "nobody-has-it"/, [],
     '--socket-group', 'nobody-has-it'],
);
push @refused, ['no user', qr/user "nobody-is-it"/, [], '--user',
    'nobody-is-it'] if $> == 0;
for my $case (@refused) {
    my ($name, $reason, $break, @args) = @$case;
    $t->run(@$break) if @$break;
    ($status, $out) = certd('--home', $own, '--renderers', 1, @args);
    is($status, 3, "$name: status");
    like($out, $reason, "$name: reason");
    like((split /\n/, $out)[-1], $reason, "$name: in the last line");
    $t->run('rm', '-rf', $own) if @$break;
    $t->run('cp', '-a', $home, $own) if @$break;
}
ok(!-e $nowhere, 'no home was made');

# An option's old name is still accepted, with a warning that has the new name.
unlike($help, qr/--queue/, 'a renamed option is not in the help');
($status, $out) = certd('--home', $nowhere, '--renderers', 1, '--queue', 10);
is($status, 3, 'the old name is accepted');
like($out, qr/\[warning\] the option --queue is called --writes-waiting now/,
     'with a warning');
($status, $out) = certd('--queue', 0);
is($status, 2, 'within its bounds');


# A socket in a missing folder, then one in use by another certd, then one left
# by a killed certd.
my @start = ('--renderers', 1, '--log-level', 'info');
rmdir "$home/run";
$t->conf($t->holder_conf(http => <<'END'));
    upstream alive {
        server unix:%%HOME%%/run/certd.sock;
        keepalive 32;
    }
END
$t->start();
$t->certd(args => \@start);
ok(-d "$home/run", 'the folder of the socket is made');
is((stat "$home/run")[2] & 0777, 0750, 'for the group only');
is((stat "$home/run/certd.sock")[2] & 0777, 0660, 'and so is the socket');
($status, $out) = certd('--home', $home, '--renderers', 1);
is($status, 3, 'a second daemon');
like($out, qr/another certd already answers there/, 'says why');
my $holder = $t->holder($row, username => 'zhang.san');
$t->certd_stop();

# A process at the socket that ends a moment later, like a service whose master
# was killed.
my $leaving = fork // die "fork: $!\n";
if ($leaving == 0) {
    my $left = IO::Socket::UNIX->new(Local => "$home/run/certd.sock",
                                     Listen => 5);
    sleep 1;
    POSIX::_exit(0);
}
my $answers = sub { IO::Socket::UNIX->new(Peer => "$home/run/certd.sock") };
$t->await($answers);
ok(eval { $t->certd(args => \@start) }, 'one that is about to end is waited'
   . ' for') or diag($@);
waitpid $leaving, 0;
$t->certd_stop('KILL');
$t->await(sub { !$answers->() });
ok(-S "$home/run/certd.sock", 'a killed certd leaves its socket');
is($t->get('/holder/notice')->status, 503, 'where no process answers');
my $waiting = $t->annotate($rows[80]{number}, '--no-render')->{code};
$t->certd(args => \@start);
is($holder->get('/holder/certificates')->status, 200, 'the next takes it over');
is($holder->ready($waiting)->json->{annotation}{state}, 'ready',
   'and makes waiting copies');


# Keys that change while it runs: with a signal and without.
my $opened = sub { $t->log_count('certd', qr/opened again/) };

# Asserts that the log gets one more line of a kind.
sub noticed {
    my ($pattern, $before, $what) = @_;
    my $begun = time;
    $t->await_log('certd', $pattern, $before + 1);
    cmp_ok($t->log_count('certd', $pattern), '>', $before, $what);
    $t->in_time(time - $begun, 2.5, "$what: soon");
}
for my $use (qw(token record)) {
    $t->certctl_ok('keys', 'rotate', $use);
    $t->reload();
    my $n = $opened->();
    $t->certctl_ok('keys', 'rotate', $use, '--activate');
    kill 'HUP', $t->{certd} if $use ne 'record';
    noticed(qr/opened again/, $n, "a new $use key is read");
    my $r = $holder->apply($row->{number});
    is($r->status, 201, "$use: applied");
    $r = $holder->ready($r->json->{annotation}{code});
    is($r->json->{annotation}{state}, 'ready', "$use: made");
    my $view = $r->json->{view} =~ s{^https?://[^/]+}{}r;
    $t->secret(map { s{.*/}{}r } @{$r->json}{qw(view download)});
    is($t->get($view)->status, 200, "$use: viewed");
    is($holder->get("/holder/certificates/$row->{number}")->json
       ->{certificate}{name}, $row->{name}, "$use: the name is read");
}
$keys = "$home/keys/private.keys";
$t->run('cp', '-p', $keys, "$keys.good");
$t->expect_log(qr/a changed keyring is not used/,
               qr/cop(?:y|ies) cannot be made at the moment: .*the key/,
               qr/the store is no longer the one that was opened/,
               qr/certificate store ".*" (?:is closed|cannot be used)/);
for my $text ('', $t->read($keys) =~ s/.$//sr x 2) {
    my $n = $t->log_count('certd', qr/is not used/);
    $t->run('cp', '-p', $keys, "$keys.new");
    $t->write("$keys.new", $text);
    rename "$keys.new", $keys;
    noticed(qr/is not used/, $n, 'a broken keyring is not used');
    is($holder->apply($row->{number})->status, 201, 'the old keys are in use');
    kill 'HUP', $t->{certd};
    sleep 0.05;
    is($holder->get('/holder/certificates')->status, 200, 'also by SIGHUP');

    # Files of the store that were replaced have to be opened again.  Nothing
    # is written while they are copied: no copy can be made.
    my $opened = $opened->();
    $t->run('cp', '-a', "$home/store", "$home/store.copy");
    rename "$home/store", "$home/store.away$n" or die "rename: $!\n";
    rename "$home/store.copy", "$home/store" or die "rename: $!\n";
    noticed(qr/opened again/, $opened, 'a store is opened with the old keys');
    is($holder->apply($row->{number})->status, 201, 'and is written');
}
my $n = $opened->();
rename "$keys.good", $keys;
noticed(qr/opened again/, $n, 'a good keyring is used');
is($holder->apply($row->{number})->status, 201, 'and goes on');


$t->expect_log(qr{connect\(\) to unix:\S+certd.sock failed \(2: No such});
# Its end, while twenty clients apply: acknowledged copies are stored, and other
# clients get an error.
sub client {
    my ($id) = @_;
    my $socket = $t->connect();
    my ($seen, $codes) = ('', '');
    open my $noted, '>>', $t->path('client.all') or die "client.all: $!\n";
    for my $i (0 .. 299) {
        my $r = $holder->request('POST',
            "/holder/certificates/$rows[$id * 4 - 3 + $i / 100]{number}/annotations",
            socket => $socket, form => [scene => 'self', days => 1]);
        $seen .= ($r ? $r->status : 'none') . "\n";
        last if !$r || $r->status != 201;
        $codes .= $r->json->{annotation}{code} . "\n";
        syswrite $noted, '.';
    }
    $t->write("client.$id.seen", $seen);
    $t->write("client.$id.codes", $codes);
    POSIX::_exit(0);
}
my @clients = map { my $id = $_; my $pid = fork // die;
    client($id) if $pid == 0; $pid } 1 .. 20;
$n = $opened->();
kill 'HUP', $t->{certd};
noticed(qr/opened again/, $n, 'SIGHUP is heard while twenty apply');
$t->await(sub { (-s $t->path('client.all') // 0) > 40
    && $t->log_count('certd', qr/the map of the store was full/) });
my $begun = time;
is($t->certd_stop(), 0, 'ended in order while twenty apply');
$t->in_time(time - $begun, 8, 'soon');
waitpid $_, 0 for @clients;
my %seen;
$seen{$_}++ for map { split /\n/, $t->read("client.$_.seen") } 1 .. 20;
my @codes = map { split /\n/, $t->read("client.$_.codes") } 1 .. 20;
is(join(' ', grep { !/^(?:201|502|503)$/ } sort keys %seen), '',
   'answers: ' . join ', ', map { "$seen{$_} x $_" } sort keys %seen);
cmp_ok(scalar @codes, '>', 20, 'many were acknowledged');
my %stored = map { $_ => 1 } $t->certctl_ok('journal', 'list', '--limit',
    1_000_000) =~ /\b((?:[0-9A-Z]{4}-){3}[0-9A-Z]{4})\b/g;
is(scalar(grep { !$stored{$_} } @codes), 0, 'and all are stored');
ok(!-e "$home/run/certd.sock", 'no socket is left');


# The next start goes on; the map, of 256 KB at first, has grown by itself.
$t->log_like('certd', qr/the map of the store was full/, 'the map has grown');
$t->certd(args => ['--renderers', 2]);
is($holder->apply($row->{number})->status, 201, 'it goes on');
is($t->get("/check/$codes[0]")->status, 200, 'and so do checks');
my ($last) = reverse @codes;
my $state = $holder->get("/holder/annotations/$last")->json->{annotation};
like($state->{state}, qr/^(?:generating|ready)$/, 'a waiting copy still waits');
is($holder->ready($codes[0])->json->{annotation}{state}, 'ready',
   'and is made');
is($t->certd_stop('INT'), 0, 'SIGINT ends it as well');
like($t->read('logs/certd.log'),
     qr{POST /holder/certificates/\*/annotations 201 \d+ ms},
     'the log has the route, but not the number');

$t->done();

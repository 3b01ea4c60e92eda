# certctl init: what it makes, for whom, and that it never makes it twice.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
my $bin = $t->certctl_bin;
my $home = $t->path('h1');

sub mode { sprintf '%04o', (stat $_[0])[2] & 07777 }

my ($status, $out, $err) = $t->run($bin, '--home', $home, 'init',
    '--map-size', '1G', '--public-url', 'https://cert.example');
is($status, 0, 'init') or diag($err);
is(mode("$home/store/data.mdb"), '0640', 'data.mdb');
is(mode("$home/store/lock.mdb"), '0660', 'lock.mdb');
is(mode("$home/keys/private.keys"), '0600', 'private.keys');
is(mode("$home/keys/public.keys"), '0640', 'public.keys');
is(mode("$home/seals"), '0700', 'seals');
like(mode("$home/pdf"), qr/2750/, 'pdf');

my $stat = JSON::PP->new->decode(
    ($t->run($bin, '--home', $home, 'stat', '--json'))[1]);
is($stat->{map_size}, 1 << 30, 'map size');
ok(!$stat->{demonstration}, 'no demonstration');
is($stat->{certificates}, 0, 'empty');
like(($t->run($bin, '--home', $home, 'policy', 'show'))[1],
     qr{^public_url=https://cert\.example$}m, 'public URL');

# Keys: one active of each use.
my $keys = JSON::PP->new->decode(
    ($t->run($bin, '--home', $home, 'keys', 'list', '--json'))[1])->{keys};
is(join(' ', map { "$_->{use}:$_->{id}:$_->{state}" } @$keys),
   join(' ', map { "$_:1:active" }
        qw(token record match personal lookup session)), 'keys');
like($t->read("$home/keys/public.keys"), qr/^1 token active /m, 'public');
unlike($t->read("$home/keys/public.keys"), qr/personal|lookup|session/,
       'and nothing private in it');

# Again: refused, and not a byte changes.
my %before = map { $_ => $t->read("$home/$_") }
    qw(store/data.mdb keys/public.keys keys/private.keys);
for my $args ([], ['--demonstration'], ['--map-size', '2G']) {
    ($status, $out, $err) = $t->run($bin, '--home', $home, 'init', @$args);
    is($status, 1, "init again @$args: refused");
    like($err, qr/there is a store already.*nothing was touched/, 'why');
}
ok($t->read("$home/$_") eq $before{$_}, "$_ is as it was") for keys %before;

# One of two files is enough to refuse.
my $half = $t->path('half');
$t->write('half/store/lock.mdb', '');
($status, $out, $err) = $t->run($bin, '--home', $half, 'init');
is($status, 1, 'a lone lock.mdb: refused');
is(-s "$half/store/lock.mdb", 0, 'and left alone');
ok(!-e "$half/keys", 'and nothing was made');

# Keys that are there are kept: a store restored without them is lost.
my $kept = $t->path('kept');
is(($t->run($bin, '--home', $kept, 'keys', 'init'))[0], 0, 'keys init');
my $ring = $t->read("$kept/keys/private.keys");
is(($t->run($bin, '--home', $kept, 'init'))[0], 0, 'init with keys there');
ok($t->read("$kept/keys/private.keys") eq $ring, 'they are the same');
($status, $out, $err) = $t->run($bin, '--home', $kept, 'keys', 'init');
is($status, 1, 'keys init beside a store: refused');
like($err, qr/restore its own/, 'why');

# Bad arguments leave no trace.
for my $case (
    [['--group', 'no-such-group'], qr/no group/],
    [['--public-url', 'ftp://x'], qr/public_url/],
    [['--at', '2026-01-01'], qr/needs "--demonstration"/],
    [['--demonstration', '--at', 'yesterday'], qr/takes a time/],
) {
    my ($args, $reason) = @$case;
    my ($status, $out, $err) =
        $t->run($bin, '--home', $t->path('bad'), 'init', @$args);
    is($status, 2, "init @$args: status");
    like($err, $reason, "init @$args: reason");
    ok(!-e $t->path('bad'), "init @$args: nothing was made");
}

# The group of the workers.
SKIP: {
    skip 'needs root', 5 if $> != 0 || NgxCert::group() eq '';
    my $group = NgxCert::group();
    my $gid = getgrnam $group;
    my $g = $t->path('grouped');
    is(($t->run($bin, '--home', $g, 'init', '--group', $group))[0], 0,
       '--group');
    is((stat "$g/$_")[5], $gid, "$_ belongs to it")
        for qw(store/data.mdb store/lock.mdb keys/public.keys pdf);
    isnt((stat "$g/keys/private.keys")[5], $gid, 'private.keys does not');
}

# Times by hand are for demonstrations.
($status, $out, $err) = $t->run($bin, '--home', $home, 'show', 'x',
    '--at', '2040-01-01');
is($status, 2, '--at for a real store: refused');
like($err, qr/only for stores made by "certctl init --demonstration"/, 'why');

my $demo = $t->path('demo');
is(($t->run($bin, '--home', $demo, 'init', '--demonstration',
    '--at', '2026-01-01T00:00:00+08:00'))[0], 0, 'a demonstration');
($status, $out, $err) = $t->run($bin, '--home', $demo, 'stat',
    '--at', '2025-12-31');
is($status, 2, '--at before the highest time seen: refused');
like($err, qr/before the highest time.*2026-01-01T00:00:00\+08:00/, 'why');
is(($t->run($bin, '--home', $demo, 'stat', '--at',
    '2026-01-02T00:00:00Z'))[0], 0, '--at after it');

$t->done();

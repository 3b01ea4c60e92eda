# certctl init: what it makes, for which users, and that it never makes a second
# store over the first.

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
is(mode("$home/run"), '0750', 'run');

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
    like($err, qr/a store exists already.*nothing was changed/, 'why');
}
ok($t->read("$home/$_") eq $before{$_}, "$_ is unchanged") for keys %before;

# One of the two files of a store is enough to refuse.
my $half = $t->path('half');
$t->write('half/store/lock.mdb', '');
($status, $out, $err) = $t->run($bin, '--home', $half, 'init');
is($status, 1, 'a lone lock.mdb: refused');
is(-s "$half/store/lock.mdb", 0, 'and unchanged');
ok(!-e "$half/keys", 'and nothing was made');

# Existing keys are kept: a store restored without its keys is lost.
my $kept = $t->path('kept');
is(($t->run($bin, '--home', $kept, 'keys', 'init'))[0], 0, 'keys init');
my $ring = $t->read("$kept/keys/private.keys");
is(($t->run($bin, '--home', $kept, 'init'))[0], 0, 'init with existing keys');
ok($t->read("$kept/keys/private.keys") eq $ring, 'they are the same');
($status, $out, $err) = $t->run($bin, '--home', $kept, 'keys', 'init');
is($status, 1, 'keys init beside a store: refused');
like($err, qr/restore its keys/, 'why');

# Bad arguments leave no trace.
for my $case (
    [['--group', 'no-such-group'], qr/the group "no-such-group" does not exist/],
    [['--user', 'no-such-user'], qr/the user "no-such-user" does not exist/],
    [['--user', '0'], qr/the user "0" does not exist/],
    [['--user', 'daemon', '--renderer-user', 'nobody-here'],
     qr/the user "nobody-here" does not exist/],
    [['--renderer-user', 'daemon'], qr/needs "--user"/],
    [['--user', 'daemon', '--renderer-user', 'daemon'],
     qr/must differ from "--user"/],
    [['--user', 'root', '--renderer-user', 'root'], qr/must differ from "--user"/],
    [['--public-url', 'ftp://x'], qr/public_url/],
    [['--public-url', 'https://x/y'], qr/public_url has a path/],
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

# Only root can make a home for another user.
SKIP: {
    skip 'needs root and the user daemon', 3
        if $> != 0 || !defined getpwnam 'daemon' || !reachable($bin);
    $t->run('mkdir', '-m', '0777', $t->path('others'));
    my @as = ('setpriv', '--reuid', 'daemon', '--regid', 'daemon',
        '--clear-groups');
    ($status, $out, $err) = $t->run(@as, $bin, '--home',
        $t->path('others/x'), 'init', '--user', 'bin');
    is($status, 3, '--user without root: status');
    like($err, qr/only root can make a home for "bin"/, 'why');
    ok(!-e $t->path('others/x'), 'and nothing was made');
}

# Each user can use the files of the others that it needs, and no more.
SKIP: {
    my $group = NgxCert::group();
    my ($user, $renderer) = qw(daemon bin);
    skip 'needs root, setpriv, the users daemon and bin, and www-data', 1
        if $> != 0 || $group eq '' || !defined getpwnam $user
           || !defined getpwnam $renderer || $group eq $user;

    subtest 'users' => sub { users($user, $renderer, $group) };
}


# True if every user can reach a file.
sub reachable {
    my ($path) = @_;
    return ($t->run('setpriv', '--reuid', 'daemon', '--regid', 'daemon',
        '--clear-groups', 'test', '-x', $path))[0] == 0;
}


sub owner {
    my @st = stat $_[0];
    return join ' ', scalar getpwuid($st[4]), scalar getgrgid($st[5]),
        sprintf '%04o', $st[2] & 07777;
}


sub users {
    my ($user, $renderer, $group) = @_;

    my $home = $t->path('home');
    $t->home(group => $group,
        init => ['--user', $user, '--renderer-user', $renderer]);

    # Missing groups, which useradd should have set, are reported.
    ($status, $out, $err) = $t->run($bin, '--home', $t->path('told'), 'init',
        '--user', $user, '--renderer-user', $renderer, '--group', $group);
    is($status, 0, 'users that are in no group: status');
    like($err, qr/"$user" is not in the group "$group"/, 'the group of nginx');
    like($err, qr/"$renderer" is not in the group "$_"/, "the group $_")
        for $group, $user;

    is(owner("$home/$_->[0]"), $_->[1], "$_->[0]: owner, group, mode") for
        ['',                  "$user $user 0755"],
        ['store',             "$user $group 0750"],
        ['store/data.mdb',    "$user $group 0640"],
        ['store/lock.mdb',    "$user $group 0660"],
        ['keys',              "$user $user 0750"],
        ['keys/public.keys',  "$user $user 0640"],
        ['keys/private.keys', "$user $user 0640"],
        ['pdf',               "$renderer $group 2750"];
    is(owner($t->path('told/seals')), "$renderer root 0700", 'seals');

    # Root installs the seals, for the renderer.
    $t->run('chown', '-R', "$renderer:", "$home/seals");

    # Later commands of root leave no file that the others cannot use.
    my ($row) = $t->import_rows($t->certificate());
    my $copy = $t->annotate($row->{number});
    my ($folder) = $copy->{file} =~ m{^pdf/(\w\w)/};
    my $next = "$home/pdf/$folder/test";
    is(owner("$home/$copy->{file}"), "$renderer $group 0640", 'a copy');
    is(owner("$home/pdf/$folder"), "$renderer $group 2750", 'its folder');
    $t->certctl_ok('keys', 'rotate', $_) for qw(token session);
    is(owner("$home/keys/$_.keys"), "$user $user 0640", "$_.keys, rotated")
        for qw(public private);
    is(owner("$home/store/data.mdb"), "$user $group 0640", 'data.mdb, used');
    is(owner("$home/store/lock.mdb"), "$user $group 0660", 'lock.mdb, used');

    # Access of each user with its groups, and of a worker of nginx.
    my %who = (
        user     => ['--reuid', $user, '--regid', $user, '--groups', $group],
        renderer => ['--reuid', $renderer, '--regid', $renderer, '--groups',
                     "$user,$group"],
        nginx    => ['--reuid', 'nobody', '--regid', $group,
                     '--clear-groups'],
        nobody   => ['--reuid', 'nobody', '--regid', 'nogroup',
                     '--clear-groups'],
    );
    my @can = (
        # file, right, who may
        ['store/data.mdb',      'r', qw(user renderer nginx)],
        ['store/data.mdb',      'w', qw(user)],
        ['store/lock.mdb',      'w', qw(user renderer nginx)],
        ['store',               'w', qw(user)],
        ['keys/public.keys',    'r', qw(user renderer)],
        ['keys/public.keys',    'w', qw(user)],
        ['keys/private.keys',   'r', qw(user renderer)],
        ['keys/private.keys',   'w', qw(user)],
        ['keys',                'w', qw(user)],
        ['seals',               'x', qw(renderer)],
        ['seals/ministry.pem',  'r', qw(renderer)],
        ['pdf',                 'w', qw(renderer)],
        ["pdf/$folder",         'w', qw(renderer)],
        [$copy->{file},         'r', qw(user renderer nginx)],
        ['run',                 'w', qw(user)],
        ['run',                 'x', qw(user renderer nginx)],
    );
    for my $case (@can) {
        my ($file, $right, @may) = @$case;
        my @do = grep {
            ($t->run('setpriv', @{$who{$_}}, 'test', "-$right",
                "$home/$file"))[0] == 0
        } qw(user renderer nginx nobody);
        is("@do", "@may", "who has \"$right\" of $file");
    }

    # The user runs every command of certctl that needs no seals.
    SKIP: {
        skip 'a build that others can reach', 4 if !reachable($bin);
        my @as = ('setpriv', @{$who{user}}, $bin, '--home', $home);
        is(($t->run(@as, @$_))[0], 0, "the user runs @$_")
            for ['keys', 'rotate', 'match'], ['suspend', $row->{number}],
                ['reinstate', $row->{number}];
        is(owner("$home/keys/public.keys"), "$user $user 0640",
           'public.keys, rotated by the user');
    }

    # The renderer can make a copy with these rights.
    my $tool = $t->build . '/tool/render';
    SKIP: {
        skip 'a build that others can reach', 3 if !reachable($tool);
        my $code = $t->annotate($row->{number}, '--no-render')->{code};
        my $job = "make $code " . time . "\n";
        my @run = ($tool, $home, $t->top . '/ngx_cert_module/templates');
        ($status, $out, $err) = $t->run('setpriv', @{$who{renderer}}, @run,
            {stdin => "prepare\n$job"});
        like($out, qr/^ok\nmade ok /, 'the renderer makes a copy');
        for my $other (qw(user nginx)) {
            ($status, $out, $err) = $t->run('setpriv', @{$who{$other}}, @run,
                {stdin => "prepare\n$job"});
            like($out, qr/^system error.*cannot use.*\ntrouble /,
                 "$other cannot");
        }
        is(($t->certctl('annotate', '--pending'))[0], 0,
           'root uses the file that exists');
        is($t->certctl_json('fsck', '--files')->{findings}, 0,
           'fsck finds nothing');
    }

    # Missing keys are made for the owner of their folder.
    my $lost = $t->path('lost');
    $t->run($bin, '--home', $lost, 'keys', 'init');
    $t->run('chown', "$user:$group", "$lost/keys");
    unlink glob "$lost/keys/*";
    is(($t->run($bin, '--home', $lost, 'keys', 'init'))[0], 0, 'keys init');
    is(owner("$lost/keys/private.keys"), "$user root 0600", 'private.keys');
    is(owner("$lost/keys/public.keys"), "$user $group 0640", 'public.keys');

    # Without a user for the renderer, one user owns everything.
    my $one = $t->path('one');
    is(($t->run($bin, '--home', $one, 'init', '--user', $user, '--group',
        $group))[0], 0, '--user alone');
    is(owner("$one/$_->[0]"), $_->[1], "$_->[0]: owner, group, mode") for
        ['store/data.mdb',    "$user $group 0640"],
        ['keys',              "$user $group 0750"],
        ['keys/public.keys',  "$user $group 0640"],
        ['keys/private.keys', "$user root 0600"],
        ['seals',             "$user root 0700"],
        ['pdf',               "$user $group 2750"],
        ['run',               "$user $group 0750"];
}

# --at is only for demonstrations.
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

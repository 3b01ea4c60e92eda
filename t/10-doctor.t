# certctl doctor: a sound home has no errors, and each way to break one is named
# with what to do.  What only root can see is skipped for others.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
my ($row) = $t->import_rows($t->certificate());
$t->annotate($row->{number});
my $home = $t->home;
my $port = $t->port;
$t->certctl_ok('policy', 'set', "public_url=http://127.0.0.1:$port");
my ($beside, $large) = map { $t->port($_) } 1, 2;
$t->write('large/check/index.html', 'x' x 100_000);
$t->conf(http => "server { listen 127.0.0.1:$beside; return 200 hello; }\n"
    . "server { listen 127.0.0.1:$large; root " . $t->path('large')
    . '; location / { try_files /check/index.html =404; } }');
$t->start();

my @templates = -d $t->certctl_bin =~ s{[^/]*$}{../ngx_cert_module}r ? ()
    : ('--templates', $t->top . '/ngx_cert_module/templates');

# The account of the workers here; by that of the machine root sees another.
my $worker = NgxCert::user();
my $is_apart = $> == 0 && $worker ne 'root';

# (status, findings, standard error) of a home.
sub doctor {
    my ($of, @args) = @_;
    push @args, '--worker-user', $worker if !grep { /worker-user/ } @args;
    my ($status, $out, $err) = $t->run($t->certctl_bin, '--home', $of,
        @templates, 'doctor', '--json', @args);
    my $said = eval { JSON::PP->new->decode($out) }
        // {findings => [], errors => -1, warnings => -1};
    return ($status, $said, $err);
}

sub found {
    my ($said, $level) = @_;
    return join "\n", map { "$_->{topic}: $_->{text}" }
        grep { $_->{level} eq $level } @{$said->{findings}};
}


# A sound home, with and without the public address.
my ($status, $said, $err) = doctor($home);
is($status, 0, 'a sound home') or diag(found($said, 'error') . $err);
is($said->{errors}, 0, 'no error');
my $ok = found($said, 'ok');
like($ok, $_, "ok: $_") for qr/^home: .* has all its folders/m,
    qr/^renderer: opens keys, store, templates and fonts/m, qr/^disk: \d+ GB/m, qr/^keys: /m,
    qr/^store: schema \d, 1 certificates, 1 copies/m,
    qr/^seal: "ministry" signs until \d{4}-\d\d-\d\d, \d{3,} days$/m,
    qr/^catalogue: \d+ qualifications/m, qr/^fonts: /m,
    qr{^address: "http://127\.0\.0\.1:$port" answers out of this store$}m;
like(found($said, 'warning'), qr/^policy: .* is not HTTPS/m, 'plain HTTP');
like(found($said, 'warning'), qr/^certd: does not run$/m, 'no certd');
is(scalar(grep { $_->{level} eq 'ok' xor !defined $_->{remedy} }
          @{$said->{findings}}), 0, 'what to do, unless it is sound');
($status, $said) = doctor($home, '--local');
unlike(found($said, 'ok'), qr/^address: /m, '--local does not ask it');

my ($in_words, $text) = $t->certctl('doctor', '--local');
is($in_words, 0, 'in words');
like($text, qr/^ok       keys: each use has an active key$/m, '... a line');
like($text, qr/^warning  policy: .*\n {11}\S.*\.$/m, '... and what to do');
like($text, qr/^0 errors, \d+ warnings$/m, '... how many');


sub put {
    my ($name, $bytes, $mode) = @_;
    unlink $t->path("broken/$name");
    $t->write("broken/$name", $bytes);
    chmod $mode // 0600, $t->path("broken/$name");
}

my ($soon, $its_root) = $t->own_seal('soon', 10);
my (undef, $foreign) = $t->own_seal('foreign', 1000);
my $other = $t->path('other');
$t->run($t->certctl_bin, '--home', $other, 'init');
my $store = $t->path('older');
system('cp', '-a', "$home/store", $store) == 0 or die;
$t->certctl_ok('suspend', $row->{number});
$t->certctl_ok('reinstate', $row->{number});

my $broken = $t->path('broken');
my @cases = (
    # name, how, level, what is said
    ['no folder of keys', sub { system 'rm', '-r', "$broken/keys" },
     error => qr{^home: ".*/keys": No such file}m],
    ['private keys for all', sub { chmod 0644, "$broken/keys/private.keys" },
     error => qr{^home: ".*/private\.keys" has mode 644}m],
    ['no public keyring', sub { unlink "$broken/keys/public.keys" },
     error => qr{^keys: ".*/public\.keys": }m],
    ['a keyring cut short', sub { truncate "$broken/keys/private.keys", 50 },
     error => qr{^keys: ".*/private\.keys": }m],
    ['no key for names', sub { put('keys/private.keys',
        $t->read("$broken/keys/private.keys") =~ s{^[^#\n]*\bpersonal\b.*\n}{}mgr) },
     error => qr/^keys: an active key for "personal" is missing$/m],
    ['no folder of seals', sub { system 'rm', '-r', "$broken/seals" },
     error => qr{^home: ".*/seals": No such file}m],
    ['seals for the group', sub { chmod 0750, "$broken/seals" },
     error => qr{^home: ".*/seals" has mode 750}m],
    ['no authority', sub { unlink "$broken/seals/ca.pem" },
     error => qr{^catalogue: no copy of .*: cannot open .*/ca\.pem: No such file}m],
    ['another authority', sub { put('seals/ca.pem', $foreign) },
     error => qr{^catalogue: .* does not vouch for the seal}m],
    ['a seal that its group may read', sub {
        chmod 0640, "$broken/seals/ministry.pem" },
     error => qr/^catalogue: .*accessible to others: mode 640/m],
    ['no seal', sub { unlink "$broken/seals/ministry.pem" },
     error => qr/^catalogue: .*the seal "ministry" is missing/m],
    ['a seal without its key', sub { put('seals/ministry.pem',
        $t->read("$home/seals/ministry.pem")
            =~ s/-----BEGIN [A-Z ]*PRIVATE.*?PRIVATE KEY-----\n//sr) },
     error => qr/^catalogue: .*no private key in PEM/m],
    ['the key of another seal', sub { put('seals/ministry.pem', join '',
        $t->read("$home/seals/association.pem") =~ /(.*?)-----BEGIN CERT/s,
        $t->read("$home/seals/ministry.pem") =~ /(-----BEGIN CERT.*)/s) },
     error => qr/^catalogue: .*does not belong to the certificate/m],
    ['a seal that ends soon', sub { put('seals/ministry.pem', $soon);
        put('seals/ca.pem', $its_root . $t->read("$home/seals/ca.pem")) },
     warning => qr/^seal: "ministry" signs until \S+, \d days$/m],
    ['no folder of copies', sub { system 'rm', '-r', "$broken/pdf" },
     error => qr{^home: ".*/pdf": No such file}m],
    ['a file for a folder', sub { system 'rm', '-r', "$broken/pdf";
        put('pdf', 'x') }, error => qr{^home: ".*/pdf" is not a folder$}m],
    ['copies that the group writes', sub { chmod 02770, "$broken/pdf" },
     error => qr{^home: ".*/pdf" has mode 770}m],
    ['no store', sub { unlink "$broken/store/data.mdb" },
     error => qr/^store: .*data\.mdb is missing/m],
    ['a store cut short', sub { truncate "$broken/store/data.mdb", 20_000 },
     error => qr/^store: /m],
    ['no lock file', sub { unlink "$broken/store/lock.mdb" },
     error => qr{^home: ".*/lock\.mdb": No such file}m],
    ['a home for all', sub { chmod 0777, $broken },
     error => qr{^home: ".*/broken" has mode 777}m],
    ['keys that a group writes', sub { chmod 0770, "$broken/keys" },
     error => qr{^home: ".*/keys" has mode 770}m],
    ['templates that a group writes', sub { mkdir "$broken/templates";
        chmod 0775, "$broken/templates" },
     error => qr{^home: ".*/templates" has mode 775}m],
    ['a store for all', sub { chmod 0644, "$broken/store/data.mdb" },
     error => qr{^home: ".*/data\.mdb" has mode 644}m],
    ['the store of another home', sub { system 'rm', '-r', "$broken/store",
        "$broken/store.mark"; system 'cp', '-a', "$other/store", $broken },
     error => qr/^store: /m],
    ['an older store', sub { system 'rm', '-r', "$broken/store";
        system 'cp', '-a', $store, "$broken/store" },
     error => qr/^store: .*mark/m],
    # A folder that is named is all there is.
    @templates ? () : ['an own template that is broken', sub {
        mkdir "$broken/templates";
        put('templates/default.svg', '<svg', 0644) },
     error => qr/^renderer: .*default\.svg/m],
    ['an address where nobody listens', sub {
        ctl('policy', 'set', 'public_url=http://127.0.0.1:1') },
     error => qr/^address: .* does not answer: /m],
    ['an address of something else', sub { ctl('policy', 'set',
        "public_url=http://127.0.0.1:$beside") },
     error => qr/^address: .* and not as a check does$/m],
    ['another store at the address', sub { ctl('withdraw', $t->certctl_json(
        'show', $row->{number})->{annotations}[-1]{code}) },
     error => qr/^address: .* says "valid" of a copy, and .* "withdrawn"$/m],
    ['a large page at the address', sub { ctl('policy', 'set',
        "public_url=http://127.0.0.1:$large") },
     error => qr/^address: .* and not as a check does$/m],
);
push @cases, (
    ['workers without rights', sub { }, error =>
     qr{^accounts: nginx's workers \(nobody\) cannot read ".*/data\.mdb"}m,
     '--worker-user', 'nobody'],
    ['workers that read names', sub {
        my $gid = (stat "$broken/store/data.mdb")[5];
        chown 0, $gid, "$broken/keys/private.keys", "$broken/keys";
        chmod 0640, "$broken/keys/private.keys" },
     error => qr{^accounts: .* can read ".*/private\.keys", and must not}m],
    ['workers that are not there', sub { },
     warning => qr/^accounts: .* "nobody-here", is not there$/m,
     '--worker-user', 'nobody-here'],
    ['an owner that is not there', sub { chown 54321, -1, "$broken/seals",
        glob "$broken/seals/*" },
     error => qr/^accounts: the renderers would be uid 54321/m],
    ['a seal that renderers cannot read', sub { renderers();
        chown 0, 0, "$broken/seals/ministry.pem" },
     error => qr/^catalogue: no copy of .*ministry\.pem.*Permission denied/m],
    ['an authority that renderers cannot read', sub { renderers();
        chown 0, 0, "$broken/seals/ca.pem"; chmod 0600, "$broken/seals/ca.pem" },
     error => qr/^catalogue: no copy of .*ca\.pem: Permission denied/m],
) if $is_apart && defined getpwnam('nobody');

# Gives what renderers own to nobody, who can read keys and store by its group.
sub renderers {
    my ($uid, $gid) = (getpwnam 'nobody')[2, 3];
    chown $uid, $gid, "$broken/seals", glob "$broken/seals/*";
    system 'chown', '-R', "$uid:" . (stat "$broken/pdf")[5], "$broken/pdf";
    chown 0, $gid, "$broken/keys", glob("$broken/keys/*"), "$broken/store",
        "$broken/store.mark", glob "$broken/store/*";
    chmod 0640, glob "$broken/keys/*";
    chmod 0660, "$broken/store/lock.mdb";
}

# The others are as they were: without a fault there is no error of them.
if ($is_apart) {
    system('cp', '-a', $home, $broken) == 0 or die;
    renderers();
    my ($status, $said) = doctor($broken, '--local', '--worker-user', 'root');
    is(found($said, 'error'), '', 'renderers of an account of their own');
    like(found($said, 'ok'), qr/^seal: "ministry" signs until/m,
         'they can read the seals');

    # The same home, as that account and as one of no rights.
    for my $who (['nobody', 'renderer', 'ok'], ['daemon', 'home', 'warning']) {
        my ($user, $topic, $level) = @$who;
        my $gid = (getpwnam $user)[3];
        my ($status, $out) = $t->run('setpriv', '--reuid', $user, '--regid',
            $gid, '--clear-groups', $t->certctl_bin, '--home', $broken,
            @templates, 'doctor', '--local', '--json');
        my $said = eval { JSON::PP->new->decode($out) };
        skip_all_of($user), next if !$said;
        is($status, 0, "as $user: no error") or diag(found($said, 'error'));
        like(found($said, $level), qr/^$topic: /m, "as $user: $topic");
        like(found($said, 'warning'), qr/^accounts: only root/m,
             "as $user: what it cannot see");
    }
}

# A build that others cannot reach.
sub skip_all_of { note("$_[0] cannot run certctl") }

sub ctl { return $t->run($t->certctl_bin, '--home', $broken, @_) }

for my $case (@cases) {
    my ($name, $how, $level, $what, @args) = @$case;
    system 'rm', '-rf', $broken;
    system('cp', '-a', $home, $broken) == 0 or die;
    $how->();
    my $local = "$what" =~ /address/ ? () : '--local';
    my ($status, $said, $err) = doctor($broken, $local // (), @args);
    my $found = found($said, $level);
    is($status, $said->{errors} > 0 ? 1 : 0, "$name: status") or diag $err;
    like($found, $what, "$name: named")
        or diag(join "\n", map { "$_->{level} $_->{topic}: $_->{text}" }
                @{$said->{findings}});
}
($status, $said) = doctor($t->path('nowhere'));
is($status, 1, 'no home: status');
like(found($said, 'error'), qr/^home: ".*nowhere": No such file/, 'named');


# A home that has just been made is not ready to serve.
($status, $said) = doctor($other, '--local');
is($status, 1, 'a new home: status');
like(found($said, 'error'), qr{^policy: the QR of a copy leads to "http://localhost"}m,
     'its address is that of this machine');
like(found($said, 'warning'), qr/^catalogue: no qualification yet/m,
     'its catalogue is empty');


# Wrong usage.
is(($t->certctl('doctor', @$_))[0], 2, "doctor @$_: wrong usage")
    for ['x'], ['--worker-user'], ['--local=1'], ['--worker', 'x'];

$t->done();

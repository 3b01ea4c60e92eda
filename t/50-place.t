# Where a store lies: a mount that is read only, a file system where LMDB does
# not work, containers that do not share a PID namespace.  Each is refused by
# every program, with its reason; the same place put right is taken.

use lib 't/lib';
use NgxCert;

use File::Path qw(make_path);

plan(skip_all => 'only root has namespaces') if $> != 0;

my $t = NgxCert->new();
my ($nswhy) = ($t->run('unshare', '-m', '-p', '-f', '--mount-proc', 'true'))[2];
plan(skip_all => "unshare is not allowed: $nswhy") if $nswhy ne '';

my ($row) = $t->import_rows($t->certificate());
my $copy = $t->annotate($row->{number});
my $home = $t->home;
my @templates = ('--templates', $t->top . '/ngx_cert_module/templates');

# Runs a command where these mounts are, which are gone with it.
sub mounted {
    my ($mounts, @cmd) = @_;
    my ($status, $out, $err) = $t->run('unshare', '-m', 'sh', '-e', '-c',
        "$mounts\nexec \"\$\@\"", 'sh', @cmd, {timeout => 60});
    return ($status, $out . $err);
}

# The programs, each at its start, on a home.
my $conf = $t->conf(store => <<'END');
    cert_store    %%HOME%%/store;
    cert_keyring  %%HOME%%/keys/public.keys;
    cert_pdf_root %%HOME%%/pdf;
END
sub programs {
    my ($at) = @_;
    my $text = $t->read($conf) =~ s/\Q$home\E/$at/gr;
    my $file = $t->write('place.conf', $text);
    return (
        certctl => [$t->certctl_bin, '--home', $at, 'stat'],
        writer  => [$t->certctl_bin, '--home', $at, 'policy', 'set', 'quota=4'],
        certd   => ['timeout', 20, NgxCert::certd_bin(), '--home', $at,
                    @templates, '--renderers', 1],
        nginx   => [$t->nginx_bin, '-t', '-p', $t->dir, '-e', '/dev/null',
                    '-c', $file],
    );
}
sub all_refused {
    my ($name, $mounts, $at, $reason) = @_;
    my %programs = programs($at);
    for my $program (sort keys %programs) {
        my ($status, $out) = mounted($mounts, @{$programs{$program}});
        isnt($status, 0, "$name: $program refuses");
        like($out, $reason, "$name: $program says why");
    }
}

# All but the daemon, which would not end.
sub all_take {
    my ($name, $mounts, $at) = @_;
    my %programs = programs($at);
    for my $program (qw(certctl writer nginx)) {
        my ($status, $out) = mounted($mounts, @{$programs{$program}});
        is($status, 0, "$name: $program takes it") or diag($out);
    }
}


# A mount that is read only, of the home and of the store alone.
for my $what ($home, "$home/store") {
    my $mounts = "mount --bind $what $what\n"
        . "mount -o remount,ro,bind $what $what";
    my $name = 'read only: ' . $what =~ s{.*/}{}r;
    all_refused($name, $mounts, $home, qr{cannot write the lock file (?#
        )"\Q$home\E/store/lock\.mdb", where readers register: Read-only (?#
        )file system \(systemd has ReadWritePaths=}) ;
}
all_take('a mount that can be written', "mount --bind $home $home", $home);


# A file system where it does not work.
SKIP: {
    make_path(map { $t->path("over/$_") } qw(upper merged));
    my $over = $t->path('over');
    my $mounts = "mount -t tmpfs none $over/upper\n"
        . "mkdir $over/upper/changes $over/upper/scratch\n"
        . "mount -t overlay overlay -o lowerdir=$home,upperdir=$over/upper/changes,"
        . "workdir=$over/upper/scratch $over/merged";
    my ($status, $out) = mounted($mounts, 'true');
    skip "no overlayfs here: $out", 20 if $status != 0;

    all_refused('overlayfs', $mounts, "$over/merged",
        qr{"\Q$over\E/merged/store" lies on overlayfs, which copies a file (?#
           ).*: use a local file system, or write "overlayfs" into its file (?#
           )"filesystem"});

    # Those who know better.
    for my $case (['another name', 'nfs'], ['nothing', ''],
                  ['a beginning', 'over'], ['more', 'overlayfs2'])
    {
        my ($name, $word) = @$case;
        all_refused($name, "$mounts\nprintf '%s\\n' '$word' > "
                    . "$over/merged/store/filesystem", "$over/merged",
                    qr/lies on overlayfs/);
    }
    all_take("the word $_", "$mounts\necho $_ > "
             . "$over/merged/store/filesystem", "$over/merged")
        for qw(overlayfs any);

    # A new store.
    my @init = ($t->certctl_bin, '--home', "$over/merged/new", 'init');
    ($status, $out) = mounted("$mounts\nmkdir $over/merged/new", @init);
    is($status, 3, 'no store is made there');
    like($out, qr/new\/store" lies on overlayfs/, 'and why');
    ($status, $out) = mounted("$mounts\nmkdir -p $over/merged/new/store\n"
        . "echo overlayfs > $over/merged/new/store/filesystem", @init);
    is($status, 0, 'unless that is wanted') or diag($out);
}


# Containers: nginx in one PID namespace, and others beside it.
$t->conf(workers => 4);
my $pid = $t->spawn('unshare', '-p', '-f', '--kill-child', '--mount-proc',
    $t->nginx_bin, '-p', $t->dir, '-e', $t->path('logs/start.log'), '-c',
    $t->path('nginx.conf'), '-g', 'daemon off;');
my $check = "/check/$copy->{code}";
$t->await(sub { eval { $t->get($check)->status == 200 } });
is($t->get($check)->json->{result}, 'valid', 'nginx in a namespace');

# A process gets the id of one of nginx's workers there: LMDB locks by it.
my $alone = qr/a process of another PID namespace, with the id \d that this (?#
    )one has, uses the store at ".*": containers on one store have to share (?#
    )a PID namespace \(pid: "service:NAME", --pid=container:NAME\)/;
my %programs = programs($home);
my ($status, $out, $err);
for my $program (qw(certctl certd)) {
    ($status, $out, $err) = $t->run('unshare', '-p', '-f', '--mount-proc',
        'sh', '-c', '"$@"; exit $?', 'sh', @{$programs{$program}});
    isnt($status, 0, "$program in another: refused");
    like("$out$err", $alone, "... with what to do");
}

# The same namespace, as the example has it.
my ($inside) = grep { $_ } map { /^(\d+)$/ ? $1 : () }
    split /\s+/, $t->read("/proc/$pid/task/$pid/children");
for my $program (qw(certctl writer nginx)) {
    ($status, $out, $err) = $t->run('nsenter', '-t', $inside, '-p', '-m',
                                    @{$programs{$program}});
    is($status, 0, "$program in the same: taken") or diag("$out$err");
}
is($t->get($check)->json->{result}, 'valid', 'nginx goes on');

kill 'QUIT', $inside;
is($t->wait($pid), 0, 'nginx ends');
unlink $t->path('nginx.pid');

$t->done();

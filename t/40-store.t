# The store disappears, comes back, is replaced or damaged while nginx runs: 503
# and a reason, never a wrong answer, and recovery without a restart.

use lib 't/lib';
use NgxCert;

use File::Copy qw(copy);

my $t = NgxCert->new();
my $samples = $t->samples();
my $home = $t->home();
my $store = "$home/store";
my $valid = $samples->{valid};

$t->conf(workers => 2, http => 'cert_check_page /page/check.html;',
    server => <<'END');
        location /check     { cert_check; }
        location /download/ { cert_download; }
        location /status    { cert_status; }
        location /metrics   { cert_status prometheus; }
        %%PAGE%%
END
$t->start();
$t->expect_log(qr/certificate store ".*" (?:cannot be used|is closed)/,
               qr/certificate store cannot answer/);

sub result {
    my ($uri) = @_;
    my $r = $t->get($uri // "/check/$valid->{code}") // return 'no answer';
    return $r->json->{result};
}

# Waits until every worker gives this answer.
sub settles {
    my ($name, $result, $uri) = @_;

    my $same = 0;
    $t->await(sub {
        $same = 0;
        $same++ while $same < 20 && result($uri) eq $result;
        return $same == 20;
    });
    return is($same, 20, $name);
}

sub unavailable {
    my ($name) = @_;

    my %uris = ("/check/$valid->{code}" => 503,
                "/check?sha256=$valid->{sha256}" => 503,
                "/download/$valid->{download}" => 503,
                '/check/x' => 400, '/download/x' => 403);
    for my $uri (sort keys %uris) {
        my $r = $t->get($uri);
        is($r->status, $uris{$uri}, "$name: $uri");
        next if $uris{$uri} != 503;
        is($r->body, '{"result":"unavailable"}', "$name: and no more");
        is($r->header('retry-after'), 5, "$name: Retry-After");
        is($r->header('cache-control'), 'no-store', "$name: not stored");
    }
    my $r = $t->post('/check', map { $_ => $valid->{$_} }
        qw(number name id_number));
    is($r->status, 503, "$name: by certificate");
    is($t->get("/check/$valid->{code}", Accept => 'text/html')->status, 503,
       "$name: the page");
    my $status = $t->get('/status');
    is($status->status, 200, "$name: the status answers");
    ok(!$status->json->{store}{up}, "$name: and says so");
    like($t->get('/metrics')->body, qr/^ngx_cert_store_up 0$/m,
         "$name: so do the metrics");
}

# Runs as the worker's own user, because root may lack the right.
sub descriptors {
    my ($pid, $n) = @_;
    my ($uid, $gid) = (stat "/proc/$pid")[4, 5];
    my ($status, undef, $err) = $t->run('setpriv', '--reuid', $uid, '--regid',
        $gid, '--keep-groups', 'prlimit', '--pid', $pid, "--nofile=$n:");
    die "prlimit: $err\n" if $status != 0;
}

sub sums {
    my ($folder) = @_;
    return map { "$_ " . unpack '%32C*', $t->read($_) }
        sort grep { -f && !/lock\.mdb$/ } glob "$folder/*";
}

is(result(), 'valid', 'at first');


# Moved away and back.
rename $store, "$store.away" or die "rename: $!\n";
settles('away: workers notice', 'unavailable');
unavailable('away');
my ($status, $out) = $t->nginx_test();
is($status, 1, 'away: nginx -t refuses');
my $said = qr/cannot be used, requests/;
$t->await_log('error', $said, 2);
is($t->log_count('error', $said), 2, 'away: each worker said so once');
ok(!-e $store, 'away: no new store is made');
rename "$store.away", $store;
settles('back: workers notice', 'valid');
$t->log_like('error', qr/is in use again/, 'back: and say so');


# Workers that have used up their descriptors: the store is not at fault.
my $closed = qr/is closed and will be opened/;
my ($before, $blind) = ($t->log_count('error', $closed),
                        qr/maintenance of .* failed, and it stays in use: .*Too many/);
my %limits = map { $_ => $t->read("/proc/$_/limits")
    =~ /^Max open files +(\d+)/m } $t->workers;
descriptors($_, 3) for keys %limits;
$t->await_log('error', $blind, 2);
descriptors($_, $limits{$_}) for keys %limits;
settles('no descriptors: goes on', 'valid');
is($t->log_count('error', $blind), 2, 'no descriptors: each worker said so');
is($t->log_count('error', $closed), $before, 'no descriptors: none closed it');


# Replaced by files that are not a store.
my $data = $t->read("$store/data.mdb");
my %wrong = (
    'empty'   => '',
    'cut'     => substr($data, 0, 12288),
    'text'    => "This is not a store.\n" x 4096,
    'zeros'   => "\0" x length $data,
);
for my $name (sort keys %wrong) {
    rename $store, "$store.away" or die "rename: $!\n";
    $t->write("$store/data.mdb", $wrong{$name});
    $t->write("$store/lock.mdb", '');
    chmod 0644, "$store/data.mdb";
    chmod 0666, "$store/lock.mdb";
    my @before = sums($store);

    settles("$name: workers notice", 'unavailable');
    is($t->get("/download/$valid->{download}")->status, 503,
       "$name: no download");
    is(join(' ', sums($store)), "@before", "$name: and it is not changed");

    system 'rm', '-rf', $store;
    rename "$store.away", $store;
    settles("$name: back", 'valid');
}


# Replaced by a backup, which has another inode and an older state.
$t->certctl_ok('backup', $t->path('backup'));
my ($cert) = $t->import_rows($t->certificate());
my $later = $t->annotate($cert->{number});
is(result("/check/$later->{code}"), 'valid', 'after the backup');
$t->run('chgrp', '-R', $t->group, $t->path('backup'))
    if $> == 0 && $t->group ne '';
my ($copy) = grep { -e "$_/data.mdb" } map { $t->path($_) }
    'backup', 'backup/store';
ok($copy, 'there is a backup') or diag(`ls -R @{[$t->path('backup')]}`);
rename $store, "$store.old";
settles('restored: none for a while', 'unavailable', "/check/$later->{code}");
system 'cp', '-rp', $copy, $store;
chmod 0750, $store;
chmod 0640, "$store/data.mdb";
chmod 0660, "$store/lock.mdb";
if ($> == 0 && $t->group ne '') {
    $t->run('chgrp', '-R', $t->group, $store);
}
# An older store is refused until the loss is accepted; after that, the later
# store is refused as well.
settles('restored: workers notice', 'unavailable', "/check/$later->{code}");
$t->await_log('error', qr/the store is older than its mark/);
$t->log_like('error', qr/the store is older than its mark/,
             'restored: and say why, after another reason');
is(($t->certctl('restore'))[0], 1, 'restored: restore reports the loss');
$t->certctl_ok('restore', '--accept-loss');
settles('accepted', 'not_found', "/check/$later->{code}");
is(result(), 'valid', 'accepted: an older copy is valid');
system 'rm', '-rf', $store;
rename "$store.old", $store;
settles('the later store again', 'unavailable', "/check/$later->{code}");
$t->certctl_ok('restore', '--accept-loss');
settles('and accepted', 'valid', "/check/$later->{code}");


# A store of other keys.
$t->run($t->certctl_bin, '--home', $t->path('other'), 'init',
        $> == 0 && $t->group ne '' ? ('--group', $t->group) : ());
rename $store, "$store.away";
system 'cp', '-rp', $t->path('other/store'), $store;
settles('of other keys: workers notice', 'unavailable');
$t->log_like('error', qr/cannot be used.*key/i,
             'of other keys: and say why');
system 'rm', '-rf', $store;
rename "$store.away", $store;
settles('of other keys: back', 'valid');


# A worker that starts without a store still serves.
rename $store, "$store.away";
settles('started without: gone', 'unavailable');
my %killed = map { $_ => 1 } $t->workers;
kill 'KILL', keys %killed;
$t->expect_log(qr/exited on signal 9/);

# Killed workers are listed until the master has seen their end.
sub fresh { return scalar grep { !$killed{$_} } $t->workers_ready }

$t->await(sub { fresh() == 2 });
is(result(), 'unavailable', 'started without: 503');
is(fresh(), 2, 'started without: they stay');
rename "$store.away", $store;
settles('started without: the store is back', 'valid');


# Files that the workers may not read.
SKIP: {
    skip 'only root can take rights away', 2 if $> != 0 || $t->user eq '';
    chmod 0600, "$store/lock.mdb";
    kill 'KILL', $t->workers;
    settles('no right to register as a reader', 'unavailable');
    chmod 0660, "$store/lock.mdb";
    settles('the right again', 'valid');
}


# A damaged record is 503 and an alarm, and harms no other.
is($t->stop(), 0, 'stopped');
my $bytes = $t->read("$store/data.mdb");
my $at = index $bytes, pack 'H*', $samples->{revoked}{sha256};
cmp_ok($at, '>', 0, 'a record is found');
my $times = 0;
while ($at >= 0) {
    substr($bytes, $at, 1) = chr(ord(substr $bytes, $at, 1) ^ 1);
    $times++;
    $at = index $bytes, pack('H*', $samples->{revoked}{sha256}), $at;
}
my $mode = (stat "$store/data.mdb")[2] & 07777;
open my $fh, '+<:raw', "$store/data.mdb" or die "open: $!\n";
print $fh $bytes;
close $fh;
my $damaged = -s "$store/data.mdb";

$t->start();
is(result("/check/$samples->{revoked}{code}"), 'unavailable',
   'a damaged record: 503');
is($t->get("/download/$samples->{revoked}{download}")->status, 503,
   'a damaged record: no download');
is(result(), 'valid', 'a damaged record: others are answered');
$t->log_like('error',
             qr/\[alert\].*certificate store cannot answer: corrupt/,
             'a damaged record: an alarm');
is(-s "$store/data.mdb", $damaged, 'a damaged record: nothing is repaired');

$t->done();

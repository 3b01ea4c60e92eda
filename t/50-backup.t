# certctl backup: hot copies during writes, each complete and with everything
# that was committed before it began; and a restore.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
my $home = $t->home();
my @rows = $t->import_rows(map { $t->certificate() } 1 .. 300);

# Without --with-keys the copy has no keys; with it they keep their modes.
my $said = $t->certctl_json('backup', $t->path('plain'));
is($said->{store}, $t->path('plain/store'), 'where it is');
ok(!-e $t->path('plain/keys'), 'without keys');
$t->certctl_ok('backup', $t->path('full'), '--with-keys');
is(sprintf('%04o', (stat $t->path("full/keys/$_->[0]"))[2] & 07777), $_->[1],
   "with keys: $_->[0]")
    for ['private.keys', '0600'], ['public.keys', '0640'];

# Never over another copy.
for my $args ([], ['--with-keys']) {
    my $before = $t->read('full/store/data.mdb');
    my ($status, $out, $err) = $t->certctl('backup', $t->path('full'),
        @$args);
    is($status, 1, "over another @$args: refused");
    ok($t->read('full/store/data.mdb') eq $before, 'the other is unchanged');
}
is(($t->certctl('backup'))[0], 2, 'needs a folder');
is(($t->certctl('backup', $t->path('a/b/c')))[0], 3,
   'not below a missing folder');

# A home made from the copy has the same content.
mkdir $t->path("full/$_") for qw(pdf seals);
my $bin = $t->certctl_bin;
my ($status, $out) = $t->run($bin, '--home', $t->path('full'), 'export',
    {raw => 1});
is($status, 0, 'restored: export');
is($out, ($t->certctl('export', {raw => 1}))[1], 'the same bytes');

# Hot: a writer imports while copies are made.
my $file = $t->path('more.csv');
$t->run($t->top . '/scripts/generate', '--certificates', 30_000,
    {out => $file});
my $pid = $t->spawn($bin, '--home', $home, 'import', $file);
my ($n, $during) = (0, 0);
while (1) {
    my $before = $t->certctl_json('stat');
    my $to = $t->path('hot' . $n);
    my ($status, $out, $err) = $t->certctl('backup', $to, '--with-keys');
    is($status, 0, "hot copy $n") or diag $err;
    my $running = kill(0, $pid) && waitpid($pid, POSIX::WNOHANG()) == 0;
    my $copy = JSON::PP->new->decode(
        ($t->run($bin, '--home', $to, 'stat', '--json'))[1]);
    ok($copy->{journal} >= $before->{journal},
       'holds what was committed before it began');
    $during++ if $running;
    $n++;
    last if !$running || $n == 40;
}
delete $t->{children}{$pid};
ok($during > 0, "$during copies while it wrote");
is(($t->certctl('fsck'))[0], 0, 'the store itself');

for my $i (grep { $_ < 3 || $_ > $n - 3 } 0 .. $n - 1) {
    is(($t->run($bin, '--home', $t->path("hot$i"), 'fsck'))[0], 0,
       "copy $i: fsck");
    is(($t->run($bin, '--home', $t->path("hot$i"), 'journal', 'verify'))[0],
       0, "copy $i: journal");
}

$t->done();

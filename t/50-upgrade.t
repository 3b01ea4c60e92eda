# certctl upgrade of a large store: killed anywhere it goes on where it was,
# nginx of before would read the same records, others wait or are refused, and it
# is done once.  t/50-before.t upgrades a store that an older build made.

use lib 't/lib';
use NgxCert;
use Time::HiRes qw(sleep);

my $t = NgxCert->new();
my $home = $t->home();
my $all = 60_000;
my $file = $t->path('people.csv');
$t->run($t->top . '/scripts/generate', '--certificates', $all, {out => $file});
is($t->certctl_json('import', $file)->{new}, $all, 'imported');
my @row = map { {map { $_->[0] => $_->[1] } @$_} } rows($t->read($file));

# Some of the first, some of the last.
sub rows {
    my ($head, @lines) = split /\n/, $_[0];
    my @columns = map { s/"//gr } split /,/, $head;
    return map { my $i = 0; [map { [$columns[$i++], s/"//gr] } split /,/] }
        @lines[0 .. 9, -10 .. -1];
}
my $copy = $t->annotate($row[0]{number});

sub upgrade { return $t->certctl('upgrade', @_) }
sub make_before {
    is(($t->run($t->build . '/tool/before', $home))[0], 0,
       'a store of schema 1');
    is(($t->certctl('stat'))[0], 3, 'which is refused');
}


# --- Killed -----------------------------------------------------------------

make_before();
my ($kills, $rounds) = (0, 12);
for my $round (1 .. $rounds) {
    my $pid = $t->spawn($t->certctl_bin, '--home', $home, 'upgrade');
    sleep 0.01 + 0.02 * $round;
    kill 'KILL', $pid;
    my $status = $t->wait($pid);
    $kills++ if $status == 128 + 9;
    last if $status == 0;
}
ok($kills > 0, "$kills were killed on their way");
my ($status, $out, $err) = upgrade('--json');
is($status, 0, 'the next one completes it') or diag $err;
is(($t->certctl('stat'))[0], 0, 'and the store opens');
done_once('killed');

sub done_once {
    my ($name) = @_;
    my $stat = $t->certctl_json('stat');
    is($stat->{schema}, 2, "$name: the schema");
    is($stat->{certificates}, $all, "$name: all certificates");
    is($stat->{matches}, $all, "$name: an entry for each");
    is($stat->{readers}, 1, "$name: no reader is left");
    is($t->certctl_json('fsck')->{findings}, 0, "$name: fsck finds nothing");
    is(($t->certctl('journal', 'verify'))[0], 0, "$name: the journal holds");
    my $said = $t->certctl_json('upgrade');
    is($said->{was}, 2, "$name: the next upgrade");
    is($said->{certificates}, 0, "$name: has nothing to do");
}


# --- What nginx answers afterwards ------------------------------------------

$t->conf();
$t->start();
for my $row (@row) {
    $t->secret($row->{id_number});
    my %typed = map { $_ => $row->{$_} } qw(number name id_number);
    is($t->post('/check', %typed)->json->{result}, 'valid', 'found');
    $typed{number} = " $typed{number}\x{3000}";
    $typed{id_number} =~ tr/0-9/\x{FF10}-\x{FF19}/;
    is($t->post('/check', %typed)->json->{result}, 'valid', 'and otherwise');
    $typed{name} .= "\xE7\x94\xB2";     # bytes, as the name is
    is($t->post('/check', %typed)->json->{result}, 'not_found',
       'not by another name');
}
is($t->get("/check/$copy->{code}")->json->{result}, 'valid', 'a code');
is($t->stop(), 0, 'ended');


# --- Others meanwhile -------------------------------------------------------

# A certd that runs, of whatever version.
$t->certd();
ok($t->await(sub { (upgrade())[0] == 3 }), 'refused beside certd');
like((upgrade())[2], qr/certd is running/, 'by name');
$t->certd_stop();
is((upgrade())[0], 0, 'not when it has ended');

# A command that writes holds the lock of the keys: the upgrade waits for it,
# and it for the upgrade, so neither meets a store of the other's schema.
make_before();
my $pid = $t->spawn($t->certctl_bin, '--home', $home, 'upgrade');
my ($other, undef, $why) = $t->certctl('suspend', $row[0]{number});
is($t->wait($pid), 0, 'an upgrade beside a command');
ok($other == 0 || $why =~ /schema 1|changing the keys/,
   "the command was done after it, or refused: $other") or diag $why;
is(($t->certctl('reinstate', $row[0]{number}))[0], 0, 'written afterwards')
    if $other == 0;
done_once('beside a command');

# Without the private keys it cannot be done, and nothing is changed.
make_before();
rename "$home/keys/private.keys", "$home/keys/kept" or die;
($status, $out, $err) = upgrade();
is($status, 3, 'without the private keys');
like($err, qr/needs the private keys/, 'refused');
rename "$home/keys/kept", "$home/keys/private.keys" or die;
is((upgrade('--surplus'))[0], 2, 'an unknown option');
is((upgrade())[0], 0, 'and then it is done');
done_once('with the keys');

$t->done();

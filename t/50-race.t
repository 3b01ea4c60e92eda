# Several operators at once do not undo each other's changes, and a command that
# has to wait too long says so.

use lib 't/lib';
use Fcntl qw(:flock O_RDONLY O_DIRECTORY);
use NgxCert;

my $t = NgxCert->new();
my $bin = $t->certctl_bin;
my $home = $t->home();

# Runs commands at the same time; returns [status, err] of each.
sub at_once {
    my @pids = map { $t->spawn($bin, '--home', @$_) } @_;
    return map { my $status = $t->wait($_);
                 [$status, $t->read("tmp/$_.err")] } @pids;
}

sub key_states { join ' ', map { "$_->{id}:$_->{state}" }
    grep { $_->{use} eq $_[0] } @{$t->certctl_json('keys', 'list')->{keys}} }

# Locks the keys as another certctl would; returns the handle that holds the
# lock.
sub hold {
    sysopen my $folder, "$home/keys", O_RDONLY | O_DIRECTORY or die;
    flock $folder, $_[0] or die;
    return $folder;
}

# Different keys of the policy: no change is lost.
my $lost = '';
for my $round (1 .. 20) {
    my %want = (validity_days => 10 + $round, quota => 3 + $round,
                quota_days => 200 + $round, notice_version => 300 + $round);
    my @done = at_once(map { [$home, 'policy', 'set', "$_=$want{$_}"] }
        sort keys %want);
    $lost .= " $round: status" if grep { $_->[0] != 0 } @done;
    my $policy = $t->certctl_json('policy', 'show');
    $lost .= " $round: $_" for grep { $policy->{$_} ne $want{$_} } keys %want;
}
is($lost, '', 'policy set: twenty rounds of four at once, none lost');

# Keys of different uses: no change is lost, in neither file.
my @uses = qw(token record match personal session);
my @done = at_once(map { [$home, 'keys', 'rotate', $_] } @uses);
is(join(' ', map { $_->[0] } @done), '0 0 0 0 0', 'keys rotate: all at once');
is(key_states($_), '1:active 2:verify', "$_: announced") for @uses;

# The same use: one command announces a key, the others say so.
$t->certctl_ok('keys', 'rotate', 'token', '--activate');
@done = at_once(map { [$home, 'keys', 'rotate', 'token'] } 1 .. 4);
is(join(' ', sort map { $_->[0] } @done), '0 1 1 1', 'one of four announces');
is(key_states('token'), '1:verify 2:active 3:verify', 'one key');

# Activating and retiring beside imports: every record can be read afterwards.
$t->import_rows(map { $t->certificate() } 1 .. 50);
@done = at_once(
    (map { [$home, 'keys', 'rotate', $_, '--activate'] }
        qw(record personal match)),
    (map { [$home, 'import', $t->csv("i$_.csv",
        map { $t->certificate() } 1 .. 50)] } 1 .. 4));
is(join(' ', map { $_->[0] } @done), '0 0 0 0 0 0 0', 'keys and imports')
    or diag map { $_->[1] } @done;
@done = at_once([$home, 'keys', 'retire', 'personal', 1],
    (map { [$home, 'import', $t->csv("j$_.csv",
        map { $t->certificate() } 1 .. 50)] } 1 .. 4),
    [$home, 'keys', 'retire', 'record', 1]);
is(join(' ', map { $_->[0] } @done), '0 0 0 0 0 0', 'retiring and imports')
    or diag map { $_->[1] } @done;
is($t->certctl_json('fsck')->{findings}, 0, 'the store is consistent');
is(scalar(() = $t->certctl_ok('export') =~ /\n/g), 451, 'and can be read');
is(($t->certctl('journal', 'verify'))[0], 0, 'and the journal');

# Three commands make one home: one succeeds, and its keys open its store.
for my $round (1 .. 5) {
    my $new = $t->path("new$round");
    my @done = at_once(map { [$new, 'init'] } 1 .. 3);
    is(join(' ', sort map { $_->[0] } @done), '0 1 1', 'one of three inits');
    is(($t->run($bin, '--home', $new, 'fsck'))[0], 0, 'its keys fit');
}

# A command that has to wait too long says why; reading commands do not wait.
my $held = hold(LOCK_EX);
is(($t->certctl('stat'))[0], 0, 'stat needs no lock');
@done = at_once([$home, 'policy', 'set', 'quota=7'],
    [$home, 'keys', 'rotate', 'session'], [$home, 'keys', 'retire', 'match', 1],
    [$home, 'annotate', '--pending'],
    [$home, 'backup', $t->path('copy'), '--with-keys']);
for my $n (0 .. 4) {
    is($done[$n][0], 3, "held, command $n: status");
    like($done[$n][1], qr/another certctl is changing .*try again/,
         "held, command $n: why");
}
isnt($t->certctl_json('policy', 'show')->{quota}, 7, 'nothing was changed');
ok(!-e $t->path('copy'), 'and nothing was made');

# Commands that use the keys do not wait for each other; a change of keys waits.
flock $held, LOCK_SH;
is(($t->certctl('policy', 'set', 'quota=7'))[0], 0, 'users do not wait');
my ($status, $out, $err) = $t->certctl('keys', 'rotate', 'session', '--json');
is($status, 3, 'a change does: status');
is(JSON::PP->new->decode($out)->{error}, 'busy', 'and error');

# A wait that ends in time is not an error.
my $pid = $t->spawn($bin, '--home', $home, 'keys', 'rotate', 'session',
    '--activate');
select undef, undef, undef, 0.5;
is(waitpid($pid, POSIX::WNOHANG()), 0, 'it waits');
close $held;
is($t->wait($pid), 0, 'and goes on');
is(key_states('session'), '1:verify 2:active', 'the key is active');

$t->done();

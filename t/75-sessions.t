# Expired records are removed by themselves: sessions, also while the writer is
# stuck, without piling up changes, and the keys of applications after seven
# days.

use lib 't/lib';
use NgxCert;

my $SESSIONS = 12;

my $t = NgxCert->new();
my ($row) = $t->import_rows($t->certificate());
$t->conf($t->holder_conf);
$t->start();
$t->certd();
my $holder = $t->holder($row);
$t->login($holder->{username}, $holder->{password}) for 2 .. $SESSIONS;
my $code = $holder->apply($row->{number}, key => 'a key')
    ->json->{annotation}{code};
$holder->ready($code);
my $certd = sub { $t->get('/status')->json->{certd} };
$t->certd_stop();

# Another process holds the lock, and for all others hours have passed.
my $pid = $t->spawn($t->build . '/tool/lock', $t->path('home'));
ok($t->await(sub { -s $t->path("tmp/$pid.out") }), 'another process holds the lock');
my %later = (LD_PRELOAD => $t->build . '/clock.so',
             CLOCK_AT   => int time + 3 * 3600);
$t->stop();
$t->start(env => \%later);
$t->certd(env => \%later);

sub waiting {
    my ($n) = @_;
    my $waiting;
    $t->await(sub { ($waiting = $certd->()->{waiting} // -1) == $n });
    return $waiting;
}
is(waiting($SESSIONS), $SESSIONS, 'all sessions are to be ended');
sleep 11;
is($certd->()->{waiting}, $SESSIONS, 'each only once, however long it takes');

kill 'TERM', $pid;
$t->wait($pid);
is(waiting(0), 0, 'then they are ended');
# A change that no longer waits may not be written yet.
$t->await(sub { $certd->()->{changes} == $SESSIONS });
is($certd->()->{changes}, $SESSIONS, 'by as many changes');
is($holder->get('/holder/certificates')->status, 401, 'and are over');
is($t->certd_stop(), 0, 'certd ends in order');

# A key that is still known, and one that is not.
for my $case ([6, 'is known'], [8, 'is forgotten']) {
    my ($days, $what) = @$case;
    my %days = (%later, CLOCK_AT => int time + $days * 86400);
    $t->certd(env => \%days);
    my $again = $t->login($holder->{username}, $holder->{password});
    $t->await(sub { $t->certctl_ok('journal', 'list') =~ / forget / })
        if $days > 7;
    my $r = $again->apply($row->{number}, key => 'a key');
    is($r->status, 201, "after $days days: applied");
    ($days > 7 ? \&isnt : \&is)->($r->json->{annotation}{code}, $code,
        "its key $what");
    is($t->certd_stop(), 0, 'certd ends in order');
}
is(($t->certctl('fsck'))[0], 0, 'fsck finds nothing');
$t->done();

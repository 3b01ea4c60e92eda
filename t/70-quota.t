# The edges of the quota, to the second, under both readings.  certd has a clock
# of its own; the days are those of the policy's time zone.

use lib 't/lib';
use NgxCert;

use Time::Local qw(timegm);

my $t = NgxCert->new();
my @rows = map { $t->certificate() } 1 .. 1;
push @rows, map { $t->certificate($t->same_person($rows[0])) } 1 .. 3;

# Day D is 2026-08-01; D-89 is 2026-05-04, D-90 is 2026-05-03.
my %applied = (
    in   => '2026-05-04T00:00:00+08:00',
    out  => '2026-05-03T23:59:59+08:00',
);
$t->home(at => '2026-05-01T00:00:00+08:00');
$t->certctl_ok('import', $t->csv('rows.csv', @rows), '--at',
               '2026-05-01T00:00:01+08:00');

# Two of three slots of each certificate are used a day before D.
my ($out, $in, $live, $ended) = map { $_->{number} } @rows;
$t->certctl_ok('annotate', '--no-render', $out, '--at', $applied{out});
$t->certctl_ok('annotate', '--no-render', $in, '--at', $applied{in});
$t->certctl_ok('annotate', '--no-render', '--days', 1, $_, '--at',
               '2026-07-20T00:00:00+08:00') for ($live) x 3;
$t->certctl_ok('annotate', '--no-render', '--days', 12, $_, '--at',
               '2026-07-20T12:00:00+08:00') for ($ended) x 3;
$t->certctl_ok('annotate', '--no-render', $_, '--at',
               '2026-07-31T12:00:00+08:00') for ($in, $out) x 2;

$t->conf($t->holder_conf);
$t->start();

# Starts certd with its clock at a moment in +08:00; the holder logs in again.
sub at {
    my ($time) = @_;

    my ($year, $month, @rest) = $time =~ /\d+/g;
    $t->certd_stop();
    $t->certd(env => {
        LD_PRELOAD => $t->build . '/clock.so',
        CLOCK_AT   => timegm(reverse(@rest), $month - 1, $year) - 8 * 3600,
    });
}

at('2026-08-01 00:00:10');
my $holder = $t->holder($rows[0]);
my $quota = sub { $holder->get("/holder/certificates/$_[0]")->json->{quota} };

is($quota->($in)->{used}, 3, 'D-89 00:00:00 counts');
is($quota->($in)->{next_slot}, '2026-08-02T00:00:00+08:00',
   'until the end of D');
is($quota->($out)->{used}, 2, 'D-90 23:59:59 does not');
my $r = $holder->apply($in);
is($r->status, 409, 'so no fourth');
is($r->json->{next_slot}, '2026-08-02T00:00:00+08:00', 'before tomorrow');
is($holder->apply($out)->status, 201, 'but a third of the other');
is($holder->apply($out)->status, 409, 'and that is the last');

# The same moment under the other reading: a copy that has ended uses no slot.
is($holder->apply($live)->status, 409, 'applied: ended copies count');
$t->certctl_ok('policy', 'set', 'quota_reading=live', '--at',
               '2026-08-01T00:05:00+08:00');
is($quota->($live)->{used}, 0, 'live: ended copies do not count');
is($holder->apply($live)->status, 201, 'so one may apply');

# Copies of 12 days from 07-20 are valid to the end of 08-01.
is($quota->($ended)->{used}, 3, 'live: copies count on their last day');
is($quota->($ended)->{next_slot}, '2026-08-02T00:00:00+08:00',
   'to its end');
is($holder->apply($ended)->status, 409, 'so no slot is free yet');

at('2026-08-01 23:55:00');
$holder = $t->login($holder->{username}, $holder->{password});
is($quota->($ended)->{used}, 3, 'five minutes before midnight');
is($holder->apply($ended)->status, 409, 'not yet');

at('2026-08-02 00:00:00');
$holder = $t->login($holder->{username}, $holder->{password});
is($quota->($ended)->{used}, 0, 'at midnight in +08:00');
is($holder->apply($ended)->status, 201, 'the slots are free');
$t->certctl_ok('policy', 'set', 'quota_reading=applied', '--at',
               '2026-08-02T00:05:00+08:00');
is($quota->($in)->{used}, 2, 'applied: so is the slot of D-89');
is($holder->apply($in)->status, 201, 'another application is accepted');

# A clock that is put back frees no slot.
at('2026-05-05 12:00:00');
$holder = $t->login($holder->{username}, $holder->{password});
is($quota->($in)->{used}, 3, 'a clock put back counts as before');
is($holder->apply($in)->status, 409, 'and frees nothing');

$t->done();

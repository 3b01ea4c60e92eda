# Every program refuses a store that is older than its mark, and says so, until
# the loss is accepted: a row for each way in which that happens.

use lib 't/lib';
use NgxCert;

use Time::HiRes qw(sleep time);

my $t = NgxCert->new();
my $home = $t->home();
my $store = "$home/store";
$t->expect_log(qr/certificate store ".*" (?:cannot be used|is closed)/,
               qr/"cert_store" cannot be used/,
               qr/cannot open the home: .*(?:mark|store)/,
               # By a renderer that was there before certd gave up.
               qr/no copy can be made yet: .*(?:mark|store)/);

# Three moments: a copy is made, it is withdrawn, another copy is made.
my ($cert) = $t->import_rows($t->certificate());
my $first = $t->annotate($cert->{number})->{code};
keep('early');
$t->certctl_ok('withdraw', $first);
my $second = $t->annotate($cert->{number})->{code};
keep('late');

# Another home with the same keys, like one for experiments.
my $other = $t->path('other');
$t->run('mkdir', $other);
$t->run('cp', '-rpT', "$home/keys", "$other/keys");
$t->run($t->certctl_bin, '--home', $other, 'init',
        $> == 0 && $t->group ne '' ? ('--group', $t->group) : ());
$t->run('mkdir', $t->path('kept.other'));
$t->run('cp', '-rp', "$other/store", "$other/store.mark",
        $t->path('kept.other'));

# A fork: the early store, continued elsewhere with more changes.
put(store => 'early', mark => 'early');
$t->certctl_ok($_, $cert->{number}) for ('suspend', 'reinstate') x 5;
keep('fork');

sub keep {
    my ($name) = @_;
    my $to = $t->path("kept.$name");
    $t->run('rm', '-rf', $to);
    $t->run('mkdir', $to);
    $t->run('cp', '-rp', $store, "$store.mark", $to);
}

# The files are new ones, so that a program which has the old ones open sees
# that they were replaced.
sub put {
    my (%what) = @_;

    $t->run('rm', '-rf', $store, "$store.mark");
    $t->run('cp', '-rp', $t->path("kept.$what{store}/store"), $store);
    $t->run('cp', '-rp', $t->path("kept.$what{mark}/store.mark"),
            "$store.mark") if defined $what{mark};
}

sub result {
    my ($code) = @_;
    my $r = $t->get("/check/$code") // return 'no answer';
    return $r->json->{result};
}

# Waits until 20 answers in a row have this result, so that every worker has it.
sub settles {
    my ($name, $code, $result) = @_;

    my ($same, $end) = (0, time + 60);
    while ($same < 20 && time < $end) {
        $same = result($code) eq $result ? $same + 1 : 0;
        sleep 0.1 if !$same;
    }

    return is(result($code), $result, $name);
}

# store, mark: their moment; without one the file is removed.  why: words of the
# reason; without it the store is accepted, and "first" is the result of the
# first copy.  nginx: the reason why an nginx that saw the late store refuses it
# nevertheless.
my @rows = (
    { name => 'as it was', store => 'late', mark => 'late',
      first => 'withdrawn' },
    { name => 'a store put back', store => 'early', mark => 'late',
      why => 'older than its mark', copies => 1 },
    { name => 'a mark that is late', store => 'late', mark => 'early',
      first => 'withdrawn' },
    { name => 'a snapshot of both', store => 'early', mark => 'early',
      first => 'valid', nginx => 'older than its mark', copies => 1 },
    { name => 'the mark lost with the store put back', store => 'early',
      first => 'valid', nginx => 'older than its mark', copies => 1 },
    { name => 'the mark lost', store => 'late', first => 'withdrawn' },
    { name => 'another history', store => 'fork', mark => 'late',
      why => 'another history', copies => 1 },
    { name => 'another store', store => 'other', mark => 'late',
      why => 'another store' },
    { name => 'the mark of another store', store => 'late', mark => 'other',
      why => 'another store' },
);

for my $row (@rows) {
    my ($name, $why) = @$row{qw(name why)};

    put(store => 'late', mark => 'late');
    $t->conf(server => "location /check { cert_check; }\n", workers => 2);
    $t->start();
    settles("$name: at first", $first, 'withdrawn');

    # Under a running nginx, which saw the late store.
    $t->run('mv', $store, "$store.away");
    put(%$row);
    $t->run('rm', '-rf', "$store.away");
    my $seen = $why // $row->{nginx};
    settles("$name: nginx that runs", $first,
            $seen ? 'unavailable' : $row->{first});
    $t->log_like('error', qr/\Q$seen\E/, "$name: and says why") if $seen;

    # After a restart only the mark is known.
    $t->stop();
    my ($status, $err) = $t->nginx_test();
    is($status, $why ? 1 : 0, "$name: nginx -t");
    like($err, qr/\Q$why\E/, "$name: and why") if $why;

    ($status, undef, $err) = $t->certctl('stat');
    is($status, $why ? 3 : 0, "$name: certctl");
    like($err, qr/\Q$why\E/, "$name: certctl and why") if $why;

    if ($why) {
        ok(!eval { $t->certd(); 1 }, "$name: certd does not start");
        like($@, qr/\Q$why\E/, "$name: certd and why");
    }

    my ($told, $json) = $t->certctl('restore', '--json');
    is($told, $why || $row->{copies} ? 1 : 0, "$name: restore reports it");
    my $tells = JSON::PP->new->decode($json);
    is(scalar @{$tells->{copies}}, $row->{copies} // 0, "$name: new copies")
        if $row->{store} ne 'other';
    like($tells->{reason}, qr/\Q$why\E/, "$name: restore and why") if $why;

    # When it is accepted, every program goes on, and the journal says so.
    next if !$why;
    ($status, $json, $err) = $t->certctl('restore', '--accept-loss', '--json');
    ok(JSON::PP->new->decode($json)->{accepted}, "$name: accepted");
    is($err, '', "$name: and nothing went wrong");
    is(($t->certctl('stat'))[0], 0, "$name: accepted: certctl");
    is(($t->nginx_test())[0], 0, "$name: accepted: nginx -t");
    like($t->certctl_ok('journal', 'list'), qr/ restore .*was at \d+/,
         "$name: accepted: the journal says so");
    ok(eval { $t->certd(); 1 }, "$name: accepted: certd") or diag($@);
    is($t->certd_stop(), 0, "$name: accepted: certd ends in order");
    is(($t->certctl('fsck'))[0], 0, "$name: accepted: fsck finds nothing");
}


# An nginx that refused a store goes on by itself when the loss is accepted.
put(store => 'late', mark => 'late');
$t->conf(server => "location /check { cert_check; }\n", workers => 2);
$t->start();
settles('before', $first, 'withdrawn');
$t->run('mv', $store, "$store.away");
put(store => 'early', mark => 'late');
$t->run('rm', '-rf', "$store.away");
settles('refused', $first, 'unavailable');
my ($status, $out, $err) = $t->certctl('restore');
is($status, 1, 'restore says so in words');
like($out, qr/^the store is older than its mark.*\n.*restore --accept-loss"/m,
     'and how to go on');

# A wrong command line accepts nothing.
for (['restore', '--accept-loss=yes'], ['restore', '--accept-loss', 'all'],
     ['restore', '--accept'])
{
    ($status, undef, $err) = $t->certctl(@$_);
    is($status, 2, "@$_: status");
    like($err, qr/see "certctl restore --help"/, "@$_: said");
}
is(($t->certctl('stat'))[0], 3, 'it is still refused');

$out = $t->certctl_ok('restore', '--accept-loss');
like($out, qr/^accepted: true$/m, 'accepted');
unlike($out, qr/is older/, 'and no longer called older');
like($out, qr/: a sealed copy that the store does not know$/m, 'copies are listed');
settles('accepted under nginx', $first, 'valid');

# The same again, with a clock that was set back.
$t->run('mv', $store, "$store.away");
$t->run('cp', '-rp', $t->path('kept.early/store'), $store);
$t->run('rm', '-rf', "$store.away");
settles('refused again', $first, 'unavailable');
$t->certctl_ok('restore', '--accept-loss',
    {env => {LD_PRELOAD => $t->build . '/clock.so',
             CLOCK_AT => int(time) - 3600}});
settles('accepted again', $first, 'valid');
$t->stop();

# A home whose store is gone does not get a new store over its mark.
$t->run('rm', '-rf', $store);
($status, undef, $err) = $t->certctl('init');
is($status, 1, 'init: no new store over the mark of the old one');
like($err, qr/mark of a store that was here/, 'and says why');

$t->done();

# Applications: refusals and their reasons, the quota, and keys that make a
# repetition safe.  ROUNDS (2) is how often a hundred race for three slots.

use lib 't/lib';
use NgxCert;

use Time::HiRes qw(sleep);

my $t = NgxCert->new();
my @rows = map { $t->certificate() } 1 .. 2;
my @more = map { $t->certificate($t->same_person($rows[0])) }
    1 .. 4 + ($ENV{ROUNDS} // 2);
my @moved = map { $t->certificate($t->same_person($rows[0])) } 1 .. 2;
my ($row, $other) = $t->import_rows(@rows, @more, @moved);
$t->certctl_ok('policy', 'set', 'scene.job=求职');
$t->conf($t->holder_conf);
$t->start();
$t->certd();

my $holder = $t->holder($row);
my $number = $row->{number};

sub problem {
    my ($r, $status, $type, $name) = @_;

    is($r->status, $status, "$name: $status");
    is($r->header('content-type'), 'application/problem+json',
       "$name: a problem");
    my $json = $r->json;
    is($json->{type}, "/problems/$type", "$name: $type");
    is($json->{status}, $status, "$name: its status");
    like($json->{detail}, qr/\p{Script=Han}/, "$name: in Chinese");
    like($json->{detail_en}, qr/^[ -~]+$/, "$name: in English");
    return $json;
}


# What the policy forbids.
my $json;
for my $days ('', 0, 91, -1, '9x', '1e1', '090909090909090', '１０') {
    my $r = $holder->apply($number, days => $days);
    $json = problem($r, 422, 'days', "days \"$days\"");
    is($json->{field}, 'days', 'the field is named');
}
for my $scene ('', 'none', 'SELF', '本人调用') {
    $json = problem($holder->apply($number, scene => $scene), 422, 'scene',
                    "scene \"$scene\"");
    is($json->{field}, 'scene', 'the field is named');
}
problem($holder->apply($other->{number}), 404, 'no_certificate',
        "another's certificate");
problem($holder->apply('nothing'), 404, 'no_certificate', 'no certificate');
is($holder->get("/holder/certificates/$number")->json->{quota}{used}, 0,
   'no refusal took a slot');

for my $case ([suspend => $more[0]], [revoke => $more[1]]) {
    my ($command, $row) = @$case;
    $t->certctl_ok($command, $row->{number});
    problem($holder->apply($row->{number}), 409, 'not_valid', $command);
}


# The quota: three in 90 days, with numbers in the refusal.
for my $n (1 .. 3) {
    my $r = $holder->apply($number, days => $n, scene => 'job');
    is($r->status, 201, "application $n");
    is($r->json->{annotation}{days}, $n, 'with the requested days');
    is($r->json->{annotation}{scene}, '求职', 'with the requested scene');
}
$json = problem($holder->apply($number), 409, 'quota', 'the fourth');
is($json->{used}, 3, 'used');
is($json->{left}, 0, 'left');
is($json->{limit}, 3, 'limit');
is($json->{days}, 90, 'days of the quota');
like($json->{next_slot}, qr/^\d{4}-\d\d-\d\dT00:00:00\+08:00$/,
     'when the next is free');
my $quota = $holder->get("/holder/certificates/$number")->json->{quota};
is($quota->{left}, 0, 'the details of the certificate say so');
is($quota->{next_slot}, $json->{next_slot}, 'and when');


# The same application with the same key is one application.
my $third = $more[2]{number};
my $r = $holder->apply($third, key => 'k-1', days => 30);
is($r->status, 201, 'with a key');
my $code = $r->json->{annotation}{code};
for (1 .. 3) {
    my $again = $holder->apply($third, key => 'k-1', days => 30);
    is($again->status, 201, 'the same again');
    is($again->json->{annotation}{code}, $code, 'gives the same copy');
    is($again->header('location'), $r->header('location'), 'at its place');
}
problem($holder->apply($third, key => 'k-1', days => 31), 409,
        'idempotency_key_reused', 'the key with other days');
problem($holder->apply($more[3]{number}, key => 'k-1', days => 30), 409,
        'idempotency_key_reused', 'the key for another certificate');
is($holder->get("/holder/certificates/$third")->json->{quota}{used}, 1,
   'one slot in all');
is($holder->apply($third, key => 'k-2', days => 30)->status, 201,
   'another key is another application');
for my $bad ('', 'x' x 129, "a\tb", 'schlüssel') {
    is($holder->request('POST', "/holder/certificates/$third/annotations",
        form => [scene => 'self', days => 1],
        headers => ['Idempotency-Key' => $bad])->status, 400,
       'a bad key');
}
my $stranger = $t->holder($other);
is($stranger->apply($other->{number}, key => 'k-1', days => 30)->status, 201,
   "another holder's equal key is another key");

# A restart knows the key.
is($t->certd_stop(), 0, 'certd ends in order');
$t->certd();
is($holder->apply($third, key => 'k-1', days => 30)->json->{annotation}{code},
   $code, 'after a restart the key is known, and so is the session');


# A hundred at once, round by round: exactly three.
for my $round (4 .. $#more) {
    my @sockets = map { $t->connect() } 1 .. 100;
    my $bytes = $t->request_bytes('POST',
        "/holder/certificates/$more[$round]{number}/annotations", close => 1,
        form => [scene => 'self', days => 90],
        headers => [Cookie => $holder->{cookie}]);
    syswrite $_, $bytes for @sockets;
    my %count;
    $count{$t->response($_, 'POST')->status}++ for @sockets;
    is($count{201}, 3, 'of a hundred at once three are accepted');
    is($count{409}, 97, 'the others are refused by the quota');
}


# Links, and bad requests for them.
is($holder->ready($code)->json->{annotation}{state}, 'ready', 'a copy');
for my $ttl ('', 'x', 59, -1) {
    is($holder->post("/holder/annotations/$code/link", ttl => $ttl)->status,
       422, "ttl \"$ttl\"");
}
$r = $holder->post("/holder/annotations/$code/link", ttl => 400 * 86400);
is($r->status, 201, 'a link for longer than the copy is valid');
is($r->json->{expires}, $holder->get("/holder/annotations/$code")
   ->json->{annotation}{expires}, 'ends with the copy');
for my $uri ('K7QX-2M9D-PA4T-8WZ3', 'x', '%20', $code . '0') {
    is($holder->get("/holder/annotations/$uri")->status, 404,
       "no copy \"$uri\"");
}

# When a certificate is suspended, so are its copies.
$t->certctl_ok('suspend', $third);
is($holder->get("/holder/annotations/$code")->json->{view}, undef,
   'no link to the copy of a suspended certificate');
$t->certctl_ok('reinstate', $third);
ok($holder->get("/holder/annotations/$code")->json->{view}, 'until then');

# The owner is decided when the change is written: an import that corrects the
# document number comes between the request and the commit.
sub corrected {
    my ($row, $name, $type, $uri, @form) = @_;

    my $pid = $t->spawn($t->build . '/tool/lock', $t->home,
                        $row->{number}, $t->person()->{id_number});
    $t->await(sub { -s $t->path("tmp/$pid.out") });
    my $socket = $t->connect();
    syswrite $socket, $t->request_bytes('POST', $uri, close => 1,
        form => \@form, headers => [Cookie => $holder->{cookie}]);
    sleep 0.5;
    kill 'USR1', $pid;
    my $r = $t->response($socket, 'POST');

    # A request that waited too long for the lock is sent again.
    is($t->wait($pid), 0, "$name: and the import is done");
    $r = $holder->post($uri, @form) if $r->status == 503;
    problem($r, 404, $type, $name);
}
corrected($moved[0], 'a certificate that moves', 'no_certificate',
          "/holder/certificates/$moved[0]{number}/annotations",
          scene => 'self', days => 1);
is($t->certctl_json('show', $moved[0]{number})->{quota}{used}, 0,
   'no slot of the new holder is used');
$r = $holder->apply($moved[1]{number}, days => 1);
is($r->status, 201, 'a copy of a certificate that moves');
my $theirs = $r->json->{annotation}{code};
corrected($moved[1], 'a copy that moves', 'no_annotation',
          "/holder/annotations/$theirs/withdraw");
isnt($t->certctl_json('show', $theirs)->{result}, 'withdrawn',
     'and it is not withdrawn');

# Keys are forgotten after a week and not before, whatever the grace of PDFs is.
my $forgets = sub {
    my ($days, @args) = @_;
    return JSON::PP->new->decode($t->certctl_ok('prune', '--json', @args,
        {env => {LD_PRELOAD => $t->build . '/clock.so',
                 CLOCK_AT => time + $days * 86400}}))->{forgotten};
};
is($forgets->(6.9, '--grace', 0), 0, 'six days later each key is known');
is($forgets->(7.1), 3, 'a week later all three are forgotten');
is($forgets->(7.1), 0, 'once');
like($t->certctl_ok('journal', 'list'), qr/ forget .*\b3$/m,
     'the journal has it');
is(($t->certctl('journal', 'verify'))[0], 0, 'and verifies');

is(($t->certctl('fsck'))[0], 0, 'fsck finds nothing');
$t->done();

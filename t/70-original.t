# The original copy of an older certificate: it is made without an application
# when its holder first looks, and another one only on request.

use lib 't/lib';
use NgxCert;

my %older = (qualification => '税务师', specialty => '', level => '',
             approved => '2015-06-01', issuer => '中国注册税务师协会');

my $t = NgxCert->new();
my $row = $t->certificate(%older);
my $rare = $t->certificate(%older, name => "张\x{18B00}");
$t->import_rows($row, $rare);
$t->conf($t->holder_conf);
$t->start();
$t->certd();

my $holder = $t->holder($row);
my $of = "/holder/certificates/$row->{number}";

# The original; undef while the store is slow to write the first one.
sub original {
    my ($who) = @_;
    return $t->await(sub { ($who // $holder)->get($of)->json->{original} });
}

sub made {
    my ($original, $what) = @_;
    is($holder->ready($original->{code})->json->{annotation}{state}, 'ready',
       "$what: is made");
    is($t->get("/check/$original->{code}")->json->{result}, 'valid',
       "$what: is valid");
}

sub told {
    my ($r) = @_;
    return $r->status . ' ' . ($r->status >= 400
        ? $r->json->{type} =~ s{.*/}{}r : $r->json->{annotation}{state});
}


sub listed {
    return $holder->get('/holder/certificates')->json->{certificates}[0]
        {annotation};
}


# The first look requests it.
is(listed()->{state}, 'none', 'the list has no original yet');
my $r = $holder->get($of);
is($r->status, 200, 'the older certificate');
ok(!$r->json->{certificate}{needs_annotation}, 'needs no application');
ok(my $original = original(), 'and has its original copy');
is($original->{$_}, undef, "without $_") for qw(expires scene days last_day);
made($original, 'at first');
is(join(' ', @{listed()}{qw(code state)}), "$original->{code} ready",
   'the list has it as well');
is(original()->{code}, $original->{code}, 'the same one the next time');
is(told($holder->apply($row->{number})), '409 annotation_not_needed',
   'an application is refused');


# A withdrawn original stays withdrawn: no look makes another, but its holder
# may request one.
is($holder->post("/holder/annotations/$original->{code}/withdraw")->status,
   200, 'withdrawn');
for (1 .. 3) {
    my $seen = original();
    is("$seen->{code} $seen->{state}", "$original->{code} withdrawn",
       'is shown as withdrawn');
}
$r = $holder->post("$of/annotations");
is(told($r), '201 generating', 'requested again, without scene and days');
my $second = $r->json->{annotation};
isnt($second->{code}, $original->{code}, 'another copy');
ok($second->{original}, 'an original');
is($second->{expires}, undef, 'without expiry');
is($r->header('location'), "/holder/annotations/$second->{code}", 'location');
is(told($holder->post("$of/annotations")), '409 annotation_not_needed',
   'and no second one');
made($second, 'the second');
is(original()->{code}, $second->{code}, 'which is shown now');
is($t->get("/check/$original->{code}")->json->{result}, 'withdrawn',
   'the first stays withdrawn');


# As many as the quota allows, in its days.
is($holder->post("/holder/annotations/$second->{code}/withdraw")->status, 200,
   'withdrawn as well');
$r = $holder->post("$of/annotations");
is(told($r), '201 generating', 'a third');
my $third = $r->json->{annotation}{code};
is($holder->post("/holder/annotations/$third/withdraw")->status, 200,
   'and withdrawn');
$r = $holder->post("$of/annotations");
is(told($r), '409 quota', 'and no fourth');
is($r->json->{$_->[0]}, $_->[1], "quota: $_->[0]")
    for ['limit', 3], ['used', 3], ['left', 0];
like($r->json->{next_slot}, qr/^20\d\d-\d\d-\d\dT00:00:00\+08:00$/,
     'with the day of the next slot');


# An original that cannot be made is tried once, however often the holder looks.
my $other = $t->holder($rare);
$of = "/holder/certificates/$rare->{number}";
my $code = original($other)->{code};
is($other->ready($code)->json->{annotation}{state}, 'failed',
   'a character that no font has');
my %seen;
for (1 .. 5) {
    my $failed = $other->get($of)->json->{original};
    $seen{"$failed->{code} $failed->{state}"}++;
    is($failed->{state_text}, '证书生成失败，未占用加注次数', 'in words of the trade');
}
is(join('|', keys %seen), "$code failed", 'the same one each time');
is($t->certctl_json('stat')->{annotations}, 4, 'and no other copy');
$r = $other->post("$of/annotations");
is(told($r), '201 generating', 'its holder may try again');
isnt($r->json->{annotation}{code}, $code, 'with another copy');

is($t->certd_stop(), 0, 'certd ends in order');
is(($t->certctl('fsck', '--files'))[0], 0, 'fsck finds nothing');
$t->done();

# Document numbers that an older version stored with white space within: the
# upgrade counts them, and its next run moves each certificate to where its
# holder is found today, with the account that there is; what it cannot, it names.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
my $home = $t->home();
my $hash = crypt 'the old password', '$6$rounds=1000$saltsalt';
$t->secret('the old password', $hash);

sub passport {
    my ($i, %more) = @_;
    return $t->certificate(id_type => 'passport', id_number => "E1234567$i",
                           %more);
}
my %row = map { my $i = $_; (qw(free held linked twice plain))[$i] =>
                passport($i) } 0 .. 4;
my $same = $t->certificate($t->same_person($row{twice}));
my $more = $t->certificate($t->same_person($row{held}));
$t->import_rows(values %row, $same, $more);
$t->secret(map { $_->{id_number}, spaced($_) } values %row);

sub spaced { return $_[0]{id_number} =~ s/(?<=E1234)/ /r }
sub before {
    my ($row, @account) = @_;
    is(($t->run($t->build . '/tool/account', $home, 'spaced', $row->{number},
        spaced($row), @account))[0], 0, "$row->{number}: stored as before");
}
before($row{free});
before($row{held}, 'held', $hash);
before($more);
before($row{linked});
before($row{twice}, 'twice', $hash);
$t->certctl_ok('account', 'import', $t->write('both.csv',
    "id_type,id_number,username,password\n"
    . "passport,$row{twice}{id_number},twice2,$hash\n"));
is(($t->run($t->build . '/tool/before', $home))[0], 0, 'a store of schema 1');


# --- The upgrade ------------------------------------------------------------

sub upgrade {
    my ($name, $expected, %said) = @_;
    my ($status, $out, $err) = $t->certctl('upgrade', '--json');
    is($status, $expected, "$name: the status") or diag $err;
    my $json = JSON::PP->new->decode($out);
    is($json->{$_}, $said{$_}, "$name: $_") for sort keys %said;
    unlike($out . $err, qr/E1234|123/, "$name: no document number is printed");
    return $err;
}
sub account {
    my ($username) = @_;
    my $said = $t->certctl_json('account', 'list', '--username', $username);
    return "certificates $said->{certificates} links $said->{links}";
}

my ($status, $out) = $t->certctl('upgrade');
is($status, 0, 'upgraded');
like($out, qr/spaced\W+5$/m, 'five are counted');
like($out, qr/restart nginx now, then run this once more/, 'and what to do');
is(account('held'), 'certificates 2 links 0', 'an account is as it was');

my $err = upgrade('the next run', 1, was => 2, certificates => 0, spaced => 5,
                  moved => 4);
like($err, qr/certificate "$row{twice}{number}" stays: .* two accounts/,
     'the one with two accounts is named');
is(account('held'), 'certificates 2 links 1', 'an account has its certificates');
is(account('twice'), 'certificates 1 links 0', 'one stays as it is');
upgrade('once more', 1, spaced => 1, moved => 0);
is(($t->certctl('journal', 'verify'))[0], 0, 'the journal holds');
is($t->certctl_json('fsck')->{findings}, 0, 'fsck finds nothing');


# --- Its holders ------------------------------------------------------------

$t->conf($t->holder_conf);
$t->start();
$t->certd();
my $free = $t->holder({%{$row{free}}, id_number => 'e1234 5670'});
sub numbers {
    my ($holder) = @_;
    my $r = $holder->get('/holder/certificates');
    return join ' ', sort map { $_->{number} } @{$r->json->{certificates}};
}
is(numbers($free), $row{free}{number}, 'registers, and has it');

my $held = $t->login('held', 'the old password');
my $notice = $held->get('/holder/notice')->json;
$held->post('/holder/consent', version => $notice->{version});
is(numbers($held), join(' ', sort $row{held}{number}, $more->{number}),
   'an account of before has its own');
is($held->apply($row{held}{number})->status, 201, 'and applies');
for my $number ($row{held}{id_number}, spaced($row{held})) {
    my $r = $t->post('/holder/register', username => 'another',
        password => 'correct horse battery', id_number => $number,
        map { $_ => $row{held}{$_} } qw(id_type name));
    is($r->status, 403, 'a second one is refused') or diag $r->body;
}
for my $row (values %row) {
    is($t->post('/check', map { $_ => $row->{$_} } qw(number name id_number))
       ->json->{result}, 'valid', "checked: $row->{number}");
}
is($t->certd_stop(), 0, 'ended');

# An import of the row decides for one of the two.
is($t->certctl_json('import', $t->csv('again.csv', $row{twice}))->{corrected}, 1,
   'imported again');
is(account('twice'), 'certificates 0 links 0', 'taken from one');
is(account('twice2'), 'certificates 2 links 0', 'given to the other');
upgrade('in the end', 0, spaced => 0, moved => 0);
is($t->certctl_json('fsck')->{findings}, 0, 'fsck finds nothing');

$t->done();

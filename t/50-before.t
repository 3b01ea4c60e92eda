# A store that a build of schema 1 made, with one of everything the format knows,
# is refused, upgraded, opened, checked and written by this one; t/data/README.md
# tells of it.  BEFORE: a certctl of schema 1, which has to refuse it then.

use lib 't/lib';
use NgxCert;
use NgxCertBefore;

use Config;
use Digest::SHA qw(sha256_hex);

my $DATA = NgxCert::top() . '/t/data/store-before';

# LMDB writes numbers as the machine has them.
plan skip_all => 'the store is of a little-endian machine of 64 bits'
    if $Config{byteorder} !~ /^1234/ || $Config{ptrsize} != 8;

my $t = NgxCertBefore->new();
my $home = $t->path('home');
unpack_home();
my $known = JSON::PP->new->utf8->decode($t->read('home/samples.json'));
my ($sample, $now) = @$known{qw(samples now)};
$t->secret(grep { defined } map { @$_{qw(id_number cookie download)} }
           values %$sample);
$t->expect_log(qr/\.pdf" is not sent: certd found it bad/);
$t->secret(grep { length > 1 } map { $_->{name} // '' } values %$sample);

# The group of nginx's workers, as for a home that is restored.
sub unpack_home {
    is(($t->run('tar', '-C', $t->dir, '-xpf', "$DATA.tar.gz"))[0], 0,
       'unpacked');
    $t->{home} = 1;
    my $group = $> == 0 ? $t->group : '';
    $t->run('chgrp', '-R', $group, map { "$home/$_" }
        qw(store store.mark pdf run keys)) if $group ne '';
}


# --- The upgrade ------------------------------------------------------------

$t->clock($now);
my $before = $ENV{BEFORE};
my $newer = qr/the store has the newer schema 2, this program works with 1/;
my $older = qr/the store has the older schema 1, .*: run "certctl upgrade"/;

for my $args (['stat'], ['export'], ['show', $sample->{valid}{number}],
              ['revoke', $sample->{valid}{number}], ['restore'],
              ['backup', $t->path('backup')]) {
    my ($status, undef, $err) = $t->certctl(@$args);
    is($status, 3, "not upgraded: certctl $args->[0]");
    like($err, $older, 'by name');
}
$t->conf($t->holder_conf);
my ($status, $said) = $t->nginx_test();
isnt($status, 0, 'not upgraded: nginx -t');
like($said, $older, 'by name');
old('is of its schema', ['stat'], 0);

# certd left figures when it was killed, two seconds before.
$t->clock('2024-06-10T07:00:03');
my @refused = $t->certctl('upgrade');
is($refused[0], 3, 'an upgrade beside certd');
like($refused[2], qr/certd is running, or was killed/, 'is refused');
$t->clock($now);

my $upgraded = ok_json(['upgrade'], schema => 2, was => 1);
is($upgraded->{certificates}, 16, 'every certificate is upgraded');
$upgraded = ok_json(['upgrade'], schema => 2, was => 2, certificates => 0);
old('refuses a store of this schema', $_, 3) for ['stat'],
    ['revoke', $sample->{valid}{number}], ['export'];

sub old {
    my ($name, $args, $expected) = @_;
    SKIP: {
        skip 'no BEFORE', 2 if !defined $before;
        my @said = $t->run($before, '--home', $home, @$args);
        is($said[0], $expected, "the older program $name: @$args");
        ok($expected == 0 || $said[2] =~ $newer, 'by name');
    }
}


# --- What the older build said ----------------------------------------------

my %expected = expected();
sub expected {
    my %said = NgxCertBefore::parse($t->read("$DATA.txt"));

    # What "verify" says besides by now.
    s/("reason":null,)/$1"advice":null,"link":null,/
        for @said{grep { /^verify / } keys %said};
    return %said;
}

# What an upgrade adds: an entry for each certificate, and one of the journal.
s/("journal":|"entries":)155/${1}156/
    for @expected{'fsck --files --json', 'journal verify --json', 'stat --json'};
for ($expected{'fsck --files --json'}) {
    s/("records":)(\d+)/$1 . ($2 + 16)/e;
    s/("entries":)(\d+)/$1 . ($2 + 32)/e;
}
for ($expected{'stat --json'}) {
    s/"schema":1/"schema":2/;
    s/("certificates":16,)/$1"matches":16,/;
    s/("busy":0,)/$1"seals_expire":0,/;
}
for my $said ($t->said($sample)) {
    my ($command, $text) = @$said;
    $text =~ s/("highest":")[^"]*/${1}2024-06-10T15:00:02+08:00/
        if $command eq 'stat --json';
    like($text, qr/"change":"upgrade"/, 'the journal has the upgrade'),
        $text =~ s/^[^\n]*"change":"upgrade"[^\n]*\n//m
        if $command eq 'journal list --json';
    is($text, delete $expected{$command}, "certctl $command");
}
is(join(', ', sort keys %expected), '', 'and no more');

my %changes = map { $_->{change} => 1 } journal();
is(join(' ', sort keys %changes), join(' ', sort qw(
    certificate photo status apply original ready retry failed withdraw prune
    policy qualification reseal key register password consent link login touch
    logout forget restore upgrade)), 'its journal has a change of each kind');

sub journal { return map { JSON::PP->new->decode($_) }
    split /\n/, $t->certctl_ok('journal', 'list', '--json') }


# --- nginx ------------------------------------------------------------------

my %result = (
    valid => 'valid', second => 'valid', repeated => 'valid',
    reinstated => 'valid', original => 'valid', expired => 'expired',
    pruned => 'expired', withdrawn => 'withdrawn', revoked => 'revoked',
    suspended => 'suspended', replaced => 'replaced', failed => 'not_found',
    awaiting => 'generating', retried => 'generating',
);

$t->conf($t->holder_conf);
$t->start();
checks('as it came');

sub checks {
    my ($when) = @_;

    for my $name (sort keys %result) {
        my $r = $t->get("/check/$sample->{$name}{code}");
        is($r->json->{result}, $result{$name}, "$when: a code: $name");
        my $sha256 = $sample->{$name}{sha256} // next;
        is($t->get("/check?sha256=$sha256")->json->{result}, $result{$name},
           "$when: a file: $name");
    }
}

my %match = ((map { $_ => 'valid' } grep { defined $sample->{$_}{name} }
              keys %$sample),
             map { $_ => $_ } qw(revoked suspended replaced));
for my $name (sort keys %match) {
    my $r = $t->post('/check', map { $_ => $sample->{$name}{$_} }
                     qw(number name id_number));
    is($r->json->{result}, $match{$name}, "a check by certificate: $name");
}
for my $name (sort grep { $match{$_} eq 'valid' } keys %match) {
    my %typed = map { $_ => $sample->{$name}{$_} } qw(number name id_number);
    tr/0-9A-Za-z/０-９Ａ-Ｚａ-ｚ/ for values %typed;
    $typed{name} = join "\x{3000}", split //, $typed{name};
    is($t->post('/check', %typed)->json->{result}, 'valid',
       "... in other characters: $name");
}
is($t->post('/check', number => $sample->{moved}{number},
            name => $sample->{moved}{name},
            id_number => $sample->{plain}{id_number})->json->{result},
   'not_found', 'a check by the certificate of another');

sub file_of { return sha256_hex($t->read("$home/$sample->{$_[0]}{file}")) }
my $old_token = "/download/$sample->{valid}{download}";
is($t->get($old_token)->status, 503, 'a file that is listed as bad');
my $token = $t->token($sample->{original}{code});
is(sha256_hex($t->get("/download/$token")->body), file_of('original'),
   'a download');


# --- certd ------------------------------------------------------------------

# The session began five hours ago and was used since.
my @long = ('--idle-timeout', 4 * 3600, '--session-timeout', 86400);
$t->certd(args => ['--scrub-rate', 1048576, '--scrub-interval', 1, @long]);
ok($t->await(sub { !-e "$home/store/certd.bad" }), 'the file is good again');
ok($t->await(sub { $t->get($old_token)->status == 200 }),
   'and sent, by a token of an older key');
is(sha256_hex($t->get($old_token)->body), $sample->{valid}{sha256},
   'as it was sealed');
ok($t->await(sub { $t->get("/check/$sample->{retried}{code}")->json->{result}
                       eq 'valid' }), 'what waited is made');

my $anna = bless {t => $t, cookie => $sample->{valid}{cookie}},
    'NgxCert::Holder';
my $r = $anna->get('/holder/certificates');
is($r->status, 200, 'a session goes on');
is(join(' ', sort map { $_->{number} } @{$r->json->{certificates}}),
   join(' ', sort map { $sample->{$_}{number} } qw(valid expired original)),
   'and lists its certificates');
$r = $anna->apply($sample->{repeated}{number}, key => 'key-of-anna');
is($r->json->{annotation}{code}, $sample->{repeated}{code},
   'an application that is repeated is the same one');

my %password = (anna => 'a password of anna', ben => 'a new password of ben',
    carla => 'a password of carla', dora => 'a password of dora',
    emil => 'a password of emil');
my %holder = map { $_ => scalar eval { $t->login($_, $password{$_}) } }
    sort keys %password;
ok($holder{$_}, "$_ signs in") for sort keys %password;
agree($holder{$_}) for qw(carla dora);
$r = $holder{dora}->get('/holder/certificates');
is(join(' ', map { $_->{number} } @{$r->json->{certificates}}),
   $sample->{moved}{number}, 'and has the certificate of a linked document');

sub agree {
    my ($holder) = @_;
    my $notice = $holder->get('/holder/notice')->json;
    is($holder->post('/holder/consent', version => $notice->{version})->status,
       200, 'agreed');
}

$r = $holder{anna}->apply($sample->{valid}{number}, key => 'another key');
is($r->status, 201, 'an application');
my $code = $r->json->{annotation}{code};
is($holder{anna}->ready($code)->json->{annotation}{state}, 'ready', 'made');
is($t->get("/check/$code")->json->{result}, 'valid', 'and checked');
is($holder{anna}->post("/holder/annotations/$code/withdraw")->status, 200,
   'withdrawn');
my $frieda = $t->holder($sample->{passport}, username => 'frieda');
is($frieda->get('/holder/certificates')->status, 200, 'a new account');
is($frieda->post('/holder/logout')->status, 204, 'which leaves');
is($t->certd_stop(), 0, 'certd ends in order');
is($t->stop(), 0, 'and so does nginx');


# --- certctl ----------------------------------------------------------------

# One change of each kind, on certificates that no old copy belongs to.
my $row = sub { $sample->{$_[0]}{number} };
my $new = $t->certificate(number => '202499999999');
$t->write('photo.png', $t->picture);
my $csv = $t->csv('import.csv', {%$new, photo => 'photo.png'},
    {map { $_ => $sample->{successor}{$_} } @NgxCert::COLUMNS},
    {(map { $_ => $sample->{plain}{$_} } @NgxCert::COLUMNS), level => '高级'});
ok_json(['import', $csv], new => 1, corrected => 1, unchanged => 1);
ok_json(['annotate', $new->{number}], state => 'ready');
ok_json([$_, $row->('plain')]) for qw(suspend reinstate);
ok_json(['replace', $row->('plain'), $new->{number}]);
ok_json(['revoke', $row->('moved')]);
my $copy = ok_json(['annotate', $row->('successor'), '--days', 1]);
ok_json(['withdraw', $copy->{code}]);
ok_json(['policy', 'set', 'quota=4']);
ok_json(['catalog', 'import', $t->top
         . '/ngx_cert_module/templates/catalogue.csv']);
ok_json(['account', 'reset', 'carla', '--password-file',
         $t->write('password', "another one of carla\n")]);
ok_json(['account', 'link', 'ben', $row->('withdrawn')], links => 1);
for my $use (qw(token record match personal)) {
    ok_json(['keys', 'rotate', $use], id => 3, state => 'verify');
    ok_json(['keys', 'rotate', $use, '--activate'], state => 'active');
}
ok_json(['keys', 'rotate', 'session', '--activate'], id => 3);
ok_json(['keys', 'retire', 'record', 2], state => 'retired');
sound('written');

# An older store, put back, is behind the mark; its loss is accepted.
$t->run('cp', '-rp', "$home/store", $t->path('kept'));
ok_json(['suspend', $row->('successor')]);
$t->run('rm', '-rf', "$home/store");
$t->run('cp', '-rp', $t->path('kept'), "$home/store");
is(($t->certctl('stat'))[0], 3, 'a store that was put back is refused');
$t->certctl('restore', '--accept-loss');
sound('accepted');

# What waited is made by now; all else is as it was.
$result{retried} = 'valid';
$t->start();
checks('written');
$t->stop();

sub ok_json {
    my ($args, %expected) = @_;

    my ($status, $out, $err) = $t->certctl(@$args, '--json');
    is($status, 0, "certctl @$args") or diag $out, $err;
    my $said = eval { JSON::PP->new->decode($out) } // {};
    is($said->{$_}, $expected{$_}, "$_") for sort keys %expected;
    return $said;
}

sub sound {
    my ($name) = @_;
    my $fsck = ok_json(['fsck', '--files'], findings => 0);
    diag "$_->{where}: $_->{what}" for @{$fsck->{list}};
    is(($t->certctl('journal', 'verify'))[0], 0, "$name: the journal holds");
}


# Old copies verify as before, after all that.
%expected = expected();
for my $command (sort grep { /^verify / } keys %expected) {
    is($t->answer(split / /, $command), $expected{$command},
       "certctl $command");
}

# A month later the file of the expired copy goes.
$t->clock($now + 31 * 86400);
ok_json(['prune'], pruned => 1);
sound('pruned');
is($t->answer('verify', "home/$sample->{valid}{file}", '--json'),
   $expected{"verify home/$sample->{valid}{file} --json"},
   'a copy that is left verifies');

# Two copies wait for a seal; after some attempts certd logs that as an alert.
$t->expect_log(qr/certd: \[alert\] a copy cannot be made.*seal "awaited" is missing/);
$t->done();

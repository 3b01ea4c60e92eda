# Sessions: the cookie, its use, and its end.

use lib 't/lib';
use NgxCert;

use Digest::SHA qw(sha256);
use IO::Socket::UNIX;

# certd has a clock of its own, ahead of certctl's.
my $BEGIN = time + 3600;

my $t = NgxCert->new();
my ($row, $other) = $t->import_rows($t->certificate(), $t->certificate());
$t->conf($t->holder_conf(http => <<'END'));
    server {
        listen 127.0.0.1:%%PORT1%% http2;
        location /holder/ { proxy_pass http://certd; }
    }
END
$t->start();

# Starts certd with its clock the given number of seconds after the beginning.
sub at {
    my ($sec, @args) = @_;
    $t->certd_stop();
    $t->certd(args => ['--log-level', 'info', @args], env => {
        LD_PRELOAD => $t->build . '/clock.so', CLOCK_AT => $BEGIN + $sec});
}

# The status of a request with a cookie, or of a holder.
sub with {
    my ($cookie) = @_;
    $cookie = $cookie->{cookie} if ref $cookie;
    return $t->get('/holder/notice', Cookie => $cookie)->status;
}

# Logs in again, with an earlier cookie.
sub again {
    my ($holder, $cookie, $password) = @_;
    my $r = $t->request('POST', '/holder/login',
        headers => [defined $cookie ? (Cookie => $cookie) : ()],
        form => [username => $holder->{username},
                 password => $password // $holder->{password}]);
    my ($token) = ($r->header('set-cookie') // '') =~ /=([^;]+)/;
    $t->secret($token // '');
    return ($r, defined $token ? "__Host-cert=$token" : '');
}


at(0);
my $holder = $t->holder($row, username => 'zhang.san');
my $stranger = $t->holder($other, username => 'li.si', no_consent => 1);
my ($r, $first) = again($holder);


# The cookie.
my @cookies = $r->header('set-cookie');
is(scalar @cookies, 1, 'one cookie');
like($cookies[0], qr{^__Host-cert=[\w-]{32,}; Path=/; HttpOnly; Secure; SameSite=Strict$}, 'with these attributes, and no others');
my ($token) = $first =~ /=(.*)/;
is(index($r->body, $token), -1, 'it is not in the body');
is($t->get('/holder/notice', Cookie => $first)->header('set-cookie'), undef,
   'and it is only set at a login');
is(index($t->read($t->home . '/store/data.mdb'), $token), -1,
   'and not in the store');


# Each login has a new cookie.
is(with($first), 200, 'the first session');
($r, my $second) = again($holder, $first);
isnt($second, $first, 'a login in the same browser begins another');
is(with($second), 200, 'which is valid');
is(with($first), 401, 'and ends the first');
($r, my $third) = again($holder);
is(with($second), 200, 'a login elsewhere ends no session');
($r) = again($holder, $second, 'another password');
is($r->status, 401, 'a login that fails');
is($r->header('set-cookie'), undef, 'sets no cookie');
is(with($second), 200, 'and ends no session');
($r, my $fourth) = again($stranger, $second);
is(with($second), 401, 'a login of another holder in this browser ends it');
is(with($fourth), 200, 'and begins a session of that holder');


# Log out.
$r = $t->request('POST', '/holder/logout', headers => [Cookie => $third]);
is($r->status, 204, 'logged out');
is($r->header('set-cookie'), '__Host-cert=; Path=/; HttpOnly; Secure;'
   . ' SameSite=Strict; Max-Age=0', 'the browser forgets the cookie');
is(with($third), 401, 'and so does the store');
is(with($holder), 200, 'the other browser goes on');
for my $cookie ($third, 'x=y', '__Host-cert=', '__Host-cert=x') {
    is($t->request('POST', '/holder/logout', headers => [Cookie => $cookie])
       ->status, 204, 'a logout without a session succeeds');
}

# A damaged record of a session: certd cannot tell whether it is valid, so it
# stays until that is known.  The record follows its key, the digest of the
# token.
sub flip {
    my ($digest) = @_;
    my $file = $t->home . '/store/data.mdb';
    my $bytes = $t->read($file);
    my $n = 0;
    open my $fh, '+<:raw', $file or die "$file: $!\n";
    for (my $i = 0; ($i = index $bytes, $digest, $i) >= 0; $i++, $n++) {
        sysseek $fh, $i + 40, 0;
        syswrite $fh, chr(ord(substr $bytes, $i + 40, 1) ^ 1);
    }
    return $n;
}
my ($reply, $hurt) = again($holder);
my $digest = sha256($hurt =~ s/.*?=//r);
ok(flip($digest), 'a session is damaged');
$reply = $t->request('POST', '/holder/logout', headers => [Cookie => $hurt]);
is($reply->status, 503, 'a logout is not done');
is($reply->json->{type}, '/problems/unavailable', 'with the problem');
is($reply->header('set-cookie'), undef, 'the browser keeps the cookie');
flip($digest);
is(with($hurt), 200, 'the session is valid when the store is repaired');
is($t->request('POST', '/holder/logout', headers => [Cookie => $hurt])->status,
   204, 'and the logout succeeds');
is(with($hurt), 401, 'for good');
$t->expect_log(qr/certd: \[alert\] cannot answer a request, at "logout"/);


# Other cookies.
my $elsewhere = NgxCert->new();
$elsewhere->import_rows($row);
$elsewhere->certd(args => ['--renderers', 1]);
my $socket = sub { socket =>
    IO::Socket::UNIX->new(Peer => $elsewhere->home . '/run/certd.sock') };
for my $what (['register', map { $_ => $row->{$_} }
    qw(id_type id_number name)], ['login'])
{
    my ($route, @more) = @$what;
    $r = $elsewhere->request('POST', "/holder/$route", $socket->(),
        form => ['username', 'zhang.san', 'password', 'as there', @more]);
}
my ($foreign) = ($r->header('set-cookie') // '') =~ /^([^;]+)/;
is($elsewhere->request('GET', '/holder/notice', $socket->(), headers =>
   [Cookie => $foreign])->status, 200, 'a session of another store');
is(with($foreign), 401, 'is not valid here');
$elsewhere->certd_stop();

my $good = $holder->{cookie};
($token) = $good =~ /=(.*)/;
my $flip = sub {
    my ($at, $ch) = @_;
    my $text = $token;
    substr($text, $at, 1) = $ch;
    return "__Host-cert=$text";
};
my %forged;
for my $at (0 .. length($token) - 1) {
    my $ch = substr $token, $at, 1;
    $forged{$flip->($at, $_)} = 1
        for grep { $_ ne $ch } 'A', '_', lc $ch, uc $ch, chr(ord($ch) ^ 1);
}
$forged{'__Host-cert=' . substr $token, 0, $_} = 1 for 0 .. length($token) - 1;
$forged{'__Host-cert=' . substr $token, $_} = 1 for 1 .. 4;
$forged{$_} = 1 for map { $flip->(length($token) - 1, $_) }
    grep { substr($token, -1) ne $_ } 'A' .. 'Z', 'a' .. 'z', 0 .. 9, '-', '_';
my @in = grep { with($_) != 401 } sort keys %forged;
is(scalar @in, 0, 'of ' . keys(%forged) . ' forged ones none gets in');

for my $what (
    ['with padding', "$good="], ['twice as long', "$good$token"],
    ['in quotes', "__Host-cert=\"$token\""], ['escaped', '__Host-cert='
        . join '', map { sprintf '%%%02X', ord } split //, $token],
    ['of another case', "__host-cert=$token"], ['of a part of the name',
    "cert=$token"], ['of a longer name', "x__Host-cert=$token"],
    ['of a name with a blank', "__Host-cert =$token"],
    ['with a blank', "__Host-cert= $token"], ['with a comma', "x=y, $good"],
    ['without a name', $token], ['twice', "$good; $good"],
    ['beside a made-up one', "$good; __Host-cert=x"],
    ['behind an empty one', "__Host-cert=; $good"], ['empty', ''])
{
    is(with($what->[1]), 401, "a cookie $what->[0]");
}
is($t->get('/holder/notice', map { (Cookie => $_) } @$_)->status, 401,
   "twice in headers: @{[map { s/=.*//r } @$_]}")
    for [$good, $good], ['a=b', $good, $good], [$good, '__Host-cert=x'],
        ["$good; a=b", 'c=d', "e=f; $good"], ['a=b', "$good; $good"];
is($t->get('/holder/notice', 'X-Cookie' => $good)->status, 401,
   'in another header');
is($t->get('/holder/notice?__Host-cert=x')->status, 401, 'in the address');
is($t->request('POST', '/holder/consent', form => [version => 1,
   '__Host-cert' => 'x'])->status, 401, 'in the form');
is(with($good), 200, 'the right cookie is accepted');
is(with("a=b; $good; c=\"d e\""), 200, 'also among others');
is($t->get('/holder/notice', map { (Cookie => $_) } @$_)->status, 200,
   'and in one of ' . @$_ . ' headers')
    for ['a=b', $good], [$good, 'a=b'], ['', $good, ''],
        ['lang=en', "x=y; $good", 'a=b'];
my (undef, $out) = $t->run('curl', '-s', '-o', '/dev/null', '-w',
    '%{http_code}', '--noproxy', '*', '--http2-prior-knowledge', '-H',
    'Cookie: a=b', '-H', "Cookie: $good", 'http://127.0.0.1:' . $t->port(1)
    . '/holder/notice');
is($out, 200, 'and in HTTP/2, which sends one after the other');


# The token is in no address.
$r = $holder->apply($row->{number});
my $ready = $holder->ready($r->json->{annotation}{code});
is(index($r->head . $r->body . $ready->body, $token), -1,
   'no address in an answer has it');
$t->secret(map { s{.*/}{}r } @{$ready->json}{qw(view download)});


# The key of sessions changes: open sessions stay valid until the old key is
# retired.
$t->certctl_ok(qw(keys rotate session), @$_) for [], ["--activate"];
again($stranger);       # a change looks at the keys
($r, my $fifth) = again($holder);
is(with($good), 200, 'a new key: the session is valid');
is(with($fifth), 200, 'and so does a new one');
$t->certctl_ok('keys', 'retire', 'session', 1);
again($stranger);
is(with($good), 401, 'the old key is retired: the session is over');
is(with($fifth), 200, 'the new one is not');


# A new password from the operator ends all sessions.
($r, my $sixth) = again($holder);
$t->certctl_ok('account', 'reset', 'zhang.san', '--password-file',
               $t->write('password', "of the operator\n"));
is(with($_), 401, 'reset: over') for $fifth, $sixth;
($r) = again($stranger);
is($r->status, 200, 'another holder is not touched');
$holder->{password} = 'of the operator';


# Idle time, which certd stores once a minute, and a crash in between.  Requests
# take a while on a busy machine: a hundred seconds are left for them.
at(1000);
my ($used, $silent) = map { (again($holder))[1] } 1 .. 2;
$t->certd_stop('KILL');
$t->await(sub { !IO::Socket::UNIX->new(Peer => $t->home . '/run/certd.sock') });
at(1000 + 1700);
is(with($used), 200, 'after a crash, 1700 s later');
is($t->certd_stop(), 0, 'an end in order');
at(1000 + 1900);
is(with($silent), 401, 'idle for 1800 s: over');
is(with($used), 200, 'used in between: valid');
at(1000 + 1900 + 1700);
is(with($used), 200, '1700 s later as well');
at(1000 + 1900 + 1700 + 1900);
is(with($used), 401, 'over after 1800 s without use');
at(1000 + 1700);
is(with($used), 401, 'a clock that is put back revives no session');


# The greatest age, however often a session is used.
at(10_000, '--idle-timeout', 86400);
($r, $used) = again($holder);
at(10_000 + 28_700, '--idle-timeout', 86400);
is(with($used), 200, 'the last minutes of 8 hours');
at(10_000 + 28_900, '--idle-timeout', 86400);
is(with($used), 401, 'over after 8 hours');

# Other limits, by options.
at(50_000, '--idle-timeout', 3000, '--session-timeout', 2000);
($r, $used) = again($holder);
at(51_900, '--idle-timeout', 3000);
is(with($used), 200, 'by option: valid before 2000 s');
at(52_100, '--idle-timeout', 3000);
is(with($used), 401, 'and over after them');

$t->done();

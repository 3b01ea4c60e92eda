# An identity from outside: a header that nginx sets says who the holder is.

use lib 't/lib';
use NgxCert;

use IO::Socket::UNIX;

my $t = NgxCert->new();
my ($row, $other) = $t->import_rows($t->certificate(), $t->certificate());
my $second = $t->certificate($t->same_person($row));
my $passport = $t->certificate(id_type => 'passport',
    id_number => 'E12345678');
$t->import_rows($second, $passport);
my $nobody = $t->person();

# As after auth_request: nginx sets the identity from a header of the test; at
# another port it sets none.
$t->conf($t->holder_conf(http => <<'END'));
    server {
        listen 127.0.0.1:%%PORT1%%;
        location /holder/ {
            proxy_pass        http://certd;
            proxy_set_header  Host $http_host;
            proxy_set_header  X-Identity $http_who;
            proxy_set_header  Who "";
        }
    }
    server {
        listen 127.0.0.1:%%PORT2%%;
        location /holder/ {
            proxy_pass        http://certd;
            proxy_set_header  X-Identity "";
        }
    }
END
$t->start();
$t->certd(args => ['--identity-header', 'X-Identity', '--log-level', 'info']);

sub id { my ($row) = @_; return "$row->{id_type}:$row->{id_number}" }

# A request with an identity: ask(WHO, METHOD, URI, form fields; or headers =>
# [...]).
sub ask {
    my ($who, $method, $uri, $form, @headers) = @_;
    return $t->request($method, $uri, port => $t->port(1),
        $form ? (form => $form) : (),
        headers => [defined $who ? (Who => $who) : (), @headers]);
}

# The status, and the type of a problem.
sub told {
    my ($r) = @_;
    return $r->status . ($r->status < 400 ? ''
        : ' ' . $r->json->{type} =~ s{.*/}{}r);
}

sub numbers {
    my ($who) = @_;
    my $r = ask($who, 'GET', '/holder/certificates');
    return $r->status != 200 ? told($r) : join ' ', sort map { $_->{number} }
        @{$r->json->{certificates}};
}

my $who = id($row);
my $both = join ' ', sort map { $_->{number} } $row, $second;


# Registration and login are not offered.
for my $route (qw(register login)) {
    for my $as ($who, undef) {
        is(told(ask($as, 'POST', "/holder/$route", [username => 'zhang.san',
           password => 'long enough', map { $_ => $row->{$_} }
           qw(id_type id_number name)])), '404 identity_elsewhere',
           "no $route");
    }
}
is(ask($who, 'POST', '/holder/logout', [])->status, 204,
   'a logout always succeeds');


# A missing or malformed identity.
my $digits = $row->{id_number};
my @routes = (['GET', '/holder/notice'], ['POST', '/holder/consent'],
    ['GET', '/holder/certificates'], ['GET', '/holder/export'],
    ['GET', "/holder/certificates/$row->{number}"],
    ['POST', "/holder/certificates/$row->{number}/annotations"],
    ['POST', '/holder/annotations/K7QX-2M9D-PA4T-8WZ3/withdraw']);
for my $route (@routes) {
    my ($method, $uri) = @$route;
    my $form = $method eq 'POST' ? [version => 1] : undef;
    is(told(ask(undef, $method, $uri, $form)), '401 identity_required',
       "$method $uri: nobody");
    is(told(ask('cn', $method, $uri, $form)), '400 bad_identity',
       "$method $uri: malformed");
}
for my $text ($digits, "cn$digits", "CN:$digits", "cn: $digits", "cn :$digits",
    "cn:$digits ,cn:$digits", "cn:$digits,passport:E12345678",
    "cn:$digits;", 'cn:', ':', ":$digits", "id:$digits", 'cn:' . 'x' x 18,
    'cn:' . substr($digits, 0, 17), "cn:${digits}0", 'passport:',
    'passport:' . 'x' x 300, "passport:\xFF\xC0", "passport:\xE2\x80\xAEx",
    'cn:' . substr($digits, 0, 17) . (substr($digits, 17) eq '1' ? '2' : '1'))
{
    is(told(ask($text, 'GET', '/holder/notice')), '400 bad_identity',
       'malformed: ' . substr $text =~ s/[^ -~]/?/gr =~ s/\d/9/gr, 0, 30);
}
my @socket = (socket => IO::Socket::UNIX->new(
    Peer => $t->home . '/run/certd.sock'));
is(told($t->request('GET', '/holder/notice', @socket, headers =>
   [map { ('X-Identity' => $who) } 1 .. 2])), '400 bad_identity', 'twice');


# An identity that the client sends is ignored.
is(told($t->request('GET', '/holder/notice', port => $t->port(2), headers =>
   ['X-Identity', $who])), '401 identity_required', 'nginx removes it');
is(told(ask(undef, 'GET', '/holder/notice', undef, 'X-Identity', $who)),
   '401 identity_required', 'also where nginx sets an empty one');
# nginx drops a header line with "_" and logs it at info.
$t->expect_leak(qr/invalid header line: "X_Identity/);
for my $name ('X_Identity', 'Identity', 'X-Identity-2', 'X-Real-IP') {
    is(told(ask(undef, 'GET', '/holder/notice', undef, $name, $who)),
       '401 identity_required', "in $name");
}
is(told(ask(undef, 'GET', '/holder/notice', undef, Cookie =>
   "__Host-cert=$who")), '401 identity_required', 'in a cookie');


# The consent makes the account.
is(numbers($who), '403 consent_required', 'known: before consent');
is(numbers(id($nobody)), '403 consent_required', 'not known: the same');
is(ask($who, 'GET', '/holder/notice')->json->{required}, JSON::PP::true(),
   'the notice');
is($t->certctl_ok('account', 'list'), '', 'no account yet');
is(told(ask($who, 'POST', '/holder/consent', [version => 2])),
   '409 notice_changed', 'another version makes no account');
is(told(ask($who, 'POST', '/holder/consent', [version => 1], Origin =>
   'https://example.com')), '403 cross_site', 'nor does another site');
is($t->certctl_ok('account', 'list'), '', 'still none');
is(told(ask($who, 'POST', '/holder/consent', [version => 1])), '200',
   'agreed');
my $r = $t->certctl_json('account', 'list', '--certificate', $row->{number});
is($r->{username}, undef, 'an account without a username');
is($r->{method}, undef, 'and without a password');
is($r->{notice_version}, 1, 'with the consent');
is(numbers($who), $both, 'and there are the certificates');
is(numbers(id($other)), '403 consent_required', 'not the consent of another');
is(told(ask(id($other), 'POST', '/holder/consent', [version => 1])), '200',
   'another');
is(numbers(id($other)), $other->{number}, 'has only its own certificate');
is(numbers($who =~ s/X$/x/r), $both, 'a small letter is the same document')
    if $who =~ /X$/;
is(told(ask(id($passport), 'POST', '/holder/consent', [version => 1])), '200',
   'by passport');
is(numbers('passport:e12345678'), $passport->{number}, 'in any case');
is(numbers('hk_mo:E12345678'), '403 consent_required',
   'the same number of another type is another holder');
is(told(ask(id($other), 'GET', "/holder/certificates/$row->{number}")),
   '404 no_certificate', 'and not the certificate of another');


# Apply, as with a session.
$r = ask($who, 'POST', "/holder/certificates/$row->{number}/annotations",
    [scene => 'self', days => 90]);
is(told($r), '201', 'applied');
my $code = $r->json->{annotation}{code};
is(told(ask($who, 'GET', "/holder/annotations/$code")), '200', 'its own copy');
is(told(ask(id($other), 'GET', "/holder/annotations/$code")),
   '404 no_annotation', 'and not by another holder');


# A holder without certificates: a list that says why it is empty.
is(told(ask(id($nobody), 'POST', '/holder/consent', [version => 1])), '200',
   'an unknown holder agrees');
$r = ask(id($nobody), 'GET', '/holder/certificates')->json;
is(scalar @{$r->{certificates}}, 0, 'has no certificate');
is($r->{reason}{code}, 'no_certificate', 'with the reason');


# The document number of one of two certificates was wrong and is corrected: the
# holder has both by the old and by the new number, once they are linked.
my $corrected = {%$second, %{$t->person()}, name => $second->{name}};
$t->import_rows($corrected);
is(numbers($who), $row->{number}, 'corrected: one is gone');
is(numbers(id($corrected)), '403 consent_required', 'to a new holder');
$t->certctl_ok('account', 'link', '--certificate', $row->{number},
               $second->{number});
is(numbers($who), $both, 'linked: by the old number both');
is(numbers(id($corrected)), $both, 'and by the new one, without a new consent');
is(told(ask(id($corrected), 'GET', "/holder/annotations/$code")), '200',
   'with the copies');

# The only one: the reason of an empty list.
$corrected = {%$other, %{$t->person()}, name => $other->{name}};
$t->import_rows($corrected);
$r = ask(id($other), 'GET', '/holder/certificates')->json;
is(scalar @{$r->{certificates}}, 0, 'the only certificate is corrected');
is($r->{reason}{code}, 'corrected', 'with that reason');

for my $case ([1, '--certificate', 4711, $row->{number}],
    [1, '--certificate', $corrected->{number}, $row->{number}],
    [1, '--certificate', $row->{number}, $passport->{number}],
    [2, '--certificate', $row->{number}],
    [2, '--certificate', $row->{number}, 'zhang.san', $second->{number}])
{
    my ($status, @args) = @$case;
    is(($t->certctl('account', 'link', @args))[0], $status, "no link: $status");
}
is(numbers(id($passport)), $passport->{number}, 'and no link was made');

$t->done();

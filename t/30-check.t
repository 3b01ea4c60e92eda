# The check: every result, by code, by file and by certificate; malformed
# questions; and a failed match, which discloses nothing.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
my $samples = $t->samples();

my $routes = <<'END';
        location /check     { cert_check; }
        location /slash/    { cert_check; }
        location = /exact   { cert_check; }
        location ~ ^/q[0-9]/ { cert_check; }
        location ~ ^/named$ { cert_check; }
        location /if        { cert_check;
                              if ($arg_x) { add_header X-If yes; } }
        location /get       { cert_check; limit_except GET { deny all; } }
        location /outer     { cert_check;
                              location /outer/inner { cert_check; } }
        location /plain     { return 204; }
END
$t->conf(server => $routes);
$t->start();

my $valid = $samples->{valid};
my %headers = (
    'cache-control'          => 'no-store',
    'x-content-type-options' => 'nosniff',
    'referrer-policy'        => 'no-referrer',
);


# Asserts what every answer of the check has in common.
sub answer {
    my ($name, $r, $status, $result, $detail) = @_;

    subtest $name => sub {
        ok($r, 'answered') or return;
        is($r->status, $status, 'status');
        is($r->header('content-type'), 'application/json', 'type');
        is(join(',', $r->header($_)), $headers{$_}, $_) for sort keys %headers;
        is($r->header('content-length'), length $r->body, 'length')
            if length $r->body;
        is($r->header('retry-after'), undef, 'nothing to wait for');
        my $json = length $r->body ? $r->json : {result => $result};
        is($json->{result}, $result, 'result');
        like($json->{detail} // '', $detail // qr/^$/, 'detail');
        ok(!exists $json->{certificate}, 'no facts')
            if $result =~ /^(?:not_found|bad_request|unavailable)$/;
    };

    return $r;
}


# By code and by file, every state.
my %results = (
    (map { $_ => $_ } keys %$samples), original => 'valid', successor => undef,
);
for my $state (sort keys %$samples) {
    my $sample = $samples->{$state};
    my $result = $results{$state} // next;

    my $r = answer("$state: by code", $t->get("/check/$sample->{code}"),
                   200, $result);
    my $json = $r->json;
    is($json->{certificate}{number}, $sample->{number}, 'its number');
    is($json->{annotation}{code}, $sample->{code}, 'its code');

    my $query = answer("$state: by query",
        $t->get("/check?code=$sample->{code}"), 200, $result);
    delete @$_{'checked'} for $json, my $same = $query->json;
    is_deeply($same, $json, 'the same answer');

    next if $state eq 'generating';
    my $file = answer("$state: by file",
        $t->get("/check?sha256=$sample->{sha256}"), 200, $result)->json;
    delete $file->{checked};
    is_deeply($file, $json, 'the same answer');
}

my $json = $t->get("/check/$valid->{code}")->json;
is(join(' ', sort keys %$json), 'annotation certificate checked result',
   'the members of an answer');
is(join(' ', sort keys %{$json->{certificate}}),
   'approved issuer level name number qualification specialty status',
   'of the certificate');
is(join(' ', sort keys %{$json->{annotation}}),
   'applied code expires scene sha256 size', 'of the annotation');
is($json->{annotation}{sha256}, $valid->{sha256}, 'the digest');
is($json->{annotation}{size}, $valid->{size}, 'the size');
isnt($json->{certificate}{name}, $valid->{name}, 'the name is masked');
is($t->get("/check/$samples->{replaced}{code}")->json->{certificate}
       {replaced_by}, undef, 'a code names no successor');


# The code as a person may type it.
my $code = $valid->{code};
for my $typed (lc $code, $code =~ tr/-//dr, $code =~ tr/-/ /r,
               $code =~ tr/0/O/r, $code =~ tr/1/l/r, " $code ",
               $code =~ tr/-0-9A-Z/－０-９Ａ-Ｚ/r, $code =~ s/-/—/gr,
               "\x{200B}$code\x{3000}", "${code}。", "$code（来自微信）",
               "${code}请查收")
{
    my $escaped = NgxCert::escape($typed);
    answer("typed \"$typed\"", $t->get("/check/$escaped"), 200, 'valid');
    answer("asked \"$typed\"", $t->get("/check?code=$escaped"), 200, 'valid');
}
answer('with plus signs',
       $t->get('/check?code=' . $code =~ tr/-/+/r), 200, 'valid');
answer('with other fields',
       $t->get("/check?utm_source=qr&code=$code&utm_source=x"), 200, 'valid');
for my $added ('state=STATE', 'from=singlemessage', 'from=timeline',
               'isappinstalled=0', 'nsukey=a%2Bb%2F%3D', 'from=x&from=y',
               'scene=1&clicktime=1&enterid=1', 'a', '=', 'state=&&')
{
    answer("an app adds $added", $t->get("/check?code=$code&$added"), 200,
           'valid');
    answer("... before", $t->get("/check?$added&code=$code"), 200, 'valid');
    answer("... to a path", $t->get("/check/$code?$added"), 200, 'valid');
}
answer('a slash behind', $t->get("/check/$code/"), 200, 'valid');
answer('an address for a code', $t->get('/check?code=' . NgxCert::escape(
       "https://cert.example.org/check/$code?from=x")), 200, 'valid');


# Every kind of location.
answer('slash: code', $t->get("/slash/$code"), 200, 'valid');
answer('slash: query', $t->get("/slash/?code=$code"), 200, 'valid');
answer('slash: nothing', $t->get('/slash/'), 400, 'bad_request', qr/nothing/);
answer('prefix with a slash', $t->get("/check/?code=$code"), 200, 'valid');
answer('exact: query', $t->get("/exact?code=$code"), 200, 'valid');
answer('exact: nothing', $t->get('/exact'), 400, 'bad_request', qr/nothing/);
answer('regex: code', $t->get("/q1/$code"), 200, 'valid');
answer('regex: query', $t->get("/q1/?code=$code"), 200, 'valid');
answer('regex: query before name', $t->get("/named?code=$code"), 200, 'valid');
answer('if: not taken', $t->get("/if/$code"), 200, 'valid');
my $r = answer('if: taken', $t->get("/if/$code?x=1"), 200, 'valid');
is($r->header('x-if'), 'yes', 'it was taken');
answer('limit_except: GET', $t->get("/get/$code"), 200, 'valid');
is($t->post('/get', number => 1)->status, 403, 'limit_except: POST');
answer('inner', $t->get("/outer/inner/$code"), 200, 'valid');
answer('outer', $t->get("/outer/$code"), 200, 'valid');
answer('not below the name', $t->get("/check$code"), 400, 'bad_request',
       qr/mistyped/);
answer('segments after the code', $t->get("/check/$code/x"), 400,
       'bad_request', qr/mistyped/);
is($t->get('/plain')->status, 204, 'other locations are not affected');


# Refused before the store is read.
my $wrong = $code;
substr($wrong, 8, 1) = substr($wrong, 8, 1) eq '7' ? '8' : '7';
my @bad = (
    ['a wrong check symbol', "/check/$wrong", qr/mistyped/],
    ['a short code', '/check/' . substr($code, 0, 18), qr/mistyped/],
    ['a long code', "/check/${code}0", qr/mistyped/],
    ['an odd symbol', '/check/' . $code =~ s/.$/U/r, qr/mistyped/],
    ['other letters', '/check/' . NgxCert::escape('加注编号'), qr/mistyped/],
    ['a very long code', '/check/' . 'A' x 4000, qr/mistyped/],
    ['nothing', '/check', qr/nothing is asked/],
    ['an empty code', '/check?code=', qr/code is empty/],
    ['an empty digest', '/check?sha256=', qr/sha256 is empty/],
    ['a short digest', '/check?sha256=' . 'a' x 63, qr/./],
    ['a long digest', '/check?sha256=' . 'a' x 65, qr/./],
    ['no digest', '/check?sha256=' . 'g' x 64, qr/./],
    ['code and digest', "/check?code=$code&sha256=" . 'a' x 64,
     qr/more than one/],
    ['code twice', "/check?code=$code&code=$code", qr/twice/],
    ['code in path and query', "/check/$code?code=$code", qr/more than one/],
    ['code and digest, apart', "/check/$code?sha256=$valid->{sha256}",
     qr/more than one/],
    ['a broken escape', '/check?code=%4', qr/percent/],
    ['a broken escape elsewhere', "/check/$code?x=%zz", qr/percent/],
    ['a zero byte', '/check?code=%00', qr/zero/],
    ['too many fields', '/check?' . join('&', map { "a$_=1" } 0 .. 64),
     qr/too many/],
    ['a number', '/check?number=1', qr/never in a URL/],
    ['a name', '/check?name=' . NgxCert::escape('张三'), qr/never in a URL/],
    ['a document number', '/check?id_number=110101', qr/never in a URL/],
    ['an escaped field', '/check?n%75mber=1', qr/never in a URL/],
    ['an empty fact', '/check?name=', qr/never in a URL/],
    ['a fact beside a code', "/check?code=$code&name=x", qr/never in a URL/],
    ['a fact after a code', "/check/$code?id_number=1", qr/never in a URL/],
);
for my $case (@bad) {
    my ($name, $uri, $detail) = @$case;
    answer("refused: $name", $t->get($uri), 400, 'bad_request', $detail);
}


# "Not found" is the same answer, byte for byte, whatever the cause.
my $none = $t->certctl_json('annotate',
    $samples->{successor}{number}, '--no-render');
my $lost = answer('no such digest', $t->get('/check?sha256=' . '0' x 64),
                  404, 'not_found');
is($lost->body, '{"result":"not_found"}', 'and no more');


# By certificate.
sub facts {
    my ($state, %over) = @_;
    my %facts = (map({ $_ => $samples->{$state}{$_} }
                     qw(number name id_number)), %over);
    return map { $_ => $facts{$_} } grep { defined $facts{$_} }
        qw(number name id_number);
}

for my $state (qw(valid revoked suspended replaced)) {
    my $json = answer("$state: by certificate",
        $t->post('/check', facts($state)), 200, $state)->json;
    is($json->{certificate}{number}, $samples->{$state}{number}, 'its number');
    is($json->{annotation}, undef, 'no annotation');
    is($json->{certificate}{replaced_by},
       $state eq 'replaced' ? $samples->{successor}{number} : undef,
       'only the full match names the successor');
}

answer('in another order', $t->post('/check',
    map { $_ => $valid->{$_} } qw(id_number name number)), 200, 'valid');
answer('with spaces around', $t->post('/check', facts('valid',
    name => " $valid->{name} ", id_number => " $valid->{id_number} ")),
    200, 'valid');
answer('a small x', $t->post('/check', facts('valid',
    id_number => lc $valid->{id_number})), 200, 'valid');

my $other = $samples->{revoked};
my @no_match = (
    ['another number', number => $other->{number}],
    ['no such number', number => '0' x 12],
    ['another name', name => $other->{name}],
    ['another document', id_number => $other->{id_number}],
    ['a document that does not exist', id_number => '110101199001011237'],
    ['a passport', id_number => 'E12345678'],
    ['name and document of another', name => $other->{name},
     id_number => $other->{id_number}],
    ['nothing right', number => 1, name => 'x', id_number => '2222'],
    ['a long number', number => '9' x 64],
    ['a pattern', number => '.*'],
);
my %answers;
for my $case (@no_match) {
    my ($name, %over) = @$case;
    my $r = answer("no match: $name", $t->post('/check', facts('valid', %over)),
                   404, 'not_found');
    my $head = $r->head =~ s/^Date:.*\r\n//mr;
    $answers{$head . $r->body}++;
}
is(scalar keys %answers, 1, 'every failed match is the same answer')
    or diag(join "\n", keys %answers);

for my $field (qw(number name id_number)) {
    answer("no $field", $t->post('/check', facts('valid', $field => undef)),
           400, 'bad_request', qr/all needed/);
    answer("empty $field", $t->post('/check', facts('valid', $field => '')),
           400, 'bad_request', qr/all needed/);
}


# Methods.
my $head = $t->head("/check/$code");
is($head->status, 200, 'HEAD');
is($head->body, '', 'has no body');
is($head->header('content-length'), length $t->get("/check/$code")->body,
   'and the length of one');
is($t->head('/check/x')->status, 400, 'HEAD of a bad code');

for my $method (qw(PUT DELETE OPTIONS PATCH PROPFIND)) {
    my $r = answer($method, $t->request($method, "/check/$code"), 405,
                   'bad_request', qr/method/);
    is($r->header('allow'), 'GET, HEAD, POST', 'with the allowed methods');
}

is($t->get('/check/' . $none->{code})->json->{result}, 'generating',
   'a copy that is not made yet');
is($t->raw("GET /check/$code HTTP/1.0\r\n\r\n")->json->{result}, 'valid',
   'HTTP/1.0');

# Conditional headers do not change the answer.
my @conditions = (['If-None-Match' => '*'], ['If-Match' => '"x"'],
    ['If-Modified-Since' => 'Thu, 01 Jan 2099 00:00:00 GMT'],
    ['If-Unmodified-Since' => 'Thu, 01 Jan 1970 00:00:00 GMT']);
for my $condition (@conditions) {
    answer("@$condition", $t->get("/check/$code", @$condition), 200, 'valid');
    answer("@$condition of a form", $t->request('POST', '/check',
        form => [map { $_ => $valid->{$_} } qw(number name id_number)],
        headers => [@$condition]), 200, 'valid');
}

# Several requests on one connection.
my $socket = $t->connect();
for my $uri ("/check/$code", '/check/x', "/check?code=$code", '/plain') {
    my $r = $t->request('GET', $uri, socket => $socket, close => 0);
    ok($r && $r->header('connection') eq 'keep-alive', "kept: $uri");
}
close $socket;

$t->done();

# HTTP at the holder service: methods, paths, forms, headers, the origin of a
# request, and HTTP/2.  Through nginx, and directly at the socket of certd where
# nginx would normalize or refuse the request first.

use lib 't/lib';
use NgxCert;

use IO::Socket::UNIX;

my $t = NgxCert->new();
my ($row) = $t->import_rows($t->certificate());
$t->certctl_ok('policy', 'set', 'public_url=https://cert.example.cn');
$t->conf($t->holder_conf(http => <<'END'));
    server {
        listen 127.0.0.1:%%PORT1%% http2;
        listen 127.0.0.1:%%PORT2%%;
        location /holder/ {
            client_max_body_size     2m;
            proxy_pass               http://certd;
            proxy_http_version       1.1;
            proxy_set_header         Host $http_host;
            proxy_set_header         Connection "";
            proxy_set_header         X-Real-IP $remote_addr;
            proxy_request_buffering  off;
            proxy_buffering          off;
        }
    }
END
$t->start();
$t->certd();

my $number = $row->{number};
my $code = 'K7QX-2M9D-PA4T-8WZ3';
my %routes = (
    (map { $_ => 'POST' } qw(/holder/register /holder/login /holder/logout
        /holder/consent), "/holder/certificates/$number/annotations",
        map { "/holder/annotations/$code/$_" } qw(withdraw link)),
    (map { $_ => 'GET, HEAD' } qw(/holder/notice /holder/certificates
        /holder/export), "/holder/certificates/$number",
        "/holder/annotations/$code"),
);
my $form = 'application/x-www-form-urlencoded';
my (@headless, @odd, %statuses);

# A connection to certd itself.
sub direct {
    return IO::Socket::UNIX->new(Peer => $t->home . '/run/certd.sock')
        // die "certd: $!\n";
}

# Notes which of the common headers an answer lacks, and returns the answer.
sub seen {
    my ($r, $what, $is_head) = @_;

    if (!$r) {
        push @odd, "$what: no answer";
        return $r;
    }

    my $name = $r->status . " $what";
    $statuses{$r->status} = 1;
    push @headless, $name if join('|', map { join ',', $r->header($_) }
        qw(cache-control x-content-type-options referrer-policy
        content-security-policy))
        ne "no-store|nosniff|no-referrer|default-src 'none';"
           . " frame-ancestors 'none'";
    my $type = $r->header('content-type') // '';
    push @headless, "$name: $type" if $type ne ($r->status == 204 ? ''
        : $r->status >= 400 ? 'application/problem+json'
        : 'application/json');
    return $r if $r->status < 400 || $is_head;

    my $json = eval { $r->json } // {};
    push @odd, "$name: " . $r->body if !$r->complete
        || ($json->{type} // '') !~ m{^/problems/[a-z_]+$}
        || ($json->{status} // 0) != $r->status
        || grep { ref $_ || !length } map { $_ // '' }
            @$json{qw(title detail detail_en)};

    return $r;
}

# The status and the type of an answer.
sub told {
    my ($r, $what) = @_;
    seen($r, $what) // return 'no answer';
    return $r->status . ($r->status >= 400
        ? ' ' . (eval { $r->json->{type} } // '') =~ s{.*/}{}r : '');
}

sub holder_is { my ($r, $told, $what) = @_; is(told($r, $what), $told, $what) }


# Methods.
for my $uri (sort keys %routes) {
    my @wrong = grep { index($routes{$uri}, $_) < 0 }
        qw(GET HEAD POST PUT DELETE PATCH OPTIONS PROPFIND);
    for my $method (@wrong) {
        my $r = $t->request($method, $uri, $method =~ /^P[OU]/
            ? (form => [a => 'b']) : ());
        seen($r, "$method $uri", $method eq 'HEAD');
        is($r->status . ' ' . ($r->header('allow') // ''),
           "405 $routes{$uri}", "$method $uri");
    }
}


# Paths that do not exist, and other spellings of paths that do.
my $long = 'x' x 6000;
for my $uri ('/holder/', '/holder/x', '/holder/login/', '/holder/login/x',
    '/holder/Login', '/holder//login', '/holder/log%69n', '/holder/login%20',
    '/holder/login;x', '/holder/certificates/', '/holder/annotations',
    '/holder/annotations/', "/holder/annotations/$code/",
    "/holder/annotations/$code/x", "/holder/annotations/$code/withdraw/x",
    "/holder/certificates/$number/annotations/x", "/holder/$long",
    '/holder/x/../login', '/holder/%2e/login', '/holder%2flogin')
{
    for my $method (qw(GET POST)) {
        holder_is($t->request($method, $uri), '404 no_route', $method . ' '
            . substr $uri, 0, 50) if $uri !~ /%2f|\.\.|%2e/;
        holder_is($t->request($method, $uri, socket => direct()),
            '404 no_route', 'itself: ' . $method . ' ' . substr $uri, 0, 50);
    }
}

my $holder = $t->holder($row, username => 'zhang.san', no_consent => 1);
for my $what (['%2f', "$number%2f1", 404], ['a dot', '.%2e', 404],
    ['UTF-8', '%E8%AF%81', 404], ['no UTF-8', '%FF%C0%80', 404],
    ['a plus', "$number+", 404], ['controls', '%01%0d%0a', 404],
    ['too long', $long, 404], ['a half escape', "$number%2", 404],
    ['no escape', "$number%zz", 404], ['a zero', "$number%00", 404])
{
    my ($name, $part, $status) = @$what;
    for my $uri ("/holder/certificates/$part", "/holder/annotations/$part") {
        # Before consent to the notice the path is not looked up.
        my $r = $holder->request('GET', $uri, socket => direct());
        is(told($r, $uri), $name =~ /escape|zero|long/ ? '404 no_route'
            : '403 consent_required', "$name in $uri" =~ s/x{9,}/x../r);
    }
}
is($t->get("/holder/certificates/$number%00")->status, 400,
   'nginx refuses a zero');
is($holder->post('/holder/consent', version => 1)->status, 200, 'agreed');
for my $part ("$number%2f1", '.%2e', '%E8%AF%81', '%FF%C0%80', "$number+",
    '%01%0d%0a', '%20', 'x' x 64, 'x' x 200)
{
    my %type = (certificates => 'no_certificate', annotations =>
        'no_annotation');
    for my $kind (sort keys %type) {
        my $told = told($holder->request('GET', "/holder/$kind/$part",
            socket => direct()), "$kind $part");
        like($told, qr/^404 (?:$type{$kind}|no_route)$/, "no $kind: $part");
    }
}
is($holder->get("/holder/certificates/$number" =~ s/(\d)$/'%3' . $1/er)
   ->status, 200, 'an escaped digit is the same digit');
is($holder->get("/holder/certificates/$number?x=%00&y")->status, 200,
   'the query does not count');


# HEAD.
for my $uri (qw(/holder/notice /holder/certificates /holder/export),
             "/holder/certificates/$number")
{
    my ($get, $head) = map { seen($holder->request($_, $uri), "$_ $uri",
        $_ eq 'HEAD') } qw(GET HEAD);
    my @heads = map { join "\n", grep { !/^Date:/i } split /\r\n/, $_->head }
        $get, $head;
    is($heads[1], $heads[0], "HEAD $uri");
}
is(seen($t->head('/holder/notice'), 'HEAD', 1)->status, 401,
   'HEAD without a session');


# Forms.
my $login = NgxCert::form(username => 'zhang.san',
                          password => $holder->{password});
my $pad = '&x=' . 'y' x (16384 - length "$login&x=");
my @bodies = (
    ['a form', $login, 200],
    ['of another case', $login, 200, uc $form],
    ['with a charset', $login, 200, "$form; charset=utf-8"],
    ['of 16 KB', $login . $pad, 200],
    ['of 16 KB and one', $login . $pad . 'y', '413 form_too_large'],
    ['of 900 KB', $login . '&x=' . 'y' x 900_000, '413 form_too_large'],
    ['of another type', $login, '415 unsupported_media_type', 'text/plain'],
    ['JSON', '{"username":"a"}', '415 unsupported_media_type',
     'application/json'],
    ['of parts', $login, '415 unsupported_media_type',
     'multipart/form-data; boundary=x'],
    ['of a longer type', $login, '415 unsupported_media_type', "${form}x"],
    ['of a shorter type', $login, '415 unsupported_media_type',
     'application/x-www-form'],
    ['of no type', $login, '415 unsupported_media_type', undef],
    ['of an empty type', $login, '415 unsupported_media_type', ''],
    ['empty', '', '422 invalid_field'],
    ['empty, of another type', '', '422 invalid_field', 'text/plain'],
    ['of two usernames', "$login&username=b", '400 bad_form'],
    ['of the same username twice', "$login&username=zhang.san",
     '400 bad_form'],
    ['of a username by another spelling', "$login&%75sername=b",
     '400 bad_form'],
    ['with a half escape', "$login&x=%4", '400 bad_form'],
    ['with no escape', "$login&x=%zz", '400 bad_form'],
    ['with a zero', "$login%00", '400 bad_form'],
    ['with a raw zero', "$login\0", '400 bad_form'],
    ['of 65 fields', $login . '&a=1' x 63, '400 bad_form'],
    ['without a password', 'username=a', '422 invalid_field'],
    ['without a username', 'password=a', '422 invalid_field'],
    ['of "="', '====&&==', '422 invalid_field'],
);
for my $case (@bodies) {
    my ($name, $body, $told, $type) = @$case;
    $type = $form if @$case < 4;
    my %opt = (body => $body, headers => [defined $type
        ? ('Content-Type' => $type) : ()]);

    # A login that succeeds costs a hash: one way is enough.
    my %way = ($name =~ /^(?:of another case|with a charset|of 16 KB)$/ ? ()
        : ('chunked' => {chunked => 4000, port => $t->port(2)},
           'itself' => {socket => direct()}),
        nginx => {}, 'nginx, chunked' => {chunked => 1000},
        $name eq 'a form' ? ('byte by byte' =>
            {socket => direct(), pieces => 1},
            'chunks of a byte' => {socket => direct(), chunked => 1}) : ());
    for my $way (sort keys %way) {
        is(told($t->request('POST', '/holder/login', %opt, %{$way{$way}}),
                "$name, $way"), $told, "a body $name, $way");
    }
}
is(told($t->request('POST', '/holder/login', headers => ['Content-Type',
   $form], chunked => 1, body => $login . '&x=' . 'y' x 4000), 'chunks'),
   '200', 'a body in chunks of a byte');
is(index($t->read('logs/error.log'), 'buffered to a temporary file'), -1,
   'no body is in a file');
is(told($t->request('POST', '/holder/login', headers => ['Content-Type',
   $form, 'Content-Type', 'text/plain'], body => $login, socket => direct()),
   'types'), '415 unsupported_media_type', 'of two types');
is(told($t->request('POST', '/holder/logout', headers => ['Content-Type',
   'text/plain'], body => 'x'), 'logout'), '204',
   'a route without a form accepts any body');
my $r = $t->post('/holder/login', username => "\xFF\xC0\x80", password => 'x');
is(join(' ', $r->status, $r->json->{field} // ''), '422 username',
   'a name in no charset that is read: told, with its field');


# The origin of a POST.
my $port = $t->port();
my $own = "localhost:$port";
for my $case (
    ['an Origin of this host', 204, Origin => "http://$own"],
    ['over TLS', 204, Origin => "https://$own"],
    ['in another case', 204, Origin => "HTTPS://LOCALHOST:$port"],
    ['of the public address', 204, Origin => 'https://cert.example.cn'],
    ['of the same origin', 204, 'Sec-Fetch-Site' => 'same-origin'],
    ['by hand', 204, 'Sec-Fetch-Site' => 'none'],
    ['of both', 204, 'Sec-Fetch-Site' => 'same-origin',
     Origin => "https://$own"],
    ['of no page', 204],
    ['of another scheme of the public address', 403,
     Origin => 'http://cert.example.cn'],
    ['of another port', 403, Origin => 'http://localhost:1'],
    ['of no port', 403, Origin => 'http://localhost'],
    ['of another host', 403, Origin => 'https://example.com'],
    ['of a longer host', 403, Origin => "https://cert.example.cn.evil.cn"],
    ['of a shorter host', 403, Origin => 'https://cert.example.c'],
    ['with a user', 403, Origin => 'https://cert.example.cn@evil.cn'],
    ['with a path', 403, Origin => 'https://cert.example.cn/'],
    ['null', 403, Origin => 'null'],
    ['empty', 403, Origin => ''],
    ['of a file', 403, Origin => 'file://'],
    ['two of them', 403, Origin => "http://$own", Origin => "http://$own"],
    ['cross-site', 403, 'Sec-Fetch-Site' => 'cross-site'],
    ['same-site', 403, 'Sec-Fetch-Site' => 'same-site'],
    ['of an unknown word', 403, 'Sec-Fetch-Site' => 'Same-Origin '],
    ['empty word', 403, 'Sec-Fetch-Site' => ''],
    ['twice', 403, map { ('Sec-Fetch-Site' => 'none') } 1 .. 2],
    ['own, and cross-site', 403, Origin => "http://$own",
     'Sec-Fetch-Site' => 'cross-site'],
    ['another, and same-origin', 403, Origin => 'https://example.com',
     'Sec-Fetch-Site' => 'same-origin'])
{
    my ($name, $status, @headers) = @$case;
    $r = $t->request('POST', '/holder/logout', host => $own,
        headers => \@headers);
    is(told($r, $name), $status == 403 ? '403 cross_site' : $status,
       "a POST: $name");
    next if $status != 403;
    is($holder->request('GET', '/holder/notice', host => $own,
       headers => \@headers)->status, 200, "a GET: $name");
}
for my $uri (sort grep { $routes{$_} eq 'POST' } keys %routes) {
    is(told($holder->request('POST', $uri, form => [], headers =>
       ['Sec-Fetch-Site', 'cross-site']), $uri), '403 cross_site',
       "cross-site: $uri");
}
is($holder->get('/holder/notice')->status, 200, 'the session goes on');


# Without Host.  HTTP/1.0 does not need it, and nginx passes what its
# configuration says.  HTTP/1.1 needs it: certd refuses the request, in one
# answer; libmicrohttpd 1.0 and later refuses it before certd, with a page of
# its own.
my ($no_mhd, $mhd) = $t->run('pkg-config', '--modversion', 'libmicrohttpd');
is($no_mhd, 0, 'the version of libmicrohttpd is known');
my $no_host = $mhd =~ /^0\./ ? 'no_host' : undef;
sub bare {
    my ($bytes, $socket) = @_;
    syswrite $socket, $bytes;
    my $out = '';
    while (sysread $socket, my $more, 4096) { $out .= $more }
    return $out;
}
for my $case (
    ['1.0, by nginx', "GET /holder/notice HTTP/1.0\r\n\r\n", $t->connect,
     401, 'login_required'],
    ['1.0, by an nginx that passes none',
     "GET /holder/notice HTTP/1.0\r\n\r\n", $t->connect($t->port(2)),
     400, $no_host],
    ['a form of 1.0, by the same', "POST /holder/login HTTP/1.0\r\n"
     . 'Content-Length: ' . length($login) . "\r\nContent-Type: $form\r\n\r\n"
     . $login, $t->connect($t->port(2)), 400, $no_host],
    ['1.1', "GET /holder/notice HTTP/1.1\r\nConnection: close\r\n\r\n",
     direct(), 400, $no_host],
    ['1.1, an address that there is not',
     "GET /none HTTP/1.1\r\nConnection: close\r\n\r\n", direct(), 400,
     $no_host],
    ['1.1, with one that is empty', "GET /holder/notice HTTP/1.1\r\nHost:\r\n"
     . "Connection: close\r\n\r\n", direct(), 401, 'login_required'],
    ['1.0, to certd', "GET /holder/notice HTTP/1.0\r\n\r\n", direct(), 401,
     'login_required'])
{
    my ($name, $bytes, $socket, $status, $type) = @$case;
    my $out = bare($bytes, $socket);
    is(() = $out =~ m{HTTP/1\.1 \d}g, 1, "no Host, $name: one head");
    like($out, qr{^HTTP/1\.1 $status }, "no Host, $name: its status");
    like($out, qr{\r\n\r\n<html>.*Host}, "no Host, $name: a page"), next
        if !defined $type;
    like($out, qr{^Content-Type: application/problem\+json\r$}m,
         "no Host, $name: a problem");
    like($out, qr{"type":"/problems/$type"}, "no Host, $name: of this type");
}


# HTTP/2: the same answers.
my @h2 = map { 'http://127.0.0.1:' . $t->port($_) } 2, 1;
sub ask {
    my ($version, $uri, @args) = @_;
    my ($status, $out);

    # A slow disk is not part of the comparison, so a late commit is repeated.
    $t->await(sub {
        ($status, $out) = $t->run('curl', '-s', '-i', '--noproxy', '*',
            '--path-as-is', $version == 2 ? '--http2-prior-knowledge'
            : '--http1.1', @args, $h2[$version - 1] . $uri, {raw => 1});
        return $out !~ m{"/problems/busy"};
    });
    my ($head, $body) = split /\r\n\r\n/, $out, 2;
    my ($line, @lines) = split /\r\n/, $head // '';
    my @left = sort grep { !/^(?:date|connection|transfer-encoding
        |content-length|set-cookie):/x } map { s/^([^:]+)/lc $1/er } @lines;
    # The time differs between the two answers.
    return join "\n", $status, ($line // '') =~ s{^\S+ (\d+).*}{$1}r, @left,
        ($body // '') =~ s/"exported":"[^"]+"//r;
}
my @cookie = ('-H', "Cookie: $holder->{cookie}");
my @post = ('-X', 'POST');
for my $case (['/holder/notice', @cookie], ['/holder/notice'],
    ['/holder/notice', '-I', @cookie], ['/holder/certificates', @cookie],
    ["/holder/certificates/$number", @cookie], ['/holder/export', @cookie],
    ['/holder/annotations/x', @cookie], ['/holder/x'], ['/holder/login'],
    ['/holder/login', '-X', 'DELETE'], ['/holder/logout', @post],
    ['/holder/login', '-d', 'a=%'], ['/holder/login', '-d', ''],
    ['/holder/login', '-H', 'Content-Type: text/plain', '-d', $login],
    ['/holder/login', '-d', $login],
    ['/holder/login', '-H', 'Transfer-Encoding: chunked', '-d', $login],
    ['/holder/consent', @cookie, '-d', 'version=2'],
    ['/holder/consent', @cookie, '-d', 'version=1'],
    ["/holder/certificates/$number/annotations", @cookie, '-d',
     'scene=x&days=1'],
    ["/holder/certificates/$number/annotations", @cookie, '-d',
     'scene=self&days=91'],
    ["/holder/certificates/$number/annotations", @cookie, '-d', 'scene=self',
     '-H', 'Idempotency-Key;'],
    ['/holder/logout', @post, '-H', 'Origin: https://example.com'],
    ['/holder/logout', @post, '-H', "Origin: $h2[1]", '-H',
     'Host: 127.0.0.1:' . $t->port(1)])
{
    my ($uri, @args) = @$case;
    my ($one, $two) = map { ask($_, $uri, @args) } 1, 2;
    is($two, $one, "HTTP/2: $uri @args[0 .. ($#args < 1 ? $#args : 1)]"
       =~ s/__Host-cert=\S+/.../r);
}

# Problems that nginx answers itself, without certd.
$t->certd_stop();
$t->expect_log(qr/ connect\(\) to unix:/);
for my $uri ('/holder/notice', '/holder/x.html') {
    is(told($r = $t->get($uri), $uri), '503 busy', "without certd: $uri");
    is($r->header('retry-after'), 5, 'when to ask again');
}

is(join("\n", @headless), '', 'every answer has the common headers');
is(join("\n", @odd), '', 'and every refusal is a complete problem');
is(join(' ', sort keys %statuses),
   '200 204 400 401 403 404 405 413 415 422 503', 'of these statuses');
$t->done();

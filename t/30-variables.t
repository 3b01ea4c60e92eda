# Variables: their values do not change during a request and are the same in
# every place; and the URI for logs holds no token, code or personal fact.

use lib 't/lib';
use NgxCert;

use Encode qw(decode);
use POSIX qw(strftime);
use Time::Local qw(timegm);

my $t = NgxCert->new();
my $samples = $t->samples();
my @dates = qw(approved last_day checked);
my @names = (qw(route result field code number name qualification specialty
    level approved issuer scene expires last_day checked uri),
    map { ("${_}_zh", "${_}_en") } @dates);

# Each line begins with a number that the request sends as a header.
my $all = join '|', '$http_x_line', map { "\$cert_$_" } @names;
$t->conf(http => <<"END", server => <<'END', log_level => 'info');
    log_format all escape=none '$all';
    access_log %%DIR%%/logs/all.log all;
    log_format early escape=none '\$http_x_line|\$early_result|\$early_code|'
        '\$cert_route|\$cert_result|\$cert_code|\$cert_number|\$cert_expires';
    log_format plain '\$http_x_line|\$cert_result|\$cert_number';
    access_log %%DIR%%/logs/plain.log plain;
    limit_req_zone \$cert_code zone=code:1m rate=1r/m;
    limit_req_zone \$binary_remote_addr zone=all:1m rate=1r/m;
    map \$cert_result \$mapped { default "map-\$cert_result"; }
END
        location /check     { cert_check; }
        location /view/     { cert_download inline; }
        location /download/ { cert_download; }
        location /status    { cert_status; }
        location /header    { cert_check;
                              add_header X-Cert "$cert_number" always;
                              add_header X-Map $mapped always; }
        location /limited   { cert_check; limit_req zone=code;
                              limit_req_status 429; }
        location /denied/   { cert_download; deny all; }
        location /busy/     { cert_download; limit_req zone=all;
                              limit_req_status 429; error_page 429 /error; }
        # Every variable is read before it has a value.
        set $none "$cert_route$cert_result$cert_code$cert_number$cert_expires";
        location /early/check {
            cert_check;
            set $early_result "$cert_result$cert_number$cert_expires";
            set $early_code $cert_code;
            add_header X-Early "$cert_result|$cert_code" always;
            access_log %%DIR%%/logs/early.log early;
        }
        location /early/download/ {
            cert_download;
            set $early_result "$cert_result$cert_number$cert_expires";
            set $early_code $cert_code;
            access_log %%DIR%%/logs/early.log early;
        }
        location /early/denied/ {
            cert_download;
            set $early_result "$cert_result$cert_number$cert_expires";
            set $early_code $cert_code;
            deny all;
            access_log %%DIR%%/logs/early.log early;
        }
        location /copies/   { cert_download; limit_req zone=code;
                              limit_req_status 429; }
        location /views/    { cert_download inline; limit_req zone=code;
                              limit_req_status 429; }
        location /short/    { rewrite ^/short/(.*)$ /copies/$1 last; }
        location /page      { cert_check; cert_check_page /shown; }
        location /shown     { internal; return 200 "$cert_result $cert_uri"; }
        location /error     { internal; return 429 "$cert_uri"; }
        location /rewritten { rewrite ^/rewritten/(.*)$ /check/$1 last; }
        location /return    { return 200 "$cert_uri"; }
        location /off       { return 200 "$cert_result$cert_code"; }
        location ~ ^/re/    { cert_check; }
        location ~ ^/relim/ { cert_check; limit_req zone=code;
                              limit_req_status 429; }
        location ~ ^/red/   { cert_download; }
        location /sized     { cert_check; client_max_body_size 1k; }
        location /sized/get/ { cert_download; client_max_body_size 1k; }
        location /proxied   { client_max_body_size 1k;
                              proxy_pass http://127.0.0.1:1/down; }
        location = /one     { cert_check; }
        location /ssi       { cert_check; cert_check_page /ssi.html; }
        location = /ssi.html { internal; ssi on; root %%DIR%%; }
        location = /part    { return 200 "part $cert_number"; }
        location = /html    { cert_check; cert_check_page /ssi2.html; }
        location = /ssi2.html { internal; ssi on; root %%DIR%%; }
END
$t->write('ssi.html', "<!--# echo var=\"cert_number\" -->:"
          . "<!--# include virtual=\"/part\" -->\n");
$t->write('ssi2.html', "<!--# echo var=\"cert_result\" -->:"
          . "<!--# include virtual=\"/check/x\" -->:"
          . "<!--# echo var=\"cert_result\" -->\n");
$t->start();

my $valid = $samples->{valid};
my $lines = 0;

# The line of all.log that belongs to a request, as a hash.
sub line {
    my ($uri, %opt) = @_;
    my $n = ++$lines;
    $t->request($opt{method} // 'GET', $uri, %opt, headers => ['X-Line' => $n]);
    my ($line) = decode('UTF-8', $t->await_log('all', qr/^$n\|.*\n/m))
        =~ /^$n\|(.*)\n/m;
    my %value;
    @value{@names} = split /\|/, $line // '', -1;
    return \%value;
}

sub is_line {
    my ($name, $line, %expected) = @_;
    for my $date (@dates) {
        @expected{"${date}_zh", "${date}_en"} = NgxCert::in_words($line->{$date});
    }
    subtest $name => sub {
        # The clock of time() may be some milliseconds behind that of nginx.
        local $line->{checked} = 'now' if grep { $line->{checked} eq strftime
            '%Y-%m-%d %H:%M:%S +08:00', gmtime time - $_ + 8 * 3600
        } -1 .. $NgxCert::PATIENCE;
        is($line->{$_}, $expected{$_} // '', $_) for @names;
    };
}

sub mask_name {
    my ($name) = @_;
    return '*' if length $name == 1;
    return substr($name, 0, 1) . '*' if length $name == 2;
    return substr($name, 0, 1) . '*' x (length($name) - 2) . substr $name, -1;
}

my %facts = map { my $s = $_; $_ => {
    number => $s->{number}, name => mask_name($s->{name}),
    qualification => $s->{qualification}, specialty => $s->{specialty},
    level => $s->{level}, approved => $s->{approved},
    issuer => $s->{issuer}, checked => 'now',
} } values %$samples;
sub facts {
    my ($state) = @_;
    return %{$facts{$samples->{$state}}};
}


# The last day of a copy, which expires at the first instant of the next day.
sub last_day {
    my ($json) = @_;
    my ($year, $month, $day) =
        $json->{annotation}{expires} =~ /^(\d+)-(\d+)-(\d+)T00:00:00/ or return;
    return strftime '%Y-%m-%d', gmtime(timegm(0, 0, 12, $day, $month - 1, $year)
                                       - 86400);
}

# Every variable, for every kind of answer.
for my $state (qw(valid withdrawn revoked generating expired)) {
    my $sample = $samples->{$state};
    my $json = $t->get("/check/$sample->{code}")->json;
    is_line("check: $state", line("/check/$sample->{code}"),
        facts($state), route => 'check', result => $state,
        code => $sample->{code}, scene => '本人调用',
        expires => $json->{annotation}{expires},
        last_day => last_day($json), uri => '/check/***');
    is_line("download: $state", line("/download/$sample->{download}"),
        facts($state), route => 'download', result => $state,
        code => $sample->{code}, scene => '本人调用',
        expires => $json->{annotation}{expires},
        last_day => last_day($json), uri => '/download/***');
}
is_line('check: original', line("/check/$samples->{original}{code}"),
    facts('original'), route => 'check', result => 'valid',
    code => $samples->{original}{code}, uri => '/check/***');
my $json = $t->get("/check/$valid->{code}")->json;
is_line('check: by file', line("/check?sha256=$valid->{sha256}"),
    facts('valid'), route => 'check', result => 'valid',
    code => $valid->{code}, scene => '本人调用',
    expires => $json->{annotation}{expires}, last_day => last_day($json),
    uri => '/check?sha256=***');
is_line('check: by certificate', line('/check', method => 'POST',
    form => [map { $_ => $valid->{$_} } qw(number name id_number)]),
    facts('valid'), route => 'check', result => 'valid', uri => '/check');
is_line('check: no match', line('/check', method => 'POST',
    form => [number => $valid->{number}, name => 'x', id_number => 'yyyy']),
    route => 'check', result => 'not_found', checked => 'now',
    uri => '/check');
for my $case ([id_number => 'y'], [name => "x\x{7}"], [number => '']) {
    my ($field, $value) = @$case;
    my %form = (map({ $_ => $valid->{$_} } qw(number name id_number)), @$case);
    is_line("check: a wrong $field", line('/check', method => 'POST',
        form => [%form]), route => 'check', result => 'bad_request',
        field => $field, uri => '/check');
}
is_line('check: mistyped', line('/check/x'),
    route => 'check', result => 'bad_request', uri => '/check/***');
is_line('download: forged', line('/download/' . 'A' x 48),
    route => 'download', result => 'forbidden', uri => '/download/***');
is_line('download: wrong right', line("/view/$valid->{download}"),
    route => 'download', result => 'forbidden', uri => '/view/***');
my $over = $t->token($valid->{code}, 'view', '--ttl', 1);
select undef, undef, undef, 2.1;
is_line('download: an expired link', line("/view/$over"),
    route => 'download', result => 'expired', code => $valid->{code},
    uri => '/view/***');
is_line('status', line('/status'), route => 'status', uri => '/status');
is_line('elsewhere', line('/off'), uri => '/off');
is_line('method', line('/check', method => 'PUT'),
    route => 'check', result => 'bad_request', uri => '/check');


# The places where variables are read.
my $r = $t->get("/header/$valid->{code}");
is($r->header('x-cert'), $valid->{number}, 'in a header');
is($r->header('x-map'), 'map-valid', 'in a map');
is($t->get('/off')->body, '', 'empty outside a route');
is($t->get("/page/$valid->{code}", Accept => 'text/html')->body,
   'valid /page/***', 'after an internal redirect');
is($t->get("/rewritten/$valid->{code}")->json->{result}, 'valid',
   'after a rewrite');
is($t->get("/ssi/$valid->{code}", Accept => 'text/html')->body,
   "$valid->{number}:part $valid->{number}\n", 'in a subrequest of the page');
is($t->get("/html?code=$valid->{code}", Accept => 'text/html')->body,
   qq(valid:{"result":"bad_request","detail":"code is mistyped: 16 letters )
   . qq(and digits with a check symbol are expected"}:valid\n),
   'a check inside the page is its own');

# What is read before it has a value is empty there, and not for the log.
sub early {
    my ($uri) = @_;
    my $n = ++$lines;
    $t->get($uri, 'X-Line' => $n);
    my ($line) = $t->await_log('early', qr/^$n\|.*\n/m) =~ /^$n\|(.*)\n/m;
    return $line;
}
my $expires = $json->{annotation}{expires};
my $withdrawn = $samples->{withdrawn};
my $forged = substr($valid->{download}, 0, -1) . 'A';
$forged = substr($valid->{download}, 0, -1) . 'B'
    if $forged eq $valid->{download};
for my $case (
    # URI => read in the rewrite phase; in the log
    ["/early/check/$valid->{code}", "|$valid->{code}",
     "check|valid|$valid->{code}|$valid->{number}|$expires"],
    ["/early/check?sha256=$valid->{sha256}", '|',
     "check|valid|$valid->{code}|$valid->{number}|$expires"],
    ['/early/check/x', '|', 'check|bad_request|||'],
    ["/early/download/$valid->{download}", "|$valid->{code}",
     "download|valid|$valid->{code}|$valid->{number}|$expires"],
    ["/early/download/$withdrawn->{download}", "|$withdrawn->{code}",
     "download|withdrawn|$withdrawn->{code}|$withdrawn->{number}|"],
    ["/early/download/$forged", '|', 'download|forbidden|||'],
    ["/early/download/$valid->{view}", '|', 'download|forbidden|||'],
    ["/early/denied/$valid->{download}", "|$valid->{code}",
     "download||$valid->{code}||"],
    ["/early/denied/$forged", '|', 'download||||'])
{
    my ($uri, $early, $logged) = @$case;
    like(early($uri), qr/^\Q$early|$logged\E/,
         'read early: ' . ($uri =~ s/.*early//r =~ s/[^\/]{40,}/.../r));
}
is($t->get("/early/check/$valid->{code}")->header('x-early'),
   "valid|$valid->{code}", 'and not for a header');
my $refused = ++$lines;
$t->get("/denied/$valid->{download}", 'X-Line' => $refused);
like($t->await_log('plain', qr/^$refused\|.*\n/m), qr/^$refused\|-\|-$/m,
     'the log has its own sign for what has no value at the end');

# The code as a key for limits, in whatever way it is typed.
my @typed = ($valid->{code}, lc $valid->{code}, $valid->{code} =~ tr/-//dr);
is(join(' ', map { $t->get("/limited/$_")->status } @typed), '200 429 429',
   'one code, one key');
is($t->get('/limited?code=' . lc $valid->{code})->status, 429, 'in a query');
my $escaped = join '', map { sprintf '%%%02x', ord } split //, $valid->{code};
for my $uri ("/limited/$escaped", "/limited?code=$escaped",
             "/limited?c%6fde=$escaped", "/limited?x=1&code=+$valid->{code}+",
             "/relim/x?code=$valid->{code}", "/relim/?code=$escaped",
             "/relim/$samples->{expired}{code}?code=$escaped")
{
    is($t->get($uri)->status, 429, "the same key: $uri");
}
is($t->get("/limited?code=$valid->{code}&code=$samples->{expired}{code}")
   ->status, 400, 'two codes: a bad request, and not a key');
is($t->get("/limited/$samples->{revoked}{code}")->status, 200,
   'another code, another key');
is($t->get('/limited/x')->status, 400, 'no code, no key') for 1 .. 2;

# The code of a proven token is the same key, of a made-up one none.
my $other = $samples->{original};
is(join(' ', map { $t->get($_)->status } "/copies/$other->{download}",
        "/views/$other->{view}", "/short/$other->{download}",
        "/limited/$other->{code}"), '200 429 429 429',
   'downloads, views and checks of one copy');
is($t->get("/copies/$valid->{download}")->status, 429, 'of the copy above');
is($t->get($_)->status, 403, 'not a key: ' . s/[^\/]{20,}/.../r)
    for ("/copies/$forged") x 2, ("/copies/$valid->{view}") x 2,
        ('/copies/') x 2, ('/copies/' . 'A' x 48) x 2,
        ('/copies/' . sprintf('%%%02X', ord $other->{download})
         . substr $other->{download}, 1) x 2;


# The URI for logs.
my $token = $valid->{download};
my $code = $valid->{code};
my $hex = $valid->{sha256};
my @uris = (
    # In a route everything but its name is masked.
    ["/check/$code", '/check/***'],
    ["/check/$code/more", '/check/***'],
    ["/check?code=$code", '/check?code=***'],
    ["/check/?code=$code&x=1&y", '/check/?code=***&x=***&***'],
    ["/check?&&code=$code", '/check?&&code=***'],
    ['/check?', '/check'],
    ["/check?$code", '/check?***'],
    ['/check?=', '/check?='],
    ['/check?code=', '/check?code='],
    ["/check?c%6fde=$code", '/check?c%6fde=***'],
    ["/check$code", '/***'],
    ["/re/a/$code", '/re/a/***'],
    ["/re/a/$code/", '/re/a/***/'],
    ["/re/a/$code/x", '/re/a/***/***'],
    ["/red/$token", '/red/***'],
    ["/red/$token/", '/red/***/'],
    ["/red/x/$token/y", '/red/x/***/***'],

    # Decoded bytes are escaped again, so a client cannot forge a line.
    ['/check%0aFAKE/x', '/check%0AFAKE/***'],
    ['/check%20%22%7f%c3%a9%22/x', '/check%20%22%7F%C3%A9%22/***'],
    ['/re/%0d%0aFAKE/x', '/re/%0D%0AFAKE/***'],
    ["/return/\"\xff", '/return/%22%FF'],
    ["/one?code=$code", '/one?code=***'],
    ["/download/$token", '/download/***'],
    ["/download/x/$token", '/download/***'],
    ["//download/$token", '/download/***'],
    ["/x/../download/$token", '/download/***'],
    ["/%64ownload/$token", '/download/***'],
    ["/denied/$token", '/denied/***'],
    ["/rewritten/$code", '/check/***'],

    # Elsewhere a part is masked if it looks like a token or code, or is named
    # like one.
    ["/return/$token", '/return/***'],
    ["/return/$token/more", '/return/***/more'],
    ["/return/$code", '/return/***'],
    ['/return/' . lc($code), '/return/***'],
    ['/return/' . $code =~ tr/-//dr, '/return/***'],
    ['/return/%' . sprintf('%02x', ord $token) . substr($token, 1),
     '/return/***'],
    ['/return/' . join('', map { sprintf '%%%02X', ord } split //, $token),
     '/return/***'],
    ["/return/x$token", '/return/***'],
    ["/return/$token.pdf", '/return/***'],
    ["/return/($token)", '/return/***'],
    ['/return/' . 'x' x 200, '/return/***'],
    ['/return/' . 'x' x 39, '/return/' . 'x' x 39],
    ["/return?$token", '/return?***'],
    ["/return?/$token&x", '/return?***&x'],
    ["/return?next=$token", '/return?***'],
    ["/return?next=$code", '/return?next=***'],
    ['/return?next=' . 'x/' x 80, '/return?***'],
    ['/return/' . $code =~ s/.$/U/r, '/return/' . $code =~ s/.$/U/r],
    ["/return?code=$code&page=2", '/return?code=***&page=2'],
    ["/return?CODE=$code", '/return?CODE=***'],
    ["/return?c%6Fde=$code", '/return?c%6Fde=***'],
    ["/return?sha256=$hex&number=1&name=x&id_number=2&token=3",
     '/return?sha256=***&number=***&name=***&id_number=***&token=***'],
    ['/return?lang=zh&x', '/return?lang=zh&x'],
    ['/return//a//b/', '/return//a//b/'],
    ['/return', '/return'],
    ['/return?' . 'a=b&' x 200, '/return?' . 'a=b&' x 200],
    ['/return/' . 'x/' x 200, '/return/' . 'x/' x 200],
);
for my $case (@uris) {
    my ($uri, $masked) = @$case;
    my $line = line($uri);
    is($line->{uri}, $masked, "masked: " . substr $uri, 0, 60);
}

# Refused before the handler ran, redirected, and logged by others.
is($t->get("/busy/$token")->status, 200, 'a first request');
is($t->get("/busy/$token")->body, '/busy/***', 'one too many');
is($t->get("/denied/$token")->status, 403, 'denied');
is(line("/busy/$token")->{uri}, '/busy/***', 'its log line');

# Requests refused for the announced size of their body: before the rewrite
# phase of a location, or outside any route.
for my $case (['/sized/x', '/sized/***'], ["/sized/get/$token", '/sized/get/***'],
              ["/sized?name=x&x=$valid->{id_number}", '/sized?name=***&x=***'],
              ["/proxied/$token?id_number=$valid->{id_number}",
               '/proxied/***?id_number=***'])
{
    my ($uri, $masked) = @$case;
    my $r = $t->raw("POST $uri HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                    . "Referer: http://x/view/$token?code=$code\r\n"
                    . "Content-Length: 99999999\r\n\r\n");
    is($r->status, 413, "a body too large: $masked");
}
is($t->get("/proxied/$token", Referer => "http://x/check/$code")->status, 502,
   'a proxy that is not there');
$t->get("/check%0a2026/11/24%2000:00:00%20[error]%201%231:%20FAKE/x");
$t->raw("POST /check%0a2026/11/24%20[error]%20FAKE/x HTTP/1.1\r\nHost: x\r\n"
        . "Connection: close\r\nContent-Length: 99999999\r\n\r\n");

# A request that is not HTTP has no URI.
$t->raw("\x16\x03\x01\x00\x00\r\n\r\n");
$t->raw("GET\r\n\r\n");

# A client that leaves in the middle of a download.
my $gone = $t->connect();
syswrite $gone, "GET /download/$token HTTP/1.1\r\nHost: x\r\n\r\n";
sysread $gone, my $some, 1;
$gone->sockopt(IO::Socket::SO_LINGER(), pack 'ii', 1, 0);
close $gone;
is($t->get("/check/$code")->status, 200, 'the worker goes on');

$t->stop();
my $errors = $t->read('logs/error.log');
my $request = qr/request(?:_line)?:/;   # the second is Angie's
unlike($errors, qr/\Q$code\E/i, 'no code in the error log');
like($errors, qr{limiting requests.*$request "GET /busy/\*\*\* HTTP/1\.1"},
     'limits are logged with the mask');
like($errors, qr{too large body.*$request "POST /sized/\*\*\* HTTP/1\.1"},
     'bodies too large');
like($errors, qr{too large body.*"POST /sized/get/\*\*\* HTTP/1\.1", host: "x"$}m,
     'those of a download too, without a referrer');
like($errors, qr{too large body.*"POST /proxied/\*\*\*\?id_number=\*\*\* HTTP},
     'those outside a route');
like($errors, qr{, referrer: "http://x/view/\*\*\*\?code=\*\*\*"$}m,
     'outside a route with a referrer');
like($errors, qr{, upstream: "http://127\.0\.0\.1:1/down/\*\*\*", host},
     'the upstream is masked');
like($errors, qr{"POST /check%0A2026/11/24%20\[error\]%20FAKE/\*\*\* HTTP},
     'a line end in a path is escaped');
unlike($errors, qr{^(?!\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[\w+\] \d+\#)}m,
       'every line was written by nginx');
like($errors, qr{access forbidden.*$request "GET /denied/\*\*\* HTTP/1\.1"},
     'refusals too');

$t->done();

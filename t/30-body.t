# Forms in every way in which a body can arrive, and bodies that are not read.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
my ($cert) = $t->import_rows($t->certificate(name => '欧阳修文'));
my $copy = $t->annotate($cert->{number});

$t->conf(http => <<'END', server => <<'END');
    client_max_body_size 64k;
    log_format body escape=none '$http_x_line|$request_body';
END
        location /check  { cert_check; }
        location /file   { cert_check; client_body_in_file_only clean; }
        location /single { cert_check; client_body_in_single_buffer on; }
        location /tiny   { cert_check; client_body_buffer_size 16; }
        location /large  { cert_check; client_max_body_size 0; }
        location /small  { cert_check; client_max_body_size 1k; }
        location /download/ { cert_download; }
        location /status { cert_status; }
        location /mirrored { cert_check; mirror /copy; }
        location /mirrored/file { cert_check; mirror /copy;
                             client_body_in_file_only clean; }
        location /asked  { cert_check; auth_request /who; mirror /copy; }
        location /turned { cert_check; auth_request /nobody; mirror /copy; }
        location /logged { cert_check;
                           access_log %%DIR%%/logs/body.log body; }
        location = /copy { internal; proxy_pass http://127.0.0.1:%%PORT1%%/; }
        location = /who  { internal; return 204; }
        location = /nobody { internal; return 403; }
END
$t->start();

my @facts = map { $_ => $cert->{$_} } qw(number name id_number);
my $form = NgxCert::form(@facts);
my $type = 'application/x-www-form-urlencoded';
my $padded = "$form&other=" . 'x' x 15000;

sub post {
    my ($uri, $body, %opt) = @_;
    my $headers = [exists $opt{type} ? (defined $opt{type}
        ? ('Content-Type' => $opt{type}) : ()) : ('Content-Type' => $type)];
    push @$headers, @{delete $opt{headers} // []};
    return $t->request('POST', $uri, body => $body, headers => $headers, %opt);
}

sub valid {
    my ($name, $r) = @_;
    ok($r && $r->status == 200 && $r->json->{result} eq 'valid', $name)
        or diag($r ? $r->head . $r->body : 'no answer');
}

sub refused {
    my ($name, $r, $status, $detail) = @_;
    return ok(0, $name) if !$r;
    is($r->status, $status, $name);
    like($r->body, $detail // qr/^\{"result":"bad_request",("field":"(\w+)",)?
        "detail":"(?(1)\2\ ).+"\}$/x,
         "$name: says so");
}


# The same form in every way.
for my $uri (qw(/check /file /single /tiny /large)) {
    valid("$uri: at once", post($uri, $form));
    valid("$uri: in pieces", post($uri, $form, pieces => 50));
    valid("$uri: byte by byte", post($uri, $form, pieces => 1, pause => 0));
    valid("$uri: chunked", post($uri, $form, chunked => 4096));
    valid("$uri: chunks of 7", post($uri, $form, chunked => 7));
    valid("$uri: chunks of 1, in pieces",
          post($uri, $form, chunked => 1, pieces => 33));
    valid("$uri: 15 KB", post($uri, $padded));
    valid("$uri: 15 KB in pieces", post($uri, $padded, pieces => 1000));
    valid("$uri: 15 KB chunked", post($uri, $padded, chunked => 999));
}

valid('after 100 Continue',
      post('/check', $form, headers => [Expect => '100-continue']));
valid('a type with a parameter',
      post('/check', $form, type => "$type; charset=utf-8"));
valid('a type in capitals', post('/check', $form, type => uc $type));
valid('with unescaped UTF-8',
      post('/check', join '&', map { "$_=" . do {
          my $v = $cert->{$_}; utf8::encode($v); $v } }
          qw(number name id_number)));
valid('empty fields between', post('/check', "&&$form&&"));

# Pipelined: the form must not swallow what follows it.
my $socket = $t->connect();
my $one = $t->request_bytes('POST', '/check', form => \@facts);
my $two = $t->request_bytes('GET', "/check/$copy->{code}");
valid('pipelined: first', $t->raw($one . $two . $one, socket => $socket));
valid('pipelined: second', $t->response($socket, 'GET'));
valid('pipelined: third', $t->response($socket, 'POST'));
close $socket;


# Bodies that are not a form.
for my $case (['no type', undef], ['an empty type', ''],
              ['JSON', 'application/json'],
              ['multipart', 'multipart/form-data; boundary=x'],
              ['text', 'text/plain'],
              ['a longer type', "${type}2"],
              ['a shorter type', substr $type, 0, -1],
              ['a list', "text/plain, $type"])
{
    my ($name, $other) = @$case;
    refused($name, post('/check', $form, type => $other), 415);
}

refused('a field twice', post('/check', "$form&number=1"), 400);
refused('a broken escape', post('/check', "$form&x=%"), 400);
refused('a zero byte', post('/check', "number=%00&name=x&id_number=1"), 400);
refused('a raw zero byte', post('/check', "$form&x=\0"), 400);
refused('an empty body', post('/check', ''), 400);
refused('no length', $t->raw("POST /check HTTP/1.1\r\nHost: x\r\n"
    . "Content-Type: $type\r\nConnection: close\r\n\r\n"), 400);
refused('an empty chunked body',
        $t->raw("POST /check HTTP/1.1\r\nHost: x\r\nContent-Type: $type\r\n"
        . "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n"),
        400);
refused('many fields', post('/check', "$form&" . 'a&' x 64), 400);
refused('a code in the form', post('/check', "$form&code=1"), 400);
refused('a digest in the form', post('/check', "$form&sha256=1"), 400);
refused('a form and a code', post("/check/$copy->{code}", $form), 400);
refused('a form and a query', post("/check?code=$copy->{code}", $form), 400);
refused('facts in the URL of a form',
        post("/check?number=$cert->{number}", $form), 400);
refused('all facts in the URL', post("/check?$form", ''), 400);


# Sizes.
my $most = $form . '&x=' . 'y' x (16384 - 3 - length $form);
valid('16384 bytes', post('/check', $most));
valid('16384 bytes chunked', post('/check', $most, chunked => 4000));
refused('16385 bytes', post('/check', "${most}y"), 413);
refused('16385 bytes chunked', post('/check', "${most}y", chunked => 4000),
        413);
refused('60 KB chunked', post('/check', 'x=' . 'y' x 60000, chunked => 8000),
        413);
refused('announced and never sent',
        $t->raw("POST /large HTTP/1.1\r\nHost: x\r\nContent-Type: $type\r\n"
                . "Content-Length: 99999999999\r\n\r\n"), 413);
is(post('/check', 'x' x 70000)->status, 413, "nginx's own limit");
is(post('/small', "$form&" . 'x' x 2000)->status, 413, 'a smaller one');
is(post('/small', "$form&" . 'x' x 2000, chunked => 500)->status, 413,
   'chunked too');


# Bodies of requests whose body is not read.
for my $method (qw(GET HEAD)) {
    for my $uri ("/check/$copy->{code}", '/status') {
        my $r = $t->request($method, $uri, body => 'x' x 5000);
        is($r->status, 200, "$method $uri with a body");
        $r = $t->request($method, $uri, body => 'x' x 5000, chunked => 1000);
        is($r->status, 200, "$method $uri with a chunked body");
    }
}
is($t->request('GET', '/download/x', body => 'x' x 100)->status, 403,
   'a download with a body');

# A discarded body is not taken for a request; after a body of unknown size the
# connection is closed.
$socket = $t->connect();
my $smuggled = "GET /status HTTP/1.1\r\nHost: x\r\n\r\n";
valid('GET with a request as its body',
      $t->request('GET', "/check/$copy->{code}", socket => $socket,
                  body => $smuggled));
valid('the next request', $t->request('GET', "/check/$copy->{code}",
                                      socket => $socket));
my $r = $t->request('GET', "/check/$copy->{code}", socket => $socket,
                    body => $smuggled, chunked => 10);
valid('GET with a chunked body', $r);
is($r->header('connection'), 'close', 'closes behind it');
is($t->response($socket, 'GET'), undef, 'and answers nothing more');
close $socket;

refused('another method with a body',
        $t->request('PUT', '/check', body => $form), 405);


# A client that still sends when the answer comes gets the answer, not a reset.
for my $case (['POST', '/large', 413], ['GET', "/large/$copy->{code}", 200]) {
    my ($method, $uri, $status) = @$case;
    local $SIG{PIPE} = 'IGNORE';
    my $slow = $t->connect();
    syswrite $slow, "$method $uri HTTP/1.1\r\nHost: x\r\nContent-Type: $type\r\n"
        . "Content-Length: 1000000\r\n\r\n";
    is($t->response($slow, $method)->status, $status, "$method: answered early");
    my $sent = 0;
    for (1 .. 10) {
        $sent += syswrite($slow, 'x' x 1000) // 0;
        select undef, undef, undef, 0.02;
    }
    is($sent, 10000, "$method: the rest of the body is read");
    close $slow;
}


# No part of a form stays in the worker's memory, in however many buffers it
# came.  The test needs the right to read the memory of another process.
SKIP: {
    skip 'no right to read memory', 1 if !defined $t->memory_holds('x' x 100);
    for my $case (['/check', pieces => 300], ['/check', chunked => 4096],
                  ['/single', pieces => 300], ['/large', chunked => 700],
                  ['/file', pieces => 300], ['/check', pieces => 9999])
    {
        my ($uri, @how) = @$case;
        my $mark = 'mark' . join '', map { chr 97 + rand 26 } 1 .. 20;
        my $end = $mark =~ s/mark/last/r;
        $socket = $t->connect();
        my $long = "$mark=1&$form&x=" . 'y' x 8000 . "&$end=2";
        valid("wiped: $uri @how", post($uri, $long, @how, socket => $socket,
                                       close => 0));
        for my $text ($mark, $end) {
            $t->await(sub { !$t->memory_holds($text) });
            is($t->memory_holds($text), 0, "wiped: $uri @how: " . substr $text, 0, 4);
        }
        close $socket;
    }
}


# A body that others read stays what it was until the request ends: the mirror
# here reads it after the answer has gone out.
my $mirror = IO::Socket::INET->new(Listen => 9, ReuseAddr => 1,
    LocalAddr => '127.0.0.1', LocalPort => $t->port(1)) or die "listen: $!\n";

sub mirrored {
    my $copy = $mirror->accept or return;
    local $SIG{PIPE} = 'IGNORE';
    my $head = NgxCert::read_until($copy, "\r\n\r\n") // '';
    my ($size) = $head =~ /^Content-Length: (\d+)\r$/mi;
    my $body = NgxCert::read_bytes($copy, $size // 0);
    syswrite $copy, "HTTP/1.0 204 No Content\r\n\r\n";
    return $body;
}
for my $uri (qw(/mirrored /mirrored/file /asked)) {
    for my $body ($form, $padded, "$form&x=%41+b") {
        for my $how ([], [pieces => 900], [chunked => 999]) {
            my $name = "$uri @$how " . length $body;
            valid("$name: answered", post($uri, $body, @$how));
            ok(mirrored() eq $body, "$name: mirrored as it came");
        }
    }
}
my $bad = "$form&number=%";
refused('a bad form', post('/mirrored', $bad), 400);
ok(mirrored() eq $bad, 'is mirrored as it came');
is(post('/turned', $form)->status, 403, 'refused by another');

for my $body ($form, "$form&x=%41+b", $bad) {
    my $n = length $body;
    post('/logged', $body, headers => ['X-Line' => $n]);
    my ($line) = $t->await_log('body', qr/^$n\|.*\n/m) =~ /^$n\|(.*)\n/m;
    is($line, $body, "a log that asks for it has it: $n");
}
$t->expect_leak(qr/^\d+\|number=/);


# A client that goes away in the middle.
for my $cut (1, 30, 120, length($one) - 1) {
    my $gone = $t->connect();
    syswrite $gone, substr $one, 0, $cut;
    close $gone;
}
valid('after clients that went away', post('/check', $form));
my $bodies = sub { grep { -f } glob $t->path('tmp/client_body') . '/*/*' };
$t->await(sub { !$bodies->() });
is(scalar($bodies->()), 0, 'no body is left on disk');

$t->done();

# Requests with wrong bytes in them, and clients that go away at any byte do not
# disturb other clients.  The seed is fixed; HOSTILE=N sends more requests,
# ABORTS=N aborts more.

use lib 't/lib';
use NgxCert;
use NgxCertHttp2;

use Socket qw(SOL_SOCKET SO_LINGER);
use Time::HiRes qw(sleep);

my $t = NgxCert->new();
my $samples = $t->samples();
my $valid = $samples->{valid};

# Below warn, nginx quotes lines that are not HTTP, with tokens in them.
$t->conf(log_level => 'warn', http => 'cert_check_page /page/check.html;',
    server => <<'END');
        listen 127.0.0.1:%%PORT1%% http2;
        location /check     { cert_check; }
        location /view/     { cert_download inline; }
        location /download/ { cert_download; }
        location /status    { cert_status; }
        location /metrics   { cert_status prometheus; }
        location ~ /re/     { cert_check; }
        location /          { return 404; }
        %%PAGE%%
END
$t->start();

my @form = map { $_ => $valid->{$_} } qw(number name id_number);
my @html = (Accept => 'text/html;q=0.9, application/json;q=0.1, */*;q=0');
my @seeds = (
    ['GET', "/check/$valid->{code}"],
    ['GET', "/check?code=$valid->{code}&x=%20+", headers => [@html]],
    ['GET', "/check?sha256=$valid->{sha256}"],
    ['HEAD', "/re/$valid->{code}?a=b"],
    ['POST', '/check', form => [@form]],
    ['POST', '/check', form => [@form], headers => [@html]],
    ['POST', '/check', form => [@form], chunked => 20, headers =>
     ['Content-Type' => 'application/x-www-form-urlencoded; charset=x']],
    ['GET', "/download/$valid->{download}",
     headers => [Range => 'bytes=0-9,-5', 'If-Range' => '"x"']],
    ['GET', "/view/$valid->{view}", headers => ['If-None-Match' => '"x"']],
    ['GET', "/download/$samples->{revoked}{download}", headers => [@html]],
    ['GET', '/metrics'],
);
my @bytes = map { my ($method, $uri, %opt) = @$_;
                  $t->request_bytes($method, $uri, %opt, close => 1) } @seeds;


# Wrong bytes.
srand 20220829;
my @splinters = ("\0", "\xff", '%', '%00', '%2f', '%zz', '&', '=', ';', ',',
    '/', '?', '#', '"', '*/*', 'q=', '../', "\r\n", "\n", ' ', '-', 'O',
    'bytes=', '0' x 40, 'A' x 400, "\xe5\xbc\xa0", '&code=', '&name=',
    'Content-Length: 5', 'HTTP/1.0', 'POST ', 'Accept: text/html');

sub mutate {
    my ($text) = @_;
    for (0 .. int rand 4) {
        my $at = int rand length $text;
        my $kind = rand 6;
        if ($kind < 2) {
            substr($text, $at, 1) = chr int rand 256;
        } elsif ($kind < 3) {
            substr($text, $at, 1 + int rand 8) = '';
        } elsif ($kind < 4) {
            # From the first lines: fields of a form must not get into a URI.
            substr($text, $at, 0) = substr $text, int rand 1 + length($text) / 4,
                1 + int rand 40;
        } else {
            substr($text, $at, 0) = $splinters[rand @splinters];
        }
        $text = 'x' if $text eq '';
    }
    return $text;
}

my $wanted = $ENV{HOSTILE} // 3000;
my %statuses;
for my $i (1 .. $wanted) {
    my $socket = $t->connect();
    syswrite $socket, mutate($bytes[$i % @bytes]);
    shutdown $socket, 1;
    my $r = $t->response($socket, 'GET');
    $statuses{$r ? $r->status : 'closed'}++;
    close $socket;
}
my $sum = join ', ', map { "$_: $statuses{$_}" } sort keys %statuses;
is(grep({ /^50[0246]/ } keys %statuses), 0, 'no answer is our fault')
    or diag($sum);
cmp_ok($statuses{200} // 0, '>', 0, 'some were good nevertheless');
cmp_ok($statuses{400} // 0, '>', 0, 'some were not');
is($statuses{503} // 0, 0, 'the store was always available');
note($sum);


# Clients that go away after each byte of a request of each kind: with a reset
# or an orderly close, and from the second round on after the worker has had
# time to begin.  Over HTTP/2 the connection preface is part of the request.
my @kinds = ((map { [0, $_] } @bytes),
    map { [1, http2_hello() . http2_request($t, @$_, host => 'localhost')] }
    @seeds[0, 1, 4, 7]);
{
    my $socket = $t->connect($t->port(1));
    syswrite $socket, $kinds[@bytes][1];
    my $answer = '';
    1 while $answer !~ /"valid"/ && sysread $socket, $answer, 8192,
        length $answer;
    like($answer, qr/"result":"valid"/, 'the requests over HTTP/2 are valid');
}
my @pauses = (0, 0, 0.001, 0.005, 0.02);
my $least = $ENV{ABORTS} // 1000;
my $gone = 0;
for (my $round = 0; $gone < $least; $round++) {
    for my $kind (@kinds) {
        my ($port, $bytes) = @$kind;
        for my $cut (1 .. length $bytes) {
            my $socket = $t->connect($t->port($port));
            syswrite $socket, substr $bytes, 0, $cut;

            # After a whole request an answer may be on its way.
            sleep $pauses[$round % @pauses]
                if $round > 1 && ($cut % 50 == 0 || $cut == length $bytes);
            setsockopt $socket, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0
                if ($cut + $round) % 2;
            close $socket;
            $gone++;
        }
    }
}
cmp_ok($gone, '>', 1000, "$gone clients went away");

# Clients that stop reading in the middle of a file.
for my $i (1 .. 20) {
    my $socket = $t->connect();
    syswrite $socket, $bytes[7] =~ s/^Range.*\r\n//mr;
    sysread $socket, my $some, $i * 1000;
    setsockopt $socket, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0;
    close $socket;
}

is($t->get("/check/$valid->{code}")->json->{result}, 'valid',
   'the next one is answered');
is(scalar(my @workers = $t->workers), 1, 'by the same worker');

# The worker first reads a connection that was closed in order to its end.
my $fds;
$t->await(sub { ($fds = () = glob "/proc/$workers[0]/fd/*") < 40 });
cmp_ok($fds, '<', 40, 'no descriptor is left open');

$t->done();

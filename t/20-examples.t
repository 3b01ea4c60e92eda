# Every example loads as it is, once its markers are replaced, and the
# reference tells of every directive and variable.

use lib 't/lib';
use NgxCert;

use File::Path qw(make_path);

my $t = NgxCert->new();
my $home = $t->home();
my $top = $t->top;

make_path($t->path('logs'), $t->path('tmp'), $t->path('tls'));
my ($made, undef, $why) = $t->run('openssl', 'req', '-x509', '-newkey',
    'rsa:2048', '-nodes', '-subj', '/CN=cert.example', '-days', '2',
    '-keyout', $t->path('tls/privkey.pem'),
    '-out', $t->path('tls/fullchain.pem'));
is($made, 0, 'a certificate for TLS') or diag($why);

my %marks = (
    HOME        => $home,
    SITE        => "$top/ngx_cert_module/site",
    MODULE      => $t->module,
    PORT        => $t->port(0),
    TLS_PORT    => '127.0.0.1:' . $t->port(1),
    STATUS_PORT => $t->port(2),
    TLS         => $t->path('tls'),
    HOST        => 'cert.example',
);

# An example as the configuration of this test.
sub example {
    my ($name, %more) = @_;

    my %value = (%marks, %more);
    my $text = $t->read("$top/conf-examples/$name");
    $text =~ s/\@([A-Z_]+)\@/$value{$1} \/\/ "no value for $1"/ge;
    $text =~ s/^load_module .*\n//m if $marks{MODULE} eq '';
    $text = sprintf("user %s %s;\n", $t->user, $t->group) . $text
        if $t->user ne '' && $> == 0;

    return $t->conf(raw => $text);
}

my @examples = map { m{([^/]*)$} } glob "$top/conf-examples/*.conf";
is("@examples", 'minimal.conf public.conf reference.conf', 'the examples');

for my $name (@examples) {
    example($name, $name eq 'public.conf'
                   ? (PORT => '127.0.0.1:' . $t->port(0)) : ());
    my ($status, $out) = $t->nginx_test();
    is($status, 0, "$name loads") or diag($out);
    unlike($out, qr/\[(?:error|crit|alert|emerg)\]/, "$name: no complaint");
}


# The reference and the module know the same directives and variables.
my $reference = $t->read("$top/conf-examples/reference.conf");
my $code = join '', map { $t->read($_) } glob "$top/ngx_cert_module/nginx/*.c";

my @directives = $code =~ /^    \{ ngx_string\("(cert_\w+)"\),$/mg;
is(scalar @directives, 7, 'seven directives');
for my $name (@directives) {
    like($reference, qr/^ *# $name\b.*;$/m, "$name: syntax");
    like($reference, qr/^ *$name\b.*;$/m, "$name: used");
}

my @variables = $code =~ /^    \{ ngx_string\("(cert_\w+)"\), NULL,/mg;
is(scalar @variables, 12, 'twelve variables');
like($reference, qr/# \$$_ /, "\$$_ is told of") for @variables;


# The page tells every result from the others.
my $page = $t->read("$top/ngx_cert_module/site/check.html");
my @results = qw(valid expired generating withdrawn revoked suspended replaced
    not_found bad_request unavailable forbidden);
for my $result (@results) {
    like($page, qr/"\$cert_result = $result"/, "the page knows $result");
    like($page, qr/^\.$result \{ --tone: #[0-9a-f]{6}; \}$/m, 'and shows it');
}
my @tones = $page =~ /--tone: (#\w+); \}$/mg;
my %tones = map { $_ => 1 } @tones[1 .. $#tones];
is(scalar keys %tones, scalar @results, 'each in a colour of its own');
unlike($page, qr/echo var="\w+"(?! encoding="entity")/, 'all is escaped');


# An answer of nginx's own at the holder service, the bytes of all of it, is
# a problem with the headers of every answer there, and more.
sub problem_is {
    my ($out, $status, $type, $after, $what, @more) = @_;
    my ($head, $body) = split /\n\n/, $out =~ s/\r//gr, 2;
    like($head, qr{^HTTP/\S+ $status\b}, "$what: $status");
    for my $header ('content-type: application/problem+json',
        'cache-control: no-store', 'x-content-type-options: nosniff',
        'referrer-policy: no-referrer', 'content-security-policy:'
        . " default-src 'none'; frame-ancestors 'none'", @more)
    {
        my @lines = $head =~ /^\Q$header\E$/mgi;
        is(scalar @lines, 1, "$what: $header");
    }
    is(join(',', $head =~ /^retry-after: (.*)$/mgi), $after,
       "$what: Retry-After");
    my $json = eval { JSON::PP->new->decode($body) } // {};
    is($json->{type}, "/problems/$type", "$what: $type");
    is($json->{status}, $status, "$what: the status again");
    ok(length $json->{$_}, "$what: $_") for qw(title detail detail_en);
}


# minimal.conf, as scripts/run uses it.
example('minimal.conf');
$t->start();

is($t->get('/')->status, 302, 'minimal.conf: to the check page');
is($t->get('/check', Accept => 'text/html')->status, 200, 'the page');
is($t->get('/check/0000')->status, 400, 'a check');
is($t->get('/download/x')->status, 403, 'a download');
is($t->get('/page/check.html')->status, 404, 'the page by its own name');
is($t->get('/status')->json->{store}{certificates}, 0, 'the status');
like($t->get('/metrics')->body, qr/^ngx_cert_store_up 1$/m, 'the metrics');

sub whole { return $_[0]->head . $_[0]->body }
problem_is(whole($t->post('/holder/login', x => 'y' x 17000)), 413,
           'form_too_large', '', 'a large form');
$t->expect_log(qr/ connect\(\) to unix:/);
problem_is(whole($t->get('/holder/x.html')), 503, 'busy', 5, 'no certd');
$t->certd(args => ['--renderers', 1]);
is($t->get('/holder/notice')->status, 401, 'the holder service');
$t->stop();


# public.conf: limits, headers, redirects, masks.  A machine may allow fewer
# descriptors than it asks for.
$t->expect_log(qr/setrlimit\(RLIMIT_NOFILE/);
example('public.conf', PORT => '127.0.0.1:' . $t->port(0));
$t->start();

sub plain {
    my ($uri) = @_;
    return $t->request('GET', $uri, host => 'cert.example');
}
my $r = plain('/check/K7QX-2M9D-PA4T-8WZ3?x=1');
is($r->status, 301, 'public.conf: plain HTTP leads to TLS');
is($r->header('location'),
   'https://cert.example/check/K7QX-2M9D-PA4T-8WZ3?x=1', 'with what is asked');
is(plain('/check%0d%0aX-Evil:%20y')->header('x-evil'), undef,
   'and adds no header');
is(plain('/download/' . 'A' x 48)->header('location'),
   'https://cert.example/check', 'but with no token');

sub tls {
    my (@args) = @_;
    my ($status, $out, $err) = $t->run('curl', '-s', '-i', '-k',
        '--noproxy', '*', '--resolve',
        'cert.example:' . $t->port(1) . ':127.0.0.1', @args);
    return $out =~ s/\r//gr;
}
my $base = 'https://cert.example:' . $t->port(1);

my $out = tls('--http2', "$base/check/0000");
like($out, qr{^HTTP/2 400 }, 'HTTP/2 over TLS');
for my $header ('strict-transport-security: max-age=31536000',
                'x-frame-options: DENY', 'content-security-policy: default-src',
                'cache-control: no-store', 'referrer-policy: no-referrer',
                'x-content-type-options: nosniff')
{
    like($out, qr/^\Q$header\E/mi, $header);
}
unlike($out, qr/nginx\//, 'no version');

$out = tls('--http1.1', '-H', 'Accept: text/html', "$base/check");
like($out, qr{^HTTP/1.1 200 }, 'the page');
$out = tls('--http1.1', '-d', 'x' x 17000, "$base/check");
like($out, qr{^HTTP/1.1 413 }, 'a large form');

my @codes = map { tls('--http1.1', '-d', 'number=1&name=2&id_number=3',
    "$base/check") =~ m{^HTTP/1.1 (\d+)} } 1 .. 14;
is(grep({ $_ == 404 } @codes), 11, 'a burst of forms is answered');
is(grep({ $_ == 429 } @codes), 3, 'more of them are not');


# The holder service: a page of the same host and port may post, and what is
# refused is a problem, by whomever.
my @holder = ('strict-transport-security: max-age=31536000',
              'x-frame-options: DENY');
for my $version ('--http1.1', '--http2') {
    like(tls($version, '-H', "Origin: $base", '-X', 'POST',
             "$base/holder/logout"),
         qr{^HTTP/\S+ 204\b}, "$version: a post of our own");
    like(tls($version, '-H', 'Origin: https://cert.example', '-X', 'POST',
             "$base/holder/logout"),
         qr{^HTTP/\S+ 403\b}, "$version: one of another port");
    problem_is(tls($version, '-d', 'x' x 17000, "$base/holder/logout"), 413,
               'form_too_large', '', "$version: a large form", @holder);
}
my @logins = map { tls('--http1.1', '-d', 'x=y', "$base/holder/login") } 1 .. 8;
is(join(' ', map { m{^HTTP/1.1 (\d+)} } @logins[0 .. 5]),
   join(' ', (422) x 6), 'a burst of logins reaches certd');
problem_is($logins[7], 429, 'rate_limited', 6, 'more of them', @holder);
$t->certd_stop();
problem_is(tls('--http2', "$base/holder/notice"), 503, 'busy', 5, 'no certd',
           @holder);

is(plain('/status')->status, 301, 'no status for the public');
is($t->request('GET', '/status', port => $t->port(2))->status, 200,
   'but for the monitor');
$t->stop();

my $log = $t->read('logs/access.log');
unlike($log, qr/K7QX|AAAA/, 'neither code nor token in the log');
like($log, qr{"GET /check/\*\*\*\?x=\*\*\* HTTP/1.1" 301}, 'but a mask');

$t->done();

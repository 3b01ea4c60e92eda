# Every example loads as shipped, once its markers are replaced, and the
# reference describes every directive and variable.

use lib 't/lib';
use NgxCert;

use Encode qw(decode);
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
    $text = $t->user_set($text);

    return $t->conf(raw => $text);
}

my @examples = map { m{([^/]*)$} } glob "$top/conf-examples/*.conf";
is("@examples", 'minimal.conf public.conf reference.conf site.conf',
   'the examples');

for my $name (@examples) {
    example($name, $name eq 'public.conf'
                   ? (PORT => '127.0.0.1:' . $t->port(0)) : ());
    my ($status, $out) = $t->nginx_test();
    is($status, 0, "$name loads") or diag($out);
    unlike($out, qr/\[(?:error|crit|alert|emerg)\]/, "$name: no complaint");
    is(join(' ', $t->read("$top/conf-examples/$name") =~ /^user .*;$/mg),
       'user www-data;', "$name: names the workers' user");
}


# The reference and the module know the same directives and variables.
my $reference = $t->read("$top/conf-examples/reference.conf");
my $code = join '', map { $t->read($_) } glob "$top/ngx_cert_module/nginx/*/*.c";

my @directives = $code =~ /^    \{ ngx_string\("(cert_\w+)"\),$/mg;
is(scalar @directives, 7, 'seven directives');
for my $name (@directives) {
    like($reference, qr/^ *# $name\b.*;$/m, "$name: syntax");
    like($reference, qr/^ *$name\b.*;$/m, "$name: used");
}

my @variables = $code =~ /^    \{ ngx_string\("(cert_\w+)"\), NULL,/mg;
is(scalar @variables, 23, 'twenty-three variables');
like($reference, qr/# \$$_ /, "\$$_ is described") for @variables;


# The page shows each result in its own way.
my $page = $t->read("$top/ngx_cert_module/site/check.html");
my $css = $t->read("$top/ngx_cert_module/site/assets/css/site.css");
my $icons = $t->read("$top/ngx_cert_module/site/assets/icons/icons.svg");
my @results = qw(valid expired generating withdrawn revoked suspended replaced
    not_found bad_request unavailable forbidden);
my %colours;
for my $tone (@results) {
    like($page, qr/"\$cert_result = $tone"/, "the page knows $tone");
    next if $tone eq 'forbidden';
    like($icons, qr/<symbol id="$tone"/, 'its icon exists');
    my @tones = $css =~ /^\s*\[data-tone=$tone\] \{ --tone: (#\w{6}); \}$/mg;
    is(scalar @tones, 2, 'and a colour: light, as on paper, and dark');
    $colours{$_}++ for @tones;
}
is(scalar keys %colours, 2 * (@results - 1),
   'each its own; a link may look malformed');
unlike($page, qr/encoding=/, 'all is escaped');


# Asserts that "out", the bytes of a whole answer that nginx itself gave at the
# holder service, is a problem, with the headers of every answer there and more.
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


# minimal.conf.
example('minimal.conf');
$t->start();

my @html = (Accept => 'text/html');
is($t->get('/')->status, 302, 'minimal.conf: to the check page');
is($t->get('/check', @html)->status, 200, 'the page');
like($t->get('/check', @html)->body, qr{href="/site/css/site\.css"},
     'has its style');
is($t->get('/site/css/site.css')->header('content-type'), 'text/css',
   'which is served');
like(decode('UTF-8', $t->get('/me/', @html)->body), qr{<html lang="zh-CN">.*请在浏览器中允许}s,
     'the page of a holder, in Chinese');
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

# Without Host, as a health check sends it.
for my $case (['/holder/', 404, 'no_route'], ['/holder/notice', 401, 'login']) {
    my ($uri, $status, $type) = @$case;
    my $r = $t->raw("GET $uri HTTP/1.0\r\n\r\n");
    is($r->status, $status, "without Host: $uri");
    like($r->json->{type}, qr{^/problems/$type}, 'as with one');
}
unlike($t->raw("GET /check/0000 HTTP/1.0\r\nAccept: text/html\r\n\r\n")->body,
       qr{\(none\)}, 'nor is it missed on a page');
$t->stop();


# site.conf, as scripts/run uses it: all pages.
example('site.conf');
$t->start();

my $policy = "default-src 'self'; object-src 'none'; base-uri 'none';"
           . " form-action 'self'; frame-ancestors 'none'";

# A page has these headers, each once.
sub is_page {
    my ($what, $r, $status, $lang, $cache) = @_;
    is($r->status, $status, "$what: $status");
    is($r->header('content-type'), 'text/html', "$what: a page");
    like($r->body, qr/<html lang="$lang">/, "$what: in its language");
    is(join('|', $r->header('content-security-policy')), $policy,
       "$what: the policy");
    is(join('|', $r->header('x-content-type-options')), 'nosniff',
       "$what: nosniff");
    is(join('|', $r->header('referrer-policy')), 'no-referrer',
       "$what: no referrer");
    is(join('|', $r->header('cache-control')), 'no-store', "$what: not kept");
}
is_page('site.conf: the first page', $t->get('/'), 200, 'zh-CN');
is_page('the check page', $t->get('/check', @html), 200, 'zh-CN');
is_page('a result', $t->get('/check/0000', @html), 400, 'zh-CN');
is_page('no route', $t->get('/nothing/here'), 404, 'zh-CN');
is_page('a page by its own name', $t->get('/page/check.html'), 404, 'zh-CN');
is_page('a wrong method', $t->request('DELETE', '/'), 405, 'zh-CN');
is_page('a folder', $t->get('/site/'), 403, 'zh-CN');
$t->expect_log(qr/directory index of ".*" is forbidden/);

# Languages: the one in the address, the one chosen before, the browser's first.
my @languages = (
    # address, cookie, Accept-Language => language, cookie that is set
    ['', '', '', 'zh-CN', ''],
    ['', '', 'en', 'en', ''],
    ['', '', 'en-GB,en;q=0.9,zh;q=0.8', 'en', ''],
    ['', '', 'zh-CN,zh;q=0.9,en;q=0.8', 'zh-CN', ''],
    ['', '', 'fr,en;q=0.8', 'en', ''],
    ['', '', 'fr', 'zh-CN', ''],
    ['', 'lang=en', 'zh', 'en', ''],
    ['', 'lang=zh', 'en', 'zh-CN', ''],
    ['', 'lang=../x', 'en', 'en', ''],
    ['?lang=en', 'lang=zh', 'zh', 'en', 'en'],
    ['?lang=zh', 'lang=en', 'en', 'zh-CN', 'zh'],
    ['?x=y&lang=en', '', '', 'en', 'en'],
    ['?lang=../x', '', 'en', 'en', ''],
    ['?lang=enx', '', '', 'zh-CN', ''],
    ['?xlang=en', '', '', 'zh-CN', ''],
);
for my $case (@languages) {
    my ($args, $cookie, $accept, $lang, $set) = @$case;
    for my $path ('/', '/check', '/check/x', '/nothing') {
        my $r = $t->get("$path$args", @html, Cookie => $cookie,
                        'Accept-Language' => $accept);
        like($r->body, qr/<html lang="$lang">/,
             "$path$args, cookie \"$cookie\", \"$accept\": $lang");
        next if $path eq '/nothing' || $path eq '/check/x';
        is(join('', map { /^lang=(\w+)/ } $r->header('set-cookie') // ''),
           $set, 'and the choice is kept');
    }
}
like($t->get('/check/x?lang=en', @html)->body, qr/data-result="bad_request"/,
     'the language does not count as a question');

# JSON is the same in every language.
for my $case (['/check/0000', 400], ['/check?sha256=' . '0' x 64, 404],
              ['/download/x', 403], ['/status', 200])
{
    my ($uri, $status) = @$case;
    my $r = $t->get($uri);
    is($r->status, $status, "$uri: $status");
    is($r->header('content-type'), 'application/json', 'JSON');
    is(join('|', $r->header('x-content-type-options')), 'nosniff', 'nosniff');
}
my $notice = $t->get('/holder/notice', @html);
is($notice->status, 401, 'the holder service');
is($notice->header('content-type'), 'application/problem+json', 'its problem');
is(join('|', $notice->header($_)), $notice->header($_), "$_ once")
    for qw(content-security-policy cache-control referrer-policy
           x-content-type-options);
problem_is(whole($t->post('/holder/login', x => 'y' x 17000)), 413,
           'form_too_large', '', 'a large form');

# The files that pages need, and no others.
for my $case (['css/site.css', 'text/css'], ['js/check.js', 'text/javascript'],
              ['lang/zh.ssi', 'text/plain'], ['icons/icons.svg',
              'image/svg+xml'])
{
    my ($file, $type) = @$case;
    my $r = $t->get("/site/$file");
    is($r->header('content-type'), $type, "$file: $type");
    is($r->header('cache-control'), 'public, max-age=600', 'may be cached');
    is($t->get("/site/$file", 'If-None-Match' => $r->header('etag'))->status,
       304, 'and revalidated by its ETag');
    is($t->get("/site/$file", 'Accept-Encoding' => 'gzip')
       ->header('content-encoding'), 'gzip', 'compressed');
}
is($t->get("/site/$_")->status, 404, "$_: not public")
    for qw(check.html parts/head.html);
$t->expect_log(qr/open\(\) ".*" failed \(2/);
is($t->get('/me')->header('location'), '/me/', 'to the page of a holder');
for my $case (['zh', 'zh-CN', '请在浏览器中允许'], ['en', 'en', 'needs scripts']) {
    my ($lang, $is, $word) = @$case;
    my $body = decode('UTF-8', $t->get("/me/?lang=$lang", @html)->body);
    like($body, qr{<html lang="$is">.*$word}s, "it speaks $lang");
    unlike($body, qr/\(none\)|<!--#|error occurred/, 'whole');
}
$t->stop();


# public.conf: limits, headers, redirects, masks.  A machine may allow fewer
# descriptors than the configuration sets.
$t->expect_log(qr/setrlimit\(RLIMIT_NOFILE/);
example('public.conf', PORT => '127.0.0.1:' . $t->port(0));

# The limits of forms and logins keep their bursts, but their rate is so low
# that no burst refills during the test.
my $public = $t->read('nginx.conf');
$public =~ s/(zone=$_->[0]:10m +rate=)$_->[1];/${1}1r\/m;/
    ? pass("$_->[0]s: $_->[1]") : fail("$_->[0]s: $_->[1]")
    for ['form', '30r/m'], ['login', '10r/m'];
$t->write('nginx.conf', $public);
$t->start();

sub plain {
    my ($uri) = @_;
    return $t->request('GET', $uri, host => 'cert.example');
}
my $r = plain('/check/K7QX-2M9D-PA4T-8WZ3?x=1');
is($r->status, 301, 'public.conf: plain HTTP leads to TLS');
is($r->header('location'),
   'https://cert.example/check/K7QX-2M9D-PA4T-8WZ3?x=1', 'with path and query');
is(plain('/check%0d%0aX-Evil:%20y')->header('x-evil'), undef,
   'and adds no header');
is(plain('/download/' . 'A' x 48)->header('location'),
   'https://cert.example/', 'but with no token');
$t->write('acme/.well-known/acme-challenge/x-y_z', 'x-y_z.thumb');
is(plain('/.well-known/acme-challenge/x-y_z')->body, 'x-y_z.thumb',
   'the answer to an authority (ACME)');
is(plain("/.well-known/$_")->status, 301, "$_: but nothing else")
    for 'acme-challenge', 'x', '', 'acme-challenge/%2e%2e%2fx';
is(plain('/.well-known/acme-challenge/none')->status, 404, 'none');

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

# The statuses of "n" requests on one connection.
sub statuses {
    my ($n, $form, $uri) = @_;
    return tls('--http1.1', '-d', $form, ("$base$uri") x $n)
        =~ m{HTTP/1\.1 (\d{3}) }g;
}
my @codes = statuses(14, 'number=1&name=2&id_number=E12345678', '/check');
is(grep({ $_ == 404 } @codes), 11, 'a burst of forms is answered');
is(grep({ $_ == 429 } @codes), 3, 'more of them are refused');


# The holder service: a page of the same host and port may post, and a refusal
# is a problem, of nginx as of certd.
my @holder = ('strict-transport-security: max-age=31536000',
              'x-frame-options: DENY');
for my $version ('--http1.1', '--http2') {
    like(tls($version, '-H', "Origin: $base", '-X', 'POST',
             "$base/holder/logout"),
         qr{^HTTP/\S+ 204\b}, "$version: a post from the same origin");
    like(tls($version, '-H', 'Origin: https://cert.example', '-X', 'POST',
             "$base/holder/logout"),
         qr{^HTTP/\S+ 403\b}, "$version: a post from another port");
    problem_is(tls($version, '-d', 'x' x 17000, "$base/holder/logout"), 413,
               'form_too_large', '', "$version: a large form", @holder);
}
is(join(' ', statuses(8, 'x=y', '/holder/login')),
   join(' ', (422) x 6, (429) x 2), 'a burst of logins reaches certd');
problem_is(tls('--http1.1', '-d', 'x=y', "$base/holder/login"), 429,
           'rate_limited', 6, 'more of them', @holder);
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

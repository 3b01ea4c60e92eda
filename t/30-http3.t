# HTTP/3 gives the same answers as HTTP/2 over TLS: checks, forms, pages and
# downloads, whole and in parts.  CURL_HTTP3 is a curl that speaks it.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
my $nginx = NgxCert::nginx_bin();
my $curl = $ENV{CURL_HTTP3} // 'curl';
plan skip_all => 'this nginx was built without HTTP/3'
    if ($t->run($nginx, '-V'))[2] !~ /--with-http_v3_module/;
plan skip_all => 'no curl that speaks HTTP/3'
    if ($t->run($curl, '--version'))[1] !~ /\bHTTP3\b/;

my $samples = $t->samples();
my $valid = $samples->{valid};
my ($key, $cert) = map { $t->path($_) } qw(tls.key tls.pem);
is(($t->run('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt',
    'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=localhost', '-days', 2,
    '-keyout', $key, '-out', $cert))[0], 0, 'a certificate of TLS');

$t->conf(http => <<'END');
    cert_check_page /page/check.html;

    server {
        listen 127.0.0.1:%%PORT1%% quic;
        listen 127.0.0.1:%%PORT1%% ssl;
        http2 on;
        server_name localhost;
        ssl_certificate      %%DIR%%/tls.pem;
        ssl_certificate_key  %%DIR%%/tls.key;

        location /check      { cert_check; }
        location /view/      { cert_download inline; }
        location /download/  { cert_download; }
        location /status     { cert_status; }
        %%PAGE%%
    }
END
$t->start();

my %option = (2 => '--http2', 3 => '--http3-only');
my @compared = qw(content-type content-length cache-control etag last-modified
    content-disposition content-range accept-ranges retry-after allow
    referrer-policy x-content-type-options x-robots-tag);

# {status, headers, body} of an answer, by a connection of its own.
sub ask {
    my ($version, $uri, @args) = @_;

    my $port = $t->port(1);
    my ($status, $out, $err) = $t->run($curl, '-s', '-i', '--noproxy', '*',
        '--max-time', $NgxCert::PATIENCE, '--cacert', $cert, $option{$version},
        '--resolve', "localhost:$port:127.0.0.1", @args,
        "https://localhost:$port$uri", {raw => 1});
    my ($head, $body) = split /\r\n\r\n/, $out, 2;
    $head //= '';
    my ($protocol, $code) = $head =~ m{^HTTP/(\S+) (\d+)};
    return {
        error => $status . $err,
        protocol => $protocol // 'none',
        status => $code // 'none',
        headers => {map { /^([^:]+): (.*)$/ ? (lc $1 => $2) : () }
                    split /\r\n/, $head},
        body => $body // '',
    };
}

# Asserts that both give the same answer; returns that of HTTP/3.
sub same {
    my ($name, $status, $uri, @args) = @_;

    my %r = map { $_ => ask($_, $uri, @args) } 2, 3;
    for my $r (values %r) {
        $r->{said} = $r->{body};
        $r->{said} =~ s/"checked":"[^"]*"|class="checked".*?<\/dd>//s;

        # Over HTTP/3 a page has the host without its port (docs/site.md).
        $r->{said} =~ s{(https://localhost):\d+/}{$1/};
    }
    subtest "$name: $status" => sub {
        is($r{3}{protocol}, 3, 'by HTTP/3') or diag($r{3}{error});
        is($r{$_}{status}, $status, "HTTP/$_") for 2, 3;
        is($r{3}{headers}{$_}, $r{2}{headers}{$_}, $_) for @compared;
        ok($r{3}{said} eq $r{2}{said}, 'body');
    };
    return $r{3};
}


my @html = ('-H', 'Accept: text/html');
my %download = (valid => 200, expired => 410, generating => 202,
                revoked => 410);

for my $state (sort keys %download) {
    my $sample = $samples->{$state};
    same("$state: by code", 200, "/check/$sample->{code}");
    same("$state: HEAD", 200, "/check/$sample->{code}", '-I');
    same("$state: download", $download{$state},
         "/download/$sample->{download}");
}
same('not found', 404, '/check?sha256=' . '0' x 64);
same('a mistyped code', 400, '/check/x');
same('another method', 405, "/check/$valid->{code}", '-X', 'DELETE');
same('a forged token', 403, '/download/' . 'A' x 48);

my $page = same('the page', 200, "/check/$valid->{code}", @html);
like($page->{body}, qr{https://localhost(?::\d+)?/check/},
     'the page names its address');
unlike($page->{body}, qr/\(none\)/, '... and no other');

my $form = NgxCert::form(map { $_ => $valid->{$_} } qw(number name id_number));
my $file = $t->write('tmp/form', $form);
like(same('a form', 200, '/check', '--data-binary', "\@$file")->{body},
     qr/^\{"result":"valid"/, 'a form matches');
same('a form, page', 200, '/check', @html, '--data-binary', "\@$file");
same('a form that is empty', 400, '/check', '-d', '');
same('a form that is too long', 413, '/check', '-d', 'x=' . 'y' x 17000);

my $uri = "/download/$valid->{download}";
my $pdf = ask(3, $uri);
ok($pdf->{body} eq $t->read($t->home . "/$valid->{file}"), 'the file');
same('a range', 206, $uri, '-r', '10-19');
same('the end', 206, $uri, '-r', '-10');
same('no such range', 416, $uri, '-r', '99999999-');
same('a condition', 304, $uri, '-H',
     "If-None-Match: $pdf->{headers}{etag}");
same('in the browser', 200, "/view/$valid->{view}");
is(ask(3, '/status')->{status}, 200, 'the status');

$t->done();

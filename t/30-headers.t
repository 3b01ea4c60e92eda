# Headers of answers are there once and as the module sets them, whatever the
# configuration or another server adds; and other modules see them.

use lib 't/lib';
use NgxCert;

use Encode qw(decode);

my $t = NgxCert->new();
my $samples = $t->samples();
my $valid = $samples->{valid};
my $token = $valid->{download};

# What a location has besides its route.
my %besides = (
    bare      => '',
    hour      => 'expires 1h;',
    max       => 'expires max;',
    epoch     => 'expires epoch;',
    past      => 'expires -1;',
    modified  => 'expires modified +1h;',
    map       => 'expires $expires;',
    public    => 'add_header Cache-Control "public, max-age=600" always;',
    both      => 'expires 1h; add_header cache-control public always;',
    nosniff   => 'add_header X-Content-Type-Options nosniff always;',
    referrer  => 'add_header Referrer-Policy unsafe-url always;',
    name      => 'add_header Content-Disposition "inline; filename=x" always;',
    expires   => 'add_header Expires "Thu, 31 Dec 2037 23:55:55 GMT" always;',
    others    => 'add_header X-Other yes always;
                  add_header X-Robots-Tag nofollow always;',
);
my $locations = join '', map { <<"END" } sort keys %besides;
        location /$_/check/    { cert_check; $besides{$_} }
        location /$_/download/ { cert_download; $besides{$_} }
        location /$_/status    { cert_status; $besides{$_} }
        location /$_/page/     { cert_check; cert_check_page /shown/$_; }
        location = /shown/$_   { internal; $besides{$_}
                                 return 200 "page \$cert_result"; }
END

# Another server that leads to a route, with headers of its own.
$t->conf(http => <<'END', server => <<"END");
    map x $expires { default 1h; }
    log_format sent escape=none '$uri $sent_http_cache_control';
    access_log %%DIR%%/logs/sent.log sent;
END
$locations
        location /check      { cert_check; }
        location /download/  { cert_download; }
        location /plain      { expires 1h; add_header X-Robots-Tag all;
                               return 200 "none of ours"; }
        location /denied/    { cert_download; deny all; expires 1h;
                               add_header Cache-Control private always; }
        location /accel/     { proxy_pass http://127.0.0.1:%%PORT1%%; }
    }
    server {
        listen 127.0.0.1:%%PORT1%%;
        location / {
            add_header X-Accel-Redirect \$arg_to;
            add_header Cache-Control "public, max-age=600";
            add_header Cache-Control immutable;
            add_header Expires "Thu, 31 Dec 2037 23:55:55 GMT";
            add_header Content-Disposition "attachment; filename=x.html";
            add_header Accept-Ranges bytes;
            add_header Set-Cookie a=b;
            return 200 "not this";
        }
END
$t->start();


# Asserts the headers of an answer: each once, and nothing that doubles one.
sub is_ours {
    my ($name, $r, $status, $cache, %has) = @_;

    $has{'cache-control'} = $cache;
    $has{'x-content-type-options'} //= 'nosniff';
    $has{'referrer-policy'} //= 'no-referrer';
    $has{'x-robots-tag'} //= 'noindex';
    $has{$_} //= '' for qw(expires content-disposition);

    subtest $name => sub {
        ok($r, 'answered') or return;
        is($r->status, $status, 'status');
        is(join('|', $r->header($_)), $has{$_}, $_) for sort keys %has;
    };
}

my $named = qq(attachment; filename="certificate-$valid->{code}.pdf"; )
    . q(filename*=UTF-8'') . NgxCert::escape('电子证书-') . "$valid->{code}.pdf";
my $private = 'private, no-store';
my @file = ('content-disposition' => $named);

for my $kind (sort keys %besides) {
    my %more = $kind eq 'others'
        ? ('x-other' => 'yes', 'x-robots-tag' => 'noindex|nofollow') : ();

    # An answer of each status, since "expires" knows some of them only.
    for my $case (["check/$valid->{code}", 200], ["check/0000", 400],
                  ["check/?sha256=" . '0' x 64, 404], ['status', 200],
                  ['download/x', 403],
                  ["download/$samples->{withdrawn}{download}", 410],
                  ["download/$samples->{generating}{download}", 202])
    {
        my ($uri, $status) = @$case;
        is_ours("$kind: " . ($uri =~ s/[^\/]{9,}$/.../r) . ", $status",
                $t->get("/$kind/$uri"), $status, 'no-store', %more);
    }
    is_ours("$kind: HEAD", $t->head("/$kind/check/$valid->{code}"), 200,
            'no-store', %more);
    is_ours("$kind: method", $t->request('PUT', "/$kind/check/x"), 405,
            'no-store', %more);

    my $uri = "/$kind/download/$token";
    is_ours("$kind: a copy", $t->get($uri), 200, $private, @file, %more);
    is_ours("$kind: its head", $t->head($uri), 200, $private, @file, %more);
    is_ours("$kind: a range", $t->get($uri, Range => 'bytes=0-9'), 206,
            $private, @file, %more);
    is_ours("$kind: unchanged", $t->get($uri, 'If-None-Match' => '*'), 304,
            $private, @file, %more);

    my $r = $t->get("/$kind/page/$valid->{code}", Accept => 'text/html');
    is_ours("$kind: a page", $r, 200, 'no-store', %more);
    is($r->body, 'page valid', "$kind: is the page");
}


# What comes with X-Accel-Redirect; a cookie is the other server's affair.
for my $case (["/download/$token", 200, $private, @file],
              ["/download/$samples->{withdrawn}{download}", 410, 'no-store'],
              ["/check/$valid->{code}", 200, 'no-store'],
              ['/check/0000', 400, 'no-store'])
{
    my ($to, $status, $cache, @more) = @$case;
    my $r = $t->get("/accel/x?to=$to");
    is_ours("led to $to", $r, $status, $cache, @more, 'set-cookie' => 'a=b',
            'accept-ranges' => $cache eq $private ? 'bytes' : '');
}


# Nothing else is touched.
my $r = $t->get('/plain');
is(join('|', $r->header('cache-control')), 'max-age=3600', 'another location');
ok($r->header('expires'), 'with Expires');
is(join('|', $r->header('x-robots-tag')), 'all', 'and its own headers');
$r = $t->get("/denied/$token");
is($r->status, 403, 'refused before the route');
is(join('|', $r->header('cache-control')), 'private', 'by nginx alone');


# Other modules see Cache-Control where they look for it.
$t->stop();
my $log = $t->read('logs/sent.log');
for my $case (["/bare/check/$valid->{code}", 'no-store'],
              ["/hour/check/$valid->{code}", 'no-store'],
              ["/both/download/$token", $private],
              ["/bare/download/$samples->{withdrawn}{download}", 'no-store'],
              ['/shown/public', 'no-store'], ['/plain', 'max-age=3600'])
{
    my ($uri, $cache) = @$case;
    like($log, qr/^\Q$uri $cache\E$/m,
         "\$sent_http_cache_control: " . substr $uri, 0, 20);
}
$t->expect_leak(qr{^/\w+/\w+/|^/download/|^/denied/});

$t->done();

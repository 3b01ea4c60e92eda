# The status page: counters by result, figures of the store, both forms.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
my $samples = $t->samples();

$t->conf(workers => 2, server => <<'END');
        location /check      { cert_check; }
        location /download/  { cert_download; }
        location /view/      { cert_download inline; }
        location = /status   { cert_status; }
        location /json       { cert_status json; }
        location /metrics    { cert_status prometheus; }
END
$t->start();

my @results = qw(valid expired generating withdrawn revoked suspended replaced
    not_found bad_request unavailable forbidden);
my @figures = qw(map_size used certificates annotations readers readers_max
    journal queue queue_oldest_sec);

sub status { return $t->get('/status')->json }

my $r = $t->get('/status');
is($r->status, 200, 'status');
is($r->header('content-type'), 'application/json', 'type');
is($r->header('cache-control'), 'no-store', 'not stored');
is($r->header('x-content-type-options'), 'nosniff', 'nosniff');
is($r->header('referrer-policy'), 'no-referrer', 'no referrer');

my $json = $r->json;
is(join(' ', sort keys %$json), 'check download store', 'the parts');
is(join(' ', sort keys %{$json->{store}}), join(' ', sort 'up', @figures),
   'of the store');
for my $route (qw(check download)) {
    is(join(' ', sort keys %{$json->{$route}}), join(' ', sort @results),
       "of $route");
    is(grep({ $_ != 0 } values %{$json->{$route}}), 0, "$route: all zero");
}

my $stat = $t->certctl_json('stat');
my $store = $json->{store};
ok($store->{up}, 'the store is up');
is($store->{map_size}, 64 * 2 ** 30, 'map size');
is($store->{certificates}, 9, 'certificates');
is($store->{annotations}, 8, 'annotations');
is($store->{readers_max}, 1024, 'reader slots');
is($store->{queue}, 1, 'one application waits');
cmp_ok($store->{used}, '>', 16384, 'used');
cmp_ok($store->{used}, '<=', -s $t->home . '/store/data.mdb',
       'but no more than there is');
cmp_ok($store->{journal}, '>', 20, 'head of the journal');
cmp_ok($store->{queue_oldest_sec}, '<', 120, 'since lately');

my $one = $store->{readers};
cmp_ok($one, '>=', 1, 'readers');
cmp_ok($one, '<=', 3, 'one a worker');
my $age = $store->{queue_oldest_sec};
select undef, undef, undef, 2.1;
cmp_ok(status()->{store}{queue_oldest_sec}, '>=', $age + 2, 'it grows older');

my ($cert) = $t->import_rows($t->certificate());
$t->annotate($cert->{number});
my $now = status()->{store};
is($now->{certificates}, 10, 'one more certificate');
is($now->{annotations}, 9, 'and annotation');
cmp_ok($now->{journal}, '>', $store->{journal}, 'and journal entries');


# Every result is counted by its name and route, in all workers.
my $code = $samples->{valid}{code};
my %ask = (
    (map { my $s = $samples->{$_}; $_ => ["/check/$s->{code}",
                                          "/download/$s->{download}"] }
     qw(valid expired generating withdrawn revoked suspended replaced)),
    not_found   => ['/check?sha256=' . '0' x 64, undef],
    bad_request => ['/check/x', undef],
    forbidden   => [undef, '/download/x'],
);
my $n = 0;
my %expected;
for my $result (@results) {
    for my $i (0 .. 1) {
        my $uri = ($ask{$result} // [])->[$i] // next;
        my $times = ++$n % 3 + 1;
        $t->get($uri) for 1 .. $times;
        $expected{qw(check download)[$i]}{$result} = $times;
    }
}
$json = status();
for my $route (qw(check download)) {
    for my $result (@results) {
        is($json->{$route}{$result}, $expected{$route}{$result} // 0,
           "$route: $result");
    }
}

$t->head("/check/$code");
$t->get("/download/$samples->{valid}{download}", Range => 'bytes=0-9');
$t->get("/download/$samples->{valid}{download}", 'If-None-Match' => '*');
$t->request('PUT', '/check');
$t->request('PUT', '/download/x');
$t->request('POST', '/check', body => 'x');
my $later = status();
is($later->{check}{valid}, $json->{check}{valid} + 1, 'HEAD counts');
is($later->{download}{valid}, $json->{download}{valid} + 2,
   'ranges and conditions count');
is($later->{check}{bad_request}, $json->{check}{bad_request} + 2,
   'refused methods and types count');
is($later->{download}{bad_request}, 1, 'in downloads too');
is_deeply([@{status()}{qw(check download)}], [@$later{qw(check download)}],
          'the status itself does not');


# Prometheus.
$r = $t->get('/metrics');
is($r->header('content-type'), 'text/plain; version=0.0.4; charset=utf-8',
   'metrics: type');
my $text = $r->body;
my %metric = $text =~ /^([a-z_]+(?:\{[^}]*\})?) (\d+)$/mg;
is($metric{ngx_cert_store_up}, 1, 'metrics: up');
is($metric{ngx_cert_store_certificates}, 10, 'metrics: certificates');
is($metric{ngx_cert_queue_waiting}, 1, 'metrics: queue');
is($metric{"ngx_cert_check_results_total{result=\"valid\"}"},
   $later->{check}{valid}, 'metrics: checks');
is($metric{"ngx_cert_download_results_total{result=\"forbidden\"}"},
   $later->{download}{forbidden}, 'metrics: downloads');
is(scalar keys %metric, 1 + @figures + 2 * @results, 'metrics: all of them');

my ($status, $out, $err) = $t->run('promtool', 'check', 'metrics',
                                   {stdin => $text});
is($status, 0, 'metrics: promtool has nothing against it') or diag($err);
is($err, '', 'metrics: not a word');


# Methods and parameters.
is($t->head('/metrics')->status, 200, 'HEAD');
is($t->get('/json/any/thing?x=1')->json->{store}{up}, $json->{store}{up},
   'what follows does not count');
for my $method (qw(POST PUT DELETE)) {
    $r = $t->request($method, '/status');
    is($r->status, 405, "$method: refused");
    is($r->header('allow'), 'GET, HEAD', "$method: allowed");
}

my @conditions = (['If-None-Match' => '*'], ['If-Match' => '"x"'],
    ['If-Modified-Since' => 'Thu, 01 Jan 2099 00:00:00 GMT'],
    ['If-Unmodified-Since' => 'Thu, 01 Jan 1970 00:00:00 GMT']);
for my $condition (@conditions) {
    is($t->get($_, @$condition)->status, 200, "$_: @$condition")
        for qw(/status /metrics);
}

# A reload keeps the counters.
my $before = status();
ok($t->reload(), 'reloaded');
is_deeply([@{status()}{qw(check download)}], [@$before{qw(check download)}],
          'the counters go on');

$t->done();

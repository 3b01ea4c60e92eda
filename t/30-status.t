# The status: counters by result, figures of the store and of certd, in both
# forms.

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
is(join(' ', sort keys %$json), 'certd check download store', 'the parts');
is(join(' ', sort keys %{$json->{store}}), join(' ', sort 'up', @figures),
   'of the store');
is_deeply($json->{certd}, {up => JSON::PP::false},
          'certd never ran here');
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
       'but no more than the file has');
cmp_ok($store->{journal}, '>', 20, 'head of the journal');
cmp_ok($store->{queue_oldest_sec}, '<', 3600, 'for less than an hour');

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
is($metric{ngx_cert_certd_up}, 0, 'metrics: no daemon');
is(scalar keys %metric, 2 + @figures + 2 * @results, 'metrics: no others');

sub promtool {
    my ($text) = @_;

    my ($status, $out, $err) = $t->run('promtool', 'check', 'metrics',
                                       {stdin => $text});
    is($status, 0, 'metrics: promtool accepts them') or diag($err);
    is($err, '', 'metrics: promtool has no complaint');
}

promtool($text);


# The state of certd, from its figures.
my $tool = $t->build . '/tool/figures';
my $folder = $t->home . '/store';
my $file = "$folder/certd.figures";

sub figures {
    my (%figure) = @_;
    my ($status, $out, $err) = $t->run($tool, $folder,
        $t->home . '/keys/public.keys', map { "$_=$figure{$_}" } keys %figure);
    is($status, 0, 'figures are written') or diag($err);
}

SKIP: {
    skip 'tool/figures is not built', 1 if !-x $tool;

    # Every figure has a value of its own, so that no two can be mixed up.
    my @certd = qw(waiting waiting_ms commits changes refused batch_last
        batch_max commits_per_sec changes_per_sec jobs_waiting jobs_oldest_sec
        jobs_done jobs_retried jobs_failed jobs_per_sec renderers
        renderers_busy renderers_died files_checked files_bad files_passes
        files_pass_sec files_finished_sec hashes_waiting logins logins_refused
        logins_throttled logins_left busy seals_expire);
    my $n = 1000;
    my %value = (map({ $_ => ++$n } @certd), started => time() - 3600,
        updated => time(), quota => 71, photo => 72);
    figures(%value);

    my $certd = status()->{certd};
    ok($certd->{up}, 'certd: up');
    cmp_ok($certd->{age_sec}, '<', 10, 'certd: the age of the figures');
    my $uptime = time() - $value{started};
    ok($certd->{uptime_sec} >= 3600 && $certd->{uptime_sec} <= $uptime,
       'certd: up for an hour');
    for my $name (@certd) {
        is($certd->{$name}, $name =~ /_per_sec$/ ? $value{$name} / 1000
                                                 : $value{$name},
           "certd: $name");
    }
    is($certd->{refusals}{quota}, 71, 'certd: refused for the quota');
    is($certd->{refusals}{photo}, 72, 'certd: and for a photo');
    is($certd->{refusals}{scene}, 0, 'certd: none for a scene');
    ok(!exists $certd->{refusals}{none}, 'certd: no refusal without a cause');
    is(scalar keys %$certd, 4 + @certd, 'certd: no more');
    is_deeply([@{status()}{qw(check download)}],
              [@$later{qw(check download)}], 'certd: nginx counters unchanged');

    my $text = $t->get('/metrics')->body;
    my %metric = $text =~ /^([a-z_]+(?:\{[^}]*\})?) ([\d.]+)$/mg;
    my %suffix = (map({ $_ => '_total' } qw(commits changes refused jobs_done
        jobs_retried jobs_failed renderers_died files_checked files_passes
        logins logins_refused logins_throttled logins_left busy)));
    is($metric{ngx_cert_certd_up}, 1, 'metrics: up');
    is($metric{ngx_cert_certd_start_time_seconds}, $value{started},
       'metrics: started');
    for my $name (@certd) {
        my $metric = $name . ($suffix{$name} // '');
        my $value = $value{$name};
        $value = sprintf '%.3f', $value / 1000
            if $metric =~ s/_per_sec$/_per_second/
               || $metric =~ s/_ms$/_seconds/;
        $metric =~ s/_sec$/_seconds/;
        is(delete $metric{"ngx_cert_certd_$metric"}, $value,
           "metrics: $metric");
    }
    is($metric{'ngx_cert_certd_refusals_total{reason="quota"}'}, 71,
       'metrics: refusals by rule');
    is(scalar(grep { /refusals_total/ } keys %metric),
       scalar keys %{$certd->{refusals}}, 'metrics: all rules');
    like($text, qr/^# TYPE ngx_cert_certd_commits_total counter$/m,
         'metrics: a counter');
    like($text, qr/^# TYPE ngx_cert_certd_waiting gauge$/m,
         'metrics: a gauge');
    is(substr($text, -1), "\n", 'metrics: nothing is cut off');
    promtool($text);

    figures(%value, updated => time());
    my $stat = $t->certctl_json('stat')->{certd};
    ok($stat->{up}, 'stat: up');
    is($stat->{$_}, $certd->{$_}, "stat: $_") for @certd;
    is_deeply($stat->{refusals}, $certd->{refusals}, 'stat: refusals');
    like($stat->{updated}, qr/^20\d\d-\d\d-\d\dT/, 'stat: when');
    like($t->certctl_ok('stat'), qr/^certd: .*"waiting":1001/m,
         'stat: for people');

    # The largest possible numbers still fit.
    figures(map({ $_ => '18446744073709551615' } @certd,
                keys %{$certd->{refusals}}),
            started => 1, updated => time());
    is(status()->{certd}{busy}, '18446744073709551615', 'the largest number');
    $text = $t->get('/metrics')->body;
    like($text, qr/result="forbidden"\} \d+\n\z/, 'metrics: the last line');
    promtool($text);

    # A certd that has ended.
    figures(%value, updated => time() - 12);
    my $old = status()->{certd};
    ok(!$old->{up}, 'old figures: down');
    cmp_ok($old->{age_sec}, '>=', 12, 'old figures: their age');
    is(scalar keys %$old, 2, 'old figures: no more');
    $text = $t->get('/metrics')->body;
    like($text, qr/^ngx_cert_certd_up 0$/m, 'metrics: down');
    unlike($text, qr/ngx_cert_certd_commits/, 'metrics: no old figures');
    ok(!$t->certctl_json('stat')->{certd}{up}, 'stat: down');

    figures(%value, updated => time() + 3600);
    ok(!status()->{certd}{up}, 'figures of the future: down');
    figures(%value, updated => time());
    ok(status()->{certd}{up}, 'it is back');

    # Files that are not figures, or those of another home.
    my $bytes = $t->read($file);
    my %bad = (
        'a flipped bit' => substr($bytes, 0, 40) . chr(ord(substr $bytes, 40)
            ^ 1) . substr($bytes, 41),
        'a cut file'    => substr($bytes, 0, -1),
        'an empty file' => '',
        'a long file'   => "$bytes ",
    );
    for my $name (sort keys %bad) {
        $t->write($file, $bad{$name});
        is_deeply(status()->{certd},
                  {up => JSON::PP::false, error => 'corrupt'}, $name);
        is_deeply($t->certctl_json('stat')->{certd},
                  {up => JSON::PP::false, error => 'corrupt'}, "stat: $name");
    }

    my $other = $t->path('other');
    $t->run($t->certctl_bin, '--home', $other, 'init');
    my ($status) = $t->run($tool, $folder, "$other/keys/public.keys",
        'updated=' . time());
    is($status, 0, 'figures under the keys of another home');
    is(status()->{certd}{error}, 'corrupt', 'do not verify');

    unlink $file;
    mkdir $file;
    is(status()->{certd}{error}, 'system error', 'a folder');
    rmdir $file;
    is_deeply(status()->{certd}, {up => JSON::PP::false}, 'removed');
    is($t->certctl_json('stat')->{certd}, undef, 'stat: removed');
    is($t->get("/check/$code")->status, 200, 'checks go on all the time');
}


# Methods and parameters.
is($t->head('/metrics')->status, 200, 'HEAD');
is($t->get('/json/any/thing?x=1')->json->{store}{up}, $json->{store}{up},
   'the rest of the URI does not count');
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

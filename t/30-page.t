# The page for browsers: which requests get it, its status, and its content.

use lib 't/lib';
use NgxCert;

use Encode qw(decode);

my $t = NgxCert->new();
my $samples = $t->samples();

$t->conf(http => 'cert_check_page /page/check.html;', server => <<'END');
        location /check     { cert_check; }
        location /view/     { cert_download inline; }
        location /download/ { cert_download; }
        location /status    { cert_status; }
        location /other     { cert_check; cert_check_page /page/x?y=1; }
        location /english   { set $site_lang en; cert_check; }
        location /last      { cert_check; add_header X-Last $cert_last_day; }
        location /loop      { cert_check; cert_check_page /loop/page; }
        location /missing   { cert_check; cert_check_page /page/none.html; }
        %%PAGE%%
        location /plain     { cert_check; cert_check_page /raw/check.html; }
        location /raw/ {
            internal;
            alias %%TOP%%/ngx_cert_module/site/;
            types { text/html html ssi; }
        }
        location = /page/x {
            internal;
            return 200 "x $args $cert_result $request_method";
        }
END
$t->start();

my @html = (Accept => 'text/html,application/xhtml+xml,application/xml;q=0.9,'
                    . 'image/avif,image/webp,*/*;q=0.8');
my $valid = $samples->{valid};


# Which requests get the page.
my @accepts = (
    # Accept => whether the answer is the page
    ['text/html', 1],
    ['text/html;charset=utf-8', 1],
    ['TEXT/HTML', 1],
    ['text/*', 1],
    ['text/html, application/json;q=0.9', 1],
    ['application/json;q=0.9,text/html', 1],
    ['text/html;q=0.5, application/json;q=0.4', 1],
    ['text/html;q=0.001', 1],
    ['text/html ; q=0.9 , */* ; q=0.8', 1],
    ['*/*;q=0.1, text/html;q=0.2', 1],
    ['text/*;q=0.5, */*;q=0.4', 1],
    ['*/*, application/json;q=0', 1],
    ['application/*;q=0.1, */*', 1],
    ["text/html\t;\tq=1", 1],
    ['text/html;level=1;q=0.9, application/json;q=0.8', 1],
    ['x;q=2, text/html', 1],
    ['text/html,application/json;q=0.999', 1],
    ['text/html;q=0.4, text/*', 1],
    [$html[1], 1],

    ['', 0],
    ['*/*', 0],
    ['application/json', 0],
    ['application/json, text/html', 0],
    ['text/html, application/json', 0],
    ['text/html;q=0.9, application/json', 0],
    ['text/html;q=0.9, */*', 0],
    ['text/html;q=0', 0],
    ['text/html;q=0.000, */*;q=0', 0],
    ['text/*;q=0.5, */*;q=0.5', 0],
    ['text/html;q=0.4, text/*, application/json;q=0.5', 0],
    ['text/plain', 0],
    ['text/htm', 0],
    ['text/html2', 0],
    ['xtext/html', 0],
    ['text', 0],
    ['text/', 0],
    ['*', 0],
    ['*/html', 0],
    ['text/html;q=2', 0],
    ['text/html;q=-1', 0],
    ['text/html;q=', 0],
    ['text/html;q=x', 0],
    ['text/html;q=1.001', 0],
    ['text/html;q=0.1234', 0],
    ['text/html;q=0.5.5', 0],
    [',,;;,', 0],
    [';q=1', 0],
    ['application/json;q=0.5, text/*;q=0.4', 0],
    ['application/xhtml+xml', 0],
);
for my $case (@accepts) {
    my ($accept, $page) = @$case;
    my $r = $t->get("/check/$valid->{code}", Accept => $accept);
    is($r->status, 200, "Accept: $accept");
    is($r->header('content-type'), $page ? 'text/html' : 'application/json',
       $page ? 'the page' : 'JSON');
}
is($t->get("/check/$valid->{code}")->header('content-type'),
   'application/json', 'without the header');
is($t->get("/check/$valid->{code}", Accept => 'application/json;q=0.1',
           Accept => 'text/html;q=0.2')->header('content-type'), 'text/html',
   'two headers count together');


# Without SSI the page shows none of the results that SSI chooses from.
my $raw = $t->get("/plain/$valid->{code}", @html)->body;
$raw =~ s{<template>.*</template>}{}s;
is(join(' ', $raw =~ /data-result="([^"]*)"/g), 'unavailable',
   'without SSI the page shows no result');
unlike($raw, qr/data-tone="valid"/, 'and nothing that looks like a good one');


# Asserts what every page has in common.
sub page {
    my ($name, $r, $status, $class, @texts) = @_;

    my $text = decode('UTF-8', $r->body);
    subtest $name => sub {
        is($r->status, $status, 'status');
        is($r->header('content-type'), 'text/html', 'type');
        is(join(',', $r->header('cache-control')), 'no-store', 'not stored');
        is($r->header('referrer-policy'), 'no-referrer', 'no referrer');
        is($r->header('x-content-type-options'), 'nosniff', 'nosniff');
        is($r->header($_), undef, "no $_")
            for qw(etag last-modified accept-ranges content-disposition);
        my @found = $text =~ /<section [^>]* data-result="(\w+)"/g;
        is("@found", $class, 'one result');
        like($text, qr/\Q$_\E/, "says $_") for @texts;
        unlike($text, qr/<!--#|\(none\)|an error occurred/, 'no SSI left');
        like($text, qr{</html>\s*\z}, 'whole');
    };

    return $text;
}

my %checked = (
    valid => '有效', original => '有效', expired => '加注件已过期',
    generating => '证书生成中…', withdrawn => '已撤回', revoked => '已撤销',
    suspended => '已暂停', replaced => '已更换',
);
for my $state (sort keys %checked) {
    my $sample = $samples->{$state};
    my $text = page("$state: checked",
        $t->get("/check/$sample->{code}", @html), 200,
        $state eq 'original' ? 'valid' : $state, $checked{$state},
        $sample->{number}, $sample->{qualification}, $sample->{code},
        '>' . (NgxCert::in_words($sample->{approved}))[0] . '</dd>');
    unlike($text, qr/$sample->{id_number}/, 'no document number');
    unlike($text, qr/\Q$sample->{name}\E/, 'no full name')
        if length $sample->{name} > 1;
}

page('nothing asked', $t->get('/check', @html), 200, '', '按加注编号查验');
page('mistyped', $t->get('/check/x', @html), 400, 'bad_request', '输入有误');
page('not found', $t->get('/check?sha256=' . '0' x 64, @html), 404,
     'not_found', '未查询到证书信息');

my $post = $t->request('POST', '/check', headers => [@html], form =>
    [map { $_ => $valid->{$_} } qw(number name id_number)]);
my $text = page('by certificate', $post, 200, 'valid', $valid->{number},
    '未查验任何加注件');
unlike($text, qr/逐项核对/, 'no document to compare with');
unlike($text, qr/$valid->{id_number}/, 'the page does not repeat the form');
page('no match', $t->request('POST', '/check', headers => [@html],
     form => [number => '<b>', name => '<b>',
              id_number => $valid->{id_number}]), 404, 'not_found');
# The reason stands at the field that is wrong, and nowhere else.
for my $case ([number => "1\x{7}2"], [name => '张*'], [id_number => '12'],
              [name => ''])
{
    my ($field, $value) = @$case;
    my $text = page("a wrong $field", $t->request('POST', '/check',
        headers => [@html], form => [map { $_ => $_ eq $field ? $value
                                           : $valid->{$_} }
                                     qw(number name id_number)]),
        400, 'bad_request', '此项为空、有误或含有无法识别的字符。');
    is(join(' ', $text =~ /<input id="(\w+)"[^>]*>\s*<p class="wrong">[^<]/g),
       $field, "says so at $field");
}

# A result by code asks for the whole name; the answer stands out, and does not
# repeat what was typed.
sub named {
    my ($name) = @_;
    my $r = $t->request('POST', "/check/$valid->{code}", headers => [@html],
                        form => [name => $name]);
    return ($r, decode('UTF-8', $r->body) =~ /data-tone="(\w+)"/);
}
sub asks_name {
    return $_[0] =~ m{<form class="confirm" action="/check/(\S+)" method="post"}
        ? $1 : '';
}
my ($r, $tone) = named($valid->{name});
$text = page('the name matches', $r, 200, 'valid', '有效', '与所填姓名一致');
is($tone, 'valid', 'in the tone of a valid copy');
unlike($text, qr/\Q$valid->{name}\E/, 'does not repeat the name');
is(asks_name($text), $valid->{code}, 'another may be asked');
($r, $tone) = named('诸葛亮');
$text = page('the name differs', $r, 200, 'valid', '姓名不符', '请勿采信');
is($tone, 'revoked', 'in the tone of one that is not');
for my $state (qw(revoked expired)) {
    my $sample = $samples->{$state};
    my $r = $t->request('POST', "/check/$sample->{code}", headers => [@html],
                        form => [name => '诸葛亮']);
    unlike(page("$state, and another name", $r, 200, $state, $checked{$state}),
           qr/姓名不符/, 'the state comes first');
}
unlike($text, qr/诸葛亮|<h1>有效|请注意核对|与所填姓名一致/, 'and says nothing else');
($r, $tone) = named('张*');
$text = page('a masked name', $r, 400, 'bad_request', '输入有误');
is(join(' ', $text =~ /<input id="([\w-]+)"[^>]*>\s*<p class="wrong">[^<]/g),
   'whole-name', 'says so at the name');
is(asks_name($text), $valid->{code}, 'which may be corrected');
unlike($text, qr/id="by-match"/, 'and shows no other form');
for my $case (["/check/$samples->{original}{code}", 1],
              ["/check?sha256=$valid->{sha256}", 1],
              ["/check/$samples->{expired}{code}", ''],
              ["/check/$samples->{revoked}{code}", ''], ['/check', ''])
{
    my ($uri, $asks) = @$case;
    my $text = decode('UTF-8', $t->get($uri, @html)->body);
    is(asks_name($text) ne '', $asks, ($asks ? 'asks' : 'does not ask')
       . " for the name: $uri");
}
unlike(decode('UTF-8', $post->body), qr/class="confirm"/,
       'nor does a check by certificate, which had it');

page('another method', $t->request('PUT', '/check', headers => [@html]), 405,
     'bad_request');
page('no form', $t->request('POST', '/check', headers => [@html],
     body => 'x'), 415, 'bad_request');
page('a large form', $t->request('POST', '/check', headers => [@html,
     'Content-Type' => 'application/x-www-form-urlencoded'],
     body => 'x' x 17000), 413, 'bad_request');

my $head = $t->head("/check/$valid->{code}", @html);
is($head->status, 200, 'HEAD of the page');
is($head->body, '', 'has no body');
is($head->header('content-type'), 'text/html', 'but its type');


# Every fact is in a list, however many are known.  The code of another store is
# unknown to this one.
my $other = NgxCert->new();
my ($elsewhere) = $other->import_rows($other->certificate());
my $unknown = $other->annotate($elsewhere->{number}, '--no-render')->{code};
for my $uri ("/check/$valid->{code}", "/check/$samples->{original}{code}",
             "/check/$samples->{generating}{code}", '/check', '/check/x',
             "/check/$unknown")
{
    my $text = decode('UTF-8', $t->get($uri, @html)->body);
    my $outside = $text =~ s{<dl\b.*?</dl>}{}gsr;
    unlike($outside, qr{</?d[ldt]\b}, "no fact outside a list: $uri");
    unlike($text, qr{<dl\b[^>]*>\s*</dl>}, "no empty list: $uri");
    my @open = $text =~ /<(section|div|p|ul|dl|main|form)\b/g;
    my @close = $text =~ m{</(section|div|p|ul|dl|main|form)>}g;
    is("@{[sort @close]}", "@{[sort @open]}", "what opens is closed: $uri");
}
page('not found by code', $t->get("/check/$unknown", @html), 404, 'not_found',
     '未查询到证书信息', $unknown);

# The time of the check, in the zone of the policy; none if nothing was checked.
my $now = qr/查验时间.*?>\d{4}年\d+月\d+日 \d\d:\d\d:\d\d（北京时间）</s;
like(decode('UTF-8', $t->get($_, @html)->body), $now, "the time: $_")
    for "/check/$valid->{code}", "/check/$unknown";
unlike(decode('UTF-8', $t->get($_, @html)->body), qr/查验时间/, "none: $_")
    for '/check', '/check/x', '/view/x';

# The last day on which a copy is valid, not the instant after it.
my $json = $t->get("/check/$valid->{code}")->json;
my ($first) = $json->{annotation}{expires} =~ /^(\d{4}-\d\d-\d\d)T00:00:00/;
my ($last) = $t->get("/last/$valid->{code}")->header('x-last');
ok($first && $last lt $first, 'the last day is before the end');
$text = page('the last day', $t->get("/check/$valid->{code}", @html), 200,
             'valid', '有效期至', '>' . (NgxCert::in_words($last))[0] . '</dd>');
unlike($text, qr/$first/, 'not the instant at which it has expired');
unlike($text, qr/长期有效|未查验任何加注件/, 'of a copy');
page('an original', $t->get("/check/$samples->{original}{code}", @html), 200,
     'valid', "有效期至</dt>\n<dd>长期有效</dd>");


# In English the days are English, too; both are there for the switch.
page('in English', $t->get("/english/$valid->{code}", @html), 200, 'valid',
     'Checked',
     map {; ">$_<", qq(data-en="$_") } map { (NgxCert::in_words($_))[1] }
         $valid->{approved}, $last);

# Downloads that are refused.
my %downloaded = (expired => ['加注件已过期', 410], withdrawn => ['已撤回', 410],
                  revoked => ['已撤销', 410], generating => ['证书生成中…', 202]);
for my $state (sort keys %downloaded) {
    my ($says, $status) = @{$downloaded{$state}};
    my $r = $t->get("/view/$samples->{$state}{view}", @html);
    page("$state: viewed", $r, $status, $state, $says);
    is($r->header('retry-after'), $status == 202 ? 2 : undef, 'Retry-After');
}
my $over = $t->token($valid->{code}, 'view', '--ttl', 1);
select undef, undef, undef, 2.1;
$text = page('an expired link', $t->get("/view/$over", @html), 410,
             'expired', '链接已过期');
unlike($text, qr/$valid->{number}|$valid->{code}/, 'shows no facts');
page('a bad token', $t->get('/download/x', @html), 403, 'forbidden',
     '链接无效');
is($t->get("/view/$valid->{view}", @html)->header('content-type'),
   'application/pdf', 'a good token gets the file nevertheless');


# Conditional headers and ranges do not change the page.
for my $case (['If-None-Match' => '*'], ['If-Match' => '"x"'],
              ['If-Modified-Since' => 'Thu, 01 Jan 2099 00:00:00 GMT'],
              ['If-Unmodified-Since' => 'Thu, 01 Jan 1970 00:00:00 GMT'],
              [Range => 'bytes=0-9'])
{
    page("@$case", $t->get("/check/$samples->{revoked}{code}", @html, @$case),
         200, 'revoked');
}


# Names that try to be markup.
my ($odd) = $t->import_rows($t->certificate(
    name => '"&<', qualification => '经济', specialty => '<script>&',
    level => '<i>"\''));
$text = page('markup', $t->request('POST', '/check', headers => [@html],
    form => [map { $_ => $odd->{$_} } qw(number name id_number)]), 200,
    'valid', '&lt;i&gt;&quot;');
unlike($text, qr/<script>|<i>/, 'is text');


# Other pages.
$r = $t->get('/other/x', @html);
is($r->body, 'x y=1 bad_request GET', 'arguments, variables and method');
is($r->status, 200, 'a page may set its own status')
    if $r->status == 200;
is($t->get('/loop/x', @html)->header('content-type'), 'application/json',
   'a page in the route itself does not loop');
is($t->get('/missing/x', @html)->status, 404, 'a missing page');
is($t->get('/page/check.html', @html)->status, 404, 'not by its own name');
is($t->get('/status', @html)->header('content-type'), 'application/json',
   'the status has no page');

# The address on paper has the host, also of a request that names none, as over
# HTTP/3, where the header is not in $http_host.
for my $case (["HTTP/1.1\r\nHost: cert.example:8443", 'cert.example:8443'],
              ['HTTP/1.0', 'localhost'])
{
    my ($line, $host) = @$case;
    my $body = $t->raw("GET /check/$valid->{code} $line\r\n"
        . "Accept: text/html\r\nConnection: close\r\n\r\n")->body;
    like($body, qr{>http://\Q$host/check/$valid->{code}\E<}, "on paper: $host");
    unlike($body, qr{//\(none\)}, 'and nothing else');
}

$t->stop();
my $log = $t->read('logs/access.log');
is(scalar(() = $log =~ m{^127\.0\.0\.1 "GET /check/\*\*\*" 200 \d+ check valid$}mg)
   > 0, 1, 'the log has the result of a request that got the page');
unlike($log, qr{/page/check\.html" 2}, 'and not the page');

# A missing page is an error of the configuration.
$t->expect_log(qr/none\.html/);
$t->done();

# From registration to the copy and its withdrawal, through nginx, like a
# holder's browser and a checker's phone.

use lib 't/lib';
use NgxCert;

use Digest::SHA qw(sha256_hex);

my $t = NgxCert->new();
my ($row, $other) = $t->import_rows($t->certificate(), $t->certificate());
my $original = $t->certificate($t->same_person($row), qualification => '税务师',
    specialty => '', level => '', approved => '2015-06-01',
    issuer => '中国注册税务师协会');
$t->import_rows($original);
$t->certctl_ok('policy', 'set', 'notice_text=服务须知\n请仔细阅读。');
$t->conf($t->holder_conf);
$t->start();
$t->certd();

my $number = $row->{number};


# Every route needs an account.
my @routes = (['GET', '/holder/notice'], ['POST', '/holder/consent'],
    ['GET', '/holder/certificates'], ['GET', "/holder/certificates/$number"],
    ['POST', "/holder/certificates/$number/annotations"],
    ['GET', '/holder/annotations/K7QX-2M9D-PA4T-8WZ3'],
    ['POST', '/holder/annotations/K7QX-2M9D-PA4T-8WZ3/withdraw'],
    ['POST', '/holder/annotations/K7QX-2M9D-PA4T-8WZ3/link'],
    ['GET', '/holder/export']);

for my $route (@routes) {
    my $r = $t->request(@$route, $route->[0] eq 'POST' ? (form => []) : ());
    is($r->status, 401, "@$route without a session");
    is($r->header('content-type'), 'application/problem+json',
       'is a problem');
    is($r->json->{type}, '/problems/login_required', 'of a stable type');
}


# Register and log in; before consent to the notice every route refuses.
my $holder = $t->holder($row, username => 'Zhang.San', no_consent => 1);
for my $route (@routes[2 .. $#routes]) {
    my $r = $holder->request(@$route, $route->[0] eq 'POST'
                             ? (form => []) : ());
    is($r->status, 403, "@$route before consent");
    is($r->json->{type}, '/problems/consent_required', 'says why');
}

my $r = $holder->get('/holder/notice');
is($r->status, 200, 'the notice');
is($r->json->{text}, "服务须知\n请仔细阅读。", 'its text');
is($r->json->{version}, 1, 'its version');
is($r->json->{agreed}, undef, 'not agreed to yet');
ok($r->json->{required}, 'consent is required');
is($holder->post('/holder/consent', version => 2)->status, 409,
   'another version is refused');
is($holder->post('/holder/consent', version => 1)->status, 200, 'agreed');
ok($holder->get('/holder/notice')->json->{agreed}, 'and stored');


# The list, and the details.
$r = $holder->get('/holder/certificates');
is($r->status, 200, 'the list');
is(join(' ', sort map { $_->{number} } @{$r->json->{certificates}}),
   join(' ', sort $number, $original->{number}), 'has both certificates');
is($r->json->{reason}, undef, 'and needs no reason');
my ($item) = grep { $_->{number} eq $number } @{$r->json->{certificates}};
is($item->{status}, 'valid', 'status');
is($item->{status_text}, '有效', 'in the words of the trade');
is($item->{annotation}{state}, 'none', 'no copy yet');
is($item->{annotation}{state_text}, '证书加注信息内容为空', 'in those words');

$r = $holder->get("/holder/certificates/$number");
is($r->status, 200, 'the details');
my $details = $r->json;
is($details->{certificate}{name}, $row->{name}, 'the full name');
is($details->{certificate}{id_number},
   substr($row->{id_number}, 0, 3) . '*' x 11 . substr($row->{id_number}, -4),
   'the document number is masked');
is($details->{hint}, '申请证书加注前，请先检查证书信息，如有疑问，请联系证书发放机构。',
   'the hint');
is($details->{quota}{used}, 0, 'nothing used');
is($details->{quota}{left}, 3, 'three left');
is($details->{quota}{next_slot}, undef, 'and nothing to wait for');
is($details->{scenes}[0]{key}, 'self', 'a scene');
is($details->{scenes}[0]{label}, '本人调用', 'its label');
is($details->{validity_days}, 90, 'the longest validity');
is($holder->get("/holder/certificates/$other->{number}")->status, 404,
   "another's certificate is not found");
is($holder->get('/holder/certificates/9999')->body,
   $holder->get("/holder/certificates/$other->{number}")->body,
   'like a number that does not exist');


# Apply.
$r = $holder->apply($number);
is($r->status, 201, 'applied');
my $copy = $r->json->{annotation};
my $code = $copy->{code};
like($code, qr/^([0-9A-Z]{4}-){3}[0-9A-Z]{4}$/, 'a code');
is($r->header('location'), "/holder/annotations/$code", 'its place');
like($r->header('retry-after') // '', qr/^[1-9]\d*$/, 'when to ask again');
is($copy->{state}, 'generating', 'state');
is($copy->{state_text}, '证书生成中…', 'in the words of the trade');
is($r->json->{notice},
   '加注申请提交后，系统将在24小时内完成证书加注，请耐心等待。', 'the promise');

$r = $holder->ready($code);
is($r->status, 200, 'polled until it is made');
$copy = $r->json->{annotation};
is($copy->{state}, 'ready', 'ready');
is($copy->{estimate}, undef, 'nothing to wait for');
my ($view, $download) = map { s{^https?://[^/]+}{}r } @{$r->json}{qw(view
    download)};
$t->secret(map { s{.*/}{}r } $view, $download);

my $file = $t->get($download);
is($file->status, 200, 'downloaded');
is(sha256_hex($file->body), $copy->{sha256}, 'with the digest of the copy');
is($t->get($view)->status, 200, 'viewed');

$r = $t->get("/check/$code");
is($r->json->{result}, 'valid', 'checked by its code');
is($r->json->{certificate}{name} ne $row->{name}, 1, 'the name is masked');
is($t->get("/check?sha256=$copy->{sha256}")->json->{result}, 'valid',
   'checked by the file');

$r = $holder->post("/holder/annotations/$code/link", ttl => 3600);
is($r->status, 201, 'a link to share');
$t->secret($r->json->{url} =~ s{.*/}{}r);
is($t->get($r->json->{url} =~ s{^https?://[^/]+}{}r)->status, 200,
   'leads to the copy');

is($holder->get("/holder/certificates/$number")->json->{quota}{used}, 1,
   'one of three is used');


# The older certificate has its original, without an application (70-original).
my $old = $holder->get("/holder/certificates/$original->{number}")
    ->json->{original};
is($holder->ready($old->{code})->json->{annotation}{state}, 'ready',
   'the original of the older certificate');


# Withdraw.
$r = $holder->post("/holder/annotations/$code/withdraw");
is($r->status, 200, 'withdrawn');
is($r->json->{annotation}{state_text}, '已撤回', 'in the words of the trade');
is($t->get("/check/$code")->json->{result}, 'withdrawn', 'checked again');
is($t->get($_)->status, 410, 'and gone') for $view, $download;
is($holder->post("/holder/annotations/$code/withdraw")->status, 200,
   'a second click changes nothing');
is($holder->post("/holder/annotations/$code/link", ttl => 60)->status, 409,
   'no link to a withdrawn copy');
is($holder->get("/holder/certificates/$number")->json->{quota}{used}, 1,
   'the slot stays used');


# The export of all data about the holder.
$r = $holder->get('/holder/export');
is($r->status, 200, 'the export');
like($r->header('content-disposition'), qr/attachment/, 'is a file');
like($r->body, qr/\Q$row->{id_number}/, 'with the whole document number');
my $export = $r->json;
is(scalar @{$export->{certificates}}, 2, 'both certificates');
is($export->{account}{username}, 'zhang.san', 'the account');


# A missing key: a refusal, and one line in the log for the operator.
my $keys = $t->home . '/keys/public.keys';
$t->run('cp', '-p', $keys, "$keys.whole");
$t->run('sed', '-i', '/ token /d', $keys);
$t->await(sub { ($r = $holder->now($old->{code}))->status != 200 });
is($r->status, 503, 'without a token key: refused');
is(join(' ', $r->header('retry-after')), 30, 'with one Retry-After');
$t->await_log('certd', qr/at "token key"/);
is($t->log_count('certd', qr/at "token key"/), 1, 'logged once');
$t->expect_log(qr/certd: \[alert\] cannot answer a request, at "token key"/);
rename "$keys.whole", $keys;
$t->await(sub { ($r = $holder->now($old->{code}))->status == 200 });
is($r->status, 200, 'it is back');


# Another holder sees none of this.
my $stranger = $t->holder($other);
for my $uri ("/holder/certificates/$number", "/holder/annotations/$code") {
    is($stranger->get($uri)->status, 404, "a stranger: $uri");
}
is($stranger->post("/holder/annotations/$code/withdraw")->status, 404,
   'cannot withdraw');
is($stranger->apply($number)->status, 404, 'nor apply');


# Log out.
is($holder->post('/holder/logout')->status, 204, 'logged out');
is($holder->get('/holder/certificates')->status, 401, 'the session is over');
is($t->certd_stop(), 0, 'certd ends in order');
is($t->certctl_ok('journal', 'verify') ne '', 1, 'the journal verifies');
is(($t->certctl('fsck', '--files'))[0], 0, 'and so does the store');

$t->done();

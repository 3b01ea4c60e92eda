# Downloads: the file in every way in which HTTP can request it, and no byte of
# it if the token, the right or the state is wrong.

use lib 't/lib';
use NgxCert;

use File::Copy qw(copy);
use POSIX qw(strftime);

my $t = NgxCert->new();
my $samples = $t->samples();
my $home = $t->home();

$t->conf(server => <<'END');
        location /view/      { cert_download inline; }
        location /download/  { cert_download; }
        location /bare       { cert_download attachment; }
        location ~ ^/r/      { cert_download; }
        location /cached/    { cert_download;
                               open_file_cache max=100;
                               open_file_cache_valid 1h; }
        location /check      { cert_check; }
        location /short/     { rewrite ^/short/(.*)$ /download/$1 last; }
        location /query      { rewrite ^ /download/$arg_t? last; }
        location /named/     { rewrite ^/named/(.*)\.pdf$ /download/$1 last; }
END
$t->start();

my $valid = $samples->{valid};
my $file = $t->read("$home/$valid->{file}");
my $size = length $file;
my $uri = "/download/$valid->{download}";

my %common = ('x-content-type-options' => 'nosniff',
              'referrer-policy' => 'no-referrer');

# Asserts a refusal: small JSON, and no byte of the file.
sub refused {
    my ($name, $r, $status, $result, %has) = @_;

    subtest $name => sub {
        ok($r, 'answered') or return;
        is($r->status, $status, 'status');
        is($r->header('content-type'), 'application/json', 'type');
        is($r->header('cache-control'), 'no-store', 'not stored');
        is($r->header($_), $common{$_}, $_) for sort keys %common;
        for my $header (qw(etag last-modified accept-ranges content-range
                           content-disposition))
        {
            is($r->header($header), undef, "no $header");
        }
        is($r->header('retry-after'), $has{retry}, 'Retry-After');
        cmp_ok($r->header('content-length'), '<', 100, 'short');
        return if !length $r->body;
        is($r->json->{result}, $result, 'result');
        is(join(' ', sort keys %{$r->json}),
           $has{detail} ? 'detail result' : 'result', 'nothing else');
    };
}


# The whole file.
ok($size > 10000, 'there is a file');
for my $right (qw(view download)) {
    my $r = $t->get("/$right/$valid->{$right}");
    my $kind = $right eq 'view' ? 'inline' : 'attachment';

    is($r->status, 200, "$right: status");
    ok($r->body eq $file, "$right: the file");
    is($r->header('content-type'), 'application/pdf', "$right: type");
    is($r->header('content-length'), $size, "$right: length");
    is($r->header('cache-control'), 'private, no-store', "$right: caching");
    is($r->header($_), $common{$_}, "$right: $_") for sort keys %common;
    is($r->header('etag'), qq("$valid->{sha256}"), "$right: ETag");
    is($r->header('accept-ranges'), 'bytes', "$right: ranges");
    is($r->header('content-disposition'),
       qq($kind; filename="certificate-$valid->{code}.pdf"; )
       . 'filename*=UTF-8\'\'' . NgxCert::escape('电子证书-')
       . "$valid->{code}.pdf", "$right: name");
    like($r->header('last-modified'), qr/^\w{3}, \d\d \w{3} \d{4} .* GMT$/,
         "$right: date");
}

is($t->get("/bare/$valid->{download}")->status, 200, 'no slash in the name');
is($t->get("/r/$valid->{download}")->status, 200, 'a regular expression');
is($t->get("/r/x/$valid->{download}")->status, 200, 'the last segment');
is($t->get("$uri?x=1")->status, 200, 'arguments do not count');
is($t->get("/view/$samples->{original}{view}")->status, 200,
   'an original copy');

my $head = $t->head($uri);
is($head->status, 200, 'HEAD');
is($head->header('content-length'), $size, 'HEAD: length');
is($head->body, '', 'HEAD: no body');


# Ranges.
my @ranges = (
    ['bytes=0-0', 0, 1], ['bytes=0-4095', 0, 4096],
    ['bytes=100-199', 100, 100], ['bytes=-1', $size - 1, 1],
    ['bytes=-4096', $size - 4096, 4096], ['bytes=1000-', 1000, $size - 1000],
    ['bytes=0-' . ($size * 2), 0, $size], ['bytes=-' . ($size * 2), 0, $size],
);
for my $case (@ranges) {
    my ($range, $from, $len) = @$case;
    my $r = $t->get($uri, Range => $range);
    is($r->status, 206, "$range: status");
    is($r->header('content-range'),
       sprintf('bytes %d-%d/%d', $from, $from + $len - 1, $size),
       "$range: which");
    ok($r->body eq substr($file, $from, $len), "$range: bytes");
    is($r->header('cache-control'), 'private, no-store', "$range: caching");
}

my $r = $t->get($uri, Range => 'bytes=0-9,100-109,-10');
is($r->status, 206, 'several: status');
my ($boundary) = $r->header('content-type')
    =~ m{^multipart/byteranges; boundary=(\S+)};
ok($boundary, 'several: type');
my @parts = $r->body =~ m{--\Q$boundary\E\r\nContent-Type:\ (\S+)\r\n
    Content-Range:\ bytes\ (\d+)-(\d+)/$size\r\n\r\n(.{10})(?=\r\n--)}sgx;
is(scalar @parts, 12, 'several: parts');
while (my ($type, $from, $to, $bytes) = splice @parts, 0, 4) {
    is($type, 'application/pdf', "several: type of $from-$to");
    ok($bytes eq substr($file, $from, 10), "several: bytes $from-$to");
}

is($t->head($uri, Range => 'bytes=0-9')->status, 206, 'HEAD of a range');
for my $range ("bytes=$size-", 'bytes=99999999-', 'bytes=5-4', 'bytes=-0') {
    my $r = $t->get($uri, Range => $range);
    is($r->status, 416, "$range: none");
    is($r->header('content-range'), "bytes */$size", "$range: the size");
}
is($t->get($uri, Range => 'items=0-1')->status, 200, 'another unit');


# Conditions.
my $etag = qq("$valid->{sha256}");
my $date = $t->get($uri)->header('last-modified');
for my $case ([304, 'If-None-Match' => $etag],
              [304, 'If-None-Match' => '*'],
              [304, 'If-None-Match' => "\"x\", $etag"],
              [304, 'If-None-Match' => "W/$etag"],
              [200, 'If-None-Match' => '"x"'],
              [304, 'If-Modified-Since' => $date],
              [200, 'If-Modified-Since' => 'Thu, 01 Jan 1970 00:00:00 GMT'],
              [200, 'If-Match' => $etag],
              [412, 'If-Match' => '"x"'],
              [206, Range => 'bytes=0-9', 'If-Range' => $etag],
              [200, Range => 'bytes=0-9', 'If-Range' => '"x"'],
              [206, Range => 'bytes=0-9', 'If-Range' => $date])
{
    my ($status, @headers) = @$case;
    my $r = $t->get($uri, @headers);
    is($r->status, $status, "@headers: $status");
    is($r->body, '', 'no body') if $status == 304;
}


# Bad tokens.
my $token = $valid->{download};
my @alphabet = ('A' .. 'Z', 'a' .. 'z', 0 .. 9, '-', '_');
my $other = $samples->{original}{download};

# A token in which the two alphabets of base64 differ, like every second one.
my ($dashed) = grep { /[-_]/ } $token,
    map { $t->token($valid->{code}, 'download', '--ttl', 600 + $_) } 1 .. 20;
my @forged = (
    ['empty', ''], ['a character', 'A'], ['no base64', '!' x 48],
    ['zeros', 'A' x 48], ['ones', '_' x 48],
    ['a slash behind', "$token/"], ['padding', "$token="],
    ['a space behind', "$token%20"],
    ['a line end behind', "$token%0a"], ['twice', $token . $token],
    ['reversed', scalar reverse $token], ['in capitals', uc $token],
    ['in small letters', lc $token],
    ['the other alphabet', $dashed =~ tr{-_}{+/}r],
    ['a code', $valid->{code}], ['a digest', $valid->{sha256}],
    ['a segment before', "x/$token"],
    ['the wrong right', $valid->{view}],
    ['head of one, tail of another',
     substr($token, 0, 24) . substr($other, 24)],
    ['tail of one, head of another',
     substr($other, 0, 24) . substr($token, 24)],
);
refused("forged: $_->[0]", $t->get("/download/$_->[1]"), 403, 'forbidden')
    for @forged;

# A token has one spelling: nginx decodes escapes, but the token is read as it
# was sent.
my $spelt = sprintf '%%%02X%s', ord $token, substr $token, 1;
my $last = substr($token, 0, -1) . sprintf '%%%02x', ord substr $token, -1;
refused("another spelling: $_", $t->get(s/SPELT/$spelt/r =~ s/LAST/$last/r),
        403, 'forbidden')
    for qw(/download/SPELT /download/LAST /r/x/SPELT /bare/LAST
           /download/SPELT?x=1 /short/SPELT /named/LAST.pdf),
        "/download/SPELT?$token", "/download/SPELT?/$token",
        "/download/$token#", "/$token/../download/SPELT";
is($t->get($_)->status, 200, 'the one spelling: ' . s/\Q$token\E/TOKEN/r)
    for "/x/../download/$token", "//download/$token?$spelt",
        "/%64ownload/$token", "/short/$token", "/query?t=$token",
        "/named/$token.pdf";
refused('the wrong right, the other way', $t->get("/view/$token"), 403,
        'forbidden');

# One connection for many forged tokens.
my ($accepted, $tried) = (0, 0);
my $socket = $t->connect();
sub try {
    my ($forged) = @_;
    my $r = $t->request('GET', "/download/$forged", socket => $socket,
                        close => 0);
    if (!$r || ($r->header('connection') // '') eq 'close') {
        $socket = $t->connect();
    }
    $tried++;
    $accepted++ if !$r || $r->status != 403;
}
for my $i (0 .. 47) {
    try(substr $token, 0, $i);
    my $value = index(join('', @alphabet), substr $token, $i, 1);
    for my $bit (0 .. 5) {
        my $forged = $token;
        substr($forged, $i, 1) = $alphabet[$value ^ 1 << $bit];
        try($forged);
    }
}
is($accepted, 0, "of $tried forged tokens none is accepted");
cmp_ok($tried, '>=', 48 * 7, 'every bit and every length');


# States.
my %states = (
    expired    => [410, 'expired'],
    generating => [202, 'generating', retry => 2],
    withdrawn  => [410, 'withdrawn'],
    revoked    => [410, 'revoked'],
    suspended  => [410, 'suspended'],
    replaced   => [410, 'replaced'],
);
my @ways = (
    ['GET'], ['HEAD'], ['GET', Range => 'bytes=0-9'],
    ['GET', 'If-None-Match' => '*'], ['HEAD', Range => 'bytes=-1'],
    ['GET', 'If-Match' => '"x"'], ['GET', Range => 'bytes=99999999-'],
    ['GET', 'If-Modified-Since' => 'Thu, 01 Jan 2099 00:00:00 GMT'],
);
for my $state (sort keys %states) {
    my ($status, $result, %has) = @{$states{$state}};
    my $sample = $samples->{$state};
    for my $right (qw(view download)) {
        for my $way (@ways) {
            my ($method, @headers) = @$way;
            refused("$state: @$way $right", $t->request($method,
                "/$right/$sample->{$right}", headers => \@headers),
                $status, $result, %has);
        }
    }
}


# An expired token of a copy that has not expired.
my ($short, $status);
for my $ttl (2, 15, 60) {
    $short = $t->token($valid->{code}, 'download', '--ttl', $ttl);
    $status = $t->get("/download/$short")->status;
    last if $status == 200;
}
is($status, 200, 'a short token');
$t->await(sub { $t->get("/download/$short")->status != 200 });
refused('a short token, later', $t->get("/download/$short"), 410, 'expired',
        detail => 1);
is($t->get($uri)->status, 200, 'a longer one is still valid');


# A withdrawal takes effect at the next request, in every way to request, cached
# or not.
my ($cert) = $t->import_rows($t->certificate(name => '赵敏'));
for my $folder (qw(download cached)) {
    my $copy = $t->annotate($cert->{number});
    my $token = $t->token($copy->{code}, 'download');
    is($t->get("/$folder/$token")->status, 200, "$folder: before") for 1 .. 3;
    $t->certctl_ok('withdraw', $copy->{code});
    for my $way (@ways) {
        my ($method, @headers) = @$way;
        refused("$folder: @$way after", $t->request($method,
            "/$folder/$token", headers => \@headers), 410, 'withdrawn');
    }
}

my $suspended = $samples->{suspended};
$t->certctl_ok('reinstate', $suspended->{number});
is($t->get("/download/$suspended->{download}")->status, 200, 'reinstated');
$t->certctl_ok('suspend', $suspended->{number});
refused('suspended again', $t->get("/download/$suspended->{download}"), 410,
        'suspended');


# Methods.
for my $method (qw(POST PUT DELETE OPTIONS)) {
    my $r = $t->request($method, $uri);
    is($r->status, 405, "$method: status");
    is($r->header('allow'), 'GET, HEAD', "$method: what is allowed");
}


# A file that is not the sealed one.
$t->expect_log(qr{\[alert\].*"\Q$home\E/pdf/.*"});
my $path = "$home/$valid->{file}";
my $kept = $t->path('kept.pdf');
rename $path, $kept or die "rename: $!\n";

sub broken {
    my ($name) = @_;
    refused("$name: $_->[0]", $t->request($_->[0], $uri,
        headers => [@$_[1 .. $#$_]]), 503, 'unavailable', retry => 5)
        for @ways[0 .. 3];
    system 'rm', '-rf', $path;
}

broken('gone');
symlink $kept, $path;
broken('a link to the file itself');
mkdir $path;
broken('a folder');
$t->write($path, '');
broken('empty');
$t->write($path, substr $file, 0, -1);
broken('cut by a byte');
$t->write($path, "${file}x");
broken('longer by a byte');
POSIX::mkfifo($path, 0644);
broken('a pipe');

my ($folder) = $path =~ m{^(.*)/};
rename $folder, "$folder.kept" or die "rename: $!\n";
symlink "$folder.kept", $folder;
copy($kept, "$folder.kept/" . ($path =~ m{([^/]*)$})[0]);
refused('a folder that is a link', $t->get($uri), 503, 'unavailable',
        retry => 5);
unlink $folder;
rename "$folder.kept", $folder;
chmod 0644, $path;
ok($t->get($uri)->body eq $file, 'the file put back');

is($t->get('/check/' . $valid->{code})->json->{result}, 'valid',
   'checks went on');
my $minutes = 1 + int((time - $^T) / 60);
my $said = $t->log_count('error', qr/\Q$path\E" is not sent: /);
ok($said >= 1 && $said <= $minutes * scalar(() = $t->workers),
   'each worker said it once a minute') or diag("$said times");

$t->done();

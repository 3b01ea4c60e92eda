# A copy that is withdrawn is gone with the next request, on each connection and
# whatever is asked of it: whole, a range, if it has changed, its head.
# WITHDRAWALS (5).

use lib 't/lib';
use NgxCert;

my $wanted = $ENV{WITHDRAWALS} // 5;

my $t = NgxCert->new();
my @rows = $t->import_rows(map { $t->certificate() } 1 .. 20);
$t->certctl_ok('policy', 'set', 'quota=100');
my @codes = map { JSON::PP->new->decode($_)->{code} } split /\n/,
    $t->certctl_ok('annotate', '--json', '--file', $t->write('list', join '',
        map { "$rows[$_ % @rows]{number}\n" } 0 .. $wanted - 1));
is(scalar @codes, $wanted, 'copies');

$t->conf(workers => 4, http => 'keepalive_requests 1000000;'
        . 'open_file_cache max=2000; open_file_cache_valid 60s;',
    server => 'location /check { cert_check; } '
        . 'location /download/ { cert_download; }');
$t->start();
my @sockets = map { $t->connect() } 1 .. 12;

# What each connection answers to each kind of request, as text.
sub answers {
    my ($uri, @headers) = @_;
    my @kinds = (['GET'], ['HEAD'], ['GET', Range => 'bytes=0-99'],
                 ['GET', @headers]);
    return map { my $socket = $_; map { my ($method, @more) = @$_;
        my $r = $t->request($method, $uri, socket => $socket,
                            headers => \@more);
        $r ? $r->status : 'none' } @kinds } @sockets;
}

my ($rounds, $asked, $first) = (0, 0, '');
for my $code (@codes) {
    my $uri = '/download/' . $t->token($code, 'download', '--ttl', 3600);
    my $etag = $t->get($uri)->header('etag') // '"none"';
    my $before = join ' ', answers($uri, 'If-None-Match' => $etag);
    $t->certctl_ok('withdraw', $code);
    my @after = answers($uri, 'If-None-Match' => $etag);
    $asked += @after;
    my $bad = grep { $_ ne '410' } @after;
    my $result = $t->get("/check/$code")->json->{result};

    $first ||= "$before, then @after, $result"
        if $before ne join(' ', ('200 200 206 304') x @sockets) || $bad
            || $result ne 'withdrawn';
    $rounds++;
}
is($first, '', "$rounds withdrawals: gone in the next of $asked requests");

$t->done();

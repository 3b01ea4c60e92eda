# The body of a copy is sent by sendfile(): the worker neither reads the file
# nor writes its bytes.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
my $sample = $t->samples()->{valid};
my $uri = "/download/$sample->{download}";
$t->conf(workers => 1, http => 'sendfile on;', server => <<'END');
        location /download/ { cert_download; }
END
$t->start();
my $size = $t->get($uri)->header('content-length');
cmp_ok($size, '>', 50000, "a copy of $size bytes");

my ($worker) = $t->workers;
my $trace = $t->path('trace');
my $pid = $t->spawn('strace', '-qq', '-f', '-e',
    'trace=sendfile,read,pread64,readv,preadv,write,writev,sendto,sendmsg',
    '-o', $trace, '-p', $worker);

# The worker's status shows when strace is attached.
$t->await(sub { $t->read("/proc/$worker/status") =~ /TracerPid:\t[1-9]/ });

my $r = $t->get($uri);
is($r->status, 200, 'traced');
is(length $r->body, $size, 'the whole file');
my $part = $t->get($uri, Range => 'bytes=1000-50999');
is(length $part->body, 50000, 'a range');

# strace writes a call when it has returned; the answer may come before.
my %bytes;
$t->await(sub {
    %bytes = ();
    for (split /\n/, $t->read($trace)) {
        $bytes{$1} += $2 if /\b(\w+)\(.*= (\d+)$/;
    }
    return ($bytes{sendfile} // 0) >= $size + 50000;
});
kill 'INT', $pid;
$t->wait($pid);
is($bytes{sendfile}, $size + 50000, 'sendfile() moved every byte of it');

# The other calls read the request and write the headers.
delete $bytes{sendfile};
my $copied = 0;
$copied += $_ for values %bytes;
cmp_ok($copied, '<', 4096, "$copied bytes went through the worker");

$t->done();

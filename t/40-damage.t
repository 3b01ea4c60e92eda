# One flipped bit inside a live record: 503 and an alert for that record, never
# another answer; every other record answers as before.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
my @certs = $t->import_rows(map { $t->certificate(name => $_) } '张三', '李四');
my ($hurt, $whole) = map { $t->annotate($_->{number}) } @certs;
my $token = $t->token($hurt->{code}, 'download');

$t->conf(server => <<'END');
        location /check     { cert_check; }
        location /download/ { cert_download; }
END
$t->start();
is($t->get("/check/$hurt->{code}")->json->{result}, 'valid', 'whole');

# The digest of the file is in the annotation's record, and a key of the index
# by file, which stays undamaged: there a node starts with the digest.
my $file = $t->path('home/store/data.mdb');
my $sha256 = pack 'H*', $hurt->{sha256};
my $bytes = do { open my $fh, '<:raw', $file or die; local $/; <$fh> };
my @at;
for (my $i = 0; ($i = index $bytes, $sha256, $i) >= 0; $i++) {
    push @at, $i if substr($bytes, $i - 2, 2) ne pack('v', 32);
}
ok(@at > 0, 'the record is found');

sub flip {
    my ($bit) = @_;
    open my $fh, '+<:raw', $file or die "$file: $!";
    for my $i (@at) {
        seek $fh, $i + ($bit >> 3), 0;
        print $fh chr(ord(substr $bytes, $i + ($bit >> 3), 1)
                      ^ 1 << ($bit & 7));
    }
}

sub mend {
    open my $fh, '+<:raw', $file or die "$file: $!";
    for my $i (@at) {
        seek $fh, $i, 0;
        print $fh substr $bytes, $i, 32;
    }
}

my ($wrong, $right) = (0, 0);
for my $bit (map { $_ * 8 + $_ % 8 } 0 .. 31) {
    flip($bit);
    for my $uri ("/check/$hurt->{code}", "/check?sha256=$hurt->{sha256}",
                 "/download/$token")
    {
        my $r = $t->get($uri);
        $wrong++ if $r->status != 503
            || $r->body ne '{"result":"unavailable"}';
    }
    $right++ if $t->get("/check/$whole->{code}")->status == 200;
    mend();
}
is($wrong, 0, 'each bit: 503, by code, by file and for the file');
is($right, 32, 'the other record answers');
is($t->get("/check/$hurt->{code}")->status, 200, 'repaired');

$t->log_like('error', qr/\[alert\].*corrupt/, 'an alert in the log');
is($t->log_count('error', qr/\[alert\].*damaged in \d+ answers.*opened again, once/),
   1, 'after some of it the worker opened the store again, once');
$t->expect_log(qr/\[alert\]/);
$t->done();

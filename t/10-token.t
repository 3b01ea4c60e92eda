# certctl token and withdraw.

use lib 't/lib';
use NgxCert;
use MIME::Base64 qw(decode_base64);

my $t = NgxCert->new();
my ($row) = $t->import_rows($t->certificate());
my $code = $t->annotate($row->{number}, '--no-render')->{code};

sub fields {
    my ($token) = @_;
    my $bytes = decode_base64($token =~ tr{-_}{+/}r);
    my ($version, $key, $right) = unpack 'CCC', $bytes;
    my $after = unpack 'Q>', "\0\0\0" . substr $bytes, 13, 5;
    return ($version, $key, $right, $after, length $bytes);
}

for my $case (['view', 1], ['download', 2]) {
    my ($right, $number) = @$case;
    my $now = time;
    my $token = $t->token($code, $right);
    my ($version, $key, $got, $after, $len) = fields($token);
    is(length $token, 48, "$right: 48 characters");
    is("$version $key $got $len", "1 1 $number 36", "$right: its fields");
    ok($after >= $now + 600 && $after <= time + 601, "$right: ten minutes");

    my $url = $t->certctl_ok('token', $code, '--right', $right, '--url');
    like($url, qr{^https?://[^/]+/$right/[A-Za-z0-9_-]{48}$}m,
         "$right: address");
    $t->secret($url =~ m{([^/\n]+)$});
}

# Longer, but never past the copy.
my $far = $t->token($code, 'view', '--ttl', 86400 * 3650);
my $expires = $t->certctl_json('show', $code)->{expires};
is($t->certctl_json('token', $code, '--right', 'view', '--ttl',
    86400 * 3650)->{not_after}, $expires, 'never past the copy');

for my $case (
    [[$code], 2, qr/--right/], [[$code, '--right', 'delete'], 2, qr/--right/],
    [[$code, '--right', 'View'], 2, qr/--right/],
    [[$code, '--right', 'view', '--ttl', 0], 2, qr/--ttl/],
    [[$code, '--right', 'view', '--ttl', '9' x 12], 2, qr/--ttl/],
    [['nonsense', '--right', 'view'], 2, qr/is not a code/],
    [[($code =~ s/.$/$& eq '0' ? '1' : '0'/er), '--right', 'view'], 2,
        qr/is not a code/],
    [['1V17-KGBF-NARW-YFBP', '--right', 'view'], 1, qr/no such copy/],
) {
    my ($args, $want, $reason) = @$case;
    my ($status, $out, $err) = $t->certctl('token', @$args);
    is($status, $want, "token @$args: status");
    is($out, '', "token @$args: none");
    like($err, $reason, "token @$args: reason");
}

# Withdraw: at once, for good, once.
is($t->certctl_json('withdraw', lc $code)->{changed}, JSON::PP::true,
   'withdrawn');
is($t->certctl_json('show', $code)->{result}, 'withdrawn', 'a check says so');
my ($status) = $t->certctl('withdraw', $code);
like($status, qr/^[01]$/, 'again: nothing breaks');
is($t->certctl_json('show', $code)->{result}, 'withdrawn', 'still withdrawn');
is(($t->certctl('withdraw', '1V17-KGBF-NARW-YFBP'))[0], 1, 'unknown code');
is(($t->certctl('withdraw', 'nonsense'))[0], 2, 'not a code');
is(($t->certctl('annotate', '--pending'))[0], 0, 'and it is not rendered');
is($t->certctl_json('show', $code)->{result}, 'withdrawn', 'nor revived');

is($t->certctl_json('fsck')->{findings}, 0, 'fsck finds nothing');
$t->done();

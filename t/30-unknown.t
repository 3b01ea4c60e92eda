# A genuine token of a copy that the store does not know, and one of a copy that
# was never made: both 404, for every way to request it.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
my ($cert) = $t->import_rows($t->certificate(name => '张三'));

# The store as it was before the copy, like a restored backup.
$t->certctl_ok('backup', $t->path('older'));
my $copy = $t->annotate($cert->{number});
my %token = map { $_ => $t->token($copy->{code}, $_) } qw(view download);
if ($> == 0 && $t->group) {
    system 'chgrp', '-R', $t->group, $t->path('older');
    chmod 0750, $t->path('older'), $t->path('older/store');
}

$t->conf(store => <<'END', server => <<'END');
    cert_store    %%DIR%%/older/store;
    cert_keyring  %%HOME%%/keys/public.keys;
    cert_pdf_root %%HOME%%/pdf;
END
        location /check     { cert_check; }
        location /view/     { cert_download inline; }
        location /download/ { cert_download; }
END
$t->start();

is($t->get("/check/$copy->{code}")->status, 404, 'the check does not know it');
for my $right (qw(view download)) {
    my $uri = "/$right/$token{$right}";
    for my $headers ([], [Range => 'bytes=0-9'], ['If-None-Match' => '*']) {
        my $r = $t->get($uri, @$headers);
        is($r->status, 404, "$right @$headers: status");
        is($r->body, '{"result":"not_found"}', "$right @$headers: no more");
    }
    is($t->head($uri)->status, 404, "$right: HEAD");
}
is($t->get("/view/$token{download}")->status, 403,
   'the wrong right is found first');

$t->done();

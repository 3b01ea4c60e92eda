# certctl verify: a distinct reason for each way in which a file can be wrong.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
my $home = $t->home(at => '2026-06-01T10:00:00+08:00');
my @at = ('--at', '2026-11-20T10:00:00+08:00');
my @rows = map { $t->certificate() } 1 .. 4;
$t->certctl_ok('import', $t->csv('p.csv', @rows), @at);
my ($good, $gone, $revoked) = map {
    JSON::PP->new->decode($t->certctl_ok('annotate', $_->{number}, '--json',
        @at)) } @rows[0 .. 2];
my $pdf = $t->read("$home/$good->{file}");

sub verify {
    my ($file, @args) = @_;
    my ($status, $out, $err) = $t->certctl('verify', $file, '--json', @args);
    return ($status, JSON::PP->new->decode($out));
}

my ($status, $said) = verify("$home/$good->{file}");
is($status, 0, 'genuine and in force: status');
is($said->{result}, 'genuine', 'result');
is($said->{check}{result}, 'valid', 'the check');
is($said->{check}{annotation}{code}, $good->{code}, 'of this copy');
is_deeply([@$said{qw(reason advice)}], [undef, undef], 'nothing to say');
like($said->{signer}, qr/CN=/, 'the signer');
like(scalar `cat man/certctl.1`, qr/^$_ {2,}\w/m, "$_: in the manual")
    for sort keys %$said;
like($t->certctl_ok('verify', "$home/$good->{file}"), qr/: genuine$/m,
     'in words');

# The file.
my $original = qr/^Ask the holder for the file as it was downloaded; the code/;
my $n = length $pdf;
my ($cut, $flip) = (substr($pdf, 0, $n / 2), $pdf);
substr($flip, 2000, 1) ^= "\x01";
for my $case (
    ['not_pdf', 'a text', 'not a PDF', qr/ask the holder for the PDF/i],
    ['not_pdf', '', 'empty', qr/ask the holder for the PDF/i],
    ['other_pdf', "%PDF-2.0\n1 0 obj\n<<>>\nendobj\n%%EOF\n", 'another PDF',
        qr/printed or converted/],
    ['cut_short', $cut, 'cut in half', qr/download or copy the file again/i],
    ['rewritten', $pdf =~ s/%PDF-1.7/%PDF-2.0/r, 'another version', $original],
    [qr/^(?!genuine)/, $flip, 'a flipped bit', qr/the holder for the file/],
    ['cut_short', $pdf . "\n1 0 obj\n<<>>\nendobj\n", 'objects behind it',
        qr/download/i],
    ['bad_range', "$pdf\n\n", 'blanks behind it', $original],
    ['more_revisions', $pdf . substr($pdf, -2000), 'its end twice',
        $original],
) {
    my ($want, $bytes, $name, $advice) = @$case;
    my ($status, $said) = verify($t->write('x.pdf', $bytes));
    is($status, 1, "$name: status");
    like($said->{result}, ref $want ? $want : qr/^$want$/, "$name: result");
    ok(length $said->{reason}, "$name: a reason");
    like($said->{advice}, $advice, "$name: what to do");
    is($said->{check}{result}, 'not_found', "$name: unknown to the store");
    is_deeply([@$said{qw(signer signed)}], [undef, undef], "$name: unsealed")
        if $want eq 'not_pdf' || $want eq 'other_pdf';
}

my (undef, $words) = $t->certctl('verify', $t->write('x.pdf', $cut));
like($words, qr/: cut_short\n  file: a PDF whose end is missing\n  advice: Down/,
     'reason and advice in words');

# The copy: withdrawn, revoked, expired, unknown here.
$t->certctl_ok('withdraw', $gone->{code}, @at);
$t->certctl_ok('revoke', $rows[2]{number}, @at);
for my $case (
    ['withdrawn', $gone, []], ['revoked', $revoked, []],
    ['expired', $good, ['--at', '2027-06-01']],
) {
    my ($want, $copy, $args) = @$case;
    my ($status, $said) = verify("$home/$copy->{file}", @$args);
    is($status, 1, "$want: status");
    is($said->{result}, $want, "$want: result");
    is($said->{finding}, 'genuine', "$want: the file itself is genuine");
}
my $other = NgxCert->new();
$other->home();
my ($s, $out) = $other->certctl('verify', "$home/$good->{file}", '--json');
is($s, 1, 'a store that does not know it: status');
is(JSON::PP->new->decode($out)->{result}, 'not_found', 'result');

# Without a store.
my @alone = ('--no-store', '--ca', "$home/seals/ca.pem");
my $bin = $t->certctl_bin;
is(($t->run($bin, 'verify', @alone, "$home/$good->{file}"))[0], 0,
   'alone: genuine');
is(($t->run($bin, 'verify', @alone, "$home/$gone->{file}"))[0], 0,
   'alone: a withdrawn copy is a genuine file');
is(($t->run($bin, 'verify', @alone, $t->path('x.pdf')))[0], 1,
   'alone: a bad file');
is(($t->run($bin, 'verify', '--no-store', "$home/$good->{file}"))[0], 2,
   'alone: needs --ca');

# Links: to the check of this very copy, at an address of this authority.
my $link = "http://localhost/check/$good->{code}";
is((verify("$home/$good->{file}"))[1]{link}, $link, 'the link of a copy');
like($t->certctl_ok('verify', "$home/$good->{file}"),
     qr{^  links to: \Q$link\E$}m, 'in words');
$t->certctl_ok('policy', 'set', 'public_url=https://new.example', @at);
$t->certctl_ok('policy', 'set', 'public_url=https://third.example', @at);
is((verify("$home/$good->{file}", @at))[0], 0,
   'a copy of before the authority moved');
my $new = JSON::PP->new->decode($t->certctl_ok('annotate', $rows[3]{number},
    '--json', @at));
is((verify("$home/$new->{file}", @at))[1]{link},
   "https://third.example/check/$new->{code}", 'one of after');
is((verify("$home/$new->{file}", @at))[0], 0, 'is genuine, too');

# Another authority of the same certificates, with addresses of its own.
my @theirs = $other->certificate();
$other->certctl_ok('import', $other->csv('p.csv', @theirs));
my %theirs;
for my $url ('https://new.example', 'https://new.example:8443',
             'http://localhost:1', 'https://new.example.org')
{
    $other->certctl_ok('policy', 'set', "public_url=$url");
    $theirs{$url} = $other->path('home') . '/'
        . JSON::PP->new->decode($other->certctl_ok('annotate',
              $theirs[0]{number}, '--json'))->{file} if keys %theirs < 3;
}
for my $url (sort keys %theirs) {
    my $want = $url eq 'https://new.example' ? 'not_found' : 'foreign_link';
    my ($status, $said) = verify($theirs{$url});
    is("$status $said->{result}", "1 $want", "another's copy, with $url");
    $want eq 'foreign_link' or next;
    like($said->{reason}, qr/\Q$url, which\E is not an address of this auth/,
         'the reason names it');
    like($said->{advice}, qr/^Do not follow its links/, 'the advice');
}
for my $case (['https://new.example', 0], ['https://new.exampl', 1],
              ['http://new.example', 1], ['https://new.example/', 1])
{
    my ($url, $want) = @$case;
    is(($t->run($bin, 'verify', @alone, '--public-url', $url,
        $theirs{'https://new.example'}))[0], $want, "alone, with $url");
}
is(($t->certctl('verify', '--public-url', 'https://new.example',
    "$home/$good->{file}"))[0], 2, '--public-url goes without a store only');

# A renderer that was taken over: its copies are sealed, and in the store.
my @more = map { $t->certificate() } 1 .. 3;
$t->certctl_ok('import', $t->csv('q.csv', @more), @at);
for my $case (
    ["https://new.example/check/$good->{code}", qr/check of another copy$/],
    ["https://evil.example/check/$good->{code}", qr/not an address of this/],
) {
    my ($uri, $why) = @$case;
    my $copy = JSON::PP->new->decode($t->certctl_ok('annotate',
        (shift @more)->{number}, '--json', @at, { env => {
            LD_PRELOAD => NgxCert::build() . '/link.so', LINK_FAULT => $uri } }));
    my ($status, $said) = verify("$home/$copy->{file}", @at);
    is("$status $said->{result} $said->{check}{result}",
       '1 foreign_link valid', "a wrong link of its own: $uri");
    like($said->{reason}, $why, 'the reason');
}
my ($refused) = $t->certctl('annotate', $more[0]{number}, @at, { env => {
    LD_PRELOAD => NgxCert::build() . '/link.so',
    LINK_FAULT => 'https://evil.example/' } });
isnt($refused, 0, 'what is not a check is not sealed at all');

# Another authority, and what cannot be looked at.
$t->run('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt',
    'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=other', '-keyout',
    $t->path('k.pem'), '-out', $t->path('other.pem'));
($status, $said) = verify("$home/$good->{file}", '--ca',
    $t->path('other.pem'));
is("$status $said->{result}", '1 unknown_signer', 'another authority');
is(($t->certctl('verify', $t->path('none.pdf')))[0], 3, 'no file');

# A name in GBK, as a file from elsewhere may have one.
my $gbk = $t->path("\xbb\xe1\xbc\xc6.pdf");
($status, $said) = verify($gbk);
is($status, 3, 'no file of a name that is not UTF-8: status');
like($said->{reason}, qr/\\xbb\\xe1\\xbc\\xc6[.]pdf/, 'the reason, as JSON too');
$t->write($gbk, $pdf);
($status, $said) = verify($gbk);
is($status, 0, 'one that is there: status');
like($said->{file}, qr{/\\xbb\\xe1\\xbc\\xc6[.]pdf$}, 'its name');
is(($t->certctl('verify', "$home/$good->{file}", '--ca',
    $t->path('none')))[0], 3, 'no authority');
is(($t->certctl('verify', $t->dir))[0], 3, 'a folder');

$t->done();

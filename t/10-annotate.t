# certctl annotate: one copy, many, the original, waiting applications;
# refusals, quota, jobs that cannot be done, files that a crash leaves.

use lib 't/lib';
use NgxCert;
use Digest::SHA qw(sha256_hex);

my $t = NgxCert->new();
my $home = $t->home(at => '2026-06-01T10:00:00+08:00');
my @at = ('--at', '2026-11-20T10:00:00+08:00');

my @rows = map { $t->certificate() } 1 .. 12;
my $old = $t->certificate(qualification => '税务师', specialty => '',
    level => '', issuer => '中国注册税务师协会', approved => '2015-06-01');
my $bad = $t->certificate(name => "张\x{18B00}");
$t->certctl_ok('import', $t->csv('p.csv', @rows, $old, $bad), '--any-font',
    @at);

sub lines { map { JSON::PP->new->decode($_) } split /\n/, $_[0] }
sub annotate {
    my @args = @_;
    my ($status, $out, $err) = $t->certctl('annotate', @args, '--json', @at);
    return ($status, $err, lines($out));
}

# One.
my ($status, $err, $copy) = annotate($rows[0]{number}, '--days', 90);
is($status, 0, 'one: status') or diag $err;
is($copy->{state}, 'ready', 'ready');
is($copy->{result}, 'valid', 'and valid');
is($copy->{expires}, '2027-02-19T00:00:00+08:00', 'through its last day');
is($copy->{scene}, '本人调用', 'the scene');
my $pdf = $t->read("$home/$copy->{file}");
is(sha256_hex($pdf), $copy->{sha256}, 'digest of the file');
is(length $pdf, $copy->{size}, 'size of the file');
is(sprintf('%04o', (stat "$home/$copy->{file}")[2] & 07777), '0640', 'mode');

# A refusal: status 1, the reason, and no file.
for my $case (
    [['nobody'], qr/no certificate/],
    [[$rows[1]{number}, '--days', 91], qr/validity/],
    [[$rows[1]{number}, '--scene', 'work'], qr/no such scene/],
    [['--original', $rows[1]{number}], qr/needs annotation/],
) {
    my ($args, $reason) = @$case;
    my ($status, $err) = annotate(@$args);
    is($status, 1, "annotate @$args: refused");
    like($err, $reason, 'why');
}
is(($t->certctl('annotate', @$_))[0], 2, "annotate @$_: wrong usage")
    for [], ['a', 'b'], ['a', '--pending'], ['a', '--file', 'x'],
        ['--pending', '--no-render'], ['a', '--days', 'x'], ['a', '--days', 0],
        ['a', '--jobs', 65];
like(($t->certctl('annotate', 'a', '--jobs', 65))[2],
     qr/"--jobs" takes at most 64$/m, 'how many');
like(($t->certctl('annotate', 'a', '--days', 4294967296))[2],
     qr/"--days" takes 1 to 4294967295$/m, 'how many days');

# The quota: three copies, then a refusal with the day on which a slot is free.
annotate($rows[2]{number}, '--no-render') for 1 .. 3;
($status, $err) = annotate($rows[2]{number});
is($status, 1, 'a fourth: refused');
like($err, qr/quota.*next slot is free at 2027-02-18T00:00:00/, 'and when');

# The original: no expiry, and only once.
($status, $err, my $original) = annotate('--original', $old->{number});
is($status, 0, 'original') or diag $err;
is($original->{expires}, undef, 'without expiry');
($status, $err, my $again) = annotate('--original', $old->{number});
is($status, 0, 'a second request');
is($again->{code}, $original->{code}, 'the same copy');

# A list, with several processes; a bad line is refused, the others are done.
my $list = join '', map { "$rows[$_]{number}\n" } 3 .. 6;
$list .= "$rows[7]{number},self,30\n$rows[8]{number},,1\nnobody\n"
    . "$rows[8]{number},self,x\n$rows[8]{number},self,1,2\n\n";
($status, my $out, $err) = $t->certctl('annotate', '--file', '-', '--jobs',
    3, '--json', @at, {stdin => $list});
my @said = lines($out);
my @made = grep { $_->{code} } @said;
is($status, 1, 'a list: status');
is(scalar @made, 6, 'six made');
is(scalar(grep { $_->{state} eq 'ready' } @made), 6, 'all ready');
is(scalar(grep { $_->{error} } @said), 3, 'three refused');
like($err, qr/nobody: there is no cert/, 'the unknown number');
like($err, qr/line 8: expected NUMBER/, 'the bad number of days');
like($err, qr/line 9: expected NUMBER/, 'too many columns');
my ($short) = grep { $_->{days} == 1 } @made;
is($short->{expires}, '2026-11-22T00:00:00+08:00', 'its own validity');
is(($t->certctl('annotate', '--file', $t->path('none')))[0], 3, 'no file');

# Applications alone, then --pending.
($status, $err, my $waits) = annotate($rows[9]{number}, '--no-render');
is($waits->{state}, 'generating', '--no-render');
ok(!-e "$home/pdf/" . $waits->{code}, 'no file');
($status, $err, my @done) = annotate('--pending');
is($status, 0, '--pending') or diag $err;
is(scalar @done, 4, 'all waiting copies');
is(scalar(grep { $_->{state} eq 'ready' } @done), 4, 'are ready');
($status, $err, @done) = annotate('--pending');
is("$status @done", '0 ', 'and no copy waits any more');

# A character without a glyph in any font makes the copy fail; the reason names
# the code point, not the holder's name, and the slot is free again.
($status, $err, my $failed) = annotate($bad->{number});
is($status, 1, 'a character without a glyph: status');
is($failed->{state}, 'failed', 'failed');
like($failed->{reason}, qr/U\+18B00/, 'names the code point');
like($failed->{reason}, qr/name/, 'and the field');
is($t->certctl_json('show', $bad->{number}, @at)->{quota}{used}, 0,
   'no quota used');

# Without its seal a copy waits; when the seal is back, the copy is made.
rename "$home/seals/ministry.pem", "$home/seals/away" or die;
($status, $err, $waits) = annotate($rows[10]{number});
is($status, 3, 'no seal: status');
is($waits->{state}, 'generating', 'it waits');
like($waits->{reason}, qr/the seal "ministry" is missing/, 'why');
rename "$home/seals/away", "$home/seals/ministry.pem" or die;
is((annotate('--pending'))[0], 0, 'the seal is back: made');

# A seal as PKCS#12, with its passphrase in a file beside it.
my $older = $t->certificate(qualification => '税务师', specialty => '',
    level => '', issuer => '中国注册税务师协会', approved => '2015-06-01');
$t->certctl_ok('import', $t->csv('older.csv', $older), @at);
is(($t->run('openssl', 'pkcs12', '-export', '-in',
    "$home/seals/association.pem", '-out', "$home/seals/association.p12",
    '-passout', 'pass:open sesame'))[0], 0, 'a .p12 is made');
chmod 0600, "$home/seals/association.p12";
unlink "$home/seals/association.pem";
($status, $err, $waits) = annotate('--original', $older->{number});
is($status, 3, 'without its passphrase: status');
is($waits->{state}, 'generating', 'it waits');
$t->write('home/seals/association.pass', "open sesame\n");
$t->secret('open sesame');
chmod 0600, "$home/seals/association.pass";
($status, $err, $done[0]) = annotate('--pending');
is($status, 0, 'with it: made') or diag $err;
is($t->certctl_json('verify', "$home/$done[0]{file}", @at)->{result},
   'genuine', 'and genuine');

# A crash between publishing and commit: the file is verified and used.
sub place {
    my ($code) = @_;
    my ($path) = map { s/^pdf\///r } $t->certctl_json('show', $code,
        @at)->{file} // ();
    return $path;
}
# (The path depends only on the code, so it is the same in a copy of this home
# in which the PDF was rendered.)
($status, $err, $waits) = annotate($rows[11]{number}, '--no-render');
system('cp', '-a', $home, $t->path('twin')) == 0 or die;
my ($s2, $twin) = $t->run($t->certctl_bin, '--home', $t->path('twin'),
    'annotate', '--pending', '--json', @at);
($twin) = lines($twin);
my $from = $t->path("twin/$twin->{file}");
my $to = "$home/$twin->{file}";
system('mkdir', '-p', $to =~ s{/[^/]*$}{}r) == 0 or die;

# First with a forged file: it is neither used nor overwritten.
$t->write($to, '%PDF-1.7 forged');
($status, $err, my $left) = annotate('--pending');
is($status, 3, 'a forged file in the way: status');
like($left->{reason}, qr/not genuine/, 'why');
is($t->read($to), '%PDF-1.7 forged', 'it is unchanged');
unlink $to;

system('cp', '-p', $from, $to) == 0 or die;
my $inode = (stat $to)[1];
($status, $err, $left) = annotate('--pending');
is($status, 0, 'a genuine file in the way: status') or diag $err;
is($left->{state}, 'ready', 'ready');
is($left->{sha256}, $twin->{sha256}, 'with the digest of that file');
is((stat $to)[1], $inode, 'which was not rewritten');

# Store, files and journal are consistent.
is($t->certctl_json('fsck', '--files')->{findings}, 0, 'fsck --files');
is(($t->certctl('journal', 'verify'))[0], 0, 'the journal');
is(join("\n", glob "$home/pdf/.tmp*"), '', 'no temporary file');

$t->write('logs/said.log', Encode::encode('UTF-8', $err));
$t->done();

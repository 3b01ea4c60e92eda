# A renderer lives for months: what changes under it is seen at the next job,
# what goes wrong around a copy passes with its cause, and what a crash left is
# proved or swept.

use lib 't/lib';
use NgxCert;
use Digest::SHA qw(sha256_hex);
use Fcntl qw(:flock);
use IPC::Open2;

my $t = NgxCert->new();
my $tool = $t->build . '/tool/render';
my $home = $t->home();
my @rows = $t->import_rows((map { $t->certificate() } 1 .. 24),
    $t->certificate(name => "张\x{18B00}"));
my $bad = pop @rows;

# fontconfig keeps what it has read until the process ends.
local $ENV{ASAN_OPTIONS} = 'detect_leaks=0';

my $faces = $t->path('faces');
system('cp', '-r', $t->top . '/ngx_cert_module/templates', $faces) == 0 or die;

my ($to, $from);
my $pid = open2($from, $to, $tool, $home, $faces);
$to->autoflush(1);

sub order {
    my ($line) = @_;
    print $to "$line\n";
    my $said = <$from> // 'it ended';
    chomp $said;
    return Encode::decode('UTF-8', $said);
}

my $applied = 0;
sub applied {
    $applied++;
    my $row = shift @rows;
    return ($t->annotate($row->{number}, '--no-render')->{code}, $row);
}

my %LAST;
sub make {
    my ($code, $how) = @_;
    my $said = order(($how // 'make') . " $code " . time);
    @LAST{qw(made err size sha256 read render seal publish reason)} =
        $said =~ /^(\S+) (.+?) (\d+) ([0-9a-f]{64}) (\d+) (\d+) (\d+) (\d+): (.*)$/
        or return $said;
    return "$LAST{made} $LAST{err}" . ($LAST{reason} ne '' && ": $LAST{reason}");
}

sub path { my ($c) = @_; (my $n = $c) =~ tr/-//d;
           return (glob "$home/pdf/??/??/{$n,$c}.pdf")[0] }

# What the file itself says: the finding and who signed it.
sub signer {
    my ($code) = @_;
    my ($status, $out) = $t->run($t->certctl_bin, 'verify', '--json',
        '--no-store', '--ca', "$home/seals/ca.pem", path($code));
    my $said = JSON::PP->new->decode($out);
    return ($said->{finding} // '') . ' ' . ($said->{signer} // '');
}

is(order('prepare'), 'ok', 'prepared');
is(order('prepare'), 'ok', 'and again');

# A copy, what it says of it, and what it took.
my ($code) = applied();
is(make($code), 'made ok', 'made');
my $file = path($code);
is(sha256_hex($t->read($file)), $LAST{sha256}, 'the digest');
is(-s $file, $LAST{size}, 'the size');
ok($LAST{$_} > 0, "$_: $LAST{$_} us") for qw(read render seal publish);
my $ministry = signer($code);
like($ministry, qr/^genuine /, 'it is genuine');

# The same job once more, as after a crash before its commit.
my $sha256 = $LAST{sha256};
is(make($code), 'made ok', 'again: the file is taken');
is($LAST{sha256}, $sha256, 'with its digest');
$t->write($file, '%PDF-1.7 forged');
like(make($code), qr/^trouble exists.*not genuine/, 'not if it is forged');
unlink $file;

# Over a socket, by a renderer of its own.
is(make($code, 'ask'), 'made ok', 'asked for');
is(order('bad'), 'answered 0, ended with ' . 'invalid',
   'what is no ask is not answered') or diag order('prepare');
is(make($code, 'ask'), 'made ok', 'and the next renderer works');

# Not waiting, not known, never to be made.
my ($other) = applied();
$t->certctl_ok('withdraw', $other);
$applied--;
is(make($other), 'as_is ok', 'withdrawn meanwhile');
ok(!path($other), 'no file');
like(make('0000-0000-0000-0000'), qr/^trouble not found/, 'no such copy');
my $never = $t->annotate($bad->{number}, '--no-render')->{code};
like(make($never), qr/^cannot invalid.*U\+18B00/, 'a name that no font has');
unlike($LAST{reason}, qr/张/, 'which is not told');

# Keys that are rotated, used, retired: no job meets a key it does not know.
for my $use (qw(record personal)) {
    $t->certctl_ok('keys', 'rotate', $use);
    ($code) = applied();
    is(make($code), 'made ok', "$use: announced");
    $t->certctl_ok('keys', 'rotate', $use, '--activate');
    ($code) = applied();
    is(make($code), 'made ok', "$use: active");
    $t->certctl_ok('keys', 'retire', $use, 1);
    is(make($code), 'made ok', "$use: the older is retired");
}

# The policy and a seal; the seal has to be there when it is used.
$t->certctl_ok('policy', 'set', 'public_url=https://other.example');
($code) = applied();
is(make($code), 'made ok', 'another policy');
rename "$home/seals/ministry.pem", "$home/seals/away" or die;
($code) = applied();
like(make($code), qr/^trouble not found: the seal "ministry" is missing/,
     'a seal taken away is not used on');
system('cp', '-p', "$home/seals/association.pem", "$home/seals/ministry.pem")
    == 0 or die;
is(make($code), 'made ok', 'another in its place is');
isnt(signer($code), $ministry, 'and signs');
rename "$home/seals/away", "$home/seals/ministry.pem" or die;
($code) = applied();
is(make($code), 'made ok', 'the first is back');
is(signer($code), $ministry, 'and signs again');

# Templates: none of them fails a copy, and what is put right is used.
my $face = $t->read("$faces/ministry.svg");
rename "$faces/ministry.svg", "$faces/away" or die;
($code) = applied();
like(make($code), qr/^trouble not found: no template ministry\.svg/,
     'a template taken away is not used on');
$t->write("$faces/ministry.svg", substr $face, 0, length($face) / 2);
like(make($code), qr/^trouble invalid: template ministry\.svg, line \d+/,
     'half of it is told with its line');
$t->write("$faces/ministry.svg", $face =~ s/\{\{name\}\}/{{mane}}/r);
like(make($code), qr/^trouble invalid: .*an unknown field: "mane"/,
     'one that wants what no copy has');
$t->write("$faces/ministry.svg", $face =~ s{font-family="[^"]*"}
                                          {font-family="No Such"}r);
like(make($code), qr/^trouble system error: .*not installed/,
     'one that wants another font');
$t->write("$faces/ministry.svg", $face);
rename "$faces/seals/ministry.svg", "$faces/away" or die;
like(make($code), qr{^trouble not found: no template seals/ministry\.svg},
     'the image of a seal');
rename "$faces/away", "$faces/seals/ministry.svg" or die;
is(make($code), 'made ok', 'all is back');
$t->write("$faces/other.svg", $face);
($code) = applied();
is(make($code), 'made ok', 'another one beside it');
$t->write("$faces/ministry.svg", $face =~ s{(</svg>\s*)$}
    {<text x="60" y="60" font-size="9" font-family="Noto Serif CJK SC">MMXXVI</text>$1}r);
($code) = applied();
is(make($code), 'made ok', 'one that was changed where it lies');
SKIP: {
    skip 'no pdftotext', 1 if !grep { -x "$_/pdftotext" } split /:/, $ENV{PATH};
    like(($t->run('pdftotext', path($code), '-'))[1], qr/MMXXVI/, 'is drawn');
}
rename $faces, "$faces.away" or die;
($code) = applied();
like(make($code), qr/^trouble system error: no folder/, 'no folder of templates');
rename "$faces.away", $faces or die;
is(make($code), 'made ok', 'back again');

# A store that is restored; one that is away for a while.
rename "$home/store", "$home/aside" or die;
like(make($code), qr/^trouble /, 'no store: trouble');
like(order('prepare'), qr/store/, 'prepare says so');
system('cp', '-a', "$home/aside", "$home/store") == 0 or die;
is(make($code), 'made ok', 'another in its place is read');
rename "$home/keys/private.keys", "$home/keys/away" or die;
like(make($code), qr/^trouble not found.*private\.keys/, 'no private keys');
rename "$home/keys/away", "$home/keys/private.keys" or die;
is(make($code), 'made ok', 'back again');

# No folder to publish in.
rename "$home/pdf", "$home/pdf.away" or die;
($code) = applied();
like(make($code), qr/^trouble system/, 'no folder of copies');
like(order('prepare'), qr/^system.*cannot use .*pdf/, 'prepare says so');
rename "$home/pdf.away", "$home/pdf" or die;
is(make($code), 'made ok', 'back again');

# The sweep: by name, kind and age, and nothing else.
my $now = time;
my %age = ('.tmp-0123456789abcdef' => 400, '.tmp-0123456789abcde0' => 200,
           '.other' => 400, 'tmp-0' => 400);
for my $name (keys %age) {
    $t->write("$home/pdf/$name", 'x');
    utime $now - $age{$name}, $now - $age{$name}, "$home/pdf/$name";
}
mkdir "$home/pdf/.tmp-folder";
utime 1, 1, "$home/pdf/.tmp-folder";
symlink 'tmp-0', "$home/pdf/.tmp-link";
is(order("sweep $now 300"), '1 ok', 'one is old enough');
ok(!-e "$home/pdf/.tmp-0123456789abcdef", 'it is gone');
ok(-e "$home/pdf/$_", "$_ stays")
    for qw(.tmp-0123456789abcde0 .other tmp-0 .tmp-folder);
ok(-l "$home/pdf/.tmp-link", 'a link stays');
is(order('sweep ' . ($now - 3600) . ' 100'), '0 ok',
   'a clock that was set back');
open my $held, '+<', "$home/pdf/.tmp-0123456789abcde0" or die;
flock $held, LOCK_EX or die;
is(order("sweep $now 0"), '0 ok', 'one that is being written stays');
close $held;
is(order("sweep $now 0"), '1 ok', 'of who died it goes, whatever its age');

# Of the person nothing is kept: neither as text nor in what was drawn with.
SKIP: {
    my ($code, $row) = applied();
    is(make($code), 'made ok', 'one more');
    my %found = in_memory($pid, ministry => 'ministry',
        number => $row->{id_number}, name => $row->{name});
    skip 'its memory cannot be looked at', 3 if !%found;
    ok($found{ministry} > 0, 'what stays is found in its memory');
    is($found{$_}, 0, "no $_ of a person") for qw(number name);
}

# How often texts are in the writable memory of a process; none: it is closed,
# or has an allocator that keeps what cairo freed, which others use again.
sub in_memory {
    my ($pid, %texts) = @_;

    no warnings 'portable';
    open my $maps, '<', "/proc/$pid/maps" or return;
    open my $mem, '<:raw', "/proc/$pid/mem" or return;
    my %found = map { $_ => 0 } keys %texts;
    while (<$maps>) {
        return if /libasan/;
        my ($from, $to) = map { hex } /^(\w+)-(\w+) rw/ or next;
        next if $to - $from > 1 << 28;
        sysseek $mem, $from, 0 or next;
        sysread $mem, my $bytes, $to - $from or next;
        for my $name (keys %texts) {
            my $text = Encode::encode('UTF-8', $texts{$name});
            $found{$name}++ while $bytes =~ /\Q$text\E/g;
        }
    }
    return %found;
}

close $to;
waitpid $pid, 0;
is($?, 0, 'it ends in order');

# It made files and wrote nothing into the store: all still wait.
unlink map { "$home/pdf/$_" } qw(.other tmp-0 .tmp-link);
rmdir "$home/pdf/.tmp-folder";
my ($status, $out, $err) = $t->certctl('annotate', '--pending', '--json');
is($status, 1, 'certctl makes what waits, but for the name') or diag $err;
is(scalar(() = $out =~ /"ready"/g), $applied, 'all of it') or diag $out;
is($t->certctl_json('fsck', '--files')->{findings}, 0, 'fsck --files');

$t->done();

# A renderer runs for months: it sees changes at the next job, it recovers when
# the cause of a failure is gone, and it verifies or removes files that a crash
# left.

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

# The finding and the signer of a file.
sub signer {
    my ($code) = @_;
    my ($status, $out) = $t->run($t->certctl_bin, 'verify', '--json',
        '--no-store', '--ca', "$home/seals/ca.pem", path($code));
    my $said = JSON::PP->new->decode($out);
    return ($said->{finding} // '') . ' ' . ($said->{signer} // '');
}

is(order('prepare'), 'ok', 'prepared');
is(order('prepare'), 'ok', 'and again');

# A copy, the answer about it, and the time it took.
my ($code) = applied();
is(make($code), 'made ok', 'made');
my $file = path($code);
is(sha256_hex($t->read($file)), $LAST{sha256}, 'the digest');
is(-s $file, $LAST{size}, 'the size');
ok($LAST{$_} > 0, "$_: $LAST{$_} us") for qw(read render seal publish);
my $ministry = signer($code);
like($ministry, qr/^genuine /, 'it is genuine');

# The same job again, as after a crash before its commit.
my $sha256 = $LAST{sha256};
is(make($code), 'made ok', 'again: the file is used');
is($LAST{sha256}, $sha256, 'with its digest');
$t->write($file, '%PDF-1.7 forged');
like(make($code), qr/^trouble exists.*not genuine/, 'not if it is forged');

# A genuine file that came to its place from another is another copy.
my ($moved) = applied();
is(make($moved), 'made ok', 'another copy');
$t->write($file, $t->read(path($moved)));
like(make($code), qr/^trouble exists.*not lead to the check of this copy/,
     'in the place of the first: not used');
is($t->read($file), $t->read(path($moved)), 'and not written over');
$t->write($file, $t->read($file) =~ s/%%EOF\n\K\z/x/r);
like(make($code), qr/^trouble exists.*not genuine/, 'nor changed');
unlink $file;
is(make($code), 'made ok', 'moved away: made');
unlink $file;

# Over a socket, by another renderer.
is(make($code, 'ask'), 'made ok', 'requested over the socket');
is(order('bad'), 'answered 0, ended with ' . 'invalid',
   'a malformed request is not answered') or diag order('prepare');
is(make($code, 'ask'), 'made ok', 'and the next renderer works');

# A copy that does not wait, an unknown one, and one that cannot be made.
my ($other) = applied();
$t->certctl_ok('withdraw', $other);
$applied--;
is(make($other), 'as_is ok', 'withdrawn meanwhile');
ok(!path($other), 'no file');
like(make('0000-0000-0000-0000'), qr/^trouble not found/, 'no such copy');
my $never = $t->annotate($bad->{number}, '--no-render')->{code};
like(make($never), qr/^cannot invalid.*U\+18B00/, 'a name that no font has');
unlike($LAST{reason}, qr/张/, 'the reason does not quote it');

# Keys are rotated, used and retired: the renderer knows the key of every job.
for my $use (qw(record personal)) {
    $t->certctl_ok('keys', 'rotate', $use);
    ($code) = applied();
    is(make($code), 'made ok', "$use: announced");
    $t->certctl_ok('keys', 'rotate', $use, '--activate');
    ($code) = applied();
    is(make($code), 'made ok', "$use: active");
    $t->certctl_ok('keys', 'retire', $use, 1);
    is(make($code), 'made ok', "$use: the older key is retired");
}

# The policy and a seal; the seal has to exist when it is used.
$t->certctl_ok('policy', 'set', 'public_url=https://other.example');
($code) = applied();
is(make($code), 'made ok', 'another policy');
rename "$home/seals/ministry.pem", "$home/seals/away" or die;
($code) = applied();
like(make($code), qr/^trouble not found: the seal "ministry" is missing/,
     'a removed seal is not used any more');
system('cp', '-p', "$home/seals/association.pem", "$home/seals/ministry.pem")
    == 0 or die;
is(make($code), 'made ok', 'another seal in its place is used');
isnt(signer($code), $ministry, 'and signs');
rename "$home/seals/away", "$home/seals/ministry.pem" or die;
($code) = applied();
is(make($code), 'made ok', 'the first is back');
is(signer($code), $ministry, 'and signs again');

# Templates: a broken one never fails a copy, and a corrected one is used.
my $face = $t->read("$faces/ministry.svg");
rename "$faces/ministry.svg", "$faces/away" or die;
($code) = applied();
like(make($code), qr/^trouble not found: no template ministry\.svg/,
     'a removed template is not used any more');
$t->write("$faces/ministry.svg", substr $face, 0, length($face) / 2);
like(make($code), qr/^trouble invalid: template ministry\.svg, line \d+/,
     'half a template: the line is named');
$t->write("$faces/ministry.svg", $face =~ s/\{\{name\}\}/{{mane}}/r);
like(make($code), qr/^trouble invalid: .*an unknown field: "mane"/,
     'a template with an unknown field');
$t->write("$faces/ministry.svg", $face =~ s{font-family="[^"]*"}
                                          {font-family="No Such"}r);
like(make($code), qr/^trouble system error: .*not installed/,
     'a template with a missing font');
$t->write("$faces/ministry.svg", $face);
rename "$faces/seals/ministry.svg", "$faces/away" or die;
like(make($code), qr{^trouble not found: no template seals/ministry\.svg},
     'the image of a seal');
rename "$faces/away", "$faces/seals/ministry.svg" or die;
is(make($code), 'made ok', 'all files are back');
$t->write("$faces/other.svg", $face);
($code) = applied();
is(make($code), 'made ok', 'another template beside it');
$t->write("$faces/ministry.svg", $face =~ s{(</svg>\s*)$}
    {<text x="60" y="60" font-size="9" font-family="Noto Serif CJK SC">MMXXVI</text>$1}r);
($code) = applied();
is(make($code), 'made ok', 'a template that was changed in place');
SKIP: {
    skip 'no pdftotext', 1 if !grep { -x "$_/pdftotext" } split /:/, $ENV{PATH};
    like(($t->run('pdftotext', path($code), '-'))[1], qr/MMXXVI/, 'is drawn');
}
rename $faces, "$faces.away" or die;
($code) = applied();
like(make($code), qr/^trouble system error: no folder/, 'no folder of templates');
rename "$faces.away", $faces or die;
is(make($code), 'made ok', 'back again');

# A crash before the commit, and a change before the next attempt: another
# address makes no other copy.  A file without links is used where the face leads
# nowhere, and else says nothing of which copy it is.
($code) = applied();
is(make($code), 'made ok', 'made');
$sha256 = $LAST{sha256};
$t->certctl_ok('policy', 'set', 'public_url=https://third.example');
is(make($code), 'made ok', 'the address changed: the file is used');
is($LAST{sha256}, $sha256, 'as it is');
my $band = $t->read("$faces/band.svg");
$t->write("$faces/band.svg", $band =~ s{<rect data-slot="qr".*?/>}{}r
    =~ s/\{\{(?:code|public_url)\}\}/-/gr);
like(make($code), qr/^trouble exists.*not lead to the check/,
     'a face without links: not used, since nothing tells which it is');
($code) = applied();
is(make($code), 'made ok', 'one without links');
unlike($t->read(path($code)), qr{/URI}, 'it has none');
$sha256 = $LAST{sha256};
is(make($code), 'made ok', 'again: the file is used');
is($LAST{sha256}, $sha256, 'as it is');
$t->write("$faces/band.svg", $band);
like(make($code), qr/^trouble exists.*not lead to the check/,
     'a face with links: not used');
unlink path($code);

# A store that is missing for a while, and a restored one.
rename "$home/store", "$home/aside" or die;
like(make($code), qr/^trouble /, 'no store: trouble');
like(order('prepare'), qr/store/, 'prepare says so');
system('cp', '-a', "$home/aside", "$home/store") == 0 or die;
is(make($code), 'made ok', 'another store in its place is read');
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

# The sweep goes only by name, kind and age.
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
is(order("sweep $now 300"), '1 ok', 'one file is old enough');
ok(!-e "$home/pdf/.tmp-0123456789abcdef", 'it is gone');
ok(-e "$home/pdf/$_", "$_ is kept")
    for qw(.tmp-0123456789abcde0 .other tmp-0 .tmp-folder);
ok(-l "$home/pdf/.tmp-link", 'a link is kept');
is(order('sweep ' . ($now - 3600) . ' 100'), '0 ok',
   'a clock that was set back');
open my $held, '+<', "$home/pdf/.tmp-0123456789abcde0" or die;
flock $held, LOCK_EX or die;
is(order("sweep $now 0"), '0 ok', 'a file that is being written is kept');
close $held;
is(order("sweep $now 0"), '1 ok',
   'the file of a dead process is removed, whatever its age');

# The renderer keeps no data of a person, neither as text nor in memory that
# cairo used.
SKIP: {
    my ($code, $row) = applied();
    is(make($code), 'made ok', 'one more');
    my %found = in_memory($pid, ministry => 'ministry',
        number => $row->{id_number}, name => $row->{name});
    skip 'its memory cannot be looked at', 3 if !%found;
    ok($found{ministry} > 0, 'text of the template is found in its memory');
    is($found{$_}, 0, "no $_ of a person") for qw(number name);
}

# How often texts are in the writable memory of a process.  Empty if the memory
# cannot be read, or if its allocator keeps memory that cairo freed, which other
# allocators use again.
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

# It made files and did not write to the store: every copy still waits.
unlink map { "$home/pdf/$_" } qw(.other tmp-0 .tmp-link);
rmdir "$home/pdf/.tmp-folder";
my ($status, $out, $err) = $t->certctl('annotate', '--pending', '--json');
is($status, 1, 'certctl makes every copy except the one with the bad name')
    or diag $err;
is(scalar(() = $out =~ /"ready"/g), $applied, 'every other copy') or diag $out;
is($t->certctl_json('fsck', '--files')->{findings}, 0, 'fsck --files');

$t->done();

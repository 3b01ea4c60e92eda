# certctl fsck finds every single flipped bit inside live records, random damage
# never crashes it, and reading never gives a changed answer.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
my @rows = $t->import_rows(map { $t->certificate() } 1 .. 40);
$t->annotate($_->{number}, '--no-render') for @rows[0 .. 9];
my $longest = '会' x 64;
$t->certctl_ok('catalog', 'import', $t->write('longest.csv',
    "name,issuer,seal,template,annotation_required_from\n"
    . "$longest,某部,ministry,ministry,\n"));
my $home = $t->home;
my $bin = $t->certctl_bin;
srand 20221127;

my $whole = JSON::PP->new->decode(
    ($t->run($bin, '--home', $home, 'fsck', '--json'))[1]);
is($whole->{findings}, 0, 'whole: nothing found');
ok($whole->{complete}, 'and complete');
ok($whole->{records} > 60 && $whole->{journal} > 60, 'every record was read');

my $copy = $t->path('copy');
system('cp', '-a', $home, $copy) == 0 or die;
my $data = $t->read("$home/store/data.mdb");
my $good = ($t->run($bin, '--home', $home, 'export', {raw => 1}))[1];
my %lines = map { $_ => 1 } split /\n/, $good;

sub damage { $t->write("$copy/store/data.mdb", $_[0]) }
sub fsck { my @r = $t->run($bin, '--home', $copy, 'fsck', '--json');
    return ($r[0], eval { JSON::PP->new->decode($r[1]) } // {}, $r[2]) }

# The places of records: their certificate numbers and issuers are not
# encrypted.  The file may also hold old copies of a page, so only live places
# count; in a compacted copy every place is live.
system('rm', '-rf', $copy) == 0 or die;
is(($t->certctl('backup', $copy, '--with-keys'))[0], 0, 'a compacted copy');
mkdir "$copy/pdf";
$data = $t->read("$copy/store/data.mdb");
my @places;
for my $row (@rows) {
    my $at = 0;
    while (($at = index $data, $row->{number}, $at) >= 0) {
        push @places, $at + int rand length $row->{number};
        $at++;
    }
}
my $issuer = Encode::encode('UTF-8', $rows[0]{issuer});
my $at = 0;
while (($at = index $data, $issuer, $at) >= 0) {
    push @places, $at + int(rand length $issuer), $at + length($issuer)
        + int rand 30;
    $at++;
}
ok(@places >= 100, 'places inside records: ' . @places);

# A damaged record, a key, and what fsck says of it: each finding is in the list,
# with the whole name of the longest qualification, and with bytes of a key that
# are no longer a text.
for my $case (['record', 192 + 40, qr/^qualification $longest$/],
              ['key', 0, qr/^qualification \\xa4\\xbc\\x9a会{63}$/]) {
    my ($what, $off, $where) = @$case;
    my $bytes = $data;
    my $key = Encode::encode('UTF-8', $longest);
    for ($at = 0; ($at = index $bytes, $key, $at) >= 0; $at += length $key) {
        substr($bytes, $at + $off, 1) ^= "\x40";
    }
    damage($bytes);
    my ($status, $said) = fsck();
    is($status, 1, "a damaged $what: found");
    is(scalar @{$said->{list}}, $said->{findings}, 'all findings are listed');
    ok(scalar(grep { $_->{where} =~ $where } @{$said->{list}}), 'by its name')
        or diag map { "$_->{where}: $_->{what}\n" } @{$said->{list}};
}

my ($found, $silent) = (0, 0);
my @changed;
my @missed;
my $rounds = 300;
for my $round (1 .. $rounds) {
    my $where = $places[int rand @places];
    my $bit = 1 << int rand 8;
    my $bytes = $data;
    substr($bytes, $where, 1) ^= chr $bit;
    damage($bytes);
    my ($status, $said) = fsck();
    if ($status == 1 && ($said->{findings} // 0) > 0) { $found++ }
    else { push @missed, "byte $where bit $bit: status $status" }

    next if $round % 10;
    my ($s, $out) = $t->run($bin, '--home', $copy, 'export', {raw => 1});
    push @changed, grep { !$lines{$_} } $out =~ /^(.*)\n/mg;
}
is($found, $rounds, "$rounds flipped bits inside records: all found")
    or diag join "\n", @missed[0 .. ($#missed < 9 ? $#missed : 9)];
is(join("\n", @changed), '', 'no changed answer');

# Any damage anywhere: the byte may be unused, but fsck never crashes, nothing
# hangs, and no row is printed that was not stored.  LMDB itself may end an export
# by a signal where its pages are damaged, in the middle of a row.
my %seen;
for my $round (1 .. 60) {
    my $bytes = $data;
    for (1 .. 1 + int rand 8) {
        substr($bytes, int rand length $bytes, 1) = chr int rand 256;
    }
    substr($bytes, 4096 * int(rand length($bytes) / 4096), 4096,
        join '', map { chr int rand 256 } 1 .. 4096) if $round % 3 == 0;
    damage($bytes);
    my ($status, $said, $err) = fsck();
    $seen{$status}++;
    ok($status == 0 || $status == 1 || $status == 3, "damage $round: status")
        or diag "$status $err";
    is(scalar @{$said->{list} // []}, $said->{findings} // 0, 'all are listed');
    my ($s, $out) = $t->run($bin, '--home', $copy, 'export', {raw => 1});
    push @changed, grep { !$lines{$_} } $out =~ /^(.*)\n/mg;
}
is(join("\n", @changed), '', 'no changed answer');
ok($seen{1}, 'some of it was found');

# Only the copy was damaged.
damage($data);
my ($status, $said) = fsck();
is($status, 0, 'put back: nothing found');

$t->done();

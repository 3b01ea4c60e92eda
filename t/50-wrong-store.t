# Twelve wrong stores: reading and writing commands refuse each one with its
# reason, and leave it unchanged.

use lib 't/lib';
use NgxCert;
use Digest::SHA;

my $t = NgxCert->new();
my ($row) = $t->import_rows(map { $t->certificate() } 1 .. 50);
my $home = $t->home;
my $other = NgxCert->new();
$other->import_rows($other->certificate());

my $data = $t->read("$home/store/data.mdb");
my $foreign = $t->read($other->home . '/store/data.mdb');

sub zero { my ($bytes, $at, $n) = @_; substr($bytes, $at, $n, "\0" x $n);
    return $bytes }

# A fingerprint of a home, to compare it before and after.
sub fingerprint {
    my ($dir) = @_;
    return join "\n", map {
        my @st = lstat "$dir/$_";
        @st ? "$_ $st[2] $st[7] $st[9] " . (-d _ ? '' : -l _
            ? readlink "$dir/$_" : Digest::SHA->new(256)->addfile(
            "$dir/$_")->hexdigest) : "$_ -"
    } qw(store store/data.mdb);
}

my @cases = (
    ['missing folder', sub { system 'rm', '-r', "$_[0]/store" }],
    ['missing data.mdb', sub { unlink "$_[0]/store/data.mdb" }],
    ['empty', sub { $t->write("$_[0]/store/data.mdb", '') }],
    ['one page', sub { $t->write("$_[0]/store/data.mdb",
        substr $data, 0, 4096) }],
    ['cut to half', sub { $t->write("$_[0]/store/data.mdb",
        substr $data, 0, 4096 * int(length($data) / 8192)) }],
    ['cut by a page', sub { $t->write("$_[0]/store/data.mdb",
        substr $data, 0, length($data) - 4096) }],
    ['a text file', sub { $t->write("$_[0]/store/data.mdb",
        "hello\n" x 10000) }],
    ['zeros', sub { $t->write("$_[0]/store/data.mdb",
        "\0" x length $data) }],
    ['both heads wiped', sub { $t->write("$_[0]/store/data.mdb",
        zero($data, 0, 8192)) }],
    ['of another home', sub { $t->write("$_[0]/store/data.mdb", $foreign) }],
    ['a folder', sub { unlink "$_[0]/store/data.mdb";
        mkdir "$_[0]/store/data.mdb" }],
    ['a dangling link', sub { unlink "$_[0]/store/data.mdb";
        symlink '/nonexistent/data.mdb', "$_[0]/store/data.mdb" }],
);

my $csv = $t->csv('x.csv', $t->certificate());
my $n = 0;
my %reasons;
for my $case (@cases) {
    my ($name, $spoil) = @$case;
    my $copy = $t->path('copy' . $n++);
    system('cp', '-a', $home, $copy) == 0 or die;
    $spoil->($copy);
    my $before = fingerprint($copy);

    for my $args (['stat'], ['show', $row->{number}], ['import', $csv],
                  ['annotate', $row->{number}, '--no-render'], ['backup',
                  "$copy.backup"]) {
        my ($status, $out, $err) = $t->run($t->certctl_bin, '--home', $copy,
            @$args);
        is($status, 3, "$name, $args->[0]: status");
        like($err, qr/^certctl: .*store: \S/m, "$name, $args->[0]: reason");
        ($reasons{$name}) = $err =~ /^certctl: [^:]*: (.*)/m;
    }

    my ($status) = $t->run($t->certctl_bin, '--home', $copy, 'fsck');
    ok($status == 1 || $status == 3, "$name, fsck: says no");
    is(fingerprint($copy), $before, "$name: unchanged");
}
note "$_: $reasons{$_}" for sort keys %reasons;

# Refusals have different reasons.
my %said = reverse %reasons;
ok(keys %said >= 5, 'the reasons differ');

is(($t->certctl('fsck'))[0], 0, 'the original store is unchanged');
$t->done();

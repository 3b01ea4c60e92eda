# A full disk, a full address space, and a full folder for sealed files: a clear
# error, committed rows stay, and the store can still be read.  A full map
# grows: t/40-grow.t.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
my $file = $t->path('people.csv');
$t->run($t->top . '/scripts/generate', '--certificates', 60_000,
    {out => $file});

# Asserts that an import which ended in the middle left whole batches.
sub holds {
    my ($home, $name, $status, $out, $err) = @_;

    is($status, 3, "$name: status");
    like($err, qr/full|[Nn]o space/, "$name: and why");
    unlike($out, qr/new \d/, "$name: no success is claimed");

    my $stat = $home->certctl_json('stat');
    ok($stat->{certificates} > 0, "$name: committed rows are stored");
    is($stat->{certificates} % $t->import_batch, 0, "$name: in whole batches");
    is(($home->certctl('fsck'))[0], 0, "$name: and the store is consistent");
}

# The store on a disk of its own.
SKIP: {
    skip 'needs root and a mount', 15 if $> != 0;
    my $home = $t->home();
    my $store = "$home/store";
    my ($s) = $t->run('cp', '-rpT', $store, $t->path('store'));
    ($s) = $t->run('mount', '-t', 'tmpfs', '-o', 'size=24m,mode=0750',
        'tmpfs', $store);
    skip 'cannot mount', 15 if $s != 0;
    $t->run('cp', '-rpT', $t->path('store'), $store);

    holds($t, 'the disk is full', $t->certctl('import', $file));
    is(($t->certctl('backup', $t->path('copy'), '--with-keys'))[0], 0,
       'it can be copied');
    is(($t->run($t->certctl_bin, '--home', $t->path('copy'), 'fsck'))[0], 0,
       'and the copy is consistent');

    # Small changes may still fit or be refused; they never break it.
    my ($number) = (split /\n/, $t->certctl_ok('export'))[1] =~ /^"?(\w+)/;
    my ($status) = $t->certctl('suspend', $number);
    like($status, qr/^[03]$/, 'a small change');
    is(($t->certctl('fsck'))[0], 0, 'and the store is consistent');
    like(($t->certctl('import', $file))[2], qr/full|[Nn]o space/,
         'still no space');

    $t->run('mount', '-o', 'remount,size=200m', $store);
    is(($t->certctl('import', $file))[0], 0, 'with more room it goes on');
    is($t->certctl_json('stat')->{certificates}, 60_000, 'to the end');
    $t->run('umount', $store);
    is(($t->certctl('stat'))[0], 3, 'without the mount there is an old store');
    $t->certctl_ok('restore', '--accept-loss');
    is($t->certctl_json('stat')->{certificates}, 0, 'the mount was used');
}

# The address space of the same command when it does not grow the map, and a
# bit more.
SKIP: {
    my $two = NgxCert->new();
    my $home = $two->home(init => ['--map-size', '1M']);
    my $limited = sub {
        my ($mb, @args) = @_;
        return $two->run('sh', '-c', 'ulimit -v "$1"; shift; exec "$@"', 'sh',
            $mb * 1024, $two->certctl_bin, '--home', $home, @args);
    };
    my $mb = 16;
    $mb += 16 while $mb < 4096
        && ($limited->($mb, 'import', '--check', $file))[0] != 0;
    skip 'certctl runs in no limit', 8 if $mb >= 4096;

    holds($two, 'no address space', $limited->($mb + 64, 'import', $file));
    is(($two->certctl('import', $file))[0], 0, 'without the limit it goes on');
    is($two->certctl_json('stat')->{certificates}, 60_000, 'to the end');
}

# A full folder for sealed files: the copy waits, and is made when there is room
# again.
SKIP: {
    skip 'needs root and a mount', 4 if $> != 0;
    my $two = NgxCert->new();
    my ($row) = $two->import_rows($two->certificate());
    my $pdf = $two->home . '/pdf';
    my ($s) = $two->run('mount', '-t', 'tmpfs', '-o', 'size=8k,mode=0750',
        'tmpfs', $pdf);
    skip 'cannot mount', 4 if $s != 0;

    my ($status, $out, $err) = $two->certctl('annotate', $row->{number},
        '--json');
    my $said = JSON::PP->new->decode($out);
    $two->run('umount', $pdf);
    is($status, 3, 'no space for a file: status');
    is($said->{state}, 'generating', 'it waits');
    like($said->{reason}, qr/[Nn]o space/, 'and says why');
    is(($two->certctl('annotate', '--pending'))[0], 0,
       'there is room again: made');
}

$t->done();

# Commands that read a store whose pages are damaged: LMDB may crash, and the
# command still ends with its exit status and a sentence, and leaves no part of
# a file behind.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
my $home = $t->home();
my @rows = map { $t->certificate() } 1 .. 60;
$t->import_rows(@rows);
my $copy = $t->annotate($rows[0]{number});
my $number = $rows[1]{number};

# Runs certctl; the AT-th read of LMDB raises a signal.
sub crashed {
    my ($at, $signal, @args) = @_;
    return $t->certctl(@args, { env => { CRASH_AT => $at,
        CRASH_SIGNAL => $signal, LD_PRELOAD => NgxCert::build() . '/crash.so' } });
}

my ($status, $out, $err);
for my $case (
    ['stat'], ['show', $number], ['show', $copy->{code}],
    ['verify', "$home/$copy->{file}"], ['journal', 'list'],
    ['journal', 'verify'], ['account', 'list', '--certificate', $number],
    ['catalog', 'list'], ['policy', 'show'], ['fonts', 'check'],
    ['token', $copy->{code}, '--right', 'view'],
) {
    my $name = join ' ', map { s{.*/}{}r } @$case[0 .. $#$case];
    ($status, $out, $err) = crashed(3, 11, @$case);
    is($status, 3, "$name: status");
    like($err, qr/^certctl: the store is damaged: reading it fails; "certctl f/m,
         'and why');
}
($status, $out) = crashed(3, 11, '--json', 'show', $number);
is($status, 3, 'as JSON: status');
is(JSON::PP->new->decode($out)->{error}, 'corrupt', 'the error');
for my $signal (4, 6, 7, 8) {
    is((crashed(3, $signal, 'stat'))[0], 3, "signal $signal");
}
for my $signal (9, 15) {
    isnt((crashed(3, $signal, 'stat'))[0], 0, "stopped by signal $signal");
    unlike((crashed(3, $signal, 'stat'))[2], qr/damaged/,
           'which is not the store');
}

# An export is whole or not there.
my $file = $t->path('out.csv');
for my $at (1, 3, 20, 60) {
    ($status, $out, $err) = crashed($at, 7, 'export', '--file', $file);
    is($status, 3, "export, read $at: status");
    like($err, qr/the store is damaged/, 'why');
    is($out, '', 'nothing is said to be exported');
    ok(!-e $file, 'no file');
}
is((crashed(20, 11, 'export'))[0], 3, 'to standard output: status');
is((crashed(99999, 11, 'export', '--file', $file))[0], 0, 'none: exported');
my $whole = $t->read('out.csv');
is(scalar(split /\n/, $whole), 61, 'every row');
is((crashed(1, 11, 'export', '--file', $file))[0], 3, 'over a file: refused');
is($t->read('out.csv'), $whole, 'and left as it was');
is((crashed(20, 15, 'export', '--file', $t->path('term.csv')))[0] != 0, 1,
   'stopped');

# Pages with random bytes, in copies of the store.
my $seed = $ENV{SEED} // time;
srand $seed;
diag "SEED=$seed" if $ENV{SEED};
my $data = $t->read("$home/store/data.mdb");
my %seen;
for my $n (1 .. $ENV{DAMAGES} // 8) {
    my $bytes = $data;
    for (1 .. 40) {
        my $at = 8192 + int rand(length($bytes) - 8192);
        substr($bytes, $at, 1) = chr int rand 256;
    }
    $t->write("$home/store/data.mdb", $bytes);
    ($status, $out, $err) = $t->certctl('export', '--file',
                                        $t->path("d$n.csv"));
    ok($status == 0 || $status == 1 || $status == 3, "seed $seed, damage $n: "
       . "status $status");
    is(-e $t->path("d$n.csv") ? 1 : 0, $status == 0 ? 1 : 0,
       'a file where it is whole');
    ok($status == 0 || length $err, 'and else a reason');
}
$t->write("$home/store/data.mdb", $data);
is(($t->certctl('fsck'))[0], 0, 'the store is as it was');

$t->done();

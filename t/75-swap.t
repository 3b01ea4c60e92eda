# The files of the store are replaced while certd commits: a change written to
# the removed file is not acknowledged, and certd goes on with the new one.

use lib 't/lib';
use NgxCert;

use POSIX ();
use Time::HiRes qw(sleep time);

my $t = NgxCert->new();
my $store = $t->home() . '/store';
my $first = $t->certificate();
my @rows = $t->import_rows($first,
    map { $t->certificate($t->same_person($first)) } 1 .. 9);
$t->conf($t->holder_conf());
$t->start();

# A slow flush leaves time for the swap.
$t->certd(env => {LD_PRELOAD => $t->build . '/disk.so',
                  DISK_FLUSH_USEC => 700_000});
my $holder = $t->holder($first);
$t->expect_log(qr/\[alert\].*(?:store|replaced)/i,
               qr/certificate store ".*" (?:is closed|cannot be used)/);

my ($swaps, $acknowledged) = (0, '');
for my $row (@rows[0 .. 4]) {
    still();
    $t->run('rm', '-rf', $t->path('copy'));
    $t->certctl_ok('backup', $t->path('copy'));
    my $changed = (Time::HiRes::stat("$store/data.mdb"))[9];

    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        my $r = $holder->apply($row->{number});
        $t->write('answer', $r->status . ' ' . $r->body);
        POSIX::_exit(0);
    }

    # Its pages are written, and not yet flushed.
    my $end = time + 120;
    while (time < $end) {
        last if (Time::HiRes::stat("$store/data.mdb"))[9] != $changed;
        sleep 0.005;
    }
    rename $store, "$store.away" or die "rename: $!\n";
    rename $t->path('copy/store'), $store or die "rename: $!\n";
    waitpid $pid, 0;
    $t->run('rm', '-rf', "$store.away");
    $swaps++;

    my ($status) = split ' ', $t->read('answer');
    my $copies = $t->certctl_json('show', $row->{number})->{annotations};
    $acknowledged .= "$row->{number}: $status\n" if $status eq '201' && !@$copies;
}
is($acknowledged, '', "$swaps swaps: no lost change was acknowledged");

# Waits until certd is idle: a commit after the backup would be lost by the
# swap, and the backup would be refused.
sub still {
    my ($before, $until) = (-1, time + 120);
    while (time < $until) {
        my $stat = $t->certctl_json('stat');
        return if $stat->{queue} == 0 && $stat->{journal} == $before;
        $before = $stat->{journal};
        sleep 1;
    }
}

my ($r, $end) = (undef, time + 120);
do {
    sleep 0.2;
    $r = $holder->apply($rows[9]{number}, key => 'after');
} while ($r->status != 201 && time < $end);
is($r->status, 201, 'certd goes on with the new files');
is($t->certd_stop(), 0, 'and ends in order');
is(($t->certctl('fsck'))[0], 0, 'fsck finds nothing');
$t->done();

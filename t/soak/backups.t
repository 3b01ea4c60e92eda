# Hot copies beside a writer that never pauses: each is whole, and holds all
# that was acknowledged before it began.  BACKUPS (5).

use lib 't/lib';
use NgxCert;

my $wanted = $ENV{BACKUPS} // 5;

my $t = NgxCert->new();
my $home = $t->home();
my $bin = $t->certctl_bin;
$t->import_rows(map { $t->certificate() } 1 .. 500);

# Writes until it is told to end; the number of what was acknowledged last.
my $pid = fork // die "fork: $!\n";
if (!$pid) {
    for (my $n = 1; !-e $t->path('stop'); $n++) {
        my $quota = 3 + $n % 50;
        my ($status) = $t->certctl('policy', 'set', "quota=$quota");
        $t->write('written', $status == 0 ? $n : 'failed');
        last if $status != 0;
    }
    require POSIX;
    POSIX::_exit(0);
}

sub on { return $t->run($bin, '--home', @_) }

my ($n, $wrong, $begun) = (0, '', $t->certctl_json('stat')->{journal});
for (1 .. $wanted) {
    my $before = $t->certctl_json('stat')->{journal};
    my $to = $t->path("copy$_");
    my ($status) = $t->certctl('backup', $to, '--with-keys');
    my ($fsck) = on($to, 'fsck');
    my ($chain) = on($to, 'journal', 'verify');
    my (undef, $stat) = on($to, 'stat', '--json');
    my $held = $stat =~ /^\{/ ? JSON::PP->new->decode($stat)->{journal} : 0;
    $wrong .= "copy $_: backup $status, fsck $fsck, journal $chain, "
        . "$held entries of $before\n"
        if $status || $fsck || $chain || $held < $before;
    $n++;
    $t->run('rm', '-rf', $to);
}
$t->write('stop', '');
waitpid $pid, 0;
my $written = $t->certctl_json('stat')->{journal} - $begun;
is($wrong, '', "$n hot copies, each whole");
isnt($t->read('written'), 'failed', 'the writer went on');
cmp_ok($written, '>=', $n, "$written changes meanwhile");

$t->done();

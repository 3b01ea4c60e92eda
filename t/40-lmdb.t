# LMDB 0.9.31, as in Debian 13: a process that opens the store just when the
# last other process closes it finds no mutexes, and later processes then find
# none either.  Commands, certd and nginx recover from that.  COMMANDS (150)
# says how many commands run, LIVES (5) how often each service starts beside
# them.

use lib 't/lib';
use NgxCert;

use POSIX ();
use Time::HiRes qw(sleep);

my $t = NgxCert->new();
plan skip_all => 'runs only with the nginx and the build of this machine'
    if grep { defined $ENV{$_} } qw(NGX_BIN CERTD CERTCTL);
my ($status, $out, $err) = $t->run($t->top . '/scripts/build-lmdb', 'trixie',
                                   {timeout => 300});
my ($lmdb) = $out =~ /^LMDB=(.*)$/m;
plan skip_all => 'LMDB 0.9.31 cannot be had here: ' . (split /\n/, $err)[-1]
    if $status != 0;

# File locks are delayed, so that processes meet.
my %env = (LD_LIBRARY_PATH => $lmdb, LD_PRELOAD => $t->build . '/delay.so',
           DELAY_USEC => 30_000);
my ($row) = $t->import_rows($t->certificate());
my $code = $t->annotate($row->{number})->{code};

($status, $out) = $t->run('ldd', $t->certctl_bin, {env => \%env});
like($out, qr/liblmdb\S* => \Q$lmdb\E/, 'this LMDB is in use');


# Commands that close the store while others open it.
my @pids = commands($ENV{COMMANDS} // 150);
my ($done, $failed) = ended(@pids);
is($failed, '', "$done commands, none failed");


# Services that open the store beside the commands, and keep it open.
$t->conf($t->holder_conf());
my $lives = $ENV{LIVES} // 5;
my @bad;
for my $life (1 .. $lives) {
    @pids = commands(30);
    $t->start(env => \%env);
    push @bad, "certd $life: $@" if !eval { $t->certd(env => \%env); 1 };
    (undef, $failed) = ended(@pids);
    push @bad, "commands beside $life: $failed" if $failed ne '';
    my $r = $t->get("/check/$code");
    push @bad, "check $life: " . $r->body if $r->status != 200;
    $r = $t->get('/holder/notice');
    push @bad, "notice $life: " . $r->body if $r->status != 401;
    $t->certd_stop();
    $t->stop();
}
is("@bad", '', "$lives lives of certd and nginx, all worked");
$t->done();


# Starts three children that share the given number of commands.
sub commands {
    my ($n) = @_;

    my @children;
    for my $i (1 .. 3) {
        my $pid = fork // die "fork: $!\n";
        push(@children, [$pid, "commands.$i"]), next if $pid;
        my ($count, $bad) = (0, '');
        while ($count < $n / 3) {
            my ($s, undef, $e) = $t->certctl('stat', {env => \%env});
            $bad .= "status $s: $e" if $s != 0;
            $count++;
        }
        $t->write("commands.$i", "$count\n$bad");
        POSIX::_exit(0);
    }

    return @children;
}


sub ended {
    my ($count, $bad) = (0, '');
    for my $child (@_) {
        waitpid $child->[0], 0;
        my ($n, $what) = split /\n/, $t->read($child->[1]), 2;
        $count += $n;
        $bad .= $what // '';
    }
    return ($count, $bad);
}

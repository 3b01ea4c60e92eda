# LMDB 0.9.31, which is Debian 13's: a process that opens the store just as the
# last other one closes it finds no mutexes there, and keeps them from all that
# come later.  Commands, the daemon and nginx get past that.  COMMANDS (150) and
# LIVES (5) of each service beside them say how often it is tried.

use lib 't/lib';
use NgxCert;

use POSIX ();
use Time::HiRes qw(sleep);

my $t = NgxCert->new();
plan skip_all => 'looked at with the nginx and the build of this machine'
    if grep { defined $ENV{$_} } qw(NGX_BIN CERTD CERTCTL);
my ($status, $out, $err) = $t->run($t->top . '/scripts/build-lmdb', 'trixie',
                                   {timeout => 300});
my ($lmdb) = $out =~ /^LMDB=(.*)$/m;
plan skip_all => 'LMDB 0.9.31 cannot be had here: ' . (split /\n/, $err)[-1]
    if $status != 0;

# File locks are held up, so that processes meet.
my %env = (LD_LIBRARY_PATH => $lmdb, LD_PRELOAD => $t->build . '/delay.so',
           DELAY_USEC => 30_000);
my ($row) = $t->import_rows($t->certificate());
my $code = $t->annotate($row->{number})->{code};

($status, $out) = $t->run('ldd', $t->certctl_bin, {env => \%env});
like($out, qr/liblmdb\S* => \Q$lmdb\E/, 'that LMDB is the one in use');


# Commands that close the store as others open it.
my @pids = commands($ENV{COMMANDS} // 150);
my ($done, $failed) = ended(@pids);
is($failed, '', "$done commands, none failed");


# Services that open it among them, and keep it.
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
is("@bad", '', "$lives lives of certd and nginx, and all of them worked");
$t->done();


# Three children that share so many commands.
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

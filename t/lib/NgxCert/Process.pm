package NgxCert::Process;

# The files in the folder of a test, the commands that it runs, what it waits
# for, its logs and its ports.

use strict;
use warnings;
use utf8;

use Encode qw(decode);
use Exporter qw(import);
use Fcntl qw(:flock O_CREAT O_RDWR);
use File::Path qw(make_path);
use File::Spec ();
use IO::Socket::INET ();
use POSIX qw(WNOHANG);
use Test::More ();
use Time::HiRes qw(sleep time);

# Whole globs where a test may say local: one scalar alone would be local to the
# package that it was imported into.
our @EXPORT_OK = qw(*PATIENCE *SLACK %SANITIZER bytes_of);

# How long a test waits for something that has to happen, in seconds.
our $PATIENCE = $ENV{TEST_PATIENCE} // 300;

# A promise in seconds holds for an idle machine; a busy one may take this many
# times as long.
our $SLACK = $ENV{TEST_SLACK} // 12;

# The program may be built with sanitizers; a preloaded library is then loaded
# before theirs.
our %SANITIZER = (
    ASAN_OPTIONS => 'detect_leaks=0:abort_on_error=0:exitcode=99'
        . ':verify_asan_link_order=0',
    UBSAN_OPTIONS => 'print_stacktrace=1',
);


# A path below the temporary folder; absolute paths are left alone.
sub path {
    my ($self, $name) = @_;
    return $name =~ m{^/} ? $name : "$self->{dir}/$name";
}


sub write {
    my ($self, $name, $text) = @_;

    my $path = $self->path($name);
    make_path($path =~ s{/[^/]*$}{}r);
    open my $fh, '>:raw', $path or die "cannot write $path: $!\n";
    print $fh bytes_of($text);
    close $fh or die "cannot write $path: $!\n";

    return $path;
}


# The bytes of a file; empty if there is none.
sub read {
    my ($self, $name) = @_;

    open my $fh, '<:raw', $self->path($name) or return '';
    local $/;
    return scalar <$fh>;
}


# Characters as UTF-8; bytes are left alone.
sub bytes_of {
    my ($text) = @_;
    utf8::encode($text) if utf8::is_utf8($text);
    return $text;
}


# Runs a command: (status, out, err); a signal is 128 + its number.  The last
# argument may be {stdin => bytes, env => {...}, raw => 1, timeout => 600}.
sub run {
    my ($self, @cmd) = @_;

    my $opt = ref $cmd[-1] eq 'HASH' ? pop @cmd : {};
    my $pid = $self->spawn(@cmd, $opt);
    my $status = $self->wait($pid, $opt->{timeout} // 5 * $PATIENCE);
    my ($out, $err) = map { $self->read("tmp/$pid.$_") } qw(out err);
    unlink map { "$self->{dir}/tmp/$pid.$_" } qw(in out err);

    if (!$opt->{raw}) {
        $_ = decode('UTF-8', $_) for $out, $err;
    }

    return ($status, $out, $err);
}


# Starts a command and returns its pid; its output goes to tmp/PID.out, .err.
sub spawn {
    my ($self, @cmd) = @_;

    my $opt = ref $cmd[-1] eq 'HASH' ? pop @cmd : {};
    @cmd = map { bytes_of($_) } @cmd;

    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        my $base = "$self->{dir}/tmp/$$";
        eval { $self->write("tmp/$$.in", $opt->{stdin} // '') };
        open STDIN, '<', "$base.in" or POSIX::_exit(126);
        my $mode = $opt->{append} ? '>>' : '>';
        open STDOUT, $mode, $opt->{out} // "$base.out" or POSIX::_exit(126);
        open STDERR, $mode, $opt->{err}
            // ($opt->{append} ? $opt->{out} : "$base.err")
            or POSIX::_exit(126);
        my %env = (($opt->{env}{LD_PRELOAD} // '') ne '' ? %SANITIZER : (),
                   %{$opt->{env} // {}});
        $ENV{$_} = bytes_of($env{$_}) for keys %env;
        { no warnings; exec { $cmd[0] } @cmd }
        print STDERR "cannot run $cmd[0]: $!\n";
        POSIX::_exit(127);
    }

    $self->{children}{$pid} = $cmd[0];
    return $pid;
}


# Waits for a child; after "timeout" seconds it is killed: status 128 + 9.
sub wait {
    my ($self, $pid, $timeout) = @_;

    # A handler, so that the end of a child cuts a pause short.
    local $SIG{CHLD} = sub { };
    my $end = time + ($timeout // $PATIENCE);
    my $pause = 0.001;
    while (time < $end) {
        my $status = $self->ended($pid);
        return $status if defined $status;
        sleep $pause;
        $pause *= 1.5 if $pause < 0.05;
    }

    kill 'KILL', $pid;
    waitpid $pid, 0;
    delete $self->{children}{$pid};

    return 128 + 9;
}


# The status of a child that has ended.
sub ended {
    my ($self, $pid) = @_;
    return if waitpid($pid, WNOHANG) == 0;
    delete $self->{children}{$pid};
    return $? & 127 ? 128 + ($? & 127) : $? >> 8;
}


# Waits until a condition holds, for at most the given number of seconds
# ($PATIENCE), and returns its last value.
sub await {
    my ($self, $is, $seconds) = @_;

    my $end = time + ($seconds // $PATIENCE);
    my $pause = 0.005;
    while (1) {
        my $was = $is->();
        return $was if $was || time >= $end;
        sleep $pause;
        $pause *= 1.5 if $pause < 0.1;
    }
}


# Waits until a log has the given number (1) of matching lines, and returns the
# whole log.  A line may be written after the answer that it is about.
sub await_log {
    my ($self, $name, $pattern, $times) = @_;

    my $log;
    $self->await(sub {
        $log = $self->read("logs/$name.log");
        return (() = $log =~ /$pattern/g) >= ($times // 1);
    });
    return $log;
}


# How many lines of a log match now.
sub log_count {
    my ($self, $name, $pattern) = @_;
    return scalar(() = $self->read("logs/$name.log") =~ /$pattern/g);
}


# Asserts that a log has, or gets, a line that matches.
sub log_like {
    my ($self, $name, $pattern, $what) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return Test::More::like($self->await_log($name, $pattern), $pattern, $what);
}


# Asserts that something took no longer than promised, both in seconds; a busy
# machine has $SLACK times as long.
sub in_time {
    my ($self, $took, $promised, $what) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return Test::More::cmp_ok($took, '<', $promised * $SLACK, $what);
}


# The n-th port of this test, on 127.0.0.1; no other test has it.
sub port {
    my ($self, $n) = @_;
    $n //= 0;
    push @{$self->{ports}}, _port_take() while @{$self->{ports}} <= $n;
    return $self->{ports}[$n][0];
}


# Takes a free port and holds its lock file as long as the test lives.  The port
# is below the ephemeral range, so that no client socket takes it meanwhile.
sub _port_take {
    my $locks = File::Spec->tmpdir . "/ngx_cert_ports.$>";
    make_path($locks);

    for (1 .. 500) {
        my $port = 15000 + int rand 15000;
        sysopen my $lock, "$locks/$port", O_CREAT | O_RDWR or next;
        flock $lock, LOCK_EX | LOCK_NB or next;
        IO::Socket::INET->new(
            Listen => 1, LocalAddr => '127.0.0.1', LocalPort => $port,
            ReuseAddr => 1) or next;
        return [$port, $lock];
    }

    die "no free port\n";
}


1;

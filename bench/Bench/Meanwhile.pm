package Bench::Meanwhile;

# Latency of checks at 400 a second: idle, and while 64 connections apply, a
# thousand times a second and as fast as possible.  Beside "return 200" of the
# same nginx, which needs neither store nor module: if that takes as long, both
# wait for a core.

use strict;
use warnings;
use utf8;

use Bench;
use Bench::Service;
use POSIX ();
use Time::HiRes qw(sleep);

# The pause between two applications of a connection: with 64 connections that
# is a thousand a second.
my $PACED_MS = 64;

my @LOADS = (
    [idle => 'idle'],
    [paced => '64 connections apply, a thousand a second', $PACED_MS],
    [full => '64 connections apply all the time', 0],
);


sub measure {
    my $service = Bench::Service->new($Bench::opt{quick} ? 500 : 2500,
                                      args => ['--renderers', 1]);
    my $t = $service->{t};
    my $code = $t->annotate($service->{rows}[0]{number})->{code};
    $t->certd_stop();
    unlink glob $t->path('home/seals/*');
    $t->certd(args => ['--renderers', 1]);

    my %probe = (check => probe($t, 'check', "/check/$code"),
                 limit => probe($t, 'limit', '/limit'));
    my %p99;
    for my $round (1 .. $Bench::opt{rounds}) {
        for (@LOADS) {
            my ($load, $name, $pause) = @$_;
            my $pid = defined $pause ? apply_meanwhile($service,
                2 * $Bench::opt{seconds} + 1, $pause) : 0;
            sleep 0.5;
            push @{$p99{$load}{$_}},
                Bench::run($probe{$_}, $Bench::opt{seconds})->{p99_ms}
                for sort keys %probe;
            waitpid $pid, 0 if $pid;
            die "nothing applied meanwhile\n" if $pid && $? != 0;
        }
        Bench::note("checks meanwhile, round $round");
    }

    return {checks => [map { my ($load, $name) = @$_; {
        key => $load, name => $name,
        ratio => Bench::stat_of(map { $p99{$load}{check}[$_]
            / $p99{idle}{check}[$_] } 0 .. $Bench::opt{rounds} - 1),
        map { ("${_}_ms" => Bench::stat_of(@{$p99{$load}{$_}})) } keys %probe,
    } } @LOADS]};
}


# Starts a process that applies for the given number of seconds.
sub apply_meanwhile {
    my ($service, $seconds, $pause_ms) = @_;

    my $side = $service->side(64, $pause_ms || undef);
    $side->{lua} = Bench::lua_of($side);
    my $pid = fork // die "fork: $!\n";
    return $pid if $pid;

    my $done = eval { $service->apply($side, $seconds) };
    print STDERR $@ if !$done;
    POSIX::_exit($done ? 0 : 1);
}


# One connection that asks at most 400 times a second.  It has a higher priority
# than the processes that apply: its own wait for a core is not to be measured.
sub probe {
    my ($t, $key, $uri) = @_;

    my $side = {
        key => "probe_$key", name => "GET $uri", list => ["GET $uri"],
        url => 'http://127.0.0.1:' . $t->port, pids => sub { () },
        connections => 1, pause_ms => 2, is_free => 1, is_first => 1,
    };
    $side->{lua} = Bench::lua_of($side);
    return $side;
}


1;

package Bench::Memory;

# A store five times as large as the memory for it, in a memory cgroup: checks
# of random codes, and meanwhile "return 200" of the same worker.  As shipped,
# with the kernel's readahead, and with the whole store in memory, which is the
# limit.  Then commands that read the whole store or write to it, from disk.

use strict;
use warnings;
use utf8;

use Bench;
use Bench::Beside;
use Bench::Cgroup;
use Bench::Meanwhile;
use Bench::Store;
use JSON::PP ();
use List::Util qw(shuffle);
use POSIX ();
use Time::HiRes qw(time);

# How many times as large as its memory the store is.
my $TIMES = 5;

my @SIDES = (
    {key => 'shipped', name => 'as shipped', is_limited => 1},
    {key => 'readahead', name => 'with the kernel\'s readahead',
     is_limited => 1, readahead => 'on'},
    {key => 'memory', name => 'all in memory'},
);

# Seconds after which a command is stopped; its figure then only says that it
# takes longer.
my $LONGEST = $Bench::opt{quick} ? 5 : 60;
my $TIMEOUT_STATUS = 124;

# How many rounds' time a side is warmed up.
my $WARM_UP = 2;

my @COMMANDS = (
    [fsck => 'certctl fsck'], [export => 'certctl export'],
    [backup => 'certctl backup'], [import => 'certctl import'],
);


sub measure {
    my $n = $Bench::opt{quick} ? 60_000 : 1_000_000;
    my $store = Bench::Store->new($n);
    my $group = eval {
        drop($store->{t}, file($store));
        Bench::Cgroup->new();
    };
    if (!$group) {
        chomp(my $reason = $@);
        return Bench::skip(memory => $reason);
    }

    $store->fill($n);
    my $bytes = -s file($store);
    my $limit = int($bytes / $TIMES);
    $group->limit($limit);

    my @rows = checks($store, $group);
    for (@rows) {
        $_->{store_mb} = $bytes / 1e6;
        $_->{limit_mb} = $limit / 1e6 if $_->{key} ne 'memory';
    }
    return {memory => \@rows, cold => [commands($store, $group)]};
}


sub file { return $_[0]{t}->path('home/store/data.mdb') }


# --- Checks -----------------------------------------------------------------

sub checks {
    my ($store, $group) = @_;

    my $t = $store->{t};
    $t->conf(Bench::Beside::conf(),
        server => 'location /check { cert_check; } '
            . 'location = /limit { return 200 x; }');
    my $probe = Bench::Meanwhile::probe($t, 'limit', '/limit');
    my @list = map { "GET /check/$_" } shuffle $store->column('all', 'code');
    my @sides = map { +{%$_, list => \@list, pids => sub { $t->master },
        url => 'http://127.0.0.1:' . $t->port} } @SIDES;
    $_->{lua} = Bench::lua_of($_) for @sides;

    my (%rounds, %probes);
    my @order = @sides;
    for my $round (1 .. $Bench::opt{rounds}) {
        for my $side (@order) {
            my ($run, $waits) = side($store, $group, $side, $probe);
            push @{$rounds{$side->{key}}}, $run;
            push @{$probes{$side->{key}}}, $waits;
        }
        Bench::note("memory round $round: ", join ', ', map {
            sprintf '%s %.0f/s, return 200 p99 %.1f ms', $_->{key},
                $rounds{$_->{key}}[-1]{rate}, $probes{$_->{key}}[-1]{p99_ms}
        } @sides);
        push @order, shift @order;
    }

    return map { my $key = $_->{key}; +{
        %{Bench::row({%$_, limit => $key eq 'memory' ? undef : 'memory'},
                     \%rounds)},
        limit_p50_ms => Bench::stat_of(map { $_->{p50_ms} } @{$probes{$key}}),
        limit_p99_ms => Bench::stat_of(map { $_->{p99_ms} } @{$probes{$key}}),
    } } @sides;
}


# One run of a side, for which nginx is started, so that only its own reads
# bring pages of the store into memory.
sub side {
    my ($store, $group, $side, $probe) = @_;

    my $t = $store->{t};
    drop($t, file($store));
    my @wrap = $side->{is_limited} ? $group->wrap : ();
    $t->start(wrap => \@wrap, env => readahead($side->{readahead}));

    # Its memory is full from the start, with the first pages of the store.
    run($t, @wrap, 'dd', 'if=' . file($store), 'of=/dev/null', 'bs=1M');
    Bench::run($side, $WARM_UP * $Bench::opt{seconds});
    my @found = both($side, $probe, 2 * $Bench::opt{seconds});

    # Some kernels take back a few pages that nobody has used lately.
    my $part = in_memory($t, file($store));
    die "all in memory: only $part of the store is\n"
        if !$side->{is_limited} && $part < 0.9;
    die "$side->{name}: $part of the store is in memory\n"
        if $side->{is_limited} && $part > 0.5;
    $t->stop();
    return @found;
}


# Runs the checks and meanwhile, in another process, the requests of the probe
# to the same worker.
sub both {
    my ($side, $probe, $seconds) = @_;

    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        my $run = eval { Bench::run($probe, $seconds) };
        print STDERR $@ if !$run;
        $Bench::home->write('probe.json', JSON::PP->new->encode($run))
            if $run;
        POSIX::_exit($run ? 0 : 1);
    }
    my $run = eval { Bench::run($side, $seconds) };
    my $error = $@;
    waitpid $pid, 0;
    die $error if !$run;
    die "return 200 was not answered\n" if $? != 0;
    return ($run, JSON::PP->new->decode($Bench::home->read('probe.json')));
}


# --- Commands ---------------------------------------------------------------

# Seconds of each command from disk, within the limit and without it, with
# readahead and without.
sub commands {
    my ($store, $group) = @_;

    my $t = $store->{t};
    my (%seconds, @rows);
    my $rounds = $Bench::opt{rounds} < 3 ? $Bench::opt{rounds} : 3;
    for my $round (1 .. $rounds) {
        for my $command (map { $_->[0] } @COMMANDS) {
            for my $memory (qw(limited all)) {
                my @ways = $round % 2 ? qw(on off) : qw(off on);
                push @{$seconds{$command}{$memory}{$_}}, command($store,
                    $command, $memory eq 'limited' ? $group : undef, $_)
                    for @ways;
            }
        }
        Bench::note("cold store, round $round");
    }

    for (@COMMANDS) {
        my ($command, $name) = @$_;
        for my $memory (qw(limited all)) {
            my $found = $seconds{$command}{$memory};
            my ($on, $off) = @$found{qw(on off)};
            push @rows, {key => "$command $memory", name => $name,
                memory => $memory eq 'all' ? 'enough' : "a ${TIMES}th",
                on_sec => Bench::stat_of(@$on),
                off_sec => Bench::stat_of(@$off),
                ratio => Bench::stat_of(map { $off->[$_] / $on->[$_] }
                                        0 .. $#$on)};
        }
    }
    return @rows;
}


# How long a command takes when no page of the store is in memory.
sub command {
    my ($store, $command, $group, $readahead) = @_;

    my $t = $store->{t};
    my $to = $t->path('cold');
    my @arguments = $command eq 'import' ? rows($t)
        : $command eq 'backup' ? $to
        : $command eq 'export' ? ('--file', $to) : ();
    drop($t, file($store));
    my $begun = time;
    my ($status, $out, $err) = $t->run($group ? $group->wrap : (), 'timeout',
        $LONGEST, NgxCert::certctl_bin(), '--home', $t->path('home'),
        $command, @arguments, {env => readahead($readahead)});
    my $seconds = time - $begun;
    die "certctl $command: status $status, $err\n"
        if $status != 0 && $status != $TIMEOUT_STATUS;
    run($t, 'rm', '-rf', $to);
    return $status == 0 ? $seconds : $LONGEST;
}


# A file of new certificates of new people: the people of the store were all
# born on one day.
sub rows {
    my ($t) = @_;
    return $t->csv('cold.csv', grep { $_->{birth_date} ne '1980-01-01' }
        map { $t->certificate } 1 .. 1000);
}


# --- What is in memory ------------------------------------------------------

# The environment of a program that reads with readahead ("on"), without it
# ("off"), or as the program itself decides (undef).
sub readahead {
    my ($readahead) = @_;
    return defined $readahead ? {READAHEAD => $readahead,
        LD_PRELOAD => NgxCert::build() . '/readahead.so'} : {};
}


# Drops every page of the file from memory.
sub drop {
    my ($t, $file) = @_;

    run($t, 'sync', $file);
    run($t, 'dd', "if=$file", 'iflag=nocache', 'count=0');
    my $part = in_memory($t, $file);
    die "a file below TMPDIR stays in memory: put it on a disk\n"
        if $part > 0.01;
}


# How much of the file is in memory, 0 to 1.
sub in_memory {
    my ($t, $file) = @_;
    my $bytes = run($t, 'fincore', '--bytes', '--noheadings', '--output',
                    'RES', $file);
    return $bytes / -s $file;
}


# Returns what a command prints to standard output; dies if it fails.
sub run {
    my ($t, @command) = @_;

    my $opt = ref $command[-1] eq 'HASH' ? pop @command : {};
    my ($status, $out, $err) = $t->run(@command, {raw => 1, %$opt});
    die "@command: status $status, $err\n" if $status != 0;
    return $out;
}


1;

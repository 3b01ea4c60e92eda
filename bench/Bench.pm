package Bench;

# What the subjects of scripts/bench share: options, rounds, statistics, CPU
# time.
#
# A side is one of the things that are compared: a hash of
#
#     key, name   what it is called, in JSON and in tables
#     url         http://127.0.0.1:PORT
#     list        requests: "METHOD URI" or "METHOD URI BODY"
#     headers     of each request
#     pids        a function that returns the processes whose time counts;
#                 their children count as well
#     limit       the key of the side that it is held against, or none
#     versus      the key of the side of ours that does the same, or none
#     is_free     wrk may run on any core, as the servers then do
#     is_first    wrk runs at the highest priority, if permitted
#
# wrk on CPU 1 asks the sides, which serve on CPU 0, round by round: A, B, C,
# then B, C, A.  Ratios are medians of the ratios of each round.

use strict;
use warnings;
use utf8;

use List::Util qw(max min sum0);
use POSIX ();
use Time::HiRes ();

# Set by scripts/bench.
our %opt = (rounds => 5, seconds => 2, connections => 64);

# The harness whose folder holds the lists and which runs wrk.
our $home;

# Why a subject cannot be measured here.
our %skipped;


sub note {
    printf STDERR "%7.1f %s\n", Time::HiRes::time() - $^T, join '', @_;
}


# Skips a subject that cannot be measured here: it has no rows.
sub skip {
    my ($subject, $reason) = @_;
    $skipped{$subject} = $reason;
    note("$subject is skipped: $reason");
    return {};
}


sub load {
    open my $fh, '<', '/proc/loadavg' or return 0;
    return (split ' ', <$fh>)[0] + 0;
}


# The machine of the measurement, to be printed with the figures.
sub machine {
    my ($processor) = $home->read('/proc/cpuinfo') =~ /^model name\s*: (.*)/m;
    my ($kernel) = (POSIX::uname())[2] =~ /^(\d+\.\d+)/;
    my (undef, undef, $nginx) = $home->run(NgxCert::nginx_bin(), '-v');
    my ($memory) = $home->read('/proc/meminfo') =~ /^MemTotal:\s*(\d+)/m;
    return {processor => $processor // 'unknown', cores => cores(),
            memory_gb => sprintf('%.0f', ($memory // 0) / 1e6) + 0,
            kernel => $kernel, nginx => ($nginx =~ m{/(\S+)})[0],
            load_before => load()};
}


# --- Statistics -------------------------------------------------------------

sub percentile {
    my ($p, @values) = @_;
    my @sorted = sort { $a <=> $b } @values;
    return $sorted[int($p / 100 * $#sorted + 0.5)];
}


sub median {
    my @sorted = sort { $a <=> $b } @_;
    my $half = int @sorted / 2;
    return @sorted % 2 ? $sorted[$half]
                       : ($sorted[$half - 1] + $sorted[$half]) / 2;
}


# Median and spread of the figures of all rounds.
sub stat_of {
    my @values = @_;
    return {median => median(@values), min => min(@values),
            max => max(@values)};
}


sub cores {
    my ($n) = `getconf _NPROCESSORS_ONLN` =~ /(\d+)/;
    return $n || 1;
}


# --- CPU time ---------------------------------------------------------------

# Seconds of CPU that these processes and their children have used: to the
# nanosecond for a process with one thread; the time of threads that ended is
# only in /proc/PID/stat, which is rounded to 10 ms.
sub cpu_of {
    return sum0(map { process_seconds($_) } with_children(@_));
}


sub process_seconds {
    my ($pid) = @_;

    my @threads = glob "/proc/$pid/task/*";
    if (@threads == 1 && open my $fh, '<', "/proc/$pid/schedstat") {
        return (split ' ', <$fh> // 0)[0] / 1e9;
    }
    open my $fh, '<', "/proc/$pid/stat" or return 0;
    my @fields = split ' ', (<$fh> // '') =~ s/^.*\) //r;
    return (($fields[11] // 0) + ($fields[12] // 0))
        / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}


sub with_children {
    my @pids = @_;

    my %parent;
    for my $file (glob '/proc/[0-9]*/stat') {
        open my $fh, '<', $file or next;
        my ($pid, $state, $parent) = (<$fh> // '') =~ /^(\d+) \(.*\) (\S) (\d+)/
            or next;
        push @{$parent{$parent}}, $pid;
    }

    my %seen;
    while (@pids) {
        my $pid = shift @pids;
        push @pids, @{$parent{$pid} // []} if !$seen{$pid}++;
    }
    return keys %seen;
}


# --- Load -------------------------------------------------------------------

# A script for wrk that only walks through a prepared list.  Each run continues
# where the last one stopped, because what was just requested is in every cache.
sub lua_of {
    my ($side) = @_;

    my $name = "wrk-$side->{key}";
    my $list = $home->write("$name.list",
        join '', map { "$_\n" } @{$side->{list}});
    my %headers = %{$side->{headers} // {}};
    my $fields = join ', ', map { "[\"$_\"] = \"$headers{$_}\"" }
        sort keys %headers;
    my $next = $home->path("$name.next");

    return $home->write("$name.lua", <<"END");
local list = {}
local i = 0

function init(args)
    local file = io.open("$next")
    for line in io.lines("$list") do
        local method, uri, body = string.match(line, "^(%S+) (%S+) ?(.*)")
        if body == "" then
            body = nil
        end
        list[#list + 1] = wrk.format(method, uri, { $fields }, body)
    end
    if file then
        i = file:read("*n") % #list
        file:close()
    end
end

function request()
    i = i + 1
    if i > #list then
        i = 1
    end
    return list[i]
end
@{[defined $side->{pause_ms}
    ? "\nfunction delay() return $side->{pause_ms} end\n" : '']}
function done(summary, latency, requests)
    local e = summary.errors
    io.write(string.format("RESULT %d %d %d %d %d %d %d\\n",
        summary.requests, summary.duration, summary.bytes,
        e.connect + e.read + e.write + e.timeout, e.status,
        latency:percentile(50), latency:percentile(99)))
end
END
}


# One run of wrk, and the CPU time that the servers used meanwhile.  If nothing
# was answered, as on a busy machine, it runs once more.
sub run {
    my ($side, $seconds) = @_;
    return run_once($side, $seconds) // run_once($side, $seconds * 5)
        // die "$side->{name}: no answer\n";
}


sub run_once {
    my ($side, $seconds) = @_;

    my $connections = $side->{connections} // $opt{connections};
    my @pin = $side->{is_free} || cores() < 2 ? () : ('taskset', '-c', 1);
    unshift @pin, 'nice', '-n', -20 if $side->{is_first} && $> == 0;
    my @pids = $side->{pids}->();
    my $before = cpu_of(@pids);
    my ($status, $out, $err) = $home->run(@pin, 'wrk', '-t1', "-c$connections",
        "-d${seconds}s", '--timeout', '60s', '-s', $side->{lua}, $side->{url},
        {timeout => $seconds + 600});
    my $used = cpu_of(@pids) - $before;

    my ($requests, $us, $bytes, $errors, $statuses, $p50, $p99) =
        $out =~ /^RESULT (\d+) (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)/m
        or die "$side->{name}: wrk: status $status, $out$err\n";
    die "$side->{name}: wrk met $errors errors\n" if $errors;
    return if !$requests;
    die "$side->{name}: $statuses answers of 400 or more\n"
        if $statuses && ($side->{status} // 200) < 400;

    $home->write("wrk-$side->{key}.next", int($requests
        + ($home->read("wrk-$side->{key}.next") || 0)) % 1e9);
    return {rate => $requests / $us * 1e6, cpu_us => $used / $requests * 1e6,
            p50_ms => $p50 / 1000, p99_ms => $p99 / 1000,
            bytes => $bytes / $requests};
}


# Measures sides round by round; a row for each: key, name, rate, cpu_us,
# p50_ms, p99_ms, bytes (of an answer, with its head).  A side with a limit also
# has ratio_rate and ratio_cpu; a side with one of ours beside it has
# versus_rate, how many times as fast ours is, and versus_cpu, how many times
# our CPU time this side takes.
sub measure {
    my ($what, @ordered) = @_;

    my @sides = @ordered;
    for my $side (@sides) {
        $side->{lua} = lua_of($side);
        run($side, 1) if !$opt{quick};
    }

    my %rounds;
    for my $round (1 .. $opt{rounds}) {
        push @{$rounds{$_->{key}}}, run($_, $opt{seconds}) for @sides;
        note(sprintf '%s round %d: %s', $what, $round, join ', ', map {
            sprintf '%s %.0f/s %.1f us', $_->{key},
                @{$rounds{$_->{key}}[-1]}{qw(rate cpu_us)} } @sides);

        # Each round begins with another side.
        push @sides, shift @sides;
    }

    return map { row($_, \%rounds) } @ordered;
}


sub row {
    my ($side, $rounds) = @_;

    my $mine = $rounds->{$side->{key}};
    my %row = (key => $side->{key}, name => $side->{name});
    for my $figure (qw(rate cpu_us p50_ms p99_ms bytes)) {
        $row{$figure} = stat_of(map { $_->{$figure} } @$mine);
    }

    my $limit = $rounds->{$side->{limit} // ''};
    if ($limit) {
        $row{ratio_rate} = ratio($mine, $limit, 'rate');
        $row{ratio_cpu} = ratio($mine, $limit, 'cpu_us');
    }
    my $ours = $rounds->{$side->{versus} // ''};
    if ($ours) {
        $row{versus_rate} = ratio($ours, $mine, 'rate');
        $row{versus_cpu} = ratio($mine, $ours, 'cpu_us');
    }
    return \%row;
}


# The ratio of each round.
sub ratio {
    my ($what, $to, $figure) = @_;
    return stat_of(map { $what->[$_]{$figure} / ($to->[$_]{$figure} || 1e-9) }
                   0 .. $#$what);
}


1;

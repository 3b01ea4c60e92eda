package Bench::Growth;

# What the size of a store costs besides time: the file, a worker's memory, and
# the time until nginx's first answer.

use strict;
use warnings;
use utf8;

use Bench;
use Time::HiRes qw(sleep time);


# The figures of a row for the store at its present size.
sub run {
    my ($store) = @_;

    my $t = $store->{t};
    my @codes = $store->column('all', 'code');
    $t->stop();
    $t->conf(server => 'location /check { cert_check; }',
             http => 'access_log off;', log_level => 'crit');

    my (@start, @reload);
    for (1 .. $Bench::opt{rounds}) {
        my $begun = time;
        $t->spawn($t->_nginx, '-g', 'daemon off;', {append => 1,
            out => $t->path('logs/growth.log')});
        push @start, first($t, $codes[rand @codes], $begun);
        push @reload, reload($t, $codes[rand @codes]);
        stop($t);
    }

    $t->start();
    my $socket = $t->connect();
    $t->request('GET', "/check/$_", socket => $socket)
        for @codes[map { rand @codes } 1 .. 900];
    my ($own, $mapped) = memory($t);
    $t->stop();
    return (
        certificates => $store->{n},
        file_bytes => (-s $t->path('home/store/data.mdb')) / $store->{n},
        worker_own_kb => $own, worker_map_mb => $mapped / 1024,
        start_ms => Bench::stat_of(@start),
        reload_ms => Bench::stat_of(@reload),
    );
}


# Milliseconds until a check is answered.
sub first {
    my ($t, $code, $begun) = @_;

    while (time < $begun + 60) {
        my $r = eval { $t->get("/check/$code") };
        return (time - $begun) * 1000 if $r && $r->status == 200;
        sleep 0.001;
    }
    die "no answer\n" . $t->logs() . $t->read('logs/growth.log');
}


# The same after a reload, answered by a new worker.
sub reload {
    my ($t, $code) = @_;

    my %old = map { $_ => 1 } $t->workers;
    my $begun = time;
    kill 'HUP', $t->master;
    while (time < $begun + 60) {
        my @new = grep { !$old{$_} } $t->workers;
        last if @new && !grep { $old{$_} } $t->workers;
        sleep 0.001;
    }
    return first($t, $code, $begun);
}


sub stop {
    my ($t) = @_;

    my $pid = $t->master;
    kill 'QUIT', $pid;
    $t->wait($pid, 20);
    unlink $t->path('nginx.pid');
}


# KB of a worker's own memory, including its part of the memory that it shares
# with the master, and KB of the store that it has touched.
sub memory {
    my ($t) = @_;

    my ($pid) = $t->workers;
    my $smaps = $t->read("/proc/$pid/smaps_rollup");
    my ($own) = $smaps =~ /^Pss_Anon:\s+(\d+)/m;
    my ($rss) = $t->read("/proc/$pid/smaps")
        =~ /data\.mdb\n.*?^Rss:\s+(\d+)/ms;
    return ($own // 0, $rss // 0);
}


1;

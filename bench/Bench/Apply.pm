package Bench::Apply;

# Durable applications a second: all waiting applications in one commit, beside
# one commit each (certd --batch 1), and beside a web application that inserts
# into PostgreSQL, which also answers when the row is on disk.  Nothing is
# rendered.  Measured on the disk as it is, and at 64 connections on a disk
# whose flush takes 4 ms longer, like that of a disk that does not lie about it.

use strict;
use warnings;
use utf8;

use Bench;
use Bench::Beside;
use Bench::Service;


sub measure {
    my @rows = on_disk(0, $Bench::opt{quick} ? (1, 64) : (1, 16, 64, 256));
    push @rows, on_disk(4000, 64);
    return {apply => \@rows};
}


# On a disk whose flush takes the given number of microseconds longer.
sub on_disk {
    my ($usec, @connections) = @_;

    my %opt = (seals => 0, env => $usec ? {DISK_FLUSH_USEC => $usec,
        LD_PRELOAD => NgxCert::build() . '/disk.so'} : {});
    my $n = $Bench::opt{quick} ? 500 : 5000;
    my %service = (
        shared => Bench::Service->new($n, %opt, args => ['--renderers', 1]),
        single => Bench::Service->new($n, %opt,
            args => ['--renderers', 1, '--batch', 1]),
    );
    my $beside = $Bench::opt{beside} && !$usec
        ? beside($service{shared}) : undef;
    my $where = $usec ? ', a flush takes 4 ms longer' : '';

    my @rows;
    for my $connections (@connections) {
        my %side = map { ($_ => $service{$_}->side($connections)) }
            keys %service;
        $side{postgres} = {%{$beside->{side}}, connections => $connections}
            if $beside;
        $_->{lua} = Bench::lua_of($_) for values %side;
        my @keys = grep { $side{$_} } qw(shared single postgres);
        my %rounds;
        for my $round (1 .. $Bench::opt{rounds}) {
            push @{$rounds{$_}}, $service{$_}
                ? $service{$_}->apply($side{$_}, $Bench::opt{seconds})
                : Bench::run($side{$_}, $Bench::opt{seconds}) for @keys;
            Bench::note("apply at $connections round $round: ", join ', ',
                map { sprintf '%s %.0f/s', $_, $rounds{$_}[-1]{rate} } @keys);
        }
        push @rows, map { row($_, $where, $connections, \%rounds) } @keys;
    }
    $_->{t}->certd_stop() for values %service;
    return @rows;
}


sub row {
    my ($key, $where, $connections, $rounds) = @_;

    my %name = (shared => 'applications that share commits',
                single => 'one commit each',
                postgres => 'nginx + Go + PostgreSQL');
    my $row = Bench::row({key => $key, name => $name{$key} . $where,
        limit => $key eq 'single' ? undef : 'single',
        versus => $key eq 'postgres' ? 'shared' : undef}, $rounds);
    $row->{connections} = $connections;
    $row->{batch} = Bench::stat_of(map { $_->{batch} } @{$rounds->{$key}})
        if defined $rounds->{$key}[0]{batch};
    return $row;
}


# The same work in PostgreSQL: look for a slot of the quota, then insert a row
# with its index entry.
sub beside {
    my ($service) = @_;

    local $Bench::Beside::PIN = 0;
    my $t = NgxCert->new();
    my $db = Bench::Beside::postgres($t);
    Bench::Beside::postgres_fill($t, $db);
    my $app = Bench::Beside::go($t, $db, 64);
    my $nginx = Bench::Beside::nginx(
        http => "upstream app { server unix:$app->{socket}; keepalive 64; }\n"
            . "proxy_http_version 1.1;\nproxy_set_header Connection '';\n",
        server => 'location /apply { proxy_pass http://app; }');
    return {t => $t, db => $db, nginx => $nginx, side => {
        key => 'postgres', name => 'nginx + Go + PostgreSQL', is_free => 1,
        url => 'http://127.0.0.1:' . $nginx->port,
        pids => sub { ($nginx->master, $app->{pid}, $db->{pid}) },
        headers => {'Content-Type' => 'application/x-www-form-urlencoded'},
        list => [map { "POST /apply number=$_->{number}&scene=self" }
            @{$service->{rows}}],
    }};
}


1;

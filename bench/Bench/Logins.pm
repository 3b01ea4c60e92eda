package Bench::Logins;

# 300 logins at once: how many passwords are hashed, how fast the other clients
# are told to try again later, and how much memory the service reaches.

use strict;
use warnings;
use utf8;

use Bench;
use Bench::Service;
use IO::Select;
use Time::HiRes qw(time);


sub measure {
    my $service = Bench::Service->new(1);
    my $t = $service->{t};
    my ($pid) = $t->certd_processes('service');
    my $memory = sub { ($t->read("/proc/$pid/status")
                        =~ /^VmHWM:\s+(\d+)/m)[0] / 1024 };

    my $before = $memory->();
    my @sockets = map { $t->connect() } 1 .. ($Bench::opt{quick} ? 50 : 300);
    my $bytes = $t->request_bytes('POST', '/holder/login', close => 1,
        form => [username => 'nobody', password => 'not the one at all']);
    my $begun = time;
    syswrite $_, $bytes for @sockets;

    my (%count, %slowest);
    my %left = map { fileno($_) => $_ } @sockets;
    my $select = IO::Select->new(@sockets);
    while (%left) {
        my @ready = $select->can_read(30) or die "logins are not answered\n";
        for my $socket (@ready) {
            my $r = $t->response($socket, 'POST');
            my $status = $r ? $r->status : 'none';
            $count{$status}++;
            $slowest{$status} = time - $begun;
            $select->remove($socket);
            delete $left{fileno $socket};
        }
    }

    my $after = $memory->();
    $t->certd_stop();
    return {logins => [
        {name => 'before', memory_mb => $before},
        map { +{name => "answered $_", count => $count{$_},
            slowest_sec => $slowest{$_}, memory_mb => $after} }
            sort keys %count,
    ]};
}


1;

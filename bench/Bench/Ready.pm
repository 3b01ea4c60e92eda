package Bench::Ready;

# The time from application to copy, until the check says "valid": at 20
# applications a second, and one after the other.

use strict;
use warnings;
use utf8;

use Bench;
use Bench::Service;
use Time::HiRes qw(sleep time);


sub measure {
    my ($many, $few) = $Bench::opt{quick} ? (20, 5) : (200, 50);
    my $service = Bench::Service->new($many + $few);
    my @rows;

    for (["$many at 20 a second", $many, 1 / 20],
         ["$few one after the other", $few, 0])
    {
        my ($name, $n, $pause) = @$_;
        my @ms = waits($service, $n, $pause);
        push @rows, {key => $pause ? 'at_20' : 'alone', name => $name,
            map { ("p${_}_ms" => Bench::percentile($_, @ms)) } 50, 95, 99};
    }
    $service->{t}->certd_stop();
    return {ready => \@rows};
}


# Applies every "pause" seconds (0: when the last copy is ready).  Returns
# milliseconds from sending the application to an answer that says "valid".
sub waits {
    my ($service, $n, $pause) = @_;

    my ($holder, $t) = @$service{qw(holder t)};
    my (%begun, @ms);
    my $next = time;
    my $sent = 0;
    my $end = time + 300;
    while ($sent < $n || %begun) {
        die "copies are not made\n" if time > $end;
        if ($sent < $n && ($pause ? time >= $next : !%begun)) {
            my $at = time;
            my $r = $holder->apply($service->numbers(1));
            die 'apply: ' . $r->status . "\n" if $r->status != 201;
            $begun{$r->json->{annotation}{code}} = $at;
            $next += $pause;
            $sent++;
        }
        for my $code (keys %begun) {
            my $r = $t->get("/check/$code");
            next if $r->json->{result} ne 'valid';
            push @ms, (time - delete $begun{$code}) * 1000;
        }
        sleep 0.002;
    }

    return @ms;
}


1;

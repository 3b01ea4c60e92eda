package Bench::Sizes;

# Checks and growth: both are measured at each size of one store, which is
# filled from one size to the next.

use strict;
use warnings;
use utf8;

use Bench;
use Bench::Check;
use Bench::Growth;
use Bench::Store;
use List::Util qw(max);
use Time::HiRes qw(time);


sub measure {
    my %wanted = map { $_ => 1 } @_;

    my @sizes = sort { $a <=> $b } split /,/, $Bench::opt{certificates};
    my $store = Bench::Store->new(max(@sizes));
    my %rows = map { $_ => [] } keys %wanted;
    for my $n (@sizes) {
        my ($begun, $before) = (time, $store->{n});
        $store->fill($n);
        my $rate = ($n - $before) / (time - $begun);
        push @{$rows{check}},
            Bench::Check::run($store, $Bench::opt{beside} && $n == $sizes[0])
            if $wanted{check};
        push @{$rows{growth}},
            {Bench::Growth::run($store), fill_rate => $rate}
            if $wanted{growth};
    }
    return \%rows;
}


1;

package Bench::Counted;

# Instructions as a subject; Bench::Instructions counts them.

use strict;
use warnings;
use utf8;

use Bench;
use Bench::Instructions;

my @NAMES = (
    [limit => 'return 200'], [limit_404 => 'return 404'],
    [limit_file => 'static file'], [check => 'check by code'],
    [check_digest => 'check by digest'],
    [check_match => 'check by certificate (POST)'],
    [wrong_number => 'the same, no such number'],
    [wrong_name => 'the same, the name is another'],
    [bad_code => 'mistyped code'], [unknown_code => 'unknown code'],
    [forged_token => 'forged token'], [download => 'download'],
);


sub measure {
    my $missing = Bench::Instructions::missing();
    die "$missing\n" if $missing ne '';

    my ($count, $parts) = Bench::Instructions::count(parts => 1);
    Bench::Instructions::record($Bench::home, $count) if $Bench::opt{record};
    my $recorded = Bench::Instructions::recorded($Bench::home) // {};
    return {instructions => [
        (map { my ($key, $name) = @$_; {key => $key, name => $name,
            instructions => $count->{$key},
            recorded => $recorded->{instructions}{$key}} } @NAMES),
        map { +{key => $_, name => "of a check: $_()",
            instructions => $parts->{$_},
            share => 100 * $parts->{$_} / $count->{check}} }
            sort { $parts->{$b} <=> $parts->{$a} } keys %$parts,
    ]};
}


1;

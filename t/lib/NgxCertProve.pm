package NgxCertProve;

# Runs tests of this suite against another build, and prints the output of each
# one that failed.
#
#     NgxCertProve::prove($t, 'sanitized', {CERTD => ...}, 't/70-certd.t', ...);

use strict;
use warnings;
use utf8;

use Encode ();
use TAP::Parser ();
use Test::More ();
use Time::HiRes ();

# How many tests run at once, and how many seconds one may take.
my $JOBS = 3;
my $TIMEOUT = 3600;


sub prove {
    my ($t, $name, $env, @tests) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;
    Test::More::ok(@tests > 0, "$name: there are tests");

    my %running;
    while (@tests || %running) {
        while (@tests && keys %running < $JOBS) {
            my $test = shift @tests;
            $running{$t->spawn($^X, $test, {env => $env})} = [$test, time];
        }
        Time::HiRes::sleep(0.1);
        for my $pid (keys %running) {
            my ($test, $begun) = @{$running{$pid}};
            my $status = _ended($t, $pid, $begun) // next;
            delete $running{$pid};
            _judge("$name: " . $test =~ s{.*/(?=t/)}{}r, $status,
                   map { $t->read("tmp/$pid.$_") } qw(out err));
        }
    }
}


# The status of a test that has ended or took too long; undef if it still runs.
sub _ended {
    my ($t, $pid, $begun) = @_;

    my $status = $t->ended($pid);
    return $status if defined $status;
    return time - $begun > $TIMEOUT ? $t->wait($pid, 0) : undef;
}


# One test is one assertion; for a failed one the names of its failed assertions
# and its whole output are printed.
sub _judge {
    my ($what, $status, $out, $err) = @_;

    # A test that ended before its first line has printed no plan.
    my $parser = TAP::Parser->new({tap => $out eq '' ? "1..1\n" : $out});
    my @failed;
    while (my $result = $parser->next) {
        push @failed, $result->as_string
            if $result->is_test && !$result->is_ok;
    }
    my $all = $parser->tests_run;
    return Test::More::pass("$what: skipped, " . $parser->skip_all)
        if $parser->skip_all && $status == 0;
    return Test::More::pass("$what: $all tests")
        if $status == 0 && !$parser->has_problems && $all > 0;

    Test::More::fail("$what: $all tests, status $status");
    Test::More::diag($_) for @failed, map { "$what: $_" } $parser->parse_errors;
    Test::More::diag(Encode::decode('UTF-8', $err));
}


1;

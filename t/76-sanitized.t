# The daemon once more, with what looks at each access to memory, and, where
# many ask at once, with what looks at threads.

use lib 't/lib';
use NgxCert;
use NgxCertProve;

my $t = NgxCert->new();
my $top = $t->top;

# Those of limits, users and units look at what the system allows; those of
# back-off, kills, clocks and lock files at what happens in time, of which a
# sanitized daemon has little.
my @all = grep { !m{75-(?:limits|users|unit|kill|clock|lockfile)|70-throttle} }
    map { glob "$top/t/$_-*.t" } 70, 75;
my @threads = map { "$top/t/$_.t" } qw(70-certd 70-quota 70-session 75-stuck);

proved('AddressSanitizer and UBSan', 'asan', {}, @all);
proved('ThreadSanitizer', 'tsan',
       {TSAN_OPTIONS => "suppressions=$top/t/lib/tsan.supp"}, @threads);


sub proved {
    my ($name, $kind, $env, @tests) = @_;

    # certctl has no threads.
    my %bin = (CERTD => $t->build . "/$kind/certd",
               CERTCTL => $t->build . '/asan/certctl');

    SKIP: {
        skip "$name: not built", 1 if grep { !-x } values %bin;
        NgxCertProve::prove($t, $name, {%bin, %$env}, @tests);
    }
}

$t->done();

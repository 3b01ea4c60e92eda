# The tests of certd again, with AddressSanitizer and UBSan, and those with many
# requests at once with ThreadSanitizer.

use lib 't/lib';
use NgxCert;
use NgxCertProve;

my $t = NgxCert->new();
my $top = $t->top;

# Left out: the tests of limits, users and the unit depend on what the system
# allows; those of back-off, kills, clocks and lock files depend on time, and a
# sanitized certd is slow.  That of the description looks at documents, and that
# of a faulty machine ends sanitized renderers by the dozen, each of which needs
# seconds of a core to begin; t/75-renderer.t ends some.
my @all = grep {
    !m{75-(?:limits|users|unit|kill|clock|lockfile|machine)|70-(?:throttle|openapi)}
} map { glob "$top/t/$_-*.t" } 70, 75;
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

# The tests of certd again, with AddressSanitizer and UBSan, and with
# ThreadSanitizer those with many requests at once, and those of imports, which
# read ahead.

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
my @imports = map { "$top/t/10-$_.t" }
    qw(import-ahead import-bad import-files account-import);
my %tsan = (TSAN_OPTIONS => "suppressions=$top/t/lib/tsan.supp");

proved('AddressSanitizer and UBSan', 'asan', 'asan', {}, @all);
proved('ThreadSanitizer', 'tsan', 'asan', \%tsan, @threads);
proved('ThreadSanitizer, imports', 'tsan', 'tsan', \%tsan, @imports);


sub proved {
    my ($name, $certd, $certctl, $env, @tests) = @_;

    my %bin = (CERTD => $t->build . "/$certd/certd",
               CERTCTL => $t->build . "/$certctl/certctl");

    SKIP: {
        skip "$name: not built", 1 if grep { !-x } values %bin;
        NgxCertProve::prove($t, $name, {%bin, %$env}, @tests);
    }
}

$t->done();

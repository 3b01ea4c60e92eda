# Every parser under libFuzzer: first the inputs of the corpus, then more from a
# fixed seed, the same each time.  With FUZZ_SECONDS each target runs for that
# long instead, from SEED; its findings stay in build/fuzz/found.

use lib 't/lib';
use NgxCert;

use File::Path qw(make_path);

# The number of runs that take a second or a few.
my %runs = (code => 60_000, fold => 20_000, form => 30_000, headers => 60_000,
    keyring => 6_000, pdf => 1_500, person => 30_000, photo => 10_000, policy => 3_000,
    record => 40_000, row => 500, sheet => 400, time => 60_000, token => 20_000);

my $seconds = $ENV{FUZZ_SECONDS};
my $seed = $ENV{SEED} // 20220829;

my $t = NgxCert->new();
my $corpus = $t->top . '/t/fuzz/corpus';
my $found = $t->build . '/fuzz/found';
make_path($found);

my @targets = map { m{([^/]*)\.c$} } glob $t->top . '/t/fuzz/*.c';
is("@targets", join(' ', sort keys %runs), 'every target has a number of runs');

# Without sanitizers little of what is wrong would show, and without coverage
# hardly any input would be new.
SKIP: {
    my $object = $t->build . '/fuzz/obj/core/base/cert_code.o';
    skip 'not built', 2 if !-e $object;
    my ($status, $symbols) = $t->run('nm', $object);
    skip 'no nm', 2 if $status != 0;
    like($symbols, qr/__asan_/, 'the parsers are built with sanitizers');
    like($symbols, qr/__sanitizer_cov_/, 'and with coverage');
}

for my $target (@targets) {
    SKIP: {
        my $bin = $t->build . "/fuzz/bin/$target";
        skip "$target: not built", 3 if !-x $bin;

        my @inputs = glob "$corpus/$target/*";
        cmp_ok(scalar @inputs, '>', 5, "$target: the corpus has inputs");

        # New inputs of a run do not go to the repository.
        my $new = $t->path("new/$target");
        make_path($new);
        my ($status, undef, $err) = $t->run($bin, "-seed=$seed",
            $seconds ? "-max_total_time=$seconds" : "-runs=$runs{$target}",
            '-timeout=120', '-rss_limit_mb=2000', "-artifact_prefix=$found/",
            '-max_len=4096', $new, "$corpus/$target",
            {timeout => 900 + 2 * ($seconds // 0),
             env => {CORPUS => $corpus, LLVM_PROFILE_FILE => '/dev/null'}});
        my ($done) = $err =~ /^Done (\d+) runs/m;
        is($status, 0, "$target: no crash and no wrong answer")
            or diag($err =~ /\A.*?(.{1,6000})\z/s);
        $done //= 0;
        cmp_ok($done, '>=', @inputs, "$target: $done runs");
    }
}

$t->done();

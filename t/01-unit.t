# Runs the unit tests in C: every program of t/unit, plain and, if built, with
# sanitizers; those of certd, which has threads, also with ThreadSanitizer.
# Each program prints TAP and is a subtest here.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();

my @names = map { m{([^/]*)\.c$} } glob $t->top . '/t/unit/*/*.c';
ok(@names > 0, 'there are unit tests');

for my $kind ('', '/asan', '/tsan') {
    my $folder = $t->build . "$kind/unit";
    next if $kind ne '' && !-d $folder;

    for my $name (grep { $kind ne '/tsan' || /^certd_/ } @names) {
        subtest "$name$kind" => sub { unit("$folder/$name") };
    }
}


sub unit {
    my ($program) = @_;

    my ($status, $out, $err) = $t->run($program, {
        timeout => 3600,
        env => {
            TMPDIR => $t->path('tmp'),
            UBSAN_OPTIONS => 'print_stacktrace=1',
        },
    });

    my $planned;
    my $seen = 0;
    for my $line (split /\n/, $out) {
        $planned = $1 if $line =~ /^1\.\.(\d+)/;
        next if $line !~ /^(not )?ok\b\s*\d*\s*-?\s*(.*)/;
        $seen++;
        ok(!$1, $2);
    }

    is($seen, $planned // 'a plan', 'as many tests as planned');
    is($status, 0, 'exit status') or diag($out, $err);
    unlike($err, qr/Sanitizer|runtime error:/, 'no sanitizer report');
}

$t->done();

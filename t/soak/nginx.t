# nginx's own tests, with the module loaded and without: the same outcome, file
# by file.  NGINX_TESTS is the folder of that suite, which is in no package of
# Debian; NGX_BIN and MODULE as in all tests, of a dynamic build.  NGINX_JOBS (2).

use lib 't/lib';
use NgxCert;

use Time::HiRes qw(sleep);

my $suite = $ENV{NGINX_TESTS};
plan skip_all => 'NGINX_TESTS does not name the suite'
    if !defined $suite || !-e "$suite/lib/Test/Nginx.pm";

my $t = NgxCert->new();
plan skip_all => 'a module that is linked in is always there'
    if $t->module eq '';

my @files = map { m{([^/]+\.t)$} } glob "$suite/*.t";
cmp_ok(scalar @files, '>', 300, scalar(@files) . ' files');

# What a test came to: its status, and each line of TAP without what differs
# from run to run.
sub outcome {
    my ($pid, $status) = @_;
    my ($out) = map { $t->read("tmp/$pid.$_") } 'out';
    my @tap = grep { /^(?:not )?ok \d|^1\.\./ } split /\n/, $out;
    s/ - .*?(?= # [A-Za-z]{4}\b|$)// for @tap;
    return join "\n", "status $status", @tap;
}

# Runs files with some directives before all others; file => outcome.
sub ran {
    my ($globals, @files) = @_;

    # Workers of another account cannot read what root's tests write.
    $globals = "user root;\n$globals" if $> == 0;
    my %env = (TEST_NGINX_BINARY => NgxCert::nginx_bin(),
        TEST_NGINX_GLOBALS => $globals, LC_ALL => 'C');
    my (%running, %outcome);
    while (@files || %running) {
        while (@files && keys %running < ($ENV{NGINX_JOBS} // 2)) {
            my $file = shift @files;
            my $pid = $t->spawn('sh', '-c', 'cd "$0" && exec perl "$1"', $suite,
                                $file, {env => \%env});
            $running{$pid} = $file;
        }
        sleep 0.02;
        for my $pid (keys %running) {
            my $status = $t->ended($pid) // next;
            $outcome{delete $running{$pid}} = outcome($pid, $status);
        }
    }
    return %outcome;
}

my %without = ran('', @files);
my %with = ran('load_module ' . $t->module . ';', @files);

# What differs may be chance: once more, by itself.
for my $file (grep { $with{$_} ne $without{$_} } @files) {
    %without = (%without, ran('', $file));
    %with = (%with, ran('load_module ' . $t->module . ';', $file));
}
is($with{$_}, $without{$_}, $_) for @files;

my @passed = grep { $with{$_} =~ /^status 0\n(?!1\.\.0)/ } @files;
cmp_ok(scalar @passed, '>', 100, scalar(@passed) . ' files that pass');
$t->done();

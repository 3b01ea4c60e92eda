# The pages in a browser, as people see them: t/browser/*.mjs with the
# demonstration.  A screenshot of each page that fails is kept.

use lib 't/lib';
use NgxCert;
use Spellings;

use JSON::PP ();

my $t = NgxCert->new();
my $top = $t->top;
my $modules = "$top/build/browser/node_modules";

sub program {
    my @names = @_;
    for my $name (@names) {
        my ($path) = grep { -x } map { "$_/$name" } split /:/, $ENV{PATH};
        return $path if defined $path;
    }
    return;
}

my $node = program('node');
my $chromium = program('chromium-headless-shell', 'chromium', 'chromium-browser');
my $missing = !$node ? 'node' : !$chromium ? 'chromium'
    : (grep { !-e "$modules/$_/package.json" } qw(playwright-core axe-core))[0];
plan(skip_all => 'left out by BROWSER=0') if ($ENV{BROWSER} // '') eq '0';
plan(skip_all => "no $missing here: scripts/test installs it, or says in"
     . ' build/browser.log why it could not') if defined $missing;


# The demonstration, with enough people that each test has one of its own.
my $home = $t->path('demo');
my @run = ("$top/scripts/run", '--home', $home);
my ($status, $out, $err) = $t->run(@run, '--port', $t->port, '--detach',
                                   '--certificates', 60, {timeout => 1200});
is($status, 0, 'the demonstration') or die $out, $err;

END { local $?; $t->run(@run, '--stop') if $t && @run }

# Secrets, which no log of the demonstration may have.
my $samples = JSON::PP->new->utf8->decode($t->read("$home/samples.json"));
for my $sample (values %$samples) {
    $t->secret(grep { defined } @$sample{qw(name id_number view download
                                            password)});
}


# People whose names, numbers and documents are typed in many ways.
my $spellings = Spellings->new($t);
($status, $out, $err) = $t->run($t->certctl_bin, '--home', $home, 'import',
    '--any-font', $t->csv('spellings.csv', $spellings->rows));
is($status, 0, 'their certificates') or diag $err;
my %spellings = (spelled => [$spellings->spelled], near => [$spellings->near]);
$t->write('spellings.json', JSON::PP->new->utf8->encode({map {
    $_ => [map { {typed => "@$_", form => {$spellings->form($_)}} }
           @{$spellings{$_}}]
} keys %spellings}));


# Another server, whose store is gone.
my $conf = $t->read("$top/conf-examples/site.conf");
my %marks = (HOME => $t->home, SITE => "$top/ngx_cert_module/site",
             MODULE => $t->module, PORT => $t->port(1));
$conf =~ s/\@([A-Z]+)\@/$marks{$1}/g;
$conf =~ s/^load_module .*\n//m if $marks{MODULE} eq '';
$t->conf(raw => $t->user_set($conf));
$t->start(port => $t->port(1));
$t->expect_log(qr/certificate store "\S+" (?:is closed|cannot be used)/,
               qr/cannot be made at the moment: the seal "awaited" is missing/);
rename "$marks{HOME}/store", "$marks{HOME}/store.away" or die "rename: $!\n";

# Each worker finds out by itself.
my $workers = () = $t->workers;
$t->await(sub {
    $workers == (() = $t->read('logs/error.log') =~ /requests get 503 until/g);
});
is($t->request('GET', "/check/$samples->{valid}{code}",
               port => $t->port(1))->status, 503, 'a server without its store');


# Screenshots stay until the next run.
my $pictures = "$top/build/browser/pictures";
mkdir $pictures;
unlink glob "$pictures/*";
my %env = (
    URL => 'http://127.0.0.1:' . $t->port, HOME => $home, TMP => $pictures,
    DOWN => 'http://127.0.0.1:' . $t->port(1), BIN => $chromium,
    MODULES => $modules, SITE => $marks{SITE},
    SPELLINGS => $t->path('spellings.json'),
);

# Runs one of the tests and repeats its results.
sub browse {
    my ($name) = @_;

    my ($status, $out, $err) = $t->run($node, "$top/t/browser/$name.mjs", {
        env => {map { ("BROWSER_$_" => $env{$_}) } keys %env},
        timeout => 3600,
    });
    my $count = 0;
    for my $line (split /\n/, $out) {
        if ($line =~ /^(not )?ok (\d+) - (.*)/) {
            ok(!$1, "$name: $3");
            $count++;
        } elsif ($line =~ /^# ?(.*)/) {
            diag($1);
        }
    }
    my ($plan) = $out =~ /^1\.\.(\d+)$/m;
    is("$status " . ($plan // 'no plan'), "0 $count", "$name: every test ran")
        or diag($err);
}

browse($_) for @ARGV ? @ARGV : qw(check files holder spellings
                                     states);

$t->done();

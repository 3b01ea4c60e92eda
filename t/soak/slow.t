# Slow clients, against conf-examples/public.conf as it is shipped: heads and
# bodies that come a few bytes at a time, answers that are hardly read, and
# ranges by the dozen.  Others are answered meanwhile.  SLOW_SECONDS (8) for each
# kind, SLOW_CONNECTIONS (400).

use lib 't/lib';
use NgxCert;

use File::Path qw(make_path);
use Time::HiRes qw(sleep time);

my $seconds = $ENV{SLOW_SECONDS} // 8;
my $connections = $ENV{SLOW_CONNECTIONS} // 400;

my $t = NgxCert->new();
if (!grep { -x "$_/slowhttptest" } split /:/, $ENV{PATH}) {
    plan(skip_all => 'no slowhttptest');
}
my $top = $t->top;
my $samples = $t->samples();
my $valid = $samples->{valid};

make_path($t->path('tls'));
my ($made) = $t->run('openssl', 'req', '-x509', '-newkey', 'rsa:2048',
    '-nodes', '-subj', '/CN=localhost', '-days', '2',
    '-keyout', $t->path('tls/privkey.pem'),
    '-out', $t->path('tls/fullchain.pem'));
is($made, 0, 'a certificate for TLS');

my %value = (HOME => $t->home, SITE => "$top/ngx_cert_module/site",
    MODULE => $t->module, PORT => '127.0.0.1:' . $t->port(0),
    TLS_PORT => '127.0.0.1:' . $t->port(1), STATUS_PORT => $t->port(2),
    TLS => $t->path('tls'), HOST => '127.0.0.1');
my $text = $t->read("$top/conf-examples/public.conf");

# This client sends no host name, so one without a name is answered.
$text =~ s/^    server \{\n        listen \@PORT\@ default_server;.*?^    \}\n//ms
    or die "no server for strangers\n";
$text =~ s/\@([A-Z_]+)\@/$value{$1} \/\/ "no value for $1"/ge;
$text =~ s/^load_module .*\n//m if $value{MODULE} eq '';
$text = $t->user_set($text);

# All clients come from one address here: what keeps one address from taking
# all connections would keep the checks of this test away, too.
$text =~ s/^\s*limit_(?:conn|req) .*;\n//mg;
$t->conf(raw => $text);
$t->start();

sub check {
    my $begun = time;
    my ($status, $out) = $t->run('curl', '-sk', '--max-time', 20,
        'https://127.0.0.1:' . $t->port(1) . "/check/$valid->{code}");
    return ($status == 0 && $out =~ /"result":"valid"/, time - $begun);
}
ok((check())[0], 'a check is answered at first');

my $url = 'https://127.0.0.1:' . $t->port(1);
my @kinds = (
    ['slow heads', '-H', '-u', "$url/check/$valid->{code}"],
    ['slow bodies', '-B', '-u', "$url/check", '-s', 8192],
    ['ranges', '-R', '-u', "$url/download/$valid->{download}", '-a', 0,
     '-b', 3000],
    ['slow readers', '-X', '-u', "$url/download/$valid->{download}",
     '-w', 512, '-y', 1024, '-n', 5, '-z', 32, '-k', 3],
);
my ($asked, $failed, $slowest) = (0, 0, 0);
for my $kind (@kinds) {
    my ($name, @args) = @$kind;

    my $pid = $t->spawn('slowhttptest', '-c', $connections, '-r',
        int($connections / 4), '-i', 2, '-l', $seconds, '-p', 3, @args);
    my $end = time + $seconds;
    my $most = 0;
    while (time < $end) {
        my ($is_right, $took) = check();
        $asked++;
        $failed++ if !$is_right;
        $slowest = $took if $took > $slowest;
        my $open = () = map { glob "/proc/$_/fd/*" } $t->workers;
        $most = $open if $open > $most;
        sleep 0.1;
    }
    $t->wait($pid);
    unlink $t->path("tmp/$pid.out");

    # Ranges are not slow connections: they are answered at once.
    cmp_ok($most, '>', $connections / 4,
           "$name: $most slow connections at once") if $name =~ /slow/;
}
is($failed, 0, "all of $asked checks meanwhile were answered");
note(sprintf 'the slowest took %.2f s', $slowest);
cmp_ok($asked, '>=', @kinds, 'there were some');

# No client is kept for longer than the timeouts of the example.
my $open;
$t->await(sub {
    $open = () = map { glob "/proc/$_/fd/*" } $t->workers;
    return $open <= 100;
});
cmp_ok($open, '<=', 100, 'and they are let go');

$t->done();

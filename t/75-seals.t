# Until when seals may sign: certd looks at those of the catalogue, shows the
# first end as a figure and logs one that is near.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
$t->import_rows($t->certificate());
my $seals = $t->home . '/seals';
my %given = map { $_ => $t->read("$seals/$_.pem") } qw(ministry association ca);
my ($soon, $soon_root) = $t->own_seal('soon', 10);
my ($later, $later_root) = $t->own_seal('later', 29);
my (undef, $foreign) = $t->own_seal('foreign', 1000);

sub end_of {
    my ($name) = @_;
    my ($status, $out) = $t->run('openssl', 'x509', '-noout', '-enddate',
        '-dateopt', 'iso_8601', '-in', $name);
    my ($day, $time) = $out =~ /notAfter=(\S+) (\S+)Z/ or die $out;
    my ($date) = ($t->run('date', '-u', '-d', "$day $time", '+%s'))[1];
    return $date + 0;
}

my %end = map { $_ => end_of("$seals/$_.pem") } qw(ministry association);
$end{$_} = end_of($t->path("$_.crt")) for qw(soon later);
my ($first) = sort { $a <=> $b } @end{qw(ministry association)};

$t->conf($t->holder_conf);
$t->start();

# A certd with these seals: the figure, and what it logged of seals.
sub looked {
    my (%seal) = @_;
    for my $name (qw(ministry association ca)) {
        unlink "$seals/$name.pem";
        my $bytes = exists $seal{$name} ? $seal{$name} : $given{$name};
        next if !defined $bytes;
        $t->write("home/seals/$name.pem", $bytes);
        chmod 0600, "$seals/$name.pem";
    }
    my $from = -s $t->path('logs/certd.log') // 0;
    $t->certd(args => ['--renderers', 1]);
    my $end;
    $t->await(sub { ($end = ($t->get('/status')->json->{certd} // {})
                                ->{seals_expire}) });
    $t->certd_stop();
    my @said = grep { /the seal/ } split /\n/,
        substr $t->read('logs/certd.log'), $from;
    return ($end, join '|', map { s/^certd: //r } @said);
}

my ($end, $said) = looked();
is($end, $first, 'the first of the seals that there are');
is($said, '', 'nothing is said of it');

my $roots = "$soon_root$later_root$given{ca}";
($end, $said) = looked(ministry => $later, association => $soon, ca => $roots);
is($end, $end{soon}, 'the first of two that end soon');
like($said, qr/^\[warning\] the seal "association" ends in (?:9|10) days: [^|]+$/,
     'it alone is told');

($end, $said) = looked(ministry => undef, association => $later, ca => $roots);
is($end, $end{later}, 'one that is missing may be awaited');
like($said, qr/^\[warning\] the seal "association" ends in 2[89] days: [^|]+$/,
     'the other is told');

my $now = time;
($end, $said) = looked(ministry => $soon, ca => $given{ca} . $foreign);
cmp_ok(abs($end - $now), '<', 600, 'one that cannot sign: since now');
like($said, qr/^\[alert\] the seal "ministry" cannot sign: [^|]*vouch[^|]*$/,
     'says which and why');
$t->expect_log(qr/\[alert\] the seal "ministry" cannot sign/);

($end, $said) = looked();
is($end, $first, 'mended');
is($said, '', 'nothing is said any more');

$t->done();

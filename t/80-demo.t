# scripts/run, as a new user runs it: it has a sample of every state, an
# existing home is used again, and other files are not touched.

use lib 't/lib';
use NgxCert;

use File::Path qw(make_path);
use JSON::PP ();

my $t = NgxCert->new();
my $run = $t->top . '/scripts/run';
my $home = $t->path('demo');
my $port = $t->port;
my $serial = 0;

sub run_demo {
    my @args = @_;
    return $t->run($run, '--home', $home, '--port', $port, @args,
                   {timeout => 1200});
}

sub samples { return JSON::PP->new->utf8->decode($t->read("$home/samples.json")) }

END { $t && $t->run($run, '--home', $home, '--stop') }


my ($status, $out, $err) = run_demo('--detach', '--certificates', 40);
is($status, 0, 'scripts/run --detach') or diag($out, $err);
is((split /\n/, $out)[-1], "ready http://127.0.0.1:$port/",
   'the last line says that it is ready');
like($out, qr{curl http://127.0.0.1:$port/check/}, 'others say what to try');

my $samples = samples();
is(join(' ', sort keys %$samples), 'account expired generating original '
   . 'replaced revoked suspended unregistered valid withdrawn',
   'a sample of each state, a holder, and a person who may register');

# State => result of the check, status of the download.
my %states = (
    valid      => ['valid', 200],
    original   => ['valid', 200],
    expired    => ['expired', 410],
    generating => ['generating', 202],
    withdrawn  => ['withdrawn', 410],
    revoked    => ['revoked', 410],
    suspended  => ['suspended', 410],
    replaced   => ['replaced', 410],
);

for my $state (sort keys %states) {
    my $sample = $samples->{$state};
    my ($result, $download) = @{$states{$state}};

    my $r = $t->get("/check/$sample->{code}");
    is($r->status, 200, "$state: checked");
    is($r->json->{result}, $result, "$state: $result");

    for my $right (qw(view download)) {
        my $r = $t->get("/$right/$sample->{$right}");
        is($r->status, $download, "$state: $right");
        if ($download == 200) {
            like($r->body, qr/^%PDF-/, "$state: $right is a PDF");
            ok($r->body eq $t->read($sample->{pdf}), "$state: the file");
        }
    }

    my $match = $t->post('/check', map { $_ => $sample->{$_} }
        qw(number name id_number));
    my $expected = $result =~ /^(?:revoked|suspended|replaced)$/ ? $result
                                                                 : 'valid';
    is($match->json->{result}, $expected, "$state: by certificate");
}

my $mistyped = $samples->{valid}{code} =~ s/(.)$/$1 eq '0' ? '1' : '0'/er;
is($t->get("/check/$mistyped")->status, 400, 'a mistyped code');
is($t->get('/check?number=1')->status, 400, 'personal facts in the URL');
is($t->get("/check?sha256=$samples->{valid}{sha256}")->json->{result},
   'valid', 'by file');
is($t->post('/check', number => 1, name => '张', id_number => 'E12345678')
   ->status, 404,
   'no such certificate');


# The holder service, from a login and from a registration to a copy.
sub is_served {
    my ($samples, $what) = @_;

    my ($account, $other) = @$samples{qw(account unregistered)};
    $t->secret($account->{password});
    my $holder = $t->login(@$account{qw(username password)});
    agree($holder);
    my $of = "/holder/certificates/$account->{number}";
    is($holder->get($of)->json->{quota}{left}, 3, "$what: a whole quota");

    my $new = $t->holder($other, username => "other.$$." . $serial++);
    my ($number) = map { $_->{number} }
        @{$new->get('/holder/certificates')->json->{certificates}};
    for ([$holder, $account->{number}], [$new, $number]) {
        my ($who, $number) = @$_;
        my $code = $who->apply($number)->json->{annotation}{code};
        my $ready = $who->ready($code)->json;
        is($ready->{annotation}{state}, 'ready', "$what: a copy is made");
        is($t->get("/check/$code")->json->{result}, 'valid',
           "$what: and is valid");
        $t->secret($ready->{download} =~ s{.*/}{}r);
    }
}

sub agree {
    my ($holder) = @_;
    my $notice = $holder->get('/holder/notice')->json;
    is($holder->post('/holder/consent', version => $notice->{version})->status,
       200, 'agreed to the notice');
}

sub of_states {
    my ($samples) = @_;
    return {map { $_ => $samples->{$_} } keys %states};
}

is_served($samples, 'at first');

# The same home again, while it is served.
($status, $out, $err) = run_demo('--detach');
is($status, 0, 'again: status') or diag($out, $err);
is_deeply(of_states(samples()), of_states($samples), 'with the same samples');
isnt(samples()->{account}{number}, $samples->{account}{number},
     'but another holder');
is_served(samples(), 'again');

# A home so old that its valid copy has expired.
my %aged = (%$samples, valid => $samples->{expired});
$t->write("$home/samples.json", JSON::PP->new->utf8->encode(\%aged));
($status, $out, $err) = run_demo('--detach');
is($status, 0, 'an old home') or diag($out, $err);
is($t->get('/check/' . samples()->{valid}{code})->json->{result}, 'valid',
   'gets a new valid copy');
is(samples()->{expired}{code}, $samples->{expired}{code},
   'the other samples stay');

# Another port: a copy whose QR leads there.
my $other = $t->port(1);
($status, $out, $err) = $t->run($run, '--home', $home, '--port', $other,
                                '--detach');
is($status, 0, 'at another port') or diag($out, $err);
isnt(samples()->{valid}{code}, $samples->{valid}{code},
     'with a valid copy made for it');
is($t->request('GET', '/check/' . samples()->{valid}{code}, port => $other)
   ->json->{result}, 'valid', 'which is valid');

is(($t->run($run, '--home', $home, '--stop'))[0], 0, 'scripts/run --stop');
ok(!eval { $t->connect($other) }, 'and it is gone');
is(($t->run($run, '--home', $home, '--stop'))[0], 0, 'once more: nothing');


# Folders and ports of others.
make_path($t->path('foreign'));
$t->write('foreign/file', "kept\n");
($status, $out, $err) = $t->run($run, '--home', $t->path('foreign'));
is($status, 1, 'a folder with something else in it: refused');
like($err, qr/nothing was touched/, 'with the reason');
is(join(' ', map { s{.*/}{}r } glob $t->path('foreign/*')), 'file',
   'and unchanged');

my $listen = IO::Socket::INET->new(Listen => 1, ReuseAddr => 1,
    LocalAddr => '127.0.0.1', LocalPort => $t->port(2));
($status, $out, $err) = $t->run($run, '--home', $t->path('new'), '--port',
                                $t->port(2));
is($status, 1, 'a port in use: refused');
like($err, qr/port \d+ is in use/, 'with the reason');
ok(!-e $t->path('new'), 'before anything is made');

for my $args (['--port', 'x'], ['--port'], ['--what'], ['--port', 70000],
              ['--certificates', 0])
{
    ($status, $out, $err) = $t->run($run, @$args);
    is($status, 1, "@$args: refused");
}

# One copy waits for a seal; after some attempts certd logs that as an alert.
$t->expect_log(qr/certd: \[alert\] a copy cannot be made.*seal "awaited" is missing/);
$t->done();

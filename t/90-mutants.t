# Thousands of mutated requests, over HTTP/1.1 and HTTP/2: no worker ends or
# grows, no line at alert or worse is logged, and valid requests in between are
# answered correctly.  t/soak/mutants.c sends them.  MUTANTS (20,000) is
# their number, SEED chooses them; wrongly answered ones stay in build/mutants.

use lib 't/lib';
use NgxCert;

use File::Path qw(make_path);

my $wanted = $ENV{MUTANTS} // 20_000;
my $seed = $ENV{SEED} // int rand 1e9;
my $CLIENTS = 3;

my $t = NgxCert->new();
my $samples = $t->samples();
my $valid = $samples->{valid};

my $routes = <<'END';
        location /check     { cert_check; }
        location /view/     { cert_download inline; }
        location /download/ { cert_download; }
        location /status    { cert_status; }
        location /metrics   { cert_status prometheus; }
        location ~ /re/     { cert_check; }
        location /          { return 404; }
        %%PAGE%%
END

# Below warn, nginx quotes lines that are not HTTP, with tokens in them, and
# most mutants are such lines.
$t->conf(workers => 2, log_level => 'warn',
    http => <<"END", server => $routes);
    cert_check_page /page/check.html;
    keepalive_requests 100000;
    client_header_timeout 5s;
    client_body_timeout 5s;
    server {
        listen 127.0.0.1:%%PORT1%% http2;
$routes    }
END
$t->start();

my @workers = $t->workers_ready;
is(scalar @workers, 2, 'two workers');

my @form = map { $_ => $valid->{$_} } qw(number name id_number);
my @type = ('Content-Type' => 'application/x-www-form-urlencoded');
my @html = (Accept => 'text/html;q=0.9, application/json;q=0.1, */*;q=0');
my @good = (
    ['GET', "/check/$valid->{code}", ''],
    ['GET', "/check?code=$valid->{code}&x=%20+", '', @html],
    ['GET', "/check?sha256=$valid->{sha256}", ''],
    ['HEAD', "/re/$valid->{code}?a=b", ''],
    ['POST', '/check', NgxCert::form(@form), @type],
    ['POST', '/check', NgxCert::form(@form), @type, @html],
    ['POST', '/check', NgxCert::form(@form, x => '1' x 400),
     'Content-Type' => 'application/x-www-form-urlencoded; charset=utf-8'],
    ['GET', "/download/$valid->{download}", '', Range => 'bytes=0-9,-5',
     'If-Range' => '"x"'],
    ['GET', "/download/$valid->{download}", '', Range => 'bytes=100-199'],
    ['GET', "/view/$valid->{view}", '', 'If-None-Match' => '"x"',
     Range => 'bytes=0-99'],
    ['HEAD', "/view/$valid->{view}", '', 'If-Modified-Since' =>
     'Mon, 29 Aug 2022 10:20:30 GMT'],
    (map { ['GET', "/download/$samples->{$_}{download}", '',
            $_ eq 'revoked' ? @html : ()] } qw(revoked expired generating)),
    ['GET', '/status', '', 'Accept-Encoding' => 'gzip'],
    ['GET', '/metrics', ''],
);

sub bytes { map { utf8::is_utf8($_) ? Encode::encode('UTF-8', $_) : $_ } @_ }
my $seeds = join '', map { pack 'V (V/a)*', scalar(@$_), bytes(@$_) } @good;

my $found = $t->build . '/mutants';
make_path($found);
# The largest private memory of a worker, in KiB; not with sanitizers, which
# keep memory of their own.
sub memory {
    my @kib = map { $t->read("/proc/$_/status") =~ /^RssAnon:\s*(\d+)/m } @workers;
    return (sort { $b <=> $a } @kib)[0] // 0;
}
my $is_measured = NgxCert::nginx_bin() !~ /sanitize/;

my $all = 0;
for my $kind (['http1', 0], ['http2', 1]) {
    my ($name, $port) = @$kind;

    my @mutants = ($t->build . '/soak/mutants', $t->port($port), $name);
    my @how = ($CLIENTS, $found,
        {stdin => $seeds, timeout => 3600, raw => 1});
    $t->run(@mutants, $seed + 1, int($wanted / 8), @how) if $is_measured;
    my $before = memory();
    my ($status, $out, $err) =
        $t->run(@mutants, $seed, int($wanted / 2), @how);
    cmp_ok(memory() - $before, '<=', 1024,
           "$name: no worker grew by more than a mebibyte") if $is_measured;
    is($status, 0, "$name: they were sent") or diag($err);
    my %was = $out =~ /^(\w+) (\d+)$/mg;
    my %statuses = $out =~ /^status (\d+) (\d+)$/mg;
    note("$name, seed $seed: ", join ', ', map { "$_ $was{$_}" } sort keys %was);
    note("$name: ", join ', ', map { "$_: $statuses{$_}" } sort keys %statuses);

    cmp_ok($was{requests} // 0, '>=', int($wanted / 2),
           "$name: " . ($was{requests} // 0) . ' mutated requests');
    cmp_ok($was{good} // 0, '>', 0, "$name: good ones in between");
    is($was{$_}, 0, "$name: none $_") for qw(wrong hung unread);

    # nginx answers 501 and 505 to methods and versions that it does not know.
    is(join(' ', grep { /^50[02346]/ } sort keys %statuses), '',
       "$name: no answer is our fault");
    cmp_ok($statuses{$_} // 0, '>', 0, "$name: $_, too")
        for 200, 206, 400, 403, 404, 410;
    $all += $was{requests} // 0;
}

is(join(' ', $t->workers), "@workers", "the same workers after $all in all");
is($t->get("/check/$valid->{code}")->json->{result}, 'valid',
   'the next one is answered');

# Requests that wait for a client have ended by now.
my $most;
$t->await(sub {
    ($most) = sort { $b <=> $a } map { my @fds = glob "/proc/$_/fd/*";
        scalar @fds } @workers;
    return $most <= 40;
});
cmp_ok($most, '<=', 40, 'no descriptor is left open');

$t->done();

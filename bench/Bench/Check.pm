package Bench::Check;

# Checks by code, by the file's digest and by certificate, at each size of the
# store, beside "return 200" of an nginx without this module; at the first size
# also beside other ways to build the same service.

use strict;
use warnings;
use utf8;

use Bench;
use Bench::Answer;
use Bench::Beside;
use Bench::Store;
use List::Util qw(shuffle);

my $FORM = {'Content-Type' => 'application/x-www-form-urlencoded'};


# Rows of the store at its present size.  "beside": whether the others are
# measured as well.
sub run {
    my ($store, $beside) = @_;

    my $t = $store->{t};
    $t->stop();
    $t->conf(Bench::Beside::conf(),
             server => 'location /check { cert_check; }');
    $t->start();

    my @ours = ours($store);
    my $limit = limit($t, \@ours);
    my $others = $beside ? others($store, $t) : {sides => []};
    my @rows = Bench::measure("check, $store->{n}", @ours, @{$limit->{sides}},
                              @{$others->{sides}});
    $_->{certificates} = $store->{n} for @rows;
    $t->stop();
    return @rows;
}


# 90 % of the list "recent" are of the newest hundredth of the copies.
sub ours {
    my ($store) = @_;

    my $t = $store->{t};
    my @all = shuffle $store->column('all', 'code');
    my @new = $store->column('new', 'code');
    my @some = shuffle $store->rows('all');
    @some = @some[0 .. 49_999] if @some > 50_000;
    my $half = @all > 1000 ? 1000 : @all;

    my %side = (url => 'http://127.0.0.1:' . $t->port,
                pids => sub { $t->master });
    my @gets = (
        [hot => 'by code, a thousand hot ones', @all[0 .. $half - 1]],
        [recent => 'by code, 90 % of the newest 1 %', map {
            rand() < 0.9 ? $new[rand @new] : $all[rand @all] } @all],
        [random => 'by code, random', @all],
    );
    return (
        (map { my ($key, $name, @codes) = @$_;
            +{%side, key => $key, name => $name, limit => 'limit',
              list => [map { "GET /check/$_" } @codes]} } @gets),
        {%side, key => 'digest', name => 'by digest, random',
         limit => 'limit', list => [map { "GET /check?sha256=$_" }
            shuffle $store->column('all', 'sha256')]},
        {%side, key => 'match', name => 'by certificate (POST), random',
         limit => 'limit_post', headers => $FORM,
         list => [map { 'POST /check ' . NgxCert::form(
            number => $_->{number}, name => Encode::decode('UTF-8',
                Encode::encode('UTF-8', $_->{name})),
            id_number => $_->{id_number}) } @some]},
    );
}


# "return 200" with the same headers and body, for GET and for POST, whose body
# nginx reads and discards.
sub limit {
    my ($t, $ours) = @_;

    my ($random) = grep { $_->{key} eq 'random' } @$ours;
    my ($match) = grep { $_->{key} eq 'match' } @$ours;
    my @answers = map { Bench::Answer::typical($t, $_) } $random, $match;

    my $nginx = Bench::Beside::nginx(server =>
        Bench::Answer::location('/limit/', $answers[0])
        . Bench::Answer::location('/limit ', $answers[1]));
    my %side = (url => 'http://127.0.0.1:' . $nginx->port,
                pids => sub { $nginx->master });
    my @sides = (
        {%side, key => 'limit', name => 'return 200, same body',
         list => [map { s{/check/}{/limit/}r } @{$random->{list}}]},
        {%side, key => 'limit_post', name => 'return 200, same body (POST)',
         headers => $FORM,
         list => [map { s{/check}{/limit}r } @{$match->{list}}]},
    );
    Bench::Answer::compare($answers[$_],
        Bench::Answer::typical($nginx, $sides[$_])) for 0, 1;
    return {sides => \@sides, nginx => $nginx};
}


# nginx with Lua and Redis, and nginx in front of two applications with
# PostgreSQL.
sub others {
    my ($store, $ours) = @_;

    my @rows = $store->facts($store->rows('all'));
    my $t = NgxCert->new();
    my $redis = Bench::Beside::redis($t);
    Bench::Beside::redis_fill($t, $redis, map { ($_->{code},
        "$_->{status} $_->{expires} " . $store->json($_)) } @rows);
    my $db = Bench::Beside::postgres($t);
    Bench::Beside::postgres_fill($t, $db, @rows);
    my %app = (go => Bench::Beside::go($t, $db, 8),
               python => Bench::Beside::python($t, $db));

    my $lua = nginx_of('lua', $redis);
    my @sides = (
        {key => 'redis', name => 'nginx + Lua + Redis', nginx => $lua,
         more => [$redis->{pid}]},
        map { {key => $_, more => [$db->{pid}, $app{$_}{pid}],
               nginx => nginx_of('proxy', $app{$_}),
               name => 'nginx + ' . ucfirst($_) . ' + PostgreSQL'} }
            qw(go python),
    );
    for my $side (@sides) {
        my ($nginx, $more) = @$side{qw(nginx more)};
        $side->{url} = 'http://127.0.0.1:' . $nginx->port;
        $side->{pids} = sub { ($nginx->master, @$more) };
        @$side{qw(limit versus)} = qw(limit random);
        $side->{list} = [map { "GET /check/$_->{code}" } shuffle @rows];
        my ($uri) = $side->{list}[0] =~ /GET (.*)/;
        Bench::Answer::compare_json($ours->get($uri), $nginx->get($uri),
                                    $side->{name});
    }
    return {sides => \@sides, t => $t, db => $db,
            nginx => [map { $_->{nginx} } @sides]};
}


sub nginx_of {
    my ($kind, $server) = @_;

    my $headers = "add_header Cache-Control no-store always;\n"
        . "add_header X-Content-Type-Options nosniff always;\n"
        . "add_header Referrer-Policy no-referrer always;\n";
    return Bench::Beside::nginx(
        main => Bench::Beside::lua_modules(),
        http => "lua_package_path '/usr/share/lua/5.1/?.lua;;';\n",
        server => "set \$redis_socket $server->{socket};\n"
            . "location /check/ {\ndefault_type application/json;\n$headers"
            . 'content_by_lua_file '
            . NgxCert::top() . "/bench/rivals/check.lua;\n}\n",
    ) if $kind eq 'lua';

    return Bench::Beside::nginx(
        http => "upstream app { server unix:$server->{socket};"
            . " keepalive 64; }\n",
        server => "location /check/ {\n$headers"
            . "proxy_pass http://app;\nproxy_http_version 1.1;\n"
            . "proxy_set_header Connection '';\n}\n",
    );
}


1;

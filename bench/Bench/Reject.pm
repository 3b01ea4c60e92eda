package Bench::Reject;

# Refused requests, beside "return 404" of an nginx without this module: the
# requests of an attacker must not cost more than a page that is not found.

use strict;
use warnings;
use utf8;

use Bench;
use Bench::Answer;
use Bench::Beside;
use Bench::Store;
use List::Util qw(shuffle);

my @SYMBOLS = split //, '0123456789ABCDEFGHJKMNPQRSTVWXYZ';


sub measure {
    my ($n) = sort { $a <=> $b } split /,/, $Bench::opt{certificates};
    local $Bench::Store::SAMPLE = 50_000;
    my $store = Bench::Store->new($n);
    $store->fill($n);
    my $t = $store->{t};
    $t->conf(Bench::Beside::conf(), server => <<'END');
location /check { cert_check; }
location /download/ { cert_download; }
END
    $t->start();

    my @sides = ours($store);
    my %served = (url => 'http://127.0.0.1:' . $t->port,
                  pids => sub { $t->master }, limit => 'limit');
    $_ = {%$_, %served} for @sides;
    my $answer = (map { Bench::Answer::typical($t, $_) } @sides)[-1];
    my $nginx = Bench::Beside::nginx(server => Bench::Answer::location(
        '/limit/', $answer) . "location /check/ { return 404; }\n");
    %served = (url => 'http://127.0.0.1:' . $nginx->port, status => 404,
               pids => sub { $nginx->master });
    my @uris = map { s{^GET /check/}{}r } @{$sides[-1]{list}};
    my @rows = Bench::measure('reject', @sides,
        {%served, key => 'limit', name => 'return 404',
         list => [map { "GET /check/$_" } @uris]},
        {%served, key => 'limit_same', limit => 'limit',
         name => 'return 404, body and headers of an unknown code',
         list => [map { "GET /limit/$_" } @uris]});
    $_->stop() for $t, $nginx;
    return {reject => \@rows};
}


sub ours {
    my ($store) = @_;

    my @codes = shuffle $store->column('all', 'code');
    my $token = $store->{t}->token($codes[0], 'download', '--ttl', 86400);
    return (
        {key => 'malformed', name => 'malformed code', status => 400,
         list => [map { 'GET /check/' . substr $_, 0, 14 } @codes]},
        {key => 'mistyped', name => 'mistyped code (check symbol)',
         status => 400, list => [map { 'GET /check/' . mistyped($_) } @codes]},
        {key => 'forged', name => 'forged token', status => 403,
         list => [map { 'GET /download/' . forged($token) } 1 .. 10_000]},
        {key => 'unknown', name => 'unknown code', status => 404,
         list => [map { "GET /check/$_" }
            shuffle $store->column('none', 'code')]},
    );
}


# A code with another last symbol, the check symbol, so that it is wrong.
sub mistyped {
    my ($code) = @_;
    my $last = chop $code;
    my ($other) = grep { $_ ne $last } @SYMBOLS[rand @SYMBOLS, 0, 1];
    return $code . $other;
}


# A well-formed token with the right key and time, but with another MAC.
sub forged {
    my ($token) = @_;
    my @alphabet = ('A' .. 'Z', 'a' .. 'z', 0 .. 9, '-', '_');
    return substr($token, 0, 24)
        . join '', map { $alphabet[rand @alphabet] } 1 .. 24;
}


1;

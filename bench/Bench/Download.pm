package Bench::Download;

# Downloads of three sizes, beside static files of an nginx without this module
# and beside nginx's own ways to guard files.

use strict;
use warnings;
use utf8;

use Bench;
use Bench::Answer;
use Bench::Beside;
use Bench::Store;
use Digest::MD5 qw(md5_base64);
use Digest::SHA qw(hmac_sha256_hex);

# Files of each size: few enough to be in memory, like files that are in demand.
my $FILES = 40;

my @SIZES = ([50_000, '50 KB'], [200_000, '200 KB'], [2_000_000, '2 MB']);

# The requests to ours and to the limit: key, name, TLS, headers, status, and a
# size if only that one is measured.
my @WAYS = (
    [keep => 'keep-alive', 0, {}, 200],
    [close => 'a connection each', 0, {Connection => 'close'}, 200],
    [tls => 'TLS, keep-alive', 1, {}, 200],
    [tls_close => 'TLS, a connection each', 1, {Connection => 'close'}, 200,
     50_000],
    [range => '4 KB of it', 0, {Range => 'bytes=1000-5095'}, 206, 200_000],
);


sub measure {
    my @rows;
    for (@SIZES) {
        my ($size, $name) = @$_;
        push @rows, of_size($size, $name,
            $Bench::opt{beside} && $size == 200_000);
    }
    return {download => \@rows};
}


sub of_size {
    my ($size, $name, $beside) = @_;

    my $store = store($size);
    my $t = $store->{t};
    my $tls = tls($t);
    $t->conf(Bench::Beside::conf(), server => $tls->(1)
        . 'location /download/ { cert_download; }');
    $t->start();

    my @files = $store->rows('all');
    my @tokens = map { $t->token($_->{code}, 'download', '--ttl', 86400) }
        @files;
    my $pdf = $t->path('home/pdf');
    my $headers = Bench::Answer::headers($t->get("/download/$tokens[0]"));
    my $static = Bench::Beside::nginx(server => $tls->(1)
        . "location /static_for_the_limit/ {\nalias $pdf/;\n$headers}\n");

    my @sides;
    for (@WAYS) {
        my ($key, $way, $is_tls, $send, $status, $only) = @$_;
        next if defined $only && $only != $size;
        my %side = (headers => $send, status => $status);
        push @sides, {%side, key => "ours_$key", limit => "limit_$key",
            name => "cert_download $name, $way", served($t, $is_tls),
            list => [map { "GET /download/$_" } @tokens]},
            {%side, key => "limit_$key", served($static, $is_tls),
             name => "static $name, $way",
             list => [map { "GET /static_for_the_limit/$_->{path}" } @files]};
    }
    Bench::Answer::compare(map { Bench::Answer::typical($_->[0], $_->[1]) }
        [$t, $sides[0]], [$static, $sides[1]]);

    my $others = $beside ? others($store, $name, $headers) : {sides => []};
    my @rows = Bench::measure("download $name", @sides,
                              @{$others->{sides}});
    $_->stop() for $t, $static, @{$others->{nginx} // []};
    return @rows;
}


sub served {
    my ($t, $is_tls) = @_;
    return (url => ($is_tls ? 'https' : 'http') . '://127.0.0.1:'
                . $t->port($is_tls ? 1 : 0),
            pids => sub { $t->master });
}


# A store of copies that each have a file of this size.
sub store {
    my ($size) = @_;

    local $Bench::Store::SAMPLE = $FILES;
    my $store = Bench::Store->new($FILES);
    $store->fill($FILES, $size);
    $store->{t}->write("home/pdf/$_->{path}", "%PDF-1.7\n" . 'x' x ($size - 9))
        for $store->rows('all');
    return $store;
}


# The configuration with which a server listens with TLS at its second port.
sub tls {
    my ($t) = @_;

    my @pem = map { $t->path("tmp/tls.$_") } qw(crt key);
    my ($status, $out, $err) = $t->run('openssl', 'req', '-x509', '-nodes',
        '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-days', 2,
        '-subj', '/CN=localhost', '-out', $pem[0], '-keyout', $pem[1]);
    die "openssl: $err\n" if $status != 0;
    return sub { return "listen 127.0.0.1:%%PORT$_[0]%% ssl;\n"
        . "ssl_certificate $pem[0];\nssl_certificate_key $pem[1];\n" };
}


# Three ways to give a file only to those who may have it: a signed link, which
# cannot be withdrawn, and an application that nginx asks before it sends the
# file (auth_request) or that answers itself (X-Accel-Redirect).
sub others {
    my ($store, $name, $headers) = @_;

    my @files = $store->facts($store->rows('all'));
    my $pdf = $store->{t}->path('home/pdf');
    my $t = NgxCert->new();
    my $db = Bench::Beside::postgres($t);
    Bench::Beside::postgres_fill($t, $db, @files);
    my $app = Bench::Beside::go($t, $db, 8);
    my $until = int(time) + 86400;
    my $secret = $Bench::Beside::SECRET =~ tr/ /_/r;

    my $link = Bench::Beside::nginx(server => <<"END");
location /secure/ {
    secure_link \$arg_md5,\$arg_expires;
    secure_link_md5 "\$secure_link_expires\$uri $secret";
    if (\$secure_link = "") { return 403; }
    if (\$secure_link = "0") { return 410; }
    alias $pdf/;
    $headers}
END
    my $proxy = Bench::Beside::nginx(
        http => "upstream app { server unix:$app->{socket}; keepalive 64; }\n"
            . "proxy_http_version 1.1;\nproxy_set_header Connection '';\n",
        server => <<"END");
location ~ ^/guarded/([^/]+)/(.*)\$ {
    set \$token \$1;
    set \$file \$2;
    auth_request /auth;
    alias $pdf/\$file;
    $headers}
location = /auth {
    internal;
    proxy_pass http://app/auth/\$token;
}
location /file/ { proxy_pass http://app; }
location /files/ {
    internal;
    alias $pdf/;
    $headers}
END
    my @tokens = map { token($_->{code}, $until) } @files;
    my @app = ($db->{pid}, $app->{pid});
    my @sides = (
        {key => 'secure_link', name => "secure_link $name", served($link),
         list => [map { my $uri = "/secure/$_->{path}"; "GET $uri?md5="
            . md5_base64("$until$uri $secret") =~ tr{+/}{-_}r
            . "&expires=$until" } @files]},
        {key => 'auth_request', name => "auth_request to Go $name",
         served($proxy), pids => sub { ($proxy->master, @app) },
         list => [map { "GET /guarded/$tokens[$_]/$files[$_]{path}" }
            0 .. $#files]},
        {key => 'accel', name => "X-Accel-Redirect by Go $name",
         served($proxy), pids => sub { ($proxy->master, @app) },
         list => [map { "GET /file/$_" } @tokens]},
    );
    for my $side (@sides) {
        @$side{qw(limit versus)} = qw(limit_keep ours_keep);
        my $r = Bench::Answer::typical(
            $side->{key} eq 'secure_link' ? $link : $proxy, $side);
        die "$side->{name} sends " . length($r->body) . " bytes\n"
            if length $r->body != $files[0]{size};
    }
    return {sides => \@sides, t => $t, db => $db,
            nginx => [$link, $proxy]};
}


sub token {
    my ($code, $until) = @_;
    return "$code.$until." . hmac_sha256_hex("$code.$until",
                                             $Bench::Beside::SECRET);
}


1;

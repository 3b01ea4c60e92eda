package Bench::Instructions;

# Instructions of nginx's process for a request, counted by callgrind: the same
# number in every run, however busy the machine is.  They are not time: work of
# the kernel and waits for memory are not included.  And callgrind's processor
# has no instructions for SHA-256: a real one needs a tenth of what callgrind
# counts for hashing.

use strict;
use warnings;
use utf8;

use Bench;
use Bench::Store;
use Config;
use List::Util qw(max);
use JSON::PP ();
use NgxCert ();

# How many requests of each kind are counted, after twice as many that are not.
my $N = 100;

# Copies in the store: its tree is three pages deep.
my $COPIES = 10_000;

our $RECORDED = NgxCert::top() . '/bench/instructions.json';

# The functions of a check that are shown, each including what it calls.
my @PARTS = qw(cert_check cert_crypto_mac cert_lookup_raw cert_reader_begin
    cert_code_parse cert_annotation_decode ngx_http_cert_keep cert_verdict_json
    cert_json_time cert_json_text ngx_http_cert_send);


# Why nothing can be counted here; empty if it can.
sub missing {
    for my $tool (qw(valgrind callgrind_control callgrind_annotate)) {
        return "$tool is not installed"
            if !grep { -x "$_/$tool" } split /:/, $ENV{PATH};
    }
    return '';
}


# What the counts depend on besides this module.
sub versions {
    my ($t) = @_;

    my ($status, $out, $err) = $t->run(NgxCert::nginx_bin(), '-v');
    my %version = (nginx => ($err =~ m{/(\S+)})[0] // 'unknown',
                   machine => ($Config{archname} =~ /^(\w+)/)[0]);
    for my $package (qw(libc6 libssl3 libssl3t64 liblmdb0 nginx valgrind gcc)) {
        ($status, $out) = $t->run('dpkg-query', '-W', '-f', '${Version}',
                                  $package);
        $version{$package} = $out if $status == 0 && $out ne '';
    }

    # libc chooses between variants of its functions by this.
    $version{avx2} = $t->read('/proc/cpuinfo') =~ /\bavx2\b/ ? 'yes' : 'no';
    return \%version;
}


# Returns {kind => instructions a request}; with "parts" also {function =>
# instructions} of a check, else undef; and the harness that served.
sub count {
    my (%want) = @_;

    # Under callgrind the address space is too small for a map of 64 GB.
    local $Bench::Store::SAMPLE = 10;
    my $store = Bench::Store->new($COPIES, init => ['--map-size', '1G']);
    my $t = $store->{t};
    $store->fill($COPIES);
    my @kinds = kinds($store);

    $t->conf(main => 'master_process off;', log_level => 'crit',
        http => 'sendfile on; keepalive_requests 1000000; access_log off; '
              . 'open_file_cache max=100; open_file_cache_valid 300s;',
        server => "location /check { cert_check; }\n"
            . "location /download/ { cert_download; }\n"
            . "location /limit { return 200 x; }\n"
            . "location /limit_404 { return 404; }\n"
            . 'location /limit_file/ { alias ' . $t->path('home/pdf') . "/; }");
    # The worker's timer looks at the store each second, however long the
    # requests take meanwhile: it is not counted.
    $t->start(wrap => ['valgrind', '--tool=callgrind',
                       '--toggle-collect=ngx_http_cert_store_tick',
                       '--collect-atstart=yes',
                       '--callgrind-out-file=' . $t->path('callgrind')]);

    my $socket = $t->connect();
    my %dump;
    for my $kind (@kinds) {
        ask($t, $socket, $kind) for 1, 2;
        $dump{$kind->{key}} = ask($t, $socket, $kind);
    }
    my %count = map { ($_ => int(total($t, $dump{$_}) / $N + 0.5)) }
        keys %dump;
    my $parts = $want{parts} ? parts($t, $dump{check}) : undef;
    $t->stop();
    return (\%count, $parts, $t);
}


sub kinds {
    my ($store) = @_;

    my $t = $store->{t};
    my ($row) = $store->rows('all');
    my ($none) = $store->rows('none');
    my $code = $row->{code};
    $t->write("home/pdf/$row->{path}", 'x' x $row->{size});
    my $token = $t->token($code, 'download', '--ttl', 86400);

    my $form = sub { my %asked = (%$row, @_);
                     [map { $_ => $asked{$_} } qw(number name id_number)] };

    # Another last symbol, with which the check digit or the MAC is wrong.
    my $wrong = sub { $_[0] =~ s/(.)$/$1 eq 'A' ? 'B' : 'A'/er };
    return map { +{key => $_->[0], status => $_->[1], method => 'GET',
                   uri => $_->[2], form => $_->[3]} } (
        ['limit', 200, '/limit'],
        ['limit_404', 404, '/limit_404'],
        ['limit_file', 200, "/limit_file/$row->{path}"],
        ['check', 200, "/check/$code"],
        ['check_digest', 200, "/check?sha256=$row->{sha256}"],
        ['check_match', 200, '/check', $form->()],
        ['wrong_number', 404, '/check',
         $form->(number => $row->{number} =~ s/.$/X/r)],
        ['wrong_name', 404, '/check', $form->(name => '无名氏')],
        ['bad_code', 400, '/check/' . $wrong->($code)],
        ['unknown_code', 404, "/check/$none->{code}"],
        ['forged_token', 403, '/download/' . $wrong->($token)],
        ['download', 200, "/download/$token"],
    );
}


# Asks N times, and returns the file with the counts.
sub ask {
    my ($t, $socket, $kind) = @_;

    for (1 .. $N) {
        my $r = $t->request($kind->{form} ? 'POST' : 'GET', $kind->{uri},
            socket => $socket, $kind->{form} ? (form => $kind->{form}) : ());
        die "$kind->{key}: " . ($r ? $r->status : 'no answer') . "\n"
            if !$r || $r->status != $kind->{status};
    }

    my $before = glob_of($t);
    my ($status, $out, $err) = $t->run('callgrind_control', '-d', $t->master);
    die "callgrind_control: $out$err\n" if $status != 0;
    for (1 .. 200) {
        my $n = glob_of($t);
        return $t->path("callgrind.$n") if $n > $before
            && $t->read("callgrind.$n") =~ /^totals:/m;
        select undef, undef, undef, 0.02;
    }
    die "callgrind wrote no counts\n";
}

sub glob_of {
    my ($t) = @_;
    return max(0, map { /\.(\d+)$/ } glob $t->path('callgrind.*'));
}

sub total {
    my ($t, $file) = @_;
    return ($t->read($file) =~ /^totals: (\d+)/m)[0];
}


sub parts {
    my ($t, $file) = @_;

    my ($status, $out, $err) = $t->run('callgrind_annotate', '--auto=no',
        '--inclusive=yes', '--threshold=100', $file);
    die "callgrind_annotate: $err\n" if $status != 0;

    my %part;
    while ($out =~ /^\s*([\d,]+) \S*\s*\(?[^:]*?\S*:(\w+)/mg) {
        my ($ir, $function) = ($1 =~ tr/,//dr, $2);
        $part{$function} //= int($ir / $N + 0.5);
    }
    return {map { ($_ => $part{$_}) } grep { defined $part{$_} } @PARTS};
}


sub recorded {
    my ($t) = @_;
    my $text = $t->read($RECORDED);
    return $text eq '' ? undef : JSON::PP->new->decode($text);
}


sub record {
    my ($t, $count) = @_;

    open my $fh, '>', $RECORDED or die "$RECORDED: $!\n";
    print $fh JSON::PP->new->canonical->pretty->encode(
        {instructions => $count, versions => versions($t)});
    close $fh or die "$RECORDED: $!\n";
}


1;

# What the time of an answer tells that its words do not: which part of a
# certificate was wrong, or whether a user name is in use.  Each kind is
# asked in turn, and the means are compared by Welch's t; 4.5 is what chance
# gives once in some hundred thousand times.  MATCHES (1000) and LOGINS (8) of
# each kind.

use lib 't/lib';
use NgxCert;

use List::Util qw(shuffle sum0);
use Time::HiRes qw(time);

use constant T_MAX => 4.5;

my $matches = $ENV{MATCHES} // 1000;
my $logins = $ENV{LOGINS} // 8;
srand($ENV{SEED}) if defined $ENV{SEED};

my $t = NgxCert->new();
my @rows = $t->import_rows(map { $t->certificate() } 1 .. 2000);
$t->conf($t->holder_conf(http => <<'END'));
    server {
        listen 127.0.0.1:%%PORT1%%;
        keepalive_requests 1000000;
        location /check { cert_check; }
        location /holder/ {
            proxy_pass        http://certd;
            proxy_set_header  X-Real-IP $http_from_address;
        }
    }
END
$t->start();
$t->certd(real_hashes => 1);


# Seconds and the answer of a POST, on a connection that stays open.
my $socket = $t->connect($t->port(1));
sub ask {
    my ($uri, $form, $headers) = @_;
    my $bytes = $t->request_bytes('POST', $uri, form => $form,
                                  headers => $headers);
    my $begun = time;
    syswrite $socket, $bytes;
    my $answer = '';
    while ($answer !~ /\r\n\r\n/ || length($answer) < $+[0]
        + ($answer =~ /^content-length: (\d+)/mi)[0])
    {
        sysread $socket, $answer, 65536, length $answer
            or die "no answer to $uri\n";
    }
    return (time - $begun, $answer);
}


# Of the fastest nine tenths of all: what a machine does besides is in the rest.
sub welch {
    my ($x, $y) = @_;
    my $limit = (sort { $a <=> $b } @$x, @$y)[(@$x + @$y) * 0.9];
    my (@mean, @share);
    for ($x, $y) {
        my @kept = grep { $_ <= $limit } @$_;
        my $mean = sum0(@kept) / @kept;
        push @mean, $mean;
        push @share, sum0(map { ($_ - $mean) ** 2 } @kept)
            / (@kept - 1) / @kept;
    }
    return (($mean[0] - $mean[1]) / sqrt($share[0] + $share[1]),
            map { $_ * 1e6 } @mean);
}

sub compare {
    my ($what, $n, $seconds, @kinds) = @_;
    my $first = shift @kinds;
    for my $kind (@kinds) {
        my ($value, @us) = welch(map { $seconds->{$_} } $first, $kind);
        cmp_ok(abs $value, '<', T_MAX, sprintf
            '%s: %d pairs, %s and %s: t %.2f (%.1f and %.1f us)', $what, $n,
            $first, $kind, $value, @us);
    }
}

# All that a stranger sees but the date.
sub shape { return $_[0] =~ s/^Date: .*\r\n//mir }


# A number that nobody has, and one whose name or document is another's.
my %match = (
    number => sub { +{%{$_[0]}, number => $_[0]{number} =~ s/.$/X/r} },
    name   => sub { +{%{$_[0]}, name => $_[1]{name}} },
    id     => sub { +{%{$_[0]}, id_number => $_[1]{id_number}} },
);
my (%seconds, %shape);
for (1 .. $matches) {
    my ($row, $other) = @rows[rand @rows, rand @rows];
    redo if $row->{name} eq $other->{name} || $row eq $other;
    for my $kind (shuffle keys %match) {
        my $asked = $match{$kind}->($row, $other);
        my ($took, $answer) = ask('/check',
            [map { $_ => $asked->{$_} } qw(number name id_number)]);
        push @{$seconds{$kind}}, $took;
        $shape{shape($answer)}++;
    }
}
is(scalar keys %shape, 1, 'matches: one answer, to the byte');
like((keys %shape)[0], qr{^HTTP/1.1 404 }, '... that there is none');
compare('matches', $matches, \%seconds, qw(number name id));


# Accounts as certd makes them, each of which is tried once.
my $hash = crypt 'correct horse battery', '$y$jCT$F5Jx5fExrKuPp53xLKQ..1';
my @accounts = map { sprintf 'holder.%05d', $_ } 1 .. $logins + 1;
my $holder = 0;
my ($status, $out, $err) = $t->certctl('account', 'import', $t->write(
    'accounts.csv', Encode::encode('UTF-8', join "\n",
        'id_type,id_number,username,password', map { join ',',
            @{$rows[$holder++]}{qw(id_type id_number)}, $_, $hash
        } @accounts)));
is($status, 0, 'accounts') or diag $err;
$t->secret($hash);

(%seconds, %shape) = ();
my $address = 0;
sub try {
    my ($name, $password) = @_;
    $address++;
    return ask('/holder/login', [username => $name, password => $password],
        ['From-Address' => '10.1.' . int($address / 250) . '.'
         . ($address % 250 + 1)]);
}
like((try(pop @accounts, 'correct horse battery'))[1], qr{^HTTP/1.1 200 },
     'one that is right');
for my $known (@accounts) {
    my %name = (known => $known, unknown => $known =~ s/holder/nobody/r);
    for my $kind (shuffle keys %name) {
        my ($took, $answer) = try($name{$kind}, 'wrong horse battery');
        push @{$seconds{$kind}}, $took;
        $shape{shape($answer)}++;
    }
}
is(scalar keys %shape, 1, 'logins: one answer, to the byte');
like((keys %shape)[0], qr{^HTTP/1.1 401 }, '... that it is wrong');
compare('logins', $logins, \%seconds, qw(known unknown));

$t->done();

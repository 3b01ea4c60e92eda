package Bench::Answer;

# The answer that a limit has to send, so that a ratio to it means something:
# our own answer, byte for byte except what differs from request to request.

use strict;
use warnings;
use utf8;

use Encode qw(decode);

# The headers that nginx itself adds.
my %OWN = map { $_ => 1 } qw(server date content-type content-length
    connection etag last-modified accept-ranges content-range);


# The answer of median length to the first hundred requests of a list, because
# answers differ by a few characters; dies if one has another status.
sub typical {
    my ($t, $side) = @_;

    my $n = $#{$side->{list}};
    my @answers;
    for (@{$side->{list}}[0 .. ($n < 99 ? $n : 99)]) {
        my ($method, $uri, $body) = split / /, $_, 3;
        my $r = $t->request($method, $uri, body => $body,
                            headers => [%{$side->{headers} // {}}]);
        die $r->status . " is the answer to $method $uri\n"
            if $r->status != ($side->{status} // 200);
        push @answers, $r;
    }
    return (sort { length $a->body <=> length $b->body } @answers)
        [@answers / 2];
}


# A location that returns the same answer.
sub location {
    my ($where, $r) = @_;

    my $body = decode('UTF-8', $r->body) =~ s/(['\\])/\\$1/gr;
    return "location $where {\n" . headers($r)
        . 'return ' . $r->status . " '$body';\n}\n";
}


# The headers of an answer besides nginx's own, as add_header.
sub headers {
    my ($r) = @_;

    my ($type) = $r->header('content-type');
    my $conf = "types { } default_type '$type';\n";
    my @pairs = @{$r->{headers}};
    while (my ($name, $value) = splice @pairs, 0, 2) {
        next if $OWN{$name};
        $conf .= "add_header $name '" . $value =~ s/(['\\])/\\$1/gr
            . "' always;\n";
    }
    return $conf;
}


# Dies unless both send bodies of the same length and the same headers.
sub compare {
    my ($ours, $theirs, $names) = @_;

    my ($a, $b) = map { length $_->body } $ours, $theirs;
    die "ours and its limit send bodies of $a and $b bytes\n" if $a != $b;

    my ($more, $less) = map { my $r = $_; join ' ', sort
        map { $r->{headers}[2 * $_] } 0 .. $#{$r->{headers}} / 2 }
        $ours, $theirs;
    die "ours and its limit send other headers:\n$more\n$less\n"
        if $more ne $less;
}


# Dies unless both answers are the same except for the time.
sub compare_json {
    my ($ours, $theirs, $name) = @_;

    my ($a, $b) = map { my $json = $_->json; delete $json->{checked};
        JSON::PP->new->canonical->encode($json) } $ours, $theirs;
    die "$name answers otherwise:\n$a\n$b\n" if $a ne $b;
}


1;

package NgxCertHttp2;

# The bytes of requests over HTTP/2, for tests that send them in their own way.
#
#     use NgxCertHttp2;
#
#     my $bytes = http2_hello() . http2_request($t, 'GET', '/check', 1);
#
# Headers are literals that enter no table, without Huffman coding.

use strict;
use warnings;

use Exporter qw(import);

our @EXPORT = qw(http2_hello http2_request http2_frame);


sub http2_frame {
    my ($type, $flags, $stream, $bytes) = @_;
    return substr(pack('N', length $bytes), 1) . pack('CCN', $type, $flags,
        $stream) . $bytes;
}


# What a client sends first; the windows of this one are as wide as possible.
sub http2_hello {
    return "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        . http2_frame(4, 0, 0, pack 'nN', 4, 0x7fffffff)
        . http2_frame(8, 0, 0, pack 'N', 0x7fff0000);
}


sub _text {
    my ($text) = @_;
    my $n = length $text;
    return chr($n) . $text if $n < 127;
    my ($size, $rest) = (chr 127, $n - 127);
    while ($rest >= 128) {
        $size .= chr($rest % 128 + 128);
        $rest = int $rest / 128;
    }
    return $size . chr($rest) . $text;
}


# As NgxCert's request(): headers, body, form, host; "stream" (1).
sub http2_request {
    my ($t, $method, $uri, %opt) = @_;

    my ($head, $body) = split /\r\n\r\n/, $t->request_bytes($method, $uri, %opt,
        chunked => undef), 2;
    my (undef, @lines) = split /\r\n/, $head;
    my @headers = ([':method', $method], [':path', $uri], [':scheme', 'http'],
        [':authority', $opt{host} // 'localhost']);
    push @headers, [lc $_->[0], $_->[1]]
        for grep { $_->[0] !~ /^(?:Host|Connection)$/i }
        map { [split /: /, $_, 2] } @lines;

    my $stream = $opt{stream} // 1;
    my $block = join '', map { "\0" . _text($_->[0]) . _text($_->[1]) } @headers;
    return http2_frame(1, 4 | ($body eq ''), $stream, $block)
        . ($body eq '' ? '' : http2_frame(0, 1, $stream, $body));
}


1;

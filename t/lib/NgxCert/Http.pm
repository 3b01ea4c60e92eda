package NgxCert::Http;

# HTTP/1.1 over connections that a test sees: what is sent, to the byte, and
# when; and what comes back.

use strict;
use warnings;
use utf8;

use Exporter qw(import);
use IO::Select ();
use IO::Socket::INET ();
use JSON::PP ();
use NgxCert::Process qw(*PATIENCE bytes_of);
use Time::HiRes qw(sleep);

our @EXPORT_OK = qw(escape form read_bytes read_until);


# A connection to nginx; dies if there is none.
sub connect {
    my ($self, $port) = @_;
    $port //= $self->port();
    return IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port",
                                 Timeout => $PATIENCE)
        // die "cannot connect to port $port: $!\n";
}


# Waits until a worker has accepted a connection: until then no process has a
# descriptor of it.
sub accepted {
    my ($self, $socket) = @_;

    my ($to, $from) = map { sprintf '%04X', $_ }
        $socket->peerport, $socket->sockport;
    return $self->await(sub {
        my ($inode) = $self->read('/proc/net/tcp')
            =~ /^ *\d+: \w+:$to \w+:$from 01(?: +\S+){5} +(\d+)/m;
        return $inode;
    });
}


# request(METHOD, URI, headers => [name => value, ...], body => BYTES,
#     form => [name => text, ...], chunked => SIZE, pieces => SIZE,
#     pause => SECONDS, port => N, host => NAME)
# "chunked" sends the body in chunks of that size, "pieces" writes the whole
# request in pieces of that size.  Returns the response; undef if the
# connection was closed without one.
sub request {
    my ($self, $method, $uri, %opt) = @_;

    my $socket = $opt{socket} // $self->connect($opt{port});
    my $bytes = $self->request_bytes($method, $uri, %opt,
        close => $opt{close} // !$opt{socket});
    _send($socket, $bytes, $opt{pieces}, $opt{pause});

    return $self->response($socket, $method);
}


# The bytes of a request, for tests that send them in their own way.
sub request_bytes {
    my ($self, $method, $uri, %opt) = @_;

    my @headers = @{$opt{headers} // []};
    my $body = $opt{body};
    if ($opt{form}) {
        $body = form(@{$opt{form}});
        push @headers, 'Content-Type' => 'application/x-www-form-urlencoded'
            if !grep { lc eq 'content-type' } @headers;
    }

    my $bytes = "$method $uri HTTP/1.1\r\nHost: "
        . ($opt{host} // 'localhost') . "\r\n";
    $bytes .= "Connection: close\r\n" if $opt{close};
    while (my ($name, $value) = splice @headers, 0, 2) {
        $bytes .= "$name: " . bytes_of($value) . "\r\n";
    }

    if ($opt{chunked}) {
        $bytes .= "Transfer-Encoding: chunked\r\n\r\n";
        $bytes .= sprintf "%x\r\n%s\r\n", length, $_
            for unpack "(a$opt{chunked})*", $body;
        return $bytes . "0\r\n\r\n";
    }

    $bytes .= 'Content-Length: ' . length($body) . "\r\n" if defined $body;
    return $bytes . "\r\n" . ($body // '');
}


sub get { my ($self, $uri, @h) = @_;
          return $self->request('GET', $uri, headers => \@h) }
sub head { my ($self, $uri, @h) = @_;
           return $self->request('HEAD', $uri, headers => \@h) }
sub post { my ($self, $uri, @form) = @_;
           return $self->request('POST', $uri, form => \@form) }


# Fields as application/x-www-form-urlencoded.
sub form {
    my @pairs;
    while (my ($name, $value) = splice @_, 0, 2) {
        push @pairs, escape($name) . '=' . escape($value);
    }
    return join '&', @pairs;
}

sub escape {
    my $bytes = bytes_of($_[0]);
    $bytes =~ s/([^A-Za-z0-9._~-])/sprintf '%%%02X', ord $1/ge;
    return $bytes;
}


sub _send {
    my ($socket, $bytes, $size, $pause) = @_;

    local $SIG{PIPE} = 'IGNORE';
    for my $piece ($size ? unpack "(a$size)*", $bytes : $bytes) {
        while (length $piece) {
            my $n = syswrite $socket, $piece;
            return if !defined $n;
            substr($piece, 0, $n) = '';
        }
        sleep $pause // 0.002 if $size;
    }
}


# Sends bytes as they are on a new connection and returns the first response.
sub raw {
    my ($self, $bytes, %opt) = @_;
    my $socket = $opt{socket} // $self->connect($opt{port});
    _send($socket, $bytes, $opt{pieces}, $opt{pause});
    return $self->response($socket, $bytes =~ /^(\S+)/ ? $1 : 'GET');
}


# Reads one response from a connection; undef if it was closed before one.
# Bytes that follow stay in the socket's buffer, so pipelined responses can be
# read one after the other.
sub response {
    my ($self, $socket, $method) = @_;

    my $head = read_until($socket, "\r\n\r\n") // return;
    my ($line, @lines) = split /\r\n/, $head;
    my ($status) = $line =~ m{^HTTP/1\.[01] (\d{3})} or return;
    my $r = bless {status => $status, head => $head, headers => [],
                   body => ''}, 'NgxCert::Response';
    for (@lines) {
        my ($name, $value) = split /:\s*/, $_, 2;
        push @{$r->{headers}}, lc $name, $value;
    }

    return $self->response($socket, $method) if $status == 100;
    if (($method // 'GET') eq 'HEAD' || $status =~ /^(?:1..|204|304)$/) {
        $r->{complete} = 1;
        return $r;
    }

    if (($r->header('transfer-encoding') // '') eq 'chunked') {
        while (1) {
            my $line = read_until($socket, "\r\n") // last;
            my $size = hex($line =~ s/\r\n//r);
            $r->{body} .= read_bytes($socket, $size);
            my $end = read_until($socket, "\r\n");
            $r->{complete} = 1 if $size == 0 && defined $end;
            last if $size == 0;
        }

    } else {
        my $size = $r->header('content-length');
        $r->{body} = read_bytes($socket, $size);
        $r->{complete} = defined $size && length $r->{body} == $size;
    }

    return $r;
}

sub _fill {
    my ($socket) = @_;
    return 0 if !IO::Select->new($socket)->can_read($PATIENCE);
    return sysread $socket, ${*$socket}{ngx_cert}, 65536,
        length(${*$socket}{ngx_cert} //= '');
}

# What comes up to a mark, and the mark; undef if the connection ends before it.
sub read_until {
    my ($socket, $mark) = @_;
    while (1) {
        my $at = index ${*$socket}{ngx_cert} //= '', $mark;
        return substr ${*$socket}{ngx_cert}, 0, $at + length $mark, ''
            if $at >= 0;
        return if !_fill($socket);
    }
}

# "size" bytes, or all until the end.
sub read_bytes {
    my ($socket, $size) = @_;
    ${*$socket}{ngx_cert} //= '';
    while (!defined $size || length ${*$socket}{ngx_cert} < $size) {
        last if !_fill($socket);
    }
    return substr ${*$socket}{ngx_cert}, 0,
        $size // length ${*$socket}{ngx_cert}, '';
}


package NgxCert::Response;

sub status { return $_[0]{status} }
sub body { return $_[0]{body} }
sub head { return $_[0]{head} }

# True if the body came in the length that was announced.
sub complete { return $_[0]{complete} }
sub json { return JSON::PP->new->utf8->decode($_[0]{body}) }

# The first value of a header; in list context all its values.
sub header {
    my ($self, $name) = @_;
    my @pairs = @{$self->{headers}};
    my @values;
    while (my ($key, $value) = splice @pairs, 0, 2) {
        push @values, $value if $key eq lc $name;
    }
    return wantarray ? @values : $values[0];
}


1;

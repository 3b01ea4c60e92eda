package NgxCert::Certd;

# certd, and the holders that it serves.

use strict;
use warnings;
use utf8;

use Encode qw(decode);
use IO::Socket::UNIX ();
use NgxCert::Nginx qw($DEFAULT_SERVER);
use NgxCert::Process qw(*PATIENCE %SANITIZER);
use POSIX qw(WNOHANG);
use Time::HiRes ();


# The configuration that passes requests to certd: conf(holder_conf(), ...).
# Its blocks are those of the shipped example.
sub holder_conf {
    my ($self, %more) = @_;

    # On a busy machine certd may answer late; nginx waits for it.
    my $example = $self->top . '/conf-examples/minimal.conf';
    my $text = decode('UTF-8', $self->read($example))
        =~ s/\@HOME\@/%%HOME%%/gr
        =~ s/(proxy_read_timeout +)15s;/$1${PATIENCE}s;/r;
    my $http = 'upstream certd|map \$(?:status|http_host) \$holder_\w+';
    my $server = 'location (?:/holder/|\@holder_\w+)';

    return (
        http => join('', $more{http} // '',
            $text =~ /^( {4}(?:$http) \{\n.*?^ {4}\}\n)/msg),
        server => join('', $DEFAULT_SERVER, $more{server} // '',
            $text =~ /^( {8}$server \{\n.*?^ {8}\}\n)/msg),
    );
}


# Starts certd on the home and waits until it answers; dies with its log.
# Options: args (more of the command line), env, wrap (a command to run it
# in).  Returns the pid of its master.  It has one renderer unless args say
# otherwise: each takes half a second of a core to begin, with sanitizers five.
# A hash of a password, a sixth of a second, is made cheaply unless "real_hashes"
# is set; the suite asks for the real ones in t/80-demo.t, t/85-browser.t and
# t/unit/certd/certd_hashes.c.
sub certd {
    my ($self, %opt) = @_;

    my @args = @{$opt{args} // []};
    unshift @args, '--renderers', 1 if !grep { $_ eq '--renderers' } @args;
    my $home = $self->home();
    my $log = "$self->{dir}/logs/certd.log";
    my $before = _socket_id("$home/run/certd.sock");
    my $cheap = $self->build . '/cheap.so';
    -e $cheap or die "$cheap is not built (make unit)\n";
    my $preload = join ' ', $opt{env}{LD_PRELOAD} // (),
        $opt{real_hashes} ? () : $cheap;
    my $pid = $self->spawn(@{$opt{wrap} // []}, $self->certd_bin,
        '--home', $home,
        '--templates', $self->top . '/ngx_cert_module/templates', @args,
        {out => $log, append => 1,
         env => {%SANITIZER, %{$opt{env} // {}},
                 $preload ne '' ? (LD_PRELOAD => $preload) : ()}});
    $self->{certd} = $pid;

    my $is_up = $self->await(sub {
        if (waitpid($pid, WNOHANG) != 0) {
            delete @$self{qw(certd)};
            delete $self->{children}{$pid};
            die "certd did not start:\n" . $self->read('logs/certd.log');
        }
        # A certd that was killed may still be ending: not its socket.
        return _socket_id("$home/run/certd.sock") ne $before
            && IO::Socket::UNIX->new(Peer => "$home/run/certd.sock");
    });
    die "certd does not answer:\n" . $self->read('logs/certd.log') if !$is_up;

    return $pid;
}


sub _socket_id {
    return join ' ', map { $_ // '' } (Time::HiRes::stat($_[0]))[1, 10];
}


# Stops certd and returns its status.
sub certd_stop {
    my ($self, $signal) = @_;

    my $pid = delete $self->{certd} // return;
    kill $signal // 'TERM', $pid;
    return $self->wait($pid);
}


# Pids of certd's processes by name: service, or renderer.
sub certd_processes {
    my ($self, $name) = @_;

    my @pids;
    for my $file (glob '/proc/[0-9]*/stat') {
        my ($pid, $comm, $state, $ppid) =
            ($self->read($file) // '') =~ /^(\d+) \((.*)\) (\S) (\d+)/s
            or next;
        push @pids, $pid if $ppid == ($self->{certd} // -1) && $state ne 'Z'
            && index($comm, $name) >= 0;
    }
    @pids = sort { $a <=> $b } @pids;
    return @pids;
}


# Pids of as many renderers, once each has given up its rights, the filter of
# system calls being the last; certd answers before they have.
sub certd_renderers {
    my ($self, $n) = @_;

    my @pids;
    $self->await(sub {
        @pids = grep {
            ($self->read("/proc/$_/status") // '') =~ /^Seccomp:\s+2$/m
        } $self->certd_processes('render');
        return @pids == $n;
    });
    return @pids;
}


# A holder with a session, who has agreed to the notice: registers the person
# of a certificate (a row) and logs in.  A holder's requests: $h->get(URI),
# $h->post(URI, field => value, ...), or $h->request(METHOD, URI, ...).
sub holder {
    my ($self, $row, %opt) = @_;

    my $username = $opt{username} // 'user' . ++$self->{holders};
    my $password = $opt{password} // 'correct horse ' . int rand 1e9;
    $self->secret($password);

    my $r = $self->post('/holder/register', username => $username,
        password => $password, map { $_ => $row->{$_} }
        qw(id_type id_number name));
    die 'register: ' . $r->status . ' ' . $r->body . "\n"
        if $r->status != 201;

    my $holder = $self->login($username, $password);
    return $holder if $opt{no_consent};

    $r = $holder->get('/holder/notice');
    $r = $holder->post('/holder/consent', version => $r->json->{version});
    die 'consent: ' . $r->status . ' ' . $r->body . "\n"
        if $r->status != 200;

    return $holder;
}


sub login {
    my ($self, $username, $password) = @_;

    my $r = $self->post('/holder/login', username => $username,
                        password => $password);
    die 'login: ' . $r->status . ' ' . $r->body . "\n" if $r->status != 200;
    my ($cookie) = ($r->header('set-cookie') // '') =~ /^(__Host-cert=[^;]+)/
        or die "login: no cookie\n";
    $self->secret($cookie =~ s/.*=//r);

    return bless {t => $self, cookie => $cookie, username => $username,
                  password => $password}, 'NgxCert::Holder';
}


package NgxCert::Holder;

sub request {
    my ($self, $method, $uri, %opt) = @_;
    return $self->{t}->request($method, $uri, %opt,
        headers => [Cookie => $self->{cookie}, @{$opt{headers} // []}]);
}

sub get { my ($self, $uri, @h) = @_;
          return $self->request('GET', $uri, headers => \@h) }
sub post { my ($self, $uri, @form) = @_;
           return $self->request('POST', $uri, form => \@form) }

# Applies for a copy and returns the answer; "key" is the Idempotency-Key.
sub apply {
    my ($self, $number, %opt) = @_;
    return $self->request('POST', "/holder/certificates/$number/annotations",
        form => [scene => $opt{scene} // 'self', days => $opt{days} // 90],
        headers => [defined $opt{key} ? ('Idempotency-Key', $opt{key}) : ()]);
}

# Asks until the copy is not "generating" any more, for so many seconds at most;
# returns the answer.
sub ready {
    my ($self, $code, $seconds) = @_;

    my $r;
    $self->{t}->await(sub {
        $r = $self->get("/holder/annotations/$code");
        return $r->status != 200
            || $r->json->{annotation}{state} ne 'generating';
    }, $seconds);
    return $r;
}

# The answer about a copy as it is now.
sub now { return $_[0]->get("/holder/annotations/$_[1]") }


1;

package NgxCert::Nginx;

# nginx: its configuration, its start, reload and end, and its processes.

use strict;
use warnings;
use utf8;

use Exporter qw(import);
use IO::Socket::INET ();
use NgxCert::Process qw(%SANITIZER);
use POSIX qw(WNOHANG);

our @EXPORT_OK = qw($DEFAULT_SERVER);

# What %%PAGE%% stands for in a server: the pages, as in the examples.
my $PAGE = <<'END';
location /page/ {
            internal;
            alias %%TOP%%/ngx_cert_module/site/;
            ssi on;
            ssi_value_length 2048;
            types { text/html html ssi; }
        }
END
chomp $PAGE;

our $DEFAULT_SERVER = <<'END';
        location /check     { cert_check; }
        location /view/     { cert_download inline; }
        location /download/ { cert_download; }
        location /status    { cert_status; }
END

# Writes nginx.conf.  Options that are pieces of configuration: main, events,
# http, server (default: all routes), store (the directives that name it), or
# "raw" for the whole file; others: log_level (info), workers (1).  In each
# piece %%DIR%%, %%HOME%%, %%TOP%%, %%PORT%%, %%PORT1%%, ... are replaced.
sub conf {
    my ($self, %opt) = @_;

    my $text = $opt{raw} // $self->_conf(%opt);
    my $home = "$self->{dir}/home";
    my $top = $self->top;
    $text =~ s/%%PAGE%%/$PAGE/g;
    $text =~ s/%%HOME%%/$home/g;
    $text =~ s/%%DIR%%/$self->{dir}/g;
    $text =~ s/%%TOP%%/$top/g;
    $text =~ s/%%PORT(\d*)%%/$self->port($1 || 0)/ge;

    return $self->write('nginx.conf', $text);
}


# What every configuration needs outside http{}, and the paths inside it.
sub conf_head {
    my ($self, %opt) = @_;

    my $module = $self->module;
    my $level = $opt{log_level} // 'info';
    my $workers = $opt{workers} // 1;

    return ($module ne '' ? "load_module $module;\n" : '')
        . $self->user_line
        . "worker_processes $workers;\n"
        . "pid %%DIR%%/nginx.pid;\n"
        . "error_log %%DIR%%/logs/error.log $level;\n";
}

# The user of this test's workers; nginx warns of one that it cannot set.
sub user_line {
    my ($self) = @_;
    return '' if $self->user eq '' || $> != 0;
    return sprintf "user %s %s;\n", $self->user, $self->group;
}

# An example with that user in place of its own.
sub user_set {
    my ($self, $text) = @_;
    my $line = $self->user_line;
    return $text =~ s/^user .*;\n/$line/mr;
}

sub conf_paths {
    return join '', map { "    ${_}_temp_path %%DIR%%/tmp/$_;\n" }
        qw(client_body proxy fastcgi uwsgi scgi);
}

sub _conf {
    my ($self, %opt) = @_;

    my $paths = $self->conf_paths;
    my $store = $opt{store} // <<'END';
    cert_store    %%HOME%%/store;
    cert_keyring  %%HOME%%/keys/public.keys;
    cert_pdf_root %%HOME%%/pdf;
END
    my $server = $opt{server} // $DEFAULT_SERVER;
    my ($main, $events, $http) =
        map { $_ // '' } @opt{qw(main events http)};

    return $self->conf_head(%opt) . <<"END";
$main
events {
    worker_connections 1024;
    $events
}

http {
$paths
    log_format cert '\$remote_addr "\$request_method \$cert_uri" \$status '
                    '\$body_bytes_sent \$cert_route \$cert_result';
    access_log %%DIR%%/logs/access.log cert;
$store
$http
    server {
        listen 127.0.0.1:%%PORT%%;
        server_name localhost;
$server
    }
}
END
}


sub _nginx {
    my ($self) = @_;
    return ($self->nginx_bin, '-p', $self->{dir},
        $self->early_log("$self->{dir}/logs/start.log"),
        '-c', "$self->{dir}/nginx.conf");
}

# Where nginx says what it has to say before its configuration is read.  Before
# 1.19.5 that is fixed when it is built: scripts/build-nginx.
my $has_early_log;
sub early_log {
    my ($self, $log) = @_;

    $has_early_log //= ($self->run($self->nginx_bin, '-h'))[2] =~ /^ +-e /m;
    return $has_early_log ? ('-e', $log) : ();
}


# nginx -t: (status, what it printed).  Its complaints go to no log, so they do
# not fail the test.
sub nginx_test {
    my ($self) = @_;
    my ($status, $out, $err) = $self->run($self->nginx_bin, '-t', '-p',
        $self->{dir}, $self->early_log('/dev/null'), '-c',
        "$self->{dir}/nginx.conf",
        '-g', 'daemon off;', {env => {%SANITIZER}});
    return ($status, $out . $err);
}


# Starts nginx and waits until its port answers and its workers are ready; dies
# with its logs if that fails.  Options: port (the one that has to answer), env,
# wrap (a command to run it in).
sub start {
    my ($self, %opt) = @_;

    my @wrap = @{$opt{wrap} // []};
    my $pid = $self->spawn(@wrap, $self->_nginx, '-g', 'daemon off;', {
        out => "$self->{dir}/logs/stdout.log",
        err => "$self->{dir}/logs/stderr.log",
        env => {%SANITIZER, %{$opt{env} // {}}},
    });
    $self->{nginx} = $pid;

    my $port = $opt{port} // $self->port();
    my $is_up = $self->await(sub {
        if (waitpid($pid, WNOHANG) != 0) {
            delete $self->{children}{$pid};
            delete $self->{nginx};
            die "nginx did not start:\n" . $self->logs();
        }
        return -s "$self->{dir}/nginx.pid"
            && (@wrap || $self->workers_ready == $self->workers_wanted)
            && IO::Socket::INET->new("127.0.0.1:$port");
    });
    die "nginx does not answer at port $port:\n" . $self->logs() if !$is_up;

    return $self;
}


sub logs {
    my ($self) = @_;
    return join '', map { $self->read("logs/$_.log") }
        qw(stderr start error);
}


# The pid of the master, and those of its workers.
sub master {
    my ($self) = @_;
    return ($self->read('nginx.pid') =~ /(\d+)/)[0];
}

sub workers {
    my ($self) = @_;

    my @pids;
    my $master = $self->master // return @pids;
    for my $file (glob '/proc/[0-9]*/stat') {
        my $stat = $self->read($file) // next;
        my ($pid, $comm, $state, $ppid) =
            $stat =~ /^(\d+) \((.*)\) (\S) (\d+)/s or next;
        push @pids, $pid if $ppid == $master && $state ne 'Z';
    }
    @pids = sort { $a <=> $b } @pids;
    return @pids;
}


# The workers that serve and are not shutting down: a worker gets this name when
# all of its modules are ready.  Angie adds the number of its configuration.
sub workers_ready {
    my ($self) = @_;
    my @pids = grep { $self->read("/proc/$_/cmdline")
                          =~ /^\w+: worker process(?: #\d+)?\0*$/ }
        $self->workers;
    return @pids;
}

# How many workers the configuration asks for.
sub workers_wanted {
    my ($self) = @_;
    my $text = $self->read('nginx.conf');
    return 0 if $text =~ /^\s*master_process\s+off;/m;
    return $1 if $text =~ /^\s*worker_processes\s+(\d+);/m;
    return $text =~ /^\s*worker_processes\s+auto;/m
        ? POSIX::sysconf(84) : 1;       # _SC_NPROCESSORS_ONLN
}


# Reloads and waits until only the workers of this reload are left and all are
# ready.  A reload that was still under way starts workers as well: which ones
# are of the last is told by the master's log.
sub reload {
    my ($self) = @_;

    my $heard = $self->reloads_heard;
    kill 'HUP', $self->master or die "cannot reload: $!\n";

    return $self->await(sub {
        return 0 if $self->reloads_heard == $heard;
        my %new = map { $_ => 1 } $self->_workers_of_last_reload;
        return $self->workers_ready == $self->workers_wanted
            && !grep { !$new{$_} } $self->workers;
    }) ? 1 : 0;
}

# How many signals to reload the master has noted.
sub reloads_heard {
    my ($self) = @_;
    return $self->log_count('error', qr/\(SIGHUP\) received/);
}

# The processes that were started since the master acted on the last signal that
# it has noted; none before that.
sub _workers_of_last_reload {
    my ($self) = @_;
    my $log = $self->read('logs/error.log') =~ s/.*\(SIGHUP\) received.*?\n//sr;
    return $log =~ s/.*\d: reconfiguring\n//s
        ? $log =~ /: start [a-z ]+ process (\d+)$/mg : ();
}


# Stops nginx and waits for its end; returns its status.
sub stop {
    my ($self, $signal) = @_;

    my $pid = delete $self->{nginx} // return;
    kill $signal // 'QUIT', $self->master // $pid;
    my $status = $self->wait($pid);
    unlink "$self->{dir}/nginx.pid";

    return $status;
}


# In how many places of nginx's workers a text stands in memory; undef without
# the right to read that.
sub memory_holds {
    my ($self, $text) = @_;

    my $found = 0;
    for my $pid ($self->workers) {
        open my $mem, '<:raw', "/proc/$pid/mem" or return;
        no warnings 'portable';
        for (grep { / rw-p / } split /\n/, $self->read("/proc/$pid/maps")) {
            my ($from, $to) = map { hex } /^(\w+)-(\w+)/;
            next if /\[v/;

            # A sanitizer's shadow is larger than any memory.
            return if $to - $from > 2 ** 32;
            sysseek $mem, $from, 0 or next;
            sysread $mem, my $bytes, $to - $from or return;
            $found++ if index($bytes, $text) >= 0;
        }
    }
    return $found;
}


1;

package Bench::Beside;

# What this module is compared with: nginx without it, nginx with Lua and a
# shared Redis, and nginx in front of applications with PostgreSQL.  All
# are started here, on CPU 0, in the folder of the measurement, and end with it;
# they listen only on the loopback address and on unix sockets.

use strict;
use warnings;
use utf8;

use IO::Socket::UNIX;
use NgxCert ();
use Time::HiRes qw(sleep time);

# False: the servers run on any core.
our $PIN = 1;

my $FILES = NgxCert::top() . '/bench/rivals';


# --- nginx ------------------------------------------------------------------

my $HTTP = <<'END';
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    access_log off;
    open_file_cache max=1000 inactive=300s;
    open_file_cache_valid 300s;
END

# The same settings for our nginx, so that both do the same.
sub conf {
    return (
        main => 'worker_cpu_affinity 01; worker_rlimit_nofile 8192;',
        http => $HTTP . ($_[0] // ''),
        log_level => 'crit',
    );
}


# An nginx without this module: (server => ..., http => ..., main => ...).
# Returns the harness that runs it.
sub nginx {
    my (%part) = @_;

    my $t = NgxCert->new();
    my $user = $t->user;
    my $affinity = $PIN ? 'worker_cpu_affinity 01;' : '';
    my $paths = NgxCert->conf_paths;
    my ($main, $http, $server) = map { $_ // '' } @part{qw(main http server)};
    $t->conf(raw => ($user ne '' ? "user $user " . $t->group . ";\n" : '')
        . <<"END");
$main
worker_processes 1;
$affinity
worker_rlimit_nofile 8192;
pid %%DIR%%/nginx.pid;
error_log %%DIR%%/logs/error.log crit;

events {
    worker_connections 1024;
}

http {
$paths
$HTTP
$http
    server {
        listen 127.0.0.1:%%PORT%%;
$server
    }
}
END
    $t->start();
    return $t;
}


sub lua_modules {
    my $folder = '/usr/lib/nginx/modules';
    return join '', map { "load_module $folder/$_.so;\n" }
        qw(ndk_http_module ngx_http_lua_module);
}


# --- Servers ----------------------------------------------------------------

# Starts a server on CPU 0, as another user if one is given, and waits for its
# unix socket; returns its pid.
sub server {
    my ($t, $socket, $opt, @command) = @_;

    my @as = $> == 0 && defined $opt->{user} ? ('setpriv',
        '--reuid', $opt->{user}, '--regid', $opt->{user}, '--clear-groups')
        : ();
    my $pid = $t->spawn($PIN ? ('taskset', '-c', 0) : (), @as, @command,
                        {env => $opt->{env} // {}});
    for (1 .. 1200) {
        return $pid if IO::Socket::UNIX->new(Peer => $socket);
        last if waitpid($pid, POSIX::WNOHANG()) != 0;
        sleep 0.05;
    }
    die "$command[0] does not answer:\n" . $t->read("tmp/$pid.out")
        . $t->read("tmp/$pid.err") . "\n";
}


sub redis {
    my ($t) = @_;

    my $socket = $t->path('redis.sock');
    my $pid = server($t, $socket, {}, 'redis-server', '--port', 0,
        '--unixsocket', $socket, '--unixsocketperm', 777, '--save', '',
        '--appendonly', 'no', '--dir', $t->path('tmp'));
    return {pid => $pid, socket => $socket};
}


sub redis_fill {
    my ($t, $redis, @pairs) = @_;

    my $bytes = '';
    while (my ($key, $value) = splice @pairs, 0, 2) {
        utf8::encode($_) for $key, $value;
        $bytes .= join '', map { "$_\r\n" } '*3', '$3', 'SET',
            '$' . length $key, $key, '$' . length $value, $value;
    }
    my ($status, $out, $err) = $t->run('redis-cli', '-s', $redis->{socket},
        '--pipe', {stdin => $bytes, timeout => 600});
    die "redis-cli: status $status, $out$err\n"
        if $status != 0 || $out !~ /errors: 0/;
}


# --- PostgreSQL -------------------------------------------------------------

# PostgreSQL with its defaults, except memory for the whole database; its
# commits are on disk, like those of the store.  It ends with the returned
# object.
sub postgres {
    my ($t) = @_;

    my ($bin) = reverse sort { ($a =~ /(\d+)/)[0] <=> ($b =~ /(\d+)/)[0] }
        glob '/usr/lib/postgresql/*/bin';
    my $user = $> == 0 ? 'postgres' : undef;
    my $folder = $t->path('postgres');
    mkdir $folder or die "$folder: $!\n";
    chmod 0700, $folder;
    chown +(getpwnam $user)[2, 3], $folder if defined $user;

    my @as = defined $user ? ('setpriv', '--reuid', $user, '--regid', $user,
                              '--clear-groups') : ();
    my ($status, $out, $err) = $t->run(@as, "$bin/initdb", '-D',
        "$folder/data", '-E', 'UTF8', '--locale=C', '-U', 'bench', '-A',
        'trust', {timeout => 300});
    die "initdb: $out$err\n" if $status != 0;

    my $pid = server($t, "$folder/.s.PGSQL.5432", {user => $user},
        "$bin/postgres", '-D', "$folder/data", '-k', $folder,
        '-c', 'listen_addresses=', '-c', 'fsync=on',
        '-c', 'synchronous_commit=on', '-c', 'shared_buffers=512MB',
        '-c', 'max_connections=100');
    my $db = bless {t => $t, owner => $$, pid => $pid, folder => $folder,
        bin => $bin, url => "host=$folder user=bench dbname=postgres",
        dsn => "postgresql://bench\@/postgres?host=$folder"};
    sql($t, $db, 'select 1');
    return $db;
}


# SIGINT ends it at once: SIGTERM would wait for its clients.
sub DESTROY {
    my ($db) = @_;
    return if $$ != $db->{owner};

    local $?;
    kill 'INT', $db->{pid};
    $db->{t}->wait($db->{pid}, 30);
}


# Runs SQL; "file" is what "copy ... from stdin" reads.
sub sql {
    my ($t, $db, $sql, $file) = @_;

    my ($status, $out, $err);
    for (1 .. 100) {
        ($status, $out, $err) = $t->run("$db->{bin}/psql", '-X', '-q', '-At',
            '-v', 'ON_ERROR_STOP=1', $db->{url}, '-c', $sql,
            {timeout => 1200, defined $file
                ? (stdin => $t->read($file)) : ()});
        last if $err !~ /starting up|No such file|refused/;
        sleep 0.1;
    }
    die "psql: $out$err\n" if $status != 0;
    chomp $out;
    return $out;
}


my $TABLES = <<'END';
create table copy (code text primary key, number text, name text,
    qualification text, specialty text, level text, approved text,
    issuer text, status text, scene text, applied bigint, expires bigint,
    sha256 text, size bigint, path text);
create table application (code text primary key, number text, scene text,
    applied bigint);
create index on application (number, applied);
END

# Makes the tables and their rows: hashes as Bench::Store has them.
sub postgres_fill {
    my ($t, $db, @rows) = @_;

    sql($t, $db, $TABLES);
    my @columns = qw(code number name qualification specialty level approved
        issuer status scene applied expires sha256 size path);
    my $file = $t->write('copy.tsv', join '', map { join("\t", @$_{@columns})
        . "\n" } @rows);
    sql($t, $db, 'copy copy (' . join(', ', @columns) . ') from stdin', $file);
    sql($t, $db, 'vacuum analyze copy');
    unlink $file;
}


# --- Applications -----------------------------------------------------------

our $SECRET = 'a secret of the measurement only';

# With the given number of connections to the database: few if it computes, many
# if it waits for the disk, which it can do for all at once.
sub go {
    my ($t, $db, $connections) = @_;

    my $bin = NgxCert::build() . '/bench-app';
    my $source = "$FILES/app.go";
    if (!-e $bin || -M $bin > -M $source) {
        my ($status, $out, $err) = $t->run('go', 'build', '-o', $bin, $source,
            {timeout => 600, env => {GO111MODULE => 'off', GOFLAGS => '',
                GOPATH => '/usr/share/gocode',
                GOCACHE => NgxCert::build() . '/go-cache'}});
        die "go build: $out$err\n" if $status != 0;
    }

    my $socket = $t->path('go.sock');
    my $pid = server($t, $socket, {}, $bin, $socket,
                     "$db->{url} pool_max_conns=$connections", $SECRET);
    return {pid => $pid, socket => $socket};
}


sub python {
    my ($t, $db) = @_;

    my $socket = $t->path('python.sock');
    my $pid = server($t, $socket, {env => {DATABASE => $db->{dsn}}},
        '/usr/bin/python3', '-m', 'uvicorn', '--app-dir', $FILES,
        '--uds', $socket, '--loop', 'uvloop', '--http', 'httptools',
        '--no-access-log', '--log-level', 'warning', 'app:app');
    return {pid => $pid, socket => $socket};
}


1;

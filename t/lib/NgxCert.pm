package NgxCert;

# The harness of this project's tests: core Perl only, parallel-safe.
#
#     use NgxCert;                       # brings strict, utf8 and Test::More
#
#     my $t = NgxCert->new();            # a temporary folder of its own
#     my ($cert) = $t->import_rows($t->certificate(name => '张三'));
#     my $copy = $t->annotate($cert->{number});        # {code, ...}
#     my $token = $t->token($copy->{code}, 'download');
#
#     $t->conf();                        # default locations, or your own text
#     $t->start();
#     my $r = $t->get("/check/$copy->{code}");
#     is($r->status, 200, 'status');
#     is($r->json->{result}, 'valid', 'result');
#
#     $t->done();                        # no alert, no secret, no sanitizer
#
#     $t->conf($t->holder_conf); $t->start(); $t->certd();
#     my $holder = $t->holder($cert);    # registered, logged in, agreed
#     my $code = $holder->apply($cert->{number})->json->{annotation}{code};
#     my $ready = $holder->ready($code); # with "view" and "download"
#
# Text is characters inside Perl and UTF-8 outside: rows, certctl arguments
# and what certctl prints are converted here; HTTP bodies are bytes, and
# $r->json decodes.
#
# A test waits for an event, not for a fixed time: $t->await(sub {...}),
# $t->await_log(...), $t->log_like(...).  The machine may be busy with other
# things, so only $t->in_time(...) compares how long something took.
#
# Environment: BUILD (build), NGX_BIN (nginx), MODULE (built module; "static"
# if NGX_BIN has it linked in), CERTCTL, TEST_USER (the workers' user),
# TEST_KEEP=1 (keeps the folder and says where it is), TEST_PATIENCE (300),
# TEST_SLACK (12).

use strict;
use warnings;
use utf8;

use Cwd qw(abs_path);
use Encode qw(encode decode);
use Fcntl qw(:flock O_CREAT O_RDWR);
use File::Find ();
use File::Path qw(make_path);
use File::Spec ();
use File::Temp ();
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use JSON::PP ();
use MIME::Base64 ();
use POSIX qw(WNOHANG strftime);
use Scalar::Util qw(weaken);
use Test::More ();
use Time::HiRes qw(sleep time);

my $TOP = abs_path(__FILE__ =~ s{[^/]*$}{../..}r);

# How long a test waits for something that has to happen, in seconds.
our $PATIENCE = $ENV{TEST_PATIENCE} // 300;

# A promise in seconds holds for an idle machine; a busy one may take this many
# times as long.
our $SLACK = $ENV{TEST_SLACK} // 12;

# How much of a log a failed test shows.
my $LOG_LINES = 15;

# Every harness of this process, by weak references; and whether the test has
# died.
my %live;
my $is_dead = 0;


sub import {
    my $to = caller;

    strict->import();
    warnings->import();
    utf8->import();

    no strict 'refs';
    *{"${to}::$_"} = \&{"Test::More::$_"}
        for grep { /^\w/ } @Test::More::EXPORT;

    $SIG{__DIE__} = sub { $is_dead = 1 if defined $^S && !$^S };

    my $builder = Test::More->builder;
    binmode $builder->$_, ':utf8'
        for qw(output failure_output todo_output);
}


# --- Folder, files, processes ----------------------------------------------

# Options: demonstration (1), group (the workers' group).
sub new {
    my ($class, %opt) = @_;

    my $dir = File::Temp->newdir(
        'ngx_cert_XXXXXXXX', TMPDIR => 1, CLEANUP => !$ENV{TEST_KEEP});
    chmod 0755, "$dir";

    my $self = bless {
        tmp     => $dir,
        dir     => abs_path("$dir"),
        opt     => {demonstration => 1, %opt},
        pid     => $$,
        children => {},
        ports   => [],
        secrets => {},
        allowed => [],
        leaks   => [],
        serial  => 0,
    }, $class;

    weaken($live{$self} = $self);

    make_path(map { "$self->{dir}/$_" } qw(logs tmp));
    Test::More::diag("kept: $self->{dir}") if $ENV{TEST_KEEP};

    return $self;
}


sub top { return $TOP }
sub dir { return $_[0]{dir} }
sub build { return _absolute($ENV{BUILD} // 'build') }
sub nginx_bin { return $ENV{NGX_BIN} // (grep { -x }
    map { "$_/nginx" } split(/:/, $ENV{PATH}), '/usr/sbin')[0] // 'nginx' }
sub certctl_bin { return $ENV{CERTCTL} // build() . '/certctl' }

sub module {
    return _absolute($ENV{MODULE}) if ($ENV{MODULE} // 'static') ne 'static';
    return '' if defined $ENV{MODULE};
    return build() . '/ngx_http_cert_module.so';
}

# The user that the workers run as; empty: the user that runs the test.  The
# workers read the pages of this tree, which other users cannot read below a
# private folder such as root's home.
sub user {
    return $ENV{TEST_USER} if defined $ENV{TEST_USER};
    return '' if $> != 0;
    return 'root' if !_is_open("$TOP/ngx_cert_module/site");
    return defined getpwnam('www-data') ? 'www-data' : 'nobody';
}

# Whether every user may pass through a folder and all folders above it.
sub _is_open {
    my ($folder) = @_;
    for (my $path = abs_path($folder); $path ne ''; $path =~ s{/[^/]*$}{}) {
        return 0 if !((stat $path)[2] & 0001);
    }
    return 1;
}

sub group {
    my $user = user();
    return '' if $user eq '';
    return scalar getgrgid((getpwnam($user))[3]);
}

sub _absolute {
    my ($path) = @_;
    return $path =~ m{^/} ? $path : "$TOP/$path";
}


# A path below the temporary folder; absolute paths are left alone.
sub path {
    my ($self, $name) = @_;
    return $name =~ m{^/} ? $name : "$self->{dir}/$name";
}


sub write {
    my ($self, $name, $text) = @_;

    my $path = $self->path($name);
    make_path($path =~ s{/[^/]*$}{}r);
    open my $fh, '>:raw', $path or die "cannot write $path: $!\n";
    print $fh _bytes($text);
    close $fh or die "cannot write $path: $!\n";

    return $path;
}


# The bytes of a file; empty if there is none.
sub read {
    my ($self, $name) = @_;

    open my $fh, '<:raw', $self->path($name) or return '';
    local $/;
    return scalar <$fh>;
}


sub _bytes {
    my ($text) = @_;
    utf8::encode($text) if utf8::is_utf8($text);
    return $text;
}


# Runs a command: (status, out, err); a signal is 128 + its number.  The last
# argument may be {stdin => bytes, env => {...}, raw => 1, timeout => 600}.
sub run {
    my ($self, @cmd) = @_;

    my $opt = ref $cmd[-1] eq 'HASH' ? pop @cmd : {};
    my $pid = $self->spawn(@cmd, $opt);
    my $status = $self->wait($pid, $opt->{timeout} // 5 * $PATIENCE);
    my ($out, $err) = map { $self->read("tmp/$pid.$_") } qw(out err);
    unlink map { "$self->{dir}/tmp/$pid.$_" } qw(in out err);

    if (!$opt->{raw}) {
        $_ = decode('UTF-8', $_) for $out, $err;
    }

    return ($status, $out, $err);
}


# The program may be built with sanitizers; a preloaded library is then loaded
# before theirs.
my %SANITIZER = (
    ASAN_OPTIONS => 'detect_leaks=0:abort_on_error=0:exitcode=99'
        . ':verify_asan_link_order=0',
    UBSAN_OPTIONS => 'print_stacktrace=1',
);


# Starts a command and returns its pid; its output goes to tmp/PID.out, .err.
sub spawn {
    my ($self, @cmd) = @_;

    my $opt = ref $cmd[-1] eq 'HASH' ? pop @cmd : {};
    @cmd = map { _bytes($_) } @cmd;

    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        my $base = "$self->{dir}/tmp/$$";
        eval { $self->write("tmp/$$.in", $opt->{stdin} // '') };
        open STDIN, '<', "$base.in" or POSIX::_exit(126);
        my $mode = $opt->{append} ? '>>' : '>';
        open STDOUT, $mode, $opt->{out} // "$base.out" or POSIX::_exit(126);
        open STDERR, $mode, $opt->{err}
            // ($opt->{append} ? $opt->{out} : "$base.err")
            or POSIX::_exit(126);
        my %env = (($opt->{env}{LD_PRELOAD} // '') ne '' ? %SANITIZER : (),
                   %{$opt->{env} // {}});
        $ENV{$_} = _bytes($env{$_}) for keys %env;
        { no warnings; exec { $cmd[0] } @cmd }
        print STDERR "cannot run $cmd[0]: $!\n";
        POSIX::_exit(127);
    }

    $self->{children}{$pid} = $cmd[0];
    return $pid;
}


# Waits for a child; after "timeout" seconds it is killed: status 128 + 9.
sub wait {
    my ($self, $pid, $timeout) = @_;

    # A handler, so that the end of a child cuts a pause short.
    local $SIG{CHLD} = sub { };
    my $end = time + ($timeout // $PATIENCE);
    my $pause = 0.001;
    while (time < $end) {
        my $status = $self->ended($pid);
        return $status if defined $status;
        sleep $pause;
        $pause *= 1.5 if $pause < 0.05;
    }

    kill 'KILL', $pid;
    waitpid $pid, 0;
    delete $self->{children}{$pid};

    return 128 + 9;
}


# The status of a child that has ended.
sub ended {
    my ($self, $pid) = @_;
    return if waitpid($pid, WNOHANG) == 0;
    delete $self->{children}{$pid};
    return $? & 127 ? 128 + ($? & 127) : $? >> 8;
}


# A day, or a day and time, as people write it: in Chinese, in English.
sub in_words {
    my ($text) = @_;
    my ($year, $month, $day, $clock) = ($text // '')
        =~ /^(\d+)-(\d+)-(\d+)(?: (\S+) \+08:00)?$/ or return ('', '');
    my $name = (qw(January February March April May June July August September
                   October November December))[$month - 1];
    my ($zh, $en) = ($year . '年' . ($month + 0) . '月' . ($day + 0) . '日',
                     $day + 0 . " $name $year");
    return $clock ? ("$zh $clock（北京时间）", "$en, $clock (Beijing time)")
        : ($zh, $en);
}

# Waits until a condition holds, for at most the given number of seconds
# ($PATIENCE), and returns its last value.
sub await {
    my ($self, $is, $seconds) = @_;

    my $end = time + ($seconds // $PATIENCE);
    my $pause = 0.005;
    while (1) {
        my $was = $is->();
        return $was if $was || time >= $end;
        sleep $pause;
        $pause *= 1.5 if $pause < 0.1;
    }
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


# Waits until a log has the given number (1) of matching lines, and returns the
# whole log.  A line may be written after the answer that it is about.
sub await_log {
    my ($self, $name, $pattern, $times) = @_;

    my $log;
    $self->await(sub {
        $log = $self->read("logs/$name.log");
        return (() = $log =~ /$pattern/g) >= ($times // 1);
    });
    return $log;
}


# How many lines of a log match now.
sub log_count {
    my ($self, $name, $pattern) = @_;
    return scalar(() = $self->read("logs/$name.log") =~ /$pattern/g);
}


# Asserts that a log has, or gets, a line that matches.
sub log_like {
    my ($self, $name, $pattern, $what) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return Test::More::like($self->await_log($name, $pattern), $pattern, $what);
}


# Asserts that something took no longer than promised, both in seconds; a busy
# machine has $SLACK times as long.
sub in_time {
    my ($self, $took, $promised, $what) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return Test::More::cmp_ok($took, '<', $promised * $SLACK, $what);
}


# The n-th port of this test, on 127.0.0.1; no other test has it.
sub port {
    my ($self, $n) = @_;
    $n //= 0;
    push @{$self->{ports}}, _port_take() while @{$self->{ports}} <= $n;
    return $self->{ports}[$n][0];
}


# Takes a free port and holds its lock file as long as the test lives.  The port
# is below the ephemeral range, so that no client socket takes it meanwhile.
sub _port_take {
    my $locks = File::Spec->tmpdir . "/ngx_cert_ports.$>";
    make_path($locks);

    for (1 .. 500) {
        my $port = 15000 + int rand 15000;
        sysopen my $lock, "$locks/$port", O_CREAT | O_RDWR or next;
        flock $lock, LOCK_EX | LOCK_NB or next;
        IO::Socket::INET->new(
            Listen => 1, LocalAddr => '127.0.0.1', LocalPort => $port,
            ReuseAddr => 1) or next;
        return [$port, $lock];
    }

    die "no free port\n";
}


# --- People and certificates -----------------------------------------------

my @NAMES = qw(张伟 王芳 李娜娜 欧阳修文 司马懿 买买提·吐尔逊 𫖮之 陈建国 赵敏 周杰);

# The check digit of GB 11643 for 17 digits.
sub id_check {
    my ($digits) = @_;
    my @weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2);
    my $sum = 0;
    $sum += $weights[$_] * substr($digits, $_, 1) for 0 .. 16;
    return substr '10X98765432', $sum % 11, 1;
}


# A new person: name, id_type, id_number, sex, birth_date.  Name and number are
# registered as secrets, which must be in no log.
sub person {
    my ($self, %over) = @_;

    my $n = $self->{serial}++;
    my $birth = sprintf '19%02d-%02d-%02d', 60 + $n % 40, 1 + $n % 12,
        1 + $n % 28;
    my $digits = '110101' . $birth =~ tr/-//dr . sprintf '%03d', $n % 1000;

    my %person = (
        name       => $NAMES[$n % @NAMES],
        id_type    => 'cn',
        id_number  => $digits . id_check($digits),
        sex        => $n % 2 ? '男' : '女',
        birth_date => $birth,
        %over,
    );
    $self->secret($person{name}) if length $person{name} > 1;
    $self->secret($person{id_number});

    return \%person;
}


# A new certificate of a new person, as a row of the import.
sub certificate {
    my ($self, %over) = @_;

    my $person = $self->person(
        map { exists $over{$_} ? ($_ => $over{$_}) : () }
        qw(name id_type id_number sex birth_date));

    return {
        %$person,
        number        => sprintf('2022%08d', $self->{serial}),
        qualification => '经济',
        specialty     => '工商管理',
        level         => '中级',
        approved      => '2022-05-15',
        issuer        => '中华人民共和国人力资源和社会保障部',
        %over,
    };
}

# The columns that another certificate of the same person shares with this row.
sub same_person {
    my ($self, $row) = @_;
    return map { $_ => $row->{$_} } qw(name id_type id_number sex birth_date);
}

our @COLUMNS = qw(number name id_type id_number sex birth_date qualification
    specialty level approved issuer);


# Writes rows as CSV and returns the path; every field is quoted.
sub csv {
    my ($self, $name, @rows) = @_;

    my %more = map { map { $_ => 1 } keys %$_ } @rows;
    delete @more{@COLUMNS};
    my @columns = (@COLUMNS, sort keys %more);

    my $text = join(',', @columns) . "\n";
    for my $row (@rows) {
        $text .= join(',', map { '"' . ($row->{$_} // '') =~ s/"/""/gr . '"' }
            @columns) . "\n";
    }

    return $self->write($name, encode('UTF-8', $text));
}


# --- certctl ----------------------------------------------------------------

# Runs certctl on the home: (status, out, err).
sub certctl {
    my ($self, @args) = @_;

    # A build elsewhere does not find the templates by itself.
    my $bin = certctl_bin();
    my @templates = -d ($bin =~ s{[^/]*$}{../ngx_cert_module}r) ? ()
        : ('--templates', "$TOP/ngx_cert_module/templates");

    return $self->run($bin, '--home', $self->{dir} . '/home', @templates,
                      @args);
}


# The same, but dies if the command fails; returns what it printed.
sub certctl_ok {
    my ($self, @args) = @_;

    my ($status, $out, $err) = $self->certctl(@args);
    if ($status != 0) {
        pop @args if ref $args[-1];
        die "certctl @args: status $status\n$out$err\n";
    }

    return $out;
}


# With --json; returns the decoded answer.
sub certctl_json {
    my ($self, @args) = @_;
    return JSON::PP->new->decode($self->certctl_ok(@args, '--json'));
}


# The home, made on first use: store, keys, seals, catalogue.  Options are
# those of new(); "at" (demonstration) and "init" (more arguments) besides.
sub home {
    my ($self, %opt) = @_;

    my $home = "$self->{dir}/home";
    return $home if $self->{home};
    $self->{home} = 1;

    %opt = (%{$self->{opt}}, %opt);
    my $group = $opt{group} // group();
    my @at = defined $opt{at} ? ('--at', $opt{at}) : ();

    # In a container the folder of tests may lie in its layers.
    $self->write('home/store/filesystem', "overlayfs\n")
        if ($self->run('stat', '-f', '-c', '%T', $self->{dir}))[1]
           eq "overlayfs\n";
    $self->certctl_ok('init',
        $opt{demonstration} ? '--demonstration' : (),
        $group ne '' ? ('--group', $group) : (),
        @at, @{$opt{init} // []});

    $self->_seals("$home/seals");
    $self->certctl_ok('catalog', 'import',
        "$TOP/ngx_cert_module/templates/catalogue.csv", @at);

    for my $file (glob "$home/keys/*.keys") {
        $self->secret((split ' ')[4])
            for grep { !/^#/ && /\S/ } split /\n/, $self->read($file);
    }

    return $home;
}


# Seals are slow to make, so all tests share one set.
sub _seals {
    my ($self, $to) = @_;

    my $cache = build() . '/test-seals';
    make_path(build());
    sysopen my $lock, "$cache.lock", O_CREAT | O_RDWR or die "$cache: $!\n";
    flock $lock, LOCK_EX;
    if (!-e "$cache/ca.pem" || -M "$cache/ca.pem" > 1) {
        my ($status, $out, $err) = $self->run("$TOP/scripts/demo-ca", $cache);
        die "demo-ca: $out$err\n" if $status != 0;
    }
    close $lock;

    make_path($to);
    my ($status, $out, $err) = $self->run('cp', '-rpT', $cache, $to);
    die "cp: $err\n" if $status != 0;
}


# Imports rows and returns them.
sub import_rows {
    my ($self, @rows) = @_;

    $self->home();
    my $file = $self->csv('tmp/import' . ++$self->{imports} . '.csv', @rows);
    $self->certctl_ok('import', $file, '--any-font');

    return @rows;
}


# Applies, renders and seals; returns what certctl says, {code => ...}.
# Further arguments go to certctl.
sub annotate {
    my ($self, $number, @args) = @_;
    $self->home();
    return $self->certctl_json('annotate', $number, @args);
}


sub token {
    my ($self, $code, $right, @args) = @_;

    my $token = $self->certctl_json('token', $code, '--right',
        $right // 'download', @args)->{token};
    $self->secret($token);

    return $token;
}


# The time so many days ago, as --at takes it.
sub days_ago {
    my ($self, $days) = @_;
    return strftime '%Y-%m-%dT%H:%M:%SZ', gmtime time - $days * 86400;
}


# A home with a copy in each state: state => {the row, and code, sha256, size,
# file, view, download}.  Changes that lie in the past are made with --at.
sub samples {
    my ($self) = @_;

    my @states = qw(valid expired generating withdrawn revoked suspended
        replaced original successor);
    my %sample = map { $_ => $self->certificate } @states;
    @{$sample{original}}{qw(qualification specialty level approved issuer)} =
        ('税务师', '', '', '2015-06-01', '中国注册税务师协会');

    my @long_ago = ('--at', $self->days_ago(200));
    $self->home(at => $long_ago[1]);
    $self->certctl_ok('import',
        $self->csv('tmp/samples.csv', @sample{@states}), @long_ago);

    my %more = (
        expired    => ['--at', $self->days_ago(199)],
        generating => ['--no-render'],
        original   => ['--original'],
    );
    for my $state (qw(expired valid generating withdrawn revoked suspended
                      replaced original))
    {
        my $sample = $sample{$state};
        my $copy = $self->annotate($sample->{number}, @{$more{$state} // []});
        @$sample{qw(code sha256 size file)} = @$copy{qw(code sha256 size file)};
        $sample->{$_} = $self->token($sample->{code}, $_, '--ttl', 3600,
            @{$state eq 'expired' ? $more{expired} : []})
            for qw(view download);
    }

    $self->certctl_ok('withdraw', $sample{withdrawn}{code});
    $self->certctl_ok($_->[0], $sample{$_->[1]}{number})
        for ['revoke', 'revoked'], ['suspend', 'suspended'];
    $self->certctl_ok('replace',
        map { $sample{$_}{number} } qw(replaced successor));

    return \%sample;
}


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


# --- nginx ------------------------------------------------------------------

my $DEFAULT_SERVER = <<'END';
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
    $text =~ s/%%PAGE%%/$PAGE/g;
    $text =~ s/%%HOME%%/$home/g;
    $text =~ s/%%DIR%%/$self->{dir}/g;
    $text =~ s/%%TOP%%/$TOP/g;
    $text =~ s/%%PORT(\d*)%%/$self->port($1 || 0)/ge;

    return $self->write('nginx.conf', $text);
}


# What every configuration needs outside http{}, and the paths inside it.
sub conf_head {
    my ($self, %opt) = @_;

    my $module = module();
    my $level = $opt{log_level} // 'info';
    my $workers = $opt{workers} // 1;

    return ($module ne '' ? "load_module $module;\n" : '')
        . user_line()
        . "worker_processes $workers;\n"
        . "pid %%DIR%%/nginx.pid;\n"
        . "error_log %%DIR%%/logs/error.log $level;\n";
}

# The user of this test's workers; nginx warns of one that it cannot set.
sub user_line {
    return user() ne '' && $> == 0 ? sprintf("user %s %s;\n", user(), group())
                                   : '';
}

# An example with that user in place of its own.
sub user_set {
    my ($self, $text) = @_;
    my $line = user_line();
    return $text =~ s/^user .*;\n/$line/mr;
}

sub conf_paths {
    return join '', map { "    ${_}_temp_path %%DIR%%/tmp/$_;\n" }
        qw(client_body proxy fastcgi uwsgi scgi);
}

sub _conf {
    my ($self, %opt) = @_;

    my $paths = conf_paths();
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
    return (nginx_bin(), '-p', $self->{dir}, '-e', "$self->{dir}/logs/start.log",
        '-c', "$self->{dir}/nginx.conf");
}


# nginx -t: (status, what it printed).  Its complaints go to no log, so they do
# not fail the test.
sub nginx_test {
    my ($self) = @_;
    my ($status, $out, $err) = $self->run(nginx_bin(), '-t', '-p',
        $self->{dir}, '-e', '/dev/null', '-c', "$self->{dir}/nginx.conf",
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
# all of its modules are ready.
sub workers_ready {
    my ($self) = @_;
    my @pids = grep { $self->read("/proc/$_/cmdline")
                          =~ /^nginx: worker process\0*$/ } $self->workers;
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


# --- certd ------------------------------------------------------------------

sub certd_bin { return $ENV{CERTD} // build() . '/certd' }

# The configuration that passes requests to certd: conf(holder_conf(), ...).
# Its blocks are those of the shipped example.
sub holder_conf {
    my ($self, %more) = @_;

    # On a busy machine certd may answer late; nginx waits for it.
    my $text = decode('UTF-8', $self->read("$TOP/conf-examples/minimal.conf"))
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
# A hash of a password, a third of a second, is made cheaply; the suite asks
# for the real ones in t/80-demo.t, t/85-browser.t and t/unit/certd/certd_hashes.c.
sub certd {
    my ($self, %opt) = @_;

    my @args = @{$opt{args} // []};
    unshift @args, '--renderers', 1 if !grep { $_ eq '--renderers' } @args;
    my $home = $self->home();
    my $log = "$self->{dir}/logs/certd.log";
    my $before = _socket_id("$home/run/certd.sock");
    my $cheap = build() . '/cheap.so';
    -e $cheap or die "$cheap is not built (make unit)\n";
    my $preload = join ' ', $opt{env}{LD_PRELOAD} // (), $cheap;
    my $pid = $self->spawn(@{$opt{wrap} // []}, certd_bin(), '--home', $home,
        '--templates', "$TOP/ngx_cert_module/templates", @args,
        {out => $log, append => 1,
         env => {%SANITIZER, %{$opt{env} // {}}, LD_PRELOAD => $preload}});
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


# --- HTTP -------------------------------------------------------------------

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
        $bytes .= "$name: " . _bytes($value) . "\r\n";
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
    my $bytes = _bytes($_[0]);
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

    my $head = _read_until($socket, "\r\n\r\n") // return;
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
            my $line = _read_until($socket, "\r\n") // last;
            my $size = hex($line =~ s/\r\n//r);
            $r->{body} .= _read_bytes($socket, $size);
            my $end = _read_until($socket, "\r\n");
            $r->{complete} = 1 if $size == 0 && defined $end;
            last if $size == 0;
        }

    } else {
        my $size = $r->header('content-length');
        $r->{body} = _read_bytes($socket, $size);
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

sub _read_until {
    my ($socket, $mark) = @_;
    while (1) {
        my $at = index ${*$socket}{ngx_cert} //= '', $mark;
        return substr ${*$socket}{ngx_cert}, 0, $at + length $mark, ''
            if $at >= 0;
        return if !_fill($socket);
    }
}

# "size" bytes, or all until the end.
sub _read_bytes {
    my ($socket, $size) = @_;
    ${*$socket}{ngx_cert} //= '';
    while (!defined $size || length ${*$socket}{ngx_cert} < $size) {
        last if !_fill($socket);
    }
    return substr ${*$socket}{ngx_cert}, 0,
        $size // length ${*$socket}{ngx_cert}, '';
}


# --- Faults -----------------------------------------------------------------

# The environment of a program whose calls are to fail; see t/fault/fault.c.
sub fault_env {
    my ($self) = @_;

    $self->{fault} = "$self->{dir}/fault";
    $self->fault(0, 0);
    chmod 0666, $self->{fault};
    return {LD_PRELOAD => build() . '/fault.so', FAULT_FILE => $self->{fault}};
}

# Makes the Nth call from now on fail, of the given kinds: memory 1, write 2,
# sync 4, name 8, own memory 1 | 16.  0 switches it off.
sub fault {
    my ($self, $n, $kinds, $errno) = @_;

    sysopen my $fh, $self->{fault}, O_CREAT | O_RDWR or die "fault: $!\n";
    syswrite $fh, pack 'q<4', $n, $kinds, $errno // POSIX::EIO, 0;
}

# How many calls have failed since then; in list context also how many calls are
# left before one fails.
sub faults {
    my ($self) = @_;

    open my $fh, '<:raw', $self->{fault} or die "fault: $!\n";
    sysread $fh, my $bytes, 32;
    my ($left, $failed) = (unpack 'q<4', $bytes)[0, 3];
    return wantarray ? ($failed, $left) : $failed;
}


# --- The end ----------------------------------------------------------------

# Registers what must be in no log, as it is and percent-encoded.
sub secret {
    my ($self, @texts) = @_;
    for (grep { length } @texts) {
        $self->{secrets}{_bytes($_)} = 1;
        $self->{secrets}{escape($_)} = 1;
        $self->{secrets}{lc escape($_)} = 1;
    }
}


# Says that matching lines, at alert or worse, are expected in this test.
sub expect_log {
    my ($self, @patterns) = @_;
    push @{$self->{allowed}}, @patterns;
}


# Says that secrets may stand in matching lines.
sub expect_leak {
    my ($self, @patterns) = @_;
    push @{$self->{leaks}}, @patterns;
}


# Stops what runs, asserts that all logs are clean, and closes the test.
sub done {
    my ($self) = @_;

    $self->stop();
    $self->certd_stop();

    my (@alerts, @exits, @sanitizer, %leaks);
    my $secret = join '|', map { quotemeta }
        sort { length $b <=> length $a } keys %{$self->{secrets}};

    for my $file ($self->_log_files) {
        my ($name) = $file =~ m{([^/]*)$};
        for my $line (split /\n/, $self->read($file)) {
            push @exits, $line if $line =~ /exited on signal/;
            push @sanitizer, $line
                if $line =~ /Sanitizer|runtime error:/;
            push @alerts, $line
                if $line =~ /\[(?:alert|crit|emerg)\]/
                && !grep { $line =~ $_ } @{$self->{allowed}};
            $leaks{"$name: " . substr $line, 0, 60} = 1
                if $secret ne '' && $line =~ /$secret/
                && !grep { $line =~ $_ } @{$self->{leaks}};
        }
    }
    @exits = grep { my $l = $_; !grep { $l =~ $_ } @{$self->{allowed}} }
        @exits;

    Test::More::is(join("\n", @alerts), '', 'no alert in the logs');
    Test::More::is(join("\n", @exits), '', 'no process died on a signal');
    Test::More::is(join("\n", @sanitizer), '', 'no sanitizer report');
    Test::More::is(join("\n", sort keys %leaks), '',
        'no secret and no personal datum in the logs');
    $self->_tell_logs() if !Test::More->builder->is_passing;
    Test::More::done_testing();
}

# A test that ended early did not reach done().
END {
    my $is_failed = $? != 0 || !Test::More->builder->is_passing;
    for my $self (grep { defined && $is_failed } values %live) {
        $self->_tell_logs() if $$ == $self->{pid};
    }
}


# Prints the end of each log of a failed test, whose folder will be removed.
# What each request says at [info] would leave no room for the cause.
sub _tell_logs {
    my ($self) = @_;

    return if $self->{is_told}++;
    for my $name (grep { -s $self->path("logs/$_.log") }
                  qw(start stderr error certd))
    {
        my @lines = grep { !/\[info\]/ }
            split /\n/, decode('UTF-8', $self->read("logs/$name.log"));
        splice @lines, 0, @lines - $LOG_LINES if @lines > $LOG_LINES;
        Test::More::diag("end of $name.log:\n", map { "  $_\n" } @lines);
    }
}

sub _log_files {
    my ($self) = @_;
    my @files;
    File::Find::find({no_chdir => 1, wanted => sub {
        push @files, $_ if -f && /\.log(?:\.\d+)?$|san\.\d+$/;
    }}, $self->{dir});
    return @files;
}


sub DESTROY {
    my ($self) = @_;
    return if $$ != $self->{pid};

    local $?;
    delete $live{$self};
    $self->_tell_logs() if $is_dead;
    for my $pid (keys %{$self->{children}}) {
        kill 'TERM', $pid;
        $self->wait($pid, 30);
    }
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

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
# The methods are in the modules of NgxCert/, which the class inherits from: a
# module calls those of the others, and the paths and secrets here, through
# $self.
#
# Environment: BUILD (build), NGX_BIN (nginx), MODULE (built module; "static"
# if NGX_BIN has it linked in), CERTCTL, TEST_USER (the workers' user),
# TEST_KEEP=1 (keeps the folder and says where it is), TEST_PATIENCE (300),
# TEST_SLACK (12).

use strict;
use warnings;
use utf8;

use Cwd qw(abs_path);
use Encode qw(decode);
use File::Find ();
use File::Path qw(make_path);
use File::Temp ();
use Scalar::Util qw(weaken);
use Test::More ();

# What a test calls by its full name, such as NgxCert::form(...).
use NgxCert::Http qw(escape form read_bytes read_until);
use NgxCert::People qw(@COLUMNS id_check in_words);
use NgxCert::Process qw(*PATIENCE *SLACK bytes_of);

use parent map { "NgxCert::$_" }
    qw(Process People Certctl Nginx Certd Http Fault);

my $TOP = abs_path(__FILE__ =~ s{[^/]*$}{../..}r);

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


# --- Folder and programs ----------------------------------------------------

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
sub certd_bin { return $ENV{CERTD} // build() . '/certd' }

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


# --- The end ----------------------------------------------------------------

# Registers what must be in no log, as it is and percent-encoded.
sub secret {
    my ($self, @texts) = @_;
    for (grep { length } @texts) {
        $self->{secrets}{bytes_of($_)} = 1;
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


1;

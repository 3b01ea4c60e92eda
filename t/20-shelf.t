# The operators' shelf in conf-examples: alerts, dashboard, fail2ban, logrotate,
# on what this nginx really says and logs.  A tool that is not installed skips
# its part.

use lib 't/lib';
use NgxCert;

use Encode qw(decode);
use File::Path qw(make_path);

my $t = NgxCert->new();
my $examples = $t->top . '/conf-examples';
my ($row, $other) = $t->import_rows($t->certificate, $t->certificate);
my $copy = $t->annotate($row->{number});

sub has { my ($tool) = @_; return grep { -x "$_/$tool" }
    split(/:/, $ENV{PATH}), '/usr/sbin', '/sbin' }


# --- Metrics: alerts and dashboard use those that there are -----------------

my %marks = (HOME => $t->home, SITE => $t->top . '/ngx_cert_module/site',
    MODULE => $t->module, PORT => $t->port(0),
    TLS_PORT => '127.0.0.1:' . $t->port(1), STATUS_PORT => $t->port(2),
    TLS => $t->path('tls'), HOST => '127.0.0.1');
sub example {
    my ($name) = @_;
    my $text = decode('UTF-8', $t->read("$examples/$name"))
        =~ s/\@([A-Z_]+)\@/$marks{$1}/gr;
    $text =~ s/^load_module .*\n//m if $marks{MODULE} eq '';
    return $t->user_set($text);
}
$t->conf(raw => example('site.conf'));
$t->start();
$t->certd();
my $holder = $t->holder($row);

my $metrics = '';
$t->await(sub { ($metrics = $t->get('/metrics')->body) =~ /certd_jobs_done/ });
my %label = map { $_ => {} } $metrics =~ /^(ngx_cert_\w+)[ {]/mg;
$label{$1}{$2}{$3} = 1
    while $metrics =~ /^(ngx_cert_\w+)\{(\w+)="(\w+)"\}/mg;
cmp_ok(scalar keys %label, '>', 40, 'the metrics');

# The metrics of an expression, with the labels that it compares.
sub unknown {
    my @unknown;
    for my $expr (@_) {
        while ($expr =~ /\b(ngx_cert_\w+)\b(?:\{([^}]*)\})?/g) {
            my ($name, $labels) = ($1, $2 // '');
            push @unknown, $name if !$label{$name};
            push @unknown, "$name $1=$2" if $labels =~ /\b(result|reason)="(\w+)"/
                && !$label{$name}{$1}{$2};
        }
    }
    return "@unknown";
}

my $rules = $t->read("$examples/monitoring/ngx_cert.rules.yml");
my @alerts = $rules =~ /- alert: (\w+)/g;
cmp_ok(scalar @alerts, '>=', 14, 'the alerts');
is(unknown($rules =~ s/^ *summary.*//mgr), '', 'alerts: their metrics exist');
my $dashboard = JSON::PP->new->utf8->decode(
    $t->read("$examples/monitoring/grafana.json"));
my @panels = @{$dashboard->{panels}};
cmp_ok(scalar @panels, '>', 12, 'the panels');
is(unknown(map { map { $_->{expr} } @{$_->{targets}} } @panels), '',
   'dashboard: its metrics exist');
is(unknown('ngx_cert_none', 'ngx_cert_check_results_total{result="none"}'),
   'ngx_cert_none ngx_cert_check_results_total result=none',
   'what does not exist is found');
is($dashboard->{templating}{list}[1]{query}{query},
   'label_values(ngx_cert_store_up, instance)', 'it asks for the servers');
my %place;
for my $panel (@panels) {
    my ($x, $y, $w, $h) = @{$panel->{gridPos}}{qw(x y w h)};
    $place{"$_,$y"}++ for $x .. $x + $w - 1;
    ok($x + $w <= 24 && @{$panel->{targets}} > 0, "panel: $panel->{title}");
}
is(join(' ', grep { $place{$_} > 1 } keys %place), '', 'no panel on another');

SKIP: {
    skip 'no promtool', 2 + @alerts if !has('promtool');
    my $dir = $t->path('rules');
    mkdir $dir;
    my $test = $t->read("$examples/monitoring/ngx_cert.test.yml");
    $t->write('rules/ngx_cert.test.yml', $test);
    my $promtool = sub {
        $t->write('rules/ngx_cert.rules.yml', $_[0]);
        return $t->run('promtool', @_[1 .. 2], "$dir/$_[3]");
    };
    my ($status, $out, $err) =
        $promtool->($rules, 'check', 'rules', 'ngx_cert.rules.yml');
    is($status, 0, 'promtool takes the rules') or diag("$out$err");
    ($status, $out, $err) =
        $promtool->($rules, 'test', 'rules', 'ngx_cert.test.yml');
    is($status, 0, 'and their tests pass') or diag("$out$err");

    # No alert may be lost unnoticed.
    for my $alert (@alerts) {
        my $lost = $rules =~ s/(- alert: $alert\n +expr:) .*?(?=\n +(?:for|labels))/$1 vector(0) > 1/sr;
        isnt($lost, $rules, "$alert: found") if $lost eq $rules;
        isnt(($promtool->($lost, 'test', 'rules', 'ngx_cert.test.yml'))[0], 0,
             "$alert is tested");
    }
}


# --- fail2ban: on the logs of both examples ---------------------------------

# Requests of which each filter counts some.
my @ask = (
    guess => sub { $t->get('/check/' . $_[0]) } => 'K7QX-2M9D-PA4T-8WZ4',
    guess => sub { $t->get('/check?sha256=' . $_[0]) } => '0' x 64,
    guess => sub { $t->get("/download/$_[0]") } => 'A' x 48,
    guess => sub { $t->get("/view/$_[0]") } => 'x',
    login => sub { $t->post('/holder/login', username => $_[0],
                            password => 'wrong') } => 'nobody.here',
    ''    => sub { $t->get("/check/$_[0]") } => $copy->{code},
    ''    => sub { $t->get($_[0], Accept => 'text/html') } => '/check',
    ''    => sub { $t->get($_[0]) } => '/nowhere/check/not_found',
    ''    => sub { $t->get('/holder/notice') } => '',
);
my %want = (guess => 0, login => 0, '' => 0);
for (my $i = 0; $i < @ask; $i += 3) {
    $want{$ask[$i]}++;
    $ask[$i + 1]->($ask[$i + 2]);
}
$holder->get('/holder/certificates') if $holder->can('get');
$t->stop();
$t->certd_stop();
my $log = $t->read('logs/access.log');
like($log, qr/ check not_found$/m, 'the log of site.conf');

# The same in the format of public.conf.
my ($format) = $t->read("$examples/public.conf")
    =~ /^    log_format cert ('.*?');$/ms;
$format =~ s/'\s*'//g;
$format =~ s/'//g;
like($format, qr/^\$remote_addr .*\$cert_number$/, 'the format of public.conf');
my $public = '';
for (split /\n/, $log) {
    my %v;
    @v{qw(remote_addr request_method cert_uri status body_bytes_sent
          cert_route cert_result)} =
        /^(\S+) \[.*?\] "(\S+) (\S+)" (\d+) (\d+) (\S*) (\S*)$/ or next;
    @v{qw(time_iso8601 server_protocol request_time cert_number)} =
        ('2026-12-02T10:00:00+08:00', 'HTTP/1.1', '0.001', '-');
    $public .= $format =~ s/\$(\w+)/$v{$1}/gr . "\n";
}
$t->write('public.log', $public);
is(scalar(() = $public =~ /\n/g), scalar(() = $log =~ /\n/g), 'each line');

SKIP: {
    my ($regex) = map { "$_/fail2ban-regex" } has('fail2ban-regex');
    skip 'no fail2ban-regex', 8 if !$regex;
    for my $file ('logs/access.log', 'public.log') {
        for my $filter (qw(guess login)) {
            my ($status, $out, $err) = $t->run($regex, $t->path($file),
                "$examples/fail2ban/ngx_cert-$filter.conf");
            my ($lines, $matched) =
                $out =~ /Lines: (\d+) lines, \d+ ignored, (\d+) matched/;
            is($matched, $want{$filter}, "$file, $filter: what it counts")
                or diag("$out$err");
            unlike($out, qr/invalid|without matched time|No date/i,
                   "$file, $filter: each line has a time");
        }
    }
}
my $jail = $t->read("$examples/fail2ban/jail.conf");
is(join(' ', sort $jail =~ /^\[(.*)\]$/mg), join(' ', sort map {
    m{([^/]+)\.conf$} } glob "$examples/fail2ban/ngx_cert-*.conf"),
   'each jail has a filter');


# --- logrotate --------------------------------------------------------------

SKIP: {
    my ($logrotate) = map { "$_/logrotate" } has('logrotate');
    skip 'no logrotate', 4 if !$logrotate;
    skip 'only root has the files', 4 if $> != 0;
    my $text = $t->read("$examples/logrotate") =~ s/\@PREFIX\@/$t->dir/ger;
    $text =~ s{/var/log/ngx_cert\.log}{$t->path('certd.own.log')}e;
    my $file = $t->write('rotate.conf', $text);
    chmod 0644, $file;
    $t->write('certd.own.log', "a line\n");
    $t->start();
    $t->get('/check');
    $t->await(sub { $t->read('logs/access.log') =~ /"GET \/check" 200/ });
    my ($status, $out, $err) = $t->run($logrotate, '-f', '-s',
        $t->path('rotate.state'), $file);
    is($status, 0, 'logrotate takes it') or diag("$out$err");
    like($t->read('logs/access.log.1'), qr/"GET \/check" 200/, 'a log is kept');
    ok($t->await(sub {
        $t->get('/check?after');
        return $t->read('logs/access.log') =~ /after|\*\*\*/;
    }), 'nginx writes a new one');
    is($t->read('certd.own.log') . $t->read('certd.own.log.1'), "a line\n",
       "certd's file is cut in place");
    $t->stop();
}


# --- AppArmor ---------------------------------------------------------------

# What a profile allows below the home: [pattern, permissions].
sub rules_of {
    my ($text) = @_;
    my @rules;
    while ($text =~ m{^ +\@\{NGX_CERT_HOME\}(/\S*) ([a-z]+),$}mg) {
        my ($glob, $may) = ($1, $2);
        my $pattern = quotemeta $glob;
        $pattern =~ s/\\\{\\,((?:\\\*)+)\\\}/$1 eq '\\*' ? '(?:[^\/]*)' : '.*'/ge;
        $pattern =~ s/\\\*\\\*/.+/g;
        $pattern =~ s/\\\*/[^\/]+/g;
        push @rules, [qr/^$pattern\z/, $may];
    }
    return @rules;
}

# What of the home a program opened that its profile does not allow.
sub not_allowed {
    my ($trace, $home, @rules) = @_;
    my %not;
    while ($trace =~ m{\((?:[^"]*)".*", (O_[A-Z_|]+).*\) += \d+<\Q$home\E(/?[^>]*)>}g) {
        my ($flags, $path) = ($1, $2);
        $path .= '/' if $path !~ m{/$} && -d "$home$path";
        my @need = $flags =~ /O_RDWR/ ? qw(r w)
            : $flags =~ /O_WRONLY/ ? 'w' : 'r';
        for my $need (@need) {
            $not{"$path $need"} = 1 if !grep {
                $path =~ $_->[0] && $_->[1] =~ /$need/ } @rules;
        }
    }
    return join ' ', sort keys %not;
}

my %profile = map { $_ => $t->read("$examples/apparmor/usr.sbin.$_") }
    qw(certd nginx);
SKIP: {
    my ($parser) = map { "$_/apparmor_parser" } has('apparmor_parser');
    skip 'no apparmor_parser', 6 if !$parser;
    my ($base) = grep { -d "$_/abstractions" } '/etc/apparmor.d',
        $parser =~ s{[^/]*/[^/]*$}{etc/apparmor.d}r;
    for my $name (sort keys %profile) {
        my $complains = $profile{$name} =~ s/^(profile .*) \{$/$1 flags=(complain) {/mr;
        my %form = (enforced => $profile{$name}, complaining => $complains);
        for my $form (sort keys %form) {
            my ($status, $out, $err) = $t->run($parser, '-Q', '-K', '--base',
                $base, $t->write("$name.$form", $form{$form}));
            is($status, 0, "$name, $form: parsed") or diag("$out$err");
        }
        my ($status) = $t->run($parser, '-Q', '-K', '--base', $base,
            $t->write("$name.bad", $profile{$name} =~ s/^\}\n\z//mr));
        isnt($status, 0, "$name: and a broken one is not");
    }
}

SKIP: {
    skip 'no strace', 8 if !has('strace');
    # With -D the process that is started is the one that is traced.
    my @strace = (qw(strace -D -f -y -e), 'trace=open,openat', '-o');
    $t->start(wrap => [@strace, $t->path('nginx.trace')]);
    $t->certd(wrap => [@strace, $t->path('certd.trace')]);
    my $holder = $t->holder($other);
    my $code = $holder->apply($other->{number})->json->{annotation}{code};
    my $ready = $holder->ready($code)->json->{annotation};
    is($ready->{state}, 'ready', 'a copy is made');
    is($t->get('/download/' . $t->token($code, 'download'))->status, 200,
       'and downloaded');
    my $certd = $t->{certd};
    is($t->certd_stop(), 0, 'certd ends');
    my $nginx = $t->master;
    is($t->stop(), 0, 'nginx ends');
    for my $name (sort keys %profile) {
        my $pid = $name eq 'certd' ? $certd : $nginx;
        my $trace;
        $t->await(sub { ($trace = $t->read("$name.trace"))
                            =~ /^$pid +\+\+\+ exited/m });
        my @rules = rules_of($profile{$name});
        is(not_allowed($trace, $t->home, @rules), '',
           "$name: its profile allows what it opens in the home");
        isnt(not_allowed($trace, $t->home, grep { $_->[1] ne 'rwk' } @rules),
             '', "$name: and no less would do");
    }
}

$t->done();

# The documents agree with the program: man pages with the options of --help,
# directives with the table in C, problems with the source; links lead to what
# exists, quoted configuration loads, and figures are those of a recorded run.

use lib 't/lib';
use NgxCert;

use File::Basename qw(dirname);
use File::Find qw(find);

my $t = NgxCert->new();
my $top = $t->top;

my @documents = grep { !m{^(?:build|demo)} } map { s{^\Q$top\E/}{}r }
    glob "$top/*.md $top/*/*.md $top/*/*/*.md";
my %text = map { $_ => $t->read("$top/$_") } @documents;
my $reference = $t->read("$top/conf-examples/reference.conf");
my $glue = join '', map { $t->read($_) } glob "$top/ngx_cert_module/nginx/*/*.c";
my %tests = map { m{([^/]+)$} => $t->read($_) } glob "$top/t/*.t";

for my $name (qw(README.md README.zh-CN.md)) {
    my $lines = () = $text{$name} =~ /\n/g;
    cmp_ok($lines, '<=', 200, "$name: at most 200 lines");
}


# Directives, in the order of the table; the READMEs list them with a link.
my @directives = $glue =~ /\{ *ngx_string\("(cert_\w+)"\),\s*NGX_HTTP_/g;
ok(@directives >= 7, 'the directives are found');

my $directives = $text{'docs/directives.md'};
is(join(' ', $directives =~ /^## (cert_\w+)$/mg), "@directives",
   'directives.md has them in the order of the table, and no others');
for my $name (@directives) {
    like($reference, qr/^\s*#?\s*$name\b/m, "$name: reference.conf");
    ok((grep { /^20-/ && $tests{$_} =~ /\b$name\b/ } keys %tests),
       "$name: a test of configuration");

    my ($entry) = $directives =~ /^## $name\n(.*?)(?=^## )/ms;
    like($entry // '', qr/\*\*$_\*\*/, "$name: $_")
        for qw(Syntax Default Context Phase);
    like($entry // '', qr/Fails when/, "$name: when it fails");
    like($entry // '', qr/^```nginx\n[^`]*\b$name\b/m, "$name: an example");
}
for my $name (qw(README.md README.zh-CN.md)) {
    is(join(' ', $text{$name} =~ /^\| \[`(cert_\w+)`\]/mg), "@directives",
       "$name: the table of directives");
}


# Variables.
my @variables = $glue =~ /\{ *ngx_string\("(cert_\w+)"\),\s*(?:NULL|ngx_)/g;
ok(@variables >= 11, 'the variables are found');
is(join(' ', sort $directives =~ /^\| `\$(cert_\w+)` \|/mg),
   join(' ', sort @variables), 'directives.md has the variables');


# Commands and their options: --help says what the program does, the man page
# says the same, and other documents name no other options.
my %known;

sub manual { return $t->read("$top/man/$_[0]") =~ s/\\-/-/gr }

# The options of a part of a man page: a line of ".B", ".BI" or ".BR" each.
sub man_options {
    my ($text) = @_;
    my %found = map { $_ => 1 } $text =~ /^\.B[IR]? (--[a-z][a-z-]+)/mg;
    return sort keys %found;
}

my $man = manual('certctl.1');
my ($status, $help) = $t->run($t->certctl_bin, '--help');
is($status, 0, 'certctl --help');
my @commands = $help =~ /^  ([a-z]+) /mg;
ok(@commands >= 20, 'the commands are found');
my %common = map { $_ => 1 } qw(--home --json --templates --at --help
    --version);

for my $command (@commands) {
    my ($status, $text) = $t->run($t->certctl_bin, $command, '--help');
    is($status, 0, "$command --help");
    my %options = map { $_ => 1 } $text =~ /(?<![\w-])(--[a-z][a-z-]+)/g;

    my @parts = $man =~ /^\.SS "?$command\b(.*?)(?=^\.S[SH] )/msg;
    ok(@parts > 0, "$command: man page");
    is(join(' ', grep { !$common{$_} } man_options(join '', @parts)),
       join(' ', grep { !$common{$_} } sort keys %options),
       "$command: its options");
    $known{$_} = 1 for keys %options;
}
my ($part) = $man =~ /^\.SH OPTIONS\n(.*?)(?=^\.SH )/ms;
is(join(' ', man_options($part)), join(' ', sort keys %common),
   'the options of every command');
$known{$_} = 1 for keys %common;
is(join(' ', sort map { s/ .*//r } $man =~ /^\.SS "?([a-z]+)/mg),
   join(' ', sort map { my $c = $_; map { $c }
                        $man =~ /^\.SS "?$c\b/mg } @commands),
   'the man page has no other commands');

my $man8 = manual('certd.8');
($status, my $usage) = $t->run($t->certd_bin, '--help');
is($status, 0, 'certd --help');
my @options = sort $usage =~ /^  (--[a-z-]+)/mg;
cmp_ok(scalar @options, '>', 15, 'the options are found');
($part) = $man8 =~ /^\.SH OPTIONS\n(.*?)(?=^\.SH )/ms;
is(join(' ', man_options($part)), "@options", 'certd: its options');
$known{$_} = 1 for @options;

my $man8s = manual('ngx-cert-setup.8');
($usage) = $t->read("$top/scripts/ngx-cert-setup") =~ /\A#!.*\n((?:#.*\n)+)/;
@options = sort '--help', $usage =~ /^#     (--[a-z-]+)/mg;
cmp_ok(scalar @options, '>', 10, 'the options are found');
($part) = $man8s =~ /^\.SH OPTIONS\n(.*?)(?=^\.SH )/ms;
is(join(' ', man_options($part)), "@options", 'ngx-cert-setup: its options');

for my $page ([$man, 'certctl', 0 .. 3], [$man8, 'certd', 0, 2, 3],
              [$man8s, 'ngx-cert-setup', 0, 1])
{
    my ($text, $name, @statuses) = @$page;
    my ($part) = $text =~ /^\.SH EXIT STATUS\n(.*?)(?=^\.SH )/ms;
    is(join(' ', $part =~ /^\.TP\n(\d)$/mg), "@statuses",
       "$name: the exit statuses");
}

# Columns of CSV files.
my $man5 = manual('ngx_cert-csv.5');
for my $kind ([import => 'CERTIFICATES'], [account => 'ACCOUNTS'],
    [catalog => 'CATALOGUE']) {
    my ($command, $heading) = @$kind;
    my ($part) = $man5 =~ /^\.SH $heading\n(.*?)(?=^\.SH )/ms;
    (undef, my $text) = $t->run($t->certctl_bin, $command, '--help');
    my ($columns) = $text =~ /Columns[^:]*: *([a-z_,\s]+?)(?:;|\n(?![a-z])|\z)/;
    my @columns = ($columns =~ /[a-z_]+/g,
        $text =~ /; optional:\n((?:  .*\n)+)/
            ? $1 =~ /^  ([a-z_]+) /mg : ());
    my %told = map { $_ => 1 } map { /"? *([a-z_]+)"?/g }
        $part =~ /^\.TP\n\.BR? (.*)/mg;
    delete $told{optional};
    is(join(' ', sort keys %told), join(' ', sort @columns),
       "$command: the columns");
}

# The other names of columns, each behind its own.
my %of_column = $t->read($t->top
    . '/ngx_cert_module/certctl/intake/certctl_heading.c')
    =~ /^    \{ "([^"]+)", "(\w+)" \}/mg;
cmp_ok(scalar keys %of_column, '>', 20, 'the other names of columns');
for my $heading (sort keys %of_column) {
    like($man5, qr/^\.BR .*\b$of_column{$heading} ", (?:[^ "]+, )*$heading[ ",;]/m,
         "$heading: is told of $of_column{$heading}");
}

# Every option in another document is an option of a program or of a script.
$known{$_} = 1 for qw(--with-compat --add-dynamic-module --add-module),
    # useradd, mmdebstrap and so on
    qw(--system --groups);
for my $script (grep { -f && !/\.sh$/ } glob "$top/scripts/*") {
    my ($text) = $t->read($script) =~ /\A#!.*\n((?:#.*\n)+)/;
    $known{$_} = 1 for ($text // '') =~ /(?<![\w-])(--[a-z][a-z-]+)/g;
}
for my $name (@documents) {
    is(join(' ', grep { !$known{$_} }
            $text{$name} =~ /(?<![\w-])(--[a-z][a-z-]+)/g), '',
       "$name: every option that it names exists");
}


# Problems of the holder service, each with its status; also those that nginx
# answers, with certd's words where certd has the same problem.
my ($source) = grep { m{/certd_problem\.c$} }
    glob "$top/ngx_cert_module/certd/*/*.c";
my $problems = $t->read($source);
my %status_of = $problems =~ /\{ "(\w+)", (\d{3}), /g;
my %told_by = $problems =~ /\{ "(\w+)", (.*?) \}/gs;
ok(keys %status_of >= 30, 'the problems are found');
for my $name (qw(minimal.conf public.conf site.conf)) {
    my @own = $t->read("$top/conf-examples/$name")
        =~ m{'\{"type":"/problems/(.*?)\}'}g;
    cmp_ok(scalar @own, '>=', 2, "$name: problems");
    for my $own (@own) {
        my ($type, $status) = $own =~ /^(\w+)".*"status":(\d+)/;
        my @texts = $own =~ /"(?:title|detail|detail_en)":"([^"]*)"/g;
        my $row = ($told_by{$type} // join ' ', @texts) =~ s/"\s+"//gr;
        is($status_of{$type} // $status, $status, "$name: $type: $status");
        is(join(' ', grep { index($row, $_) < 0 } @texts), '',
           "$name: $type: in the same words");
        $status_of{$type} = $status;
    }
}
my $holder = $text{'docs/holder-api.md'};
for my $name (sort keys %status_of) {
    like($holder, qr{^\|[^|]*`/problems/$name`[^|]*\| $status_of{$name} }m,
         "problem $name: its row");
}
is(join(' ', grep { !$status_of{$_} } $holder =~ m{`/problems/(\w+)`}g), '',
   'holder-api.md has no others');


# What the documents quote from the source exists: files, functions, scripts,
# tests.
# The files that are or would be in the repository; without git every file.
my %files;
($status, my $listed) = $t->run('git', '-C', $top, 'ls-files', '--cached',
                                '--others', '--exclude-standard');
if ($status == 0) {
    %files = map { $_ => 1 } grep { -e "$top/$_" } split /\n/, $listed;
} else {
    find({no_chdir => 1, wanted => sub {
        my $name = $File::Find::name =~ s{^\Q$top\E/}{}r;
        return $File::Find::prune = 1 if $name =~ m{^(?:build|demo|\.git)(?:-|$)};
        $files{$name} = 1 if -f;
    }}, $top);
}
SKIP: {
    skip 'no repository', 1 if $status != 0;
    is(join("\n", grep {
        m{^(?:build|demo)[/-]|\.(?:o|so|a|d|pdf|pem|keys|mdb|log)$}
            && !m{^t/data/} } sort keys %files),
       '', 'no build product and no key in the repository');
}
my $code = join '', map { $t->read("$top/$_") }
    grep { m{^(?:ngx_cert_module|t)/.*\.[ch]$} } sort keys %files;
my $makefile = $t->read("$top/Makefile");

# A document may name a file or folder by a part of its path; "*" stands for a
# part of a name, and a word in capitals for any name.
sub is_file {
    my ($name) = @_;
    my $pattern = join '[^/]*', map { quotemeta } split /\*/, $name, -1;
    return -e "$top/$name" || grep { m{(?:^|/)$pattern(?:/|$)} } keys %files;
}

for my $name (@documents) {
    my $text = $text{$name};
    my @files = $text =~ m{(?<![\w/])((?:t|docs|man|core|certd|certctl|nginx|pdf
        |render|site|templates|scripts|conf-examples|ngx_cert_module)
        /[\w./*-]*[\w*])}gx;
    push @files, $text =~ m{`([a-z][\w*-]*\.(?:[cht]|conf|md))`}g;
    is(join(' ', grep { !m{/[A-Z]+\.svg$} && !is_file($_) } @files), '', "$name: its files exist");

    my @functions = $text =~ /`(\w+)\(\)`/g;
    is(join(' ', grep { $code !~ /^$_\(/m && $_ ne 'main'
                        && $_ !~ /^(?!cert|ngx_http_cert)/ } @functions), '',
       "$name: its functions exist");
    my @words = $text =~ /`(CERTD?_\w+|certd?_\w+_t|ngx_http_cert_\w+)`/g;
    is(join(' ', grep { $code !~ /\b\Q$_\E\b/
                        && $makefile !~ /^\Q$_\E *\?=/m } @words), '',
       "$name: its names exist");
}

# The databases of the store are those of the source as well.
my ($databases) = $code =~ /\{\s*("\w+",[^{}]*"certificate_annotation"[^{}]*)\}/;
my ($table) = $text{'docs/architecture.md'}
    =~ /^\| Database \|.*\n\|[-|]+\n((?:\|.*\n)+)/m;
is(join(' ', sort $table =~ /^\| `(\w+)` \|/mg),
   join(' ', sort $databases =~ /"(\w+)"/g),
   'architecture.md has the databases of the store');

# architecture.md lists exactly the folders that exist.
my $architecture = $text{'docs/architecture.md'};
for my $part (qw(core certd)) {
    is(join(' ', sort $architecture =~ m{^\| `($part/\w+)` \|}mg),
       join(' ', sort map { m{([^/]+/[^/]+)$} } grep { -d }
                     glob "$top/ngx_cert_module/$part/*"),
       "architecture.md has the folders of $part/");
}

# So are those of the tests, and their numbers.
my $about_tests = $text{'t/README.md'};
is(join(' ', sort $about_tests =~ m{^\| `(\w+)/` \|}mg),
   join(' ', sort map { m{([^/]+)$} } grep { -d } glob "$top/t/*"),
   't/README.md has the folders of t/');
my %numbers = map { m{/(\d\d)-} ? ($1 => 1) : () } glob "$top/t/*.t";
is(join(' ', sort map { /\d\d/g } $about_tests =~ m{^\| ((?:\d\d(?:, )?)+) \|}mg),
   join(' ', sort keys %numbers), '... and the numbers');


# Scripts and examples.
for my $script (grep { -f && !/\.sh$/ } glob "$top/scripts/*") {
    ok(-x $script, ($script =~ s{.*/}{}r) . ' can be run');
    my $name = $script =~ s{^\Q$top\E/}{}r;
    ok((grep { $text{$_} =~ /\b\Q$name\E\b/ } @documents)
       || (grep { $t->read("$top/scripts/$_") =~ m{/\Q${\($name =~ s{.*/}{}r)}\E\b} }
           qw(run test matrix pictures)), "$name: a document describes it");
}
ok(-x "$top/.ci/run", '.ci/run can be run');

for my $example (map { m{([^/]+)$} } glob "$top/conf-examples/*.conf") {
    ok((grep { $tests{$_} =~ m{conf-examples/\Q$example\E|\b\Q$example\E\b} }
        grep { $_ ne '00-docs.t' } keys %tests),
       "$example is loaded by a test");
    like($text{$_}, qr{\(conf-examples/\Q$example\E\)}, "$example: $_")
        for qw(README.md README.zh-CN.md);
}

# Quoted configuration loads: as a whole, or as a part in its place.
my $home = $t->home();
for my $name (@documents) {
    my $n = 0;
    for my $quoted ($text{$name} =~ /^```nginx\n(.*?)^```$/msg) {
        my $port = $t->port(0);
        my $conf = $quoted =~ s{/srv/cert\b}{$home}gr;
        if ($conf =~ /^http \{/m) {
            $conf =~ s/^load_module .*\n//m;
            $conf =~ s/127\.0\.0\.1:8080/127.0.0.1:$port/;
            my ($head) = $t->conf_head();
            $conf = $head . $conf if $conf !~ /^pid /m;
            $conf =~ s/^(http \{\n)/$1 . $t->conf_paths()/me;
        } else {
            my $server = $conf =~ /^location/ ? $conf : '';
            my $http = $server eq '' ? $conf : '';
            for my $more (['cert_store', "$home/store"],
                ['cert_keyring', "$home/keys/public.keys"],
                ['cert_pdf_root', "$home/pdf"]) {
                $http .= "$more->[0] $more->[1];\n"
                    if $conf !~ /^$more->[0]\b/m;
            }
            $conf = $t->conf_head() . "events { }\nhttp {\n"
                . $t->conf_paths() . "$http\nserver {\n"
                . "listen 127.0.0.1:$port;\n$server\n}\n}\n";
        }
        $t->conf(raw => $conf);
        my ($status, $out) = $t->nginx_test();
        is($status, 0, "$name: configuration " . ++$n . ' loads')
            or diag("$conf$out");
    }
}


# Each relative link leads to a file, and to a heading of it.
my %anchors;
for my $name (@documents) {
    my $text = $text{$name} =~ s/^```.*?^```$//msgr;
    my %seen;
    for my $heading ($text =~ /^#+ (.+)$/mg) {
        my $anchor = lc($heading =~ s/\[([^]]*)\]\([^)]*\)/$1/gr =~ s/`//gr
                        =~ s/[^\w\s-]//gr =~ s/\s/-/gr);
        $anchors{$name}{$anchor . ($seen{$anchor}++ ? "-$seen{$anchor}" : '')}
            = 1;
    }
}
for my $name (@documents) {
    my $text = $text{$name} =~ s/^```.*?^```$//msgr;
    for my $link ($text =~ /\]\(\s*([^)\s]+)\s*\)/g) {
        next if $link =~ /^https?:/;
        my ($file, $anchor) = split /#/, $link;
        $file = $file eq '' ? $name : dirname($name) . "/$file";
        $file =~ s{^\./}{};
        $file =~ s{[^/]+/\.\./}{}g;
        ok(-s "$top/$file", "$name: $link exists") or next;
        ok($anchors{$file}{$anchor}, "$name: $link leads to a heading")
            if defined $anchor;
    }
}
for my $file (glob "$top/docs/*") {
    my $name = $file =~ s{.*/}{}r;
    ok((grep { $text{$_} =~ m{\]\((?:docs/)?\Q$name\E[)#]} } @documents),
       "docs/$name is linked to");
}


# Figures of the documents are those of the recorded run, never typed.
my $figures = "$top/bench/figures.json";
($status, my $out, my $err) = $t->run("$top/scripts/bench", '--check',
                                      '--docs', $figures);
is($status, 0, 'the documents have the figures of the recorded run')
    or diag("$out$err");
my $other = $t->read($figures) =~ s/("median" *: *)([1-8])/$1 . ($2 + 1)/ger;
$t->write('other.json', $other);
($status, $out) = $t->run("$top/scripts/bench", '--check', '--docs',
                          $t->path('other.json'));
is($status, 1, 'other figures are found');
is($out, "README.md\nREADME.zh-CN.md\ndocs/benchmarks.md\n",
   'in each document');

ok(-s "$top/$_", "$_ exists") for qw(CHANGES LICENSE);

$t->done();

# The documents name what there is, and nothing else: directives, variables,
# commands, options, scripts, examples.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
my $top = $t->top;

my $readme = join '', map { $t->read($_) } "$top/README.md",
    glob "$top/docs/*.md";
my $man = $t->read("$top/man/certctl.1") =~ s/\\-/-/gr;
my $reference = $t->read("$top/conf-examples/reference.conf");
my $glue = join '', map { $t->read($_) } glob "$top/ngx_cert_module/nginx/*.c";
my %tests = map { m{([^/]+)$} => $t->read($_) } glob "$top/t/*.t";


# Directives, in the order of the table.
my @directives = $glue =~ /\{ *ngx_string\("(cert_\w+)"\),\s*NGX_HTTP_/g;
ok(@directives >= 7, 'the directives are found');

for my $name (@directives) {
    like($readme, qr/^## $name$/m, "$name: README");
    like($reference, qr/^\s*#?\s*$name\b/m, "$name: reference.conf");
    ok((grep { /^20-/ && $tests{$_} =~ /\b$name\b/ } keys %tests),
       "$name: a test of configuration");

    my ($entry) = $readme =~ /^## $name\n(.*?)(?=^##)/ms;
    like($entry // '', qr/\*\*$_\*\*/, "$name: $_")
        for qw(Syntax Default Context Phase);
    like($entry // '', qr/Fails when/, "$name: when it fails");
}
is(join(' ', grep { my $name = $_; grep { $_ eq $name } @directives }
        $readme =~ /^## (cert_\w+)$/mg),
   join(' ', @directives), 'README has them in the order of the table');
is(join(' ', grep { my $name = $_; !grep { $_ eq $name } @directives }
        $readme =~ /^## (cert_\w+)$/mg), '', 'README has no others');


# Variables.
my @variables = $glue =~ /\{ *ngx_string\("(cert_\w+)"\),\s*(?:NULL|ngx_)/g;
ok(@variables >= 11, 'the variables are found');
like($readme, qr/`\$$_`/, "\$$_: README") for @variables;


# Commands and their options: --help is what the program does, the others
# follow it.
my ($status, $help) = $t->run($t->certctl_bin, '--help');
is($status, 0, 'certctl --help');
my @commands = $help =~ /^  ([a-z]+) /mg;
ok(@commands >= 20, 'the commands are found');

my %known;
for my $command (@commands) {
    my ($status, $text) = $t->run($t->certctl_bin, $command, '--help');
    is($status, 0, "$command --help");

    my %options = map { $_ => 1 } $text =~ /(?<![\w-])(--[a-z][a-z-]+)/g;
    $known{$_} = 1 for keys %options;
    like($readme, qr/^\|[^|]*`$command\b/m, "$command: README");
    like($man, qr/^\.(?:SS|TP|B|BR|BI|SY).*\b$command\b/m
         , "$command: man page");
    for my $option (sort keys %options) {
        like($readme, qr/\Q$option\E\b/, "$command $option: README");
        like($man, qr/\Q$option\E\b/, "$command $option: man page");
    }
}
$known{$_} = 1 for $help =~ /(?<![\w-])(--[a-z][a-z-]+)/g;

my ($part) = $readme =~ /^## certctl\n(.*?)(?=^## )/ms;
my %written = map { $_ => 1 }
    (($part // '') =~ /(?<![\w-])(--[a-z][a-z-]+)/g);
is(join(' ', grep { !$known{$_} } sort keys %written), '',
   'README names no option that certctl does not have');


# Problems of the holder service, each with its status; those of nginx as well,
# which tells what certd has a word for as certd does.
my $problems = $t->read("$top/ngx_cert_module/certd/http/certd_problem.c");
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
for my $name (sort keys %status_of) {
    like($readme, qr{^\|[^|]*`/problems/$name`[^|]*\| $status_of{$name} }m,
         "problem $name: README");
}
is(join(' ', grep { !$status_of{$_} } $readme =~ m{`/problems/(\w+)`}g), '',
   'README has no others');


# certd: its options, where its user looks for them.
my $man8 = $t->read("$top/man/certd.8") =~ s/\\-/-/gr;
my ($daemon) = $readme =~ /^## Running certd\n(.*?)(?=^## )/ms;
($status, my $usage) = $t->run($t->certd_bin, '--help');
is($status, 0, 'certd --help');
my @options = $usage =~ /^  (--[a-z-]+)/mg;
cmp_ok(scalar @options, '>', 15, 'the options are found');
for my $option (@options) {
    like($man8, qr/^\.BI? \Q$option\E\b/m, "certd $option: man page");
    next if $option =~ /^--(?:help|version)$/;
    like($daemon // '', qr/`\Q$option\E\b/, "certd $option: README");
}
my %daemon = map { $_ => 1 } @options;
is(join(' ', grep { !$daemon{$_} } ($daemon // '') =~ /(--[a-z][a-z-]+)/g),
   '', 'README names no option that certd does not have');


# Scripts and examples.
my %scripts = map { $_ => 1 } $readme =~ m{\bscripts/([a-z-]+)}g;
ok(-x "$top/scripts/$_", "scripts/$_ of README can be run")
    for sort keys %scripts;

for my $script (grep { !/\.sh$/ } glob "$top/scripts/*") {
    ok(-x $script, ($script =~ s{.*/}{}r) . ' can be run');
}
ok(-x "$top/.ci/run", '.ci/run can be run');

for my $example (map { m{([^/]+)$} } glob "$top/conf-examples/*.conf") {
    ok((grep { $tests{$_} =~ m{conf-examples/\Q$example\E|\b\Q$example\E\b} }
        grep { $_ ne '00-docs.t' } keys %tests),
       "$example is loaded by a test");
    like($readme, qr{conf-examples/\Q$example\E}, "$example: README");
}

my @pictures = $readme =~ /!\[[^\]]*\]\(([^)]+)\)/g;
ok(@pictures >= 2, 'README has its pictures');
ok(-s "$top/$_" || -s "$top/docs/$_", "$_ is there") for @pictures;

# Where README links to a heading or a file, there is one.
my %anchors = map { lc(s/[^\w\s-]//gr =~ s/\s/-/gr) => 1 }
    map { s/`//gr } $readme =~ /^#+ (.+)$/mg;
for my $link ($readme =~ /(?<!!)\[[^\]]*\]\(([^)]+)\)/g) {
    next if $link =~ /^http/;
    my ($file, $anchor) = split /#/, $link;
    ok((!defined $anchor || $anchors{$anchor})
       && ($file eq '' || -e "$top/$file" || -e "$top/docs/$file"),
       "the link to $link leads somewhere");
}

ok(-s "$top/$_", "there is $_") for qw(CHANGES LICENSE);


# No build product in the repository.
SKIP: {
    my ($status, $out) = $t->run('git', '-C', $top, 'ls-files');
    skip 'no repository', 1 if $status != 0;
    is(join("\n", grep {
        m{^(?:build|demo)[/-]|\.(?:o|so|a|d|pdf|pem|keys|mdb|log)$}
            && !m{^t/data/} } split /\n/, $out),
       '', 'no build product and no key in the repository');
}

$t->done();

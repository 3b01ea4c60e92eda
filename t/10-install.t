# "make install" installs the files of the tree, and each works in its place;
# "make uninstall" removes these and nothing else.  "make help" describes each
# target and variable.

use lib 't/lib';
use NgxCert;

use File::Find qw(find);

my $t = NgxCert->new();
my $top = $t->top;

plan(skip_all => 'no module is built')
    if !-e $t->build . '/ngx_http_cert_module.so';

# A build of our own, since another PREFIX builds a part again.  It belongs to a
# user, as it often does where root installs.
my $build = $t->path('build');
my ($status, $out, $err) = $t->run('sh', '-c', 'mkdir -p "$2/nginx/objs"'
    . ' && cd "$1" && cp -a obj *.a cert* *.so prefix given sources "$2"'
    . ' && cp -p nginx/objs/Makefile "$2/nginx/objs"', 'sh', $t->build, $build);
is($status, 0, 'a copy of the build') or diag($err);
$t->run('chown', '-R', 'nobody', $build) if $> == 0;
chomp(my $prefix = $t->read('build/prefix'));

sub make {
    my (@args) = @_;
    my @clean = map { ('-u', $_) } qw(MAKEFLAGS MFLAGS MAKELEVEL CC CFLAGS
        LDFLAGS SANITIZE NGINX_DEV PREFIX DESTDIR MODULES_DIR CERT_HOME LC_ALL);
    return $t->run('env', @clean, 'make', '-C', $top, "BUILD=$build", @args);
}

sub make_ok {
    my ($what, @args) = @_;
    my ($status, $out, $err) = make(@args);
    is($status, 0, $what) or diag("$out$err");
    return $out;
}

# All that is below a folder: path => [type and mode, owner, state].
sub below {
    my ($folder) = @_;
    my %found;
    find({no_chdir => 1, wanted => sub {
        my @st = lstat;
        $found{s{^\Q$folder\E/?}{}r} =
            [sprintf('%o', $st[2]), "$st[4]:$st[5]", "@st[1, 2, 4, 5, 7, 9]"];
    }}, $folder) if -d $folder;
    delete $found{''};
    return \%found;
}

sub files_below {
    my $found = below(@_);
    return sort grep { $found->{$_}[0] !~ /^4/ } keys %$found;
}


# --- Help --------------------------------------------------------------------

my $makefile = $t->read("$top/Makefile");
my $help = make_ok('make help', 'help');
my ($phony) = $makefile =~ /^\.PHONY: ((?:.*\\\n)*.*)/m;
is(join(' ', sort $help =~ /^  ([a-z-]+) +[A-Z].*\.$/mg),
   join(' ', sort grep { /^[a-z-]+$/ } split ' ', $phony),
   'a sentence for each target');
is(join(' ', $help =~ /^  ([A-Z_]+) +[A-Z].*\.(?:  \(.*\))?$/mg),
   join(' ', $makefile =~ /^([A-Z_]+) *\?=/mg), '... and each variable');
like($help, qr/^  CFLAGS .*  \(-O2 -g\)$/m, 'with its default');
is(($t->run($t->certctl_bin, '--help'))[1] =~ /home folder \((.*)\)/ && $1,
   $help =~ /^  CERT_HOME .*\((.*)\)$/m && $1,
   'the home is that of the programs');


# --- What is laid down ---------------------------------------------------------

# By the tree: where it is put => [mode, its source].
my $share = "$prefix/share/ngx_cert";
my $modules = '/usr/lib/nginx/modules';
my $examples = "$prefix/share/doc/ngx_cert/examples";
my $system = "$prefix/lib/systemd/system";
my %expected = (
    "$prefix/bin/certctl" => ['755', "$build/certctl"],
    "$prefix/libexec/ngx_cert/certctl-pdf" => ['755', "$build/certctl-pdf"],
    "$prefix/sbin/certd"  => ['755', "$build/certd"],
    "$modules/ngx_http_cert_module.so" =>
        ['644', "$build/ngx_http_cert_module.so"],
    "$prefix/share/bash-completion/completions/certctl" =>
        ['644', "$top/conf-examples/certctl.bash-completion"],
    "$prefix/sbin/ngx-cert-setup" => ['755'],
    "$share/installed"    => ['644'],
);
for my $part (qw(templates site)) {
    $expected{"$share/$part/$_"} = ['644', "$top/ngx_cert_module/$part/$_"]
        for grep { !/\.gz$/ } files_below("$top/ngx_cert_module/$part");
}
$expected{"$share/nginx/$_"} = ['644']
    for map { ("$_.conf", "$_.settings") } qw(site public);
$expected{"$share/demonstration/$_"} = ['755', "$top/scripts/$_"]
    for qw(demo-home demo-ca generate);
$expected{"$share/seal-svg"} = ['755', "$top/scripts/seal-svg"];
$expected{"$_.gz"} = ['644'] for grep { m{/site/assets/} } keys %expected;
$expected{"$prefix/share/man/man$_->[1]/$_->[0]"} = ['644', "$top/man/$_->[0]"]
    for map { /\.(\d)$/ ? [$_, $1] : () } files_below("$top/man");
$expected{"$examples/$_"} = ['644']
    for grep { /\.conf$/ } files_below("$top/conf-examples");
$expected{"$system/$_"} = ['644']
    for grep { /\.service$/ } files_below("$top/conf-examples");
$expected{"$examples/$_"} = ['644', "$top/conf-examples/$_"]
    for grep { m{/|^logrotate$} } files_below("$top/conf-examples");
cmp_ok(scalar keys %expected, '>', 50, 'files are expected');

# What is there before is an administrator's: a folder that hands down its group,
# one for few, a file in it, a link where a file goes.
my $stage = $t->path('a stage');
my $own = "$stage$prefix/bin/own";
$t->write($own, "mine\n");
chmod 0700, "$stage$prefix/bin";
$t->run('chgrp', 'nogroup', "$stage$prefix") if $> == 0;
chmod 02755, "$stage$prefix";
my $linked = $t->write('linked', "mine\n");
symlink $linked, "$stage$prefix/bin/certctl" or die "symlink: $!\n";

my $before = below($build);
my $umask = umask 0077;
make_ok('make install, with a space in DESTDIR', 'install', "DESTDIR=$stage");
umask $umask;
is_deeply(below($build), $before, 'nothing is built, or written into BUILD');

my $found = below($stage);
is(join("\n", grep { $_ ne $own =~ s{^\Q$stage\E/}{}r } files_below($stage)),
   join("\n", map { s{^/}{}r } sort keys %expected),
   'what the tree has, and nothing else');
is(join("\n", grep {
        $found->{s{^/}{}r}[0] ne "100$expected{$_}[0]"
        || $> == 0 && $found->{s{^/}{}r}[1] ne '0:0' } sort keys %expected),
   '', 'each has its mode and owner, whatever the umask');
is(join("\n", grep {
        $found->{$_}[0] ne '40755' || $> == 0 && $found->{$_}[1] ne '0:0' }
        grep { $found->{$_}[0] =~ /^4/ && "$prefix/bin/" !~ m{^/\Q$_\E/} }
        sort keys %$found),
   '', 'and so has each folder that was made');
is(join("\n", grep {
        defined $expected{$_}[1]
        && $t->read("$stage$_") ne $t->read($expected{$_}[1]) }
        sort keys %expected), '', 'they are what was built');
is(join("\n", grep {
        ($t->run('gzip', '-dc', "$stage$_", {raw => 1}))[1]
        ne $t->read("$stage" . s/\.gz$//r) } grep { /\.gz$/ } keys %expected),
   '', 'compressed ones, too');
is($found->{substr "$prefix/bin", 1}[0], '40700',
   'a folder that was there is as it was');
is($found->{substr $prefix, 1}[0], '42755', 'and so is the one above');
is($t->read($linked), "mine\n", 'a link is replaced, not what it led to');

# Again, over it, when one that an older version had is gone from the tree.
my $old = "$share/templates/old.svg";
$t->write("$stage$old", '');
$t->write("$stage$share/installed", $t->read("$stage$share/installed") . "$old\n");
my $theirs = $t->write("$stage$share/templates/own.svg", '');
make_ok('again', 'install', "DESTDIR=$stage");
ok(!-e "$stage$old", 'a file of an older version is removed');
ok(-e $theirs, 'one that was not installed stays');
unlink $theirs;

make_ok('make uninstall', 'uninstall', "DESTDIR=$stage");
is(join("\n", sort keys %{below($stage)}),
   join("\n", map { s{^/}{}r } map { my @parts = split m{/}, "$prefix/bin/own";
        map { join '/', @parts[0 .. $_] } 1 .. $#parts } 1),
   'what was there before is what is left');
($status, $out, $err) = make('uninstall', "DESTDIR=$stage");
isnt($status, 0, 'uninstall, when nothing is installed');
like($err, qr/^install: nothing is installed: there is no "\Q$stage$share\E/m,
     'says so');


# --- A run that fails ----------------------------------------------------------

# Root may write anywhere, so a folder is in the place of the module.
my $partly = $t->path('partly');
my $module = "$partly$modules/ngx_http_cert_module.so";
my $listed = "$partly$share/installed";
$t->run('mkdir', '-p', $module);
($status, $out, $err) = make('install', "DESTDIR=$partly");
isnt($status, 0, 'a file that cannot be put: make install fails');
like($err, qr/\Q$module\E/, 'and says which');
ok(-e "$partly$prefix/bin/certctl", 'what was put before is there');
is(join("\n", grep { !/\.new$/ } files_below($partly)),
   join("\n", files_below($partly)), 'nothing is half written');
my %in_list = map { $_ => 1 }
    split /\n/, -e $listed ? $t->read($listed) : '';
is(join("\n", grep { !$in_list{"/$_"} } files_below($partly)), '',
   'and all that was put is listed');

rmdir $module or die "rmdir $module: $!\n";
make_ok('make uninstall', 'uninstall', "DESTDIR=$partly");
is(join("\n", files_below($partly), grep { -e } "$partly$prefix"), '',
   'removes it');
$t->run('rm', '-rf', $partly);

# A program that the script runs fails: nothing is taken for older.
make_ok('make install', 'install', "DESTDIR=$partly");
my $fake = $t->path('fake');
for my $tool (qw(find sort cut)) {
    $t->run('rm', '-rf', $fake);
    $t->write("fake/$tool", "#!/bin/sh\nexit 1\n");
    chmod 0755, "$fake/$tool";
    my $kept = join "\n", files_below($partly);
    isnt((make('install', "DESTDIR=$partly", {env => {
        PATH => "$fake:$ENV{PATH}"}}))[0], 0, "$tool fails: install fails");
    is(join("\n", files_below($partly)), $kept, '... and removes nothing');
}

# Orders do not depend on the language of the machine.
$t->run('rm', '-rf', $fake);
$t->write('fake/sort', "#!/bin/sh\n[ \"\$LC_ALL\" = C ] || exit 1\n"
    . "PATH=\${PATH#*:} exec sort \"\$@\"\n");
chmod 0755, "$fake/sort";
make_ok('all sort as C does', $_, "DESTDIR=$partly", {env => {
    PATH => "$fake:$ENV{PATH}"}}) for qw(install uninstall install);

# A newer version fails to replace one that had old.svg.
my $whole = $t->read($listed);
my %whole = map { $_ => 1 } split /\n/, $whole;
$t->write("$partly$old", '');
$t->write($listed, "$whole$old\n");
rename $module, "$module.away" or die "rename: $!\n";
mkdir $module or die "mkdir $module: $!\n";
isnt((make('install', "DESTDIR=$partly"))[0], 0, 'one that fails over it');
is($t->read($listed), join('', map { "$_\n" } sort keys %whole, $old),
   'keeps the list of both versions');

($status, $out, $err) = make('uninstall', "DESTDIR=$partly");
isnt($status, 0, 'a file that cannot be removed: make uninstall fails');
like($err, qr/\Q$module\E.*^install: not all could be removed/ms,
     'and says which');
is(join("\n", files_below($partly)),
   join("\n", sort map { s{^/}{}r } "$share/installed",
        "$modules/ngx_http_cert_module.so.away"),
   'all other files are removed, but for the list');
rmdir $module or die "rmdir $module: $!\n";
rename "$module.away", $module or die "rename: $!\n";
make_ok('make uninstall, once more', 'uninstall', "DESTDIR=$partly");
ok(!-e $partly || !%{below($partly)}, 'leaves nothing');


# --- In use --------------------------------------------------------------------

# Without DESTDIR, so that all is where it says.
my $dir = $t->dir;
my $home = $t->path('home');
my @places = ("PREFIX=$dir/prefix", "MODULES_DIR=$dir/nginx/modules",
              "CERT_HOME=$home");
$before = below("$build/obj");
make_ok('another PREFIX', 'install', @places);
my $after = below("$build/obj");
is(join(' ', grep { "@{$after->{$_}}" ne "@{$before->{$_} // []}" && /\.o$/ }
        sort keys %$after),
   'render/certrender_templates.o', 'builds again what knows it');
$before = below($build);
make_ok('the same again', 'install', @places);
is_deeply(below($build), $before, 'builds nothing');

# The harness gives --templates to a certctl elsewhere; not so below.
$ENV{CERTCTL} = "$dir/prefix/bin/certctl";
my $row = $t->certificate();
$t->import_rows($row);

sub annotate { return $t->run($ENV{CERTCTL}, '--home', $home, 'annotate',
                              $row->{number}, '--json') }

my $templates = "$dir/prefix/share/ngx_cert/templates";
my $face = $t->read("$templates/ministry.svg");
my $mark = 'MMXXVI';
$t->write("$templates/ministry.svg", $face =~ s{(</svg>\s*)$}{<text x="60"
    y="60" font-size="9" font-family="Noto Serif CJK SC">$mark</text>$1}r);
($status, $out, $err) = annotate();
is($status, 0, 'the installed certctl makes a copy') or diag("$out$err");
my ($pdf) = glob "$home/pdf/*/*/*.pdf";
SKIP: {
    skip 'no pdftotext', 1 if system('which pdftotext > /dev/null') != 0;
    like(($t->run('pdftotext', $pdf, '-'))[1], qr/$mark/,
         'by the installed templates');
}
rename $templates, "$templates.away" or die "rename: $!\n";
($status, $out, $err) = annotate();
is($status, 3, 'it knows no other templates');
like("$out$err", qr/no templates: neither in .*\Q$home\E.* nor in .*\Q$templates\E/,
     'and says where it looks');
rename "$templates.away", $templates or die "rename: $!\n";
($status, $out) = $t->run("$dir/prefix/sbin/certd", '--help');
is($status, 0, 'the installed certd runs');

# nginx, with the installed module, site and examples.
for my $name (map { s{.*/}{}r } glob "$top/conf-examples/*.conf") {
    my $conf = $t->read("$dir/prefix/share/doc/ngx_cert/examples/$name");
    like($conf, qr{^load_module \Q$dir\E/nginx/modules/}m, "$name: the module");
    next if $name eq 'public.conf';    # asks for a host and its certificate

    my $port = $t->port(0);
    $conf =~ s/\@PORT\@/$port/g;
    is(join(' ', $conf =~ /@[A-Z]+@/g), '', "$name: no other marker");
    $t->conf(raw => $conf);
    ($status, $out) = $t->nginx_test();
    is($status, 0, "$name: loads") or diag($out);
    is(join("\n", grep { !-d } $conf =~ /^\s+alias (.*);$/mg), '',
       "$name: its folders are there");
}

# Manual pages.
my @pages = map { s{.*/}{}r } glob "$top/man/*";
SKIP: {
    my ($status, $out) = $t->run('man', '--version');
    skip 'no man', scalar @pages if $status != 0 || $out !~ /^man \d/;
    for my $page (@pages) {
        my ($name, $section) = $page =~ /^(.*)\.(\d)$/;
        ($status, $out) = $t->run('man', '-M', "$dir/prefix/share/man", '-w',
                                  $section, $name);
        is($out, "$dir/prefix/share/man/man$section/$page\n", "man $name");
    }
}

# The unit.
my $unit = "$dir/prefix/lib/systemd/system/certd.service";
like($t->read($unit), qr{^ExecStart=\Q$dir\E/prefix/sbin/certd --home \Q$home\E }m,
     'the unit names the installed certd and the home');
unlike($t->read($unit), qr/@[A-Z]+@|Without "make install"/,
       'and nothing is left to replace');
SKIP: {
    skip 'no systemd-analyze', 1
        if !grep { -x "$_/systemd-analyze" } split /:/, $ENV{PATH};
    ($status, $out, $err) = $t->run('systemd-analyze', 'verify', '--man=no',
                                    $unit);
    is("$status $out$err", '0 ', 'systemd takes it');
}

# PREFIX is that of the last build, the rest is in the list.
make_ok('make uninstall, without PREFIX', 'uninstall');
is(join(' ', grep { -e } "$dir/prefix", "$dir/nginx"), '', 'leaves nothing');


# --- Flags and bad input -------------------------------------------------------

# configure has put CFLAGS among nginx's own, with those that harden it, in a
# makefile of which this is all that matters.
$t->write('build/nginx/objs/Makefile',
    "CFLAGS = own\nmodules:\n\t\@echo 'flags: \$(CFLAGS)'\n");
$t->run('cp', "$build/ngx_http_cert_module.so", "$build/nginx/objs");
like(make_ok('make CFLAGS=...', 'module', 'CFLAGS=-O3', @places),
     qr/^flags: own$/m, 'does not take the place of what nginx is built with');

# Where the compiler of the build is not that of the environment, nothing is
# built again: this one does not even exist.
my ($cc) = $t->read('build/given') =~ /^CC := (.*)$/m;
$t->write('build/given', $t->read('build/given') =~ s/^CC := .*$/CC := other/mr);
$t->write('build/sources', $t->read('build/sources') =~ s/^\Q$cc\E /other /r);
utime 0, 0, "$build/sources";
$before = below($build);
make_ok('the flags of the build', 'install', "DESTDIR=$stage");
is_deeply(below($build), $before, 'are those of the installation');
($status) = make('install', "DESTDIR=$stage", 'CC=/nonexistent/cc');
isnt($status, 0, 'the command line goes first');
$t->run('rm', '-rf', $stage);

for my $case (
    [PREFIX => 'usr', qr/PREFIX must be an absolute path, not "usr"/],
    [PREFIX => './usr', qr/PREFIX must be an absolute path/],
    [PREFIX => '', qr/PREFIX must be an absolute path, not ""/],
    [PREFIX => '/', qr/PREFIX may not be the root folder, "\/"/],
    [PREFIX => '/a b', qr/PREFIX may have only letters.*: "\/a b"/],
    [PREFIX => '/a"b', qr/PREFIX may have only letters/],
    [PREFIX => "/a'b", qr/PREFIX may have only letters/],
    [PREFIX => '/a|b', qr/PREFIX may have only letters/],
    [PREFIX => '/a%b', qr/PREFIX may have only letters/],
    [PREFIX => '/证书', qr/PREFIX may have only letters/],
    [PREFIX => '/a/../b', qr/PREFIX may not have ".."/],
    [PREFIX => '/a/..', qr/PREFIX may not have ".."/],
    [PREFIX => '/a//b', qr/PREFIX may not have ".." or "\/\/"/],
    [MODULES_DIR => 'modules', qr/MODULES_DIR must be an absolute path/],
    [CERT_HOME => 'cert', qr/CERT_HOME must be an absolute path/],
    [MODULES_DIR => '/', qr/MODULES_DIR may not be the root folder/],
    [CERT_HOME => '/', qr/CERT_HOME may not be the root folder/],
    [CERT_HOME => '/c ert', qr/CERT_HOME may have only letters/],
) {
    my ($name, $value, $reason) = @$case;
    ($status, $out, $err) = make('install', "$name=$value", "DESTDIR=$stage");
    isnt($status, 0, "$name=\"$value\": refused");
    like($err, qr/^install: $reason/m, 'and why');
}
isnt((make($_, 'PREFIX=usr', "DESTDIR=$stage"))[0], 0, "so it is by make $_")
    for qw(uninstall certctl);
my $given = $t->read('build/given');
for my $args (['module'], ['-j4', 'certctl'], ['-j4', 'install']) {
    isnt((make(@$args, 'PREFIX=usr', "DESTDIR=$stage"))[0], 0,
         "make @$args refuses it, too");
    is($t->read('build/given'), $given, '... and does not remember it');
}
($status, $out, $err) = make('certctl', 'PREFIX=/' . 'a' x 2000);
isnt($status, 0, 'nor is a PREFIX built that is too long');
like($err, qr/PREFIX is too long/, 'and why');
ok(!-e $stage, 'and nothing is made');

$t->done();

# scripts/layers: the tree passes, and each forbidden use is found.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();

my ($status, $out, $err) = $t->run($t->top . '/scripts/layers',
    {env => {BUILD => $t->build}});
is($out . $err, '', 'the tree is clean');
is($status, 0, 'status 0');

ok(-e $t->build . '/' . $_, "$_ is built")
    for qw(ngx_http_cert_module.so certctl certctl-pdf libcertcore.a libcertpdf.a
          libcertrender.a libcertjson.a obj/pdf/base/certpdf_bytes.o
          obj/core/base/cert.o nginx/objs/addon/http/ngx_http_cert_module.o);

# A mock tree with faults.
my $mock = $t->path('mock');
my $clean = "int  cert_x(void);\n";
my @faults = (
    ['core',    "#include <ngx_core.h>\n",       qr/knows no caller/],
    ['core',    "int  x = MDB_NOSYNC;\n",        qr/acknowledged/],
    ['nginx',   "#include \"lmdb.h\"\n",          qr/core only/],
    ['nginx',   "#include <grp.h>\n",            qr/the system's/],
    ['nginx',   "#include <sys/types.h>\n",      qr/the system's/],
    ['nginx',   "#include \"cert_seal_int.h\"\n", qr/core only/],
    ['nginx',   "p = malloc(1);\n",              qr/pools/],
    ['pdf',     "#include \"cert_store.h\"\n",   qr/record in/],
    ['pdf',     "#include \"cert_read.h\"\n",    qr/record in/],
    ['pdf',     "#include \"cert_seal_int.h\"\n", qr/record in/],
    ['json',    "#include \"cert_list.h\"\n",    qr/value in/],
    ['core',    "#include \"certrender.h\"\n",   qr/knows no caller/],
    ['pdf',     "#include \"certrender.h\"\n",   qr/record in/],
    ['certctl', "#include <lmdb.h>\n",           qr/headers only/],
    ['certctl', "#include \"certrender_int.h\"\n", qr/headers only/],
    ['certctl', "json_object_set_new(a, b, c);\n", qr/no part out/],
    ['certd',   "json_array_append(a, b);\n",    qr/no part out/],
    ['certd',   "#include \"certpdf_seal.h\"\n", qr/headers only/],
    ['render',  "#include <lmdb.h>\n",           qr/code in/],
    ['render',  "#include <ngx_core.h>\n",       qr/code in/],
    ['render',  "#include \"certctl.h\"\n",      qr/code in/],
    ['render',  "#include \"certd.h\"\n",        qr/code in/],
    ['render',  "#include \"cert_store_int.h\"\n", qr/code in/],
    ['render',  "#include \"certpdf_seal_int.h\"\n", qr/code in/],
    ['core',    "#include <jansson.h>\n",        qr/knows no caller/],
    ['core',    "#include \"certjson.h\"\n",     qr/knows no caller/],
    ['nginx',   "#include \"certjson.h\"\n",     qr/core only/],
    ['pdf',     "#include \"certjson.h\"\n",     qr/record in/],
    ['render',  "#include \"certjson.h\"\n",     qr/code in/],
    ['json',    "#include <lmdb.h>\n",           qr/value in/],
    ['json',    "#include \"cert_store.h\"\n",   qr/value in/],
    ['json',    "#include \"cert_bytes_int.h\"\n", qr/value in/],
    ['json',    "#include \"certrender.h\"\n",   qr/value in/],
    ['json',    "#include \"certd.h\"\n",        qr/value in/],
);

sub folder {
    my ($tree) = @_;
    return $tree =~ /^(?:core|nginx|pdf|certctl|certd)$/ ? "$tree/base" : $tree;
}

my @to_make;

# layers(TREE => TEXT, ...): what is said of a tree with these sources.
sub layers {
    my (%texts) = @_;
    make_objects() if @to_make;
    for my $tree (qw(core nginx pdf render json certctl certd)) {
        $t->write('mock/ngx_cert_module/' . folder($tree) . '/a.c',
                  $texts{$tree} // $clean);
    }
    return $t->run("$mock/scripts/layers", {env => {BUILD => "$mock/build"}});
}

$t->write('mock/scripts/layers', $t->read($t->top . '/scripts/layers'));
chmod 0755, "$mock/scripts/layers";

is((layers())[0], 0, 'a clean mock tree passes');

# All at once: a run looks at the whole tree.
my (%texts, %reasons, @reports);
for my $fault (@faults) {
    my ($tree, $text, $why) = @$fault;
    $texts{$tree} .= $text;
    my $line = $texts{$tree} =~ tr/\n//;
    push @reports, 'ngx_cert_module/' . folder($tree) . "/a.c:$line:$text";
    $reasons{"$tree: $why"} = $why;
}
($status, $out, $err) = layers(%texts);
is($status, 1, 'forbidden lines are refused');
is(join('', sort split /^/, $out), join('', sort @reports),
   'each is reported, and nothing else');
like($err, $reasons{$_}, "the reason: $_") for sort keys %reasons;
for my $tree (sort keys %texts) {
    ($status) = layers($tree => $texts{$tree} =~ s/\n.*/\n/sr);
    is($status, 1, "$tree: one of them is enough");
}

# Faults that only the object file shows.
my %objects = (
    'int  x = 1;'                        => qr/writable globals/,
    'static int  n; int f(void) { return n++; }' => qr/writable globals/,
    '#include <stdio.h>
     void f(void) { puts("x"); }'        => qr/prints nothing/,
    '#include <stdlib.h>
     void f(void) { exit(1); }'          => qr/never exits|the caller's/,
    '#include <time.h>
     long f(void) { return time(0); }'   => qr/time is (?:an argument|given)/,
    'int certctl_x(void); int f(void) { return certctl_x(); }'
                                         => qr/knows no caller|reads the st/,
);

# archives(CODE ...): an archive of each, made by one start of the compiler.
sub archives {
    my (@codes) = @_;
    my @names = map { "a$_" } 0 .. $#codes;
    $t->write("mock/made/$names[$_].c", "$codes[$_]\n") for 0 .. $#codes;
    my @made = $t->run('sh', '-c', 'cd "$0" && gcc -fPIC -c "$@" || exit
        for c; do ar rcs "${c%.c}.a" "${c%.c}.o" || exit; done',
        "$mock/made", map { "$_.c" } @names);
    is($made[0], 0, 'the archives are made') or diag($made[2]);
    return map { $t->read("mock/made/$_.a") } @names;
}

my $constant = 'static const char *const  t[] = { "a" };
                const char *f(int i) { return t[i]; }';
my $monotonic = '#include <time.h>
                 int f(struct timespec *ts)
                 { return clock_gettime(CLOCK_MONOTONIC, ts); }';
my %archive;
@archive{$constant, $monotonic, sort keys %objects}
    = archives($constant, $monotonic, sort keys %objects);

# What is said of a tree with this library alone.
sub library {
    my ($name, $code) = @_;
    my $made = $t->write("mock/build/$name", $archive{$code});
    my @said = layers();
    unlink $made;
    return @said;
}

for my $library (qw(libcertcore.a libcertrender.a)) {
    is((library($library, $constant))[0], 0,
       "$library: a constant table passes");

    for my $code (sort keys %objects) {
        ($status, $out, $err) = library($library, $code);
        is($status, 1, "$library: $code: refused");
        like($err, $objects{$code}, "$library: $code: the reason");
    }
}
is((library('libcertrender.a', $monotonic))[0], 0,
   'a renderer may read the monotonic clock');
($status, $out, $err) = library('libcertcore.a', 'int  x = 1;');
is($out, "a5.o: .data 4 bytes\n", 'what can be written to is told');

# Libraries of a program are seen in it, used or not.
$t->write('mock/made/main.c', "int main(void) { return 0; }\n");
$t->run('gcc', '-c', '-o', "$mock/made/main.o", "$mock/made/main.c");
my $program = "$mock/build/certctl";
for my $linked (['-lrsvg-2', 1], ['-lpng16', 1], ['-lcrypto', 0]) {
    my ($library, $wanted) = @$linked;
    my @made = $t->run('gcc', '-Wl,--no-as-needed', '-o', $program,
        "$mock/made/main.o", $library);
    is($made[0], 0, "$library: the program is made") or diag($made[2]);
    ($status, $out, $err) = layers();
    is($status, $wanted, "certctl linked with $library: status $wanted");
    like($err, $wanted ? qr/linked with lib\S+: each start/ : qr/^$/,
         "$library: the reason");
}
my $certctl = $t->read($program);
unlink $program;

# The folders of a tree: every pair of them, in the order in which they build on
# each other.  Folders in one element do not use each other.
my %rooms = (
    core => [qw(base keys trade files store change), 'check fsck'],
    certctl => ['base', 'table', 'import undo copies rewrite doctor', 'commands'],
    certd => [qw(base store jobs http api master)],
    nginx => [qw(base worker http)],
    pdf => [qw(base photo draw seal verify)],
);

# Where the object of a source is built.
sub object {
    my ($tree, $folder, $name) = @_;
    return 'mock/build/' . ($tree eq 'nginx' ? 'nginx/objs/addon' : "obj/$tree")
        . ($folder ? "/$folder" : '') . "/$name.o";
}

# An object that defines some symbols and uses others; layers() makes it.
sub assemble {
    my ($object, $defined, @used) = @_;
    push @to_make, $t->write($object, '');
    $t->write("$object.s", join '', map({ ".globl $_\n$_:\n" } @$defined),
                                    map({ ".dc.a $_\n" } @used));
    return $t->path($object);
}

# A start of a process through the shell costs least.
sub make_objects {
    my @made = $t->run('sh', '-c',
        'for o; do as -o "$o" "$o.s" || exit; done',
        'sh', splice @to_make);
    is($made[0], 0, 'the objects are made') or diag($made[2]);
}

# source(TREE, FOLDER, NAME, USED): a source and its object, which include and
# call what the folders "used" have.
sub source {
    my ($tree, $folder, $name, @used) = @_;
    my $c = $t->write("mock/ngx_cert_module/$tree/$folder/$name.c",
        join('', map { "#include \"$_.h\"\n" } @used)
        . "int $name(void) { return 0"
        . join('', map { " + cert_$_()" } @used) . "; }\n");
    return ($c, assemble(object($tree, $folder, $name), [$name],
                         map { "cert_$_" } @used));
}

for my $tree (sort keys %rooms) {
    my @ranks = map { [split] } @{$rooms{$tree}};
    for my $room (map { @$_ } @ranks) {
        $t->write("mock/ngx_cert_module/$tree/$room/$room.h",
            "int  cert_$room(void);\n");
        $t->write("mock/ngx_cert_module/$tree/$room/$room.c",
            "int cert_$room(void) { return 0; }\n");
        assemble(object($tree, $room, $room), ["cert_$room"]);
    }
    is((layers())[0], 0, "$tree: folders that use nothing pass");

    my (@made, @refused);
    for my $i (0 .. $#ranks) {
        my @before = map { @$_ } @ranks[0 .. $i - 1];
        push @made, map { source($tree, $_, "x_$_", @before, $_) }
            @{$ranks[$i]};
    }
    is((layers())[0], 0, "$tree: each may use itself and what is before it");
    unlink @made;

    @made = ();
    for my $i (0 .. $#ranks) {
        for my $room (@{$ranks[$i]}) {
            my @others = grep { $_ ne $room } map { @$_ } @ranks[$i .. $#ranks];
            push @made, source($tree, $room, "x_$room", @others) if @others;
            my $line = 0;
            for my $other (@others) {
                $line++;
                push @refused,
                    "$tree/$room/x_$room.c:$line uses $other.h of $tree/$other",
                    "$tree/$room/x_$room.o uses cert_$other of $tree/$other";
            }
        }
    }
    ($status, $out, $err) = layers();
    unlink @made;
    is($status, 1, "$tree: any other use is refused");
    is(join("\n", sort split /\n/, $out), join("\n", sort @refused),
       "$tree: each include and each call is reported, and nothing else");

    for my $place ('attic/', '') {
        my $file = $t->write("mock/ngx_cert_module/$tree/${place}z.h", $clean);
        ($status, $out, $err) = layers();
        unlink $file;
        is($status, 1, "$tree/${place}z.h is in no room: refused");
        like($out, qr{z\.h is in no room}, 'with the reason');
    }
}

# Files that call each other, in one room or in a tree without rooms.
sub calls {
    my (%calls) = @_;
    my @made;
    for my $file (keys %calls) {
        my $name = $file =~ s{.*/}{}r;
        push @made, $t->write("mock/ngx_cert_module/$file.c", ''),
            assemble(object($file =~ m{^([^/]+)/(?:(.*)/)?(.*)}), ["cert_$name"],
                     map { "cert_$_" } @{$calls{$file}});
    }
    my @said = layers();
    unlink @made;
    return @said;
}

for my $room ('core/store', 'render') {
    is((calls("$room/x" => ['y', 'z'], "$room/y" => ['z'], "$room/z" => []))[0],
       0, "$room: files that call those below them pass");
    ($status, $out, $err) = calls("$room/x" => ['y'], "$room/y" => ['z'],
                                  "$room/z" => ['x']);
    is($status, 1, "$room: a circle: refused");
    is(join(' ', sort split /\n/, $out), join(' ', map { "$room/$_.c" } qw(x y z)),
       '... and its files are told');
    like($err, qr/in a circle: what they share/, '... with what to do');
}

# Two circles, and a file between them.
($status, $out) = calls('render/a' => ['b'], 'render/b' => ['a', 'm'],
    'render/m' => ['y'], 'render/y' => ['z'], 'render/z' => ['y']);
is($status, 1, 'two circles: refused');
is($out, join('', map { "render/$_.c\n" } qw(a b y z)),
   '... and what only lies between them is not told');

# The glue, which nginx's makefile builds elsewhere.
($status, $out, $err) = calls('nginx/http/x' => ['y'], 'nginx/http/y' => ['x']);
is($status, 1, 'nginx: a circle: refused');
is($out, "nginx/http/x.c\nnginx/http/y.c\n", '... and its files are told');

# Each of its files finds its configuration by the symbol of the module.
my $symbol = 'ngx_http_cert_module';
my @glue = (map({ $t->write("mock/ngx_cert_module/nginx/$_/z.c", '') }
                qw(base http)),
    assemble(object('nginx', 'base', 'z'), ['x'], $symbol),
    assemble(object('nginx', 'http', 'z'), [$symbol], 'x'));
is((layers())[0], 0, 'nginx: all may use the symbol of the module');
unlink @glue;

# What cannot be seen is not clean: each alone in a clean build.
unlink glob "$mock/build/obj/*/*/*.o $mock/build/nginx/objs/addon/*/*.o";
my $object = 'build/obj/core/base/a.o';
assemble("mock/$object", ['f']);
make_objects();
my %built = ($object => $t->read("mock/$object"), 'build/certctl' => $certctl,
    'build/libcertcore.a' => $archive{$constant});
unlink "$mock/$object";

# A readelf that fails, loudly or not, at once or at the end.
my ($readelf) = grep { -x } map { "$_/readelf" } split /:/, $ENV{PATH};
my %fakes = (
    'ends at once'       => 'exit 127',
    'says nothing'       => 'exit 0',
    'fails at the end'   => "'$readelf' \"\$@\"; exit 1",
    'ends with a signal' => "'$readelf' \"\$@\"; kill -9 \$\$",
);
$t->write("$_/readelf", "#!/bin/sh\n$fakes{$_}\n"), chmod 0755,
    $t->path("$_/readelf") for keys %fakes;

sub is_blind {
    my ($name, %env) = @_;
    ($status, $out, $err) = $t->run("$mock/scripts/layers",
        {env => {BUILD => "$mock/build", %env}});
    isnt($status, 0, "$name: does not pass");
    like($err, qr/^layers: .*: not all was seen$/m, '... and is told');
}

for my $name (sort keys %built) {
    my $made = $t->write("mock/$name", $built{$name});
    is((layers())[0], 0, "$name: a clean mock build passes");
    is_blind("$name: readelf $_", PATH => $t->path($_) . ":$ENV{PATH}")
        for $name eq $object ? sort keys %fakes : 'ends at once';

    my $half = substr $built{$name}, 0, length($built{$name}) / 2;
    for my $bytes ($name eq $object ? ('', "\x7fELF") : (), $half) {
        $t->write("mock/$name", $bytes);
        is_blind("$name: of " . length($bytes) . ' bytes');
    }
    unlink $made;
}

mkdir $t->path('only');
symlink $^X, $t->path('only/perl');
$t->write("mock/$object", $built{$object});
is_blind('no readelf', PATH => $t->path('only'));

my $source = "$mock/ngx_cert_module/json/b.h";
for my $place ('nowhere', '/proc/self/mem') {
    symlink $place, $source;
    is_blind("a source that is $place");
    unlink $source;
}
rename "$mock/ngx_cert_module/json", "$mock/json";
is_blind('a tree without its folder');

$t->done();

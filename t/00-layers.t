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
    ['core',    "#include \"certrender.h\"\n",   qr/knows no caller/],
    ['pdf',     "#include \"certrender.h\"\n",   qr/record in/],
    ['certctl', "#include <lmdb.h>\n",           qr/core only/],
    ['certctl', "#include \"certrender_int.h\"\n", qr/core only/],
    ['certctl', "json_object_set_new(a, b, c);\n", qr/no part out/],
    ['certd',   "json_array_append(a, b);\n",    qr/no part out/],
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

# layers(TREE => TEXT, ...): what is said of a tree with these sources.
sub layers {
    my (%texts) = @_;
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

sub objects {
    my ($code, $library) = @_;
    my $c = $t->write('mock/x.c', "$code\n");
    $t->run('mkdir', '-p', "$mock/build");
    unlink glob "$mock/build/*.a";
    my @made = $t->run('gcc', '-fPIC', '-c', '-o', "$mock/x.o", $c);
    is($made[0], 0, 'the object is made') or diag($made[2]);
    $t->run('ar', 'rcs', "$mock/build/$library", "$mock/x.o");
    return layers();
}

for my $library (qw(libcertcore.a libcertrender.a)) {
    is((objects('static const char *const  t[] = { "a" };
                 const char *f(int i) { return t[i]; }', $library))[0], 0,
       "$library: a constant table passes");

    for my $code (sort keys %objects) {
        ($status, $out, $err) = objects($code, $library);
        is($status, 1, "$library: $code: refused");
        like($err, $objects{$code}, "$library: $code: the reason");
    }
}

# Libraries of a program are seen in it, used or not.
for my $linked (['-lcrypto', 0], ['-lpng16', 1], ['-lrsvg-2', 1]) {
    my ($library, $wanted) = @$linked;
    unlink glob "$mock/build/*";
    my $c = $t->write('mock/x.c', "int main(void) { return 0; }\n");
    my @made = $t->run('gcc', '-Wl,--no-as-needed', '-o',
        "$mock/build/certctl", $c, $library);
    is($made[0], 0, "$library: the program is made") or diag($made[2]);
    ($status, $out, $err) = layers();
    is($status, $wanted, "certctl linked with $library: status $wanted");
    like($err, $wanted ? qr/linked with lib\S+: each start/ : qr/^$/,
         "$library: the reason");
}
unlink "$mock/build/certctl";

# The folders of a tree: every pair of them, in the order in which they build on
# each other.  Folders in one element do not use each other.
my %rooms = (
    core => [qw(base keys trade files store change), 'check fsck'],
    certctl => ['base', 'table', 'import undo copies rewrite', 'commands'],
    certd => [qw(base store jobs http api master)],
    nginx => [qw(base worker http)],
    pdf => [qw(base photo draw seal verify)],
);

# Where the object of a source is built.
sub object {
    my ($tree, $folder, $name) = @_;
    return 'mock/build/' . ($tree eq 'nginx' ? 'nginx/objs/addon' : "obj/$tree")
        . "/$folder/$name.o";
}

# source(TREE, FOLDER, NAME, USED): a source and its object, which include and
# call what the folders "used" have.
sub source {
    my ($tree, $folder, $name, @used) = @_;
    my $c = $t->write("mock/ngx_cert_module/$tree/$folder/$name.c",
        join('', map { "#include \"$_.h\"\n" } @used)
        . "int $name(void) { return 0"
        . join('', map { " + cert_$_()" } @used) . "; }\n");
    my $object = $t->write(object($tree, $folder, $name), '');
    my @made = $t->run('gcc', '-fPIC', '-c', '-o', $object,
        map({ ('-I', "$mock/ngx_cert_module/$tree/$_") }
            map { split } @{$rooms{$tree}}), $c);
    diag($made[2]) if $made[0] != 0;
    return ($c, $object);
}

unlink glob "$mock/build/*.a";

for my $tree (sort keys %rooms) {
    my @ranks = map { [split] } @{$rooms{$tree}};
    for my $room (map { @$_ } @ranks) {
        $t->write("mock/ngx_cert_module/$tree/$room/$room.h",
            "int  cert_$room(void);\n");
        my $c = $t->write("mock/ngx_cert_module/$tree/$room/$room.c",
            "int cert_$room(void) { return 0; }\n");
        my $object = $t->write(object($tree, $room, $room), '');
        $t->run('gcc', '-fPIC', '-c', '-o', $object, $c);
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
            for my $other (@others) {
                my $name = "${room}_$other";
                push @made, source($tree, $room, $name, $other);
                push @refused,
                    "$tree/$room/$name.c:1 uses $other.h of $tree/$other",
                    "$tree/$room/$name.o uses cert_$other of $tree/$other";
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
    for my $file (keys %calls) {
        my $c = $t->write("mock/ngx_cert_module/$file.c",
            join '', map({ "int cert_$_(void);\n" } @{$calls{$file}}),
            "int cert_" . ($file =~ s{.*/}{}r) . '(void) { return 0',
            map({ " + cert_$_()" } @{$calls{$file}}), "; }\n");
        my $object = $t->write("mock/build/obj/$file.o", '');
        $t->run('gcc', '-fPIC', '-c', '-o', $object, $c);
    }
    my @said = layers();
    unlink map { $t->path("mock/ngx_cert_module/$_.c"),
                 $t->path("mock/build/obj/$_.o") } keys %calls;
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

# The glue, which nginx's makefile builds elsewhere.
my @glue;
for my $name (qw(x y)) {
    my $other = $name eq 'x' ? 'y' : 'x';
    my $c = $t->write("mock/ngx_cert_module/nginx/http/$name.c",
        "int cert_$other(void);\nint cert_$name(void)"
        . " { return cert_$other(); }\n");
    my $object = $t->write(object('nginx', 'http', $name), '');
    $t->run('gcc', '-fPIC', '-c', '-o', $object, $c);
    push @glue, $c, $object;
}
($status, $out, $err) = layers();
is($status, 1, 'nginx: a circle: refused');
is($out, "nginx/http/x.c\nnginx/http/y.c\n", '... and its files are told');
unlink @glue;

# Each of its files finds its configuration by the symbol of the module.
@glue = ();
for my $place (['base', 'extern int ngx_http_cert_module;
                         int *x(void) { return &ngx_http_cert_module; }'],
               ['http', 'int  ngx_http_cert_module = 1;']) {
    my ($room, $code) = @$place;
    my $c = $t->write("mock/ngx_cert_module/nginx/$room/z.c", "$code\n");
    my $object = $t->write(object('nginx', $room, 'z'), '');
    $t->run('gcc', '-fPIC', '-c', '-o', $object, $c);
    push @glue, $c, $object;
}
is((layers())[0], 0, 'nginx: all may use the symbol of the module');
unlink @glue;

is((objects('#include <time.h>
             int f(struct timespec *ts)
             { return clock_gettime(CLOCK_MONOTONIC, ts); }',
    'libcertrender.a'))[0], 0, 'a renderer may read the monotonic clock');

# A program that fails, loudly or not: nothing was seen, so nothing is clean.
objects('int  f(void) { return 0; }', 'libcertcore.a');
$t->write('mock/build/obj/core/base/a.o', $t->read('mock/x.o'));
is((layers())[0], 0, 'a clean mock build passes');
for my $tool (qw(nm size find tsort awk sed sort grep)) {
    my $fake = $t->path("fake/$tool");
    $t->write("fake/$tool/$tool", "#!/bin/sh\nexit 127\n");
    chmod 0755, "$fake/$tool";
    ($status, $out, $err) = $t->run("$mock/scripts/layers",
        {env => {BUILD => "$mock/build", PATH => "$fake:$ENV{PATH}"}});
    isnt($status, 0, "$tool fails: so does the gate");
    like($err, qr/^layers: /m, '... and says so');
}

$t->done();

# scripts/build-nginx builds again what has changed, and nothing else; what the
# scripts share does not go on after a failure.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
my $mock = $t->path('mock');

# A source of nginx that makes what the script looks for at once, in a tree with
# one file of each folder.
$t->write('nginx-1/configure', <<'END');
#!/bin/sh
printf 'all:\n\tmkdir -p objs\n\ttouch %s %s\n\tchmod +x objs/nginx\n' \
    objs/nginx objs/ngx_http_cert_module.so > Makefile
for module; do module=${module#*=}; done
[ "$LC_ALL" = C ] && word=warning || word=Warnung
! grep -q unused "$module/config" || echo "$module/config:1: $word: unused"
END
chmod 0755, $t->path('nginx-1/configure');
$t->write("mock/$_", "\n")
    for qw(config ngx_cert_module/core/base/a.c ngx_cert_module/nginx/http/a.c);
for my $script (qw(scripts/build-nginx scripts/lib.sh)) {
    $t->write("mock/$script", $t->read($t->top . "/$script"));
    chmod 0755, "$mock/$script";
}
$t->run('mkdir', '-p', "$mock/build/source/mock");
is(($t->run('tar', '-C', $t->dir, '-czf',
            "$mock/build/source/mock/nginx_1.orig.tar.gz", 'nginx-1'))[0], 0,
   'a source');

# What it says when it is called by this name from this folder.
sub said {
    my ($name, $from) = @_;
    my ($status, $out, $err) = $t->run('sh', '-c', 'cd "$1" && "$2" mock', 'sh',
        $from // $mock, $name);
    is($status, 0, "$name: status 0") or diag($out, $err);
    my $made = "$mock/build/nginx-mock";
    is($out, "NGX_BIN=$made/nginx\nMODULE=$made/ngx_http_cert_module.so\n",
       '... and says what it has built');
    return $err;
}

my $built = "building $mock/build/nginx-mock\n";
is(said('scripts/build-nginx'), $built, 'built');
is(said($_), '', 'and not again') for 'scripts/build-nginx',
    './scripts/build-nginx', "$mock/scripts/build-nginx";
is(said('../scripts/build-nginx', "$mock/build"), '',
   'nor from another folder');

for my $file (qw(config ngx_cert_module/core/base/a.c ngx_cert_module/nginx/http/a.c
                 scripts/build-nginx)) {
    $t->write("mock/$file", $t->read("mock/$file") . "\n");
    is(said('scripts/build-nginx'), $built, "built again: $file has changed");
    is(said('scripts/build-nginx'), '', '... once');
}

# What a build that was cut short has left.
unlink "$mock/build/nginx-mock/stamp";
is(said('scripts/build-nginx'), $built, 'built again: there is no stamp');

# A warning, whatever the language is in which compilers warn.
my $config = $t->read("mock/config");
$t->write("mock/config", "unused\n");
my ($status, $out, $err) = $t->run('env', '-u', 'LC_ALL',
    "$mock/scripts/build-nginx", 'mock');
is($status, 1, 'a warning of the module: refused');
like($err, qr/: warning: unused\n.*the compiler warns of the module$/m,
     '... and told');
$t->write("mock/config", $config);
is(said('scripts/build-nginx'), $built, 'built again without it');

# A file that cannot be read counts as nothing that is known.
$t->write('fake/sha256sum', "#!/bin/sh\nexit 1\n");
chmod 0755, $t->path('fake/sha256sum');
($status, $out) = $t->run("$mock/scripts/build-nginx", 'mock',
    {env => {PATH => $t->path('fake') . ":$ENV{PATH}"}});
isnt($status, 0, 'it fails when no digest can be made');
is($out, '', '... and names no build');

# Libraries of which a newer release deprecates what is called, and one that has
# another type.
for my $case (
    ['XML_Parser XML_ParserCreate(const XML_Char *) '
     . '__attribute__((deprecated))', 0, qr/warning: .*XML_ParserCreate/],
    ['extern int XML_ParserFree', 2, qr/error: .*XML_ParserFree/],
) {
    my ($declared, $wanted, $said) = @$case;
    my $header = $t->write('newer.h', "#include <expat.h>\n$declared;\n");
    ($status, $out, $err) = $t->run('env', '-u', 'MAKEFLAGS', '-u', 'CC',
        'make', '-C', $t->top, 'BUILD=' . $t->path('newer'),
        "CFLAGS=-O0 -include $header",
        $t->path('newer/obj/certctl/table/certctl_xml.o'));
    is($status, $wanted, "$declared: make ends with $wanted");
    like($err, $said, '... and the compiler says why');
}

# The shared functions, each where something that it calls fails: alone, and as
# a condition, in which the shell itself does not end.
for my $case (
    ['no mirror is known', 'apt_private "$folder/apt" deb mock',
     'mirror_find() { die "no mirror"; }
      apt-get() { touch "$folder/ran"; }', qr/no mirror$/],
    ['a package is damaged', 'packages_unpack mock "$folder/unpacked" a=1',
     'apt_private() {
          apt_options=()
          mkdir -p "$1/cache/archives"
          touch "$1/cache/archives/a.deb"
      }
      apt-get() { :; }
      dpkg-deb() { tar -c -C "$top/scripts" .; return 1; }',
     qr/cannot unpack .*a\.deb$/],
) {
    my ($name, $call, $failing, $reason) = @$case;
    for my $call ("$call; touch \$folder/ran",
                  "if $call; then touch \$folder/ran; else exit 1; fi")
    {
        ($status, $out, $err) = $t->run('bash', '-c', '. "$1/scripts/lib.sh"
            folder=$2' . "\n$failing\n$call", 'bash', $t->top, $t->dir);
        is($status, 1, "$name: it ends") or diag($out, $err);
        like($err, $reason, '... and says why');
        ok(!-e $t->path('ran'), '... and goes no further');
        unlink $t->path('ran');
    }
}

$t->done();

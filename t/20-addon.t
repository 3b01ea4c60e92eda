# The addon script says in one sentence what is missing.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
my $source = $ENV{NGINX_DEV} // '/usr/share/nginx/src';
my $top = $t->top;

# A compiler that does not find one library.
sub without {
    my ($library) = @_;
    my $cc = $t->write("cc/$library", <<"END");
#!/bin/sh
case "\$*" in *-l$library*) exit 1 ;; esac
exec cc "\$@"
END
    chmod 0755, $cc;
    return "--with-cc=$cc";
}

my @cases = (
    (map { [$_->[1], without($_->[0]),
            qr/needs .*: install \Q$_->[1]\E \(Debian's name\)$/] }
     ['lmdb', 'liblmdb-dev'], ['crypto', 'libssl-dev'],
     ['pcre2-8', 'libpcre2-dev'], ['utf8proc', 'libutf8proc-dev']),
    ['no HTTP', '--without-http', qr/needs the HTTP server/],
    ['an OpenSSL of its own', '--with-openssl=/nowhere',
     qr/needs --add-module instead of --add-dynamic-module/],
);

SKIP: {
    skip 'no source of nginx', 2 * @cases if !-x "$source/configure";

    my ($copied) = $t->run('cp', '-rs', $source, $t->path('nginx'));
    is($copied, 0, 'a tree to configure');

    for my $case (@cases) {
        my ($name, $option, $reason) = @$case;
        my ($status, $out, $err) = $t->run('sh', '-c', 'cd "$1" && shift &&'
            . ' exec ./configure --without-pcre --without-http_rewrite_module'
            . ' --without-http_gzip_module "$@"', 'sh', $t->path('nginx'),
            $option, "--add-dynamic-module=$top");
        isnt($status, 0, "$name: refused");
        my @lines = grep { /\S/ } split /\n/, $err;
        is(scalar @lines, 1, "$name: one sentence") or diag($out, $err);
        like($lines[0] // '', qr/error: ngx_cert $reason/, "$name: what");
    }
}

$t->done();

# The module builds with the source of other versions of nginx, dynamic and
# static, and passes the HTTP tests there; once with AddressSanitizer and with
# an allocation of its own for every piece of pool memory.

use lib 't/lib';
use NgxCert;
use NgxCertProve;

my $t = NgxCert->new();

my @http = map { glob $t->top . "/t/$_-*.t" } 30, 40;
ok(@http > 0, 'there are HTTP tests');

# Those of the store's faults do not depend on the version of nginx, and
# t/20-addon.t builds one of its own.
my @version = grep { !m{/40-} || m{/40-(?:reload|kill|alarms)} } @http;
my @conf = grep { !m{/20-(?:build|addon)} } glob $t->top . '/t/20-*.t';

# By the version: what is built, and the tests.  That of Debian 12 is built with
# every check that helps to find faults; the one before it is the oldest that the
# module takes, and knows another PCRE.  The newest is that of the release of
# Debian that is being made: scripts/matrix next.
my @versions = (
    ['nginx 1.18, dynamic', [@version], 'bullseye'],
    ['nginx 1.18, static', [@version], '--static', 'bullseye'],
    ['nginx 1.26, dynamic', [@version], '--http3', 'trixie'],
    ['nginx 1.22, static, sanitized', [@conf, @http],
     '--static', '--sanitize', 'bookworm'],
);

# Others, which are in no release of Debian: "NAME=DIR ..." in NGX_SOURCES.
for (split ' ', $ENV{NGX_SOURCES} // '') {
    my ($name, $source) = /^([\w.]+)=(.+)$/ or die "NGX_SOURCES: $_\n";
    push @versions, map {
        ["$name, " . ($_ ? 'static' : 'dynamic'), [@version], '--http3',
         $_ ? '--static' : (), '--source', $source, $name]
    } 0, 1;
}

for (@versions) {
    my ($name, $tests, @args) = @$_;
    SKIP: {
        # apt of Debian 13 has no error where only others name a package.
        skip "$name: Debian has no PCRE for it any more", 1
            if $name =~ /1\.18/ && ($t->run('apt-cache', 'show', '-q=2',
                                            'libpcre3-dev'))[1] !~ /^Version:/m;
        built($name, $tests, @args);
    }
}


sub built {
    my ($name, $tests, @args) = @_;

    my ($status, $out, $err) = $t->run($t->top . '/scripts/build-nginx',
        @args, {timeout => 3600});
    is($status, 0, "$name: built") or return diag($out, $err);

    my %env = $out =~ /^(NGX_BIN|MODULE|CURL_HTTP3)=(.*)$/mg;
    my $stamp = $t->read($env{NGX_BIN} =~ s{[^/]*$}{stamp}r);
    my @unknown = grep { $stamp !~ m{ \Q$_\E$}m }
        map { m{(ngx_cert_module/.*)} }
        glob $t->top . '/ngx_cert_module/{core,nginx}/*/*.[ch]';
    is("@unknown", '', "$name: built again when any source has changed");
    NgxCertProve::prove($t, $name, \%env, @$tests);
}

$t->done();

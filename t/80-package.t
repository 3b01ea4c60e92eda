# The Debian packages, as far as they can be tested without building them:
# debian/ takes what scripts/install installs, each file once, and wrong
# arguments are refused.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
my $top = $t->top;

plan(skip_all => 'no module is built')
    if !-e $t->build . '/ngx_http_cert_module.so';

sub lines { return grep { !/^\s*(?:#|$)/ } split /\n/, $t->read("$top/$_[0]") }


# --- debian/ -------------------------------------------------------------------

my $stage = $t->path('stage');
my %place = (BUILD => $t->build, DESTDIR => $stage, PREFIX => '/usr',
    MODULES_DIR => '/usr/lib/nginx/modules', CERT_HOME => '/var/lib/ngx_cert');
my ($status, $out, $err) = $t->run("$top/scripts/install", {env => \%place});
is($status, 0, 'installed in a stage') or diag($err);
my @files = map { s{^/}{}r } grep { !m{/$} }
    split /\n/, $t->read("$stage/usr/share/ngx_cert/installed");
cmp_ok(scalar @files, '>', 60, 'files');

my @packages = $t->read("$top/debian/control") =~ /^Package: (\S+)$/mg;
is("@packages", 'libnginx-mod-http-cert ngx-cert ngx-cert-site ngx-cert-doc',
   'the packages');
my %taken;
for my $list ((map { "$_.install" } @packages), 'not-installed') {
    for my $line (lines("debian/$list")) {
        my @words = split ' ', $line;
        my $to = @words > 1 && $list ne 'not-installed' ? pop @words : '';
        for my $from (@words) {
            my @found = grep { m{^\Q$from\E(?:/|$)} } @files;
            push @{$taken{$_}}, $list for @found;
            ok(@found || -e "$top/$from", "$list: there is a \"$from\"");
        }
    }
}
is(join("\n", grep { @{$taken{$_} // []} != 1 } @files), '',
   'each file is in one package, or left out on purpose');
is(join(' ', sort grep { "@{$taken{$_}}" eq 'not-installed' } @files),
   'usr/lib/systemd/system/certd.service usr/share/ngx_cert/installed',
   'left out: the unit, which debhelper puts, and the list');
like($t->read("$top/debian/rules"),
     qr{debian/tmp/usr/lib/systemd/system/certd\.service}, 'the unit is put');

my ($version) = $t->read("$top/debian/changelog") =~ /\A\S+ \((\S+)\) /;
for my $file (qw(certctl/base/certctl.h certd/base/certd_options.h)) {
    like($t->read("$top/ngx_cert_module/$file"),
         qr/^#define CERT(?:CTL|D)_VERSION +"\Q$version\E"$/m,
         "$file: version $version");
}
like($t->read("$top/CHANGES"), qr/^Changes with ngx_cert \Q$version\E\b/m,
     'CHANGES: the same');

# What the packages are built with is what scripts/lib.sh installs for it.
my ($build) = $t->read("$top/debian/control")
    =~ /^Build-Depends: ((?:.*\n )*.*)/m;
my %needed = map { $_ => 1 } grep { /-dev$/ } $build =~ /([a-z][\w.+-]+)/g;
my ($known) = $t->read("$top/scripts/lib.sh")
    =~ /^packages_build=\((.*?)^\)/ms;
my %known = map { $_ => 1 } grep { /-dev$/ } split ' ', $known;
delete @known{qw(nginx-dev libc6-dev)};    # dh-sequence-nginx, and always
is(join(' ', sort keys %needed), join(' ', sort keys %known),
   'debian/control needs what scripts/lib.sh does');
my ($fonts) = $known =~ /(fonts-.*)/s;
like($t->read("$top/debian/control"), qr/^ +\Q$_\E,$/m, "... and $_")
    for grep { /^fonts-/ } split ' ', $fonts;

# The accounts are those of scripts/users.
is(join(' ', sort map { (split)[1] } grep { /^u / }
        lines('debian/ngx-cert.sysusers')),
   join(' ', sort $t->read("$top/scripts/users") =~ /^user_make (\S+)/mg),
   'the accounts');


# --- scripts/package -----------------------------------------------------------

for my $case (
    ['no release', qr/which releases\? 12, 13, next/],
    ['an unknown release', qr/unknown release "11": 12, 13 or next/, '11'],
    ['one among others', qr/unknown release "sid"/, '12', 'sid'],
    ['an unknown option', qr/unknown option --all/, '--all', '12'],
    ['an option without a value', qr/--base needs a value/, '--base'],
    ['a clone somewhere', qr/absolute path, not "x"/, '--clone', 'x', '12'],
    ['a folder somewhere', qr/absolute path, not "x"/, '--here', 'x'],
    ['this machine and another', qr/--here builds for this machine/, '--here',
     '/x', '12'],
    ['nothing to do', qr/--built builds none: it takes --test/, '--built', '12'],
    ['a test on this machine', qr/--here does not test/, '--here', '/x',
     '--test'],
) {
    my ($name, $said, @args) = @$case;
    my ($status, $out, $err) = $t->run("$top/scripts/package", '--base',
                                       $t->path('base'), @args);
    is($status, 1, "$name: status");
    like($err, $said, "$name: reason");
    ok(!-e $t->path('base'), "$name: nothing is made");
}
is(($t->run("$top/scripts/package", '--help'))[0], 0, '--help');

$t->done();

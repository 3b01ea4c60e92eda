# ngx-cert-setup puts a site below a folder of its own, which nginx takes: a
# demonstration, own pages, a registry.  What it refuses it refuses at once.

use lib 't/lib';
use NgxCert;

use File::Path qw(make_path);
use JSON::PP ();

my $t = NgxCert->new();
my $top = $t->top;

plan(skip_all => 'no module is built')
    if !-e $t->build . '/ngx_http_cert_module.so';

my $stage = $t->path('stage');
my %place = (BUILD => $t->build, DESTDIR => $stage, PREFIX => '/usr',
    MODULES_DIR => '/usr/lib/nginx/modules', CERT_HOME => '/var/lib/ngx_cert');
my ($status, $out, $err) = $t->run("$top/scripts/install", {env => \%place});
is($status, 0, 'installed in a stage') or diag($err);


# --- Refusals ------------------------------------------------------------------

my $setup = "$stage/usr/sbin/ngx-cert-setup";
my $conf = "$stage/etc/nginx/nginx.conf";
my $account = getpwuid $>;

sub setup { return $t->run($setup, '--root', $stage, @_, {timeout => 600}) }

my $tls = '/etc/tls';
for my $file (qw(fullchain.pem privkey.pem)) {
    $t->write("$stage$tls/$file", '');
}
my @host = ('--tls', $tls, 'cert.example');
my @cases = (
    ['no host', qr/which HOST\? or --demonstration/],
    ['two hosts', qr/one HOST, not "a.example" and "b.example"/, 'a.example',
     'b.example'],
    ['not a host', qr/not the name of a host: "a\/b"/, 'a/b'],
    ['a host with a blank', qr/not the name of a host/, 'a b'],
    ['an unknown option', qr/unknown option --all/, '--all'],
    ['an option without a value', qr/--tls needs a value/, '--tls'],
    ['a port', qr/--port takes a number, not "x"/, '--port', 'x'],
    ['port 0', qr/--port takes 1 to 65535, not 0/, '--port', '0'],
    ['few certificates', qr/--certificates takes 20 to/, '--demonstration',
     '--certificates', '3'],
    ['a home in some folder', qr/--home takes an absolute path, not "x"/,
     '--home', 'x'],
    ['a home with a blank', qr/--home may have only letters/, '--home', '/x y'],
    ['no certificate', qr{no "/etc/letsencrypt/live/a.example/fullchain.pem"},
     'a.example'],
    ['no seals', qr{there is no "/nonexistent/ca.pem"}, '--seals',
     '/nonexistent', @host],
    ['no catalogue', qr{cannot read "/nonexistent"}, '--catalogue',
     '/nonexistent', @host],
    ['a demonstration of a host', qr/--demonstration takes neither HOST/,
     '--demonstration', @host],
    ['no nginx', qr/there is no ".*nginx\.conf": install nginx/, @host],
    ['no user', qr/names no account of the workers: add "user www-data;"/,
     @host],
    ['a user that is not there', qr/"user nobody-here", which is not an/,
     @host],
    ['no folder of sites', qr/does not include sites-enabled: add/, @host],
);
my %nginx_conf = (
    'no user' => "http { include /etc/nginx/sites-enabled/*; }\n",
    'a user that is not there' => "user nobody-here;\n",
    'no folder of sites' => "user $account;\nhttp { }\n",
);
for my $case (@cases) {
    my ($name, $said, @args) = @$case;
    $t->write($conf, $nginx_conf{$name}) if $nginx_conf{$name};
    my ($status, $out, $err) = setup(@args);
    isnt($status, 0, "$name: refused");
    like($err, qr/^ngx-cert-setup: .*$said/m, "$name: reason");
    ok(!-e "$stage/var/lib/ngx_cert", "$name: nothing is made");
}
is(($t->run($setup, '--help'))[0], 0, '--help');


# --- A demonstration -----------------------------------------------------------

$t->write($conf, "user $account;\nhttp {\n"
    . "    include /etc/nginx/sites-enabled/*;\n}\n");
my $home = "$stage/var/lib/ngx_cert";
my $port = $t->port(0);
my @demo = ('--demonstration', '--certificates', 40, '--port', $port);
($status, $out, $err) = setup(@demo);
is($status, 0, 'a demonstration') or diag("$out$err");
like($out, qr/nothing was started/, 'and it says that nothing was started');
my $samples = JSON::PP->new->utf8->decode($t->read("$home/samples.json"));
is(scalar(grep { $_->{code} } values %$samples), 8, 'with a copy in each state');

# The site as this machine's nginx would have it, for the files of the stage.
sub site_conf {
    my ($name) = @_;
    my $text = $t->read("$stage/etc/nginx/$name");
    $text =~ s{ (?=/(?:var/lib|usr/share|etc/tls))}{ $stage}g;
    $text =~ s{unix:(?=/)}{unix:$stage};
    $text =~ s{/var/log/nginx/}{$t->{dir}/logs/};
    return $text;
}

sub site_in_nginx {
    my $site = site_conf('sites-available/ngx_cert.conf');
    my $settings = site_conf('snippets/ngx_cert.conf');
    $site =~ s{include snippets/ngx_cert\.conf;}{$settings}g;
    $t->conf(raw => sprintf("%s%serror_log logs/error.log;\npid nginx.pid;\n"
        . "events { }\nhttp {\n    sendfile on;\n    gzip on;\n    default_type"
        . " text/plain;\n    ssl_protocols TLSv1.3;\n%s\n%s\n}\n",
        $t->module eq '' ? '' : 'load_module ' . $t->module . ";\n",
        $> == 0 ? sprintf("user root;\n") : '',
        join('', map { "    ${_}_temp_path tmp/$_;\n" } qw(client_body proxy
            fastcgi uwsgi scgi)), $site));
    make_path($t->path('logs'), $t->path('tmp'));
    my ($status, $out) = $t->nginx_test();
    return $status == 0 ? '' : $out;
}
is(site_in_nginx(), '', 'nginx takes its site, below settings of its own');
is(readlink "$stage/etc/nginx/sites-enabled/ngx_cert.conf",
   '/etc/nginx/sites-available/ngx_cert.conf', 'which is enabled');

$t->start();
my $page = $t->get('/', Accept => 'text/html');
is($page->status, 200, 'the check page');
like($page->body, qr/<form/, 'is one');
is($t->get("/check/$samples->{valid}{code}")->json->{result}, 'valid',
   'a check');
is($t->get("/download/$samples->{valid}{download}")->status, 200,
   'a download');
my $script = $t->get('/site/js/check.js', 'Accept-Encoding' => 'gzip');
is($script->header('content-encoding'), 'gzip', 'a file, compressed');

# Again: the same home and the same files.
my $was = $t->read("$home/samples.json");
($status, $out, $err) = setup(@demo);
is($status, 0, 'again') or diag("$out$err");
unlike($out, qr/replaced/, '... replaces nothing');
is($t->read("$home/samples.json"), $was, '... and goes on with its home');

($status, $out, $err) = setup(@host);
isnt($status, 0, 'a registry in the home of a demonstration: refused');
like($err, qr/holds a demonstration, whose certificates are worth/, 'and why');


# --- Pages of one's own ------------------------------------------------------------

my $own = "$stage/etc/ngx_cert";
sub page { return $t->get('/?lang=en', Accept => 'text/html')->body }
sub words { return $t->get('/site/lang/en.ssi', @_)->body }

$t->write("$own/words.en", "# mine\n\nsite_name: Own & Sons: all\n"
    . "gone_word: x\nbusy: A moment\n");
($status, $out, $err) = setup('--pages');
is($status, 0, 'own words');
like($err, qr/no page has the word "gone_word"/, 'one that no page has: said');
like(page(), qr/Own &amp; Sons: all/, 'the page has them');
like(words(), qr/var="site_name" value="Own & Sons: all"/, 'and scripts have');
my ($gzipped) = glob "$stage/var/lib/ngx_cert-site/current/assets/lang/en.ssi.gz";
like(($t->run('gzip', '-dc', $gzipped))[1], qr/Own & Sons/, '... compressed');
is(scalar(() = glob "$stage/var/lib/ngx_cert-site/pages-*"), 1,
   'what was served before is removed');

for my $bad ('no colon', 'key:', 'site_name: "x"', 'site_name: $x',
             'site_name: <b>', 'Site: x')
{
    $t->write("$own/words.en", "$bad\n");
    ($status, $out, $err) = setup('--pages');
    isnt($status, 0, "words: \"$bad\": refused");
    like($err, qr/words\.en: not "key: text"/, '... and why');
}
like(page(), qr/Own &amp; Sons/, 'the pages stay as they were');
unlink "$own/words.en";

$t->write("$own/site/assets/js/check.js", "own\n");
$t->write("$own/site/about.html", "own page\n");
is((setup('--pages'))[0], 0, 'own files');
is($t->get('/site/js/check.js', 'Accept-Encoding' => 'gzip')->body, "own\n",
   'one is served in place of the installed, which no .gz hides');
like(page(), qr/e-certificates/, 'the others are the installed ones');
ok(-e "$stage/var/lib/ngx_cert-site/current/about.html", 'one more is there');
$t->stop();


# --- A registry --------------------------------------------------------------------

is(($t->run('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj',
            '/CN=cert.example', '-keyout', "$stage$tls/privkey.pem", '-out',
            "$stage$tls/fullchain.pem"))[0], 0, 'a certificate for TLS');
is(($t->run("$top/scripts/demo-ca", $t->path('seals')))[0], 0, 'seals');
$t->write("$stage/etc/nginx/sites-enabled/default",
          "server {\n    listen 80 default_server;\n}\n");
my @registry = ('--home', '/var/lib/registry', '--seals', $t->path('seals'),
    '--catalogue', "$top/ngx_cert_module/templates/catalogue.csv", @host);
($status, $out, $err) = setup(@registry);
is($status, 0, 'a registry') or diag("$out$err");
like($out, qr/sites-available\/ngx_cert\.conf: replaced; .* is in .*\.old$/m,
     'what the files were is kept');
my $site = $t->read("$stage/etc/nginx/sites-available/ngx_cert.conf");
is(join(' ', $site =~ /@[A-Z]+@/g), '', 'no marker is left');
unlike($site, qr/listen 80 default_server/, 'one default of port 80');
like($site, qr/listen 443 ssl http2 default_server/, '... and of port 443');
is(site_in_nginx(), '', 'nginx takes it');
my $registry = "$stage/var/lib/registry";
is(join(' ', map { s{.*/}{}r } sort glob "$registry/seals/*"),
   'association.pem ca.pem ministry.pem', 'the seals are there');
is((stat "$registry/seals/ministry.pem")[2] & 0777, 0600, 'for one account');
my @certctl = ("$stage/usr/bin/certctl", '--home', $registry);
like(($t->run(@certctl, 'policy', 'show'))[1],
     qr{^public_url=https://cert\.example$}m, 'the address of the site');
like(($t->run(@certctl, 'catalog', 'list'))[1], qr/ministry/, 'the catalogue');
like($t->read("$stage/etc/systemd/system/certd.service.d/home.conf"),
     qr{^ExecStart=/usr/sbin/certd --home /var/lib/registry }m,
     'the unit is told another home');

my $store = (stat "$registry/store/data.mdb")[1];
($status, $out, $err) = setup(@registry[0, 1], '--tls', $tls, 'new.example');
is($status, 0, 'another name') or diag("$out$err");
like($out, qr{QR of new copies leads to https://new\.example}, 'said');
like(($t->run(@certctl, 'policy', 'show'))[1],
     qr{^public_url=https://new\.example$}m, 'the address');
is((stat "$registry/store/data.mdb")[1], $store,
   'the store stays');

($status, $out, $err) = setup('--demonstration', '--home',
                              '/var/lib/registry');
isnt($status, 0, 'a demonstration in a registry: refused');
like($err, qr/holds a store that is not a demonstration/, 'and why');

$t->done();

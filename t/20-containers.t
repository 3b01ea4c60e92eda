# conf-examples/containers: the services of the example, each started as it says
# with namespaces and capabilities, since no engine is at hand.  They make a
# home, serve it, and go on with it.

use lib 't/lib';
use NgxCert;

use File::Path qw(make_path);

plan(skip_all => 'only root has namespaces') if $> != 0;
plan(skip_all => 'no user www-data') if !defined getpwnam('www-data');

my $t = NgxCert->new();
my $why = ($t->run('unshare', qw(-m -n -p -f --mount-proc true)))[2];
plan(skip_all => "unshare is not allowed: $why") if $why ne '';
my ($status, $out, $err) = $t->run($t->top . '/scripts/users');
is($status, 0, 'the accounts exist') or diag($err);
plan(skip_all => 'a build that others can reach') if ($t->run('setpriv',
    '--reuid', 'ngx-cert', '--regid', 'ngx-cert', '--init-groups', 'test',
    '-x', $t->certctl_bin))[0] != 0;

my $folder = $t->top . '/conf-examples/containers';
my $compose = $t->read("$folder/compose.yaml");
my $image = $t->read("$folder/Containerfile");


# The services, each a block of settings; what is in brackets is JSON as well.
my ($services) = $compose =~ /^services:\n(.*?)^volumes:/ms;
my %service;
for my $block (split /^(?=  \w+:\n)/m, $services =~ s/^ *#.*\n//mgr) {
    my ($name, $text) = $block =~ /^  (\w+):\n(.*)/s or next;
    my %set = $text =~ /^    (\w+): +(\S.*)$/mg;
    $service{$name} = {map { $_ => $set{$_} =~ /^\[/
        ? JSON::PP->new->decode($set{$_}) : $set{$_} =~ s/^"(.*)"$/$1/r }
        keys %set};
}
is(join(' ', sort keys %service), 'certd home nginx', 'the services');
is($service{nginx}{pid}, 'service:certd', 'they share a PID namespace');
is($service{$_}{volumes}[0], 'home:/var/lib/ngx_cert', "$_: the volume")
    for sort keys %service;
is($service{certd}{network_mode}, 'none', 'certd has no network');
is(join(' ', grep { ($service{$_}{read_only} // '') ne 'true'
                    || "@{$service{$_}{cap_drop}}" ne 'ALL' } qw(certd nginx)),
   '', 'nothing else can be written, and no capability is left over');


# The paths of the image are folders of this test.
my $home = $t->path('volume');
make_path($home, map { $t->path($_) } qw(run run/tmp empty));
my %path = (
    '/var/lib/ngx_cert'     => $home,
    '/usr/share/ngx_cert/site' => $t->top . '/ngx_cert_module/site',
    '/usr/lib/nginx/modules/ngx_http_cert_module.so' => $t->module,
    '/etc/nginx/nginx.conf' => $t->path('nginx.conf'),
    '/run/nginx/'           => $t->path('run') . '/',
);
sub here {
    my ($text) = @_;
    my $paths = join '|', map { quotemeta } sort { length $b <=> length $a }
        keys %path;
    return $text =~ s/($paths)/$path{$1}/gr;
}

# A command of a service, with programs of this build.
my %program = (certd => [NgxCert::certd_bin(), '--templates', $t->top
                         . '/ngx_cert_module/templates', '--renderers', 1],
               nginx => [$t->nginx_bin]);
sub command {
    my ($name) = @_;
    my ($program, @args) = map { here($_) } @{$service{$name}{command}};
    $_ = s/\bcertctl /@{[$t->certctl_bin]} /r for @args;
    my @caps = !$service{$name}{cap_drop} ? () : ('setpriv', '--no-new-privs',
        '--bounding-set', join ',', '-all', map { "+\L$_" }
            @{$service{$name}{cap_add}});
    return (@caps, @{$program{$program} // [$program]}, @args);
}


# The image: nginx's configuration, made by its own sed.
is($image =~ /^FROM debian:\d+$/m ? 1 : 0, 1, 'the image begins with Debian');
my ($sed) = $image =~ m{^RUN sed -i \\\n(.*?)    /etc/nginx/nginx\.conf$}ms;
my @expressions = $sed =~ /-e '(.*?)'/g;
is(scalar @expressions, 6, 'what it replaces');
my ($port) = $service{nginx}{ports}[0] =~ /^127\.0\.0\.1:(\d+):\1$/;
ok((grep { /\@PORT\@\|$port\|$/ } @expressions), 'the port is the published one');
($status, my $conf) = $t->run('sed', (map { ('-e', $_) } @expressions),
                              $t->top . '/conf-examples/site.conf');
is(join(' ', $conf =~ /^[^#]*(@[A-Z]+@)/mg), '', 'no marker is left');
$conf = here($conf);
$conf =~ s/^( *listen) +$port;$/"$1 127.0.0.1:" . $t->port . ';'/me
    or fail('the port');
$conf =~ s/^load_module .*\n//m if $t->module eq '';
$t->write('nginx.conf', $conf);


# The home: made once.
my @alone = qw(unshare -m -n -p -f --mount-proc);
for my $time ('first', 'second') {
    ($status, $out, $err) = $t->run(@alone, command('home'));
    is($status, 0, "the home, a $time time") or diag("$out$err");
    ok(-s "$home/store/data.mdb", '... is there');
}

# certd, alone in its namespace, with no more than it is given.
my $certd = $t->spawn(qw(unshare -m -n -p -f --kill-child --mount-proc),
    command('certd'), {out => $t->path('logs/certd.log'), append => 1});
$t->await_log('certd', qr/ready at/);
my ($inside) = $t->read("/proc/$certd/task/$certd/children") =~ /(\d+)/;
my @beside = ('nsenter', '-t', $inside, '-p', '-m');

# nginx beside it, in the namespace but not in the network of it.
my $nginx = $t->spawn(@beside, command('nginx'),
    {out => $t->path('logs/access.log'), err => $t->path('logs/error.log')});
my $is_up = $t->await(sub { eval { $t->get('/check') } });
ok($is_up, 'nginx serves') or diag($t->logs);

my $row = $t->certificate;
my @ctl = (@beside, $t->certctl_bin, '--home', $home, '--templates',
           $t->top . '/ngx_cert_module/templates');
for my $command (['catalog', 'import', '--awaited', $t->top
                  . '/ngx_cert_module/templates/catalogue.csv'],
                 ['import', $t->csv('people.csv', $row)])
{
    ($status, $out, $err) = $t->run(@ctl, @$command);
    is($status, 0, "certctl @$command[0, 1] in the namespace") or diag($err);
}
is($t->post('/check', map { $_ => $row->{$_} } qw(number name id_number))
       ->json->{result}, 'valid', 'a check');
is($t->get('/holder/notice')->status, 401, 'certd answers through its socket');
is($t->get('/', Accept => 'text/html')->status, 200, 'the pages');
$t->secret($row->{name}, $row->{id_number});

# Without the shared namespace it is refused, which t/50-place.t shows more of.
($status, $out, $err) = $t->run(@alone, 'sh', '-c', '"$@"; exit $?', 'sh',
    command('nginx'), '-t');
isnt($status, 0, 'nginx in a namespace of its own: refused');
like("$out$err", qr/another PID namespace.*have to share/, 'and why');

# When certd ends, so does all of its namespace.
kill 'TERM', $inside;
is($t->wait($certd), 0, 'certd ends');
isnt($t->wait($nginx), undef, 'and nginx with it');

$t->done();

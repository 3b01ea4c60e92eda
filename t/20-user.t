# A master that runs as root can open every store; whether its workers can is
# looked at before any is started.  "nginx -t" and a start are refused with the
# user, the reason and the place, and a reload keeps what runs.

use lib 't/lib';
use NgxCert;

use File::Path qw(make_path);

plan(skip_all => 'only root has workers of another user') if $> != 0;
plan(skip_all => 'no www-data') if !defined getpwnam 'www-data';

my $t = NgxCert->new(group => 'www-data');
my $home = $t->home;
my ($cert) = $t->import_rows($t->certificate());
my $copy = $t->annotate($cert->{number});
my $nogroup = getgrgid((getpwnam 'nobody')[3]);

# A configuration with "user" before and after what needs it.
sub conf {
    my ($before, $after) = @_;

    my $head = $t->conf_head() =~ s/^user .*\n//mr;
    my $paths = NgxCert->conf_paths;
    return $t->conf(raw => "$before\n$head" . <<"END" . ($after // '') . "\n");
events { }
http {
$paths
    access_log off;
    cert_store   %%HOME%%/store; #!
    cert_keyring %%HOME%%/keys/public.keys;
    server {
        listen 127.0.0.1:%%PORT%%;
        location /check { cert_check; }
        location = /    { return 204; }
    }
}
END
}

# What "nginx -t" says: whether it is content, and the line of the refusal.
sub told {
    my $file = conf(@_);
    my ($status, $out) = $t->nginx_test();
    my ($emerg) = $out =~ /^(.*\[emerg\].*)$/m;
    return ($status, $emerg // '', $file);
}

# Asserts that it is refused: by whom it cannot be used, and why.
sub refused {
    my ($name, $user, $reason, @conf) = @_;

    my ($status, $emerg, $file) = told(@conf);
    my $n = 0;
    my ($line) = grep { $_ } map { $n++; /#!/ ? $n : 0 }
        split /\n/, $t->read($file);

    subtest $name => sub {
        is($status, 1, 'refused');
        like($emerg, qr/"cert_store" cannot be used by "\Q$user\E", as whom/,
             'by whom it cannot be used');
        like($emerg, qr/"user" names another/, 'what changes that');
        like($emerg, $reason, 'the reason');
        like($emerg, qr/ in \Q$file:$line\E$/, 'the place');
    } or diag($emerg);
}

sub content {
    my ($name, @conf) = @_;
    my ($status, $emerg) = told(@conf);
    is("$status $emerg", '0 ', $name);
}


content('the account of the store', 'user www-data;');
content('... behind "http"', '', 'user www-data;');
content('another one with the group of the store', 'user nobody www-data;');
content('root', 'user root;');
content('no workers', "master_process off;");

my $closed = qr/Permission denied: it belongs to \S+:www-data, mode 0\d+/;
refused('no "user" at all', 'nobody', $closed, '');
refused('an account without the group', 'daemon', $closed, 'user daemon;');
refused('... behind "http"', 'daemon', $closed, '', 'user daemon;');
refused('a group that it does not need', 'www-data', $closed,
        "user www-data $nogroup;")
    if (getgrnam 'www-data')[3] !~ /\bwww-data\b/;

# What of the home is closed to them.
for my $case (
    ['a lock file that they cannot write', 'store/lock.mdb', 0640,
     qr{cannot write the lock file ".*/lock\.mdb"}],
    ['a store that they cannot read', 'store/data.mdb', 0600,
     qr{cannot open ".*/data\.mdb"}],
    ['a folder above it', '', 0700, qr{"\Q$home\E": .*mode 0700}],
) {
    my ($name, $file, $mode, $reason) = @$case;
    my $was = (stat "$home/$file")[2] & 07777;
    chmod $mode, "$home/$file" or die "chmod: $!\n";
    refused($name, 'www-data', $reason, 'user www-data;');
    content("$name, for root", 'user root;');
    chmod $was, "$home/$file" or die "chmod: $!\n";
    content("$name: opened again", 'user www-data;');
}


# A start: refused as it is told.
conf('');
my ($status, undef, $err) = $t->run($t->nginx_bin, '-p', $t->dir,
    $t->early_log('/dev/null'), '-c', $t->path('nginx.conf'), '-g', 'daemon off;');
is($status, 1, 'it does not start');
like($err, qr/"cert_store" cannot be used by "nobody"/, 'and says why');
unlink $t->path('logs/error.log');

# A reload keeps the configuration that runs, and its workers.
conf('user www-data;');
$t->start();
is($t->get("/check/$copy->{code}")->json->{result}, 'valid', 'it serves');
my @workers = $t->workers;
conf('user daemon;');
kill 'HUP', $t->master;
$t->expect_log(qr/"cert_store" cannot be used by "daemon"/);
$t->log_like('error', qr/"cert_store" cannot be used by "daemon".*denied/,
             'a reload is refused');
is(join(' ', $t->workers), "@workers", 'the workers stay');
is($t->get("/check/$copy->{code}")->json->{result}, 'valid', 'and serve');

conf('user www-data;');
ok($t->reload, 'a good one is taken');
is($t->get("/check/$copy->{code}")->json->{result}, 'valid', 'and serves');
is($t->log_count('error', qr/\[(?:crit|alert)\]/), 0, 'no complaint');

$t->done();

# certctl policy and catalog: the decisions of the authority.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
$t->home();

my $policy = $t->certctl_json('policy', 'show');
is($policy->{utc_offset}, '+08:00', 'time zone');
is($policy->{validity_days}, 90, 'validity');
is($policy->{'scene.self'}, '本人调用', 'scene');

# Every key: a good value holds, a bad one is refused and changes nothing.
for my $case (
    ['utc_offset', '+09:00', '+25:00'],
    ['validity_days', '30', '0'],
    ['quota', '5', 'many'],
    ['quota_days', '30', '-1'],
    ['quota_reading', 'live', 'dead'],
    ['scene.work', '应聘', "a\tb"],
    ['public_url', 'https://cert.example', 'cert.example'],
    ['notice_version', '2', '0'],
    ['notice_text', '须知', "\xff"],
    ['number_pattern', '[0-9]{14,20}', '['],
    ['id_pattern.passport', '[A-Z][0-9]{7,8}', '('],
) {
    my ($key, $good, $bad) = @$case;
    is(($t->certctl('policy', 'set', "$key=$good"))[0], 0, "$key: set");
    is($t->certctl_json('policy', 'show')->{$key}, $good, "$key: is set");
    my ($status, $out, $err) = $t->certctl('policy', 'set', "$key=$bad");
    is($status, 2, "$key: a bad value");
    is($t->certctl_json('policy', 'show')->{$key}, $good, "$key: as before");
}

# A port may be in the public address, a path may not.
for my $case (['https://cert.example:8443', 0], ['http://localhost:8080', 0],
    ['', 0], ['https://cert.example:8443/check', 2],
    ['https://example/cert', 2], ['http://example//x', 2])
{
    my ($url, $is) = @$case;
    my ($status, $out, $err) = $t->certctl('policy', 'set', "public_url=$url");
    is($status, $is, "public_url=$url");
    like($err, qr/public_url has a path.*leave it out/, 'says what to do')
        if $is;
}

# All or none.
is(($t->certctl('policy', 'set', 'quota=9', 'validity_days=x'))[0], 2,
   'two settings, one bad');
is($t->certctl_json('policy', 'show')->{quota}, 5, 'neither is set');
is(($t->certctl('policy', 'set', @$_))[0], 2, "set @$_")
    for [], ['quota'], ['frob=1'], ['=1'];
is(($t->certctl('policy', 'show', 'x'))[0], 2, 'show takes no arguments');

# Unchanged is not journaled.
my $journal = $t->certctl_json('stat')->{journal};
ok(!$t->certctl_json('policy', 'set', 'quota=5')->{changed}, 'unchanged');
is($t->certctl_json('stat')->{journal}, $journal, 'and not journaled');

# An empty value resets, and removes a scene.
$t->certctl_ok('policy', 'set', 'quota=', 'scene.work=');
$policy = $t->certctl_json('policy', 'show');
is($policy->{quota}, 3, 'reset');
ok(!exists $policy->{'scene.work'}, 'removed');


# The catalogue.
my $head = "name,issuer,seal,template,annotation_required_from\n";
my @list = map { JSON::PP->new->decode($_) }
    split /\n/, $t->certctl_ok('catalog', 'list', '--json');
is(scalar @list, 19, 'the sample catalogue');
my ($old) = grep { $_->{name} eq '税务师' } @list;
is($old->{annotation_required_from}, undef, 'an association needs none');

my $said = $t->certctl_json('catalog', 'import',
    $t->write('c.csv', $head . "新资格,某部,ministry,ministry,2025-01-01\n"));
is($said->{changed}, 1, 'a new one');
$said = $t->certctl_json('catalog', 'import', $t->path('c.csv'));
is($said->{unchanged}, 1, 'the same again');

for my $case (
    ['unknown column', $head =~ s/seal/seel/r, 2, qr/"seel" is unknown/],
    ['missing column', $head =~ s/,seal//r, 2, qr/column "seal" is missing/],
    ['column twice', $head =~ s/seal/seal,name/r, 2, qr/twice/],
    ['empty', '', 2, qr/bad[.]csv" has no header line/],
    ['a path for a seal', $head . "甲,乙,../x,ministry,\n", 1, qr/"seal"/],
    ['a path for a face', $head . "甲,乙,x,a/b,\n", 1, qr/"template"/],
    ['no name', $head . ",乙,x,y,\n", 1, qr/"name"/],
    ['no date', $head . "甲,乙,x,y,2021-02-30\n", 1, qr/not a date/],
    ['few columns', $head . "甲,乙\n", 1, qr/as many columns/],
    ['second line bad', $head . "丙,乙,ministry,ministry,\n甲,,x,y,\n", 1,
     qr/line 3/],
) {
    my ($name, $text, $want, $reason) = @$case;
    my ($status, $out, $err) =
        $t->certctl('catalog', 'import', $t->write('bad.csv', $text));
    is($status, $want, "$name: status");
    like($err, $reason, "$name: reason");
}
unlike($t->certctl_ok('catalog', 'list'), qr/^[甲丙],/m,
       'a file is imported as a whole or not at all');

# The list can be imported again, with commas and quotes.
my $columns = "name,issuer,seal,template,annotation_required_from\n";
my $odd = qq("戊,己 ""庚""",辛,ministry,ministry,2022-01-01\n);
$t->certctl_ok('catalog', 'import', $t->write('odd.csv', $columns . $odd));
like($t->certctl_ok('catalog', 'list'), qr/^\Q$odd\E/m, 'quoted');
$said = $t->certctl_json('catalog', 'import', $t->write('again.csv',
    $columns . $t->certctl_ok('catalog', 'list')));
is($said->{changed}, 0, 'the list imported again changes nothing');

is(($t->certctl('catalog', 'import', $t->path('none')))[0], 3, 'no file');
my ($status, $out, $err) = $t->certctl('catalog', 'import', $t->dir);
is($status, 3, 'a folder: status');
like($err, qr/cannot read "\Q@{[$t->dir]}\E": Is a directory/, 'a folder: why');
is(($t->certctl('catalog', 'frob'))[0], 2, 'no such action');


# What a line names has to be there, or all of its copies would wait.
my $home = $t->home;
my $shipped = $t->top . '/ngx_cert_module/templates';
my $face = $t->read("$shipped/ministry.svg");
my $drawing = $t->read("$shipped/seals/ministry.svg");

sub import_of {
    my ($seal, $template, @options) = @_;
    return $t->certctl('catalog', 'import', @options, $t->write('named.csv',
        $head . "经济,某部,ministry,ministry,\n丁,某部,$seal,$template,\n"));
}

# A seal of a new key that signs itself.
sub seal {
    my ($name, $key, @options) = @_;
    my @files = map { $t->path("own.$_") } qw(key crt);
    my ($status, $out, $err) = $t->run('openssl', 'req', '-x509', '-newkey',
        $key, '-nodes', '-subj', '/CN=x', @options, '-keyout', $files[0],
        '-out', $files[1]);
    die "openssl: $err\n" if $status != 0;
    $t->write("home/seals/$name.pem", join '', map { $t->read($_) } @files);
}
seal('weak', 'rsa:1024');
seal('web', 'rsa:2048', '-addext', 'extendedKeyUsage=serverAuth');
my $chain = $t->read("$home/seals/ministry.pem") =~ s/^.*?(?=-+BEGIN CERT)//sr;
$t->write('home/seals/other.pem', $t->read('own.key') . $chain);
$t->write('home/seals/words.pem', "not a seal\n");
$t->write('home/seals/gone.pem', $t->read("$home/seals/ministry.pem"));
$t->write('home/seals/open.pem', $t->read("$home/seals/ministry.pem"));
chmod 0600, glob "$home/seals/*.pem";
chmod 0644, "$home/seals/open.pem";
$t->write("home/templates/seals/$_.svg", $drawing)
    for qw(missing weak web other words open);
$t->write('home/templates/own.svg', $face);

for my $case (
    ['no seal', 'missing', 'own', qr/seal "missing" is missing/],
    ['no drawing of it', 'gone', 'own', qr{seals/gone\.svg is missing in "}],
    ['no template', 'ministry', 'none', qr/none\.svg is missing in "/],
    ['a weak key', 'weak', 'own', qr/key is weak/],
    ['a seal of machines', 'web', 'own', qr/may not sign|usage|purpose/],
    ['the key of another', 'other', 'own', qr/key/],
    ['not a seal', 'words', 'own', qr/key/],
    ['a seal that others can read', 'open', 'own', qr/accessible to others/],
) {
    my ($name, $seal, $template, $reason) = @$case;
    my ($status, $out, $err) = import_of($seal, $template);
    is($status, 1, "$name: refused");
    like($err, qr/line 3: no copy of "丁" could be made: /, "$name: the line");
    like($err, $reason, "$name: the reason");
    like($err, qr/--awaited/, "$name: what takes it");
    unlike($t->certctl_ok('catalog', 'list'), qr/^(?:丁|经济,某部),/m,
           "$name: nothing is imported");
}

is((import_of('ministry', 'own'))[0], 0, 'an own template');
is((import_of('ministry', 'own', '--awaited'))[1],
   "changed 0, unchanged 2\n", 'nothing is awaited');
is((import_of('missing', 'none', '--awaited'))[1],
   "changed 1, unchanged 1, 1 with files that are still to come\n",
   'what is awaited is counted');
is(JSON::PP->new->decode((import_of('missing', 'none', '--awaited',
                                    '--json'))[1])->{awaited}, 1, 'in JSON');
is(($t->certctl('catalog', 'list', '--awaited'))[0], 2, 'not of a list');

# An account that cannot look says so once, and imports.
SKIP: {
    skip 'only root has other accounts', 3
        if $> != 0 || !defined getpwnam 'www-data';
    my ($uid, $gid) = (getpwnam 'www-data')[2, 3];
    $t->run('chown', '-R', "$uid:$gid", map { "$home/$_" }
            qw(store keys store.mark));
    chown 0, 0, "$home/seals" or die "chown: $!\n";
    chmod 0755, $home;
    $t->write('home/templates/seals/x.svg', $drawing);
    my $csv = $t->write('blind.csv',
        $head . join '', map { "戊$_,某部,x,own,\n" } 1 .. 3);
    my ($status, $out, $err) = $t->run('setpriv', '--reuid', $uid, '--regid',
        $gid, '--clear-groups', $t->certctl_bin, '--home', $home, 'catalog',
        'import', $csv);
    is($status, 0, 'taken') or diag($err);
    is(scalar(() = $err =~ /not looked at/g), 1, 'said once');
    like($err, qr{cannot look into ".*/seals".*Permission denied}, 'why');
}

$t->done();

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
    ['second line bad', $head . "丙,乙,x,y,\n甲,,x,y,\n", 1, qr/line 3/],
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
my $odd = qq("戊,己 ""庚""",辛,x,y,2022-01-01\n);
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

$t->done();

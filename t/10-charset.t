# certctl in a terminal of GBK: a text is decoded if it is Chinese, and else
# refused by its name.  It is never "not found" for its bytes.  Names of files
# are bytes.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
my $home = $t->home();
$t->certctl_ok('policy', 'set', 'number_pattern=.+');

sub gbk { return Encode::encode('gbk', $_[0]) }

# The harness encodes arguments that are characters; these are bytes.
sub said {
    my (@args) = @_;
    my ($status, $out, $err) = $t->certctl(@args, {raw => 1});
    return ($status, map { Encode::decode('UTF-8', $_) } $out, $err);
}

my @numbers = ('京字2022第0001号', '京字2022第0002号', '京（2022）0003', '沪Ａ－4');
my @rows = map { $t->certificate(number => $_) } @numbers;
$t->import_rows(@rows);

# Each command finds the certificate.
my ($status, $out) = said('show', gbk($numbers[0]), '--json');
is($status, 0, 'show: status');
is(JSON::PP->new->decode($out)->{name}, $rows[0]{name},
   'its certificate');
for my $number (@numbers[1 .. 3]) {
    is((said('show', gbk($number)))[0], 0, "show $number");
}
is((said('show', $numbers[0]))[0], 0, 'the same in UTF-8');
is((said('show', gbk('京字２０２２第0001号')))[0], 0, 'of full width, in GBK');

for my $case (
    ['suspend', gbk($numbers[0])], ['reinstate', gbk($numbers[0])],
    ['replace', gbk($numbers[0]), gbk($numbers[1])],
    ['revoke', gbk($numbers[2])],
) {
    my ($command) = @$case;
    ($status, $out) = said(@$case);
    is($status, 0, "$command: status");
    like($out, qr/^京/, 'it prints UTF-8');
}
is($t->certctl_json('show', $numbers[0])->{replaced_by}, $numbers[1],
   'both numbers were read');
is((said('annotate', gbk($numbers[1]), '--no-render', '--scene',
    'self'))[0], 0, 'annotate');
is((said('policy', 'set', 'scene.bid=' . gbk('投标')))[0], 0, 'policy set');
is($t->certctl_json('policy', 'show')->{'scene.bid'}
   // ($t->certctl_ok('policy', 'show') =~ /^scene.bid=(.*)$/m)[0], '投标',
   'a scene in Chinese');
like((said('account', 'list', '--certificate', gbk($numbers[1])))[2],
     qr/^(?!.*(?:UTF-8|GB18030))/s, 'an option of account');

# What is neither is refused, with its bytes and where it was.
for my $case (
    ['show', ["\xff\xfe"], qr/the argument "\\xff\\xfe" is neither UTF-8/],
    ['show', ["2022\xe9"], qr/the argument "2022\\xe9" is neither/],
    ['show', ["caf\xe9 1"], qr/"caf\\xe9 1"/],
    ['show', ["\x81\x30\x81\x30"], qr/is neither/],      # GB18030, not Chinese
    ['show', [gbk('Ж1')], qr/is neither/],
    ['show', ["\x94\x39\xfc\x36"], qr/is neither/],      # an emoji
    ['show', [gbk('京') . "\xff"], qr/is neither/],
    ['show', ["\xe4"], qr/is neither/],                   # a cut character
    ['revoke', ["\xff1"], qr/the argument "\\xff1"/],
    ['suspend', ["\xff1"], qr/the argument "\\xff1"/],
    ['reinstate', ["\xff1"], qr/the argument "\\xff1"/],
    ['replace', [$numbers[1], "\xff2"], qr/the argument "\\xff2"/],
    ['annotate', ["\xff1"], qr/the argument "\\xff1"/],
    ['annotate', [$numbers[1], '--scene', "\xff"],
        qr/the value of "--scene", "\\xff", is neither/],
    ['withdraw', ["\xff1"], qr/the argument "\\xff1"/],
    ['token', ["\xff1"], qr/the argument "\\xff1"/],
    ['policy', ['set', "scene.x=\xff"], qr/the argument "scene.x=\\xff"/],
    ['account', ['list', '--username', "\xff"], qr/value of "--username"/],
    ['account', ['reset', "\xff"], qr/the argument "\\xff"/],
    ['account', ['link', "\xff", 'x'], qr/the argument "\\xff"/],
    ['show', ['A' x 5000 . "\xff"], qr/is neither/],
) {
    my ($command, $args, $why) = @$case;
    my ($status, $out, $err) = said($command, @$args);
    my $name = join ' ', $command, map { substr $_, 0, 20 } @$args;
    $name =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ge;
    is($status, 2, "$name: status");
    like($err, $why, 'the reason names it');
    unlike($err, qr/not found|no such|no certificate/, 'never "not found"');
    ($status, $out) = said('--json', $command, @$args);
    is(eval { JSON::PP->new->decode($out) } ? 1 : 0, 1,
       'as JSON, too') or diag "$name: $out";
}
is($t->certctl_json('show', $numbers[1])->{status}, 'valid', 'nothing was done');

# Where GB18030 cannot be decoded.
my (undef, undef, $err) = $t->certctl('show', gbk($numbers[0]), {raw => 1,
    env => { LD_PRELOAD => NgxCert::build() . '/iconv.so' }});
like($err, qr/is not UTF-8, and this machine cannot decode GB18030/,
     'a machine without the table');

# Files are what they are called, in any charset.
my $csv = $t->path(gbk('名单') . '.csv');
rename $t->csv('more.csv', $t->certificate()), $csv or die $!;
is((said('import', $csv, '--rejects', $t->path("\xff.csv")))[0], 0,
   'a file named in GBK');
is((said('export', '--file', $t->path("\xff.out")))[0], 0, 'a file to write');
ok(-e $t->path("\xff.out"), 'of just that name');
is((said('--home', $t->path("\xff"), 'stat'))[0], 3,
   'a home that is not there is no wrong argument');

$t->done();

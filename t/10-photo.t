# Photos of an import: which ones are taken; no path leads out of the folder.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
$t->home();

# A PNG of one grey pixel.
my $png = pack 'H*', '89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b'
    . '550000000a49444154789c636800000082008177cd72b60000000049454e44ae'
    . '426082';
$t->write('in/photos/a.png', $png);
$t->write('in/photos/text.png', 'no picture');
$t->write('in/photos/large.jpg', "\xff\xd8\xff" . 'x' x (1 << 20));
$t->write('in/photos/more.png', $png . 'x' x 1000);
$t->write('in/photos/cut.png', substr $png, 0, -10);
my $other = $png;
substr $other, 45, 1, 'x';
$t->write('in/photos/other.png', $other);
$t->write('in/photos/empty.jpg', "\xff\xd8\xff\xd9");
$t->write('in/photos/gif.png', 'GIF89a');
$t->write('secret.png', $png);
symlink $t->path('secret.png'), $t->path('in/photos/link.png') or die;
symlink $t->dir, $t->path('in/photos/dir') or die;
mkdir $t->path('in/photos/folder.png') or die;
system('mkfifo', $t->path('in/photos/fifo')) == 0 or die;

my $good = $t->certificate();
my ($status, $out) = $t->certctl('import', '--json',
    $t->csv('in/good.csv', {%$good, photo => 'photos/a.png'},
        {%{$t->certificate()}, photo => ''},
        {%{$t->certificate()}, photo => 'photos/more.png'}));
is($status, 0, 'a photo: status') or diag $out;
is(JSON::PP->new->decode($out)->{new}, 3, 'all are in');
ok($t->certctl_json('show', $good->{number})->{photo}, 'with its photo');
is($t->certctl_json('import', $t->path('in/good.csv'))->{unchanged}, 3,
   'the same again changes nothing');
is($t->certctl_json('import', $t->csv('in/without.csv', $good))->{unchanged},
   1, 'a file without photos keeps it');


# Two numbers that are one but for their case, and a row that spells it in a
# third way: its photo goes with the certificate that the row corrected.
$t->certctl_ok('policy', 'set', 'number_pattern=.+');
my @twins = map { $t->certificate(number => $_) } 'A-1', 'a-1';
$t->import_rows($_) for @twins;
my $said = $t->certctl_json('import', $t->csv('in/third.csv',
    {%{$twins[0]}, number => 'A - 1', level => '高级', photo => 'photos/a.png'}));
is("$said->{corrected} $said->{rejected}", '1 0', 'a third spelling: taken');
is_deeply([map { my $one = $t->certctl_json('show', $_->{number});
                 ($one->{level}, $one->{photo} ? 1 : 0) } @twins],
          ['高级', 1, '中级', 0], 'with its photo, and not the other');

my @cases = (
    ['../secret.png', qr/leads out/], ['photos/../../secret.png', qr/leads/],
    [$t->path('secret.png'), qr/leads out/], ['photos/link.png', qr/link/],
    ['photos/dir/secret.png', qr/cannot be opened|link/],
    ['photos/none.png', qr/cannot be opened/],
    ['photos/folder.png', qr/regular/], ['photos', qr/regular/],
    ['photos/fifo', qr/regular/], ['photos/text.png', qr/neither/],
    ['photos/large.jpg', qr/larger than 1 MiB/],
    ["photos/a.png\0", qr/not a path/], ['x' x 600, qr/not a path/],
    ['photos/gif.png', qr/is neither a JPEG nor a PNG"/],
    ['photos/cut.png', qr/does not decode as PNG: it is cut short"/],
    ['photos/other.png', qr/does not decode as PNG: IDAT: CRC error"/],
    ['photos/empty.jpg', qr/does not decode as JPEG: JPEG datastream/],
);
my @rows = map { {%{$t->certificate()}, photo => $_->[0]} } @cases;
($status, $out) = $t->certctl('import', '--json', $t->csv('in/bad.csv',
    @rows));
is($status, 1, 'bad ones: status');
is(JSON::PP->new->decode($out)->{rejected}, scalar @cases, 'all refused');
my (undef, @rejects) = split /\n/, $t->read('in/bad.rejects.csv');
for my $i (0 .. $#cases) {
    like($rejects[$i], qr/^\d+,photo,"[^"]*$cases[$i][1]/,
         'photo ' . substr($cases[$i][0], 0, 30) =~ s/\0//r);
}
is(($t->certctl('show', $rows[0]{number}))[0], 1, 'and the row with it');

is($t->certctl_json('fsck')->{findings}, 0, 'fsck finds nothing');
$t->done();

# certctl prune and fsck --files: which files are removed, kept and reported.

use lib 't/lib';
use NgxCert;

use File::Path qw(make_path remove_tree);

my $t = NgxCert->new();
my $home = $t->home(at => '2026-06-01T10:00:00+08:00');
my @then = ('--at', '2026-11-20T10:00:00+08:00');
my @rows = map { $t->certificate() } 1 .. 5;
$t->certctl_ok('import', $t->csv('p.csv', @rows), @then);
my ($short, $long, $gone, $lost, $spoilt) = map {
    JSON::PP->new->decode($t->certctl_ok('annotate', $rows[$_]{number},
        '--days', (1, 90, 1, 90, 90)[$_], '--json', @then)) } 0 .. 4;
$t->certctl_ok('withdraw', $gone->{code}, @then);

sub there { -e "$home/$_[0]{file}" ? 1 : 0 }
sub findings { map { "$_->{where}: $_->{what}" }
    @{JSON::PP->new->decode(($t->certctl('fsck', '--files',
        '--json'))[1])->{list}} }

# Within the grace period no file is removed; after it, those of expired copies.
sub prune { JSON::PP->new->decode($t->certctl_ok('prune', '--json', @_)) }
is(prune(@then)->{pruned}, 0, 'not expired: kept');
is(prune('--at', '2026-12-01')->{pruned}, 0, 'within the grace: kept');
is(prune('--at', '2026-12-02', '--grace', 5)->{pruned}, 2, 'past it: removed');
is(join(' ', map { there($_) } $short, $long, $gone), '0 1 0', 'the files');
my $again = prune('--at', '2026-12-03', '--grace', 5);
is($again->{pruned}, 0, 'once');
is($again->{forgotten}, 0, 'applications of certctl had no idempotency key');
is($t->certctl_json('show', $short->{code})->{result}, 'expired',
   'a check still says expired');
ok($t->certctl_json('show', $short->{code})->{pruned}, 'show says pruned');
is(join("\n", findings()), '', 'fsck --files finds nothing');
is(($t->certctl('prune', '--grace', 99999999))[0], 2, 'too long a grace');

# Crash between commit and unlink: fsck reports the file, the next prune removes
# it.
my $at = "$home/$short->{file}";
$t->write($at, 'left over');
is(join("\n", findings()), ($short->{file} =~ s{^pdf/}{}r)
   . ': left over: "certctl prune" removes it', 'a pruned file: reported');
is(prune('--at', '2026-12-04')->{left_over}, 1, 'the next prune removes it');
ok(!-e $at, 'it is gone');

# Files that the store does not know are reported and never removed.
$t->write("$home/pdf/00/00/1V17-KGBF-NARW-YFBP.pdf", 'unknown');
$t->write("$home/pdf/notes.txt", 'unknown');
my @found = findings();
is(scalar @found, 2, 'files that are not copies: reported');
is(scalar(grep { /left over: it is not a copy/ } @found), 2, 'as such');
prune('--at', '2026-12-05');
ok(-e "$home/pdf/notes.txt", 'and kept');
unlink "$home/pdf/notes.txt", "$home/pdf/00/00/1V17-KGBF-NARW-YFBP.pdf";

# A file's name may be any bytes, here those of GBK, and its path too long for a
# message of fsck, where the cut is inside a character of the folder or after it.
my $gbk = "$home/pdf/\xbb\xe1\xbc\xc6.txt";
my $deep = '会' x 80;
my $folder = "$home/pdf/a/" . Encode::encode('UTF-8', "$deep/$deep");
make_path($folder);
$t->write($_, 'unknown') for $gbk, "$folder/x.txt";
@found = sort(findings());
is(scalar @found, 2, 'a name that is not UTF-8, or too long: reported');
is($found[0], '\xbb\xe1\xbc\xc6.txt: left over: it is not a copy', 'escaped');
my ($head) = $found[1] =~ m{^a/$deep/(会*): left over} or diag $found[1];
ok(defined $head && length $head >= 20 && length $head < 80,
   'cut off between characters');
my $lines = ($t->certctl('fsck', '--files', {raw => 1}))[1];
ok(utf8::decode($lines), 'no such byte reaches a terminal');
remove_tree("$home/pdf/a");
unlink $gbk;

# Temporary files: young ones belong to a renderer at work.
$t->write("$home/pdf/.tmp-0123456789abcdef", 'x');
is(join("\n", findings()), '', 'a young temporary file');
is(prune('--at', '2026-12-06')->{left_over}, 0, 'is kept');
utime time - 2 * 86400, time - 2 * 86400, "$home/pdf/.tmp-0123456789abcdef";
is(scalar(findings()), 1, 'an old one is reported');
is(prune('--at', '2026-12-07')->{left_over}, 1, 'and removed');

# Changed, missing, a link, another size.
my $file = "$home/$spoilt->{file}";
my $bytes = $t->read($file);
unlink "$home/$lost->{file}";
like(join("\n", findings()), qr/^$lost->{code}: the file is missing$/,
     'missing');
$t->write($file, $bytes ^ ("\0" x 3000 . "\1"));
like(join("\n", findings()), qr/$spoilt->{code}: the file has been changed/,
     'changed');
$t->write($file, $bytes . "\n");
like(join("\n", findings()), qr/$spoilt->{code}: the file has another size/,
     'another size');
rename $file, "$file.x" or die;
symlink "$file.x", $file or die;
like(join("\n", findings()), qr/$spoilt->{code}: the file is a link/, 'link');
unlink $file;
rename "$file.x", $file or die;
$t->write($file, $bytes);
my $part = $file =~ s{/[^/]*$}{}r;
rename $part, "$home/part" or die;
symlink "$home/part", $part or die;
like(join("\n", findings()), qr/$spoilt->{code}: the file is a link/,
     'a link in the place of its folder, through which nginx sends nothing');
is(($t->certctl('fsck', '--files'))[0], 1, 'status');
is(($t->certctl('fsck'))[0], 0, 'without --files fsck finds nothing');

$t->done();

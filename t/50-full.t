# A map that is full, and a disk that is: a clear error, what was committed
# stays, and the store goes on being read.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
my $home = $t->home(init => ['--map-size', '24M']);
my $file = $t->path('people.csv');
$t->run($t->top . '/scripts/generate', '--certificates', 60_000,
    {out => $file});

my ($status, $out, $err) = $t->certctl('import', $file);
is($status, 3, 'the map is full: status');
like($err, qr/full/, 'and why');
unlike($out, qr/new \d/, 'no success is claimed');

my $stat = $t->certctl_json('stat');
ok($stat->{certificates} > 0, 'what was committed is there');
is($stat->{certificates} % 10_000, 0, 'in whole batches');
is(($t->certctl('fsck'))[0], 0, 'and holds');
is(($t->certctl('backup', $t->path('copy'), '--with-keys'))[0], 0,
   'it can be copied');
is(($t->run($t->certctl_bin, '--home', $t->path('copy'), 'fsck'))[0], 0,
   'and the copy holds');

# Small changes may still fit or be refused; they never break it.
my ($number) = (split /\n/, $t->certctl_ok('export'))[1] =~ /^"?(\w+)/;
($status) = $t->certctl('suspend', $number);
like($status, qr/^[03]$/, 'a small change');
is(($t->certctl('fsck'))[0], 0, 'and it holds');

# A place for sealed files that takes none: the copy waits, and is made when
# there is room again.
SKIP: {
    skip 'needs root and a mount', 4 if $> != 0;
    my $two = NgxCert->new();
    my ($row) = $two->import_rows($two->certificate());
    my $pdf = $two->home . '/pdf';
    my ($s) = $two->run('mount', '-t', 'tmpfs', '-o', 'size=8k,mode=0750',
        'tmpfs', $pdf);
    skip 'cannot mount', 4 if $s != 0;

    my ($status, $out, $err) = $two->certctl('annotate', $row->{number},
        '--json');
    my $said = JSON::PP->new->decode($out);
    $two->run('umount', $pdf);
    is($status, 3, 'no space for a file: status');
    is($said->{state}, 'generating', 'it waits');
    like($said->{reason}, qr/[Nn]o space/, 'and says why');
    is(($two->certctl('annotate', '--pending'))[0], 0,
       'there is room again: made');
}

$t->done();

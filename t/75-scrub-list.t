# The position and the findings of the scrub survive restarts.  If the list of
# bad PDFs is torn, forged or missing, no bad PDF is sent for long, and no good
# one is refused without a line in the log.

use lib 't/lib';
use NgxCert;

use Time::HiRes qw(sleep time);

my $t = NgxCert->new();
my @copies = map { $t->annotate($_->{number}) }
    $t->import_rows(map { $t->certificate() } 1 .. 12);
my $home = $t->home;
my $list = "$home/store/certd.bad";
my @fast = ('--scrub-rate', 1048576, '--scrub-interval', 1);

$t->conf(workers => 2);
$t->start();

for my $copy (@copies) {
    $copy->{path} = "$home/$copy->{file}";
    $copy->{bytes} = $t->read($copy->{path});
    $copy->{token} = $t->token($copy->{code});
}

sub until_is {
    my ($what, $is) = @_;
    my $end = time + 60;
    my $done;
    sleep 0.05 while !($done = $is->()) && time < $end;
    ok($done, $what);
}

sub figures { return $t->get('/status')->json->{certd} }
sub log_of { return $t->read('logs/certd.log') }
sub status_of { my ($copy) = @_;
    return $t->get("/download/$copy->{token}")->status }

sub flip {
    my ($file, $at) = @_;
    my $bytes = $t->read($file);
    open my $fh, '+<:raw', $file or die "$file: $!\n";
    seek $fh, $at, 0;
    print $fh chr(ord(substr $bytes, $at, 1) ^ 1);
    close $fh;
}


# After a restart in the middle the pass goes on there: two files a second or
# so.
my $rate = int 2 * length($copies[0]{bytes}) / 1024;
my @slow = ('--scrub-rate', $rate, '--scrub-interval', 1000000);
$t->certd(args => \@slow);
until_is('some files are checked',
         sub { (figures()->{files_checked} // 0) >= 4 });
my $before = figures()->{files_checked};
cmp_ok($before, '<', @copies - 2, 'but not all');
is(figures()->{files_passes}, 0, 'the pass is under way');
is($t->certd_stop(), 0, 'certd ends');
$t->certd(args => \@slow);
until_is('the pass ends', sub { (figures()->{files_passes} // 0) == 1 });
my $after = figures()->{files_checked};
cmp_ok($before + $after, '<=', @copies + 1, "$before and $after: it goes on");
cmp_ok($before + $after, '>=', @copies - 1, 'and no file was left out');
is(figures()->{files_pass_sec}, 0, 'no pass is under way');

# After a kill it goes on from the last written position: no file is left out.
$t->certd_stop('KILL');
$t->certd(args => \@slow);
until_is('killed: finished passes are known, and not repeated',
         sub { my $f = figures();
               ($f->{files_checked} // 1) == 0 && $f->{files_passes} == 1 });
$t->certd_stop();

# A position that does not verify only makes the pass begin again.
flip("$home/store/certd.scrub", 5);
$t->certd(args => \@fast);
until_is('a position that does not verify: passes go on',
         sub { (figures()->{files_passes} // 0) >= 1 });


# Other files in the place of the list, while certd and nginx run.
my ($bad, $good) = @copies;
flip($bad->{path}, 1000);
until_is('a bad file is listed', sub { -s $list });

# Each worker logs a line when it first refuses the file.
until_is('and refused by both workers', sub {
    status_of($bad);
    my %pids = map { $_ => 1 } $t->read('logs/error.log')
        =~ /\[alert\] (\d+)#.* is not sent/g;
    keys %pids == 2;
});
my $genuine = $t->read($list);
my ($mode, $uid, $gid) = (stat $list)[2, 4, 5];

my @texts = (
    ['empty', ''],
    ['torn', substr $genuine, 0, length($genuine) / 2],
    ['too long', $genuine . 'x'],
    ['a flipped bit', $genuine ^ ("\0" x 8 . "\1")],
    ['of all that are good', substr($genuine, 0, 3)
        . join('', map { "\0" x 9 . chr } 1 .. 100) . substr($genuine, -16)],
    ['text', "no list\n" x 10000],
);
for my $case (@texts) {
    my ($what, $text) = @$case;
    my $lines = () = log_of() =~ /certd\.bad" was changed by another/g;
    $t->write("$list.test", $text);
    chmod $mode & 0777, "$list.test";
    chown $uid, $gid, "$list.test";
    rename "$list.test", $list or die;

    my (%seen, $n);
    my $end = time + 30;
    do {
        $seen{status_of($bad)} = 1;
        $seen{status_of($good)} = 1;
    } while ($t->read($list) ne $genuine && time < $end);
    is(join(' ', sort keys %seen), '200 503', "$what: as before");
    is(status_of($bad), 503, "$what: the bad one is refused");
    is(status_of($good), 200, "$what: the good one is not");
    ok($t->read($list) eq $genuine, "$what: written again");
    $n = () = log_of() =~ /certd\.bad" was changed by another/g;
    is($n, $lines + 1, "$what: which is logged");
}

unlink $list;
until_is('gone: written again', sub { $t->read($list) eq $genuine });
sleep 1.1;
is(status_of($bad), 503, 'gone: refused');


# The same at the start: nginx refuses every PDF, certd checks them again.
$t->certd_stop();
$t->stop();
truncate $list, 20;
my $alerts = () = $t->read('logs/error.log') =~ /list of bad PDFs/g;
$t->start();
is(status_of($_), 503, 'nginx has only a torn list: no PDF is sent')
    for $bad, $good;
is($t->get("/check/$good->{code}")->json->{result}, 'valid',
   'checks go on');
my $more = () = $t->read('logs/error.log')
    =~ /\[alert\].*list of bad PDFs, cannot be used \(corrupt\)/g;
cmp_ok($more, '>', $alerts, 'the log says why');
$t->certd(args => \@fast);
until_is('certd: good files are sent', sub { status_of($good) == 200 });
until_is('and the bad one is found again', sub { status_of($bad) == 503 });
like(log_of(), qr/\[alert\] .*certd\.bad" cannot be used \(corrupt\)/,
     'its log says so');

# Under a new key.
$t->certctl_ok('keys', 'rotate', 'record');
$t->reload();
$t->certctl_ok('keys', 'rotate', 'record', '--activate');
is($t->certd_stop(), 0, 'certd ends');
$t->certd(args => \@fast);
until_is('a new key seals the list', sub { ord($t->read($list)) == 2 });
$t->certctl_ok('keys', 'retire', 'record', '1');
$t->reload();
sleep 1.1;
is(status_of($bad), 503, 'the old one is retired: still refused');
is(status_of($good), 200, 'and still sent');

$t->expect_log(qr/certd: \[alert\] "\S+\.pdf": /, qr/\.pdf" is not sent/,
               qr/certd\.bad"/);
is($t->certd_stop(), 0, 'certd ends in order');
$t->done();

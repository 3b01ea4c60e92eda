# A writer that cannot write: a frozen process holds the lock, the disk is full,
# the disk fails, the map is full.  Applications get 503 in time, checks go on,
# no acknowledged application is lost, and certd goes on by itself.

use lib 't/lib';
use NgxCert;

use Time::HiRes qw(sleep time);

my $FREEZE = $ENV{FREEZE} // 6;

my $t = NgxCert->new();
my $row = $t->certificate();
my @rows = ($row, map { $t->certificate($t->same_person($row)) } 1 .. 5);
my $old = $t->certificate($t->same_person($row), qualification => '税务师',
    level => '', approved => '2019-06-01', issuer => '中国注册税务师协会');
push @rows, $old;
my ($number) = map { $_->{number} } $row;

# On a disk of its own, which can be filled.
my $disk = $t->path('disk');
my $mounted = 0;
SKIP: {
    skip 'not root', 0 if $> != 0;
    $t->write('image', '');
    truncate $t->path('image'), 16 << 20;
    my ($made) = $t->run('mkfs.ext4', '-q', '-F', '-m', 0, $t->path('image'));
    mkdir $disk;
    my ($status) = $made == 0 ? $t->run('mount', '-o', 'loop',
        $t->path('image'), $disk) : 1;
    $mounted = $status == 0;
    if ($mounted) {
        mkdir "$disk/home";
        symlink "$disk/home", $t->path('home');
        rmdir "$disk/lost+found";
        chmod 0755, $disk, "$disk/home";
    }
}
END { system 'umount', '-l', $disk if $mounted && defined $disk }

$t->import_rows(@rows);
$t->certctl_ok('policy', 'set', 'quota=100');
my $valid = $t->annotate($rows[1]{number});
$t->conf($t->holder_conf);
$t->start();
my $env = $t->fault_env;
$t->certd(env => $env);
my $holder = $t->holder($row);
my @acks;
my $serial = 0;

# One application: status and seconds; an acknowledged one is noted.
sub apply {
    my ($key) = @_;
    my $begun = time;
    my $r = $holder->apply($number, key => $key // 'k' . $serial++);
    push @acks, $r->json->{annotation}{code} if $r && $r->status == 201;
    return ($r ? $r->status : 0, time - $begun, $r);
}

sub check_goes_on {
    my ($what) = @_;
    my $begun = time;
    is($t->get("/check/$valid->{code}")->json->{result}, 'valid',
       "$what: a check is answered");
    $t->in_time(time - $begun, 1, "$what: at once");
}

# Repeats an application until it succeeds, and asserts the time.
sub recovers {
    my ($what, $within, $key) = @_;
    my $begun = time;
    my $status;
    $t->await(sub { ($status) = apply($key); $status == 201 });
    is($status, 201, "$what: it goes on by itself");
    $t->in_time(time - $begun, $within, "$what: within $within seconds");
}

is((apply())[0], 201, 'at first everything works');


# Another process holds the writer lock, and is stopped.
{
    my $pid = $t->spawn($t->build . '/tool/lock', $t->path('home'));
    my $log = $t->path("tmp/$pid.out");
    ok($t->await(sub { -s $log }), 'another process holds the lock');
    kill 'STOP', $pid;

    my $begun = time;
    my ($status, $seconds, $r) = apply('frozen');
    is($status, 503, 'frozen: 503');
    $t->in_time($seconds, 5, 'frozen: in less than five seconds');
    is($r->header('content-type'), 'application/problem+json',
       'frozen: a problem');
    like($r->header('retry-after') // '', qr/^\d+$/, 'frozen: Retry-After');
    check_goes_on('frozen');
    my $asked = time;
    $r = $holder->get("/holder/certificates/$old->{number}");
    is($r->status, 200, 'frozen: an older certificate is shown');
    is($r->json->{original}, undef, 'frozen: its original is not there yet');
    $t->in_time(time - $asked, 3, 'frozen: and the page does not wait for it');
    my $is_up = $t->get('/status')->json->{certd};
    ok($is_up->{up}, 'frozen: the status goes on');
    my $wrong = 0;
    while (time - $begun < $FREEZE) {
        $wrong += $t->get("/check/$valid->{code}")->status != 200 for 1 .. 20;
        ($status, $seconds) = apply('frozen');
        is($status, 503, 'frozen: still') if $status != 503;
        $t->in_time($seconds, 5, 'frozen: in time') if $seconds >= 5;
        sleep 0.2;
    }
    is($wrong, 0, 'frozen: no check failed');
    kill 'CONT', $pid;
    kill 'TERM', $pid;
    $t->wait($pid);
    recovers('released', 2, 'frozen');
}


# The disk is full.
my $counts = 0;
SKIP: {
    skip 'no disk of its own', 8 if !$mounted;

    my $filler = "$disk/filler";
    open my $fh, '>', $filler or die;
    1 while syswrite $fh, "\0" x 65536;
    1 while syswrite $fh, "\0";
    close $fh;

    my ($status, $seconds);
    my $said = () = $t->read('logs/certd.log') =~ /\n/g;
    for (1 .. 200) {
        ($status, $seconds) = apply();
        last if $status != 201;
    }
    is($status, 503, 'full: 503');
    $t->in_time($seconds, 5, 'full: in less than five seconds');
    check_goes_on('full');
    my %more;
    $more{(apply())[0]}++ for 1 .. 20;
    is(join(' ', %more), '503 20', 'full: and so are twenty more');
    unlink $filler;
    recovers('space again', 5);

    # One line a minute; without the lines about renderers.
    my @lines = split /\n/, $t->read('logs/certd.log');
    splice @lines, 0, $said;
    @lines = grep { !/\bcop(?:y|ies)\b|\[notice\]/ } @lines;
    is(scalar @lines, 1, 'full: one line, not one for each') or diag("@lines");
    $counts = 1;
}


# The Nth write or sync fails, until none is left.
my %errno = (EIO => 5, ENOSPC => 28);
for my $error (sort keys %errno) {
    for my $kind ([write => 2], [sync => 4]) {
        my ($name, $kinds) = @$kind;
        my $n = 0;
        my $odd = '';
        while (++$n < 40) {
            $t->fault($n, $kinds, $errno{$error});
            my $key = "$error-$name-$n";
            my ($status, $seconds) = apply($key);
            my $failed = $t->faults;
            $t->fault(0, 0);
            $odd .= "$key: status $status\n" if $status !~ /^(?:201|503)$/;
            $odd .= "$key: $seconds s\n" if $seconds >= 5 * $NgxCert::SLACK;
            $t->await(sub { ($status) = apply($key); $status == 201 })
                if $status != 201;
            $odd .= "$key: not repeated\n" if $status != 201;
            last if !$failed;
        }
        is($odd, '',
           "$error of $name number 1 to $n: told in time, then repeated");
        cmp_ok($n, '>', 1, "$error: there was a $name to fail");
    }
}
$t->expect_log(qr/certd: \[alert\]/);


# Every acknowledged application is stored, once.
my %codes = map { $_ => 1 } @acks;
is($t->certd_stop(), 0, 'certd ends in order');
like($t->read('logs/certd.log'), qr/\d+ times more since it was logged/,
     'and has logged how often it could not write') if $counts;
my $missing = grep { ($t->certctl('show', $_))[0] != 0 } keys %codes;
is($missing, 0, scalar(keys %codes) . ' acknowledged, none lost');
my ($status, $out) = $t->certctl('fsck');
is($status, 0, 'fsck finds nothing') or diag($out);

$t->stop();
if ($mounted) {
    $t->run('umount', $disk);
    $mounted = 0;
}
$t->done();

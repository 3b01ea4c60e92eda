# One flipped bit in a sealed PDF: certd finds it and says where, nginx does not
# send the file, everything else goes on, and the restored file is sent again.

use lib 't/lib';
use NgxCert;

use File::Copy qw(copy);
use Time::HiRes qw(sleep time);

my $t = NgxCert->new();
my @copies = map { $t->annotate($_->{number}) }
    $t->import_rows(map { $t->certificate() } 1 .. 9);
my $home = $t->home;
my $list = "$home/store/certd.bad";

$t->conf(workers => 2, server => <<'END');
        location /check      { cert_check; }
        location /download/  { cert_download; }
        location /cached/    { cert_download;
                               open_file_cache max=100;
                               open_file_cache_valid 1h; }
        location /status     { cert_status; }
END
$t->start();

my @fast = ('--scrub-rate', 1048576, '--scrub-interval', 1);
$t->certd(args => \@fast);

for my $copy (@copies) {
    $copy->{path} = "$home/$copy->{file}";
    $copy->{bytes} = $t->read($copy->{path});
    $copy->{token} = $t->token($copy->{code});
}

# Waits for a condition, for half a minute at most.
sub until_is {
    my ($what, $is) = @_;
    my $done;
    $t->await(sub { $done = $is->() });
    ok($done, $what);
}

# The figures; in the first moments of certd, when there are none, defaults.
sub figures { return {files_passes => 0, files_bad => -1,
    %{$t->get('/status')->json->{certd}}} }
sub log_of { return $t->read('logs/certd.log') }
sub alarms { my ($copy) = @_;
    return grep { /\[alert\] "\Q$copy->{path}\E": / } split /\n/, log_of() }

# Replaces the file by one with a new inode, as a restore does.
sub put {
    my ($copy, $bytes) = @_;
    my ($mode, $uid, $gid) = (stat "$home/" . ($copy->{model}
        // $copies[-1])->{file})[2, 4, 5];
    $t->write("$copy->{path}.new", $bytes // $copy->{bytes});
    chmod $mode & 0777, "$copy->{path}.new";
    chown $uid, $gid, "$copy->{path}.new";
    rename "$copy->{path}.new", $copy->{path} or die "$copy->{path}: $!\n";
}

# The statuses of many requests, because each worker reads the list by itself.
sub statuses {
    my ($copy, @headers) = @_;
    my %seen = map { $t->get("/download/$copy->{token}", @headers)->status
                     => 1 } 1 .. 8;
    return join ' ', sort keys %seen;
}

# A worker reads the list at most once a second: after that all have read it.
sub is_refused {
    my ($what, $copy) = @_;
    until_is($what, sub { statuses($copy) eq '503' });
    sleep 1.1;
    is(statuses($copy), '503', '... by all workers');
}

sub is_sent { my ($copy) = @_;
    my $r = $t->get("/download/$copy->{token}");
    return $r->status == 200 && $r->body eq $copy->{bytes} }

# Waits for the end of two passes: the second began after this call.
sub passes {
    my $seen = figures()->{files_passes};
    until_is('passes end', sub { figures()->{files_passes} >= $seen + 2 });
}


# At first every file is good.
passes();
is(figures()->{files_bad}, 0, 'no file is bad');
ok(!-e $list, 'and the list does not exist');
is(statuses($_), '200', 'sent') for @copies;
is($t->get("/cached/$copies[0]{token}")->status, 200, 'and kept open');


# A flipped bit: the size and the times of stat() may be the same.
my ($bad, @others) = @copies;
{
    my @times = (Time::HiRes::stat($bad->{path}))[8, 9];
    open my $fh, '+<:raw', $bad->{path} or die;
    seek $fh, length($bad->{bytes}) / 2, 0;
    print $fh chr(ord(substr $bad->{bytes}, length($bad->{bytes}) / 2, 1) ^ 4);
    close $fh;
    Time::HiRes::utime($times[0], $times[1], $bad->{path});
}
is_refused('a flipped bit: refused', $bad);
until_is('the figures say so', sub { figures()->{files_bad} == 1 });

my $etag = qq("$bad->{sha256}");
for my $case (['GET'], ['HEAD'], ['GET', Range => 'bytes=0-9'],
              ['GET', 'If-None-Match' => $etag], ['GET', 'If-Match' => '*'])
{
    my ($method, @headers) = @$case;
    my $r = $t->request($method, "/download/$bad->{token}",
                        headers => \@headers);
    is($r->status, 503, "@$case: refused");
    is($r->header('etag'), undef, '... without the digest');
    ok($r->header('retry-after'), '... to be tried again');
    is($r->header('accept-ranges'), undef, '... and no ranges');
}
is($t->get("/cached/$bad->{token}")->status, 503, 'nor from a cache');
is($t->get("/check/$bad->{code}")->json->{result}, 'valid',
   'a check still says valid');
is(statuses($_), '200', 'others are sent') for @others;

my @alarms = alarms($bad);
is(scalar @alarms, 1, 'one alarm, with the path');
like($alarms[0], qr/has been changed; .*restored from a backup/,
     'with the cause and the remedy');
my @lines = grep { /\Q$bad->{code}\E.* is not sent/ }
    split /\n/, $t->read('logs/error.log');
cmp_ok(scalar @lines, '<=', 2, 'nginx has a line a worker, not one a request');
ok(@lines > 0, 'and it has one');
like($lines[0], qr/\[alert\].*restore it from a backup/, 'which says why');

my ($status, $out) = $t->certctl('fsck', '--files', '--json');
is($status, 1, 'fsck agrees');
is_deeply(JSON::PP->new->decode($out)->{list},
          [{where => $bad->{code}, what => 'the file has been changed'}],
          'with the same finding');
is($t->certctl_json('stat')->{certd}{files_bad}, 1, 'certctl stat, too');

passes();
is(scalar alarms($bad), 1, 'no further alarm in each pass');


# The list survives restarts of certd and nginx, and a restored file is sent at
# once.
$t->certd_stop();
ok(-s $list, 'the list stays');
$t->stop();
$t->start();
is(statuses($bad), '503', 'without certd, and after a restart of nginx');
put($bad);
is(statuses($bad), '503', 'put back: certd does not run');
$t->certd(args => ['--scrub-rate', 1, '--scrub-interval', 1000000]);
until_is('certd checks listed files first, at any rate',
         sub { statuses($bad) eq '200' });
ok(is_sent($bad), 'put back: it is sent');
until_is('the list is gone', sub { !-e $list });
like(log_of(), qr/\[notice\] "\Q$bad->{path}\E": the file is what was sealed/,
     'the log says so');
$t->certd_stop();
$t->certd(args => \@fast);


# A cache must not send a bad file that it opened before certd found it: put()
# makes another file.
$t->certd_stop();
my $kept = $others[0];
my $wrong = $kept->{bytes} ^ ("\0" x 5000 . "\1");
put($kept, $wrong);
ok((grep { $t->get("/cached/$kept->{token}")->body eq $wrong } 1 .. 16),
   'without certd: the bad file is sent, and kept open');
$t->certd(args => \@fast);
is_refused('refused', $kept);
put($kept);
until_is('sent again', sub { statuses($kept) eq '200' });
sleep 1.1;
my %bodies = map { $t->get("/cached/$kept->{token}")->body => 1 } 1 .. 16;
is(scalar(grep { $_ ne $kept->{bytes} } keys %bodies), 0,
   'and from a cache only the right one');


# Other faults of a file.
my @faults = (
    ['missing', qr/the file is missing/, sub { unlink $_[0] }],
    ['short', qr/another size/, sub { truncate $_[0], 100 }],
    ['a link', qr/a link or not a regular/,
     sub { rename $_[0], "$_[0].real"; symlink "$_[0].real", $_[0] }],
    ['a folder', qr/a link or not a regular/,
     sub { unlink $_[0]; mkdir $_[0] }],
    ['a pipe', qr/a link or not a regular/,
     sub { unlink $_[0]; POSIX::mkfifo($_[0], 0644) }],
    ['of a terabyte', qr/another size/, sub { truncate $_[0], 2 ** 40 }],
);
for my $i (0 .. $#faults) {
    my ($what, $text, $do) = @{$faults[$i]};
    my $copy = $copies[$i + 1];
    $do->($copy->{path});
    until_is("$what: an alarm", sub { grep { /$text/ } alarms($copy) });
    is(statuses($copy), '503', "$what: refused");
}
until_is('all are counted', sub { figures()->{files_bad} == @faults });
passes();
is(statuses($bad), '200', 'others go on');
for my $i (0 .. $#faults) {
    my $copy = $copies[$i + 1];
    unlink $copy->{path}, "$copy->{path}.real";
    rmdir $copy->{path};
    put($copy);
}
until_is('put back: no file is bad', sub { figures()->{files_bad} == 0 });
for my $copy (@copies) {
    until_is('and all are sent', sub { statuses($copy) eq '200' });
}


# A file that is repaired in place again and again is not a fault of the memory,
# which a second read would show: each read gets another version of the file.
{
    my $end = time + 6;
    my @as = ($bad->{bytes}, $bad->{bytes} ^ ("\0" x 3000 . "\1"));
    open my $fh, '+<:raw', $bad->{path} or die "$bad->{path}: $!\n";
    while (time < $end) {
        seek $fh, 0, 0;
        syswrite $fh, $as[rand 2];
        sleep 0.02 + rand 0.05;
    }
    seek $fh, 0, 0;
    syswrite $fh, $as[0];
    close $fh;
}
until_is('repaired: no file is bad', sub { figures()->{files_bad} == 0 });
unlike(log_of(), qr/check the memory/, 'memory and disks are not blamed');


# A withdrawn or pruned copy needs no file: no alarm, neither before nor after.
my ($withdrawn, $pruned) = @copies[7, 8];
$bad->{model} = $bad;
$t->certctl_ok('withdraw', $withdrawn->{code});
unlink $withdrawn->{path};
$t->certctl_ok('prune', '--grace', 0, '--at', $t->days_ago(-100));
ok(!-e $pruned->{path}, 'pruned');
passes();
is(scalar alarms($_), 0, 'no alarm for either') for $withdrawn, $pruned;
is(figures()->{files_bad}, 0, 'and it is not counted');


$t->expect_log(qr/certd: \[alert\] "\S+\.pdf": /, qr/\.pdf" is not sent/);
is($t->certd_stop(), 0, 'certd ends in order');
$t->done();

# Damage that certd finds while it runs: a policy that does not verify.  Changes
# get an error, nothing runs in a loop, and certd goes on when it is repaired.

use lib 't/lib';
use NgxCert;

use Time::HiRes qw(sleep time);

my $t = NgxCert->new();
my ($row) = $t->import_rows($t->certificate());
$t->certctl_ok('policy', 'set', 'public_url=https://zzz.example.org');
$t->conf($t->holder_conf);
$t->start();
$t->certd();
my $holder = $t->holder($row);
my $copy = $holder->ready($holder->apply($row->{number})
                          ->json->{annotation}{code})->json;
is($copy->{annotation}{state}, 'ready', 'at first everything works');
$t->secret(map { $copy->{$_} =~ s{.*/}{}r } qw(view download));

# Changes one letter of the record, in every copy of it in the file.
my $file = $t->path('home/store/data.mdb');
sub put {
    my ($from, $to) = @_;
    my $bytes = $t->read($file);
    open my $fh, '+<:raw', $file or die "$file: $!\n";
    my $n = 0;
    for (my $i = 0; ($i = index $bytes, $from, $i) >= 0; $i++) {
        seek $fh, $i, 0;
        print $fh $to;
        $n++;
    }
    return $n;
}

my ($service) = $t->certd_processes('service');
sub ticks {
    my @stat = split ' ', $t->read("/proc/$service/stat") =~ s/^.*\) //sr;
    return $stat[11] + $stat[12];
}

cmp_ok(put('zzz.example.org', 'yzz.example.org'), '>', 0, 'damaged');
my ($lines, $ticks) = (scalar(split /\n/, $t->read('logs/certd.log')),
                       ticks());
my $begun = time;
is($holder->post('/holder/logout')->status, 503, 'a change gets an error');
$t->in_time(time - $begun, 5, 'in time');
is($holder->apply($row->{number})->status, 503, 'again');
is($t->get("/check/$copy->{annotation}{code}")->json->{result},
   'valid', 'a worker goes on with the policy that it has verified');
sleep 2;

# certd may open the store for each request, but not all the time: 100 ticks a
# second.
my $took = time - $begun;
my @new = split /\n/, $t->read('logs/certd.log');
cmp_ok(@new - $lines, '<', 30 * $took, 'some lines in the log, not thousands');
cmp_ok(ticks() - $ticks, '<', 75 * $took, 'and only a part of the CPU time');
like($new[-1], qr/certd: \[/, 'which say why');

put('yzz.example.org', 'zzz.example.org');
$begun = time;
my $r;
$t->await(sub {
    $r = $holder->apply($row->{number}, key => 'mended');
    return $r->status == 201;
});
is($r->status, 201, 'repaired: it goes on by itself');
$t->in_time(time - $begun, 5, 'within five seconds');
is($t->get("/check/$copy->{annotation}{code}")->json->{result}, 'valid',
   'and so do checks');
$t->expect_log(qr/certd: \[alert\]/, qr/\[alert\].*cert/);
is($t->certd_stop(), 0, 'certd ends in order');
is(($t->certctl('fsck'))[0], 0, 'fsck finds nothing');
$t->done();

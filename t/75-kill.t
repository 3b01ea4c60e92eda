# certd and its renderers are killed at any moment while holders apply: no
# acknowledged application is lost or done twice, every copy is made, and no
# partial file is visible.  KILLS (20) and JOBS_KILLED (20) say how often.

use lib 't/lib';
use NgxCert;

use Time::HiRes qw(sleep);

my $kills = $ENV{KILLS} // 20;
my $renderer_kills = $ENV{JOBS_KILLED} // 20;
my $seed = $ENV{SEED} // int rand 1e9;
srand $seed;
diag("seed $seed, $kills kills, $renderer_kills of renderers");

my $CLIENTS = 4;
my $PER_CERTIFICATE = 100;

# Many kills take long: there has to be work until the end, but no more than the
# renderers can do.
my $PAUSE = 0.02 + $kills / 10_000;
my $CERTIFICATES = 60 + int $kills / 4;

my $t = NgxCert->new();
my $row = $t->certificate();
my @rows = ($row, map { $t->certificate($t->same_person($row)) } 1 .. $CERTIFICATES);
$t->import_rows(@rows);
$t->certctl_ok('policy', 'set', "quota=$PER_CERTIFICATE");
$t->conf($t->holder_conf, log_level => 'alert');
$t->start();
$t->certd(args => ['--session-timeout', 86400]);

my $holder = $t->holder($row);
my $home = $t->path('home');


# A client applies with a key of its own for each application, repeats those
# that were not acknowledged, and notes the others, in a process that is not
# killed.
sub client {
    my ($id, $stop) = @_;

    my $n = 0;
    my $note = '';
    while (!-e $stop || $note ne '') {
        $note = "key-$id-$n" if $note eq '';
        my $number = $rows[(($n * $CLIENTS + $id) / $PER_CERTIFICATE)
                           % @rows]{number};
        my $r = eval { $holder->apply($number, key => $note, days => 90) };
        if ($r && $r->status == 201) {
            my $code = $r->json->{annotation}{code};
            open my $fh, '>>', $t->path("acks.$id") or die;
            syswrite $fh, "$note $code\n";
            $note = '';
            $n++;
            sleep $PAUSE;
        } elsif ($r && $r->status !~ /^50[234]$/) {
            open my $fh, '>>', $t->path("odd.$id") or die;
            syswrite $fh, $r->status . ' ' . $r->body . "\n";
            last;
        } else {
            sleep 0.01;
        }
        last if $n >= @rows * $PER_CERTIFICATE / $CLIENTS;
    }
    POSIX::_exit(0);
}

sub clients {
    my ($stop) = @_;

    unlink $stop;
    my @pids;
    for my $id (@_[1 .. $#_]) {
        my $pid = fork // die "fork: $!\n";
        client($id, $stop) if $pid == 0;
        $t->{children}{$pid} = "client $id";
        push @pids, $pid;
    }
    return @pids;
}


my $stop = $t->path('stop');
my @pids = clients($stop, 0 .. $CLIENTS - 1);
sub noted { my $n = 0; $n += -s $t->path("acks.$_") // 0
            for 0 .. $CLIENTS - 1; return $n }
for my $n (1 .. $kills) {
    # Every other kill comes after at least one acknowledgement.
    my $before = noted();
    $t->await(sub { noted() > $before }) if $n % 2;
    sleep 0.05 + rand 0.35;
    # The master or the service: the other processes end with either.
    my @victims = ($t->{certd}, $t->certd_processes('service'));
    kill 'KILL', $victims[rand @victims];
    $t->wait(delete $t->{certd});
    $t->certd(args => ['--session-timeout', 86400]);
}
$t->write('stop', '');
$t->wait($_) for @pids;
is($t->read("odd.$_"), '', "client $_ had no other answer") for 0 .. $CLIENTS - 1;

my %acks;
my $twice = 0;
for my $id (0 .. $CLIENTS - 1) {
    for (split /\n/, $t->read("acks.$id")) {
        my ($key, $code) = split ' ';
        $twice++ if exists $acks{$key};
        $acks{$key} = $code;
    }
}
cmp_ok(scalar keys %acks, '>', $kills, scalar(keys %acks)
       . " applications were acknowledged in $kills kills");
is($twice, 0, 'none twice');
my %codes = map { $_ => 1 } values %acks;
is(scalar keys %codes, scalar keys %acks, 'each has a code of its own');


# Renderers are killed while they make waiting copies.
my $died = 0;
while ($died < $renderer_kills && $t->certctl_json('stat')->{queue} > 0) {
    my @renderers = $t->certd_processes('render');
    $died += kill 'KILL', $renderers[rand @renderers] if @renderers;
    sleep rand 0.2;
}
cmp_ok($died, '>', $renderer_kills / 2, "$died renderers were killed");

my $stat;
$t->await(sub { !($stat = $t->certctl_json('stat'))->{queue} },
          $NgxCert::PATIENCE + keys %acks);
is($stat->{queue}, 0, 'every job came to its end');
is($stat->{annotations}, scalar keys %acks,
   'there are as many copies as applications: none lost, none twice');

# A check does not find a failed copy.
my %result;
$result{$t->get("/check/$_")->json->{result}}++ for values %acks;
my $failed = delete $result{not_found} // 0;
is(join(' ', sort keys %result), 'valid', 'each is ready')
    or diag(join ', ', map { "$_: $result{$_}" } keys %result);
cmp_ok($failed, '<=', $renderer_kills / 3,
       "or failed, where three of its renderers were killed: $failed");

$t->expect_log(qr/certd: \[alert\] certd ends: the service was killed by signal 9/);
is($t->certd_stop(), 0, 'certd ends in order');

# If the third renderer of a copy dies right after it renamed the file, the copy
# has failed and its file is left.
my ($status, $out) = $t->certctl('fsck', '--files');
my @left = $out =~ /: left over: "certctl prune" removes it$/mg;
cmp_ok(scalar @left, '<=', $failed, 'only files of failed copies are left');
is($t->certctl_json('prune')->{left_over}, scalar @left, 'prune removes them');
($status, $out) = $t->certctl('fsck', '--files');
is($status, 0, 'then fsck finds nothing') or diag($out);

my @odd;
File::Find::find({no_chdir => 1, wanted => sub {
    push @odd, $_ if -f && !/\.pdf$/;
}}, "$home/pdf");
$t->certd();
$t->await(sub { !grep { -e } @odd });
$t->certd_stop();
@odd = grep { -e } @odd;
is("@odd", '', 'the next start removed temporary files');

$t->done();

# certd is killed at any moment while holders apply, and so are its renderers:
# nothing acknowledged is lost, nothing is done twice, every copy is made, and
# no half file shows.  KILLS (20) and JOBS_KILLED (20) say how often.

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

# Many kills take long: there has to be work until the end, and no more of it
# than renderers keep up with.
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


# A client applies with a key of its own for each application, repeats what
# was not acknowledged, and notes what was, outside of everything that dies.
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
    # Every other time not before something was acknowledged.
    my $before = noted();
    $t->await(sub { noted() > $before }) if $n % 2;
    sleep 0.05 + rand 0.35;
    # The master, or the service alone: the others go with either.
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


# Renderers, while they make what waits.
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

# What has failed is to a checker what never was.
my %result;
$result{$t->get("/check/$_")->json->{result}}++ for values %acks;
my $failed = delete $result{not_found} // 0;
is(join(' ', sort keys %result), 'valid', 'each is ready')
    or diag(join ', ', map { "$_: $result{$_}" } keys %result);
cmp_ok($failed, '<=', $renderer_kills / 3,
       "or failed, where three of its renderers were killed: $failed");

$t->expect_log(qr/certd: \[alert\] certd ends: the service was killed by signal 9/);
is($t->certd_stop(), 0, 'certd ends in order');

# A renderer that dies as the third of its copy, right behind the renaming,
# leaves the file of a copy that has failed.
my ($status, $out) = $t->certctl('fsck', '--files');
my @left = $out =~ /: left over: "certctl prune" removes it$/mg;
cmp_ok(scalar @left, '<=', $failed, 'nothing is left but of what has failed');
is($t->certctl_json('prune')->{left_over}, scalar @left, 'which is swept');
($status, $out) = $t->certctl('fsck', '--files');
is($status, 0, 'store, journal and files are whole') or diag($out);

my @odd;
File::Find::find({no_chdir => 1, wanted => sub {
    push @odd, $_ if -f && !/\.pdf$/;
}}, "$home/pdf");
$t->certd();
$t->await(sub { !grep { -e } @odd });
$t->certd_stop();
@odd = grep { -e } @odd;
is("@odd", '', 'the next start swept what was left');

$t->done();

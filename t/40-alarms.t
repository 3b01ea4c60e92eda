# A store in use from all sides at once raises no false alarm: holders apply and
# withdraw, commands open and close the store, nginx reloads, checks go on.
# There may be no answer 503, no alert in a log and no status 3; then the same
# with delayed file locks, writes and flushes.  ALARM_SECONDS (8) is how long
# each of the two parts takes.

use lib 't/lib';
use NgxCert;

use POSIX ();
use Time::HiRes qw(sleep time);

my $seconds = $ENV{ALARM_SECONDS} // 8;
my $RELOAD = 1.5;

my $t = NgxCert->new();
my @people = map { my $first = $t->certificate();
    [$first, map { $t->certificate($t->same_person($first)) } 1 .. 9] } 1 .. 3;
$t->import_rows(map { @$_ } @people);
$t->certctl_ok('policy', 'set', 'quota=100');
my $checked = $t->annotate($people[0][0]{number})->{code};
my ($other) = $t->import_rows($t->certificate());
$t->conf($t->holder_conf(), workers => 2);

load('as it is', {});
load('held up', {LD_PRELOAD => $t->build . '/delay.so',
                 DELAY_USEC => 30_000});
$t->done();


# Starts children that work until they are told to end; each leaves a line with
# the number of its operations, and its failures.
sub load {
    my ($name, $env) = @_;

    $t->start(env => $env);
    $t->certd(env => $env);
    my $n = 0;
    my @holders = map { $t->holder($_->[0], username => 'u' . $$ . time =~
        tr/.//dr . $n++) } @people if $name eq 'as it is';
    our @kept;
    @kept = @holders if @holders;

    my %jobs = (
        checks => [sub { check() }],
        applications => [map { my $k = $_; sub { apply($kept[$k],
            $people[$k]) } } 0 .. $#people],
        commands => [(sub { command($env, 'stat') }) x 2,
                     sub { command($env, 'show', $checked) },
                     sub { command($env, (rand() < 0.5 ? 'suspend'
                         : 'reinstate'), $other->{number}) }],
    );
    my $stop = $t->path('stop');
    unlink $stop;
    my %pids;
    for my $kind (sort keys %jobs) {
        my $i = 0;
        for my $job (@{$jobs{$kind}}) {
            my $out = $t->path("$kind." . $i++);
            my $pid = fork // die "fork: $!\n";
            push(@{$pids{$kind}}, [$pid, $out]), next if $pid;
            work($job, $stop, $out);
        }
    }

    my ($end, $reloads) = (time + $seconds, 0);
    while (time < $end) {
        sleep $RELOAD;
        kill 'HUP', $t->master;
        $reloads++;
    }
    $t->write('stop', '');

    for my $kind (sort keys %pids) {
        my ($done, $failed) = (0, '');
        for my $child (@{$pids{$kind}}) {
            waitpid $child->[0], 0;
            my ($count, $what) = split /\n/, $t->read($child->[1]), 2;
            $done += $count;
            $failed .= $what // '';
        }
        is($failed, '', "$name: $done $kind, none failed");
        cmp_ok($done, '>', 0, "$name: there were $kind");
    }
    ok($reloads, "$name: $reloads reloads");
    is($t->certd_stop(), 0, "$name: certd ends in order");
    $t->stop();
    my @alarms = grep { /\[(?:alert|crit|emerg)\]/ }
        map { split /\n/, $t->read("logs/$_") } qw(error.log certd.log);
    is("@alarms", '', "$name: no alarm");
    is(($t->certctl('fsck'))[0], 0, "$name: fsck finds nothing");
}


sub work {
    my ($job, $stop, $out) = @_;

    srand $$;
    my ($done, $failed) = (0, '');
    while (!-e $stop) {
        my $what = eval { $job->() } // ($@ || 'no answer');
        $failed .= "$what\n" if $what ne '' && length $failed < 2000;
        $done++;
        sleep 0.002;
    }
    $t->write($out =~ s{.*/}{}r, "$done\n$failed");
    POSIX::_exit(0);
}


# Each check has a connection of its own: a reload closes idle connections,
# which is not a failure.
sub check {
    my $r = $t->get("/check/$checked");
    return $r->status == 200 && $r->json->{result} eq 'valid' ? ''
        : $r->status . ' ' . $r->body;
}


# A refusal by the quota is an answer as well.
sub apply {
    my ($holder, $certificates) = @_;

    my $number = $certificates->[rand @$certificates]{number};
    my $r = $holder->apply($number);
    return '' if $r->status == 409 && $r->json->{type} eq '/problems/quota';
    return 'apply: ' . $r->status . ' ' . $r->body if $r->status != 201;
    my $code = $r->json->{annotation}{code} // $r->json->{code};
    $r = $holder->post("/holder/annotations/$code/withdraw");
    return $r->status == 200 ? '' : 'withdraw: ' . $r->status . $r->body;
}


# Status 1 is an answer: the certificate is suspended already.
sub command {
    my ($env, @args) = @_;

    my ($status, undef, $err) = $t->certctl(@args, {env => $env});
    return $status <= 1 ? '' : "@args: status $status: $err";
}

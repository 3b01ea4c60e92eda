package Bench::Service;

# A service of its own: nginx with certd, and a holder with certificates.

use strict;
use warnings;
use utf8;

use Bench;
use NgxCert ();
use Time::HiRes qw(sleep);

# Copies of a certificate that its holder may apply for.
my $QUOTA = 100;

# How much higher certd's nice value is than that of nginx's workers, as in
# conf-examples/certd.service.
my $PRIORITY = 15;


# With "n" certificates.  Options: seals (0: nothing can be rendered), args and
# env of certd.
sub new {
    my ($class, $n, %opt) = @_;

    my $t = NgxCert->new();
    my $row = $t->certificate();
    my @rows = ($row, map { $t->certificate($t->same_person($row)) }
                2 .. $n);
    $t->import_rows(@rows);
    $t->certctl_ok('policy', 'set', "quota=$QUOTA");
    unlink glob $t->path('home/seals/*') if !($opt{seals} // 1);
    $t->conf($t->holder_conf(http => 'access_log off; '
            . 'keepalive_requests 1000000000;',
        server => 'location = /limit { return 200 x; }'),
        log_level => 'crit', events => 'accept_mutex off;',
        main => before_certd());
    $t->start();
    $t->certd(args => $opt{args} // ['--renderers', Bench::cores()],
              env => $opt{env} // {});

    return bless {t => $t, holder => $t->holder($row), rows => \@rows,
                  at => 0}, $class;
}


# certd is to give way to nginx.  Here nginx's priority is raised for that,
# because the measurement may itself run at the lowest priority.
sub before_certd {
    return '' if $> != 0;
    my $priority = getpriority(0, 0) - $PRIORITY;
    return 'worker_priority ' . ($priority < -20 ? -20 : $priority) . ';';
}


# The certificates of the next applications, none of which exceeds its quota.
sub numbers {
    my ($self, $n) = @_;
    return map { $self->{rows}[$self->{at}++ % @{$self->{rows}}]{number} }
        1 .. $n;
}


sub figures { return $_[0]{t}->get('/status')->json->{certd} }
sub pids { my $t = $_[0]{t}; return ($t->master, $t->{certd}) }


# A side that applies on "connections" connections; with "pause_ms" each of them
# waits so many milliseconds between two applications.
sub side {
    my ($self, $connections, $pause_ms) = @_;

    return {
        key => join('_', 'apply', $connections, 0 + $self),
        name => 'apply', connections => $connections, is_free => 1,
        url => 'http://127.0.0.1:' . $self->{t}->port,
        pids => sub { $self->pids }, pause_ms => $pause_ms,
        headers => {Cookie => $self->{holder}{cookie},
            'Content-Type' => 'application/x-www-form-urlencoded'},
        list => [map { "POST /holder/certificates/$_/annotations "
            . 'scene=self&days=90' } $self->numbers(scalar @{$self->{rows}})],
    };
}


# One run of the side: the result of Bench::run(), but with the rate of changes
# that certd committed, and "batch", how many of them shared a commit.
sub apply {
    my ($self, $side, $seconds) = @_;

    my $before = $self->figures;
    my $run = Bench::run($side, $seconds);
    sleep 1.1;
    my $after = $self->figures;

    my ($changes, $commits) = map { $after->{$_} - $before->{$_} }
        qw(changes commits);
    die 'refused: ' . JSON::PP->new->encode($after->{refusals}) . "\n"
        if $after->{refused} > $before->{refused};
    return {%$run, rate => $changes / $seconds,
            batch => $changes / ($commits || 1)};
}


1;

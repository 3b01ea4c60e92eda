# The clock jumps while all is running: an hour back, ten years ahead, and back
# again.  Nothing that is over is revived, no seal is set on a copy of a time
# in which its certificate does not hold, and afterwards all is as before.

use lib 't/lib';
use NgxCert;

use Time::HiRes qw(sleep);

use constant {HOUR => 3600, YEARS => 3653 * 86400};

my $t = NgxCert->new();
my $row = $t->certificate();
my @rows = ($row, map { $t->certificate($t->same_person($row)) } 1 .. 3);
$t->import_rows(@rows);
$t->certctl_ok('policy', 'set', 'quota=20');

# One clock for nginx, certd and certctl, so many seconds ahead of the real one.
my $file = $t->write('ahead', pack 'q<', 0);
chmod 0644, $file;
my %env = (LD_PRELOAD => $t->build . '/clock.so', CLOCK_FILE => $file);
sub ahead {
    my ($seconds) = @_;
    open my $fh, '+<:raw', $file or die "$file: $!\n";
    syswrite $fh, pack 'q<', $seconds;
    close $fh;
    sleep 1.2;          # nginx looks at the clock when something happens
    $t->get('/check/x') for 1 .. 20;
}

sub token {
    my ($code, @args) = @_;
    my $token = JSON::PP->new->decode($t->certctl_ok('token', $code, '--right',
        'download', @args, '--json', {env => \%env}))->{token};
    $t->secret($token);
    return $token;
}

$t->conf($t->holder_conf, workers => 2);
$t->start(env => \%env);
$t->certd(env => \%env);
my $holder = $t->holder($row);
my $apply = sub { $holder->apply($_[0]{number}, days => $_[1] // 90) };
my $short = $apply->($rows[0], 1)->json->{annotation}{code};
my $long = $apply->($rows[1])->json->{annotation}{code};
is($holder->ready($_)->json->{annotation}{state}, 'ready', 'a copy')
    for $short, $long;

my $code;
my $download = sub { $t->get("/download/$_[0]")->status };
my $result = sub { $t->get("/check/$_[0]")->json->{result} };
my $minute = token($long, '--ttl', 60);
my $hours = token($long, '--ttl', 2 * HOUR);
is($download->($_), 200, 'a token holds') for $minute, $hours;


# Back by an hour: what has expired since the last write stays so, on every
# connection of every worker.
ahead(61);
is($download->($minute), 410, 'a token is over') for 1 .. 10;
ahead(61 - HOUR);
my @revived = grep { $_ != 410 } map { $download->($minute) } 1 .. 40;
is("@revived", '', 'an hour back: a token that was over stays over');
is($download->($hours), 200, 'an hour back: one that was not holds');


# Ahead by ten years: all is over, and no change is written, which would be the
# latest time for good.  Checks are answered by the clock there is.
ahead(YEARS);
is($result->($long), 'expired', 'ten years ahead: a copy is over');
is($download->($hours), 410, 'ten years ahead: so is a token');
my $r = $t->post('/holder/login', username => $holder->{username},
                 password => $holder->{password});
is($r->status, 503, 'ten years ahead: nothing is written');
is($r->json->{type}, '/problems/busy', 'ten years ahead: for now');
$t->log_like('certd', qr/\[alert\] .*clock has jumped ahead/,
             'ten years ahead: an alert says why');
my $stat = $t->certctl_json('stat');
$t->expect_log(qr/certd: \[alert\] nothing is written: the clock/);

ahead(0);
is($result->($long), 'valid', 'back again: the copy is valid');
is($download->($hours), 200, 'back again: the token holds');
$r = $apply->($rows[2]);
is($r->status, 201, 'back again: an application is taken');
is($holder->ready($r->json->{annotation}{code})->json->{annotation}{state},
   'ready', 'back again: and made');
is($t->certctl_json('stat')->{highest} =~ s/T.*//r,
   $stat->{highest} =~ s/T.*//r, 'the store has seen no time of then');


# In steps, as time passes: what was over then stays so.
ahead($_ * 16 * HOUR) for 1 .. 3;
is($result->($short), 'expired', 'a copy is over') for 1 .. 10;
ahead(0);
@revived = grep { $_ ne 'expired' } map { $result->($short) } 1 .. 40;
is("@revived", '', 'two days back: a copy that was over stays over');
is($result->($long), 'valid', 'two days back: one that was not is valid');


# Who starts certd anew says that the clock is right.  In twenty years nothing is
# sealed, since the certificate of the seal has expired by then; no copy fails
# for that.
$t->certd_stop();
ahead(2 * YEARS);
$t->certd(env => \%env);
my $late = $t->login($holder->{username}, $holder->{password});
$r = $late->apply($rows[3]{number});
is($r->status, 201, 'certd of that time: it is taken');
$code = $r->json->{annotation}{code};
$t->log_like('certd', qr/the seal's certificate has expired/,
             'certd of that time: no seal, and the log says why');
is($late->get("/holder/annotations/$code")->json->{annotation}{state},
   'generating', 'certd of that time: the copy waits');

$t->done();

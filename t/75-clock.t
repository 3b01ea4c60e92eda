# The clock jumps while everything runs: an hour back, ten years ahead, and back
# again.  Nothing that has expired is valid again, no copy is sealed at a time
# when the certificate of the seal is not valid, and afterwards everything works
# as before.

use lib 't/lib';
use NgxCert;

use Time::HiRes qw(sleep);

use constant {HOUR => 3600, YEARS => 3653 * 86400};

my $t = NgxCert->new();
my $row = $t->certificate();
my @rows = ($row, map { $t->certificate($t->same_person($row)) } 1 .. 3);
$t->import_rows(@rows);
$t->certctl_ok('policy', 'set', 'quota=20');

# One clock for nginx, certd and certctl, some seconds ahead of the real one.
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
is($download->($_), 200, 'a token is valid') for $minute, $hours;


# Back by an hour: a token that has expired since the last write stays expired,
# on every connection of every worker.
ahead(61);
is($download->($minute), 410, 'a token has expired') for 1 .. 10;
ahead(61 - HOUR);
my @revived = grep { $_ != 410 } map { $download->($minute) } 1 .. 40;
is("@revived", '', 'an hour back: an expired token stays expired');
is($download->($hours), 200, 'an hour back: another is still valid');


# Ahead by ten years: everything has expired, and no change is written, because
# its time would remain the latest one in the store.  Checks follow the clock.
ahead(YEARS);
is($result->($long), 'expired', 'ten years ahead: a copy has expired');
is($download->($hours), 410, 'ten years ahead: so is a token');
my $r = $t->post('/holder/login', username => $holder->{username},
                 password => $holder->{password});
is($r->status, 503, 'ten years ahead: nothing is written');
is($r->json->{type}, '/problems/busy', 'ten years ahead: for the moment');
$t->log_like('certd', qr/\[alert\] .*clock has jumped ahead/,
             'ten years ahead: an alert says why');
my $stat = $t->certctl_json('stat');
$t->expect_log(qr/certd: \[alert\] nothing is written: the clock/);

ahead(0);
is($result->($long), 'valid', 'back again: the copy is valid');
is($download->($hours), 200, 'back again: the token is valid');
$r = $apply->($rows[2]);
is($r->status, 201, 'back again: an application is accepted');
is($holder->ready($r->json->{annotation}{code})->json->{annotation}{state},
   'ready', 'back again: and made');
is($t->certctl_json('stat')->{highest} =~ s/T.*//r,
   $stat->{highest} =~ s/T.*//r, 'the store has no time from the jump');


# In steps, as time passes: what has expired stays expired.
ahead($_ * 16 * HOUR) for 1 .. 3;
is($result->($short), 'expired', 'a copy has expired') for 1 .. 10;
ahead(0);
@revived = grep { $_ ne 'expired' } map { $result->($short) } 1 .. 40;
is("@revived", '', 'two days back: an expired copy stays expired');
is($result->($long), 'valid', 'two days back: another is still valid');


# A restart of certd means that the clock is right.  In twenty years no copy is
# sealed, because the certificate of the seal has expired; no copy fails for
# that.
$t->certd_stop();
ahead(2 * YEARS);
$t->certd(env => \%env);
my $late = $t->login($holder->{username}, $holder->{password});
$r = $late->apply($rows[3]{number});
is($r->status, 201, 'certd of that time: it is accepted');
$code = $r->json->{annotation}{code};
$t->log_like('certd', qr/a copy cannot be made.*certificate has expired/,
             'certd of that time: no seal, and the log says why');
my $ended = qr/certd: \[alert\] the seal "\w+" cannot sign: .* has expired/;
$t->log_like('certd', $ended, 'certd of that time: at the start, too');
$t->expect_log($ended);
is($late->get("/holder/annotations/$code")->json->{annotation}{state},
   'generating', 'certd of that time: the copy waits');

$t->done();

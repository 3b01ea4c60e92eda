# If a certificate is revoked, replaced or suspended while its copy waits, the
# copy is not made; a check gives the same result as for its other copies.

use lib 't/lib';
use NgxCert;

use Time::HiRes qw(time);

my $t = NgxCert->new();
my $valid = $t->certificate();
my ($revoked, $replaced, $successor, $by_certctl, @suspended) =
    map { $t->certificate($t->same_person($valid)) } 1 .. 9;
$t->import_rows($valid, $revoked, $replaced, $successor, $by_certctl,
                @suspended);

sub applied { return $t->annotate($_[0]{number}, '--no-render')->{code} }
sub check { return $t->get("/check/$_[0]")->json->{result} }
sub state_of { return $t->certctl_json('show', $_[0])->{state} }
sub files { return () = glob $t->path("home/pdf/*/*/$_[0].pdf") }

$t->conf($t->holder_conf);
$t->start();

my %code = (revoked => applied($revoked), replaced => applied($replaced));
my @wait = map { applied($_) } @suspended;
$t->certctl_ok('revoke', $revoked->{number});
$t->certctl_ok('replace', $replaced->{number}, $successor->{number});
$t->certctl_ok('suspend', $_->{number}) for @suspended;

$t->certd(args => ['--renderers', 1, '--log-level', 'info']);

# Copies of revoked and replaced certificates are withdrawn, without a file.
for my $what (qw(revoked replaced)) {
    $t->await(sub { state_of($code{$what}) ne 'generating' });
    is(state_of($code{$what}), 'withdrawn', "$what: withdrawn");
    is(check($code{$what}), $what, 'a check says so');
    is(files($code{$what}), 0, 'no file');
}
$t->log_like('certd', qr/cannot be made: its certificate is $_/,
             "the log says: $_") for qw(revoked replaced);

# Copies of suspended certificates wait and are tried again; others do not wait
# for them.
my $holder = $t->holder($valid);
my $begun = time;
for (1 .. 3) {
    my $code = $holder->apply($valid->{number})->json->{annotation}{code};
    is($holder->ready($code)->json->{annotation}{state}, 'ready',
       'another copy is made');
}
$t->in_time(time - $begun, 10, 'without waiting for a pause to end');
unlike($t->read('logs/certd.log'), qr/cannot be made at the moment/,
       'they do not hold up others');
for my $code (@wait) {
    is(state_of($code), 'generating', 'suspended: it waits');
    is(check($code), 'suspended', 'a check says so');
    is(files($code), 0, 'no file');
}
my $waits = qr/waits: its certificate is suspended/;
$t->await_log('certd', $waits, scalar @wait);
is($t->log_count('certd', $waits), scalar @wait, 'each is logged once');

# Then they are made, or withdrawn.
my $last = pop @wait;
$t->certctl_ok('revoke', pop(@suspended)->{number});
$t->certctl_ok('reinstate', $_->{number}) for @suspended;
for my $code (@wait) {
    $t->await(sub { state_of($code) ne 'generating' });
    is(state_of($code), 'ready', 'reinstated: it is made');
    is(check($code), 'valid', 'and valid');
    is(files($code), 1, 'with its file');
}
$t->await(sub { state_of($last) ne 'generating' });
is(state_of($last), 'withdrawn', 'suspended, then revoked: withdrawn');
is(check($last), 'revoked', 'a check says so');
is($t->certd_stop(), 0, 'certd ends');

# The same by certctl.
my $code = applied($by_certctl);
$t->certctl_ok('revoke', $by_certctl->{number});
my ($status, $out) = $t->certctl('annotate', '--pending');
is($status, 1, 'certctl: not made');
is(state_of($code), 'withdrawn', 'withdrawn');
is(check($code), 'revoked', 'a check says so');
is(files($code), 0, 'no file');

is($t->certctl_json('fsck', '--files')->{findings}, 0, 'fsck finds nothing');
$t->done();

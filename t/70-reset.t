# Logins in flight while an operator gives the account another password: what
# proved the old one begins no session that outlives it.

use lib 't/lib';
use NgxCert;

my $ROUNDS = $ENV{ROUNDS} // 3;
my $LOGINS = 6;

# One hash at a time: the others wait with what they know of the account.
my $t = NgxCert->new();
my ($row) = $t->import_rows($t->certificate());
$t->conf($t->holder_conf);
$t->start();
$t->certd(args => ['--renderers', 1, '--hashes', 1]);

my $password = 'the first password';
$t->holder($row, username => 'anna', password => $password);

# The cookies that so many logins at once were given.
sub logins {
    my ($while, $old) = @_;

    pipe my $out, my $in or die "pipe: $!";
    my @pids = map {
        my $pid = fork // die "fork: $!";
        if (!$pid) {
            my $r = $t->post('/holder/login', username => 'anna',
                             password => $old);
            my ($cookie) = join(';', $r->header('set-cookie'))
                =~ /(__Host-cert=[^;]+)/;
            syswrite $in, ($cookie // '') . "\n";
            POSIX::_exit(0);
        }
        $pid;
    } 1 .. $LOGINS;

    $while->();
    waitpid $_, 0 for @pids;
    close $in;
    chomp(my @cookies = <$out>);
    return @cookies;
}

my ($begun, $refused) = (0, 0);
for my $round (1 .. $ROUNDS) {
    my $next = "password number $round";
    my $file = $t->write('password', "$next\n");
    my @cookies = logins(sub {
        $t->certctl_json('account', 'reset', 'anna', '--password-file', $file);
    }, $password);
    $password = $next;

    is(scalar @cookies, $LOGINS, "round $round: all were answered");
    $begun += grep { length } @cookies;
    $refused += grep { !length } @cookies;
    is(scalar(grep {
        $t->get('/holder/certificates', Cookie => $_)->status != 401
    } grep { length } @cookies), 0, "round $round: no session holds");
}
note("$begun sessions were begun, $refused refused");

# Those that came too late have failed, and that many have to be waited for.
my $status;
$t->await(sub { ($status = $t->post('/holder/login', username => 'anna',
    password => $password)->status) != 429 });
is($status, 200, 'the last password');

$t->done();

# Logins under way while an operator gives the account another password: a login
# with the old password begins no session that outlives it.

use lib 't/lib';
use NgxCert;

my $ROUNDS = $ENV{ROUNDS} // 3;
my $LOGINS = 6;

# One hash at a time: the other logins wait, having read the account.
my $t = NgxCert->new();
my ($row) = $t->import_rows($t->certificate());
$t->conf($t->holder_conf);
$t->start();
$t->certd(args => ['--renderers', 1, '--hashes', 1]);

my $password = 'the first password';
$t->holder($row, username => 'anna', password => $password);

# The cookies of many logins at once.
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
    } grep { length } @cookies), 0, "round $round: no session is valid");
}
note("$begun sessions were begun, $refused refused");

# Late logins failed, and so many failures delay the next login.
my $status;
$t->await(sub { ($status = $t->post('/holder/login', username => 'anna',
    password => $password)->status) != 429 });
is($status, 200, 'the last password');

$t->done();

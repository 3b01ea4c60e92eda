# The key of the tokens is changed over and over under load: what was made under
# the old one holds until that is retired, and not after it.  ROTATIONS (3).

use lib 't/lib';
use NgxCert;

use Time::HiRes qw(sleep);

my $wanted = $ENV{ROTATIONS} // 3;

my $t = NgxCert->new();
my $code = $t->samples()->{valid}{code};
sub token { return $t->token($code, 'download', '--ttl', 86400) }

$t->conf(workers => 2, server => 'location /download/ { cert_download; }');
$t->start();
my $token = token();

# In one step, since it is read meanwhile.
sub set_token {
    my ($text) = @_;
    rename $t->write('token.new', $text), $t->path('token')
        or die "rename: $!\n";
}
set_token($token);


# Asks with the token of the file over and over; what failed, at the end.
my $pid = fork // die "fork: $!\n";
if (!$pid) {
    my ($asked, $failed) = (0, '');
    my ($socket, $is_fresh);
    while (!-e $t->path('stop')) {
        my $uses = $t->read('token');
        $is_fresh = !$socket;
        $socket //= $t->connect();
        my $r = $t->request('GET', "/download/$uses", socket => $socket);

        # A reload closes a connection that waits, as it may.
        if (!$r && !$is_fresh) {
            undef $socket;
            next;
        }
        $asked++;
        $failed .= ($r ? $r->status : 'no answer') . "\n"
            if !$r || $r->status != 200;
        undef $socket
            if !$r || ($r->header('connection') // '') eq 'close';
        $t->write('used', $uses);
        sleep 0.002;
    }
    $t->write('load', "$asked\n$failed");
    require POSIX;
    POSIX::_exit(0);
}


my ($rotations, $wrong) = (0, '');
for my $id (1 .. $wanted) {
    $t->certctl_ok('keys', 'rotate', 'token');
    $t->reload();
    $t->certctl_ok('keys', 'rotate', 'token', '--activate');
    my $new = token();
    $wrong .= "$id: another key, the same token\n" if $new eq $token;

    # The load goes on with the old one for a while, then with the new one.
    sleep 0.05;
    set_token($new);
    $t->await(sub { $t->read('used') eq $new });

    $t->certctl_ok('keys', 'retire', 'token', $id);
    $t->reload();
    my @status = map { $t->get("/download/$_")->status } $token, $new;
    $wrong .= "$id: old and new: @status\n" if "@status" ne '403 200';
    $token = $new;
    $rotations++;
}
$t->write('stop', '');
waitpid $pid, 0;
my ($asked, @failed) = split /\n/, $t->read('load');
is($wrong, '', "$rotations rotations of the key");
is("@failed", '', "$asked requests meanwhile, none refused");
cmp_ok($asked, '>', $wanted, 'there were some');

$t->done();

# Guessing is slowed down, by account, by document and by address; and who
# logs in when too many do is sent away at once.

use lib 't/lib';
use NgxCert;

use IO::Select;
use Time::HiRes qw(sleep time);

my $t = NgxCert->new();
my ($row, $other, $third) = $t->import_rows(map { $t->certificate() } 1 .. 3);
$t->conf($t->holder_conf(http => <<'END'));
    server {
        listen 127.0.0.1:%%PORT1%% backlog=1024;
        location /holder/ {
            proxy_pass        http://certd;
            proxy_set_header  X-Real-IP $http_from_address;
        }
    }
END
$t->start();
$t->certd(args => ['--hashes-waiting', 8]);

my @holders = map { $t->holder($_) } $row, $other;
my ($holder, $beside) = @holders;

# Tries a login from an address; as nginx says, or as the client does.
sub try {
    my ($username, $password, $address, %more) = @_;
    return $t->request('POST', '/holder/login',
        form => [username => $username, password => $password],
        defined $address ? (port => $t->port(1)) : (),
        headers => [defined $address ? ('From-Address' => $address) : (),
                    %more]);
}

sub told {
    my ($r) = @_;
    return $r->status . ($r->status < 400 ? ''
        : ' ' . $r->json->{type} =~ s{.*/}{}r);
}

# Has to wait, for so many seconds at most; returns how many.
sub waits {
    my ($r, $most, $what) = @_;
    my $after = $r->header('retry-after') // '';
    is(told($r), '429 too_often', $what);
    ok($after =~ /^[1-9]\d*$/ && $after <= $most, "$what: for $after s");
    is($r->json->{retry_after}, $after, "$what: said twice");
    is($r->header($_->[0]), $_->[1], "$what: $_->[0]")
        for ['cache-control', 'no-store'], ['x-content-type-options',
        'nosniff'], ['content-type', 'application/problem+json'];
    return $after;
}

# Fails until it has to wait: how often it could, and the answer.  On a machine
# that is busy a hash may take longer than the wait, which doubles each time.
sub block {
    my ($name, $from) = @_;
    for my $n (0 .. 12) {
        my $r = try($n % 2 ? uc $name : $name, "wrong $n", "192.0.2.$from$n");
        return ($n, $r) if $r->status != 401;
    }
    return (13, undef);
}


# By account, whether there is one or not, and by whatever spelling.
for my $name ('nobody.here', $holder->{username}) {
    my ($n, $r) = block($name, 1);
    ok($n >= 5 && $n <= 8, "$name: $n failures");
    waits($r, 8, "$name: then it has to wait");
    waits(try($name, $holder->{password}, '192.0.2.7'), 8,
          "$name: also with the right password");
}
is(told(try($beside->{username}, $beside->{password}, '192.0.2.8')), '200',
   'another account is not touched');
is($holder->get('/holder/notice')->status, 200, 'nor a session');
is(told($t->post('/holder/register', username => 'somebody', password =>
   'long enough', map { $_ => $third->{$_} } qw(id_type id_number name))),
   '201', 'nor who registers');

# It ends by itself; the next failure waits longer; a success clears all.
my ($n, $r) = block($holder->{username}, 2);
my $first = $r->header('retry-after');
sleep $first + 0.1;
is(told(try($holder->{username}, 'wrong', '192.0.2.8')), '401 login_refused',
   'after the wait a try');
($n, $r) = block($holder->{username}, 3);
my $second = waits($r, 16, 'then it has to wait again');
cmp_ok($second, '>', $first, 'longer');
sleep $second + 0.1;
is(told(try($holder->{username}, $holder->{password}, '192.0.2.8')), '200',
   'after that the right password is taken');
is(told(try($holder->{username}, 'wrong', '192.0.2.8')), '401 login_refused',
   'and has cleared all');


# By document: what does not match, and not what is told about a field.
my $person = $t->person();
my @register = (id_type => 'cn', username => 'some.body');
sub register {
    my ($person, $name, $password) = @_;
    return $t->request('POST', '/holder/register', port => $t->port(1),
        form => [@register, id_number => $person->{id_number}, name => $name,
                 password => $password // 'long enough']);
}
register($person, '张三', 'short') for 1 .. 10;
$n = 0;
$n++ while $n < 12 && ($r = register($person, "张三$n"))->status == 403;
ok($n >= 5 && $n <= 8, "$n names for a document");
waits($r, 8, 'then it has to wait');
is(told(register($t->person(), '张三')), '403 registration_refused',
   'another document does not');


# By address: twenty failures, each with another name, and with an address of
# the client's own making, which nginx replaces.
for my $ten (1, 2) {
    my @crowd = map { my $socket = $t->connect();
        $socket->syswrite($t->request_bytes('POST', '/holder/login',
            form => [username => "guess.$ten.$_", password => 'wrong'],
            headers => ['X-Real-IP' => "192.0.2.$_"], close => 1));
        $socket } 1 .. 10;
    is(join(' ', map { told($t->response($_, 'POST')) } @crowd),
       join(' ', ('401 login_refused') x 10), 'ten failures of an address');
}
waits(try($beside->{username}, $beside->{password}), 1,
      'then all of it has to wait');
waits(try('guess', 'wrong', undef, 'X-Real-IP' => '192.0.2.99'), 1,
      'whatever it says of itself');
waits(try('guess', 'wrong', '203.0.113.9, 127.0.0.1'), 1,
      'the last of several addresses is the one');
is(told($t->post('/holder/register', @register, id_number =>
   $t->person()->{id_number}, name => '张三', password => 'long enough')),
   '429 too_often', 'nor can it register');
is(told(try($beside->{username}, $beside->{password}, '198.51.100.2')), '200',
   'another address does not');
is($beside->get('/holder/notice')->status, 200, 'nor who is logged in');


# Too many at once.
my ($service) = $t->certd_processes('service');
sub memory {
    my ($what) = @_;
    return ($t->read("/proc/$service/status") =~ /^$what:\s+(\d+)/m)[0] / 1024;
}
my $check = '/check/K7QX-2M9D-PA4T-8WZ3';
my $known = $t->get($check)->status;
my $before = memory('VmRSS');
$t->write("/proc/$service/clear_refs", '5') if $> == 0;
my $begun = time;
my (%open, %ends, %statuses, @late, @checks);
my $select = IO::Select->new();
for my $n (1 .. 300) {
    my $socket = $t->connect($t->port(1));
    $socket->syswrite($t->request_bytes('POST', '/holder/login', close => 1,
        form => [username => "crowd.$n", password => 'wrong'],
        headers => ['From-Address' => '10.' . ($n >> 8) . '.' . ($n & 255)
                    . '.1']));
    $open{$socket} = time;
    $select->add($socket);
}
while ($select->count && time < $begun + 15) {
    for my $socket ($select->can_read(0.02)) {
        my $r = $t->response($socket, 'POST');
        my $told = $r ? told($r) : 'none';
        $statuses{$told}++;
        push @late, time - $open{$socket} if $told =~ /^429/;
        $ends{$told} = $r if $r;
        $select->remove($socket);
    }
    my $asked = time;
    push @checks, [$t->get($check)->status, time - $asked]
        if @checks < 30 && time > $begun + 0.05 * @checks;
}
is($select->count, 0, 'everybody is answered');
is(join(' ', sort keys %statuses), '401 login_refused 429 too_many',
   'by a refusal, or by one to wait');
cmp_ok($statuses{'401 login_refused'} // 0, '>=', 10, 'those who could wait');
cmp_ok($statuses{'429 too_many'} // 0, '>=', 200, 'and most could not');
like($ends{'429 too_many'}->header('retry-after') // '', qr/^[1-9]$/,
     'who were told for how long');
cmp_ok((sort { $b <=> $a } @late)[0], '<', 2, 'at once');
my $more = memory('VmHWM') - $before;
cmp_ok($more, '<=', 2 * 128 + 64, sprintf 'memory: %.0f MiB more', $more);
is(scalar(grep { $_->[0] != $known } @checks), 0, 'checks go on');
cmp_ok((sort { $b <=> $a } map { $_->[1] } @checks)[0], '<', 0.5,
       'in no time');
is(told(try('crowd.1', 'wrong', '10.9.9.9')), '401 login_refused',
   'who was refused or sent away tries again');

$t->done();

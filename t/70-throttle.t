# Guessing is slowed down, by account, by document and by address; and when
# too many clients log in together, some are refused at once.

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

# Tries a login from an address that nginx sets, or that the client sends.
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

# Asserts that a client has to wait, for at most the given seconds; returns how
# many.
sub waits {
    my ($r, $most, $what) = @_;
    my $after = $r->header('retry-after') // '';
    is(told($r), '429 too_often', $what);
    ok($after =~ /^[1-9]\d*$/ && $after <= $most, "$what: for $after s");
    is($r->json->{retry_after}, $after, "$what: in header and body");
    is($r->header($_->[0]), $_->[1], "$what: $_->[0]")
        for ['cache-control', 'no-store'], ['x-content-type-options',
        'nosniff'], ['content-type', 'application/problem+json'];
    return $after;
}

# Sends failing requests until one has to wait.  Returns when the last failure
# began, how many seconds it has to wait, how many failures came before, and the
# answer.  On a busy machine a hash may take longer than the wait, which doubles
# each time.
sub block {
    my ($fail) = @_;
    my ($begun, $over, $n, $r) = (time, 0);
    for ($n = 0; $n < 20; $n++) {
        my $asked = time;
        $r = $fail->($n);
        last if $r->status !~ /^40[13]$/;
        $over++ if $n >= 5 && time - $begun >= 2 ** ($n - 5);
        $begun = $asked;
    }
    return {begun => $begun, wait => 2 ** $over, free => $n - $over, r => $r};
}

sub block_account {
    my ($name, $from) = @_;
    return block(sub { try($_[0] % 2 ? uc $name : $name, "wrong $_[0]",
                           "192.0.2.$from$_[0]") });
}

# Asserts that another request has to wait as well.  If the wait is over before
# the request is sent, a longer wait is begun.
sub still_waits {
    my ($block, $ask, $longer, $what) = @_;
    my $r = $ask->();
    for (1 .. 10) {
        last if $r->status == 429 || time - $block->{begun} < $block->{wait};
        %$block = %{$longer->()};
        $r = $ask->();
    }
    waits($r, 2 ** 10, $what);
}


# By account, whether it exists or not, and in any spelling.
for my $name ('nobody.here', $holder->{username}) {
    my $block = block_account($name, 1);
    is($block->{free}, 5, "$name: five failures");
    waits($block->{r}, $block->{wait}, "$name: then it has to wait");
    still_waits($block, sub { try($name, $holder->{password}, '192.0.2.7') },
                sub { block_account($name, 1) },
                "$name: also with the right password");
}
is(told(try($beside->{username}, $beside->{password}, '192.0.2.8')), '200',
   'another account is not touched');
is($holder->get('/holder/notice')->status, 200, 'nor a session');
is(told($t->post('/holder/register', username => 'somebody', password =>
   'long enough', map { $_ => $third->{$_} } qw(id_type id_number name))),
   '201', 'nor a registration');

# The wait ends by itself; the next failure waits longer; a success clears it.
my $first = block_account($holder->{username}, 2)->{r}->header('retry-after');
sleep $first + 0.1;
my $tried = time;
is(told(try($holder->{username}, 'wrong', '192.0.2.8')), '401 login_refused',
   'after the wait a login is tried');
my $block = block_account($holder->{username}, 3);
my $second = waits($block->{r}, 2 ** 10, 'then it has to wait again');
cmp_ok($second + time - $tried, '>=', 2 * $first, 'longer');
sleep $second + 0.1;
is(told(try($holder->{username}, $holder->{password}, '192.0.2.8')), '200',
   'after that the right password is accepted');
is(told(try($holder->{username}, 'wrong', '192.0.2.8')), '401 login_refused',
   'and has cleared the failures');


# By document: failed matches count, refused fields do not.
my $person = $t->person();
my @register = (id_type => 'cn', username => 'some.body');
sub register {
    my ($person, $name, $password) = @_;
    return $t->request('POST', '/holder/register', port => $t->port(1),
        form => [@register, id_number => $person->{id_number}, name => $name,
                 password => $password // 'long enough']);
}
register($person, '张三', 'short') for 1 .. 10;
$block = block(sub { register($person, "张三$_[0]") });
is($block->{free}, 5, 'five names for a document');
waits($block->{r}, $block->{wait}, 'then it has to wait');
is(told(register($t->person(), '张三')), '403 registration_refused',
   'another document does not have to wait');


# By address: twenty failures, each with another name, and with an address that
# the client makes up and nginx replaces.
for my $ten (1, 2) {
    $block = {begun => time, wait => 1};
    my %told = map { $_ => '429 too_many' } 1 .. 10;

    # On a busy machine a login may get no hash; that is not a failure, and it
    # is repeated.
    $t->await(sub {
        my @again = grep { $told{$_} eq '429 too_many' } sort keys %told;
        my @crowd = map { my $socket = $t->connect();
            $socket->syswrite($t->request_bytes('POST', '/holder/login',
                form => [username => "guess.$ten.$_", password => 'wrong'],
                headers => ['X-Real-IP' => "192.0.2.$_"], close => 1));
            [$_, $socket] } @again;
        $told{$_->[0]} = told($t->response($_->[1], 'POST')) for @crowd;
        return !grep { $_ eq '429 too_many' } values %told;
    });
    is(join(' ', values %told), join(' ', ('401 login_refused') x 10),
       'ten failures from an address');
}
my $longer = sub {
    my $asked = time;
    my $r = try('guess', 'wrong');
    return $r->status == 429 ? $block
        : {begun => $asked, wait => 2 * $block->{wait}};
};
still_waits($block, $_->[1], $longer, $_->[0]) for
    ['then every login has to wait',
     sub { try($beside->{username}, $beside->{password}) }],
    ['whatever address the client sends',
     sub { try('guess', 'wrong', undef, 'X-Real-IP' => '192.0.2.99') }],
    ['the last of several addresses counts',
     sub { try('guess', 'wrong', '203.0.113.9, 127.0.0.1') }],
    ['nor can it register', sub { $t->post('/holder/register', @register,
         id_number => $t->person()->{id_number}, name => '张三',
         password => 'long enough') }];
is(told(try($beside->{username}, $beside->{password}, '198.51.100.2')), '200',
   'another address does not have to wait');
is($beside->get('/holder/notice')->status, 200, 'nor a session');


# Too many logins at once.
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
while ($select->count && time < $begun + $NgxCert::PATIENCE) {
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
is($select->count, 0, 'every login is answered');
is(join(' ', sort keys %statuses), '401 login_refused 429 too_many',
   'refused, or told to wait');
cmp_ok($statuses{'401 login_refused'} // 0, '>=', 2, 'some got a hash');
cmp_ok($statuses{'429 too_many'} // 0, '>=', 200, 'most did not');
like($ends{'429 too_many'}->header('retry-after') // '', qr/^[1-9]\d?$/,
     'they were told for how long');
$t->in_time((sort { $b <=> $a } @late)[0], 2, 'at once');
my $more = memory('VmHWM') - $before;
cmp_ok($more, '<=', 2 * 128 + 64, sprintf 'memory: %.0f MiB more', $more);
is(scalar(grep { $_->[0] != $known } @checks), 0, 'checks go on');
$t->in_time((sort { $b <=> $a } map { $_->[1] } @checks)[0], 0.5,
            'quickly');
is(told(try('crowd.1', 'wrong', '10.9.9.9')), '401 login_refused',
   'a later login is tried again');

$t->done();

# The line before the hashing of passwords: a client that has left gets no
# hash, and nobody waits for longer than is said.  A hash takes three seconds
# here, three are made at once.

use lib 't/lib';
use NgxCert;

use IO::Select;
use Time::HiRes qw(sleep time);

my $shim = NgxCert::build() . '/hash.so';
plan(skip_all => "$shim is not built (make unit)") if !-e $shim;

my $t = NgxCert->new();
my ($row) = $t->import_rows($t->certificate());
$t->conf($t->holder_conf);
$t->start();
$t->certd(args => ['--hashes', 3, '--hashes-waiting', 100],
          env => {LD_PRELOAD => $shim, HASH_MS => 3000,
                  HASH_LOG => $t->write('hashes', ''),
                  HASH_GATE => $t->path('gate')});

sub ask {
    my ($route, %form) = @_;
    my $socket = $t->connect();
    $socket->syswrite($t->request_bytes('POST', "/holder/$route",
                                        form => [%form], close => 1));
    return $socket;
}

sub login { return ask('login', username => $_[0], password => 'wrong') }

sub register {
    my ($n) = @_;
    my $person = $t->person();
    return ask('register', username => "somebody.$n", password =>
               'long enough', id_type => 'cn',
               map { $_ => $person->{$_} } qw(id_number name));
}

sub figure { return $t->get('/status')->json->{certd}{$_[0]} // 'none' }

sub hashes { return -s $t->path('hashes') }

sub told {
    my ($r) = @_;
    return !$r ? 'none' : $r->status . ' ' . $r->json->{type} =~ s{.*/}{}r;
}


# Three work, for as long as the gate is shut, and three wait; a seventh would
# wait for six seconds.  Those that wait leave, and others get the hashes.
$t->write('gate', '');
my @work = map { login("works.$_") } 1 .. 3;
ok($t->await(sub { hashes() == 4 }), 'three work, after one at the start');
my @wait = ((map { login("waits.$_") } 1, 2), register(3));
ok($t->await(sub { figure('hashes_waiting') eq 3 }), 'three wait');
is(told($t->response(login('seventh'), 'POST')), '429 too_many',
   'one more is sent away');
close $_ for @wait;
ok($t->await(sub { $t->read('logs/access.log') =~ /( 499 .*){3}/s }),
   'nginx sees them leave');
unlink $t->path('gate');
is(told($t->response($_, 'POST')), '401 login_refused', 'one that works')
    for @work;
my @next = map { login("next.$_") } 1 .. 3;
is(told($t->response($_, 'POST')), '401 login_refused', 'one that comes then')
    for @next;
ok($t->await(sub { figure('logins_left') eq 3 }), 'three had left');
ok($t->await(sub { figure('logins_refused') eq 6 }), 'six were hashed');
is(hashes(), 1 + 6, 'and no more');


# Sixty at once: nobody waits for what nginx would give up, and those that are
# sent away are told for how long.
my $begun = time;
my $select = IO::Select->new(map { login("crowd.$_") } 1 .. 60);
my (%answers, @late, @after);
while ($select->count && time < $begun + 120) {
    for my $socket ($select->can_read(0.1)) {
        my $r = $t->response($socket, 'POST');
        $select->remove($socket);
        $answers{told($r)}++;
        if ($r && $r->status == 429) {
            push @late, time - $begun;
            push @after, $r->header('retry-after');
            is($r->json->{retry_after}, $after[-1], 'said twice')
                if @after == 1;
        }
    }
}
is(join(' ', sort keys %answers), '401 login_refused 429 too_many',
   'all of sixty are answered by certd');
my $let = $answers{'401 login_refused'} // 0;
ok($let >= 3 && $let <= 30, "$let were let in");
is(scalar(grep { !/^[1-9]\d?$/ || $_ < 6 } @after), 0,
   'the others are to come back after six seconds and more');

# An honest one: who comes back then is let in.
my ($longest) = sort { $b <=> $a } @after;
sleep($longest // 0);
is(told($t->response(login('back'), 'POST')), '401 login_refused',
   'one that comes back then is let in');

$t->done();

# The queue of logins that wait for a hash: a client that has left gets no hash,
# and no client waits longer than promised.  Here a hash takes three seconds and
# three are made at once.

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


# While the gate is shut, three logins are hashed and three wait; a seventh
# would wait for six seconds.  The waiting clients leave, and others get the
# hashes.
$t->write('gate', '');
my @work = map { login("works.$_") } 1 .. 3;
ok($t->await(sub { hashes() == 4 }),
   'three are hashed, after one at the start');
my @wait = ((map { login("waits.$_") } 1, 2), register(3));
ok($t->await(sub { figure('hashes_waiting') eq 3 }), 'three wait');
is(told($t->response(login('seventh'), 'POST')), '429 too_many',
   'one more is refused');
close $_ for @wait;
ok($t->await(sub { $t->read('logs/access.log') =~ /( 499 .*){3}/s }),
   'nginx sees them leave');
unlink $t->path('gate');
is(told($t->response($_, 'POST')), '401 login_refused', 'one that was hashed')
    for @work;
my @next = map { login("next.$_") } 1 .. 3;
is(told($t->response($_, 'POST')), '401 login_refused', 'one that came later')
    for @next;
ok($t->await(sub { figure('logins_left') eq 3 }), 'three had left');
ok($t->await(sub { figure('logins_refused') eq 6 }), 'six were hashed');
is(hashes(), 1 + 6, 'and no more');


# Sixty at once: no client waits longer than nginx does, and the refused ones
# are told when to try again.
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
            is($r->json->{retry_after}, $after[-1], 'in header and body')
                if @after == 1;
        }
    }
}
is(join(' ', sort keys %answers), '401 login_refused 429 too_many',
   'all of sixty are answered by certd');
my $let = $answers{'401 login_refused'} // 0;
ok($let >= 3 && $let <= 30, "$let were let in");
is(scalar(grep { !/^[1-9]\d?$/ || $_ < 6 } @after), 0,
   'the others are to wait six seconds or more');

# A client that comes back at the given time is let in.
my ($longest) = sort { $b <=> $a } @after;
sleep($longest // 0);
is(told($t->response(login('back'), 'POST')), '401 login_refused',
   'a client that comes back then is let in');

$t->done();

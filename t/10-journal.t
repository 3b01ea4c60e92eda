# certctl journal and stat: every change, in order, with its author.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
my ($a, $b) = $t->import_rows($t->certificate(), $t->certificate());
my $first = $t->certctl_json('stat')->{journal};
my $copy = $t->annotate($a->{number}, '--no-render');
$t->certctl_ok('withdraw', $copy->{code});
$t->certctl_ok('suspend', $b->{number});
$t->certctl_ok('policy', 'set', 'quota=4');

my @entries = map { JSON::PP->new->decode($_) }
    split /\n/, $t->certctl_ok('journal', 'list', '--json');
is(scalar @entries, $first + 4, 'an entry a change');
is(join(' ', map { $_->{sequence} } @entries), join(' ', 1 .. @entries),
   'in order, none left out');
my @last = @entries[-4 .. -1];
is(join(' ', map { $_->{change} } @last), 'apply withdraw status policy',
   'the changes');
is($last[0]{subject}, $a->{number}, 'the certificate');
is($last[1]{subject}, $copy->{code}, 'the copy');
is($last[2]{detail}, 'suspended', 'how');
like($_->{actor}, qr/^certctl:\S+$/, 'the actor') for @last;
is(scalar(grep { length $_->{chain} != 64 } @entries), 0, 'with its chain');

# Parts of the journal.
my @part = split /\n/, $t->certctl_ok('journal', 'list', '--from', $first + 1);
is(scalar @part, 4, '--from');
@part = split /\n/, $t->certctl_ok('journal', 'list', '--from', 2, '--limit',
    3);
is(join(' ', map { (split / /)[0] } @part), '2 3 4', '--limit');
is($t->certctl_ok('journal', 'list', '--from', 1000000), '', 'past the end');
is($t->certctl_ok('journal', 'list', '--limit', 0), '', 'none');

my $said = $t->certctl_json('journal', 'verify');
is($said->{entries}, scalar @entries, 'verify counts them all');
is(($t->certctl('journal', @$_))[0], 2, "journal @$_: wrong usage")
    for [], ['frob'], ['list', 'x'], ['list', '--from', 'x'];

my $stat = $t->certctl_json('stat');
is($stat->{journal}, scalar @entries, 'stat: journal');
is($stat->{certificates}, 2, 'stat: certificates');
is($stat->{annotations}, 1, 'stat: copies');
is($stat->{queue}, 0, 'stat: none waits');
is($stat->{readers_max}, 1024, 'stat: readers');
ok($stat->{demonstration}, 'stat: a demonstration');

# No name and no number of a document in the journal as printed.
$t->write('logs/journal.log', Encode::encode('UTF-8',
    $t->certctl_ok('journal', 'list')));
$t->done();

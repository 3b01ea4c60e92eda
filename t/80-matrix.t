# scripts/matrix, as far as it can be tested without making a system: wrong
# arguments are refused by name, before anything is made.

use Fcntl qw(LOCK_EX);
use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
my $matrix = $t->top . '/scripts/matrix';
my $base = $t->path('base');

sub matrix { return $t->run($matrix, '--base', $base, @_) }

for my $case (
    ['no release', qr/which releases\? 12, 13, next/],
    ['an unknown release', qr/unknown release "11": 12, 13 or next/, '11'],
    ['one among others', qr/unknown release "sid"/, '12', 'sid'],
    ['an unknown option', qr/unknown option --all/, '--all', '12'],
    ['an option without a value', qr/--only needs a value/, '--only'],
    ['an unknown command', qr/takes run or test, not "bench"/, '--only',
     'bench', '12'],
    ['a clone somewhere', qr/takes an absolute path, not "x"/, '--clone', 'x',
     '12'],
    ['a variable without a value', qr/takes NAME=VALUE, not "X"/, '--env', 'X',
     '12'],
) {
    my ($name, $said, @args) = @$case;
    my ($status, $out, $err) = matrix(@args);
    is($status, 1, "$name: status");
    like($err, $said, "$name: reason");
    ok(!-e $base, "$name: nothing is made");
}

# Two runs at once would remove each other's systems.
SKIP: {
    skip 'makes systems as root only', 2 if $> != 0;

    mkdir $base or die "$base: $!";
    open my $lock, '>', "$base/12.lock" or die "$base/12.lock: $!";
    flock $lock, LOCK_EX or die "flock: $!";
    my ($status, undef, $err) = matrix('12');
    is($status, 1, 'a release that another run uses: status');
    like($err, qr/another scripts\/matrix is at work on 12 in \Q$base\E/,
         'said');
}

# Where the mirror is not known, that of mmdebstrap is not taken in its place.
SKIP: {
    skip 'makes systems as root only', 3 if $> != 0;

    my %fake = (sed => 'exit 0', 'dpkg-query' => 'printf installed',
                mmdebstrap => "touch '$base/ran'; exit 1");
    for my $name (keys %fake) {
        $t->write("fake/$name", "#!/bin/sh\n$fake{$name}\n");
        chmod 0755, $t->path("fake/$name");
    }
    my ($status, undef, $err) = matrix('13',
        {env => {PATH => $t->path('fake') . ":$ENV{PATH}"}});
    is($status, 1, 'no mirror: status');
    like($err, qr/no mirror of Debian in the sources of apt/, 'said');
    ok(!-e "$base/ran", 'and no system is made');
}

# mmdebstrap takes the format from the end of a name where none is given, and
# makes a folder where it knows no such end.
SKIP: {
    skip 'makes systems as root only', 4 if $> != 0;

    $t->write('fake/sed', "#!/bin/sh\nexec /bin/sed \"\$@\"\n");
    $t->write('fake/mmdebstrap', "#!/bin/sh\necho \"\$@\" > '$base/ran'\n"
        . "mkdir '$base/13.tar.new'\nexit 1\n");
    my ($status, undef, $err) = matrix('13',
        {env => {PATH => $t->path('fake') . ":$ENV{PATH}"}});
    is($status, 1, 'no system can be made: status');
    like($err, qr/could not make the system of 13: \Q$base\E/, 'said');
    like($t->read("$base/ran"), qr/--format=tar /, 'an archive was wanted');
    ok(!-e "$base/13.tar.new", 'and what there is of it is removed');
}

my ($status, $out) = matrix('--help');
is($status, 0, '--help');
my ($text) = $t->read($t->top . '/docs/developing.md')
    =~ /^(`scripts\/matrix`.*?)\n\n/ms;
my %option = map { $_ => 1 } $out =~ /^    (--[a-z]+)/mg;
my @named = ($text // '') =~ /(--[a-z]+)/g;
ok(@named >= 4, 'its document names its options');
is(join(' ', grep { !$option{$_} } @named), '', 'and no others');

$t->done();

# The command line: options in full, exit statuses, help, JSON errors.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
my $bin = $t->certctl_bin;
$t->home();

# Wrong usage: status 2, a reason, and no output.
for my $case (
    ['no command', [], qr/no command/],
    ['unknown command', ['frobnicate'], qr/unknown command "frobnicate"/],
    ['prefix of a command', ['stats'], qr/unknown command/],
    ['unknown option', ['stat', '--frob'], qr/unknown option "--frob"/],
    ['prefix of an option', ['stat', '--js'], qr/unknown option "--js"/],
    ['prefix of a global option', ['--hom', '/x', 'stat'], qr/"--hom"/],
    ['prefix with a value', ['token', 'X', '--rig=view'], qr/"--rig"/],
    ['missing value', ['stat', '--home'], qr/missing value/],
    ['value for a flag', ['stat', '--json=1'], qr/bad option/],
    ['short option', ['stat', '-x'], qr/bad option/],
    ['no number', ['prune', '--grace', 'ten'], qr/takes a number/],
    ['negative number', ['prune', '--grace', '-1'], qr/takes a number/],
    ['blank before a number', ['prune', '--grace', ' 1'], qr/a number/],
    ['too large a number', ['prune', '--grace', '9' x 30], qr/a number/],
    ['bad size', ['init', '--map-size', '8X'], qr/takes a number/],
    ['missing argument', ['revoke'], qr/missing argument/],
    ['too many arguments', ['revoke', 'a', 'b'], qr/too many/],
    ['option of another command', ['stat', '--grace', '1'], qr/unknown/],
) {
    my ($name, $args, $reason) = @$case;
    my ($status, $out, $err) = $t->certctl(@$args);
    is($status, 2, "$name: status");
    is($out, '', "$name: no output");
    like($err, $reason, "$name: reason");
}

# Options stand before or after the command, and "--" ends them.
is(($t->certctl('stat', '--json'))[0], 0, 'option behind the command');
is(($t->certctl('--json', 'stat'))[0], 0, 'option before the command');
like(($t->certctl('show', '--', '--json'))[2], qr/no such/, '-- ends them');

# Help does not need a home.
my ($status, $out) = $t->run($bin, '--help');
is($status, 0, '--help');
my @commands = $out =~ /^  ([a-z]+) /mg;
is(scalar @commands, 25, 'twenty-five commands');
for my $command (@commands) {
    my ($status, $out) = $t->run($bin, $command, '--help');
    is($status, 0, "$command --help");
    like($out, qr/^usage: certctl .*\b$command\b/, "$command: usage");
}
like(($t->run($bin, '--version'))[1], qr/^certctl \d/, '--version');

# Errors are JSON too, and a missing home is status 3.
($status, $out) = $t->run($bin, '--home', $t->path('none'), '--json', 'stat');
is($status, 3, 'no home: status');
like(JSON::PP->new->decode($out)->{reason}, qr/public\.keys/, 'and reason');

($status, $out) = $t->certctl('--json', 'show', 'nobody');
is($status, 1, 'not found: status');
is(JSON::PP->new->decode($out)->{error}, 'not found', 'and error');

# Output that cannot be written is not success.
SKIP: {
    skip 'no /dev/full', 1 if !-c '/dev/full';
    is(($t->run($bin, '--home', $t->dir . '/home', 'stat',
        {out => '/dev/full'}))[0], 3, 'a full disk behind standard output');
}

$t->done();

# certctl revoke, suspend, reinstate, replace, show: every step between two
# states, and the state of the copies.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
my @rows = $t->import_rows(map { $t->certificate() } 1 .. 12);
my %number = map { $_ => $rows[$_]{number} } 0 .. 11;

sub status { $t->certctl_json('show', $_[0])->{status} }

# From each state, each command: the new state, or a refusal.
my $n = 0;
for my $case (
    ['valid',     [],            {revoke => 'revoked', suspend => 'suspended',
                                  reinstate => 'valid'}],
    ['suspended', ['suspend'],   {revoke => 'revoked', suspend => 'suspended',
                                  reinstate => 'valid'}],
    ['revoked',   ['revoke'],    {revoke => 'revoked', suspend => '',
                                  reinstate => ''}],
) {
    my ($from, $before, $to) = @$case;
    for my $command (sort keys %$to) {
        my $number = $number{$n++};
        $t->certctl_ok($_, $number) for @$before;
        my ($status, $out, $err) = $t->certctl($command, $number);
        is($status, $to->{$command} eq '' ? 1 : 0, "$from, $command: status");
        is(status($number), $to->{$command} || $from, "$from, $command");
        like($err, qr/present state/, "$from, $command: why")
            if $to->{$command} eq '';
    }
}

# Replaced: names the new one, is final, and needs a certificate.
is(($t->certctl('replace', $number{9}, 'nobody'))[0], 1, 'by none: refused');
is(($t->certctl('replace', $number{9}, $number{9}))[0], 1, 'by itself');
$t->certctl_ok('replace', $number{9}, $number{10});
my $shown = $t->certctl_json('show', $number{9});
is($shown->{status}, 'replaced', 'replaced');
is($shown->{replaced_by}, $number{10}, 'the new certificate');
is(($t->certctl($_, $number{9}))[0], 1, "replaced, $_: refused")
    for qw(revoke suspend reinstate);

# A number that does not exist.
for my $command (qw(revoke suspend reinstate)) {
    my ($status, $out, $err) = $t->certctl($command, 'nobody');
    is($status, 1, "$command nobody: status");
    like($err, qr/no certificate with this number/, 'why');
}

# Copies follow their certificate, and are valid again with it.
my $copy = $t->annotate($number{11}, '--no-render');
is($copy->{state}, 'generating', 'applied for');
$t->certctl_ok('suspend', $number{11});
is($t->certctl_json('show', $copy->{code})->{result}, 'suspended', 'follows');
is(($t->certctl('annotate', $number{11}))[0], 1, 'no new copy meanwhile');
$t->certctl_ok('reinstate', $number{11});
is($t->certctl_json('show', $copy->{code})->{result}, 'generating', 'back');
$t->certctl_ok('revoke', $number{11});
is($t->certctl_json('show', $copy->{code})->{result}, 'revoked', 'revoked');

# show lists the copies, by code in any spelling.
is($t->certctl_json('show', $number{11})->{annotations}[0]{code},
   $copy->{code}, 'show lists the copy');
is($t->certctl_json('show', lc $copy->{code} =~ tr/-//dr)->{code},
   $copy->{code}, 'a code as typed');
is(($t->certctl('show', 'nobody'))[0], 1, 'show nobody');

is($t->certctl_json('fsck')->{findings}, 0, 'fsck finds nothing');
$t->done();

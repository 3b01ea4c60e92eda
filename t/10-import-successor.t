# certctl import: "replaced_by" is a number in any spelling, as others are.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
$t->home();

sub import_counts {
    my (@rows) = @_;
    my (undef, $out) = $t->certctl('import', $t->csv('in.csv', @rows), '--json');
    my $said = JSON::PP->new->decode($out);
    return join ' ', map { "$_=$said->{$_}" }
        qw(new corrected unchanged rejected);
}

sub reason {
    return (split /\n/, $t->read('in.rejects.csv'))[-1];
}

sub show { return $t->certctl_json('show', $_[0]{number}) }

my ($old, $new, $third) = map { $t->certificate(number => $_) }
    'ZS-2022-0001A', 'ZS-2022-0002B', 'ZS-2022-0003C';
$t->import_rows($old, $new, $third);
my %replaced = (%$old, status => 'replaced');

# Spellings of the number of one that is stored.
is(import_counts({%replaced, replaced_by => 'zs-2022-0002b'}),
   'new=0 corrected=1 unchanged=0 rejected=0', 'in lower case: replaced');
is(show($old)->{replaced_by}, $new->{number}, 'as it is printed');
for (['as it is printed', 'ZS-2022-0002B'], ['in lower case', 'zs-2022-0002b'],
     ['of full width', 'ＺＳ－２０２２－０００２Ｂ'],
     ['with other dashes', "ZS\x{2013}2022\x{2212}0002B"],
     ['with white space', 'ZS - 2022 - 0002 B'],
     ['with an ideographic space', "ZS-2022-\x{3000}0002B"],
     ['not named again', ''])
{
    my ($label, $by) = @$_;
    is(import_counts({%replaced, replaced_by => $by}),
       'new=0 corrected=0 unchanged=1 rejected=0', "$label: unchanged");
    is(show($old)->{replaced_by}, $new->{number}, 'as it is printed');
}

# A field that changed is the only one.
my ($status, $out) = $t->certctl('import', '--check', $t->csv('in.csv',
    {%replaced, level => '高级', replaced_by => 'zs-2022-0002b'}));
like($out, qr/\blevel\b/, 'a level changed');
unlike($out, qr/replaced_by/, 'the successor did not');
($status, $out) = $t->certctl('import', '--check', $t->csv('in.csv',
    {%replaced, replaced_by => 'zs-2022-0003c'}));
like($out, qr/replaced_by/, 'another one did');
is(import_counts({%replaced, replaced_by => 'zs-2022-0003c'}),
   'new=0 corrected=1 unchanged=0 rejected=0', 'another successor');
is(show($old)->{replaced_by}, $third->{number}, 'as it is printed');

# One that comes later in the file.
my ($first, $later) = map { $t->certificate(number => $_) }
    'ZS-2022-0004D', 'ZS-2022-0005E';
my @file = ({%$first, status => 'replaced', replaced_by => 'zs-2022-0005e'},
            $later);
is(import_counts(@file), 'new=2 corrected=0 unchanged=0 rejected=0',
   'a successor that comes later');
is($t->certctl_json('fsck')->{findings}, 0, 'fsck finds it in any spelling');
is($t->certctl_json('show', show($first)->{replaced_by})->{number},
   $later->{number}, 'and so does show');
is(import_counts(@file), 'new=0 corrected=1 unchanged=1 rejected=0',
   'again: it has the printed number now');
is(show($first)->{replaced_by}, $later->{number}, 'which is shown');
is(import_counts(@file), 'new=0 corrected=0 unchanged=2 rejected=0',
   'once more: unchanged');

# One that is not there yet, in two spellings.
my %ahead = (%{$t->certificate(number => 'ZS-2022-0006F')},
             status => 'replaced');
is(import_counts({%ahead, replaced_by => 'zs-2022-0007g'}),
   'new=1 corrected=0 unchanged=0 rejected=0', 'not there yet');
is(import_counts({%ahead, replaced_by => 'ZS-2022-0007G'}),
   'new=0 corrected=0 unchanged=1 rejected=0', 'in another spelling: unchanged');
my (undef, $json) = $t->certctl('import', $t->csv('seven.csv',
    $t->certificate(number => 'ZS-2022-0007G')), '--json');
my $run = JSON::PP->new->decode($json)->{run};
is($t->certctl_json('fsck')->{findings}, 0, 'fsck finds it when it came');

# Undoing keeps a successor that was named in another spelling since.
is(import_counts({%{$t->certificate()}, status => 'replaced',
                  replaced_by => 'ｚｓ-2022-0007g'}),
   'new=1 corrected=0 unchanged=0 rejected=0', 'named in another spelling');
($status, $json) = $t->certctl('import', '--undo', $run, '--json');
is($status, 1, 'it is not undone');
like($json, qr/replaced by it/, 'and why');

# What is refused.
for (['itself', 'ZS-2022-0002B', qr/is the number of this certificate/],
     ['itself, in lower case', 'zs-2022-0002b',
      qr/is the number of this certificate/],
     ['itself, of full width', 'ＺＳ-2022-0002B',
      qr/is the number of this certificate/],
     ['itself, with blanks', 'ZS-2022- 0002B',
      qr/is the number of this certificate/],
     ['a control character', "ZS-\x{7}", qr/./],
     ['a zero width character', "ZS-2022\x{200b}-0001A", qr/./],
     ['too long', 'Z' x 100, qr/too long/])
{
    my ($label, $by, $why) = @$_;
    is(import_counts({%$new, status => 'replaced', replaced_by => $by}),
       'new=0 corrected=0 unchanged=0 rejected=1', "$label: refused");
    like(reason(), $why, 'the reason');
    is(show($new)->{status}, 'valid', 'nothing changed');
}
is(import_counts({%$new, replaced_by => 'ZS-2022-0001A'}),
   'new=0 corrected=0 unchanged=0 rejected=1', 'without the status: refused');
like(reason(), qr/status replaced only/, 'the reason');
is(import_counts({%replaced, replaced_by => 'zs-2022-0009x'}),
   'new=0 corrected=1 unchanged=0 rejected=0', 'one that is nowhere is kept');
like($t->certctl('fsck') . ' ' . ($t->certctl('fsck'))[1],
     qr/names a successor that does not exist/, 'and fsck says so');

$t->done();

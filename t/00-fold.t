# scripts/fold-table makes the table of radicals that is in the tree, and the
# tables of cert_fold.c name their characters as Unicode does.

use lib 't/lib';
use NgxCert;

use charnames ();
use Unicode::Normalize qw(NFKC);

my $t = NgxCert->new();
my $base = $t->top . '/ngx_cert_module/core/base';
my $make = $t->top . '/scripts/fold-table';
my $table = $t->read("$base/cert_fold_table.c");
my ($version) = $table =~ /EquivalentUnifiedIdeograph-([\d.]+)\.txt/;

my $data = '/usr/share/unicode/EquivalentUnifiedIdeograph.txt';
SKIP: {
    skip 'no unicode-data', 2 if !-e $data;
    skip "unicode-data is not of Unicode $version", 2
        if $t->read($data) !~ /^# EquivalentUnifiedIdeograph-\Q$version\E\./;

    my ($status, $out) = $t->run($make);
    is($status, 0, 'fold-table');
    is($out, $table, 'the table in the tree');
}

# Without Debian's file: what any Unicode agrees with.
my %to = map { hex } $table =~ /\{ 0x([0-9A-F]+), 0x([0-9A-F]+) \}/g;
my @kangxi = 0x2F00 .. 0x2FD5;
is(scalar(grep { $to{$_} != ord NFKC(chr) } @kangxi), 0,
   'a Kangxi radical is what NFKC makes of it');
is(scalar(grep { $to{$_} } 0x2E80 .. 0x2EF3), 114,
   'every other radical but one');
is($to{0x2EE9}, 0x9EC4, 'the yellow of today');
is($to{0x2FC8}, 0x9EC3, 'is not that of Kangxi');
is(scalar(grep { !chr($_) =~ /\p{Unified_Ideograph}/ } values %to), 0,
   'each stands for an ideograph');

my ($last, %seen) = (0);
my @rows = $table =~ /\{ 0x([0-9A-F]+),/g;
is(scalar(grep { my $old = $last; ($last = hex) <= $old } @rows), 0,
   'in order, as it is searched');
like($table, qr/cert_fold_radicals_n = ${\ scalar @rows};/, 'with its count');

# The tables of signs.
my $code = $t->read("$base/cert_fold.c");
my $signs = 0;
for my $name (qw(dots full_stops dashes apostrophes circles)) {
    my ($rows) = $code =~ /cert_fold_$name\[\] = \{\n(.*?)\n\};/s;
    my (@names, $before);
    while (($rows // '') =~ /^ +0x([0-9A-F]+),? +\/\* (.*?) \*\/$/mg) {
        my ($ch, $told) = (hex $1, $2);
        push @names, "$1 $told" if charnames::viacode($ch) ne $told;
        push @names, "$1: not in order" if $ch <= ($before // 0)
            || $seen{$ch}++;
        $before = $ch;
        $signs++;
    }
    is("@names", '', "the characters of $name are what their names say");
}
is($signs, scalar(() = $code =~ /^ +0x[0-9A-F]{4,5},?  +\/\*/mg),
   "all $signs signs are looked at");

# Refusals.
for my $case (['no file', $t->path('none'), qr/none: .*unicode-data/],
              ['another file', $make, qr/not EquivalentUnifiedIdeograph/])
{
    my ($what, $file, $why) = @$case;
    my ($status, $out, $err) = $t->run($make, $file);
    isnt($status, 0, "$what: refused");
    like($err, $why, '... with the reason');
    is($out, '', '... and no table');
}
SKIP: {
    skip 'no unicode-data', 2 if !-e $data;
    my $cut = $t->path('cut');
    $t->write('cut', join '', ($t->read($data) =~ /^.*\n/mg)[0 .. 60]);
    my ($status, undef, $err) = $t->run($make, $cut);
    isnt($status, 0, 'a file cut short: refused');
    like($err, qr/not EquivalentUnifiedIdeograph/, '... with the reason');
}

$t->done();

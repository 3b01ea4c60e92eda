# PDFs of other origin, as they are met in the world: the test data of qpdf and
# of pdf.js, which is reports of their users, with what is damaged, encrypted,
# signed by others and of every producer.  None is a copy of ours, and each gets
# a reason.  Fetches the sources of both from Debian.  RELEASE (bookworm).

use strict;
use warnings;
use utf8;

use FindBin qw($Bin);
use lib "$Bin/../lib";
use Test::More;

use NgxCertPdf;

my $release = $ENV{RELEASE} // 'bookworm';
my $top = "$Bin/../..";

my $ca = demo_ca();
my $n = 0;
my (%from, %seen);

for my $package (qw(qpdf pdf.js)) {
    my ($said, $status) = run('bash', '-c',
        '. "$0/scripts/lib.sh" && source_fetch "$1" "$2"'
        . ' && echo "$0/build/source/$1/$2"_*.orig.tar.?z', $top, $release,
        $package);
    $status == 0 or BAIL_OUT("the source of $package: $said");
    my ($tar) = $said =~ /(\S+)\s*\z/;
    my $folder = "$DIR/$package";
    mkdir $folder or BAIL_OUT("mkdir: $!");
    ($said, $status) = run('tar', '-xf', $tar, '-C', $folder, '--wildcards',
                           '*.pdf');
    $status == 0 or BAIL_OUT("tar: $said");

    # By number: their names have white space.
    for my $path (split /\0/, scalar run('find', $folder, '-name', '*.pdf',
                                         '-type', 'f', '-print0')) {
        my $file = sprintf '%s/f%05d.pdf', $DIR, $n++;
        rename $path, $file or BAIL_OUT("rename: $!");
        $from{$file} = "$package: " . $path =~ s{.*/}{}r;
    }
}
cmp_ok(scalar keys %from, '>=', 1000, scalar(keys %from) . ' files of other origin');

# One at a time: what ended the verifier would be one of them.
for my $file (sort keys %from) {
    my $found = verify("$ca/ca.pem", $file)->{$file};
    my ($finding, $why) = @{$found // ['crashed', '']};
    like($finding, qr/^(?:other_pdf|not_pdf|cut_short)$/,
         "$from{$file}: $finding, $why");
    like($why, qr/\w{3}/, '  with its reason');
    $seen{$finding}++;
}
diag(join ', ', map { "$_ $seen{$_}" } sort keys %seen);

done();

# certctl runs certctl-pdf for what draws or reads PDFs: from a build, through a
# link, installed, and with a clear reason where it is missing.

use lib 't/lib';
use NgxCert;
use Cwd qw(abs_path);
use File::Copy qw(copy);

my $t = NgxCert->new();
my $bin = abs_path($t->certctl_bin);
my $pdf = "$bin-pdf";
my $home = $t->home();
my $file = $t->write('x.pdf', 'not a PDF');

# A copy of a program at another place.
sub placed {
    my ($from, $to) = @_;
    my $path = $t->write($to, '');
    copy($from, $path) or die "cannot copy $from: $!\n";
    chmod 0755, $path or die "chmod $path: $!\n";
    return $path;
}

# What a certctl says of a file that is not a PDF.
sub verified {
    my ($certctl) = @_;
    my ($status, $out, $err) = $t->run($certctl, '--home', $home, 'verify',
                                       $file);
    return "$status $err$out";
}

my $alone = placed($bin, 'alone/bin/certctl');
my $missing = qr/^3\ .*cannot\ run\ "certctl-pdf",\ which\ draws\ and\ reads
                 \ PDFs\ for\ certctl:\ No\ such\ file\ or\ directory;
                 \ install\ the\ two\ again$/mx;
like(verified($alone), $missing, 'without it: the reason and the remedy');
my ($status, $out) = $t->run($alone, '--json', '--home', $home, 'verify',
                             $file);
is($status, 3, '... with --json: status');
is(JSON::PP->new->decode($out)->{error}, 'system error', '... an object');
is(($t->run($alone, '--home', $home, 'stat'))[0], 0, 'the rest works');
is(($t->run($alone, 'verify', '--help'))[0], 0, 'help too');

placed($pdf, 'alone/libexec/ngx_cert/certctl-pdf');
my $right = verified($bin);
like($right, qr/^1 .*not_pdf/s, 'in a build');
is(verified($alone), $right, 'installed');
chmod 0644, $t->path('alone/libexec/ngx_cert/certctl-pdf');
like(verified($alone), qr/^3 .*certctl-pdf.*Permission denied/,
     'that may not be run');
symlink $bin, $t->path('link') or die "cannot link: $!\n";
is(verified($t->path('link')), $right, 'through a link');
is(verified($pdf), $right, 'by its own name');

# Usage errors are the same, whichever program finds them.
for my $command (qw(annotate catalog fonts import verify)) {
    my @both = map { [$t->run($_, '--home', $home, $command, '--frob')] }
        $bin, $pdf;
    is($both[0][0], 2, "$command: bad usage: status");
    is_deeply($both[0], $both[1], "$command: the same from both");
}

$t->done();

package Bench::Copies;

# Sealed copies a second by renderers, each on a core of its own, and the time
# of each step of a copy: reading, drawing, structure and signature, publishing
# with its flushes.  Plain copies, and copies with a photo.

use strict;
use warnings;
use utf8;

use Bench;
use Compress::Zlib ();
use JSON::PP ();
use List::Util ();


sub measure {
    my @rows;
    for my $kind ('plain', 'with photo') {
        my ($t, @numbers) = certificates($kind);
        for my $renderers (1 .. (Bench::cores() < 2 ? 1 : 2)) {
            push @rows, {name => $kind, renderers => $renderers,
                         made($t, $renderers, @numbers)};
        }
    }
    push @rows, {name => 'RSA-2048 signatures alone, by openssl speed',
                 renderers => 1, rate => signatures()};
    return {copies => \@rows};
}


# Signatures a second, the one step that cannot be avoided: a figure to compare
# machines by.
sub signatures {
    my @rates;
    for (1 .. $Bench::opt{rounds}) {
        my ($status, $out, $err) = $Bench::home->run('openssl', 'speed', '-mr',
            '-seconds', 1, 'rsa2048');
        my ($rate) = $out =~ /^\+F2:\d+:2048:([\d.]+)/m
            or die "openssl speed: $err\n";
        push @rates, $rate < 1 ? 1 / $rate : $rate + 0;
    }
    return Bench::stat_of(@rates);
}


sub certificates {
    my ($kind) = @_;

    my $t = NgxCert->new();
    my @rows = map { $t->certificate() } 1 .. ($Bench::opt{quick} ? 20 : 200);
    if ($kind ne 'plain') {
        photo($t);
        $_->{photo} = 'photo.png' for @rows;
    }
    $t->home();
    $t->certctl_ok('import', $t->csv('rows.csv', @rows));
    $t->certctl_ok('policy', 'set', 'quota=100');
    return ($t, map { $_->{number} } @rows);
}


# All rounds of one row: its figures.
sub made {
    my ($t, $renderers, @numbers) = @_;

    my %figure;
    for my $round (1 .. $Bench::opt{rounds}) {
        my @shares = map { my $i = $_; [map { $numbers[$_] }
            grep { $_ % $renderers == $i } 0 .. $#numbers] }
            0 .. $renderers - 1;
        my @codes = map { [applied($t, @$_)] } @shares;
        my $now = int time;
        my $tool = NgxCert::build() . '/tool/render';
        my @pids = map { $t->spawn($tool, $t->path('home'),
            $t->top . '/ngx_cert_module/templates', {stdin => join '',
                "prepare\n", map { "make $_ $now\n" } @$_}) } @codes;
        my ($n, $rate) = (0, 0);
        for my $pid (@pids) {
            $t->wait($pid, 600);
            my ($out, $err) = map { $t->read("tmp/$pid.$_") } qw(out err);
            $n += () = $out =~ /^made/mg;
            my %step = $err =~ /\b(read|render|seal|publish) (\d+)/g;
            push @{$figure{$_}}, $step{$_} for keys %step;
            $rate += 1e6 / List::Util::sum(values %step);
        }
        die "$n copies of " . @numbers . " were made\n" if $n != @numbers;
        push @{$figure{rate}}, $rate;
        Bench::note(sprintf '%d renderers, round %d: %.0f copies/s',
            $renderers, $round, $rate);
    }
    return map { ($_ => Bench::stat_of(@{$figure{$_}})) } keys %figure;
}


sub applied {
    my ($t, @numbers) = @_;

    $t->write('list', join '', map { "$_\n" } @numbers);
    return map { JSON::PP->new->decode($_)->{code} } split /\n/,
        $t->certctl_ok('annotate', '--no-render', '--json', '--file',
                       $t->path('list'));
}


# A photo of the usual size: a PNG of 413 by 579 pixels with some noise in it.
sub photo {
    my ($t) = @_;

    my ($width, $height) = (413, 579);
    my $pixels = join '', map {
        my $y = $_;
        "\0" . pack 'C*', map { (($_ + $y) % 256, ($_ ^ $y) % 256,
                                 int rand 64) } 1 .. $width
    } 1 .. $height;

    my $png = "\x89PNG\r\n\x1a\n";
    for my $chunk (['IHDR', pack 'NNCCCCC', $width, $height, 8, 2, 0, 0, 0],
                   ['IDAT', Compress::Zlib::compress($pixels)], ['IEND', ''])
    {
        my ($type, $bytes) = @$chunk;
        $png .= pack 'Na4a*N', length $bytes, $type, $bytes,
            Compress::Zlib::crc32("$type$bytes");
    }
    $t->write('photo.png', $png);
}


1;

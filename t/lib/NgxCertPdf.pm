package NgxCertPdf;

# Helpers of t/60-*.t: rendering, sealing and verifying with
# build/tool/pdf, and running the programs that check the result.
#
# The output of the programs under test would go to logs and operators, so it is
# kept: done() fails if a sanitizer's report or a secret is in it.

use strict;
use warnings;
use utf8;

use Cwd qw(abs_path);
use Encode qw(encode);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;

our @EXPORT = qw(
    $TOOL $TEMPLATES $DIR $NOW need_tools run slurp spit render seal verify
    sealed field_values demo_ca refit resign secret secret_key done
);

our $TOP = abs_path(dirname(__FILE__) . '/../..');
our $TOOL = abs_path($ENV{BUILD} // "$TOP/build") . '/tool/pdf';
our $TEMPLATES = "$TOP/ngx_cert_module/templates";
our $DIR = tempdir(CLEANUP => 1);
our $NOW = 1661739630;          # 2022-08-29T10:20:30+08:00

# The reports of processes that no run() waits for are kept as well.  Memory
# that fontconfig keeps until the end is not a leak of this project, and
# fault.so is loaded before the sanitizer.
$ENV{$_} = join ':', $ENV{$_} // (), "log_path=$DIR/sanitizer",
    'detect_leaks=0:verify_asan_link_order=0'
    for qw(ASAN_OPTIONS UBSAN_OPTIONS);

my (@said, %secrets);


# Skips the test file if one of its programs is not installed.
sub need_tools {
    -x $TOOL or plan skip_all => 'tool/pdf is not built';

    for my $tool (@_) {
        grep { -x "$_/$tool" } split /:/, $ENV{PATH}
            or plan skip_all => "no $tool";
    }
}


# Runs a program without a shell; returns its output and its status.
sub run {
    my @command = map { encode('UTF-8', $_) } @_;

    my $pid = open my $out, '-|';
    defined $pid or die "fork: $!";

    if ($pid == 0) {
        open STDERR, '>&', \*STDOUT;
        exec @command or exit 127;
    }

    local $/;
    my $text = <$out> // '';
    close $out;

    push @said, $text if grep { index($_, dirname($TOOL)) >= 0 } @command;

    return wantarray ? ($text, $?) : $text;
}


sub slurp {
    my ($file) = @_;

    open my $in, '<:raw', $file or die "$file: $!";
    local $/;

    return scalar <$in>;
}


sub spit {
    my ($file, $bytes) = @_;

    open my $out, '>:raw', $file or die "$file: $!";
    print $out $bytes;
    close $out or die "$file: $!";

    return $file;
}


sub field_values {
    return (
        name => '张三丰', sex => '男', id_number => '11010519900307123X',
        birth_date => '1990年03月07日', qualification => '会计',
        specialty => '', level => '初级', approved => '2022年05月15日',
        issuer => '中华人民共和国人力资源和社会保障部',
        number => '20220513110000123456', scene => '本人调用',
        last_day => '2022年11月27日', code => 'K7QX-2M9D-PA4T-8WZB',
        public_url => 'https://zs.example.gov.cn', @_
    );
}


# Returns the tool's line and the name of the PDF.
sub render {
    my (%o) = @_;

    my $out = $o{out} // "$DIR/copy.pdf";
    my %field = field_values(%{$o{fields} // {}});
    my @absent = @{$o{without} // []};
    delete @field{@absent};
    secret(grep { defined } @field{qw(name id_number)});

    my $said = run($TOOL, 'render', $o{templates} // $TEMPLATES,
        $o{face} // 'ministry', $o{seal} // $o{face} // 'ministry',
        $o{band} // 'band', $out, $NOW, $o{photo} // '',
        $o{qr} // 'https://zs.example.gov.cn/check/K7QX-2M9D-PA4T-8WZB',
        map { "$_=$field{$_}" } sort keys %field);

    chomp $said;

    return wantarray ? ($said, $out) : $said;
}


sub seal {
    my ($key, $in, $out, $now) = @_;

    secret_key($key);
    my $said = run($TOOL, 'seal', $key, '', $now // $NOW, $in, $out);
    chomp $said;

    return $said;
}


# A hash of file => [finding, reason, time, signer].
sub verify {
    my ($ca, @files) = @_;

    my %found;

    for (split /\n/, scalar run($TOOL, 'verify', $ca, @files)) {
        my ($file, @rest) = /^(\S+): (\w+): (.*): (-?\d+): (.*)$/;
        $found{$file} = \@rest;
    }

    return \%found;
}


sub demo_ca {
    my ($said, $status) = run("$TOP/scripts/demo-ca", "$DIR/ca");
    $status == 0 or BAIL_OUT("demo-ca: $said");

    return "$DIR/ca";
}


# Renders and seals; returns the file.
sub sealed {
    my ($face, $out, %o) = @_;

    my $ca = demo_ca();

    my $said = render(face => $face, out => "$out.raw", %o);
    $said eq 'ok' or BAIL_OUT("render: $said");

    $said = seal("$ca/$face.pem", "$out.raw", $out);
    $said eq 'ok' or BAIL_OUT("seal: $said");

    return $out;
}


# Corrects table, offset and byte range after objects have changed.
sub refit {
    my ($bytes) = @_;

    my ($xref) = $bytes =~ /^(.*\n)xref\n/s or die;
    my %at;
    while ($bytes =~ /(?:^|(?<=endobj\n))(\d+) 0 obj\n/gm) {
        $at{$1} //= $-[0] if $-[0] < length $xref;
    }
    my $max = (sort { $b <=> $a } keys %at)[0];
    my $table = sprintf "xref\n0 %d\n0000000000 65535 f \n", $max + 1;
    $table .= sprintf "%010d 00000 %s \n", $at{$_} // 0, $at{$_} ? 'n' : 'f'
        for 1 .. $max;

    my ($trailer) = $bytes =~ /\n(trailer <<.*?>>\n)startxref/s;
    $trailer =~ s{/Size \d+}{'/Size ' . ($max + 1)}e;
    $bytes = $xref . $table . $trailer . "startxref\n" . length($xref)
        . "\n%%EOF\n";

    if ($bytes =~ m{/Contents <[0-9a-f]*>}) {
        my ($a, $b) = ($-[0] + 10, $+[0]);
        $bytes =~ s{(/ByteRange )\[[^\]]*\]}
            {$1 . sprintf '[ 0 %-10d %-10d %-10d ]', $a, $b, 0}e;
        # The range has its final width now, so it is measured again.
        $bytes =~ m{/Contents <[0-9a-f]*>};
        ($a, $b) = ($-[0] + 10, $+[0]);
        my $c = length($bytes) - $b;
        $bytes =~ s{(/ByteRange )\[[^\]]*\]}
            {$1 . sprintf '[ 0 %-10d %-10d %-10d ]', $a, $b, $c}e;
    }

    return $bytes;
}

# A valid signature over the changed file.
sub resign {
    my ($bytes, $key) = @_;

    my $in = spit("$DIR/resign.in", $bytes);
    my ($said, $status) = run($TOOL, 'resign', $key // "$DIR/ca/ministry.pem",
                              $in, "$DIR/resign.out");
    $status == 0 or die "resign: $said";

    return slurp("$DIR/resign.out");
}


# Registers strings that no program under test may print.
sub secret {
    $secrets{encode('UTF-8', $_)} = 1 for @_;
}


# The same for the private keys in a file, line by line.
sub secret_key {
    my ($file) = @_;

    -f $file or return;
    my ($key) = slurp($file) =~ /-BEGIN [A-Z ]*PRIVATE KEY-+\n(.*?)\n-+END/s;
    secret(grep { length > 16 } split /\n/, $key // '');
}


# Closes the test.
sub done {
    my @lines = map { split /\n/ } @said,
        map { slurp($_) } glob "$DIR/sanitizer.*";
    my $secret = join '|', map { quotemeta } keys %secrets;

    is(join("\n", grep { /Sanitizer|runtime error:/ } @lines), '',
       'no sanitizer report');
    is(scalar(grep { $secret ne '' && /$secret/ } @said), 0,
       'no secret and no personal datum in what was said');
    done_testing();
}


1;

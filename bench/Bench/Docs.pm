package Bench::Docs;

# The documents that have figures: docs/benchmarks.md is generated as a whole,
# both READMEs have five figures between two marks.  No figure is typed by hand.

use strict;
use warnings;
use utf8;

use Bench::Report ();
use JSON::PP ();

# The five figures: the subject, the keys that select its row, and the words of
# each language, with {key} or {key:format} for a figure of the row.
my @FIVE = (
    ['check', {key => 'random', certificates => 10_000_000},
        en => ['Checks by code, ten million certificates, one core',
            '{rate} a second, {ratio_rate:%} of `return 200`'],
        zh => ['按加注编号查验（一千万本证书，单核）',
            '每秒 {rate} 次，达到 `return 200` 的 {ratio_rate:%}']],
    ['checks', {key => 'full'},
        en => ['99 % of checks while 64 connections apply',
            'within {check_ms:%.2f} ms'],
        zh => ['64 个连接持续提交申请时，99% 的查验',
            '在 {check_ms:%.2f} 毫秒以内']],
    ['download', {name => 'cert_download 200 KB, keep-alive'},
        en => ['Downloads of 200 KB, one core',
            '{rate} a second, {ratio_rate:%} of a static file'],
        zh => ['下载 200 KB 的加注件（单核）',
            '每秒 {rate} 次，达到静态文件的 {ratio_rate:%}']],
    ['apply', {key => 'shared', connections => 64,
            name => 'applications that share commits'},
        en => ['Applications on disk, 64 connections',
            '{rate} a second, {batch:%.0f} a commit'],
        zh => ['已落盘的加注申请（64 个连接）',
            '每秒 {rate} 件，每个事务合并 {batch:%.0f} 件']],
    ['ready', {key => 'at_20'},
        en => ['From application to sealed copy, 20 a second',
            'median {p50_ms:%.0f} ms, 99 % within {p99_ms:%.0f} ms'],
        zh => ['从申请到加注件生成（每秒 20 件）',
            '中位数 {p50_ms:%.0f} 毫秒，99% 在 {p99_ms:%.0f} 毫秒以内']],
);

my %HEAD = (en => '| What | Measured |', zh => '| 项目 | 实测 |');
my %MACHINE = (en => 'Measured on %s, %d cores, Linux %s, nginx %s.',
    zh => '测量环境：%s，%d 核，Linux %s，nginx %s。');
my %README = (en => 'README.md', zh => 'README.zh-CN.md');


# Name and text of each document below "top", made from the figures of "json";
# in a README the text between the two marks is replaced.
sub documents {
    my ($top, $json) = @_;

    my $result = JSON::PP->new->utf8->decode(slurp($json));
    my $page = text("$top/bench/benchmarks.in");
    my $tables = Bench::Report::markdown($result) =~ s/\n+\z//r;
    $page =~ s/^\@TABLES\@$/$tables/m or die "benchmarks.in: no \@TABLES\@\n";

    my %document = ('docs/benchmarks.md' => $page);
    for my $lang (keys %README) {
        my $readme = text("$top/$README{$lang}");
        my $five = five($result, $lang);
        $readme =~ s/(<!-- figures -->\n).*?(<!-- end -->\n)/$1$five$2/s
            or die "$README{$lang}: no place for figures\n";
        $document{$README{$lang}} = $readme;
    }
    return %document;
}


sub five {
    my ($result, $lang) = @_;

    my $table = "$HEAD{$lang}\n|---|---|\n";
    for (@FIVE) {
        my ($subject, $where, %words) = @$_;
        my ($row, @others) = grep { my $row = $_;
            !grep { ($row->{$_} // '') ne $where->{$_} } keys %$where
        } @{$result->{subjects}{$subject} // []};
        die "figures: not one row of \"$subject\" is asked for\n"
            if !defined $row || @others;
        my ($what, $figures) = @{$words{$lang}};
        $figures =~ s/\{(\w+)(?::([^}]+))?\}/figure($row->{$1}, $2)/ge;
        $figures =~ s/ %/%/g if $lang eq 'zh';
        $table .= "| $what | $figures |\n";
    }
    return $table . sprintf "\n$MACHINE{$lang}\n",
        @{$result->{machine}}{qw(processor cores kernel nginx)};
}


# A median by "format": "%" is a ratio in per cent.  Without a format it is
# rounded to three digits, as 98,700: the measurement is not more precise.
sub figure {
    my ($figure, $format) = @_;

    my $n = ref $figure ? $figure->{median} : $figure;
    return sprintf '%.0f %%', 100 * $n if ($format // '') eq '%';
    return sprintf $format, $n if defined $format;
    $n = sprintf '%.0f', sprintf '%.3g', $n;
    1 while $n =~ s/^(\d+)(\d{3})/$1,$2/;
    return $n;
}


sub text {
    my $text = slurp(@_);
    utf8::decode($text) or die "@_: not UTF-8\n";
    return $text;
}


sub slurp {
    my ($file) = @_;
    open my $fh, '<:raw', $file or die "$file: $!\n";
    local $/;
    return scalar <$fh>;
}


1;

package Bench::Report;

# Results as a table, as Markdown, and as a chart.

use strict;
use warnings;
use utf8;

use List::Util qw(max);
use NgxCert ();

# Columns by subject: key, heading, format of a figure.  A figure is a number,
# or median, least and most of all rounds.
my @HTTP = (
    ['name', '', '%s'],
    ['certificates', 'certificates', '%d'],
    ['rate', 'requests/s', '%.0f'],
    ['cpu_us', 'CPU us', '%.1f'],
    ['p50_ms', 'p50 ms', '%.2f'],
    ['p99_ms', 'p99 ms', '%.2f'],
    ['ratio_rate', 'rate to limit', '%.2f'],
    ['ratio_cpu', 'CPU to limit', '%.2f'],
    ['versus_rate', 'ours is faster by', '%.1f'],
    ['versus_cpu', 'CPU, times ours', '%.1f'],
);

our @SUBJECTS = (
    ['check', 'Checks', @HTTP],
    ['download', 'Downloads', @HTTP],
    ['reject', 'Refused requests', @HTTP],
    ['instructions', 'Instructions of the worker, in user space',
        ['name', '', '%s'], ['instructions', 'instructions', '%d'],
        ['recorded', 'recorded', '%d'],
        ['share', '% of a check', '%.1f']],
    ['apply', 'Durable applications',
        ['name', '', '%s'], ['connections', 'connections', '%d'],
        ['rate', 'a second', '%.0f'], ['cpu_us', 'CPU us', '%.0f'],
        ['p50_ms', 'p50 ms', '%.1f'], ['p99_ms', 'p99 ms', '%.1f'],
        ['batch', 'a commit', '%.1f'],
        ['ratio_rate', 'to one commit each', '%.1f'],
        ['versus_rate', 'ours is faster by', '%.1f'],
        ['versus_cpu', 'CPU, times ours', '%.1f']],
    ['checks', 'Checks while holders apply',
        ['name', '', '%s'], ['check_ms', 'check p99 ms', '%.2f'],
        ['limit_ms', 'return 200 p99 ms', '%.2f'],
        ['ratio', 'to idle', '%.1f']],
    ['ready', 'From application to copy',
        ['name', '', '%s'], ['p50_ms', 'p50 ms', '%.0f'],
        ['p95_ms', 'p95 ms', '%.0f'], ['p99_ms', 'p99 ms', '%.0f']],
    ['copies', 'Sealed copies',
        ['name', '', '%s'], ['renderers', 'renderers', '%d'],
        ['rate', 'a second', '%.0f'], ['read', 'read us', '%d'],
        ['render', 'draw us', '%d'], ['seal', 'seal us', '%d'],
        ['publish', 'publish us', '%d']],
    ['bulk', 'Import, fsck, backup',
        ['name', '', '%s'], ['certificates', 'certificates', '%d'],
        ['rate', 'rows/s', '%.0f'], ['seconds', 'seconds', '%.2f'],
        ['mb', 'MB', '%.0f']],
    ['import', 'Import of CSV and of workbooks',
        ['name', '', '%s'], ['rows', 'rows', '%d'],
        ['cpu_us', 'CPU us a row', '%.1f'],
        ['memory_mb', 'memory, MB', '%.0f'],
        ['ratio_cpu', 'rate by CPU, to CSV', '%.2f']],
    ['growth', 'Growth',
        ['certificates', 'certificates', '%d'],
        ['file_bytes', 'file, bytes each', '%.0f'],
        ['worker_own_kb', 'a worker\'s own KB', '%.0f'],
        ['worker_map_mb', 'mapped and read, MB', '%.0f'],
        ['start_ms', 'start ms', '%.0f'],
        ['reload_ms', 'reload ms', '%.0f'],
        ['fill_rate', 'filled/s', '%.0f']],
    ['memory', 'A store larger than memory',
        ['name', '', '%s'], ['store_mb', 'store, MB', '%.0f'],
        ['limit_mb', 'memory, MB', '%.0f'],
        ['rate', 'random codes/s', '%.0f'], ['p99_ms', 'p99 ms', '%.2f'],
        ['limit_p50_ms', 'return 200 p50 ms', '%.2f'],
        ['limit_p99_ms', 'return 200 p99 ms', '%.2f'],
        ['ratio_rate', 'rate, to a store in memory', '%.3f']],
    ['cold', 'A whole store from disk',
        ['name', '', '%s'], ['memory', 'memory', '%s'],
        ['on_sec', 'with readahead, s', '%.2f'],
        ['off_sec', 'without, s', '%.2f'],
        ['ratio', 'without takes', '%.2f']],
    ['logins', '300 logins at once',
        ['name', '', '%s'], ['count', 'answers', '%d'],
        ['slowest_sec', 'slowest s', '%.1f'],
        ['memory_mb', 'service\'s memory, MB', '%.0f']],
);


# The tables of a report that have rows: each with heading, columns and cells.
sub tables {
    my ($result) = @_;

    my @tables;
    for (@SUBJECTS) {
        my ($key, $heading, @columns) = @$_;
        my $rows = $result->{subjects}{$key} // next;
        @columns = grep { my $c = $_->[0];
            grep { defined $_->{$c} } @$rows } @columns;
        push @tables, {key => $key, heading => $heading,
            head => [map { $_->[1] } @columns],
            rows => [map { my $row = $_;
                [map { cell($row->{$_->[0]}, $_->[2]) } @columns] } @$rows]};
    }
    return @tables;
}


sub cell {
    my ($figure, $format) = @_;

    return '' if !defined $figure;
    return sprintf $format, $figure if !ref $figure;
    my @text = map { sprintf $format, $figure->{$_} } qw(median min max);
    return $text[1] eq $text[2] ? $text[0] : "$text[0] ($text[1]-$text[2])";
}


sub text {
    my ($result) = @_;

    my $text = about($result) . "\n";
    my $skipped = $result->{skipped} // {};
    $text .= "\n$_ is skipped: $skipped->{$_}\n" for sort keys %$skipped;
    for my $table (tables($result)) {
        my @lines = ($table->{head}, @{$table->{rows}});
        my @width = map { my $i = $_; max map { length $_->[$i] } @lines }
            0 .. $#{$table->{head}};
        $text .= "\n$table->{heading}\n\n";
        $text .= join('  ', map { sprintf $_ ? '%*s' : '%-*s', $width[$_],
            $lines[0][$_] } 0 .. $#width) . "\n";
        for my $line (@lines[1 .. $#lines]) {
            $text .= join('  ', map { sprintf $_ ? '%*s' : '%-*s',
                $width[$_], $line->[$_] } 0 .. $#width) . "\n";
        }
    }
    return $text;
}


sub markdown {
    my ($result) = @_;

    my $text = about($result) . "\n";
    for my $table (tables($result)) {
        my @head = @{$table->{head}};
        $text .= "\n### $table->{heading}\n\n| " . join(' | ', @head) . " |\n"
            . '|' . join('|', map { $_ ? '--:' : '---' } 0 .. $#head) . "|\n"
            . join '', map { '| ' . join(' | ', @$_) . " |\n" }
                @{$table->{rows}};
    }
    return $text;
}


sub about {
    my ($result) = @_;

    my ($machine, $opt) = @$result{qw(machine options)};
    return sprintf "%s, %d cores, Linux %s, nginx %s; load before %s, after "
        . "%s.\n%d rounds of %s s, %d connections; median (least-most).\n",
        @$machine{qw(processor cores kernel nginx load_before load_after)},
        @$opt{qw(rounds seconds connections)};
}


# --- The chart --------------------------------------------------------------

# Two panels with every side that has a limit: rate, and CPU time.
sub chart {
    my ($t, $result, $file) = @_;

    my @rows = map { my $subject = $_; map { [$subject, $_] }
        grep { $_->{ratio_rate} } @{$result->{subjects}{$subject} // []} }
        qw(check download reject);
    if (!@rows) {
        print STDERR "no chart: nothing that was measured has a limit\n";
        return;
    }

    my $data = $t->write('chart.data', join '', map {
        my ($subject, $row) = @{$rows[$_]};
        my $name = $row->{name} . (defined $row->{certificates}
            ? ', ' . size($row->{certificates}) : '');
        $name =~ tr/"//d;
        join("\t", @rows - $_, qq("$name"), map { @{$row->{$_}}
            {qw(median min max)} } qw(ratio_rate ratio_cpu)) . "\n"
    } 0 .. $#rows);
    my $height = 120 + 22 * @rows;
    my $script = $t->write('chart.gp', <<"END");
set terminal pngcairo noenhanced size 1200,$height font "sans,10"
set output "$file"
set multiplot
set style fill solid 0.8 noborder
set key off
set grid x
set yrange [0.3:@{[@rows + 0.7]}]
set bmargin 3
set tmargin 3
set datafile separator "\\t"
set lmargin at screen 0.33
set rmargin at screen 0.64
set xrange [0:1.2]
set arrow from 1, graph 0 to 1, graph 1 nohead lc rgb "#444444"
set title "requests a second, as a share of the limit"
plot "$data" using 3:1:(0):3:(\$1-0.35):(\$1+0.35):yticlabel(2) \\
    with boxxyerror lc rgb "#2d6ca2", \\
    "" using 3:1:4:5 with xerrorbars lc rgb "#000000" pt 0
set lmargin at screen 0.67
set rmargin at screen 0.98
unset ytics
set logscale x
set xrange [0.5:100]
set title "CPU time a request, times that of the limit"
plot "$data" using 6:1:(0.5):6:(\$1-0.35):(\$1+0.35) \\
    with boxxyerror lc rgb "#b5532a", \\
    "" using 6:1:7:8 with xerrorbars lc rgb "#000000" pt 0
unset multiplot
END
    my ($status, $out, $err) = $t->run('gnuplot', $script);
    die "gnuplot: $err\n" if $status != 0 || !-s $file;
}


# 1e5, or the number as it is.
sub size {
    my ($n) = @_;
    return $n =~ /^1(0{4,})$/ ? '1e' . length $1 : $n;
}


1;

package Bench::Bulk;

# Import, fsck and backup of as many certificates as the first size says, beside
# mdb_load of the same bytes and PostgreSQL's COPY of the same rows, which also
# write to disk.  Each round has a home, a store and a table of its own.

use strict;
use warnings;
use utf8;

use Bench;
use Bench::Beside;
use File::Path qw(remove_tree);
use Time::HiRes qw(time);

my $TABLE = <<'END';
drop table if exists row;
create table row (number text primary key, name text, id_type text,
    id_number text, sex text, birth_date text, qualification text,
    specialty text, level text, approved text, issuer text);
create index on row (id_type, id_number);
END


sub measure {
    my ($n) = sort { $a <=> $b } split /,/, $Bench::opt{certificates};
    my $csv = $Bench::home->path('rows.csv');
    my ($status, $out, $err) = $Bench::home->run(NgxCert::top()
        . '/scripts/generate', '--certificates', $n,
        {raw => 1, timeout => 1200});
    die "generate: $err\n" if $status != 0;
    $Bench::home->write('rows.csv', $out);

    my $db = $Bench::opt{beside} ? Bench::Beside::postgres($Bench::home)
                                 : undef;
    my (%seconds, %bytes);
    for my $round (1 .. $Bench::opt{rounds}) {
        round(\%seconds, \%bytes, $csv, $db);
        Bench::note("bulk round $round: ", join ', ', map {
            sprintf '%s %.2f s', $_, $seconds{$_}[-1] } sort keys %seconds);
    }

    return {bulk => [map { my ($key, $name) = @$_; {
        key => $key, name => $name, certificates => $n,
        rate => Bench::stat_of(map { $n / $_ } @{$seconds{$key}}),
        seconds => Bench::stat_of(@{$seconds{$key}}),
        mb => defined $bytes{$key} ? $bytes{$key} / 1e6 : undef,
    } } grep { $seconds{$_->[0]} }
        [import => 'certctl import'], [load => 'mdb_load of the same bytes'],
        [copy => 'PostgreSQL COPY, two indexes'], [fsck => 'certctl fsck'],
        [backup => 'certctl backup']]};
}


sub round {
    my ($seconds, $bytes, $csv, $db) = @_;

    my $t = NgxCert->new();
    my $home = $t->home();
    my $timed = sub {
        my ($key, $what) = @_;
        my $begun = time;
        $what->();
        push @{$seconds->{$key}}, time - $begun;
    };

    $timed->(import => sub {
        $t->certctl_ok('import', $csv, {timeout => 1200}) });
    $bytes->{import} = -s "$home/store/data.mdb";

    command($t, ['mdb_dump', '-a', '-f', $t->path('dump'), "$home/store"]);
    mkdir $t->path('load') or die "load: $!\n";
    $timed->(load => sub {
        command($t, ['mdb_load', '-f', $t->path('dump'), $t->path('load')]) });
    $bytes->{load} = -s $t->path('load/data.mdb');

    if ($db) {
        Bench::Beside::sql($Bench::home, $db, $TABLE);
        $timed->(copy => sub { Bench::Beside::sql($Bench::home, $db,
            'copy row from stdin csv header', $csv) });
        $bytes->{copy} = Bench::Beside::sql($Bench::home, $db,
            "select pg_total_relation_size('row')");
    }

    $timed->(fsck => sub { $t->certctl_ok('fsck', {timeout => 1200}) });
    $timed->(backup => sub {
        $t->certctl_ok('backup', $t->path('copy'), {timeout => 1200}) });
    $bytes->{backup} = -s $t->path('copy/store/data.mdb')
        // -s $t->path('copy/data.mdb');
}


sub command {
    my ($t, $command) = @_;
    my ($status, $out, $err) = $t->run(@$command, {timeout => 1200});
    die "@$command: $out$err\n" if $status != 0;
}


1;

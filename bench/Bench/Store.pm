package Bench::Store;

# The home that is measured, and its content.  The store grows from size to
# size, with t/tool/fill.c, so that the largest is filled only once.

use strict;
use warnings;
use utf8;

use Bench;
use NgxCert ();
use POSIX qw(strftime);

# How many copies are known by name; more than fit into caches.
our $SAMPLE = 200_000;

my @COLUMNS = qw(kind code sha256 number name id_number applied size path);


# A home without certificates; "of" is the largest number it will have.  Options
# are those of NgxCert's home().
sub new {
    my ($class, $of, %opt) = @_;

    my $t = NgxCert->new();
    my $start = int(time) - 81 * 86400;
    $t->home(at => $t->days_ago(82), %opt);
    return bless {t => $t, of => $of, n => 0, start => $start}, $class;
}


# Fills the store up to "n" certificates; further arguments go to the tool.
sub fill {
    my ($self, $n, $size) = @_;

    my $t = $self->{t};
    my $begun = time;
    my $file = $t->path('sample');
    my ($status, $out, $err) = $t->run(
        NgxCert::build() . '/tool/fill', $t->path('home'),
        $self->{n}, $n, $self->{of}, $self->{start}, $SAMPLE, $size // (),
        {timeout => 3600, env => {DISK_FLUSH_USEC => -1,
            LD_PRELOAD => NgxCert::build() . '/disk.so'}});
    die "build/tool/fill: $err\n" if $status != 0;

    $self->{n} = $n;
    $self->{lines} = {all => [], new => [], none => []};
    push @{$self->{lines}{/^(\w+)/ ? $1 : 'none'}}, $_ for split /\n/, $out;
    Bench::note("$n certificates in ", time - $begun, ' s');
}


# The rows of a kind, "all", "new" or "none": as hashes, or one column of them.
sub rows {
    my ($self, $kind) = @_;
    return map { my %row; @row{@COLUMNS} = split /\t/; \%row }
        @{$self->{lines}{$kind}};
}

sub column {
    my ($self, $kind, $name) = @_;
    my ($i) = grep { $COLUMNS[$_] eq $name } 0 .. $#COLUMNS;
    return map { (split /\t/)[$i] } @{$self->{lines}{$kind}};
}


# The same rows with every field that an answer shows, for other ways to store
# them.
sub facts {
    my ($self, @rows) = @_;

    return map { my $row = $_; +{
        %$row,
        name => $row->{name} =~ s{^(.)(.*)(.)$}{$1 . '*' x length($2)
            . $3}er =~ s/^(.).$/$1*/r,
        qualification => '会计', specialty => '', level => '初级',
        approved => '2022-05-15', status => 'valid', scene => '本人调用',
        issuer => '中华人民共和国人力资源和社会保障部',
        expires => $self->expires($row->{applied}),
    } } @rows;
}


# Midnight after the 90th day, in the zone of the policy.
sub expires {
    my ($self, $applied) = @_;
    return (int(($applied + 8 * 3600) / 86400) + 91) * 86400 - 8 * 3600;
}


# The part of an answer that does not depend on the time, byte for byte as ours.
sub json {
    my ($self, $row) = @_;

    my $time = sub { strftime '%Y-%m-%dT%H:%M:%S+08:00',
                     gmtime $_[0] + 8 * 3600 };
    my $field = sub { join ',', map { my ($name, $value) = @$_;
        qq("$name":) . ($name eq 'size' ? $value : qq("$value")) } @_ };
    return '"certificate":{'
        . $field->(map { [$_, $row->{$_}] } qw(number name qualification
            specialty level approved issuer status))
        . '},"annotation":{'
        . $field->((map { [$_, $row->{$_}] } qw(code scene)),
            [applied => $time->($row->{applied})],
            [expires => $time->($row->{expires})],
            map { [$_, $row->{$_}] } qw(sha256 size))
        . '}';
}


1;

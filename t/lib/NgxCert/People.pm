package NgxCert::People;

# People and certificates that nobody has, as rows of an import; and a day as
# the pages write it.

use strict;
use warnings;
use utf8;

use Encode qw(encode);
use Exporter qw(import);

our @EXPORT_OK = qw(@COLUMNS id_check in_words);

my @NAMES = qw(张伟 王芳 李娜娜 欧阳修文 司马懿 买买提·吐尔逊 𫖮之 陈建国 赵敏 周杰);

# The check digit of GB 11643 for 17 digits.
sub id_check {
    my ($digits) = @_;
    my @weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2);
    my $sum = 0;
    $sum += $weights[$_] * substr($digits, $_, 1) for 0 .. 16;
    return substr '10X98765432', $sum % 11, 1;
}


# A new person: name, id_type, id_number, sex, birth_date.  Name and number are
# registered as secrets, which must be in no log.
sub person {
    my ($self, %over) = @_;

    my $n = $self->{serial}++;
    my $birth = sprintf '19%02d-%02d-%02d', 60 + $n % 40, 1 + $n % 12,
        1 + $n % 28;
    my $digits = '110101' . $birth =~ tr/-//dr . sprintf '%03d', $n % 1000;

    my %person = (
        name       => $NAMES[$n % @NAMES],
        id_type    => 'cn',
        id_number  => $digits . id_check($digits),
        sex        => $n % 2 ? '男' : '女',
        birth_date => $birth,
        %over,
    );
    $self->secret($person{name}) if length $person{name} > 1;
    $self->secret($person{id_number});

    return \%person;
}


# A new certificate of a new person, as a row of the import.
sub certificate {
    my ($self, %over) = @_;

    my $person = $self->person(
        map { exists $over{$_} ? ($_ => $over{$_}) : () }
        qw(name id_type id_number sex birth_date));

    return {
        %$person,
        number        => sprintf('2022%08d', $self->{serial}),
        qualification => '经济',
        specialty     => '工商管理',
        level         => '中级',
        approved      => '2022-05-15',
        issuer        => '中华人民共和国人力资源和社会保障部',
        %over,
    };
}

# The columns that another certificate of the same person shares with this row.
sub same_person {
    my ($self, $row) = @_;
    return map { $_ => $row->{$_} } qw(name id_type id_number sex birth_date);
}

our @COLUMNS = qw(number name id_type id_number sex birth_date qualification
    specialty level approved issuer);


# Writes rows as CSV and returns the path; every field is quoted.
sub csv {
    my ($self, $name, @rows) = @_;

    my %more = map { map { $_ => 1 } keys %$_ } @rows;
    delete @more{@COLUMNS};
    my @columns = (@COLUMNS, sort keys %more);

    my $text = join(',', @columns) . "\n";
    for my $row (@rows) {
        $text .= join(',', map { '"' . ($row->{$_} // '') =~ s/"/""/gr . '"' }
            @columns) . "\n";
    }

    return $self->write($name, encode('UTF-8', $text));
}


# A day, or a day and time, as people write it: in Chinese, in English.
sub in_words {
    my ($text) = @_;
    my ($year, $month, $day, $clock) = ($text // '')
        =~ /^(\d+)-(\d+)-(\d+)(?: (\S+) \+08:00)?$/ or return ('', '');
    my $name = (qw(January February March April May June July August September
                   October November December))[$month - 1];
    my ($zh, $en) = ($year . '年' . ($month + 0) . '月' . ($day + 0) . '日',
                     $day + 0 . " $name $year");
    return $clock ? ("$zh $clock（北京时间）", "$en, $clock (Beijing time)")
        : ($zh, $en);
}


1;

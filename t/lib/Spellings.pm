package Spellings;

# Twelve invented people, how their names, numbers and documents are typed, and
# what looks nearly the same and is another's.
#
#     my $spellings = Spellings->new($t);
#     $t->certctl_json('import', $t->csv('people.csv', $spellings->rows));
#     for ($spellings->spelled) { my %form = $spellings->form($_) ... }
#
# Each of spelled() and near() is a person's name here, and what is typed instead
# of what is printed.

use strict;
use warnings;
use utf8;

my %people = (
    zhang   => ['2022ZG-0001', '张三丰'],
    ouyang  => ['202200000002', '欧阳修文'],
    mai     => ['202200000003', '买买提·吐尔逊'],
    ayi     => ['202200000004', '阿依古丽·买买提·艾力'],
    ma      => ['202200000005', '马青龙'],
    lin     => ['202200000006', '林〇一'],
    mary    => ['202200000007', 'Mary Ann O\'Neil', 'passport', 'EA-1234567'],
    jean    => ['202200000008', 'Jean-Luc Müller', 'passport', 'FR12X3456'],
    zhe     => ['202200000009', '李喆'],
    zhe2    => ['202200000010', '李哲'],
    rare    => ['202200000011', '王𠮷'],
    short   => ['2022ab000012', '于 一', 'hk_mo', 'H12345678'],
);

sub new {
    my ($class, $t) = @_;

    my %row = map {
        my ($number, $name, @document) = @{$people{$_}};
        $_ => $t->certificate(number => $number, name => $name,
            @document ? (id_type => $document[0], id_number => $document[1],
                         sex => '', birth_date => '') : ());
    } sort keys %people;
    return bless {row => \%row}, $class;
}

sub row { return $_[0]{row}{$_[1]} }
sub rows { my ($self) = @_; return map { $self->row($_) } sort keys %people }

# What a form of these three fields has.
sub form {
    my ($self, $spelling) = @_;

    my ($who, %typed) = @$spelling;
    my %form = (%{$self->row($who)}{qw(number name id_number)}, %typed);

    # Characters of Latin-1 alone are characters, too.
    utf8::upgrade($_) for values %form;
    return %form;
}

sub _wide { return $_[0] =~ tr/!-~/！-～/r }


sub spelled {
    my ($self) = @_;

    my $row = $self->{row};
    return (
        (map { [$_] } sort keys %people),

        # Numbers: case, width, dashes, white space, what shows nothing.
        ['zhang', number => '2022zg-0001'], ['zhang', number => '2022Zg-0001'],
        ['zhang', number => '２０２２ＺＧ－０００１'],
        ['zhang', number => '2022ZG—0001'], ['zhang', number => '2022ZG‐0001'],
        ['zhang', number => '2022ZG−0001'], ['zhang', number => '2022ZG–0001'],
        ['zhang', number => ' 2022 ZG - 0001 '],
        ['zhang', number => "2022ZG-\x{200B}0001"],
        ['zhang', number => "\x{FEFF}2022ZG-0001"],
        ['zhang', number => "2022ZG\x{00AD}-0001"],
        ['zhang', number => "\x{202D}2022ZG-0001\x{202C}"],
        ['ouyang', number => '2022 0000 0002'],
        ['ouyang', number => "2022\x{00A0}0000\x{2003}0002"],
        ['ouyang', number => '２０２２０００００００２'],
        ['short', number => '2022AB000012'], ['short', number => '2022ａＢ000012'],

        # Names of Chinese characters: white space between, radicals for
        # ideographs, forms of compatibility.
        ['zhang', name => '张 三 丰'], ['zhang', name => "张\x{3000}三丰"],
        ['zhang', name => " 张三丰\x{3000}"], ['zhang', name => "张三丰\x{200B}"],
        ['zhang', name => "张\x{FE00}三丰"], ['zhang', name => "张\x{2060}三丰"],
        ['ouyang', name => '欧阳 修文'], ['ouyang', name => "欧阳\x{00A0}修文"],
        ['ma', name => "\x{2EE2}青龙"], ['ma', name => "马\x{2ED8}\x{9F99}"],
        ['ma', name => "马青\x{2EF0}"], ['lin', name => '林○一'],
        ['lin', name => '林◯一'], ['lin', name => "林〇\x{2F00}"],
        ['short', name => '于一'], ['short', name => "于\x{3000}一"],
        ['short', name => "于\x{2F00}"], ['rare', name => "王 𠮷"],

        # Dots.
        (map { ['mai', name => "买买提${_}吐尔逊"] }
            map { chr } 0x0387, 0x2022, 0x2024, 0x2027, 0x2219, 0x22C5, 0x30FB,
            0xFF0E, 0xFF65, 0x2E),
        ['mai', name => '买买提 · 吐尔逊'], ['mai', name => '买买提· 吐尔逊'],
        ['ayi', name => '阿依古丽•买买提.艾力'],
        ['ayi', name => '阿依古丽．买买提・艾力'],
        ['ayi', name => '阿依古丽 ‧ 买买提 ‧ 艾力'],

        # Latin names: case, width, white space, composed or not, signs.
        ['mary', name => 'MARY ANN O\'NEIL'], ['mary', name => 'mary ann o\'neil'],
        ['mary', name => "Mary  Ann\x{00A0}O'Neil"],
        ['mary', name => "Mary Ann O\x{2019}Neil"],
        ['mary', name => 'Ｍａｒｙ　Ａｎｎ　Ｏ＇Ｎｅｉｌ'],
        ['jean', name => "Jean-Luc Mu\x{0308}ller"],
        ['jean', name => 'JEAN-LUC MÜLLER'], ['jean', name => 'Jean‐Luc Müller'],
        ['jean', name => 'Jean—Luc Müller'],

        # Documents.
        ['mary', id_number => 'ea-1234567'], ['mary', id_number => 'EA—1234567'],
        ['mary', id_number => 'EA－１２３４５６７'],
        ['mary', id_number => ' EA-1234567 '], ['jean', id_number => 'fr12x3456'],
        ['jean', id_number => "FR12X\x{200D}3456"],
        ['short', id_number => 'Ｈ12345678'], ['short', id_number => 'h 1234 5678'],
        (map { ['zhang', id_number => $_] } _wide($row->{zhang}{id_number}),
            lc $row->{zhang}{id_number},
            $row->{zhang}{id_number} =~ s/^(.{6})(.{8})/$1 $2 /r),

        # All at once.
        ['zhang', number => '２０２２ｚｇ－０００１', name => '张　三　丰',
         id_number => _wide($row->{zhang}{id_number})],
        ['mai', number => ' 202200000003', name => '买买提• 吐尔逊 ',
         id_number => _wide(lc $row->{mai}{id_number})],
    );
}


sub near {
    my ($self) = @_;

    my $row = $self->{row};
    return (
        # Other characters, however alike; these are other people.
        ['zhe', name => '李哲'], ['zhe2', name => '李喆'],
        ['zhang', name => '張三丰'], ['zhang', name => '张三峰'],
        ['zhang', name => '张三丰丰'], ['zhang', name => '张三'],
        ['zhang', name => '章三丰'], ['zhang', name => '张叁丰'],
        ['ouyang', name => '欧阳修'], ['ouyang', name => '欧阳文修'],
        ['ma', name => '馬青龙'], ['ma', name => '马靑龙'],
        ['ma', name => '马清龙'], ['ma', name => '马青尤'],
        ['lin', name => '林0一'], ['lin', name => '林O一'],
        ['lin', name => '林一'], ['lin', name => '林零一'],
        ['rare', name => '王吉'], ['rare', name => "\x{2F5F}𠮷"], ['short', name => '於一'],
        ['short', name => '于一一'],

        # A dot that is missing, or too many; words in another order.
        ['mai', name => '买买提吐尔逊'], ['mai', name => '买买提··吐尔逊'],
        ['mai', name => '吐尔逊·买买提'], ['mai', name => '买买提-吐尔逊'],
        ['ayi', name => '阿依古丽·买买提艾力'], ['ayi', name => '阿依古丽·买买提'],

        # Letters of another script, accents, words that run together.
        ['mary', name => "M\x{0430}ry Ann O'Neil"],
        ['mary', name => "Mary \x{0391}nn O'Neil"],
        ['mary', name => "MaryAnn O'Neil"], ['mary', name => 'Mary Ann ONeil'],
        ['mary', name => 'Mary Anne O\'Neil'],
        ['jean', name => 'Jean-Luc Muller'], ['jean', name => 'Jean Luc Müller'],
        ['jean', name => 'Müller Jean-Luc'],

        # Numbers and documents.
        ['zhang', number => '2022ZG0001'], ['zhang', number => '2022ZG-001'],
        ['zhang', number => '2022ZG-0001-'], ['zhang', number => '2022ZG.0001'],
        ['zhang', number => "2022\x{0396}G-0001"],
        ['zhang', number => '2O22ZG-OOO1'], ['zhang', number => '2022ZG_0001'],
        ['ouyang', number => '202200000003'], ['ouyang', number => '20220000002'],
        ['mary', id_number => 'EA1234567'], ['mary', id_number => 'EA-123456'],
        ['mary', id_number => "\x{0415}A-1234567"],
        ['jean', id_number => 'FR12Х3456'], ['short', id_number => 'H1234567'],
        ['short', id_number => 'H123456789'],
        ['zhang', id_number => $row->{ouyang}{id_number}],
        ['mai', id_number => $row->{ayi}{id_number}],
        ['zhang', name => $row->{ouyang}{name}],
        ['zhang', %{$row->{ouyang}}{qw(name id_number)}],
        ['zhang', number => '   '], ['zhang', name => '***'],
    );
}


1;

# certctl import: names and headings that a program read as GBK while they were
# UTF-8 are refused and named.  No genuine name is, also none whose bytes in GBK
# happen to be UTF-8.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
$t->home();

# As a program has it that opens UTF-8 as GBK; what it cannot read is "?".
sub mistaken {
    my ($name) = @_;
    my $bytes = Encode::encode('UTF-8', $name);
    my $text = Encode::decode('cp936', substr $bytes, 0, length($bytes) & ~1);
    return $text . (length($bytes) % 2 ? '?' : '');
}

# Rows of these names; "line => reason" of those that are refused.
sub refused {
    my ($file, @names) = @_;
    my %row = %{$t->certificate(id_type => 'passport', sex => '',
                                birth_date => '')};
    my $n = 0;
    my ($status, $out, $err) = $t->certctl('import', $t->csv("$file.csv",
        map { $n++; +{%row, name => $_, number => sprintf('2022%08d', $n),
        id_number => sprintf 'E%08d', $n} }
        @names), '--check', '--any-font', '--rejects', $t->path("$file.rejects"));
    die $err if $status > 1;
    return {} if $status == 0;
    my (undef, @lines) = split /\n/, $t->read("$file.rejects");
    return { map { /^(\d+),name,"?([^",]+)/ ? ($1 - 2, $2) : () } @lines };
}
my $reason = qr/was UTF-8 and was opened as another encoding/;


# --- What was mistaken ------------------------------------------------------

is(mistaken('张三'), '寮犱笁', 'as it looks');
my @some = qw(张三 李芳 王伟 刘洋 陈静 欧阳修远 李小明 王小丫 张三丰
              买买提·吐尔逊 阿卜杜·热合曼 司马相如 周杰 赵敏);
my $said = refused('some', map { mistaken($_) } @some);
for my $n (0 .. $#some) {
    like($said->{$n} // 'taken', $reason, "$some[$n] as GBK");
}

# Two characters of the most frequent: nearly all have the reason.
my @family = split //, '王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹';
my @given = split //, '伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚玲桂辉鹏飞红斌波宇浩';
my @two = map { my $f = $_; map { "$f$_" } @given } @family;
$said = refused('two', map { mistaken($_) } @two);
my $told = grep { ($said->{$_} // '') =~ $reason } 0 .. $#two;
cmp_ok($told, '>=', 0.9 * @two, "$told of " . @two . ' names');


# --- Genuine names ----------------------------------------------------------

# Families and given names whose bytes would fit, with every common character
# that fits, and with rare ones: of each such name one would believe it.
sub gb { return Encode::encode('cp936', $_[0], sub { '' }) }
my @common = map { my $row = $_; map { Encode::decode('cp936', pack 'CC', $row, $_) }
    0xA1 .. ($row == 0xD7 ? 0xF9 : 0xFE) } 0xB0 .. 0xD7;
my @rare = split //, '喆堃昇珺玥祎翀湉晞炘焜燚犇骉珮瑄璟垚昉旻玘玙琭赟禛祐禩'
    . '芃偲劼叡媖嫄寯彧忞惇扆掞旸暐暻枻柟栐梽棽榞橦洺浛浟湑湜溁澔濛烜燊玞珅'
    . '珣珵琀琎琤瑀瑢瑧皞盷矞竑缊訸谞頔飏龢';
my @fit = grep { gb($_) =~ /^[\x80-\xBF][\xE4-\xE9]$/ } @common, @rare;
my @last = grep { gb($_) =~ /^[\x80-\xBF][\x80-\xBF]$/ } @rare;
my @names = map { my $f = $_; map { my $g = $_; map { "$f$g$_" } @last } @fit }
    qw(妫 姒 宓 濮 琚 璩);
my $shape = grep { eval { Encode::decode('UTF-8', gb($_), 1) } } @names;
cmp_ok($shape, '>', 10_000, "$shape names whose bytes are UTF-8");
is_deeply(refused('fit', @names), {}, 'none is refused');

@names = map { my $f = $_; map { my $g = $_; map { "$f$g$_" } @given[0 .. 3],
    @rare[0 .. 9] } @rare[10 .. 19], @common[1 .. 20] } @family;
is_deeply(refused('genuine', @names, @two), {}, 'nor is any of '
          . (@names + @two) . ' others');


# --- Headings ---------------------------------------------------------------

my $csv = "管理号,姓名,证件类型,证件号码,性别,出生日期,资格名称,专业,级别,"
    . "批准日期,签发单位\n202299999999,张三,护照,E12345678,,,经济,工商管理,中级,"
    . "2022-05-15,人社部\n";
is(($t->certctl('import', $t->write('headings.csv', $csv), '--check'))[0], 0,
   'headings in Chinese');
$t->write('headings.csv', join "\n", map { join ',', map { mistaken($_) }
    split /,/ } split /\n/, $csv);
my ($status, undef, $err) = $t->certctl('import', $t->path('headings.csv'),
                                        '--check');
is($status, 2, 'as GBK: refused');
like($err, qr/column \d+ of the header line was UTF-8, and was opened as another/,
     'and named');

$t->done();

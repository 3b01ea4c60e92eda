# Forms in another charset, and questions that cannot have an answer: each is
# answered or refused with the field and the reason, and none is "not found".

use lib 't/lib';
use NgxCert;

use Encode qw(encode);
use Encode::CN ();

my $t = NgxCert->new();
my $latin = 'José García';
my @people = ('张伟', '欧阳修文', '买买提·吐尔逊', '龘', '郑谢', '〇一', $latin);
my @row = $t->import_rows(map { $t->certificate(name => $_) } @people);
my %row = map { ($people[$_] => $row[$_]) } 0 .. $#people;
my ($other) = $t->import_rows($t->certificate(name => '王芳',
    number => 'A（2022）第1号', id_type => 'passport', id_number => 'E12345678'));
my ($rare) = $t->import_rows($t->certificate(name => "\x{20087}一"));
my ($odd) = $t->import_rows($t->certificate(name => '张三',
    id_type => 'other', id_number => '110105194912310021'));

$t->conf(server => <<'END');
        location /check  { cert_check; }
        location /fields { cert_check; add_header X-Field $cert_field always; }
END
$t->start();

my $FORM = 'application/x-www-form-urlencoded';

# Percent escapes of the bytes of a text.
sub raw { return join '', map { sprintf '%%%02X', ord } split //, $_[0] }

# Asks with bytes for some fields, and with UTF-8 for all others.
sub ask {
    my ($row, $charset, %bytes) = @_;
    my $body = join '&', map { "$_=" . raw($bytes{$_}
        // encode('UTF-8', $row->{$_})) } qw(number name id_number);
    return $t->request('POST', '/check', body => $body, headers =>
        ['Content-Type' => $FORM . ($charset ne '' ? "; $charset" : '')]);
}

# The status, then the result or field and detail.
sub told {
    my ($r) = @_;
    my $json = $r->json;
    return join ' ', $r->status, $json->{result} ne 'bad_request'
        ? $json->{result} : $json->{detail};
}

sub gbk { return encode('gbk', $_[0]) }


# Every declared charset, in every spelling, and none.
my $who = $row{'张伟'};
my $all = sub { my ($row) = @_;
    return map { $_ => gbk($row->{$_}) } qw(number name id_number) };
for my $charset ('', 'charset=gbk', 'charset=GBK', 'charset="gbk"',
    'charset=gb18030', 'charset=GB2312', 'Charset = gb2312 ; x=y',
    'boundary=x; charset=gbk', 'charset=utf-8', 'charset=UTF8', 'charset=')
{
    is(told(ask($who, $charset, $all->($who))), '200 valid',
       "GBK, \"$charset\"");
    is(told(ask($who, $charset)), '200 valid', "UTF-8, \"$charset\"");
    is(told(ask($who, $charset, name => gbk('李伟'))), '404 not_found',
       "GBK of another name, \"$charset\"");
}
for my $name (grep { $_ ne $latin && $_ ne '郑谢' } @people) {
    is(told(ask($row{$name}, '', $all->($row{$name}))), '200 valid',
       "GBK: $name");
}
is(told(ask($other, '', $all->($other))), '200 valid', 'GBK in the number too');
is(told(ask($other, '', number => gbk($other->{number}))), '200 valid',
   'and only there');
is(told(ask($other, '', id_number => gbk("\x{FF25}12345678"))), '200 valid',
   'full width in GBK');
is(told(ask($who, '', name => "\xA1\xA1" . gbk('张伟') . ' ')), '200 valid',
   'with spaces around');

# Four bytes a character: U+20087 is not in GBK.
is(told(ask($rare, $_, name => "\x95\x32\x90\x31" . gbk('一'))), '200 valid',
   "GB 18030, \"$_\"") for '', 'charset=gb18030', 'charset=gbk';

# Bytes that are UTF-8 and GBK are UTF-8, but where GBK was declared and they
# are not Chinese.
is(told(ask($row{'郑谢'}, 'charset=gbk', name => gbk('郑谢'))), '200 valid',
   'declared GBK that is UTF-8 of other letters');
is(told(ask($row{'郑谢'}, '', name => gbk('郑谢'))), '404 not_found',
   'the same, not declared, is UTF-8');
is(told(ask($row{$latin}, 'charset=utf-8')), '200 valid', 'accents in UTF-8');
is(told(ask($row{$latin}, '')), '200 valid', 'and not declared');


# Each row: name of the test, charset, changed bytes, the answer.
my $utf8 = 'is not UTF-8: send UTF-8, or declare charset=gb18030';
my $declared = 'is not in the charset that is declared';
my $charset = '415 charset is not utf-8, gbk, gb18030 or gb2312';
my $whole = 'holds a sign in place of a character: the whole name is needed';
my $length = 'is too short or too long: that of an identity card has 18 '
    . 'characters';
my $none = 'is not the number of any kind of document';
my $id = $who->{id_number};
my $flipped = substr($id, 0, 17) . (substr($id, 17) eq '1' ? '2' : '1');
my $number = '110101' . '19900230' . '001';
my $no_day = $number . NgxCert::id_check($number);
my @wrong = (
    # Bytes of no charset that is read, and of one that is not declared.
    ['half a character', '', {name => "\xD5\xC5\xCE"}, "400 name $utf8"],
    ['UTF-8 cut short', '', {name => "\xE5\xBC\xA0\xE4\xBC"}, "400 name $utf8"],
    ['0xFF', '', {name => "\xFF\xFE"}, "400 name $utf8"],
    ['a surrogate', '', {name => "\xED\xA0\x80"}, "400 name $utf8"],
    ['Latin-1', '', {name => encode('latin1', $latin)}, "400 name $utf8"],
    ['Latin-1 that is GBK', '', {name => "M\xFCller"}, "400 name $utf8"],
    ['Big5', '', {name => "\xB3\xAF\xA4\x6A\xA4\xE5"}, "400 name $utf8"],
    ['UTF-16', '', {name => "\xFF\xFE\x20\x5F\x1F\x4F"}, "400 name $utf8"],
    ['private use of GBK', '', {name => "\xAA\xA1\xAA\xA2"}, "400 name $utf8"],
    ['Cyrillic in GBK', '', {name => "\xA7\xAF\xA7\xA1"}, "400 name $utf8"],
    ['GBK with letters', '', {name => gbk('张') . 'wei'}, "400 name $utf8"],
    ['a bad number', '', {number => "\xFF"}, "400 number $utf8"],
    ['a bad document number', '', {id_number => "\xFF"}, "400 id_number $utf8"],
    ['two bad fields', '', {name => "\xFF", number => "\xFF"},
     "400 number $utf8"],
    ['a bad name beside UTF-8', '', {number => encode('UTF-8', '第1号'),
     name => "\xFF"}, "400 name $utf8"],
    ['UTF-8 declared', 'charset=utf-8', {name => "\xFF"}, "400 name $utf8"],
    ['GBK declared', 'charset=gbk', {name => "\xFF"}, "400 name $declared"],
    ['GBK declared, cut', 'charset=gbk', {name => "\xD5\xC5\xCE"},
     "400 name $declared"],
    ['GBK declared, in the number', 'charset=gbk', {number => "\x80"},
     "400 number $declared"],
    ['GBK declared, private use', 'charset=gbk', {name => "\xAA\xA1"},
     '400 name holds a private use character'],
    ['GBK, too long', 'charset=gbk', {name => gbk('张' x 2000)},
     '400 name is too long'],
    ['GBK, too long for a name', 'charset=gbk', {name => gbk('张' x 100)},
     '400 name is too long'],
    map({ ["GBK in \"$_\"", "charset=$_", {name => gbk('张伟')}, $charset] }
        qw(big5 iso-8859-1 utf-16 x gbk2 euc-kr), 'gb 2312'),
    ['accents in another charset', 'charset=iso-8859-1',
     {name => encode('UTF-8', $latin)}, $charset],

    # UTF-8 with what no text may hold.
    (map { my $field = $_; map {
        my ($name, $char) = @$_;
        ["$name in $field", '', {$field => encode('UTF-8',
         substr($who->{$field}, 0, 1) . $char . substr $who->{$field}, 1)},
         "400 $field holds a " . ($name =~ /private/ ? 'private use character'
         : $name =~ /stand-in/ ? 'code that is not a character'
         : 'control character')] }
        ['a bell', "\x{07}"], ['an escape', "\x{1B}"],
        ['DEL', "\x7F"], ['C1', "\x{81}"], ['a private character', "\x{E000}"],
        ['a stand-in', "\x{FFFD}"] } qw(number name id_number)),
    (map { my $field = $_;
        (["no $field", '', {$field => ''}, "400 $field is missing: number, "
          . 'name and id_number are all needed'],
         ["blank $field", '', {$field => ' '}, "400 $field is empty"],
         ["wide blank $field", '', {$field => encode('UTF-8', "\x{3000} ")},
          "400 $field is empty"]) } qw(number name id_number)),
    ['a long number', '', {number => '9' x 65}, '400 number is too long'],
    ['a long name', '', {name => 'x' x 193}, '400 name is too long'],
    ['a long document number', '', {id_number => '9' x 41},
     '400 id_number is too long'],
    ['Chinese in a document number', '', {id_number => encode('UTF-8', '张1')},
     '400 id_number holds a character other than letters, digits and signs'],

    # What is not a name, and not a document number.
    ['the masked name', '', {name => encode('UTF-8', '张*')},
     "400 name $whole"],
    ['question marks', '', {name => '??'}, "400 name $whole"],
    ['wide question marks', '', {name => encode('UTF-8', '张？')},
     "400 name $whole"],
    ['a box', '', {name => encode('UTF-8', '张□')}, "400 name $whole"],
    ['a geta', '', {name => encode('UTF-8', '张〓')}, "400 name $whole"],
    ['a wrong check digit', '', {id_number => $flipped},
     '400 id_number has a wrong check character'],
    ['no such day', '', {id_number => $no_day}, '400 id_number holds a date '
     . 'of birth that does not exist'],
    ['zeros', '', {id_number => '0' x 17 . '1'},
     '400 id_number has no region'],
    (map { [length($_) . ' digits', '', {id_number => $_},
            "400 id_number $length"] } substr($id, 0, 17), "${id}0" =~ tr/X/1/r,
     '1' x 12, '1' x 14, '1' x 16, '1' x 16 . 'X', '1' x 40),
    ['three digits', '', {id_number => '123'}, "400 id_number $none"],
    ['a sign', '', {id_number => 'E1234_5678'}, "400 id_number $none"],
);
for my $case (@wrong) {
    my ($name, $charset, $bytes, $answer) = @$case;
    is(told(ask($who, $charset, %$bytes)), $answer, $name);
}

# White space of every kind is what people paste.
for my $field (qw(number name id_number)) {
    for (["a tab", "\t"], ['a line end', "\r\n"], ['a next line', "\x{85}"]) {
        my ($name, $char) = @$_;
        is(told(ask($who, '', $field => encode('UTF-8',
           substr($who->{$field}, 0, 1) . $char . substr $who->{$field}, 1))),
           '200 valid', "$name in $field");
    }
}

# Well-formed, and not found: what is wrong is for the visitor to see.
for my $number ('E87654321', 'H12345678', '12345678', '1' x 15,
    '110101199001011237', 'C1234567(8)')
{
    my $r = ask($who, '', id_number => $number);
    is($r->body, '{"result":"not_found"}', "another document: $number");
}
is(told(ask($who, '', name => $_)), '404 not_found', "another name")
    for map { encode 'UTF-8', $_ } '张三', 'Zhang Wei', '张·伟', '一二三';

# What the authority has stored is found, however odd it is.
is(told(ask($odd, '')), '200 valid', 'an odd number that is stored');
is(told(ask($odd, '', number => $who->{number})),
   '400 id_number has a wrong check character',
   'and is said to be odd where it matches nothing');

# UTF-8 under a charset that is not true, as some libraries declare.
is(told(ask($who, "charset=$_")), '200 valid', "UTF-8 declared as $_")
    for qw(gbk iso-8859-1 x);

# The answer names the field to programs, and to pages.
my $r = ask($who, '', id_number => $flipped);
is($r->body, '{"result":"bad_request","field":"id_number","detail":'
   . '"id_number has a wrong check character"}', 'the whole answer');
is($t->post('/fields', number => 1, name => '张伟', id_number => $flipped)
   ->header('x-field'), 'id_number', 'the variable');
is($t->post('/fields', number => 1)->header('x-field'), 'name', 'a missing one');
is($t->post('/fields', map { $_ => $who->{$_} } qw(number name id_number))
   ->header('x-field'), undef, 'none');
for my $case (['number=1&name=%41&number=2', 'number is given twice'],
    ['number=1&name=%4', 'name holds a zero byte, or a percent sign that is '
     . 'not followed by two hex digits'],
    ['number=1&id_number=%00', 'id_number holds a zero byte, or a percent '
     . 'sign that is not followed by two hex digits'])
{
    my ($body, $detail) = @$case;
    my $r = $t->request('POST', '/fields', body => $body,
                        headers => ['Content-Type' => $FORM]);
    is(told($r), "400 $detail", $detail);
    is($r->header('x-field'), $detail =~ /^(\w+)/ ? $1 : '', 'its field');
}
is($t->get('/check?code=1&code=2')->json->{detail}, 'code is given twice',
   'a code twice');

# Nothing of a decoded name is left in the worker: not as UTF-8, and not as the
# C library had it meanwhile.  This needs the right to read that memory.
SKIP: {
    skip 'no right to read memory', 1 if !defined $t->memory_holds('x' x 100);
    my $name = '麟麒麟麒';
    is(told(ask($who, '', name => gbk($name))), '404 not_found', 'a name');
    for my $charset ('UTF-8', 'UCS-4LE', 'gbk') {
        my $bytes = encode($charset, $name);
        $t->await(sub { !$t->memory_holds($bytes) });
        is($t->memory_holds($bytes), 0, "is wiped: $charset");
    }
}


# Where the C library has no table, the reason is that, and is logged once.
$t->stop();
$t->start(env => {LD_PRELOAD => $t->build . '/iconv.so'});
for my $case (['', "name is not UTF-8, and this server cannot decode GB18030: "
    . 'send UTF-8'], ['charset=gbk', 'name is not UTF-8, and this server '
    . 'cannot decode GB18030: send UTF-8'])
{
    my ($charset, $detail) = @$case;
    is(told(ask($who, $charset, name => gbk('张伟'))), "400 $detail",
       "no table: \"$charset\"") for 1, 2;
    is(told(ask($who, $charset)), '200 valid', 'UTF-8 is answered');
}
is(scalar(() = $t->read('logs/error.log') =~ /GB18030 are refused/g), 1,
   'logged once');

$t->done();

# Registration: the answer names a wrong field, but does not say whether a
# person is known; usernames, passwords, and consent.

use lib 't/lib';
use NgxCert;

use Digest::SHA qw(sha256_hex);
use Encode qw(encode);
use Encode::CN ();
use Time::HiRes qw(sleep);

my $t = NgxCert->new();
my ($row, $other, $third, $fourth, $corrected) = $t->import_rows(
    map { $t->certificate() } 1 .. 5);
my ($passport) = $t->import_rows($t->certificate(id_type => 'passport',
    id_number => 'E12345678'));
$t->conf($t->holder_conf);
$t->start();
# So many requests from one address would have to wait.
$t->certd(args => ['--address-header', 'X-No-Address']);

# The form of a row, with some fields replaced; undef: without the field.
sub form {
    my ($row, %over) = @_;
    my %form = ((map { $_ => $row->{$_} } qw(id_type id_number name)),
        username => 'somebody', password => 'long enough', %over);
    return [map { defined $form{$_} ? ($_ => $form{$_}) : () } sort keys %form];
}

sub register {
    return $t->request('POST', '/holder/register', form => form(@_));
}

# The status, and the field or the type.
sub told {
    my ($r) = @_;
    my $json = $r->status >= 400 ? $r->json : {};
    return join ' ', $r->status, $json->{field}
        // (defined $json->{type} ? $json->{type} =~ s{.*/}{}r : ());
}


# Fields.
my $number = $row->{id_number};
my $flipped = substr($number, 0, 17) . (substr($number, 17) eq '1' ? '2' : '1');
my $tomorrow = '11010120991231' . '001';
$tomorrow .= NgxCert::id_check($tomorrow);
my $no_day = '11010119900230' . '001';
$no_day .= NgxCert::id_check($no_day);
my %faults = (
    id_type   => [undef, '', 'CN', 'cn ', 'id', "cn\x{FF4E}"],
    id_number => [undef, '', ' ', $flipped, substr($number, 0, 17), "${number}0",
                  $tomorrow, $no_day, '0' x 18, "\x{1}$number", 'x' x 200,
                  "\x{202E}", "\x{410}$number"],
    name      => [undef, '', ' ', "张\x{1}三", "张\x{E000}", "张\x{FFFD}三",
                  "\x{200B}\n", '张' x 300],
    username  => [undef, '', 'ab', 'a' x 65, '张' x 22, 'a b c', 'a/b', "ab\x{0}c",
                  "a\x{202E}bc", 'a<b>', "a\x{1F600}bc", 'a,b,c', "abc\n"],
    password  => [undef, '', 'a' x 7, '密' x 7, 'a' x 129, '密' x 129,
                  "long\tenough", "long enough\n", "long\x{7F}enough",
                  "long\N{U+85}enough", 'somebody', 'SomeBody', $number,
                  $row->{name} . ' ' x 8, "\x{FF53}omebody"],
);
my %least;
for my $field (sort keys %faults) {
    for my $value (@{$faults{$field}}) {
        my $name = defined $value ? '"' . ($value =~ s/[^ -~]/?/gr) . '"'
            : 'none';
        my $r = register($row, $field => $value);
        # A form with a zero is malformed.
        is(told($r), defined $value && $value =~ /\0/ ? "400 $field"
           : "422 $field", "$field: " . substr $name, 0, 30);
    }
}
for my $bytes ("\xFFabc", "\xC0\x80abc", "\xED\xA0\x80abc", "abc\xE5\xBC") {
    for my $field (qw(name username password)) {
        my $body = NgxCert::form(@{form($row, $field => undef)}) . "&$field="
            . join '', map { sprintf '%%%02X', ord } split //,
            $bytes . ($field eq 'password' ? 'long enough' x 1 : '');
        is(told($t->request('POST', '/holder/register', body => $body,
           headers => ['Content-Type', 'application/x-www-form-urlencoded'])),
           "422 $field", "$field: not UTF-8");
    }
}
# In another charset: each form is its own, so that fields may be of any bytes.
sub bytes {
    my ($path, $type, %form) = @_;
    return $t->request('POST', "/holder/$path", body => join('&', map {
        "$_=" . join '', map { sprintf '%%%02X', ord } split //, $form{$_}
        } sort keys %form), headers => ['Content-Type',
        "application/x-www-form-urlencoded$type"]);
}
{
    my ($gbk) = $t->import_rows($t->certificate(name => '欧阳修文'));
    my %form = @{form($gbk, name => encode('gbk', '欧阳修文'),
                      username => 'gbk')};
    for my $case (['; charset=big5', {}, '415 unsupported_media_type'],
        ['; charset=gbk', {name => "\xFF"}, '422 name'],
        ['; charset=gbk', {username => "\xD5"}, '422 username'],
        ['', {name => "M\xFCller"}, '422 name'],
        ['', {username => encode('gbk', '欧阳修')}, '422 username'],
        ['', {password => encode('gbk', '欧阳修文欧阳修文')}, '422 password'],
        ['; charset=gbk', {name => encode('gbk', '王芳')},
         '403 registration_refused'],
        ['', {username => 'gbk1'}, '201'])
    {
        my ($type, $over, $answer) = @$case;
        is(told(bytes('register', $type, %form, %$over)), $answer,
           "GBK$type: " . join ' ', $answer, keys %$over);
    }
    my ($two) = $t->import_rows($t->certificate(name => '欧阳修'));
    my $password = '密码密码密码密码';
    is(told(bytes('register', '; charset=gb2312', (map { $_ => $two->{$_} }
        qw(id_type id_number)), name => encode('gbk', '欧阳修'), username =>
        encode('gbk', '用户名'), password => encode('gbk', $password))), '201',
       'all fields in declared GBK');
    is(told($t->post('/holder/login', username => '用户名',
       password => $password)), '200', 'a login in UTF-8');
    is(told(bytes('login', '; charset=GBK', username => encode('gbk', '用户名'),
       password => encode('gbk', $password))), '200', 'a login in GBK');
    is(told(bytes('login', '', username => encode('gbk', '用户名'),
       password => 'x')), '422 username', 'not declared');
    is(told(bytes('login', '', username => 'gbk1', password => "\xFF\xFE")),
       '401 login_refused', 'a password of any bytes');
    is(told(bytes('login', '; charset=x', username => "\xFF",
       password => 'x')), '415 unsupported_media_type', 'another charset');
    is(told($t->request('POST', '/holder/register', body => 'name=1&name=2',
       headers => ['Content-Type', 'application/x-www-form-urlencoded'])),
       '400 name', 'a field twice is named');
}
is(told(register({id_type => 'other'})), '422 id_number',
   'the first of several, in the order of the form');


# The bounds of passwords, each shown by a login.
for my $what ([$row, 'zhang.san', '12345678'], [$other, 'Li_Si@EXAMPLE.cn',
    '密' x 128], [$third, "王\x{FF35}\x{FF33}ER", "pässwörd %&=+;"])
{
    my ($row, $username, $password) = @$what;
    $t->secret($password);
    my $r = register($row, username => $username, password => $password);
    is(told($r), '201', 'registered: a password of ' . length $password);
    is($r->header('set-cookie'), undef, 'without a login');
    my $folded = lc $username =~ tr/\x{FF35}\x{FF33}/US/r;
    is($r->json->{username}, $folded, 'the username is folded');
    for my $spelling ($folded, uc $folded, $username) {
        is(told($t->post('/holder/login', username => $spelling,
           password => $password)), '200', 'a login by it');
    }
}
for my $password ('1234567', '123456789', "12345678 ", "\x{FF11}2345678",
    '12345678' x 100, "12345678\x{0}")
{
    my $told = told($t->post('/holder/login', username => 'zhang.san',
        password => $password));
    is($told, $password =~ /\0/ ? '400 password' : '401 login_refused',
       'not a login');
    $t->post('/holder/login', username => 'zhang.san',
        password => '12345678') if length $password == 9;
}


# Refusals that all look the same.
$t->certctl_ok('account', 'link', 'zhang.san', $corrected->{number});
my $person = $t->person();
my %refused = map { $_->[0] => register(@$_[1 .. $#$_]) }
    ['another name', $fourth, name => $other->{name}],
    ['a name of more', $fourth, name => "$fourth->{name}三"],
    ['an unknown document', $person],
    ['an unknown passport', {%$passport, id_number => 'E87654321'}],
    ['the number of another type', {%$passport, id_type => 'hk_mo'}],
    ['an account', $row],
    ['an account, with its username', $row, username => 'zhang.san'],
    ['a username that is taken, of nobody', $person, username => 'zhang.san'],
    ['a linked document', $corrected];
my ($pattern) = map { $refused{$_} } 'an unknown document';
for my $name (sort keys %refused) {
    my $r = $refused{$name};
    is(told($r), '403 registration_refused', $name);
    is($r->head =~ s/^Date:.*\r\n//mr . $r->body,
       $pattern->head =~ s/^Date:.*\r\n//mr . $pattern->body,
       "$name: the same bytes as any other");
}
my @taken = map { told(register($fourth, username => $_)) } 'zhang.san',
    'ZHANG.SAN', "zh\x{FF21}ng.san", "王user";
is("@taken", join(' ', ('409 username_taken') x 4),
   'a person that matches is told that the name is taken');
is(told(register($fourth, username => 'zhang-san')), '201', 'and takes another');
is(told(register($passport, id_number => ' e12345678 ', username => 'pp1',
   name => " $passport->{name} ")), '201', 'document and name are folded');
is(told(register($passport, username => 'pp2')), '403 registration_refused',
   'once');

# The name in another spelling, and in that of another person.
my @spelt = (
    # name, as typed, another person's
    ['买买提·吐尔逊', '买买提．吐尔逊', '买买提吐尔逊'],
    ['阿依古丽•艾合买提', " 阿依古丽 ・ 艾合买提\t", '艾合买提·阿依古丽'],
    ['张 三丰', "张三\x{3000}丰\x{200B}", '张三三丰'],
    ['Mary Ann O’Neil', "ＭＡＲＹ  ann\x{A0}o'neil", "Maryann O'Neil"],
    ['马龙', "\x{2EE2}\x{2EF0}", '馬龍'],
    ['王喆', "王\x{FE00}喆\x{202C}", '王哲'],
);
my @people = $t->import_rows(map { $t->certificate(name => $_->[0]) } @spelt);
for my $n (0 .. $#spelt) {
    my (undef, $typed, $another) = @{$spelt[$n]};
    is(told(register($people[$n], name => $another, username => "spelt$n")),
       '403 registration_refused', "another person than $spelt[$n][0]");
    is(told(register($people[$n], name => $typed, username => "spelt$n",
       id_number => $people[$n]{id_number} =~ s/^(.{6})/$1 /r
           =~ tr/0-9/０-９/r)), '201', "the person in another spelling");
    is(told($t->post('/holder/login', username => "\x{FEFF}ＳＰＥＬＴ$n ",
       password => 'long enough')), '200', 'a login by a pasted name');
}

my @same = map { $t->post('/holder/login', @$_) }
    [username => 'zhang-san', password => 'another one'],
    [username => 'nobody.here', password => 'another one'],
    [username => 'no/username', password => 'another one'],
    [username => 'pp2', password => 'x'], [username => 'pp1', password => 'x'];
for my $r (@same) {
    is($r->head =~ s/^Date:.*\r\n//mr . $r->body,
       $same[0]->head =~ s/^Date:.*\r\n//mr . $same[0]->body,
       'a refused login is the same as any other');
}
is(told($same[0]), '401 login_refused', 'without a reason');


# The notice.
my @texts = ("第一版须知", "第二版\\n须知");
$t->certctl_ok('policy', 'set', "notice_text=$texts[0]", 'notice_version=7');
my $holder = $t->login('zhang-san', 'long enough');
my $certificate = "/holder/certificates/$fourth->{number}";

sub agreed {
    return join ' ', map { told($holder->get($_)) } '/holder/certificates',
        $certificate, '/holder/export', '/holder/annotations/x';
}
my $none = join ' ', ('403 consent_required') x 4;
is(agreed(), $none, 'before consent: all refused');
for my $version (undef, '', '1', '8', '07', '7.0', ' 7', '-7', 'x', 'latest') {
    my $r = $holder->post('/holder/consent',
        defined $version ? (version => $version) : ());
    is(told($r), ($version // '') eq '' ? '422 version' : '409 notice_changed',
       'consent: ' . ($version // 'none'));
    is($r->json->{version}, 7, 'with the current version') if $r->status == 409;
}
is(agreed(), $none, 'still refused');
is(told($holder->post('/holder/consent', version => 7)), '200', 'agreed');
is(agreed(), '200 200 200 404 no_annotation', 'all');

is($t->certctl_json('account', 'list', '--username', 'zhang-san')
   ->{notice_version}, 7, 'noted');
is($holder->get('/holder/export')->json->{account}{notice_sha256},
   sha256_hex(encode('UTF-8', $texts[0])), 'with the digest of the text');
my $again = $holder->post('/holder/consent', version => 7);
is($again->json->{agreed}, $holder->get('/holder/notice')->json->{agreed},
   'a second click keeps the time of the first');

$t->certctl_ok('policy', 'set', "notice_text=$texts[1]", 'notice_version=8');
is(agreed(), $none, 'another version asks again');
my $r = $holder->get('/holder/notice');
is($r->json->{text}, "第二版\n须知", 'shows the new text');
is($r->json->{agreed}, undef, 'without consent');
ok($r->json->{required}, 'which is required');
is(told($holder->post('/holder/consent', version => 7)), '409 notice_changed',
   'the old version is refused');
is(told($holder->apply($fourth->{number})), '403 consent_required',
   'no application before');
is(told($holder->post('/holder/consent', version => 8)), '200', 'agreed again');
is(agreed(), '200 200 200 404 no_annotation', 'all again');


# Three clicks at once, of a holder without consent: while another process holds
# the lock of the store, each request reads the account as it was.
$holder = $t->login('zhang.san', '12345678');
my $lock = $t->spawn($t->build . '/tool/lock', $t->home);
$t->await(sub { -s $t->path("tmp/$lock.out") });
my @clicks = map { $t->connect() } 1 .. 3;
syswrite $_, $t->request_bytes('POST', '/holder/consent', close => 1,
    form => [version => 8], headers => [Cookie => $holder->{cookie}])
    for @clicks;
sleep 0.5;
kill 'TERM', $lock;
$t->wait($lock);
my @answers = map { $t->response($_, 'POST') } @clicks;
is(join(' ', map { told($_) } @answers), '200 200 200', 'three clicks at once');
my $time = $holder->get('/holder/notice')->json->{agreed};
ok($time, 'are one consent');
is(join(' ', map { $_->json->{agreed} // 'null' } @answers),
   "$time $time $time", 'and each answer has its time');

$t->done();

# What an operator does for a holder with certctl account, as the holder sees
# it: an account from another platform, a new password, a corrected document
# number.

use lib 't/lib';
use NgxCert;

use Encode qw(encode);

my $t = NgxCert->new();
my ($row, $was) = $t->import_rows($t->certificate(), $t->certificate());
$t->conf($t->holder_conf);
$t->start();
$t->certd();

sub account { return $t->certctl_json('account', @_) }

# Tries a login: the status.
sub try {
    my ($username, $password) = @_;
    $t->secret($password);
    return $t->post('/holder/login', username => $username,
        password => $password)->status;
}

sub numbers { return join ' ', map { $_->{number} }
    @{$_[0]->get('/holder/certificates')->json->{certificates}} }

sub agreed {
    my ($holder) = @_;
    $holder->post('/holder/consent', version =>
        $holder->get('/holder/notice')->json->{version});
    return $holder;
}


# From another platform: the holder's old password still works.
my $hash = crypt encode('UTF-8', '我的旧密码二〇二〇'),
    '$2b$04$abcdefghijklmnopqrstuu';
my $file = $t->write('accounts.csv', encode('UTF-8', join "\n",
    'id_type,id_number,name,username,password',
    join(',', @$row{qw(id_type id_number name)}, 'zhang.san', $hash), ''));
$t->secret($hash, '我的旧密码二〇二〇');
is(account('import', $file)->{new}, 1, 'imported while certd runs');
is(account('list', '--username', 'zhang.san')->{method}, 'bcrypt', 'as it is');
is(try('zhang.san', 'another password'), 401, 'not with another password');
my $holder = agreed($t->login('zhang.san', '我的旧密码二〇二〇'));
is(numbers($holder), $row->{number}, 'with the old password: the certificate');

my $shown = account('list', '--username', 'zhang.san');
is($shown->{method}, 'yescrypt', 'hashed again at the first login');
is($shown->{notice_version}, 1, 'agreed to the notice');
ok($shown->{notice_time}, 'and when');
is(account('import', $file)->{unchanged}, 1, 'the file again');
is(account('list', '--username', 'zhang.san')->{method}, 'yescrypt',
   'does not bring the old hash back');
is($holder->get('/holder/certificates')->status, 200, 'the session goes on');


# A new password ends open sessions.
my $password = account('reset', 'zhang.san')->{password};
is($holder->get('/holder/certificates')->status, 401, 'the session is over');
is(try('zhang.san', '我的旧密码二〇二〇'), 401, 'the old password is refused');
is(numbers($t->login('zhang.san', $password)), $row->{number},
   'the new one works');

account('reset', '--certificate', $row->{number}, '--password-file',
    $t->write('password', encode('UTF-8', "一个新的密码在文件里\n")));
is(try('zhang.san', $password), 401, 'from a file: the last one is refused');
is(numbers($t->login('zhang.san', '一个新的密码在文件里')), $row->{number},
   'the new one works');


# A document number that was corrected after registration.
$holder = $t->holder($was, username => 'li.si');
is(numbers($holder), $was->{number}, 'before: the certificate');
$t->import_rows({%$was, %{$t->person()}, name => $was->{name}});
my $empty = $holder->get('/holder/certificates')->json;
is(scalar @{$empty->{certificates}}, 0, 'corrected: none');
ok($empty->{reason}, 'with a reason');
is($holder->get("/holder/certificates/$was->{number}")->status, 404,
   'nor by its number');
account('link', 'li.si', $was->{number});
is(numbers($holder), $was->{number}, 'linked: back, in the same session');
is($holder->get("/holder/certificates/$was->{number}")->status, 200,
   'and by its number');
is($holder->get("/holder/certificates/$row->{number}")->status, 404,
   'and no certificate of another');

is($t->certctl_json('fsck')->{findings}, 0, 'fsck finds nothing');
$t->done();

# certctl account reset: a new password for an account, generated or given.

use lib 't/lib';
use NgxCert;
use NgxCertAccount;

use Encode qw(encode);

my $t = accounts_begin();

my ($held, $other) = $t->import_rows(map { $t->certificate() } 1, 2);
my $row = row($held);
is((account('import', file_of('two.csv', $row, row($other))))[0], 0,
   'two accounts');


# A new password.
my $stored = stored();
my ($status, $json) = account_json('reset', $row->{username});
is($status, 0, 'reset: status');
like($json->{password}, qr/^[a-hjkmnp-z2-9]{20}$/,
     'twenty characters, none easily confused');
is($json->{username}, $row->{username}, 'the user name');
ok(is_password($row, $json->{password}), 'it is the password now');
is(shown($row)->{method}, 'yescrypt', 'as yescrypt');
my $now = stored();
cmp_ok($now->{$row->{username}}{generation}, '>',
       $stored->{$row->{username}}{generation}, 'the sessions are over');
my %again = map { (account_json('reset', $row->{username}))[1]{password} => 1 }
    1 .. 3;
$t->secret(keys %again);
is(scalar keys %again, 3, 'a new password each time');
delete @$_{$row->{username}} for $stored, $now;
is_deeply($now, $stored, 'other accounts are unchanged');

($status, my $out) = account('reset', '--certificate', $held->{number});
is($status, 0, 'by certificate: status');
my ($password) = $out =~ /^password: (\S+)$/m;
ok(is_password($row, $password), 'as text, and it is the password');

# A password that the operator chooses.
for my $case (
    ['a line', "Passwort 一二三\n", 'Passwort 一二三'],
    ['a line of another system', "Passwort-2\r\n", 'Passwort-2'],
    ['no line end', 'Passwort-3', 'Passwort-3'],
    ['eight characters', "密码密码密码密码\n", '密码密码密码密码'],
    ['128 characters', 'x' x 128, 'x' x 128],
) {
    my ($name, $text, $password) = @$case;
    my ($status, $out) = account('reset', $row->{username}, '--password-file',
        $t->write('password', encode('UTF-8', $text)));
    is($status, 0, "$name: status");
    unlike($out, qr/\Q$password\E/, "$name: is not printed");
    ok(is_password($row, $password), "$name: is the password");
}
($status, $json) = account_json('reset', $row->{username}, '--password-file',
    '-', {stdin => "from the input\n"});
is($status, 0, 'from standard input: status');
ok(exists $json->{password} && !defined $json->{password}, 'not printed');
ok(is_password($row, 'from the input'), 'is the password');

my $before = journal();
for my $case (
    ['an empty file', '', 1, qr/8 to 128/],
    ['an empty line', "\n", 1, qr/8 to 128/],
    ['seven characters', "1234567\n", 1, qr/8 to 128/],
    ['seven in many bytes', "密码密码密码密\n", 1, qr/8 to 128/],
    ['129 characters', 'x' x 129, 1, qr/8 to 128/],
    ['as many as a disk', 'x' x 100_000, 1, qr/8 to 128/],
    ['two lines', "Passwort-4\nPasswort-5\n", 1, qr/one line/],
    ['a line end more', "Passwort-4\n\n", 1, qr/one line/],
    ['a tab', "Pass\twort-4\n", 1, qr/without control/],
    ['a zero', "Passwort-4\0\n", 1, qr/zero/],
    ['no UTF-8', "Passwort\xff\n", 1, qr/UTF-8/],
    ['no file', undef, 3, qr/No such file/],
) {
    my ($name, $text, $expected, $reason) = @$case;
    unlink $t->path('password');
    $t->write('password', utf8::is_utf8($text) ? encode('UTF-8', $text)
        : $text) if defined $text;
    my ($status, $out, $err) = account('reset', $row->{username},
        '--password-file', $t->path('password'));
    is($status, $expected, "$name: status");
    like($err, $reason, "$name: reason");
}
is(journal(), $before, 'nothing was changed');


# Accounts that do not exist, and accounts without a password.
my ($alone, $foreign) = $t->import_rows(map { $t->certificate() } 1, 2);
consent($foreign->{number});
$before = journal();
for my $case (
    ['unknown', qr/no account has this/, 'nobody.here'],
    ['no name', qr/no account has this/, 'x y'],
    ['empty', qr/no account has this/, ''],
    ['no certificate', qr/no such certificate/, '--certificate', '4711'],
    ['a holder without an account', qr/has no account/,
        '--certificate', $alone->{number}],
    ['an account without a login', qr/no login/,
        '--certificate', $foreign->{number}],
) {
    my ($name, $reason, @args) = @$case;
    my ($status, $out, $err) = account('reset', @args);
    is($status, 1, "$name: status");
    like($err, $reason, "$name: reason");
    is($out, '', "$name: no output");
}
is(journal(), $before, 'nothing was changed');

accounts_done();

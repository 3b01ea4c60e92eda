# certctl account: the list of accounts, the command line, and that every action
# needs the private keys.

use lib 't/lib';
use NgxCert;
use NgxCertAccount;

my $t = accounts_begin();


# No account yet.
my ($status, $out) = account('list');
is($status, 0, 'none: status');
is($out, '', 'none: the list is empty');

my ($held, @others) = $t->import_rows(map { $t->certificate() } 1 .. 3);
my $row = row($held, password => hash_of('geheim', $SETTINGS{yescrypt}));
my $file = file_of('three.csv', $row, map { row($_) } @others);
is((account('import', $file))[0], 0, 'three accounts');


# The fields of an account.
my $json = shown($row);
like($json->{holder}, qr/^[0-9a-f]{32}$/, 'the key of the holder');
is($json->{username}, $row->{username}, 'user name');
like($json->{created}, qr/^\d{4}-\d\d-\d\dT/, 'when');
ok($json->{login} && $json->{matched}, 'has a login, is matched');
is($json->{notice_version}, undef, 'has not agreed to a notice');
is($json->{notice_time}, undef, 'no time of consent');
is($json->{links}, 0, 'no links');
is($json->{certificates}, 1, 'one certificate');
is(scalar list(), 3, 'a line each');
my ($one) = grep { $_->{username} eq $row->{username} } list();
is_deeply($one, $json, 'the same in the list');

($status, $out) = account('list');
is(scalar(() = $out =~ /^[0-9a-f]{32}  holder\.\d+  [a-z0-9-]+  \S+  /mg), 3,
   'as text too');
unlike($out, qr/\$/, 'no hash in it');
($status, $out) = account('list', '--username', $row->{username});
like($out, qr/^username: \Q$row->{username}\E$/m, 'one, as text');
unlike($out, qr/\$/, 'no hash in it');

# An account is found in any spelling of its name, and by certificate.
my ($upper, $wide) = (uc $row->{username},
    $row->{username} =~ tr/a-z0-9./ａ-ｚ０-９．/r);
is((account_json('list', '--username', $_))[1]{holder}, $json->{holder},
   'another form of the name') for $upper, $wide;
is((account_json('list', '--certificate', $held->{number}))[1]{holder},
   $json->{holder}, 'by certificate');


# An account that agreed to the notice and has no login.
my ($foreign) = $t->import_rows($t->certificate());
consent($foreign->{number});
$json = (account_json('list', '--certificate', $foreign->{number}))[1];
ok(!$json->{login} && !defined $json->{username} && !defined $json->{method},
   'is shown without a login');
is($json->{notice_version}, 1, 'agreed to the notice');
like($json->{notice_time}, qr/^\d{4}-\d\d-\d\dT/, 'at some time');
($status, $out) = account('list');
like($out, qr/^[0-9a-f]{32}  -  -  \S+  notice 1 \d/m, 'and in the list');


# Accounts that do not exist.
my ($alone) = $t->import_rows($t->certificate());
for my $case (
    ['unknown', qr/no account has this/, '--username', 'nobody.here'],
    ['no certificate', qr/no such certificate/, '--certificate', '4711'],
    ['a holder without an account', qr/has no account/,
        '--certificate', $alone->{number}],
) {
    my ($name, $reason, @args) = @$case;
    my ($status, $out, $err) = account('list', @args);
    is($status, 1, "$name: status");
    like($err, $reason, "$name: reason");
    is($out, '', "$name: no output");
}


# The command line.
for my $case (
    ['no action', [], qr/missing argument/],
    ['unknown action', ['remove'], qr/expected: list/],
    ['prefix of an action', ['lis'], qr/expected: list/],
    ['list, more words', ['list', 'x'], qr/expected/],
    ['list by both', ['list', '--username', 'x', '--certificate', 'y'],
        qr/expected/],
    ['import without a file', ['import'], qr/expected/],
    ['reset of nobody', ['reset'], qr/expected/],
    ['reset by both', ['reset', 'x', '--certificate', 'y'], qr/expected/],
    ['link of one', ['link', 'x'], qr/expected/],
    ['link, more words', ['link', 'x', 'y', 'z'], qr/too many/],
    ['--username elsewhere', ['reset', '--username', 'x'],
        qr/goes with "list"/],
    ['--certificate elsewhere', ['import', 'x', '--certificate', 'y'],
        qr/goes with "list", "reset"/],
    ['--password-file elsewhere', ['list', '--password-file', 'x'],
        qr/goes with "reset"/],
    ['--rejects elsewhere', ['list', '--rejects', 'x'],
        qr/go(?:es)? with "import"/],
    ['--allow-unknown elsewhere', ['list', '--allow-unknown'],
        qr/go(?:es)? with "import"/],
    ['a password as an option', ['reset', 'x', '--password', 'y'],
        qr/unknown option/],
) {
    my ($name, $args, $reason) = @$case;
    my ($status, $out, $err) = account(@$args);
    is($status, 2, "$name: status");
    like($err, $reason, "$name: reason");
    is($out, '', "$name: no output");
}


# Every action needs the private keys.
my $home = $t->home();
rename "$home/keys/private.keys", "$home/keys/elsewhere" or die;
for my $args (['list'], ['list', '--username', $row->{username}],
              ['import', $file], ['reset', $row->{username}],
              ['link', $row->{username}, $held->{number}])
{
    my ($status, undef, $err) = account(@$args);
    is($status, 3, "$args->[0] without keys: status");
    like($err, qr/private\.keys/, 'and reason');
}
rename "$home/keys/elsewhere", "$home/keys/private.keys" or die;

accounts_done();

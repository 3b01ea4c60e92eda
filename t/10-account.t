# certctl account: accounts of holders, listed, imported, given new passwords,
# and joined to a corrected document number.

use lib 't/lib';
use NgxCert;

use Encode qw(decode encode);

my $t = NgxCert->new();
my $home = $t->home();
my $tool = $t->build . '/unit/cert_account_tool';
my $said = '';

# What certctl says on standard error is in a log at the end, where no user
# name, hash or password may be.
sub account {
    my (@args) = @_;
    my ($status, $out, $err) = $t->certctl('account', @args);
    $said .= $err;
    return ($status, $out, $err);
}

sub account_json {
    my (@args) = @_;
    my $opt = ref $args[-1] ? pop @args : {};
    my ($status, $out) = account(@args, '--json', $opt);
    return ($status, JSON::PP->new->decode($out));
}

# The fields of the account that a row made.
sub shown {
    my ($row) = @_;
    return (account_json('list', '--username', $row->{username}))[1];
}

sub list { return map { JSON::PP->new->decode($_) }
    split /\n/, (account('list', '--json'))[1] }

sub journal { return $t->certctl_json('stat')->{journal} }

sub counts { join ' ', map { "$_=$_[0]{$_}" }
    qw(new corrected unchanged rejected) }

# What is stored of each login, by user name.
sub stored {
    my ($status, $out, $err) = $t->run($tool, $home, 'list');
    is($status, 0, 'the tool reads the accounts') or diag($err);
    return {map { my ($name, $generation, $matched, $hash) = split /\t/;
        $name => {generation => $generation, matched => $matched,
                  hash => $hash} } split /\n/, $out};
}

sub is_password {
    my ($row, $password) = @_;
    my $hash = stored()->{$row->{username}}{hash};
    $t->secret($hash, $password);
    return crypt(encode('UTF-8', $password), $hash) eq $hash;
}


# Rows: a holder, a name that nobody else has, a hash.
my %SETTINGS = (
    'yescrypt'      => '$y$j75$F5Jx5fExrKuPp53xLKQ..1',
    'gost-yescrypt' => '$gy$j75$F5Jx5fExrKuPp53xLKQ..1',
    'scrypt'        => '$7$C6..../....SodiumChloride',
    'bcrypt 2b'     => '$2b$04$abcdefghijklmnopqrstuu',
    'bcrypt 2y'     => '$2y$04$abcdefghijklmnopqrstuu',
    'bcrypt 2a'     => '$2a$04$abcdefghijklmnopqrstuu',
    'sha512crypt'   => '$6$rounds=1000$saltsalt',
);
my $serial = 0;

sub hash_of {
    my ($password, $setting) = @_;
    my $hash = crypt $password, $setting // $SETTINGS{'bcrypt 2b'};
    $t->secret($hash);
    return $hash;
}

sub row {
    my ($person, %over) = @_;
    my %row = (
        id_type   => $person->{id_type},
        id_number => $person->{id_number},
        username  => sprintf('holder.%03d', ++$serial),
        password  => hash_of("geheim-$serial"),
        %over,
    );
    $t->secret($row{username}) if length $row{username} > 5;
    return \%row;
}

my @COLUMNS = qw(id_type id_number username password);

sub file_of {
    my ($name, @rows) = @_;

    my %more = map { map { $_ => 1 } keys %$_ } @rows;
    delete @more{@COLUMNS};
    my @columns = (@COLUMNS, sort keys %more);

    return $t->write($name, encode('UTF-8', join '', map { "$_\n" }
        join(',', @columns), map { my $row = $_;
            join ',', map { $row->{$_} // '' } @columns } @rows));
}


# No account yet.
my ($status, $out) = account('list');
is($status, 0, 'none: status');
is($out, '', 'none: nothing is listed');


# One row for each method that is taken.
my @certificates = $t->import_rows(map { $t->certificate() } 1 .. 9);
my %rows = map { $_ => row(shift(@certificates),
                     password => hash_of('geheim', $SETTINGS{$_})) }
    sort keys %SETTINGS;
my $file = file_of('methods.csv', @rows{sort keys %SETTINGS});
($status, my $json) = account_json('import', $file);
is($status, 0, 'import: status');
is(counts($json), 'new=7 corrected=0 unchanged=0 rejected=0', 'all new');
ok(!-e $t->path('methods.rejects.csv'), 'no rejects file');
is(shown($rows{$_})->{method}, s/ .*//r, "$_: its method") for keys %rows;

my $stored = stored();
is($stored->{$rows{$_}{username}}{hash}, $rows{$_}{password},
   "$_: the hash as it came") for keys %rows;
is(scalar(grep { $_->{matched} } values %$stored), 7,
   'a certificate is known for each');

# The same again, and with other hashes, as after its holders came.
my $before = journal();
($status, $json) = account_json('import', $file);
is($status, 0, 'again: status');
is(counts($json), 'new=0 corrected=0 unchanged=7 rejected=0', 'unchanged');
($status, $json) = account_json('import', file_of('later.csv',
    map { {%$_, password => hash_of('another')} } values %rows));
is(counts($json), 'new=0 corrected=0 unchanged=7 rejected=0',
   'another hash does not bring an old password back');
is(journal(), $before, 'nothing journaled');
is_deeply(stored(), $stored, 'nothing changed');


# What is shown.
my $row = $rows{yescrypt};
$json = shown($row);
like($json->{holder}, qr/^[0-9a-f]{32}$/, 'the key of the holder');
is($json->{username}, $row->{username}, 'user name');
like($json->{created}, qr/^\d{4}-\d\d-\d\dT/, 'when');
ok($json->{login} && $json->{matched}, 'has a login, is matched');
is($json->{notice_version}, undef, 'has agreed to nothing');
is($json->{notice_time}, undef, 'at no time');
is($json->{links}, 0, 'no links');
is($json->{certificates}, 1, 'one certificate');
is(scalar list(), 7, 'a line each');
my ($one) = grep { $_->{username} eq $row->{username} } list();
is_deeply($one, $json, 'the same in the list');

($status, $out) = account('list');
is(scalar(() = $out =~ /^[0-9a-f]{32}  holder\.\d+  [a-z0-9-]+  \S+  /mg), 7,
   'as text too');
unlike($out, qr/\$/, 'no hash in it');
($status, $out) = account('list', '--username', $row->{username});
like($out, qr/^username: \Q$row->{username}\E$/m, 'one, as text');
unlike($out, qr/\$/, 'no hash in it');

# Found however the name is typed, and by certificate.
my ($upper, $wide) = (uc $row->{username},
    $row->{username} =~ tr/a-z0-9./ａ-ｚ０-９．/r);
is((account_json('list', '--username', $_))[1]{holder}, $json->{holder},
   'another form of the name') for $upper, $wide;
my ($held) = grep { $_->{id_number} eq $row->{id_number} }
    map { $t->certctl_json('show', $_) } map { sprintf '2022%08d', $_ } 1 .. 9;
is((account_json('list', '--certificate', $held->{number}))[1]{holder},
   $json->{holder}, 'by certificate');


# A name is compared, also where there is nothing to compare it with: a stranger
# who gave this document gets nothing when its certificates come.
my ($owner, $typo) = ($t->certificate(), '不是他');
my @early = (row($owner, name => $owner->{name}), row($owner, name => $typo));
for my $row (@early) {
    my ($status, undef, $err) = account('import', file_of('early.csv', $row));
    is($status, 1, 'a name before its certificates: refused');
    my ($why) = grep { /known for this document: import certificates first/ }
        split /\n/, decode('UTF-8', $t->read($t->path('early.rejects.csv')));
    ok($why, 'and why');
}
$t->import_rows($owner);
is(counts((account_json('import', file_of('early.csv', $early[1])))[1]),
   'new=0 corrected=0 unchanged=0 rejected=1', 'then a wrong one is refused');
is(counts((account_json('import', file_of('early.csv', $early[0])))[1]),
   'new=1 corrected=0 unchanged=0 rejected=0', 'and the right one is taken');
unlink $t->path('early.rejects.csv');

# Optional columns; a document that no certificate is known for.
my $unknown = $t->person();
my ($named, $unnamed) = splice @certificates, 0, 2;
($status, $json) = account_json('import', '-', '--allow-unknown',
    {stdin => $t->read(file_of('more.csv',
    row($named, name => $named->{name}, created => '2020-02-03'),
    row($unnamed, name => '', created => '2020-02-03T04:05:06+08:00'),
    row($unknown, name => '某某', username => 'ＺHÄNG@例子.cn')))});
is($status, 0, 'standard input: status');
is(counts($json), 'new=3 corrected=0 unchanged=0 rejected=0', 'all new');
$stored = stored();
ok(!$stored->{'zhäng@例子.cn'}{matched}, 'not matched, and its name folded');
is(scalar(grep { $_->{matched} } values %$stored), 10, 'the others are');


# Rules of a row: name, column, reason, what is spoilt.
my ($good, $taken) = ($rows{yescrypt}, $rows{scrypt});
my %hash = map { $_ => hash_of('geheim', $SETTINGS{$_}) } keys %SETTINGS;
my @cases = (
    ['unknown type', 'id_type', qr/none of/, id_type => 'visa'],
    ['check digit', 'id_number', qr/check/,
        id_number => '110101199001010010'],
    ['empty document', 'id_number', qr/empty/, id_number => ''],
    ['short name', 'username', qr/too short/, username => 'ab'],
    ['empty name', 'username', qr/too short/, username => ''],
    ['long name', 'username', qr/too long/, username => 'a' x 65],
    ['blank in a name', 'username', qr/more than letters/,
        username => 'zhang san'],
    ['control in a name', 'username', qr/control/, username => "zhang\tsan"],
    ['taken name', 'username', qr/taken/, username => $taken->{username}],
    ['taken name in another form', 'username', qr/taken/,
        username => uc $taken->{username}],
    ['no hash', 'password', qr/empty/, password => ''],
    ['a password', 'password', qr/no hash|weak/,
        password => 'correct horse battery'],
    ['a plain SHA-256', 'password', qr/no hash|weak/,
        password => 'f' x 64],
    ['DES', 'password', qr/weak/, password => hash_of('x', 'ab')],
    ['BSDi DES', 'password', qr/weak/, password => hash_of('x', '_J9..rasm')],
    ['MD5', 'password', qr/weak/, password => hash_of('x', '$1$saltsalt')],
    ['Sun MD5', 'password', qr/weak/,
        password => hash_of('x', '$md5$saltsalt')],
    ['SHA-256', 'password', qr/weak/,
        password => hash_of('x', '$5$saltsalt')],
    ['NT', 'password', qr/weak/, password => hash_of('x', '$3$')],
    ['SHA-1', 'password', qr/weak/,
        password => hash_of('x', '$sha1$4$saltsalt')],
    ['bcrypt with a bug', 'password', qr/weak/,
        password => hash_of('x', '$2x$04$abcdefghijklmnopqrstuu')],
    ['of nobody', 'password', qr/no hash/, password => '*LK*'],
    ['unknown method', 'password', qr/no hash/, password => '$9$x$y'],
    ['too long a hash', 'password', qr/long/,
        password => '$6$saltsalt$' . 'x' x 250],
    (map { ["$_ that was cut", 'password', qr/not all/,
            password => substr $hash{$_}, 0, -1] } sort keys %hash),
    (map { ["$_ with more", 'password', qr/not all/,
            password => "$hash{$_}a"] } sort keys %hash),
    ['a setting alone', 'password', qr/not all/,
        password => $SETTINGS{yescrypt}],
    (map { my ($setting, $tail) = @$_; ["a cost as of $setting", 'password',
            qr/too long or too much/, password => $setting . 'x' x $tail] }
        ['$2b$16$', 53], ['$2y$31$', 53], ['$6$rounds=1000001$salt$', 86],
        ['$6$rounds=999999999$salt$', 86], ['$7$HU..../....salt$', 43],
        ['$7$CU..../2...salt$', 43], ['$7$Czzzzz/....salt$', 43],
        ['$y$jGT$salt$', 43], ['$y$jzT$salt$', 43], ['$y$jCzzz$salt$', 43],
        ['$y$jCT..$salt$', 43], ['$gy$jGT$salt$', 43]),
    ['control in a hash', 'password', qr/no hash/,
        password => "$hash{'bcrypt 2b'}\x01"],
    ['another name', 'name', qr/is not the name on/, name => '不是他',
        of => $t->certificate()],
    ['a name to be compared with none', 'name', qr/import certificates first/,
        name => '某某'],
    ['bidi name', 'name', qr/bidi|direction/, name => "张\x{202e}伟"],
    ['no time', 'created', qr/time such as/, created => '03.02.2020'],
    ['a time to come', 'created', qr/future/, created => '2999-01-01'],
    ['another login', 'id_number', qr/an account with another login/,
        id_number => $good->{id_number}],
);

my @bad;
for my $case (@cases) {
    my ($name, $column, $reason, %over) = @$case;
    my $of = delete $over{of};
    $t->import_rows($of) if $of;
    $t->secret($over{password}) if length($over{password} // '') > 8;
    push @bad, row($of // $t->person(), name => '', created => '', %over);
}
my @fine = map { row($t->person(), name => '', created => '') } 1 .. 2;

# As dear as may be.
($status, $json) = account_json('import', file_of('dear.csv', map {
    row($t->person(), name => '', created => '', password => $_) }
    '$2b$15$' . 'x' x 53, '$6$rounds=1000000$salt$' . 'x' x 86,
    '$7$GU..../....salt$' . 'x' x 43, '$y$jFT$salt$' . 'x' x 43,
    '$gy$jFT$salt$' . 'x' x 43));
is(counts($json), 'new=5 corrected=0 unchanged=0 rejected=0',
   'costs at the bound');

$file = file_of('bad.csv', $fine[0], @bad, $fine[1]);
($status, $json) = account_json('import', $file);
is($status, 1, 'bad rows: status');
is(counts($json), 'new=2 corrected=0 unchanged=0 rejected=' . @cases,
   'the good rows are in');
is($json->{rejects}, $t->path('bad.rejects.csv'), 'where they are');
is(sprintf('%04o', (stat $json->{rejects})[2] & 07777), '0600', 'mode');

my @lines = map { decode 'UTF-8', $_ } split /\n/, $t->read('bad.csv');
my @rejects = map { decode 'UTF-8', $_ }
    split /\n/, $t->read('bad.rejects.csv');
is(shift @rejects, 'line,column,reason,' . join(',', @COLUMNS,
   qw(created name)), 'header of the rejects');
for my $i (0 .. $#cases) {
    my ($name, $column, $reason) = @{$cases[$i]};
    my ($line, $where, $why, $raw) =
        ($rejects[$i] // '') =~ /^(\d+),(\w*),"([^"]*)",(.*)$/s;
    is($line, $i + 3, "$name: line");
    is($where, $column, "$name: column");
    like($why, $reason, "$name: reason");
    unlike($why, qr/\$/, "$name: quotes no hash");
    is($raw, $lines[$i + 2], "$name: the row as it stood");
}

# A document twice in one file; a user name twice.
my ($twice, $name_twice) = (row($t->person()), row($t->person()));
($status, $json) = account_json('import', file_of('twice.csv', $twice,
    {%$twice, username => 'somebody.else'}, $name_twice,
    row($t->person(), username => $name_twice->{username})),
    '--rejects', $t->path('elsewhere.csv'));
is($status, 1, 'twice: status');
is(counts($json), 'new=2 corrected=0 unchanged=0 rejected=2', 'first ones');
like($t->read('elsewhere.csv'),
     qr/^3,id_number,"is on line 2 already"/m, 'a document twice');
like($t->read('elsewhere.csv'), qr/^5,username,"[^"]*taken/m,
     'a user name twice');

# A row that is no row, and what stands behind it.
($status, $json) = account_json('import', $t->write('quote.csv',
    "id_type,id_number,username,password\n\"a\"b,c,d,e\na,b\n"));
is($status, 1, 'no rows: status');
is($json->{rejected}, 2, 'both are refused');

# Headers: status 2, and nothing is written.
$before = journal();
for my $case (
    ['unknown column', sub { s/username/username,mail/ }, qr/"mail"/],
    ['missing column', sub { s/,password// }, qr/no column "password"/],
    ['column twice', sub { s/username/username,id_type/ }, qr/there twice/],
    ['of certificates', sub { s/username/number/ }, qr/"number"/],
    ['no header', sub { s/^.*\n// }, qr/is no name|unknown column "cn"/],
    ['empty file', sub { $_ = '' }, qr/no header/],
) {
    my ($name, $spoil, $reason) = @$case;
    local $_ = $t->read(file_of('tmp.csv', row($t->person())));
    $spoil->();
    my ($status, $out, $err) = account('import', $t->write('h.csv', $_));
    is($status, 2, "$name: status");
    like($err, $reason, "$name: reason");
}
is((account('import', $t->path('none.csv')))[0], 3, 'no file: status');
is((account('import', $file, '--rejects', $file))[0], 2,
   'rejects over the file: refused');
is(journal(), $before, 'nothing was written');


# A login for an account that has none, as those of another system's users.
my ($foreign, $also) = $t->import_rows(map { $t->certificate() } 1, 2);
for my $number ($foreign->{number}, $also->{number}) {
    ($status, undef, my $err) = $t->run($tool, $home, 'consent', $number);
    is($status, 0, 'an account without a login') or diag($err);
}
$json = (account_json('list', '--certificate', $foreign->{number}))[1];
ok(!$json->{login} && !defined $json->{username} && !defined $json->{method},
   'is shown without one');
is($json->{notice_version}, 1, 'agreed to the notice');
like($json->{notice_time}, qr/^\d{4}-\d\d-\d\dT/, 'at some time');
($status, $out) = account('list');
like($out, qr/^[0-9a-f]{32}  -  -  \S+  notice 1 \d/m, 'and in the list');
my ($reset, undef, $reason) =
    account('reset', '--certificate', $foreign->{number});
is($reset, 1, 'no password to reset: status');
like($reason, qr/no login/, 'and reason');
my $late = row($foreign);
($status, $json) = account_json('import', file_of('late.csv', $late));
is(counts($json), 'new=0 corrected=1 unchanged=0 rejected=0', 'gets one');
is(shown($late)->{notice_version}, 1, 'and keeps what it had');


# A new password.
$stored = stored();
($status, $json) = account_json('reset', $row->{username});
is($status, 0, 'reset: status');
like($json->{password}, qr/^[a-hjkmnp-z2-9]{20}$/, 'twenty, none alike');
is($json->{username}, $row->{username}, 'of whom');
ok(is_password($row, $json->{password}), 'it is the password now');
is(shown($row)->{method}, 'yescrypt', 'as yescrypt');
my $now = stored();
cmp_ok($now->{$row->{username}}{generation}, '>',
       $stored->{$row->{username}}{generation}, 'the sessions are over');
my %again = map { (account_json('reset', $row->{username}))[1]{password} => 1 }
    1 .. 3;
$t->secret(keys %again);
is(scalar keys %again, 3, 'another one each time');
delete @$_{$row->{username}} for $stored, $now;
is_deeply($now, $stored, 'of nobody else');

($status, $out) = account('reset', '--certificate', $held->{number});
is($status, 0, 'by certificate: status');
my ($password) = $out =~ /^password: (\S+)$/m;
ok(is_password($row, $password), 'as text, and it is the password');

# One of the operator's own.
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

$before = journal();
for my $case (
    ['an empty file', '', 1, qr/8 to 128/],
    ['an empty line', "\n", 1, qr/8 to 128/],
    ['seven characters', "1234567\n", 1, qr/8 to 128/],
    ['seven in many bytes', "密码密码密码密\n", 1, qr/8 to 128/],
    ['129 characters', 'x' x 129, 1, qr/8 to 128/],
    ['as many as a disk', 'x' x 100_000, 1, qr/8 to 128/],
    ['two lines', "Passwort-4\nPasswort-5\n", 1, qr/one line/],
    ['a line end more', "Passwort-4\n\n", 1, qr/one line/],
    ['a tab', "Pass\twort-4\n", 1, qr/no control/],
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

# Whom there is not.
for my $case (
    ['reset: unknown', 1, qr/no account has this/, 'reset', 'nobody.here'],
    ['reset: no name', 1, qr/no account has this/, 'reset', 'x y'],
    ['reset: empty', 1, qr/no account has this/, 'reset', ''],
    ['reset: no certificate', 1, qr/no such certificate/,
        'reset', '--certificate', '4711'],
    ['list: unknown', 1, qr/no account has this/,
        'list', '--username', 'nobody.here'],
    ['list: no certificate', 1, qr/no such certificate/,
        'list', '--certificate', '4711'],
    ['link: unknown', 1, qr/no account has this/,
        'link', 'nobody.here', $held->{number}],
    ['link: no certificate', 1, qr/no such certificate/,
        'link', $row->{username}, '4711'],
    ['link: no account by a certificate', 1, qr/no such certificate/,
        'link', '--certificate', '4711', $held->{number}],
    ['link: by both', 2, qr/expected/,
        'link', '--certificate', $held->{number}, 'a.b', $held->{number}],
    ['link: by neither', 2, qr/expected/, 'link', $held->{number}],
) {
    my ($name, $expected, $reason, @args) = @$case;
    my ($status, $out, $err) = account(@args);
    is($status, $expected, "$name: status");
    like($err, $reason, "$name: reason");
    is($out, '', "$name: no output");
}
my ($alone) = $t->import_rows($t->certificate());
$before = journal();
for my $action ('list', 'reset') {
    my ($status, undef, $err) =
        account($action, '--certificate', $alone->{number});
    is($status, 1, "$action: a holder without an account: status");
    like($err, qr/has no account/, 'and reason');
}


# A document number that was corrected: the list is empty, then complete.
my ($was, $is) = ($t->certificate(), $t->person());
$t->import_rows($was);
my $moved = row($was);
account('import', file_of('moved.csv', $moved));
is(shown($moved)->{certificates}, 1, 'registered with one certificate');
$t->import_rows({%$was, %$is, name => $was->{name}});
is(shown($moved)->{certificates}, 0, 'corrected: none');
($status, $json) = account_json('link', $moved->{username}, $was->{number});
is($status, 0, 'link: status');
is($json->{links}, 1, 'one link');
is($json->{certificates}, 1, 'and the certificate is back');
is((account_json('list', '--certificate', $was->{number}))[1]{username},
   $moved->{username}, 'found by the certificate');
$before = journal();
($status, $json) = account_json('link', $moved->{username}, $was->{number});
is($status, 0, 'once more: status');
is($json->{links}, 1, 'still one');
is(journal(), $before, 'and nothing journaled');
($status, $json) = account_json('link', $row->{username}, $held->{number});
is($status, 0, 'its own document: status');
is($json->{links}, 0, 'no link to it');
is(journal(), $before, 'and nothing journaled');
my ($elsewhere) = $t->import_rows($t->certificate());
($status, $out) = account('link', $moved->{username}, $elsewhere->{number});
like($out, qr/^links: 2$/m, 'as text');

# An import by the linked document is the same account.
($status, $json) = account_json('import', file_of('linked.csv',
    {%$moved, %{$is}{qw(id_type id_number)}}));
is(counts($json), 'new=0 corrected=0 unchanged=1 rejected=0', 'known');
($status, $json) = account_json('import', file_of('linked.csv',
    row($is, username => 'one.more.name')));
is(counts($json), 'new=0 corrected=0 unchanged=0 rejected=1',
   'no second account beside it');

# Refused.
$before = journal();
for my $number ($held->{number}, $also->{number}) {
    ($status, undef, $reason) = account('link', $moved->{username}, $number);
    is($status, 1, 'a document with an account: status');
    like($reason, qr/account/, 'and reason');
}
my @full = $t->import_rows(map { $t->certificate() } 1 .. 7);
is(join(' ', map { (account('link', $moved->{username}, $_->{number}))[0] }
    @full), '0 0 0 0 0 0 1', 'eight links and no more');
is(shown($moved)->{links}, 8, 'eight');


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
        qr/goes with "import"/],
    ['--allow-unknown elsewhere', ['list', '--allow-unknown'],
        qr/goes with "import"/],
    ['a password as an option', ['reset', 'x', '--password', 'y'],
        qr/unknown option/],
) {
    my ($name, $args, $reason) = @$case;
    my ($status, $out, $err) = account(@$args);
    is($status, 2, "$name: status");
    like($err, $reason, "$name: reason");
    is($out, '', "$name: no output");
}


# Without the private keys nothing of it can be done.
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


# The journal tells who did what, and nothing of whom.
my ($listed, $journal) = $t->certctl('journal', 'list');
is($listed, 0, 'journal: status');
like($journal, qr/certctl:/, 'by whom');
$t->write('logs/journal.log', encode('UTF-8', $journal));
$t->write('logs/said.log', encode('UTF-8', $said));

is($t->certctl_json('fsck')->{findings}, 0, 'fsck finds nothing');
is(($t->certctl('journal', 'verify'))[0], 0, 'the journal holds');

$t->done();

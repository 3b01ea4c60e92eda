# certctl account import: accounts of another platform with their password
# hashes; which are taken, which are refused, and why.

use lib 't/lib';
use NgxCert;
use NgxCertAccount;

use Encode qw(decode encode);

my $t = accounts_begin();


# One row for each accepted method.
my @certificates = $t->import_rows(map { $t->certificate() } 1 .. 9);
my %rows = map { $_ => row(shift(@certificates),
                     password => hash_of('geheim', $SETTINGS{$_})) }
    sort keys %SETTINGS;
my $file = file_of('methods.csv', @rows{sort keys %SETTINGS});
my ($status, $json) = account_json('import', $file);
is($status, 0, 'import: status');
is(counts($json), 'new=7 corrected=0 unchanged=0 rejected=0', 'all new');
ok(!-e $t->path('methods.rejects.csv'), 'no rejects file');
is(shown($rows{$_})->{method}, s/ .*//r, "$_: its method") for keys %rows;

my $stored = stored();
is($stored->{$rows{$_}{username}}{hash}, $rows{$_}{password},
   "$_: the hash as it came") for keys %rows;
is(scalar(grep { $_->{matched} } values %$stored), 7,
   'each is matched to a certificate');

# The same file again, and one with other hashes, as after its holders logged
# in.
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


# The label of a scheme is taken off, in whatever case; what is stored is the
# hash that crypt(3) knows, so the holder logs in.
my %labelled = (
    '{bcrypt}' => 'bcrypt 2a', '{BCRYPT}' => 'bcrypt 2y',
    '{BLF-CRYPT}' => 'bcrypt 2y', '{CRYPT}' => 'sha512crypt',
    '{crypt}' => 'yescrypt', '{Crypt}' => 'bcrypt 2b',
    '{SHA512-CRYPT}' => 'sha512crypt', 'bcrypt$' => 'bcrypt 2b');
my %bare = map { $_ => hash_of('geheim', $SETTINGS{$labelled{$_}}) }
    sort keys %labelled;
my %marked = map { $_ => row($t->person(), password => $_ . $bare{$_}) }
    sort keys %labelled;
is(counts((account_json('import', file_of('labels.csv',
    @marked{sort keys %marked})))[1]),
   'new=8 corrected=0 unchanged=0 rejected=0', 'labelled hashes are accepted');
$stored = stored();
is($stored->{$marked{$_}{username}}{hash}, $bare{$_}, "$_: stored without it")
    for sort keys %marked;


# The name is compared, and refused if no certificate is there to compare it
# with: a stranger with this document gets nothing when its certificates come.
my ($owner, $typo) = ($t->certificate(), '不是他');
my @early = (row($owner, name => $owner->{name}), row($owner, name => $typo));
for my $row (@early) {
    my ($status, undef, $err) = account('import', file_of('early.csv', $row));
    is($status, 1, 'a name before its certificates: refused');
    my ($why) = grep { /known for this document; import the certificates first/ }
        split /\n/, decode('UTF-8', $t->read($t->path('early.rejects.csv')));
    ok($why, 'and why');
}
$t->import_rows($owner);
is(counts((account_json('import', file_of('early.csv', $early[1])))[1]),
   'new=0 corrected=0 unchanged=0 rejected=1', 'then a wrong one is refused');
is(counts((account_json('import', file_of('early.csv', $early[0])))[1]),
   'new=1 corrected=0 unchanged=0 rejected=0', 'and the right one is accepted');
unlink $t->path('early.rejects.csv');

# The name in the spelling of the platform, and another person's.
my @spelt = (['买买提·吐尔逊', '买买提．吐尔逊', '买买提吐尔逊'],
    ['张三丰', "张 三\x{3000}丰", '张三风'], ['马龙', "\x{2EE2}\x{2EF0}", '馬龍'],
    ["Mary O'Neil", 'ＭＡＲＹ O’NEIL', 'Maria O’Neil']);
for my $n (0 .. $#spelt) {
    my ($name, $same, $another) = @{$spelt[$n]};
    my ($owner) = $t->import_rows($t->certificate(name => $name));
    is(counts((account_json('import', file_of('spelt.csv', row($owner,
       name => $another, username => "spelt$n"))))[1]),
       'new=0 corrected=0 unchanged=0 rejected=1', "another than $name");
    is(counts((account_json('import', file_of('spelt.csv', row($owner,
       name => $same, username => "spelt$n"))))[1]),
       'new=1 corrected=0 unchanged=0 rejected=0', "$name in another spelling");
}
unlink $t->path('spelt.rejects.csv');

# Optional columns; a document without a known certificate.
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
is(scalar(grep { $_->{matched} } values %$stored), 14, 'the others are');


# Schemes that crypt(3) does not know or that are weak: what the reason calls
# them, and a hash as their platform writes it.
my $b64 = 'Zm9vYmFyYmF6cXV4' x 6;
my @FOREIGN = (
    ['pbkdf2_sha256 of Django',
        'pbkdf2_sha256$600000$Zk3vXoGmVv$' . substr($b64, 0, 43) . '='],
    ['pbkdf2_sha1 of Django',
        'pbkdf2_sha1$600000$Zk3vXoGmVv$' . substr($b64, 0, 27) . '='],
    ['argon2 of Django', 'argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdA$aGFzaA'],
    ['bcrypt_sha256 of Django', 'bcrypt_sha256$$2b$12$' . 'x' x 53],
    ['scrypt of Django', 'scrypt$16384$salt$8$1$' . substr($b64, 0, 86)],
    ['MD5 of Django', 'md5$salt$' . 'f' x 32],
    ['MD5 of Django', 'unsalted_md5$$' . 'f' x 32],
    ['SHA-1 of Django', 'sha1$salt$' . 'f' x 40],
    ['DES of Django', 'crypt$$' . hash_of('x', 'ab')],
    ['PBKDF2 of Werkzeug', 'pbkdf2:sha256:260000$salt$' . 'f' x 64],
    ['scrypt of Werkzeug', 'scrypt:32768:8:1$salt$' . 'f' x 128],
    ['Argon2', '$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$' . 'x' x 43],
    ['Argon2', '{argon2}$argon2id$v=19$m=4096,t=3,p=1$c2FsdHNhbHQ$aGFzaA'],
    ['Argon2', '{ARGON2ID}$argon2id$v=19$m=4096,t=3,p=1$c2FsdA$aGFzaA'],
    ['Argon2', '{CRYPT}$argon2i$v=19$m=4096,t=3,p=1$c2FsdA$aGFzaA'],
    ['PBKDF2', '$pbkdf2-sha256$29000$c2FsdA$aGFzaA'],
    ['PBKDF2', '{pbkdf2}' . 'f' x 80],
    ['PBKDF2', '{PBKDF2_SHA256}AAAIABzd'],
    ['scrypt not of crypt(3)', '{scrypt}$e0801$c2FsdA==$aGFzaA=='],
    ['scrypt not of crypt(3)', '$scrypt$ln=16,r=8,p=1$c2FsdA$aGFzaA'],
    ['bcrypt over SHA-256', '$bcrypt-sha256$v=2,t=2b,r=12$n79V$Kq4D'],
    ['phpass', '$P$BeUbD2aWjVZ0.Sh6oRPHqHPn0tOIqX0'],
    ['phpass', '$H$9aaaaaSXBjgypwqm.JsMssPLiS8YQ00'],
    ['bcrypt over SHA-384', '$wp$2y$10$' . 'x' x 53],
    ['salted SHA-512 of Drupal', '$S$D' . 'x' x 51],
    ['a hash of Apache Shiro', '$shiro1$SHA-256$500000$c2FsdA==$aGFzaA=='],
    ['PBKDF2 of ASP.NET Identity', 'AQAAAAEAACcQAAAAE' . 'x' x 60],
    ['SCRAM-SHA-256', 'SCRAM-SHA-256$4096:c2FsdA==$aGFzaA==:aGFzaA=='],
    ['SCRAM', '{SCRAM-SHA-1}4096,c2FsdA==,aGFzaA==,aGFzaA=='],
    ['sm3crypt', '$sm3$saltsalt$' . 'x' x 43],
    ['MD5 of Apache', '$apr1$saltsalt$' . 'x' x 22],
    ['md5crypt', '{CRYPT}' . hash_of('x', '$1$saltsalt')],
    ['md5crypt', '{MD5-CRYPT}' . hash_of('x', '$1$saltsalt')],
    ['sha256crypt', '{SHA256-CRYPT}' . hash_of('x', '$5$saltsalt')],
    ['DES', '{CRYPT}' . hash_of('x', 'ab')],
    ['a salted SHA digest', '{SSHA}' . substr($b64, 0, 38) . '=='],
    ['a salted SHA digest', '{SSHA512}' . substr($b64, 0, 96)],
    ['a salted SHA digest', '{ssha256}' . substr($b64, 0, 54) . '=='],
    ['a SHA digest', '{SHA}' . substr($b64, 0, 27) . '='],
    ['a SHA digest', '{SHA-256}' . '{salt}' . 'f' x 64],
    ['a salted MD5 digest', '{SMD5}' . substr($b64, 0, 32)],
    ['an MD digest', '{MD5}' . 'f' x 32],
    ['an MD digest', '{MD4}' . 'f' x 32],
    ['an NT hash', '{NTLM}' . 'F' x 32],
    ['MD5 in hex', '5F4DCC3B5AA765D61D8327DEB882CF99'],
    ['MD5 in hex', '5f4dcc3b5aa765d61d8327deb882cf99:pepper'],
    ['16 digits of hex', '5aa765d61d8327de'],
    ['SHA-1 in hex', 'f' x 40], ['SHA-224 in hex', 'f' x 56],
    ['SHA-256 or SM3 in hex', 'f' x 64], ['SHA-384 in hex', 'f' x 96],
    ['SHA-512 in hex', 'f' x 128],
    ['PASSWORD() of MySQL', '*2470C0C06DEE42FD1618BBB99005ADCA2EC9D1E1'],
    ['MD5 of PostgreSQL', 'md5' . 'f' x 32],
    ['MD5 in base64', substr($b64, 0, 22) . '=='],
    ['SHA-1 in base64', substr($b64, 0, 27) . '='],
    ['SHA-256 or SM3 in base64', substr($b64, 0, 43) . '='],
    ['SHA-512 in base64', substr($b64, 0, 86) . '=='],
);

# Rules of a row: name, column, reason, the spoilt fields.
my ($good, $taken) = ($rows{yescrypt}, $rows{scrypt});
my %hash = map { $_ => hash_of('geheim', $SETTINGS{$_}) } keys %SETTINGS;
my @cases = (
    ['unknown type', 'id_type', qr/not one of/, id_type => 'visa'],
    ['check digit', 'id_number', qr/check/,
        id_number => '110101199001010010'],
    ['empty document', 'id_number', qr/empty/, id_number => ''],
    ['short name', 'username', qr/too short/, username => 'ab'],
    ['empty name', 'username', qr/too short/, username => ''],
    ['long name', 'username', qr/too long/, username => 'a' x 65],
    ['blank in a name', 'username', qr/other than letters/,
        username => 'zhang san'],
    ['control in a name', 'username', qr/control/, username => "zhang\tsan"],
    ['taken name', 'username', qr/taken/, username => $taken->{username}],
    ['taken name in another form', 'username', qr/taken/,
        username => uc $taken->{username}],
    ['no hash', 'password', qr/empty/, password => ''],
    ['a password', 'password', qr/^is not a crypt\(3\) hash$/,
        password => 'correct horse battery'],
    (map { my ($why, $hash) = @$_; ["$why of crypt(3)", 'password',
            qr/^is \Q$why\E.*, which is too weak$/, password => $hash] }
        ['DES', hash_of('x', 'ab')], ['DES of BSDi', hash_of('x', '_J9..rasm')],
        ['md5crypt', hash_of('x', '$1$saltsalt')],
        ['MD5 of SunOS', hash_of('x', '$md5$saltsalt')],
        ['sha256crypt', hash_of('x', '$5$saltsalt')],
        ['an NT hash', hash_of('x', '$3$')],
        ['sha1crypt', hash_of('x', '$sha1$4$saltsalt')],
        ['bcrypt as an old PHP',
            hash_of('x', '$2x$04$abcdefghijklmnopqrstuu')]),
    (map { my ($why, $hash) = @$_; ["$why: $hash", 'password',
            qr/^is \Q$why\E.*, which is (?:not supported|too weak)$/,
            password => $hash] } @FOREIGN),
    (map { ["locked: $_", 'password',
            qr/^is of a locked account, and not a crypt\(3\) hash$/,
            password => $_] } '*LK*', '!', '!!', "!$hash{yescrypt}",
        '{CRYPT}!!'),
    (map { ["plain text: $_", 'password', qr/^is a password in plain text$/,
            password => "${_}geheim88"] } qw({noop} {PLAIN} {CLEARTEXT})),
    ['a reference', 'password', qr/^is a reference to SASL/,
        password => '{SASL}zhang@example.org'],
    (map { my ($label, $setting) = @$_; ["$label before $setting", 'password',
            qr/^is not of the scheme that its label names$/,
            password => $label . $hash{$setting}] }
        ['{bcrypt}', 'sha512crypt'], ['{BLF-CRYPT}', 'yescrypt'],
        ['{SHA512-CRYPT}', 'bcrypt 2y'], ['bcrypt$', 'scrypt']),
    (map { ["the label $_", 'password',
            qr/^has the label of a scheme that is not known$/,
            password => $_ . $hash{'bcrypt 2a'}] }
        '{myown}', '{}', '{bcrypt', '{CRYPT}{foo}'),
    ['a label alone', 'password', qr/not a crypt\(3\) hash/,
        password => '{CRYPT}'],
    ['a labelled hash that was cut', 'password', qr/not a whole hash/,
        password => '{bcrypt}' . substr $hash{'bcrypt 2a'}, 0, -1],
    ['unknown method', 'password', qr/not a crypt\(3\) hash/, password => '$9$x$y'],
    ['too long a hash', 'password', qr/long/,
        password => '$6$saltsalt$' . 'x' x 250],
    (map { ["$_ that was cut", 'password', qr/not a whole hash/,
            password => substr $hash{$_}, 0, -1] } sort keys %hash),
    (map { ["$_ with more", 'password', qr/not a whole hash/,
            password => "$hash{$_}a"] } sort keys %hash),
    ['a setting alone', 'password', qr/not a whole hash/,
        password => $SETTINGS{yescrypt}],
    (map { my ($setting, $tail) = @$_; ["a cost as of $setting", 'password',
            qr/too long or too much/, password => $setting . 'x' x $tail] }
        ['$2b$16$', 53], ['$2y$31$', 53], ['$6$rounds=1000001$salt$', 86],
        ['$6$rounds=999999999$salt$', 86], ['$7$HU..../....salt$', 43],
        ['$7$CU..../2...salt$', 43], ['$7$Czzzzz/....salt$', 43],
        ['$y$jGT$salt$', 43], ['$y$jzT$salt$', 43], ['$y$jCzzz$salt$', 43],
        ['$y$jCT..$salt$', 43], ['$gy$jGT$salt$', 43]),
    ['control in a hash', 'password', qr/not a crypt\(3\) hash/,
        password => "$hash{'bcrypt 2b'}\x01"],
    ['another name', 'name', qr/is not the name on/, name => '不是他',
        of => $t->certificate()],
    ['a name and no certificates', 'name', qr/import the certificates first/,
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

# The highest cost that is accepted.
($status, $json) = account_json('import', file_of('dear.csv', map {
    row($t->person(), name => '', created => '', password => $_) }
    '$2b$15$' . 'x' x 53, '$6$rounds=1000000$salt$' . 'x' x 86,
    '$7$GU..../....salt$' . 'x' x 43, '$y$jFT$salt$' . 'x' x 43,
    '$gy$jFT$salt$' . 'x' x 43));
is(counts($json), 'new=5 corrected=0 unchanged=0 rejected=0',
   'the highest costs are accepted');

$file = file_of('bad.csv', $fine[0], @bad, $fine[1]);
($status, $json) = account_json('import', $file);
is($status, 1, 'bad rows: status');
is(counts($json), 'new=2 corrected=0 unchanged=0 rejected=' . @cases,
   'the good rows are imported');
is($json->{rejects}, $t->path('bad.rejects.csv'), 'where they are');
is(sprintf('%04o', (stat $json->{rejects})[2] & 07777), '0600', 'mode');

# Without quotes and guards, which the rejects have.
sub plain { return $_[0] =~ s/"=""([^"]*)"""/$1/gr =~ tr/"//dr }

my @lines = map { decode 'UTF-8', $_ } split /\n/, $t->read('bad.csv');
my @rejects = map { decode 'UTF-8', $_ }
    split /\n/, $t->read('bad.rejects.csv');
is(shift @rejects, "\x{feff}line,column,reason," . join(',', map { qq("$_") }
   @COLUMNS, qw(created name)), 'header of the rejects');
for my $i (0 .. $#cases) {
    my ($name, $column, $reason) = @{$cases[$i]};
    my ($line, $where, $why, $raw) =
        ($rejects[$i] // '') =~ /^(\d+),(\w*),"([^"]*)",(.*)$/s;
    is($line, $i + 3, "$name: line");
    is($where, $column, "$name: column");
    like($why, $reason, "$name: reason");
    unlike($why, qr/\$/, "$name: quotes no hash");
    is(plain($raw), plain($lines[$i + 2]), "$name: the row");
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

# Text that is not a row, and the rows behind it.
($status, $json) = account_json('import', $t->write('quote.csv',
    "id_type,id_number,username,password\n\"a\"b,c,d,e\na,b\n"));
is($status, 1, 'not a row: status');
is($json->{rejected}, 2, 'both are refused');

# Headers: status 2, and nothing is written.
$before = journal();
for my $case (
    ['unknown column', sub { s/username/username,mail/ }, qr/"mail"/],
    ['missing column', sub { s/,password// }, qr/column "password" is missing/],
    ['column twice', sub { s/username/username,id_type/ }, qr/given twice/],
    ['of certificates', sub { s/username/number/ }, qr/"number"/],
    ['no header', sub { s/^.*\n// }, qr/header line missing/],
    ['empty file', sub { $_ = '' }, qr/no header line/],
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


# A login for an account without one, like those of another system's users.
my ($foreign) = $t->import_rows($t->certificate());
consent($foreign->{number});
my $late = row($foreign);
($status, $json) = account_json('import', file_of('late.csv', $late));
is(counts($json), 'new=0 corrected=1 unchanged=0 rejected=0', 'gets a login');
is(shown($late)->{notice_version}, 1, 'and keeps its consent');

accounts_done();

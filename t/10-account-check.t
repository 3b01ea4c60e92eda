# certctl account import --check: counts and refusals as the import that follows
# has them, over more rows than one commit takes; and nothing is changed.

use lib 't/lib';
use NgxCert;
use NgxCertAccount;

use Encode qw(decode);

my $t = accounts_begin();
my $hash = hash_of('geheim');
my $many = 10_020;


# What a check says, and the import after it; the first changes nothing.
sub both {
    my ($name, $file, $counts, $status, @args) = @_;
    my ($before, $list) = (journal(), names());
    my ($checked, $said) = account_json('import', $file, '--check', @args);
    is($checked, $status, "$name: check: status");
    is(counts($said), $counts, "$name: check: counts");
    ok($said->{check}, "$name: it says that it was a check");
    is($said->{run}, undef, "$name: and has no number to take back");
    is(journal(), $before, "$name: nothing is journaled");
    is(names(), $list, "$name: nor stored");
    my $rejects = $said->{rejects} && $t->read($said->{rejects} =~ s{.*/}{}r);

    my ($imported, $run) = account_json('import', $file, @args);
    is($imported, $status, "$name: import: status");
    is(counts($run), $counts, "$name: import: counts");
    ok(!$run->{check}, "$name: it was none");
    is_deeply($run->{refused}, $said->{refused}, "$name: the same refusals");
    is($run->{rejects} && $t->read($run->{rejects} =~ s{.*/}{}r), $rejects,
       "$name: the same rejects");
    return $said;
}


sub names { return join "\n", map { $_->{username} // '' } list() }


# All that a row may come to: new, known, a login for an account that had none,
# and refused by the row, by the file and by the store.
my @certificates = $t->import_rows(map { $t->certificate() } 1 .. 4);
my $known = row($certificates[0]);
my $linked = row($certificates[1]);
account('import', file_of('known.csv', $known));
consent($certificates[1]{number});
my @fine = map { row($t->person()) } 1 .. 2;
my $said = both('each kind', file_of('kinds.csv', $known, $linked, @fine,
    row($certificates[2], name => $certificates[2]{name}),
    row($certificates[3], name => '不是他'),
    row($t->person(), name => '某某'),
    row($t->person(), id_type => 'visa'),
    row($t->person(), password => 'geheim88'),
    row($t->person(), username => $known->{username}),
    row($t->person(), username => uc $fine[0]{username}),
    {%{$fine[1]}, username => 'somebody.else'}, $fine[1],
    row($certificates[0])), 'new=3 corrected=1 unchanged=1 rejected=9', 1);
is_deeply([map { "$_->{column} $_->{rows}" } @{$said->{refused}}],
    ['name 1', 'name 1', 'id_type 1', 'password 1', 'username 2',
     'id_number 2', 'id_number 1'], 'refused rows by reason')
    or diag explain $said->{refused};
both('imported', file_of('kinds2.csv', $known, $linked, @fine),
    'new=0 corrected=0 unchanged=4 rejected=0', 0);

# A name of the first rows comes again behind the first commit: in two
# spellings, in a row that is there twice, and in one that was refused before.
my @rows = map { {id_type => 'passport', id_number => sprintf('E%07d', $_),
    username => "many.$_", password => $hash} } 1 .. $many;
$rows[$many - 1]{username} = $rows[0]{username};
$rows[$many - 2]{username} = uc $rows[1]{username};
$rows[$many - 3] = $rows[2];
$rows[3]{id_number} = 'E 1';
$rows[$many - 4]{username} = $rows[3]{username};
$said = both('many', file_of('many.csv', @rows), sprintf('new=%d corrected=0 '
    . 'unchanged=0 rejected=4', $many - 4), 1);
is_deeply([map { [@$_{qw(column rows line)}] } @{$said->{refused}}],
    [['id_number', 1, 5], ['id_number', 1, $many - 1], ['username', 2, $many]],
    'a name taken by an earlier batch, by the file or the row')
    or diag explain $said->{refused};

# In words, from standard input, and below a folder that cannot be written.
my ($status, $out) = account('import', '--check', '-',
    {stdin => $t->read(file_of('words.csv', row($t->person()), $known) =~ s{.*/}{}r)});
is($status, 0, 'in words: status');
like($out, qr/^nothing was imported: new 1, corrected 0, unchanged 1, /m,
     'in words');
unlike($out, qr/^run /m, 'without a number to take back');

# Usage.
for my $args (['list', '--check'], ['reset', $known->{username}, '--check'],
    ['link', $known->{username}, $certificates[2]{number}, '--check'])
{
    my ($status, undef, $err) = account(@$args);
    is($status, 2, "$args->[0] --check: refused");
    like($err, qr/"--check" go with "import"/, "$args->[0] --check: why");
}

accounts_done();

# certctl account link: an account is linked to a document number that was
# corrected after its holder registered.

use lib 't/lib';
use NgxCert;
use NgxCertAccount;

my $t = accounts_begin();

my ($held, $also) = $t->import_rows(map { $t->certificate() } 1, 2);
my $row = row($held);
is((account('import', file_of('one.csv', $row)))[0], 0, 'an account');
consent($also->{number});


# A document number that was corrected: the list is empty, then complete.
my ($was, $is) = ($t->certificate(), $t->person());
$t->import_rows($was);
my $moved = row($was);
account('import', file_of('moved.csv', $moved));
is(shown($moved)->{certificates}, 1, 'registered with one certificate');
$t->import_rows({%$was, %$is, name => $was->{name}});
is(shown($moved)->{certificates}, 0, 'corrected: none');
my ($status, $json) =
    account_json('link', $moved->{username}, $was->{number});
is($status, 0, 'link: status');
is($json->{links}, 1, 'one link');
is($json->{certificates}, 1, 'and the certificate is back');
is((account_json('list', '--certificate', $was->{number}))[1]{username},
   $moved->{username}, 'found by the certificate');
my $before = journal();
($status, $json) = account_json('link', $moved->{username}, $was->{number});
is($status, 0, 'once more: status');
is($json->{links}, 1, 'still one');
is(journal(), $before, 'and nothing journaled');
($status, $json) = account_json('link', $row->{username}, $held->{number});
is($status, 0, 'its own document: status');
is($json->{links}, 0, 'no link to it');
is(journal(), $before, 'and nothing journaled');
my ($elsewhere) = $t->import_rows($t->certificate());
($status, my $out) = account('link', $moved->{username}, $elsewhere->{number});
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
    my ($status, undef, $reason) = account('link', $moved->{username}, $number);
    is($status, 1, 'a document with an account: status');
    like($reason, qr/account/, 'and reason');
}
my @full = $t->import_rows(map { $t->certificate() } 1 .. 7);
is(join(' ', map { (account('link', $moved->{username}, $_->{number}))[0] }
    @full), '0 0 0 0 0 0 1', 'eight links and no more');
is(shown($moved)->{links}, 8, 'eight');


# Accounts and certificates that do not exist.
$before = journal();
for my $case (
    ['unknown', 1, qr/no account has this/, 'nobody.here', $held->{number}],
    ['no certificate', 1, qr/no such certificate/, $row->{username}, '4711'],
    ['no account by a certificate', 1, qr/no such certificate/,
        '--certificate', '4711', $held->{number}],
    ['by both', 2, qr/expected/,
        '--certificate', $held->{number}, 'a.b', $held->{number}],
    ['by neither', 2, qr/expected/, $held->{number}],
) {
    my ($name, $expected, $reason, @args) = @$case;
    my ($status, $out, $err) = account('link', @args);
    is($status, $expected, "$name: status");
    like($err, $reason, "$name: reason");
    is($out, '', "$name: no output");
}
is(journal(), $before, 'nothing was changed');

accounts_done();

package NgxCertAccount;

# What t/10-account*.t have in common: certctl account, the rows of its import,
# and what the store holds of accounts.
#
#     my $t = accounts_begin();
#     account('import', file_of('some.csv', row($certificate)));
#     accounts_done();               # no secret in what certctl said, either

use strict;
use warnings;
use utf8;

use Encode qw(encode);
use Exporter qw(import);
use JSON::PP ();
use Test::More;

use NgxCert ();

our @EXPORT = qw(
    accounts_begin accounts_done account account_json shown list journal
    counts stored consent is_password hash_of row file_of %SETTINGS @COLUMNS
);

# A setting of crypt(3) for each accepted method, as cheap as possible.
our %SETTINGS = (
    'yescrypt'      => '$y$j75$F5Jx5fExrKuPp53xLKQ..1',
    'gost-yescrypt' => '$gy$j75$F5Jx5fExrKuPp53xLKQ..1',
    'scrypt'        => '$7$C6..../....SodiumChloride',
    'bcrypt 2b'     => '$2b$04$abcdefghijklmnopqrstuu',
    'bcrypt 2y'     => '$2y$04$abcdefghijklmnopqrstuu',
    'bcrypt 2a'     => '$2a$04$abcdefghijklmnopqrstuu',
    'sha512crypt'   => '$6$rounds=1000$saltsalt',
);
our @COLUMNS = qw(id_type id_number username password);

my ($t, $tool);
my $said = '';
my $serial = 0;


sub accounts_begin {
    $t = NgxCert->new();
    $t->home();
    $tool = $t->build . '/tool/account';

    return $t;
}


# Writes what certctl printed on standard error to a log, in which no user name,
# hash or password may be.  The journal says who made which change, and nothing
# about the holder.
sub accounts_done {
    my ($status, $journal) = $t->certctl('journal', 'list');
    is($status, 0, 'journal: status');
    like($journal, qr/certctl:/, 'by whom');
    $t->write('logs/journal.log', encode('UTF-8', $journal));
    $t->write('logs/said.log', encode('UTF-8', $said));

    is($t->certctl_json('fsck')->{findings}, 0, 'fsck finds nothing');
    is(($t->certctl('journal', 'verify'))[0], 0, 'the journal verifies');

    $t->done();
}


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

# The counts of an import in one line.
sub counts { return join ' ', map { "$_=$_[0]{$_}" }
    qw(new corrected unchanged rejected) }


# What the store holds of each login, by user name.
sub stored {
    my ($status, $out, $err) = $t->run($tool, "$t->{dir}/home", 'list');
    is($status, 0, 'the tool reads the accounts') or diag($err);
    return {map { my ($name, $generation, $matched, $hash) = split /\t/;
        $name => {generation => $generation, matched => $matched,
                  hash => $hash} } split /\n/, $out};
}

# An account without a login, like the accounts of another system's users.
sub consent {
    my ($number) = @_;
    my ($status, undef, $err) =
        $t->run($tool, "$t->{dir}/home", 'consent', $number);
    is($status, 0, 'an account without a login') or diag($err);
}

sub is_password {
    my ($row, $password) = @_;
    my $hash = stored()->{$row->{username}}{hash};
    $t->secret($hash, $password);
    return crypt(encode('UTF-8', $password), $hash) eq $hash;
}


# Rows: a holder, a name that nobody else has, a hash.
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

sub file_of {
    my ($name, @rows) = @_;

    my %more = map { map { $_ => 1 } keys %$_ } @rows;
    delete @more{@COLUMNS};
    my @columns = (@COLUMNS, sort keys %more);

    return $t->write($name, encode('UTF-8', join '', map { "$_\n" }
        join(',', @columns), map { my $row = $_;
            join ",", map { my $text = $row->{$_} // "";
                $text =~ /,/ ? qq("$text") : $text } @columns } @rows));
}


1;

# A file is read ahead of what is written: whatever is refused and wherever it
# ends, the outcome is that of a pipe, of which each row is read when it is its
# turn.  There are several rings of rows, and the last is not full.

use lib 't/lib';
use NgxCert;

use Encode qw(decode);

my $ROWS = 601;

# Of some password: what it is does not matter here.
my $HASH = crypt('a long password', '$6$rounds=1000$abcdefgh$');

my @wrong = ([name => '张?'], [approved => '2022-02-30'], [id_type => 'none'],
             [qualification => 'no such']);

my $t = NgxCert->new();
my @rows = map {
    my $wrong = $_ % 7 == 0 ? $wrong[$_ / 7 % @wrong] : undef;
    $t->certificate($wrong ? @$wrong : ());
} 1 .. $ROWS;

# Found by the rules of rows, and by what writes the store.
push @rows, {%{$rows[0]}, name => '另一人'};
my $file = $t->csv('rows.csv', @rows);

# One field more than there are columns, and one that room has to grow for.
my @lines = split /^/, $t->read($file);
$lines[300] =~ s/$/,extra/;
$lines[400] =~ s/"\n/' ' x 2000 . "\"\n"/e;
$t->write('rows.csv', join '', @lines);

# What an import comes to in a home of its own; "through" begins its command, or
# is a function of the harness that returns that.
sub outcome {
    my ($what, $source, @through) = @_;

    my $of = NgxCert->new();
    my @import = $what eq 'account' ? qw(account import) : 'import';
    $of->home;
    @through = $through[0]->($of) if ref $through[0];
    my ($status, $out, $err) = $of->run(@through, $of->certctl_bin, '--home',
        $of->home, @import, $source, '--json', '--rejects',
        $of->path('rejects'));
    my $said = JSON::PP->new->decode($out);

    return {status => $status, err => $err =~ s/".*"/NAME/r,
            rejects => decode('UTF-8', $of->read('rejects')),
            (map { $_ => $said->{$_} } qw(new unchanged corrected rejected)),
            findings => $of->certctl_json('fsck')->{findings}};
}

my $plain = outcome('certificate', $file);
my $piped = outcome('certificate', '-', 'sh', '-c', 'cat "$0" | exec "$@"', $file);
is_deeply($plain, $piped, 'a file comes to what a pipe comes to');

my @lines_of = $plain->{rejects} =~ /^\x{feff}?(\d+),/mg;
my %lines = map { $_ => 1 } @lines_of;
my @expected = ((map { $_ + 1 } grep { $_ % 7 == 0 } 1 .. $ROWS), 301,
                $ROWS + 2);
is_deeply([sort { $a <=> $b } keys %lines], [sort { $a <=> $b } @expected],
    'each wrong row is refused');
is("@lines_of", join(' ', sort { $a <=> $b } @lines_of),
    '... in the order of the file');
is($plain->{new}, @rows - @expected, '... and no other');
is($plain->{findings}, 0, 'fsck finds nothing');


# Accounts are read in two steps as well.
my @columns = qw(id_type id_number username password created);
my @accounts = map {
    my $n = $_;
    my %row = (%{$t->person}, username => "holder.$n", password => $HASH,
        created => '2022-05-15T10:20:30+08:00');
    $row{created} = 'in May' if $n % 5 == 0;
    $row{username} = 'holder.1' if $n % 7 == 0;
    join(',', @row{@columns}) . "\n";
} 1 .. $ROWS;
my $list = $t->write('accounts.csv', join '', join(',', @columns) . "\n",
                  @accounts);
my @wrong_accounts = map { $_ + 1 } grep { $_ % 5 == 0 || $_ % 7 == 0 }
    1 .. $ROWS;
my $of_file = outcome('account', $list);
is_deeply($of_file, outcome('account', '-', 'sh', '-c', 'cat "$0" | exec "$@"',
    $list), 'accounts: a file comes to what a pipe comes to');
is(join(' ', $of_file->{rejects} =~ /^\x{feff}?(\d+),/mg), "@wrong_accounts",
   'accounts: each wrong row is refused, in order');
is($of_file->{new}, $ROWS - @wrong_accounts, '... and no other');


# Where there is no second thread to be had, rows are read when it is their turn.
SKIP: {
    skip 'needs root, to be an account with a limit', 1 if $> != 0;
    my ($uid, $gid) = (getpwnam 'daemon')[2, 3];
    my @as = ('setpriv', '--reuid', $uid, '--regid', $gid, '--clear-groups');
    skip 'a build that others cannot reach', 1
        if ($t->run(@as, $t->certctl_bin, '--help'))[0] != 0;

    my $alone = outcome('certificate', $file, sub {
        my ($of) = @_;
        $t->run('chown', '-R', "$uid:$gid", $of->home, $of->dir);
        return (@as, 'prlimit', '--nproc=0');
    });
    is_deeply($alone, $plain, 'one thread: the same');
}


# An end in the middle, while there are rows that nobody takes.
$t->home;
my ($status, $out, $err) = $t->certctl('import', $file, '--rejects',
                                       $t->path('no/such/folder'));
is($status, 3, 'no place for what is refused: an error');
like($err, qr/cannot write ".*folder"/, '... that is told');

$t->done();

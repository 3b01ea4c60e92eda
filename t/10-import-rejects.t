# Where refused rows go if the folder of the import cannot be written: into the
# current folder, which is said; never elsewhere, and not if a file was named.

use lib 't/lib';
use NgxCert;

use Cwd qw(abs_path);

my $t = NgxCert->new();
my ($uid, $gid) = $> == 0 ? (getpwnam 'daemon')[2, 3] : ($>, $) + 0);
my $home = $t->home;

# The folder of a registrar, one to work in, and one that is closed.
my %folder = map { $_ => $t->path($_) } qw(share work closed);
mkdir $folder{$_} or die "mkdir: $!\n" for keys %folder;
my $bad = $t->certificate(approved => '2022-02-30');
my $csv = $t->csv('share/people.csv', $t->certificate, $bad);
$t->run('chown', '-R', "$uid:$gid", $home, $folder{work}) if $> == 0;
chmod 0555, @folder{qw(share closed)};
chmod 0644, $csv;

# An import of another account than root, who may write everywhere.
sub import_in {
    my ($in, @args) = @_;
    my @as = $> == 0 ? ('setpriv', '--reuid', $uid, '--regid', $gid,
                        '--clear-groups') : ();
    return $t->run('sh', '-c', 'cd "$0" && exec "$@"', $folder{$in}, @as,
                   $t->certctl_bin, '--home', $home, 'import', @args);
}
SKIP: {
    skip 'a build that others cannot reach', 1
        if (import_in('work', '--help'))[0] != 0;

    my ($status, $out, $err) = import_in('work', $csv);
    is($status, 1, 'a row is refused');
    like($err, qr{cannot write "\Q$folder{share}\E/people\.rejects\.csv": (?#
        )Permission denied; refused rows go to "people\.rejects\.csv" in the (?#
        )current folder}, 'it is said where it goes');
    my $file = "$folder{work}/people.rejects.csv";
    like($t->read($file), qr/^3,approved,.*\Q$bad->{number}\E/m, 'and is there');
    is((stat $file)[2] & 0777, 0600, 'for its owner alone');
    is(($t->certctl('show', $bad->{number}))[0], 1, 'not in the store');
    my $said = JSON::PP->new->decode((import_in('work', $csv, '--json'))[1]);
    is($said->{rejects}, 'people.rejects.csv', 'in JSON');
    is("$said->{unchanged} $said->{rejected}", '1 1', 'the other is imported');

    for my $case (
        ['a closed current folder', 'closed', $csv],
        ['the folder of the file is the current one', 'share', 'people.csv'],
        ['a file that was named', 'work', '--rejects',
         "$folder{closed}/named.csv", $csv],
    ) {
        my ($name, @args) = @$case;
        ($status, $out, $err) = import_in(@args);
        is($status, 3, "$name: an error");
        like($err, qr/cannot write ".*\.csv": Permission denied (?#
            )\(--rejects names another file\)/, "$name: and what to do");
        unlike($err, qr/current folder/, "$name: nothing else is tried");
    }
    is(join(' ', glob "$folder{closed}/* $folder{share}/*"), $csv,
       'nothing is left there');

    unlink $file;
    symlink "$folder{work}/other", $file or die "symlink: $!\n";
    is((import_in('work', $csv))[0], 3, 'a link is not followed');
    ok(!-e "$folder{work}/other", 'nothing behind it');

    ($status, $out, $err) = import_in('work', '--rejects', 'own.csv', $csv);
    like($err, qr/^certctl: 1 rows rejected, see "own\.csv"\n\z/m,
         'a file that can be written');
    unlike($err, qr/cannot write/, 'and nothing to say about it');
}
chmod 0755, @folder{qw(share closed)};

# Refused rows do not go over the rows that are being read, by whatever name.
my @bad = map { $t->certificate() } 1 .. 3;
$bad[1]{qualification} = '没有';
my $people = $t->csv('people.csv', @bad);
my $text = $t->read($people);
link $people, $t->path('linked.csv') or die "link: $!\n";
symlink $people, $t->path('symbolic.csv') or die "symlink: $!\n";
for my $case (['the file', $people], ['another way to it', $t->path('tmp')
               . '/../people.csv'], ['a link', $t->path('linked.csv')],
              ['a symbolic link', $t->path('symbolic.csv')])
{
    my ($name, $rejects) = @$case;
    my ($status, $out, $err) = $t->certctl('import', '--rejects', $rejects,
                                           $people);
    is($status, 2, "$name: wrong usage");
    like($err, qr/refused rows would overwrite the imported file/, '... why');
    ok($t->read($people) eq $text, '... and the file is as it was');
}
$t->write('import.rejects.csv', $text);
my ($status, $out, $err) = $t->run('sh', '-c',
    'cd "$1" && exec "$2" --home "$3" import - <import.rejects.csv', 'sh',
    $t->dir, abs_path($t->certctl_bin), $t->home);
is($status, 2, 'standard input from the file of refused rows');
like($err, qr/which is "import\.rejects\.csv": --rejects names another/, 'why');
ok($t->read('import.rejects.csv') eq $text, 'and it is as it was');

$t->done();

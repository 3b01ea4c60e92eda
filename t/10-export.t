# certctl export: the imported rows come out, and can be imported again
# unchanged.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
my @rows = map { $t->certificate() } 1 .. 30;
$rows[1]{specialty} = '含"引号"';
$rows[2]{specialty} = '含,逗号';
$rows[3]{specialty} = '';
push @rows, $t->certificate(id_type => 'passport', id_number => 'E12345678',
    sex => '', birth_date => '');
$t->import_rows(@rows);
$t->certctl_ok('revoke', $rows[4]{number});
$t->certctl_ok('suspend', $rows[5]{number});
$t->certctl_ok('replace', $rows[6]{number}, $rows[7]{number});

my $file = $t->path('out.csv');
is(($t->certctl('export', '--file', $file))[0], 0, 'export --file');
is(sprintf('%04o', (stat $file)[2] & 07777), '0600', 'mode');
my ($status, $out) = $t->certctl('export', {raw => 1});
is($status, 0, 'export');
is($out, $t->read('out.csv'), 'the same on standard output');
is(scalar(split /\n/, $out), @rows + 1, 'a line each');

# Into the same store: unchanged.
my $said = $t->certctl_json('import', $file);
is($said->{unchanged}, scalar @rows, 'into the same store: unchanged');
is($said->{new} + $said->{corrected} + $said->{rejected}, 0, 'nothing else');

# Into another store: every row, with its status.
my $two = NgxCert->new();
$two->home();
$said = $two->certctl_json('import', $file);
is($said->{new}, scalar @rows, 'into another store: new');
is(($two->certctl('export', {raw => 1}))[1], $out, 'the same bytes again');
is($two->certctl_json('show', $rows[6]{number})->{replaced_by},
   $rows[7]{number}, 'the successor too');
is($two->certctl_json('fsck')->{findings}, 0, 'fsck finds nothing');

# As JSON lines.
my @json = map { JSON::PP->new->decode($_) }
    split /\n/, $t->certctl_ok('export', '--json');
my %by = map { $_->{number} => $_ } @json;
is($by{$rows[1]{number}}{specialty}, '含"引号"', 'JSON: quotes');
is($by{$rows[4]{number}}{status}, 'revoked', 'JSON: status');

# Never over an existing file; and a full disk is an error.
($status, my $none, my $err) = $t->certctl('export', '--file', $file);
is($status, 3, 'an existing file: refused');
is($t->read('out.csv'), $out, 'and unchanged');
SKIP: {
    skip 'no /dev/full', 1 if !-c '/dev/full';
    my ($status, undef, $err) = $t->certctl('export', {out => '/dev/full'});
    is($status, 3, 'a full disk');
    like($err, qr/cannot write to standard output: No space left/, 'where');
}

$t->write('logs/said.log', Encode::encode('UTF-8', $err));
# A file that cannot be written completely is an error, and is removed.
my ($full, undef, $why) = $t->run('bash', '-c',
    'trap "" XFSZ; ulimit -f 0; exec "$@"', 'bash', $t->certctl_bin, '--home',
    $t->home, 'export', '--file', $t->path('half.csv'),
    {out => '/dev/null', err => '/dev/null'});
is($full, 3, 'a disk that is full: status');
ok(!-e $t->path('half.csv'), 'and no partial file');

$t->done();

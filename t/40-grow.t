# A store that outgrows its map: certctl makes the map larger by itself, and
# nginx, certctl and a backup follow, without a wrong answer or a line in the
# log.

use lib 't/lib';
use NgxCert;
use POSIX qw(WNOHANG);

use constant ROWS => 6_000;

my $t = NgxCert->new();
my $home = $t->home(init => ['--map-size', '1M']);
is($t->certctl_json('stat')->{map_size}, 2 ** 20, 'a small map');

my @people = $t->import_rows(map { $t->certificate() } 1 .. 20);
my $copy = $t->annotate($people[0]{number});

$t->conf(workers => 2);
$t->start();

sub check {
    my ($row) = @_;
    return $t->post('/check', map { $_ => $row->{$_} }
                    qw(number name id_number));
}

sub is_answered {
    my ($name) = @_;
    is(check($people[1])->json->{result}, 'valid', "$name: a certificate");
    is($t->get("/check/$copy->{code}")->json->{result}, 'valid',
       "$name: a copy");
}

is_answered('before');


# A long import, with checks all the time.
my $file = $t->path('people.csv');
$t->run($t->top . '/scripts/generate', '--certificates', ROWS,
    {out => $file});

my $job = $t->spawn($t->certctl_bin, '--home', $home, 'import', $file,
    '--json', {out => $t->path('import.out'), err => $t->path('import.err')});

my ($n, %result) = (0);
while (waitpid($job, WNOHANG) == 0) {
    $result{join ' ', check($people[$n++ % @people])->status,
            $t->get("/check/$copy->{code}")->status}++;
}
is($?, 0, 'the import has room') or diag($t->read('import.err'));
delete $t->{children}{$job};
is_deeply([keys %result], ['200 200'], "$n pairs of checks beside it");
is(JSON::PP->new->decode($t->read('import.out'))->{new}, ROWS,
   'each row is counted once');

my $stat = $t->certctl_json('stat');
is($stat->{certificates}, ROWS + @people, 'and stored');
cmp_ok($stat->{used}, '>', 4 * 2 ** 20, 'it needed a larger map');
cmp_ok($stat->{map_size}, '>=', $stat->{used}, 'which it has');
is($stat->{map_size} & ($stat->{map_size} - 1), 0, 'doubled, and again');
is_answered('after');

open my $csv, '<:encoding(UTF-8)', $file or die "$file: $!\n";
my @columns = split /,/, <$csv> =~ s/\s+$//r;
my @rows = <$csv>;
close $csv;
my $bad = 0;
for my $i (map { $_ * int(@rows / 100) } 0 .. 99) {
    my %row;
    @row{@columns} = map { s/^"|"$//gr } split /,/, $rows[$i] =~ s/\s+$//r;
    $bad++ if check(\%row)->json->{result} ne 'valid';
}
is($bad, 0, 'the new ones are found through nginx');

# A worker that starts now, a backup of the store, and its checks.
ok($t->reload(), 'reloaded');
is_answered('reloaded');
is(($t->certctl('fsck'))[0], 0, 'fsck');
is(($t->certctl('journal', 'verify'))[0], 0, 'the journal');
is(($t->certctl('backup', $t->path('copy'), '--with-keys'))[0], 0, 'backup');
my ($status, $out) = $t->run($t->certctl_bin, '--home', $t->path('copy'),
    'stat', '--json');
is(JSON::PP->new->decode($out)->{map_size}, $stat->{map_size},
   'the copy has the larger map');


# Each way to write, until the map has grown: each change is stored once.
my %write = (
    'one by one' => sub {
        my ($two, $before, @rows) = @_;
        for my $i (0 .. 299) {
            $two->certctl_ok('annotate', $rows[$i % @rows]{number},
                             '--no-render');
            return $i + 1
                if $two->certctl_json('stat')->{map_size} > $before;
        }
        return 300;
    },
    'from a list' => sub {
        my ($two, $before, @rows) = @_;
        my @lines = map { "$_->{number}\n" } (@rows) x 20;
        $two->certctl_ok('annotate', '--no-render', '--file',
                         $two->write('list.csv', join '', @lines));
        return scalar @lines;
    },
);
for my $name (sort keys %write) {
    my $two = NgxCert->new();
    $two->home(init => ['--map-size', '256K']);
    $two->certctl_ok('policy', 'set', 'quota=100');
    my @rows = $two->import_rows(map { $two->certificate() } 1 .. 90);
    my $before = $two->certctl_json('stat')->{map_size};

    my $applied = $write{$name}->($two, $before, @rows);
    my $stat = $two->certctl_json('stat');
    cmp_ok($stat->{map_size}, '>', $before, "$name: it grew");
    is($stat->{annotations}, $applied, "$name: no copy is lost, none twice");
    is($stat->{queue}, $applied, "$name: all wait");
    is(($two->certctl('fsck'))[0], 0, "$name: fsck");
    is(($two->certctl('journal', 'verify'))[0], 0, "$name: journal");
}

# Photos fill a map within one batch.
my $three = NgxCert->new();
$three->home(init => ['--map-size', '1M']);
# One grey pixel, and bytes behind its end.
$three->write('tmp/photo.png', pack('H*', '89504e470d0a1a0a0000000d49484452'
    . '000000010000000108000000003a7e9b550000000a49444154789c6368000000'
    . '82008177cd72b60000000049454e44ae426082') . 'x' x 200_000);
$three->import_rows(map { { %{$three->certificate()}, photo => 'photo.png' } }
                    1 .. 40);
cmp_ok($three->certctl_json('stat')->{map_size}, '>', 2 ** 20,
       'photos: it grew');
is($three->certctl_json('stat')->{certificates}, 40, 'photos: all rows');
is(($three->certctl('fsck'))[0], 0, 'photos: fsck');

$t->done();

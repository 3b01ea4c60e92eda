# certctl import --undo: what an import made is removed and what it corrected
# put back, as long as nothing was built on it.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
$t->home();

sub import_json {
    my ($file, @args) = @_;
    my ($status, $out, $err) = $t->certctl('import', $file, '--json', @args);
    return JSON::PP->new->decode($out);
}

sub undo {
    my ($run) = @_;
    my ($status, $out, $err) = $t->certctl('import', '--undo', $run, '--json');
    my $said = eval { JSON::PP->new->decode($out) } // {kept => []};
    return ("status=$status " . join(' ', map { "$_=" . ($said->{$_} // '') }
        qw(removed restored)) . ' kept=' . @{$said->{kept}},
        {map { $_->{number} => $_->{reason} } @{$said->{kept}}}, $err);
}

sub show {
    my ($row) = @_;
    my ($status, $out) = $t->certctl('show', $row->{number}, '--json');
    return $status == 0 ? JSON::PP->new->decode($out) : undef;
}

my @old = map { $t->certificate() } 1 .. 8;
my $first = import_json($t->csv('old.csv', @old));
like($first->{run}, qr/^\d+$/, 'an import has a number');
$t->certctl_ok('suspend', $old[1]{number});

# What the store holds, but for the journal.
sub state_of { return {map { $_->{number} => [@$_{qw(name id_type id_number sex
    birth_date qualification specialty level approved issuer status)}] }
    map { show($_) // () } @_} }

# New, corrected (one that was suspended, and one of another holder), unchanged.
my @new = map { $t->certificate() } 1 .. 6;
my @rows = (@new, map { {%$_} } @old);
$rows[6]{level} = '高级';
$rows[7]{level} = '高级';
my $person = $t->person();
$rows[8]{$_} = $person->{$_} for qw(name id_number sex birth_date);
$_->{status} //= '' for @rows;
$rows[9]{status} = 'revoked';
my $before = state_of(@old, @new);

my $said = import_json($t->csv('new.csv', @rows));
is($said->{new}, 6, 'new ones');
is($said->{corrected}, 4, 'and corrected ones');
my $run = $said->{run};
ok($run > $first->{run}, 'a number of its own');
my ($entry) = grep { $_->{sequence} == $run } map { JSON::PP->new->decode($_) }
    split /\n/, $t->certctl_ok('journal', 'list', '--json');
like($entry->{actor}, qr{/$run$}, 'which the journal has');

my ($counts, $kept, $err) = undo($run);
is($counts, 'status=0 removed=6 restored=4 kept=0', 'undone') or diag $err;
is_deeply(state_of(@old, @new), $before, 'all is as it was');
is($t->certctl_json('fsck')->{findings}, 0, 'fsck finds nothing');
is(($t->certctl('journal', 'verify'))[0], 0, 'the journal verifies');

($counts, $kept) = undo($run);
is($counts, 'status=1 removed=0 restored=0 kept=10', 'undone twice: nothing');

# Imported again it is another run.
$said = import_json($t->path('new.csv'));
is("$said->{new} $said->{corrected}", '6 4', 'imported again');
isnt($said->{run}, $run, 'as another run');
is((import_json($t->path('new.csv')))->{run}, undef,
   'an import that changes nothing has no number');
$run = $said->{run};

# What was built on it stays, and why: a copy of a new one, a copy made since of
# a corrected one, a status, a correction, a successor.
my $copy = $t->annotate($new[0]{number}, '--no-render');
$t->annotate($old[0]{number}, '--no-render');
$t->certctl_ok('revoke', $new[1]{number});
import_json($t->csv('later.csv', {%{$new[2]}, level => '高级'}));
my $replaced = $t->certificate();
$t->import_rows($replaced);
$t->certctl_ok('replace', $replaced->{number}, $new[3]{number});

($counts, $kept) = undo($run);
is($counts, 'status=1 removed=2 restored=3 kept=5', 'what can be is undone');
like($kept->{$new[0]{number}}, qr/has copies/, 'a copy keeps it');
like($kept->{$old[0]{number}}, qr/copies made since/, 'a copy made since');
like($kept->{$new[1]{number}}, qr/changed since/, 'a status');
like($kept->{$new[2]{number}}, qr/changed since/, 'a correction');
like($kept->{$new[3]{number}}, qr/replaced by it/, 'a successor');
ok(!show($new[4]) && !show($new[5]), 'the others are gone');
is(show($old[2])->{name}, $old[2]{name}, 'or as they were');
is(show($new[0])->{number}, $new[0]{number}, 'what stays is there');
is($t->certctl_json('fsck')->{findings}, 0, 'fsck finds nothing');

# In words, and what is refused.
my $again = $t->certificate();
my $other = import_json($t->csv('again.csv', $again));
my ($status, $out) = $t->certctl('import', '--undo', $other->{run});
is($status, 0, 'in words: status');
like($out, qr/^removed 1, restored 0, kept 0$/m, 'in words');
for my $case (
    ['a number of no import', 1, qr/no import has the number 1/,
        '--undo', 1],
    ['a number beyond the journal', 1, qr/no import/, '--undo', 99999999],
    ['a file besides', 2, qr/a file, or --undo/, $t->path('new.csv'),
        '--undo', $run],
    ['neither', 2, qr/a file, or --undo/],
    ['not a number', 2, qr/number/, '--undo', 'x'],
    ['with --check', 2, qr/none of the options/, '--undo', $run, '--check'],
    ['with --rejects', 2, qr/none of the options/, '--undo', $run,
        '--rejects', 'x'],
) {
    my ($name, $expected, $reason, @args) = @$case;
    my ($status, $out, $err) = $t->certctl('import', @args);
    is($status, $expected, "$name: status");
    like($err, $reason, "$name: reason");
}



# What others commit while an undoing waits for its turn to write stays as well.
# An import that reads a pipe has the turn until the next row comes.
sub fed {
    my ($name, @rows) = @_;
    my $pipe = $t->path("$name.csv");
    POSIX::mkfifo($pipe, 0600) or die "mkfifo: $!\n";
    my $pid = $t->spawn($t->certctl_bin, '--home', $t->home, 'import', $pipe,
        '--json', '--any-font', {out => $t->path("$name.out")});
    open my $fh, '>', $pipe or die "$pipe: $!\n";
    $fh->autoflush(1);

    # Rows are looked at when there are 256 KiB; empty ones are passed over.
    print $fh $t->read($t->csv("$name.rows.csv", @rows)), "\n" x (1 << 18);
    $t->await(sub { waits($pid, 'pipe', 0) }) or die "it does not read\n";
    return {pid => $pid, fh => $fh, out => "$name.out"};
}

# A line of a file without its heading.
sub row_of { return $t->read($t->csv('tmp/row.csv', @_)) =~ s/^.*\n//r }

sub fed_end {
    my ($fed, @rows) = @_;
    print {$fed->{fh}} row_of(@rows) if @rows;
    close $fed->{fh};
    is($t->wait($fed->{pid}), 0, 'the other import ends');
    return JSON::PP->new->decode($t->read($fed->{out}));
}

# Whether a process sleeps in a call of the system by this name or number.
sub waits {
    my ($pid, $name, $number) = @_;
    return ($t->read("/proc/$pid/wchan") // '') =~ /$name/
        || ($t->read("/proc/$pid/syscall") // '') =~ /^$number /;
}

SKIP: {
    skip 'only x86_64 is known', 10 if `uname -m` ne "x86_64\n";
    my @here = map { $t->certificate() } 1 .. 3;
    my $first = import_json($t->csv('first.csv', $here[0]));
    $said = import_json($t->csv('here.csv', {%{$here[0]}, level => '高级'},
                                @here[1, 2]));
    my $fed = fed('slow', {%{$t->certificate()}, status => ''});
    my $pid = $t->spawn($t->certctl_bin, '--home', $t->home, 'import',
        '--undo', $said->{run}, '--json', {out => $t->path('undo.out')});
    ok($t->await(sub { waits($pid, 'futex', 202) }), 'an undoing waits');
    fed_end($fed, {%{$here[0]}, level => '高级', status => 'revoked'},
            {%{$here[1]}, level => '高级', status => ''});
    is($t->wait($pid), 1, 'it goes on, and keeps some');
    my $undone = JSON::PP->new->decode($t->read('undo.out'));
    is("$undone->{removed} $undone->{restored}", '1 0', 'one is taken back');
    is(join(' ', map { $_->{reason} } @{$undone->{kept}}),
       'it was changed since it was changed since', 'two were changed since');
    is(show($here[0])->{status}, 'revoked', 'what was revoked stays so');
    is(show($here[1])->{level}, '高级', 'and what was corrected');
}

# Two imports at a time never have one number, though the first rows of one are
# unchanged and make no entry.
SKIP: {
    skip 'only x86_64 is known', 4 if `uname -m` ne "x86_64\n";
    my $batch = $t->import_batch;
    my @many = map { $t->certificate() } 1 .. $batch;
    import_json($t->csv('many.csv', @many));
    my $fed = fed('again-many', @many);
    my $beside = import_json($t->csv('beside.csv', $t->certificate()));
    my $late = fed_end($fed, $t->certificate());
    is($late->{unchanged}, $batch, 'the first rows were unchanged');
    cmp_ok($late->{run}, '>', $beside->{run}, 'another number');
    (undef, my $list) = $t->certctl('journal', 'list', '--from',
                                    $beside->{run}, '--json');
    is(scalar(() = $list =~ m{/$beside->{run}"}g), 1,
       'one entry has the number of the one beside');
}

is(($t->certctl('journal', 'verify'))[0], 0, 'the journal verifies');
$t->done();

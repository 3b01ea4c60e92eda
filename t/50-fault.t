# The Nth call of certctl fails, for all N: memory, writes, syncs, and opening
# or renaming files.  Each time the command ends by itself, says why, claims no
# change that was not made, and leaves the store unchanged or completely
# changed.  Of long series some N are tried; FAULTS=K tries K times as many.

use lib 't/lib';
use NgxCert;

use Digest::MD5 ();
use File::Find ();

use constant {MEMORY => 1, WRITE => 2, SYNC => 4, NAME => 8, OWN => 1 | 16};

my $t = NgxCert->new();
my @rows = $t->import_rows(map { $t->certificate() } 1 .. 8);
my ($valid, $other) = map { $_->{number} } @rows;
my $copy = $t->annotate($valid);
my $csv = $t->csv('more.csv', map { $t->certificate() } 1 .. 30);

# An import whose undoing restores one row, and keeps one that has a copy since.
my $corrected = $t->csv('corrected.csv', map { {%$_, level => '高级'} }
    @rows[6, 7]);
my $run = $t->certctl_json('import', $corrected, '--any-font')->{run};
$t->annotate($rows[7]{number}, '--no-render');
$t->certctl_ok('keys', 'rotate', 'session');
my $catalog = $t->write('more-catalog.csv', join "\n",
    'name,issuer,seal,template,annotation_required_from',
    '测量师,人力资源和社会保障部,ministry,default,', '');
my ($accounts, $more) = map { accounts("accounts$_.csv", $_) } 0, 1;
$t->certctl_ok('account', 'import', $accounts);
my $env = $t->fault_env();
my $home = $t->home;
my $kept = $t->path('kept');
system('cp', '-a', $home, $kept) == 0 or die;
my $content = content();

# Reading commands give the same answer each time, except token, whose answer
# has a time in it.
my @reads = map { [read => @$_] } (
    ['stat'], ['show', $valid], ['show', $copy->{code}], ['export'],
    ['journal', 'list'], ['journal', 'verify'], ['policy', 'show'],
    ['keys', 'list'], ['catalog', 'list'], ['fsck', '--files'],
    ['token', $copy->{code}, '--right', 'view'],
    ['verify', "$home/$copy->{file}"], ['account', 'list'],
);
my @made = map { $t->path($_) } qw(copy new);

# The import does not look at fonts: where memory is short fontconfig and GLib
# end the process.
my @writes = map { [write => @$_] } (
    ['suspend', $valid], ['replace', $valid, $other],
    ['import', $csv, '--any-font'],
    ['annotate', $valid, '--no-render'], ['withdraw', $copy->{code}],
    ['policy', 'set', 'quota=5'], ['keys', 'rotate', 'token'],
    ['account', 'import', $more], ['account', 'reset', 'holder.0'],
    ['import', '--undo', $run], ['catalog', 'import', $catalog, '--awaited'],
    ['account', 'link', 'holder.0', $other], ['prune'],
    ['keys', 'rotate', 'session', '--activate'],
    ['backup', $made[0]], ['init', '--home', $made[1]],
);

# Not verify: qpdf, in C++, ends the process in places.
my @most = grep { $_->[1] ne 'verify' } @reads, @writes;

my @kinds = (
    # name, bit, errno, commands, how many N at most, failures at least
    ['memory', MEMORY, 12, \@most, 10, 150],
    ['own memory', OWN, 12, [@reads, @writes], 48, 600],
    ['write', WRITE, 5, \@writes, 60, 10],
    ['full disk', WRITE, 28, \@writes, 60, 10],
    ['sync', SYNC, 5, \@writes, 60, 10],
    ['name', NAME, 13, \@writes, 60, 25],
);
my $turn = 0;
for my $kind (@kinds) {
    my ($name, $bit, $errno, $commands, $most, $least) = @$kind;
    my $failed = 0;
    $most *= $ENV{FAULTS} // 1;
    $failed += fail_each($name, $bit, $errno, $most, @$_) for @$commands;
    cmp_ok($failed, '>=', $least, "$name: $failed calls were failed");
}

# An answer that needs many reads: whichever fails is reported.
fail_each('every one of them', OWN, 12, 1000, read => 'show', $valid);


# A file of accounts: for the holder of the first row, or for three others.
sub accounts {
    my ($name, $others) = @_;

    my @of = $others ? @rows[2 .. 4] : $rows[0];
    my $n = $others;
    return $t->write($name, join '', map { "$_\n" }
        'id_type,id_number,username,password', map {
            join ',', @$_{qw(id_type id_number)}, 'holder.' . $n++,
                crypt('geheim', '$2b$04$abcdefghijklmnopqrstuu') } @of);
}


# Runs a command without a fault, then with each fault; returns how many calls
# failed.
sub fail_each {
    my ($name, $bit, $errno, $most, $how, @args) = @_;

    my $reads = $how eq 'read';
    my $before = $reads ? '' : whole($home);

    $t->fault(1 << 40, $bit, $errno);
    my ($first, $right) = certctl(@args);
    my $calls = (1 << 40) - ($t->faults)[1];
    my $after = $reads ? '' : whole($home);
    fresh() if !$reads;

    my ($failed, $denied, @bad) = (0, 0);
    for my $n (some_of($calls, $most)) {
        $t->fault($n, $bit, $errno);
        my ($status, $out, $err) = certctl(@args);
        my $hit = $t->faults;
        $t->fault(0, 0);
        $failed += $hit;

        # 1 is "no": fsck may say it of data that was not read.  So may verify
        # where a library tells lack of memory as a wrong file and leaves no
        # error, which is rare.
        $denied++ if $status == 1 && $args[0] eq 'verify';
        push @bad, "$n: status $status, $err"
            if $status != $first && $status != 3
            && !($status == 1 && $args[0] =~ /^(?:fsck|verify)$/);
        push @bad, "$n: no reason" if $status == 3 && $err !~ /^certctl: \S/m;
        push @bad, "$n: a false alarm, $err"
            if $name =~ /memory/ && $err =~ /\bcorrupt\b/;
        push @bad, "$n: another answer: $out"
            if $status == 0 && $reads && $out ne $right
               && !($args[0] eq 'token' && $out =~ /^[\w-]{48}\n\z/);

        if (!$reads) {
            # Most faults change no byte: then there is nothing to look at.
            my $same = content() eq $content;
            my $now = $same ? $before : whole($home);
            push @bad, "$n: the store: $now"
                if $now ne $after && ($status == $first || $now ne $before);
            push @bad, "$n: $_" for grep { length } made($status, @args);
            fresh() if !$same || grep { -e } @made;
        }
        last if @bad > 5;
    }

    is($first, "@args" =~ /--undo/ ? 1 : 0, "$name: $args[0], without a fault");
    is(join("\n", @bad), '', "$name: $args[0], $failed of $calls");
    cmp_ok($denied, '<=', $failed / 20, "$name: a genuine copy stays one")
        if $args[0] eq 'verify';
    return $failed;
}


# Every N up to the given number, or at most so many: one half are the last
# ones, after libraries have started; the others are spread, differently for
# each command.
sub some_of {
    my ($calls, $most) = @_;

    return 1 .. $calls if $calls <= $most;

    my $half = $most / 2;
    my $step = ($calls - $half) / $half;
    my $shift = ($turn++ * 0.382 - int($turn * 0.382) + 1) * $step % $step;
    return (map { 1 + int($shift + $_ * $step) } 0 .. $half - 1),
        $calls - $half + 1 .. $calls;
}

sub certctl {
    my (@args) = @_;
    return $t->run($t->certctl_bin, '--home', $home, @args,
                   {env => $env});
}

# What fsck counts in a store, and its findings.
sub whole {
    my ($in) = @_;
    my (undef, $out, $err) = $t->run($t->certctl_bin, '--home', $in, 'fsck');
    return $out . $err;
}

# A digest of all files of the home, by name; that of readers changes with each.
sub content {
    my $md5 = Digest::MD5->new();
    File::Find::find({no_chdir => 1, preprocess => sub { sort @_ }, wanted => sub {
        $md5->add("$_\n", -f && !/lock\.mdb$/ ? $t->read($_) : '');
    }}, $home);
    return $md5->hexdigest;
}

# Restores the home, and removes copies and new homes.
sub fresh {
    system 'rm', '-rf', $home, @made;
    system 'cp', '-a', $kept, $home;
}

# The fault of a new store beside the home; empty if it has none.
sub made {
    my ($status, $command, @args) = @_;

    return '' if $command !~ /^(?:backup|init)$/;
    my $new = $args[-1];
    return $status == 0 ? 'nothing was made' : ''
        if !-e "$new/store/data.mdb";

    # A failed init removes its files, or the next one would be refused.
    return 'a store was left' if $status != 0 && $command eq 'init';

    # A copy has no keys.
    system 'cp', '-a', "$home/keys", $new if $command eq 'backup';
    my $whole = whole($new);
    return $whole =~ /^complete: .* 0 findings$/m ? '' : "the new one: $whole";
}

$t->done();

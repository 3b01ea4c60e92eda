# What nginx answers while certctl upgrade runs: the one that has the store open
# goes on with right answers to the end; none starts on the old schema, or opens
# it when it is upgraded with the old program, and then it says 503, never "not
# found"; the new one answers after its start.
#
# BEFORE and BEFORE_MODULE: a certctl and a module of schema 1, which then make
# the store and answer.  Without them it is a store of schema 2 that is made one
# of schema 1 below an nginx of this build, whose checks by certificate are then
# left out until it starts again.  UPGRADE_CERTIFICATES (600) is how many there
# are.

use lib 't/lib';
use NgxCert;
use Time::HiRes qw(time);

my ($before, $module) = @ENV{qw(BEFORE BEFORE_MODULE)};
my $is_genuine = defined $before && defined $module;
my $all = $ENV{UPGRADE_CERTIFICATES} // 600;

# What is done by the programs of before.
sub by_old {
    my ($run) = @_;
    return $run->() if !$is_genuine;
    local @ENV{qw(CERTCTL MODULE)} = ($before, $module);
    return $run->();
}

my $t = NgxCert->new();
my $home = $t->path('home');
my (@row, $copy, $token);
by_old(sub {
    $t->home();
    my $file = $t->path('people.csv');
    $t->run($t->top . '/scripts/generate', '--certificates', $all,
            {out => $file});
    is($t->certctl_json('import', $file)->{new}, $all, 'imported');
    my ($head, @lines) = split /\n/, $t->read($file);
    my @columns = split /,/, $head;
    @row = map { my %row; @row{@columns} = split /,/, $_, -1; \%row }
        @lines[0 .. 4, -5 .. -1];
    utf8::decode($_->{name}) for @row;
    $t->secret(map { $_->{id_number} } @row);
    $copy = $t->annotate($row[0]{number});
    $token = $t->token($copy->{code});
});
my $unknown = $copy->{code} =~ s/(.)$/$1 eq '0' ? '1' : '0'/er;


# --- One answer -------------------------------------------------------------

# Each question with the result that is right before, during and after.
my @always = (
    ['a code', 'valid', sub { $t->get("/check/$copy->{code}") }],
    ['a file', 'valid', sub { $t->get("/check?sha256=$copy->{sha256}") }],
    ['another file', 'not_found', sub { $t->get('/check?sha256=' . 'a' x 64) }],
    ['no code', 'bad_request', sub { $t->get("/check/$unknown") }],
    ['a download', 'file', sub { $t->get("/download/$token") }],
);
my @typed = map { my $row = $_; (
    ['a certificate', 'valid', sub { typed($row) }],
    ['another name', 'not_found', sub { typed($row,
        name => "$row->{name}甲") }],
) } @row;
my @new = map { my $row = $_; ['in other characters', 'valid', sub {
    typed($row, map { $_ => $row->{$_} =~ tr/0-9X/０-９Ｘ/r }
        qw(number id_number)) }] } @row;

sub typed {
    my ($row, %other) = @_;
    my %typed = ((map { $_ => $row->{$_} } qw(number name id_number)), %other);
    return $t->post('/check', %typed);
}

# The result of an answer: of a file that it is all there.
sub result {
    my ($r) = @_;
    return 'file' if $r->status == 200 && $r->body =~ /^%PDF/;
    return eval { $r->json->{result} } // 'status ' . $r->status;
}

# Asks once, all; returns what was wrong, and counts.
my $asked = 0;
sub wrong {
    my (@questions) = @_;
    my @wrong;
    for (@questions) {
        my ($name, $right, $ask) = @$_;
        my $result = result($ask->());
        $asked++;
        push @wrong, "$name: $result" if $result ne $right;
    }
    return join ', ', @wrong;
}

# Nobody is told that a genuine certificate is not.
sub unavailable {
    my ($when) = @_;
    for (@always, @typed) {
        my ($name, $right, $ask) = @$_;
        my $r = $ask->();
        next if $right eq 'bad_request';        # refused before the store
        is($r->status, 503, "$when: $name: 503");
        ok($r->header('Retry-After'), "$when: $name: Retry-After")
            if $name eq 'a code';
    }
}


# --- The nginx of before ----------------------------------------------------

my @now = $is_genuine ? (@always, @typed) : @always;
by_old(sub { $t->conf(); $t->start() });
is(wrong(@always, @typed), '', 'before: all is answered');

if (!$is_genuine) {
    is(($t->run($t->build . '/tool/before', $home))[0], 0, 'a store of schema 1');
}
is(($t->certctl('stat'))[0], 3, 'the new certctl refuses it');
is(wrong(@now), '', 'before: the nginx that runs goes on');

# An nginx of the new program does not start, and so does not answer wrongly.
$t->conf();
my ($status, $said) = $t->nginx_test();
isnt($status, 0, 'before: the new nginx does not start');
like($said, qr/older schema 1, .*run "certctl upgrade"/, 'by name');

# For a few certificates writing is slow, so that most of the questions come in
# between.
my $started = time;
my $pid = $t->spawn($t->certctl_bin, '--home', $home, 'upgrade', '--json',
    {env => exists $ENV{UPGRADE_CERTIFICATES} ? {}
        : {LD_PRELOAD => $t->build . '/delay.so', DELAY_USEC => 200_000}});
my ($rounds, $ended, @wrong) = (0);
$asked = 0;
while (1) {
    $ended = $t->ended($pid);
    my $wrong = wrong(@now);
    push @wrong, $wrong if $wrong ne '';
    last if defined $ended;
    $rounds++;
}
is($ended, 0, sprintf 'upgraded in %.1f s', time - $started) or diag $t->read("tmp/$pid.err");
cmp_ok($rounds, '>', 0, "$rounds rounds of questions meanwhile");
is("@wrong", '', "during: $asked answers, none of them wrong");
is($t->certctl_json('stat')->{schema}, 2, 'the schema');
is($t->certctl_json('stat')->{matches}, $all, 'an entry for each certificate');

# --- After it ---------------------------------------------------------------

is(wrong(@now), '', 'after: the nginx that runs goes on');

# The nginx of before cannot be reloaded or started any more.
SKIP: {
    skip 'no BEFORE and BEFORE_MODULE', 2 if !$is_genuine;
    my ($status, $said) = by_old(sub { $t->conf();
        $t->nginx_test() });
    isnt($status, 0, 'after: the old nginx does not start');
    like($said, qr/newer schema 2, this program works with 1/, 'by name');
}

# One whose worker has to open the store again: 503.
SKIP: {
    skip 'no BEFORE and BEFORE_MODULE', 1 if !$is_genuine;
    $t->expect_log(qr/newer schema 2/);
    my ($worker) = $t->workers;
    kill 'KILL', $worker;
    $t->expect_log(qr/exited on signal 9/);
    ok($t->await(sub { my @w = $t->workers_ready; @w && $w[0] != $worker }),
       'after: a new worker of the old nginx');
    unavailable('a new worker of the old nginx');
}
is($t->stop(), 0, 'the old nginx ends');

$t->conf();
$t->start();
is(wrong(@always, @typed, @new), '', 'after: the new nginx answers all');
is($t->certctl_json('fsck')->{findings}, 0, 'fsck finds nothing');
is(($t->certctl('journal', 'verify'))[0], 0, 'the journal holds');

$t->done();

# certctl keys: two-phase rotation, re-sealing, retiring, and refusals.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
my @rows = $t->import_rows(map { $t->certificate() } 1 .. 1200);
my $copy = $t->annotate($rows[0]{number}, '--no-render');
my $many = $t->write('many.csv', join "\n",
    'name,issuer,seal,template,annotation_required_from',
    map { "q$_,i,s,t," } 1 .. 1200);
$t->certctl_ok('catalog', 'import', '--awaited', $many);

sub key_states { join ' ', map { "$_->{id}:$_->{state}" }
    grep { $_->{use} eq $_[0] } @{$t->certctl_json('keys', 'list')->{keys}} }

sub refused {
    my ($why, @args) = @_;
    my ($status, $out, $err) = $t->certctl('keys', @args);
    is($status, 1, "keys @args: refused");
    like($err, $why, "keys @args: why");
}

# Refused commands.
refused(qr/holders are found by it/, 'rotate', 'lookup');
refused(qr/no record key is announced/, 'rotate', 'record', '--activate');
refused(qr/is the active one/, 'retire', 'record', 1);
refused(qr/no record key has the id 9/, 'retire', 'record', 9);
is(($t->certctl('keys', @$_))[0], 2, "keys @$_: wrong usage")
    for ['rotate', 'recor'], ['rotate'], ['retire', 'token'], ['list', 'x'],
        ['retire', 'token', 'one'], ['retire', 'token', 0],
        ['retire', 'token', 256], ['list', '--activate'], ['spin', 'token'];

like(($t->certctl('keys', 'spin', 'token'))[2],
     qr/expected: list, init, rotate USE \[--activate\] or retire USE ID/,
     'what is expected');
like(($t->certctl('keys', 'rotate', 'recor'))[2],
     qr/unknown key use "recor": not token, record, match, personal or session/,
     'the uses there are');

# OpenSSL says why it has no random numbers; here its configuration is wrong.
$t->write('openssl.cnf', "openssl_conf = a\n[a]\nrandom = b\n[b]\n"
    . "random = NO-SUCH-DRBG\n");
my %broken = (env => {OPENSSL_CONF => $t->path('openssl.cnf')});
for my $case (['keys', 'rotate', 'token'], ['revoke', $rows[9]{number}],
              ['--home', $t->path('other'), 'init']) {
    my ($status, $out, $err) = $t->certctl(@$case, \%broken);
    is($status, 3, "@$case: no random numbers");
    like($err, qr/no random numbers: OpenSSL: unable to fetch drbg$/, 'why');
}

my $shown = $t->certctl_json('show', $rows[7]{number});

for my $use (qw(record match personal)) {
    my ($status, $out) = $t->certctl('keys', 'rotate', $use);
    is($status, 0, "$use: announced");
    like($out, qr/reload nginx.*keys rotate $use --activate/, 'what next');
    is(key_states($use), '1:active 2:verify', "$use: not used yet");
    refused(qr/announced already/, 'rotate', $use);

    is(($t->certctl('keys', 'rotate', $use, '--activate'))[0], 0,
       "$use: activated");
    is(key_states($use), '1:verify 2:active', "$use: in use");
    is($t->certctl_json('fsck')->{findings}, 0, "$use: fsck");

    # After an interruption it is run again, which is allowed and harmless.
    like($t->certctl_ok('keys', 'rotate', $use, '--activate'),
         qr/certificates re-sealed/, "$use: once more");
    is(key_states($use), '1:verify 2:active', "$use: as before");

    $t->certctl_ok('keys', 'retire', $use, 1);
    is(key_states($use), '1:retired 2:active', "$use: retired");
    refused(qr/retired already/, 'retire', $use, 1);
    is($t->certctl_json('fsck')->{findings}, 0, "$use: fsck without the old");
    is_deeply($t->certctl_json('show', $rows[7]{number}), $shown,
              "$use: a certificate is as it was");
    is($t->certctl_json('show', $copy->{code})->{result}, 'generating',
       "$use: and a copy");
}

# Keys of tokens and sessions seal no records: no re-sealing.
for my $use (qw(token session)) {
    $t->certctl_ok('keys', 'rotate', $use);
    my $before = $t->certctl_json('stat')->{journal};
    $t->certctl_ok('keys', 'rotate', $use, '--activate');
    is($t->certctl_json('stat')->{journal}, $before + 1, "$use: one entry");
    $t->certctl_ok('keys', 'retire', $use, 1);
    is(key_states($use), '1:retired 2:active', "$use: rotated");
}

like($t->certctl_ok('journal', 'list'),
     qr/ key .*personal.*active/m, 'the journal has it');
is(($t->certctl('journal', 'verify'))[0], 0, 'and verifies');
is(scalar(() = $t->certctl_ok('journal', 'list') =~ / reseal *$/mg), 3,
   'records without a certificate were re-sealed in parts');

# As JSON, with what comes next.
for my $case (
    [['rotate', 'token'], 3, 'verify', qr{rotate token --activate}],
    [['rotate', 'token', '--activate'], 3, 'active', qr{reload nginx}],
    [['retire', 'token', 2], 2, 'retired', qr{reload nginx}],
) {
    my ($args, $id, $state, $next) = @$case;
    my $said = $t->certctl_json('keys', @$args);
    is("$said->{use} $said->{id} $said->{state}", "token $id $state",
       "keys @$args --json");
    like($said->{next}, $next, "keys @$args --json: what next");
}

# Modes and group survive a rotation.
my $home = $t->home;
is(sprintf('%04o', (stat "$home/keys/private.keys")[2] & 07777), '0600',
   'private.keys');
is((stat "$home/keys/public.keys")[5], (stat "$home/store/data.mdb")[5],
   'public.keys keeps its group');

# Without the private keys a rotation fails, and show works.
rename "$home/keys/private.keys", "$home/keys/away" or die;
is(($t->certctl('keys', 'rotate', 'record'))[0], 3, 'needs the private keys');
is(($t->certctl('import', $t->csv('x.csv', $rows[0])))[0], 3, 'import too');
is(($t->certctl('export'))[0], 3, 'and export');
is(($t->certctl('annotate', $rows[0]{number}))[0], 3, 'and annotate');
like($t->certctl_json('show', $rows[7]{number})->{name}, qr/\*/,
     'show masks the name');
rename "$home/keys/away", "$home/keys/private.keys" or die;

# A keyring that others may read is refused.
chmod 0644, "$home/keys/private.keys";
my ($status, $out, $err) = $t->certctl('stat');
is($status, 3, 'readable by others: refused');
like($err, qr/private\.keys/, 'why');
chmod 0600, "$home/keys/private.keys";

for my $file (glob "$home/keys/*.keys") {
    $t->secret((split ' ')[4])
        for grep { !/^#/ && /\S/ } split /\n/, $t->read($file);
}
$t->write('logs/said.log', $out . $err . $t->certctl_ok('keys', 'list'));
$t->done();

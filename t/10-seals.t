# docs/seals.md does what it says: its commands make a seal, of which a copy is
# made and verified, and what it calls refused is refused.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
my $home = $t->home;
my $dir = $t->path('work');
mkdir $dir;

# The quoted commands, as a new user would type them.
my @quoted = $t->read($t->top . '/docs/seals.md')
    =~ /^((?: {4}.*\n)+)/mg;
my $said = join '', map { s/^ {4}//mgr } @quoted;
is(scalar @quoted, 4, 'the commands are found');
like($said, qr/catalog import/, '... to the import');

mkdir $t->path('bin');
symlink $t->certctl_bin, $t->path('bin/certctl');
symlink $t->top . '/scripts/seal-svg', $t->path('bin/seal-svg');
$said =~ s{/usr/share/ngx_cert/seal-svg}{seal-svg};
$said =~ s{/srv/cert\b}{$home}g;
$said =~ s/ -o ngx-cert-render//g;
my @env = {env => {PATH => $t->path('bin') . ":$ENV{PATH}"}};

# certctl is found by its link, and so are the templates of the tree.
$said =~ s/^certctl /certctl --templates $home\/templates /mg
    if !-d $t->build . '/../ngx_cert_module';
my ($status, $out, $err) = $t->run('sh', '-e', '-c', "cd $dir\n$said", @env);
is($status, 0, 'they work') or diag("$out$err");
like($out, qr/^changed 1, unchanged 0$/m, 'the seal is taken');

my ($row) = $t->import_rows($t->certificate(qualification => '会计',
    level => '初级', specialty => '', approved => '2024-05-15',
    issuer => '某考试院'));
my $copy = $t->annotate($row->{number});
my $file = "$home/$copy->{file}";
my $verdict = JSON::PP->new->decode(($t->certctl('verify', $file,
                                                 '--json'))[1]);
is($verdict->{verdict} // $verdict->{result}, 'genuine', 'a copy is genuine')
    or diag(explain($verdict));
my $foreign = $t->certctl_json('show', $row->{number});
is($foreign->{number}, $row->{number}, 'of the certificate');

# By another root it is not.
my ($no, undef, $why) = $t->certctl('verify', $file, '--ca',
    $t->build . '/test-seals/ca.pem');
is($no, 1, 'not by another root') or diag($why);

# A seal that ca.pem does not vouch for signs nothing, and copies wait for it.
my $ca = "$home/seals/ca.pem";
rename $ca, "$home/seals/kept.pem" or die "rename: $!\n";
for my $case (['another root', 1, qr/ca\.pem does not vouch for the seal: /],
              ['no root', 0, qr/cannot open .*ca\.pem/]) {
    my ($name, $other, $reason) = @$case;
    $t->write($ca, $t->read($t->build . '/test-seals/ca.pem')) if $other;
    ($status, undef, $err) = $t->certctl('annotate', $row->{number});
    is($status, 3, "$name: the copy waits");
    like($err, $reason, "$name: and why");
    unlink $ca if $other;
}
my $list = $t->path('again.csv');
system('sh', '-c', '{ echo name,issuer,seal,template,annotation_required_from;'
       . ' "$1" --home "$2" catalog list | grep "^会计,"; } >"$3"', 'sh',
       $t->certctl_bin, $home, $list) == 0 or die;
($status, undef, $err) = $t->certctl('catalog', 'import', $list);
is($status, 1, 'a line of the catalogue that names it: refused')
    or diag($t->read($list));
like($err, qr/no copy of .* could be made: cannot open .*ca\.pem/, 'why');
rename "$home/seals/kept.pem", $ca or die "rename: $!\n";
($status, $out, $err) = $t->certctl('annotate', '--pending');
is($status, 0, 'with its root they are made') or diag($err);

$t->done();

# Templates of one's own are used file by file, the others as shipped.  They change
# while certd runs: a missing or broken one keeps its copies waiting and fails
# none of them, and a new one is used without a restart.  A fault of the copy
# itself fails it, and the log has no character of a name.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
my $row = $t->certificate();
my $rare = $t->certificate(name => "张\x{18B00}");
$t->import_rows($row, $rare);
$t->certctl_ok('policy', 'set', 'quota=50');
$t->conf($t->holder_conf);
$t->start();

my $shipped = $t->top . '/ngx_cert_module/templates';
my $folder = $t->path('faces');
is(($t->run('cp', '-r', $shipped, $folder))[0], 0, 'a copy of the templates');
my @certd = (args => ['--templates', $folder, '--renderers', 1]);
$t->certd(@certd);
my $holder = $t->holder($row);

sub apply { return $holder->apply($row->{number})->json->{annotation}{code} }
sub state_of { return $holder->ready(@_)->json->{annotation}{state} }
sub logged { return $t->await_log('certd', @_) }

is(state_of(apply()), 'ready', 'as shipped');

# The catalogue names a face whose file does not exist yet.
my $csv = $t->read("$shipped/catalogue.csv");
$csv =~ s/,ministry,ministry,/,ministry,new2026,/g;
$t->certctl_ok('catalog', 'import', '--awaited', $t->write('new.csv', $csv));
my $code = apply();
like(logged(qr/new2026/), qr/cannot be made at .*no template new2026\.svg/,
     'a face without its file: the log says so');
is($holder->now($code)->json->{annotation}{state}, 'generating',
   'and its copy waits');

my $face = $t->read("$shipped/ministry.svg");
$t->write("$folder/new2026.svg", $face);
is(state_of($code), 'ready', 'with its file it is made');
is($t->get('/status')->json->{certd}{jobs_failed}, 0, 'none has failed');

# A face that is changed in place is used at once.
SKIP: {
    skip 'no pdftotext', 1 if system('which pdftotext > /dev/null') != 0;
    my $mark = 'MMXXVI';
    (my $changed = $face) =~ s{(</svg>\s*)$}{<text x="60" y="60" font-size="9"
        font-family="Noto Serif CJK SC">$mark</text>$1};
    $t->write("$folder/new2026.svg", $changed);
    $code = apply();
    is(state_of($code), 'ready', 'a changed face');
    my ($file) = glob $t->path("home/pdf/*/*/$code.pdf");
    like(($t->run('pdftotext', $file, '-'))[1], qr/$mark/, 'is drawn');
}

# A name with a character that no font has.
my $other = $t->holder($rare);
$code = $other->apply($rare->{number})->json->{annotation}{code};
is($other->ready($code)->json->{annotation}{state}, 'failed',
   'a character without a font fails the copy');
like(logged(qr/no font has/), qr/no font has a character of the field "name"/, 'the log says why');
unlike($t->read('logs/certd.log'), qr/U\+18B00/i, 'but not which character');
$t->certd_stop();
my ($status, $out, $err) = $t->certctl('--templates', $folder, 'annotate',
                                    $rare->{number});
is($status, 1, 'certctl: failed');
like("$out$err", qr/U\+18B00 of the field "name"/, 'the terminal shows it');

# A folder of one's own with one face in it: the others are those shipped.
SKIP: {
    my $certctl = $t->certctl_bin;
    skip 'no templates beside this certctl', 8
        if !-d $certctl =~ s{[^/]*$}{../ngx_cert_module/templates}r;

    my @annotate = ($certctl, '--home', $t->path('home'), 'annotate',
                    $row->{number});
    isnt(($t->run(@annotate))[0], 0, 'the shipped ones lack the face');
    $t->write('home/templates/new2026.svg', $face);
    ($status, $out, $err) = $t->run(@annotate);
    is($status, 0, 'a face in the home, with bands and seals as shipped')
        or diag("$out$err");

    # Its file comes first, broken or not.
    $t->write('home/templates/band.svg', '<svg>');
    ($status, $out, $err) = $t->run(@annotate);
    isnt($status, 0, 'a broken one is not replaced by that shipped');
    like("$out$err", qr/band/, 'and named');
    unlink $t->path('home/templates/band.svg');

    # A seal's image alone, without the shipped ones beside it.
    $t->write('home/templates/seals/ministry.svg', '<svg>');
    ($status, $out, $err) = $t->run(@annotate);
    isnt($status, 0, 'nor is the image of a seal');
    like("$out$err", qr{seals/ministry}, 'and it is named');
    $t->write('home/templates/seals/ministry.svg',
              $t->read("$shipped/seals/ministry.svg"));
    is(($t->run(@annotate))[0], 0, 'one that is right');
    isnt(($t->run($certctl, '--templates', $t->path('home/templates'),
                  @annotate[1 .. $#annotate]))[0], 0,
         'a folder that is named has to be whole');
}

is($t->certctl_json('fsck', '--files')->{findings}, 0, 'fsck finds nothing');
$t->done();

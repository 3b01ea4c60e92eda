# scripts/generate: the same bytes on every run, plausible people, every kind
# of name, and as many spoilt rows as requested.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
my $generate = $t->top . '/scripts/generate';

sub generate {
    my @args = @_;
    my ($status, $out, $err) = $t->run($generate, @args);
    is($status, 0, "generate @args") or diag($err);
    return $out;
}

my $text = generate('--certificates', 3000);
is(generate('--certificates', 3000), $text, 'the same bytes again');
isnt(generate('--certificates', 3000, '--seed', 2), $text,
     'other bytes with another seed');

my ($head, @lines) = split /\n/, $text;
is($head, join(',', @NgxCert::COLUMNS), 'the columns of an import');
is(scalar @lines, 3000, 'as many rows as requested');

my (%numbers, %names, %years, @bad);
for my $line (@lines) {
    my %row;
    @row{@NgxCert::COLUMNS} = split /,/, $line, -1;
    $numbers{$row{number}}++;
    $names{length $row{name}}++;
    $years{substr $row{approved}, 0, 4}++;
    push @bad, $line if $row{id_type} eq 'cn'
        && ($row{id_number} !~ /^(\d{17})(.)$/
            || NgxCert::id_check($1) ne $2
            || substr($row{id_number}, 6, 8) ne $row{birth_date} =~ tr/-//dr
            || (substr($row{id_number}, 16, 1) % 2 ? '男' : '女')
               ne $row{sex});
}
is(scalar keys %numbers, 3000, 'every number once');
is(join("\n", @bad), '', 'valid numbers of GB 11643');
ok($names{$_}, "names of $_ characters") for 2, 3, 4;
like($text, qr/,欧阳|,司马/, 'compound surnames');
like($text, qr/,买买提·吐尔逊,/, 'a name with a middle dot');
like($text, qr/[\x{20000}-\x{3ffff}]/, 'a character outside the basic plane');
ok($years{2004} && $years{2026}, 'approved from 2004 to 2026');
like($text, qr/,拍卖师,,,2015/, 'an older certificate, which has an original');

# Spoilt rows.
my $spoilt = $t->path('spoilt.csv');
my ($status, $out) = $t->run($generate, '--certificates', 3000, '--spoil', 50,
    '--spoiled', $spoilt, {raw => 1});
is($status, 0, 'generate --spoil');
my %kinds;
my @marked = map { [split /,/] } split /\n/, $t->read($spoilt);
$kinds{$_->[2]}++ for @marked;
is(scalar @marked, 50, 'as many as requested');
is(join(' ', map { "$_=$kinds{$_}" } sort keys %kinds), join(' ',
    map { "$_=5" } qw(approved bidi check_digit fields id_date id_type
        no_name no_number qualification utf8)), 'of ten kinds, evenly');

my @spoilt = split /\n/, $out;
my $good = NgxCert::bytes_of($text);
my @good = split /\n/, $good;
is(scalar @spoilt, scalar @good, 'each on its line');
my @differ = grep { $spoilt[$_] ne $good[$_] } 0 .. $#good;
is(join(' ', map { $_ + 1 } @differ), join(' ', map { $_->[0] } @marked),
   'the other rows are unchanged');

($status, $out) = $t->run($generate, '--certificates', 10, '--spoil', 11);
isnt($status, 0, 'more spoilt rows than rows: refused');

$t->done();

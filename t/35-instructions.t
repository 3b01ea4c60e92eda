# The number of instructions for a request does not grow unnoticed: it is at
# most a tenth above the number that scripts/bench recorded with the same
# programs.  And answers that must not differ in time need the same number.

use lib qw(bench t/lib);
use NgxCert;
use Bench::Instructions;

# Two runs differ by a hundredth, because their codes and times differ.
my $MARGIN = 1.10;
my $SAME = 0.01;

my $t = NgxCert->new();
my $missing = Bench::Instructions::missing();
plan skip_all => $missing if $missing ne '';
plan skip_all => 'not the nginx and module of the recorded counts'
    if grep { defined $ENV{$_} } qw(BUILD NGX_BIN MODULE);

my $recorded = Bench::Instructions::recorded($t)
    // die "nothing is recorded: scripts/bench --record instructions\n";
my ($was, $is) = ($recorded->{versions}, Bench::Instructions::versions($t));
my @other = grep { ($was->{$_} // '') ne ($is->{$_} // '') }
    sort keys %{{%$was, %$is}};
plan skip_all => 'counted with another ' . join ', ', @other if @other;

my ($count, undef, $ran) = Bench::Instructions::count();
is_deeply([sort keys %$count], [sort keys %{$recorded->{instructions}}],
    'each kind of request is counted and recorded');

for my $kind (sort keys %$count) {
    my ($now, $then) = ($count->{$kind}, $recorded->{instructions}{$kind});
    cmp_ok($now, '<=', $then * $MARGIN,
        "$kind: $now instructions, $then recorded");
    cmp_ok($now, '>', $then / 2, "$kind: it was counted")
        if $kind eq 'check';
}

my ($number, $name) = @$count{qw(wrong_number wrong_name)};
cmp_ok(abs($number - $name), '<', $SAME * $name,
    "as many for an unknown number, $number, as for a wrong name, $name");

$ran->done();

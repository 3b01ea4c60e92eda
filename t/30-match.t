# The check by certificate takes number, name and document number however they
# are typed: spellings of twelve invented people, a row each, are found, and what
# looks nearly the same is not.

use lib 't/lib';
use NgxCert;
use Spellings;

my $t = NgxCert->new();
$t->home();

my $spellings = Spellings->new($t);
my $said = $t->certctl_json('import', $t->csv('people.csv',
    $spellings->rows));
is($said->{new}, 12, 'twelve people') or diag explain $said;
is($said->{rejected}, 0, 'none is refused');

$t->conf();
$t->start();

sub ask {
    my ($spelling) = @_;
    my %form = $spellings->form($spelling);
    return $t->post('/check', map { $_ => $form{$_} }
                    qw(number name id_number));
}


# --- Found ------------------------------------------------------------------

my @spelled = $spellings->spelled;
cmp_ok(scalar @spelled, '>=', 60, scalar(@spelled) . ' spellings');

for my $spelled (@spelled) {
    my $r = ask($spelled);
    my $json = $r->json;
    is($json->{result}, 'valid', "found: @$spelled") or diag $r->body;
    is($json->{certificate}{number},
       $spellings->row($spelled->[0])->{number}, 'as it is printed');
}


# --- Not found --------------------------------------------------------------

my @near = $spellings->near;
cmp_ok(scalar @near, '>=', 40, scalar(@near) . ' near misses');

for my $near (@near) {
    my $r = ask($near);
    isnt($r->json->{result}, 'valid', "not found: @$near");
    ok(!exists $r->json->{certificate}, 'and nothing is told');
}

$t->done();

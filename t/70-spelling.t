# Registration takes the name and the document however they are typed, as the
# check by certificate does, and refuses the same near misses.  With a user name
# that is taken a person that matches is told so, and another one is refused; so
# each spelling can be asked, and nobody gets an account.

use lib 't/lib';
use NgxCert;
use Spellings;

my $t = NgxCert->new();
my $spellings = Spellings->new($t);

# Registrations ask for no number.  Refusals of one document would have to wait,
# so a name that is nearly right is one of a person of its own.
my @spelled = grep { asks($_, 'name') || asks($_, 'id_number') }
    $spellings->spelled;
my @near = grep { asks($_, 'name') xor asks($_, 'id_number') }
    $spellings->near;
my @people = map {
    my $row = $spellings->row($_->[0]);
    asks($_, 'name') ? $t->certificate(name => $row->{name}) : $row;
} @near;

my ($first) = $t->import_rows($t->certificate(), $spellings->rows,
    map { asks($near[$_], 'name') ? $people[$_] : () } 0 .. $#near);

$t->conf($t->holder_conf);
$t->start();
# So many requests from one address would have to wait.
$t->certd(args => ['--address-header', 'X-No-Address']);

sub asks {
    my ($spelling, $field) = @_;
    my (undef, %typed) = @$spelling;
    return defined $typed{$field};
}

# The status and what is wrong.
sub register {
    my ($row, %typed) = @_;
    my %form = (%$row, %typed, username => 'somebody',
                password => 'long enough');
    utf8::upgrade($_) for values %form;
    my $r = $t->request('POST', '/holder/register', form => [
        map { $_ => $form{$_} } qw(id_type id_number name username password)]);
    return $r->status . ($r->status < 400 ? ''
                         : ' ' . $r->json->{type} =~ s{.*/}{}r);
}

is(register($first), '201', 'a user name is taken');

cmp_ok(scalar @spelled, '>=', 45, scalar(@spelled) . ' spellings');
for (@spelled) {
    my ($who, %typed) = @$_;
    is(register($spellings->row($who), %typed), '409 username_taken',
       "found: @$_");
}

cmp_ok(scalar @near, '>=', 35, scalar(@near) . ' near misses');
for my $n (0 .. $#near) {
    my (undef, %typed) = @{$near[$n]};
    like(register($people[$n], %typed),
         qr/^(?:403 registration_refused|422 invalid_field)$/,
         "not found: @{$near[$n]}");
}

my @accounts = ($t->certctl('account', 'list', '--json'))[1] =~ /"username"/g;
is(scalar @accounts, 1, 'nobody else has an account');
$t->done();

# The name beside a code: a copied PDF with another person's name is genuine by
# its code, and the whole name tells.  Every result, every spelling, what is
# malformed, and what nobody learns.

use lib 't/lib';
use NgxCert;

use Encode qw(encode);

my $t = NgxCert->new();
my $samples = $t->samples();
my $twin = $t->certificate(name => '张伟');
my $other = $t->certificate(name => '买买提·吐尔逊');
my $latin = $t->certificate(name => 'Mary Ann O\'Neil', id_type => 'passport',
    id_number => 'EA1234567', sex => '', birth_date => '');
$t->import_rows($twin, $other, $latin);
my %code = map { $_->{name} => $t->annotate($_->{number})->{code} }
    $twin, $other, $latin;

$t->conf(http => <<'END', server => <<'END2');
    limit_req_zone $name_code zone=name:1m rate=1r/m;
    limit_req_status 429;
    map $request_method $name_code { POST $cert_code; default ""; }
    log_format name "$request_method $cert_uri [$cert_name_matches] $status";
END
        location /check      { cert_check; access_log logs/name.log name; }
        location ~ ^/q[0-9]/ { cert_check; }
        location ~ ^/named$  { cert_check; }
        location = /head     { cert_check;
                               add_header X-Matches "[$cert_name_matches]"
                                   always; }
        location /limited/   { cert_check; limit_req zone=name burst=2 nodelay; }
END2
$t->start();

my $code = $code{'张伟'};

sub ask {
    my ($uri, @form) = @_;
    utf8::upgrade($_) for @form;
    return $t->post($uri, @form);
}
sub is_asked {
    my ($name, $r, $matches, $result) = @_;
    is($r->status, 200, "$name: 200");
    my $json = $r->json;
    is($json->{result}, $result // 'valid', "$name: the result");
    is(JSON::PP::is_bool($json->{name_matches})
           ? ($json->{name_matches} ? 'true' : 'false') : 'none',
       $matches, "$name: name_matches");
    return $json;
}
sub is_refused {
    my ($name, $r, $detail, $field) = @_;
    is($r->status, 400, "$name: 400");
    my $json = $r->json;
    is($json->{result}, 'bad_request', "$name: the result");
    like($json->{detail}, $detail, "$name: why");
    is($json->{field}, $field, "$name: where");
    is(join(' ', grep { /^(?:certificate|annotation|name_matches)$/ }
            keys %$json), '', "$name: nothing else");
}


# A code without a name says nothing of names.
my $plain = $t->get("/check/$code")->json;
ok(!exists $plain->{name_matches}, 'a check by code has no name_matches');

# What is the same in both, and what is not.
my $json = is_asked('the name', ask("/check/$code", name => '张伟'), 'true');
delete @$_{qw(checked name_matches)} for $plain, $json;
is_deeply($json, $plain, 'the rest is the answer by code');
$json = is_asked('another name', ask("/check/$code", name => '张强'), 'false');
delete @$_{qw(checked name_matches)} for $json;
is_deeply($json, $plain, 'the rest is the same');

# However it is typed; and near misses.
my @names = (
    # name, as typed, whether it matches
    ['张伟', ' 张 伟 ', 'true'], ['张伟', "张\x{3000}伟\x{200B}", 'true'],
    ['买买提·吐尔逊', '买买提•吐尔逊', 'true'],
    ['买买提·吐尔逊', '买买提．吐尔逊', 'true'],
    ['Mary Ann O\'Neil', 'MARY ANN O\'NEIL', 'true'],
    ['Mary Ann O\'Neil', 'Ｍary  Ann O\'Neil', 'true'],
    ['张伟', '张', 'false'], ['张伟', '伟', 'false'], ['张伟', '张偉', 'false'],
    ['张伟', '张伟伟', 'false'], ['张伟', '伟张', 'false'],
    ['买买提·吐尔逊', '买买提吐尔逊', 'false'],
    ['Mary Ann O\'Neil', 'MaryAnn O\'Neil', 'false'],
    ['Mary Ann O\'Neil', "M\x{430}ry Ann O'Neil", 'false'],
);
for (@names) {
    my ($of, $typed, $matches) = @$_;
    is_asked("\"$typed\"", ask("/check/$code{$of}", name => $typed), $matches);
}
is_asked('GBK', $t->request('POST', "/check/$code", headers => ['Content-Type' =>
    'application/x-www-form-urlencoded; charset=gbk'],
    body => 'name=' . NgxCert::escape(encode('gbk', '张伟'))), 'true');

# Every way to say the code, and every kind of location.
is_asked('a query', ask("/check?code=$code", name => '张伟'), 'true');
is_asked('as typed', ask('/check/' . lc $code, name => '张伟'), 'true');
is_asked('regex', ask("/q1/$code", name => '张伟'), 'true');
is_asked('regex, a query', ask("/named?code=$code", name => '张强'), 'false');

# Whatever became of the copy, but not where there is none.
for my $state (sort keys %$samples) {
    my $sample = $samples->{$state};
    next if $state eq 'successor';
    my $result = $state eq 'original' ? 'valid' : $state;
    is_asked($state, ask("/check/$sample->{code}", name => $sample->{name}),
             'true', $result);
    is_asked("$state: not its name", ask("/check/$sample->{code}",
             name => '诸葛亮'), 'false', $result);
}
my $none = ask('/check/0000-0000-0000-0000', name => '张伟');
is($none->status, 404, 'no such copy');
is($none->body, $t->get('/check/0000-0000-0000-0000')->body,
   'the same bytes as without a name');

# Malformed: 400 with the field, never "does not match".
is_refused('no name', ask("/check/$code", x => 1), qr/^name is missing/, 'name');
is_refused('an empty name', ask("/check/$code", name => ''),
           qr/^name is missing/, 'name');
is_refused('a masked name', ask("/check/$code", name => $plain->{certificate}
           {name}), qr/in place of a character/, 'name');
is_refused('a lost character', ask("/check/$code", name => '张□'),
           qr/in place of a character/, 'name');
is_refused('a control character', ask("/check/$code", name => "张\x01伟"),
           qr/^name /, 'name');
is_refused('too long', ask("/check/$code", name => '张' x 100), qr/^name /,
           'name');
is_refused('a mistyped code', ask('/check/K7QX-2M9D-PA4T-8WZ4',
           name => '张伟'), qr/mistyped/);
is_refused('a name in the URL', ask("/check/$code?name=x", name => '张伟'),
           qr/never in a URL/);
is_refused('a digest', ask('/check?sha256=' . 'a' x 64, name => '张伟'),
           qr/more than one/);
is_refused('code and facts', ask("/check/$code", number => $twin->{number},
           name => '张伟', id_number => $twin->{id_number}), qr/more than one/);
is_refused('the code in the form', ask('/check', code => $code,
           name => '张伟'), qr/belong in the URL/);
is_refused('no code', ask('/check', name => '张伟'), qr/^number is missing/,
           'number');

# The variable.
for (['/head?code=' . $code, '张伟', 'yes'], ["/head?code=$code", '张强', 'no'],
     ["/head?code=$code", '张*', ''])
{
    my ($uri, $name, $value) = @$_;
    is(ask($uri, name => $name)->header('x-matches'), "[$value]",
       "the variable: \"$value\"");
}
is($t->get("/head?code=$code")->header('x-matches'), '[]', 'not asked');
my $log = $t->read($t->path('logs/name.log'));
like($log, qr/^POST \S+ \[yes\] 200$/m, 'the log has the answer');
unlike($log, qr/张|%E5%BC%A0/, 'and no name');

# A limit by code counts questions by name, however the code is spelt.
my @status = map { ask('/limited/' . ($_ % 2 ? $code : lc $code =~ tr/-//dr),
                       name => "张$_")->status } 1 .. 5;
is("@status", '200 200 200 429 429', 'one code takes so many names');
is(ask("/limited/$code{'买买提·吐尔逊'}", name => '张伟')->status, 200,
   'another code is not held up');
is($t->get("/limited/$code")->status, 200, 'nor is a check without a name');

# A correction of the name counts at once, for copies made before as well.
$t->import_rows({%$twin, name => '章伟'});
is_asked('the old name', ask("/check/$code", name => '张伟'), 'false');
is_asked('the new name', ask("/check/$code", name => '章伟'), 'true');

$t->done();

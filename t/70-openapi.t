# docs/openapi.yaml against the source and against the running service: both
# have the same routes, each answer is declared, and has exactly the declared
# properties.

use lib 't/lib';
use NgxCert;

plan skip_all => "no $_: scripts/test installs it"
    for grep { !eval "require $_; 1" } qw(JSON::Validator YAML::XS);

my $t = NgxCert->new();
my $top = $t->top;

{
    no warnings 'once';
    $YAML::XS::Boolean = 'JSON::PP';
}
my $api = YAML::XS::LoadFile("$top/docs/openapi.yaml");
like($api->{openapi}, qr/^3\.1\.\d+$/, 'OpenAPI 3.1');
my (undef, $program) = $t->run($t->certd_bin, '--version');
like($program, qr/ \Q$api->{info}{version}\E$/, 'of this version');


# --- The document in itself ---------------------------------------------------

# The target of a reference, and its place in the document.
sub resolve {
    my ($node, $place) = @_;
    while (ref $node eq 'HASH' && defined $node->{'$ref'}) {
        $place = $node->{'$ref'};
        my $target = $api;
        $target = ref $target eq 'HASH' ? $target->{$_} : undef
            for $place =~ m{([^/#]+)}g;
        return (undef, $place) if !defined $target;
        $node = $target;
    }
    return ($node, $place);
}

# Each node of the document once, with its place.
my (@objects, @references, %visited);
sub visit {
    my ($node, $place) = @_;
    return if !ref $node || $visited{$node}++;
    if (ref $node eq 'ARRAY') {
        visit($node->[$_], "$place/$_") for 0 .. $#$node;
    } elsif (ref $node eq 'HASH') {
        push @references, $node->{'$ref'} if defined $node->{'$ref'};
        push @objects, [$node, $place]
            if ($node->{type} // '') eq 'object' && $node->{properties};
        visit($node->{$_}, "$place/$_") for sort keys %$node;
    }
}
visit($api, '#');
is(join(' ', grep { !defined((resolve({'$ref' => $_}))[0]) } @references), '',
   'every reference leads somewhere');

for (@objects) {
    my ($object, $place) = @$_;
    is(join(' ', grep { !$object->{properties}{$_} }
            @{$object->{required} // []}), '',
       "$place: required properties are declared");
    ok(defined $object->{additionalProperties}, "$place: no other properties")
        if $place =~ m{^#/components/schemas/};
}

my %operation;      # "GET /path" => the operation
for my $path (sort keys %{$api->{paths}}) {
    my $item = $api->{paths}{$path};
    for my $method (grep { !/^x-/ } sort keys %$item) {
        my $operation = $item->{$method};
        my $name = uc($method) . " $path";
        $operation{$name} = $operation;

        my @named = $path =~ /\{(\w+)\}/g;
        my @declared = map { $_->{name} } grep { $_->{in} eq 'path' }
            @{$operation->{parameters} // []};
        is("@declared", "@named", "$name: the parameters of the path");
        ok(length $operation->{summary}, "$name: a summary");
    }
}
my @ids = map { $_->{operationId} } values %operation;
is(scalar(keys %{{map { $_ => 1 } @ids}}), scalar @ids,
   'each operation has an id of its own');


# --- The source ---------------------------------------------------------------

sub source {
    my ($pattern) = @_;
    return join '', map { $t->read($_) } glob "$top/ngx_cert_module/$pattern";
}

# Routes of certd, with what a request needs.
my %need = map {; "$_->[0] $_->[1]" => $_->[2] }
    map { [/"(\w+)", "([^"]+)", CERTD_(\w+)/] }
    source('certd/*/certd_routes.c') =~ /^ {4}\{ ("\w+", "\/holder\/.*?) \}/msg;
my %holder = map {; s/\{\w+\}/*/gr => $operation{$_} }
    grep { m{ /holder/} } keys %operation;
is(join("\n", sort keys %holder), join("\n", sort keys %need),
   'the routes of certd');
for my $name (sort keys %need) {
    my $operation = $holder{$name} // next;
    is($operation->{security} ? 'open' : 'session',
       $need{$name} =~ /^(?:OPEN|LOCAL)$/ ? 'open' : 'session',
       "$name: open, or with a session");
    my $forbidden = ($operation->{responses}{403} // {})->{description} // '';
    is($forbidden =~ /`consent_required`/ ? 1 : 0,
       $need{$name} eq 'AGREED' ? 1 : 0, "$name: after consent");
    is($forbidden =~ /`cross_site`/ ? 1 : 0, $name =~ /^POST/ ? 1 : 0,
       "$name: from this site");
}

# Routes of the module: the methods of each directive; HEAD goes with GET.
my $glue = source('nginx/*/*.c');
my (%methods, %said);
for my $route ($glue =~ /ngx_http_cert_(\w+)_methods = ngx_string\("/g) {
    my ($methods) = $glue =~ /${route}_methods = ngx_string\("([^"]+)"/;
    $methods{"cert_$route"} = join ' ', sort grep { $_ ne 'HEAD' }
        split /, /, $methods;
}
for my $name (grep { !m{ /holder/} } keys %operation) {
    my ($method, $path) = split / /, $name;
    $said{$api->{paths}{$path}{'x-directive'} // $name}{$method} = 1;
}
is_deeply({map { $_ => join ' ', sort keys %{$said{$_}} } keys %said},
          \%methods, 'the routes of the module');

# Results and properties: http.md and holder-api.md have each of them.
my ($results) = source('core/check/*.c') =~ /result_names\[\w*\] = \{(.*?)\}/s;
my @results = (($results // '') =~ /"(\w+)"/g, 'forbidden');
is(join(' ', @{$api->{components}{schemas}{Results}{required}}), "@results",
   'the results');
my $documents = $t->read("$top/docs/http.md") . $t->read("$top/docs/holder-api.md");
like($documents, qr/^\|[^|]*`$_`[^|]*\|[^|]*\| \d{3}/m, "$_: a row of http.md")
    for grep { $_ ne 'forbidden' } @results;
is(join(' ', grep { $documents !~ /[`"]$_[`"]/ } map { sort keys
    %{$_->[0]{properties}} } @objects), '', 'http.md and holder-api.md have each property');

# Problems.
my %problems = (source('certd/*/certd_problem.c')
                . $t->read("$top/conf-examples/public.conf")
                    =~ s{"type":"/problems/(\w+)".*?"status":(\d+)}
                        {\{ "$1", $2, }gr) =~ /\{ "(\w+)", (\d{3}), /g;
my $problem = $api->{components}{schemas}{Problem};
is(join(' ', sort map { s{.*/}{}r } @{$problem->{properties}{type}{enum}}),
   join(' ', sort keys %problems), 'the problems');
for my $name (sort keys %holder) {
    my $responses = $holder{$name}{responses};
    for my $status (grep { $_ >= 400 } sort keys %$responses) {
        my @types = grep { !/-/ } $responses->{$status}{description}
            =~ /`(\w+)`/g;
        ok(@types > 0, "$name: $status names its problems");
        is(join(' ', grep { ($problems{$_} // '') ne $status } @types), '',
           "$name: $status: each has this status");
    }
}


# --- Answers ------------------------------------------------------------------

my (%seen, %validator, %example);

sub validator {
    my ($schema) = @_;
    return $validator{$schema} //= JSON::Validator->new->schema({
        '$schema' => 'http://json-schema.org/draft-07/schema#',
        components => $api->{components},
        allOf => [$schema]});
}

# Notes which declared properties an answer has.
sub note_properties {
    my ($schema, $value, $place) = @_;

    ($schema, $place) = resolve($schema, $place);
    if ($schema->{oneOf}) {
        for my $i (0 .. $#{$schema->{oneOf}}) {
            my $one = $schema->{oneOf}[$i];
            note_properties($one, $value, "$place/oneOf/$i")
                if !validator($one)->validate($value);
        }
    } elsif (ref $value eq 'HASH' && $schema->{properties}) {
        for my $name (grep { $schema->{properties}{$_} } keys %$value) {
            $seen{"$place/properties/$name"} = 1;
            note_properties($schema->{properties}{$name}, $value->{$name},
                            "$place/properties/$name");
        }
    } elsif (ref $value eq 'ARRAY' && $schema->{items}) {
        note_properties($schema->{items}, $_, "$place/items") for @$value;
    }
}

# Asserts that the status, type, headers and body of an answer are declared.
sub answer {
    my ($name, $r, $why) = @_;

    my $status = $r->status;
    $why = join ', ', "$name: $status", $why // ();
    my ($response, $place) =
        resolve($operation{$name}{responses}{$status}, "$name $status");
    ok($response, "$why: declared") or return diag($r->body);
    $seen{"$name $status"} = 1;

    for my $header (sort keys %{$response->{headers} // {}}) {
        my $value = $r->header(lc $header);
        ok(defined $value, "$why: $header") or next;
        my @errors = validator($response->{headers}{$header}{schema})
            ->validate($value);
        is("@errors", '', "$why: value of $header");
    }

    my $content = $response->{content};
    my $type = ($r->header('content-type') // '') =~ s/;.*//r;
    if (!$content) {
        is($r->body, '', "$why: no body");
        return;
    }
    ok($content->{$type}, "$why: of the type $type") or return;
    my $schema = $content->{$type}{schema} // return;

    my $body = $r->json;
    my @errors = validator($schema)->validate($body);
    is("@errors", '', "$why: as declared") or diag($r->body);
    note_properties($schema, $body, $place);
    push @{$example{$schema->{'$ref'}}}, $r->body;

    if ($type eq 'application/problem+json') {
        is($body->{status}, $status, "$why: the status in the problem");
        my $problem = $body->{type} =~ s{.*/}{}r;
        like($response->{description}, qr/`$problem`/,
             "$why: $problem is named");
    }
}


# The home of the samples has one copy that fails: no font has its name.
my $sample = $t->samples();
my ($row, $ended, $foreign, $strange, $many) = $t->import_rows(
    map { $t->certificate(%$_) } {}, {}, {}, {name => "张\x{20000}"}, {});
my $original = $t->certificate($t->same_person($row), qualification => '税务师',
    specialty => '', level => '', approved => '2015-06-01',
    issuer => '中国注册税务师协会');
my @more = map { $t->certificate($t->same_person($_)) } $row, $ended;
$t->import_rows($original, @more);
$t->certctl_ok('policy', 'set', 'notice_text=服务须知');
$t->certctl_ok('suspend', $more[0]{number});
my $copy = $t->annotate($strange->{number}, '--no-render');
my $failed = $t->token($copy->{code}, 'download');
my $short = $t->token($sample->{valid}{code}, 'download', '--ttl', 1);
$t->secret($failed, $short);
$t->certctl('annotate', '--pending', '--jobs', 1);

$t->conf($t->holder_conf(
    server => "        location /metrics { cert_status prometheus; }\n"));
$t->start();

answer('GET /status', $t->get('/status'), 'before certd');
answer('GET /metrics', $t->get('/metrics'));


# Checks.
for my $state (qw(valid expired withdrawn revoked suspended replaced
                  original)) {
    answer('GET /check/{code}', $t->get("/check/$sample->{$state}{code}"),
           $state);
}
my ($generating) = $t->import_rows($t->certificate());
my $waiting = $t->annotate($generating->{number}, '--no-render');
my $not_yet = $t->token($waiting->{code}, 'download');
$t->secret($not_yet);
answer('GET /check/{code}', $t->get("/check/$waiting->{code}"), 'generating');
answer('GET /check/{code}', $t->get('/check/nonsense'));
answer('GET /check/{code}', $t->get("/check/$copy->{code}"), 'failed');
answer('GET /check', $t->get("/check?code=$sample->{valid}{code}"));
answer('GET /check', $t->get("/check?sha256=$sample->{valid}{sha256}"));
answer('GET /check', $t->get('/check?sha256=' . '0' x 64));
answer('GET /check', $t->get('/check?sha256=0'));

for my $state (qw(valid replaced)) {
    answer('POST /check', $t->post('/check', map { $_ => $sample->{$state}{$_} }
        qw(number name id_number)), $state);
}
answer('POST /check/{code}', $t->post("/check/$sample->{$_}{code}",
           name => $sample->{$_}{name})) for qw(valid expired generating);
answer('POST /check/{code}', $t->post("/check/$sample->{valid}{code}",
           name => 'x'));
answer('POST /check/{code}', $t->post("/check/$sample->{valid}{code}"));
answer('POST /check/{code}', $t->post('/check/0000-0000-0000-0000',
           name => 'x'));
answer('POST /check/{code}', $t->post("/check/$sample->{valid}{code}",
           name => 'x' x 17000));
answer('POST /check/{code}', $t->request('POST',
           "/check/$sample->{valid}{code}", body => '{}',
           headers => ['Content-Type' => 'application/json']));
answer('POST /check', $t->post('/check', number => 1, name => 1,
                               id_number => $_)) for 1, 'E12345678';
answer('POST /check', $t->post('/check', number => 1));
answer('POST /check', $t->post('/check', number => 'x' x 17000));
answer('POST /check', $t->request('POST', '/check', body => '{}',
    headers => ['Content-Type' => 'application/json']));


# Downloads.
for my $right (qw(view download)) {
    my $name = "GET /$right/{token}";
    my $uri = "/$right/$sample->{valid}{$right}";
    my $r = $t->get($uri);
    answer($name, $r);
    answer($name, $t->get($uri, Range => 'bytes=0-9'));
    answer($name, $t->get($uri, Range => 'bytes=99999999-'));
    answer($name, $t->get($uri, 'If-None-Match' => $r->header('etag')));
    answer($name, $t->get("/$right/$sample->{$_}{$right}"), $_)
        for qw(expired withdrawn revoked suspended replaced);
    answer($name, $t->get("/$right/" . 'A' x 48));
    my ($failed, $not_yet) = $right eq 'download' ? ($failed, $not_yet)
        : map { $t->token($_->{code}, 'view') } $copy, $waiting;
    $t->secret($failed, $not_yet);
    answer($name, $t->get("/$right/$failed"), 'failed');
    answer($name, $t->get("/$right/$not_yet"), 'generating');
}
$t->await(sub { $t->get("/download/$short")->status == 410 });
answer('GET /download/{token}', $t->get("/download/$short"), 'an old link');


# The holder service: the answers of each operation to wrong requests.
$t->certd();
my %other = (form => [], headers => ['Content-Type' => 'text/plain']);
my $holder = $t->holder($row, no_consent => 1);
my %argument = (number => $row->{number}, code => $sample->{valid}{code});

sub uri { return $_[0] =~ s/^\w+ //r =~ s/\{(\w+)\}/$argument{$1}/gr }

sub wrong {
    my ($name) = @_;
    my ($method) = $name =~ /^(\w+)/;
    my @body = $method eq 'POST' ? (form => []) : ();
    my $responses = $operation{$name}{responses};
    my $who = $operation{$name}{security} ? $t : $holder;

    answer($name, $t->request($method, uri($name), @body), 'no session')
        if $responses->{401} && !$operation{$name}{security};
    return if $method eq 'GET';
    answer($name, $who->request($method, uri($name), @body,
        headers => ['Sec-Fetch-Site' => 'cross-site']), 'another site');
    answer($name, $who->request($method, uri($name),
        form => [x => 'x' x 17000]), 'too large');
}

my @holder = sort grep { m{ /holder/} } keys %operation;
wrong($_) for @holder;
for my $name (grep { ($need{s/\{\w+\}/*/gr} // '') eq 'AGREED' } @holder) {
    my ($method) = $name =~ /^(\w+)/;
    answer($name, $holder->request($method, uri($name),
        $method eq 'POST' ? (form => []) : ()), 'no consent');
}

# Register and log in.
my @person = map { $_ => $ended->{$_} } qw(id_type id_number name);
my @account = (username => 'Li.Si', password => 'correct horse');
$t->secret('correct horse');
my $register = 'POST /holder/register';
answer($register, $t->post('/holder/register', @person, @account));
answer($register, $t->post('/holder/register', @person, @account), 'again');
answer($register, $t->post('/holder/register', @account,
    map { $_ => $foreign->{$_} } qw(id_type id_number name)), 'taken');
answer($register, $t->post('/holder/register', @person), 'a field');
my $login = 'POST /holder/login';
answer($login, $t->post('/holder/login', @account));
answer($login, $t->post('/holder/login', username => 'nobody'), 'a field');
too_often($login, sub { $t->post('/holder/login', username => 'nobody',
                                 password => 'correct horse') });
@account[1, 3] = ('wang.wu', 'staple battery');
$t->secret('staple battery');
too_often($register, sub { $t->post('/holder/register', @account,
    name => '王五', map { $_ => $foreign->{$_} } qw(id_type id_number)) });

# Sends failing requests until one has to wait.  On a busy machine a hash may
# take longer than the first waits, which double each time.
sub too_often {
    my ($route, $ask) = @_;
    for (1 .. 12) {
        my $r = $ask->();
        answer($route, $r);
        last if $r->status == 429 && $r->json->{type} =~ /too_often/;
    }
}

# Notice and consent.
answer('GET /holder/notice', $holder->get('/holder/notice'));
my $consent = 'POST /holder/consent';
my $version = $holder->get('/holder/notice')->json->{version};
answer($consent, $holder->post('/holder/consent'));
answer($consent, $holder->post('/holder/consent', version => 99));
answer($consent, $holder->post('/holder/consent', version => $version));
answer('GET /holder/notice', $holder->get('/holder/notice'), 'agreed');

# Forms that cannot be read, and other bodies, now that every form is allowed.
for my $name (grep { /^POST/ && $operation{$_}{responses}{415} } @holder) {
    my $who = $operation{$name}{security} ? $t : $holder;
    my @type = ('Content-Type' => 'application/x-www-form-urlencoded');
    answer($name, $who->request('POST', uri($name), body => 'x',
        headers => ['Content-Type' => 'text/plain']), 'not a form');
    answer($name, $who->request('POST', uri($name), body => '%zz=1',
        headers => \@type), 'a bad form');
}

# Certificates and applications.
my $certificate = 'GET /holder/certificates/{number}';
my $apply = 'POST /holder/certificates/{number}/annotations';
my $annotation = 'GET /holder/annotations/{code}';
answer('GET /holder/certificates', $holder->get('/holder/certificates'));
answer($certificate, $holder->get("/holder/certificates/$row->{number}"));
answer($certificate, $holder->get("/holder/certificates/$original->{number}"),
       'an original');
answer($certificate, $holder->get('/holder/certificates/1'));

sub apply {
    my ($number, $why, %opt) = @_;
    my $r = $holder->apply($number, %opt);
    answer($apply, $r, $why);
    return $r->status == 201 ? $r->json->{annotation}{code} : undef;
}
my $code = apply($row->{number}, 'the first', key => 'one');
apply($row->{number}, 'another with its key', key => 'one', days => 1);
apply($row->{number}, 'a bad key', key => 'x' x 200);
apply($row->{number}, 'no scene', scene => 'none');
apply($row->{number}, 'too long', days => 1000);
apply('1', 'not there');
apply($more[0]{number}, 'suspended');
apply($row->{number}, "number $_") for 2 .. 4;

answer($annotation, $holder->get("/holder/annotations/$code"), 'waits');
answer($annotation, $holder->ready($code), 'ready');
answer($annotation, $holder->get("/holder/annotations/$argument{code}"),
       "another's");
answer($certificate, $holder->get("/holder/certificates/$row->{number}"),
       'with copies');
answer('GET /holder/certificates', $holder->get('/holder/certificates'),
       'with copies');

my $link = 'POST /holder/annotations/{code}/link';
my $withdraw = 'POST /holder/annotations/{code}/withdraw';
my $uri = "/holder/annotations/$code";
answer($link, $holder->post("$uri/link", right => 'download'));
answer($link, $holder->post("$uri/link", ttl => 1));
answer($link, $holder->post(uri($link)), "another's");
answer($withdraw, $holder->post("$uri/withdraw"));
answer($withdraw, $holder->post("$uri/withdraw"), 'again');
answer($withdraw, $holder->post(uri($withdraw)), "another's");
answer($withdraw, $t->holder($strange)->post(
    "/holder/annotations/$copy->{code}/withdraw"), 'failed');
answer($link, $holder->post("$uri/link"), 'withdrawn');
answer('GET /holder/export', $holder->get('/holder/export'));

# A list that is empty because its document was corrected.
$t->certctl_ok('policy', 'set', 'quota_reading=live');
answer($certificate, $holder->get("/holder/certificates/$row->{number}"),
       'the other reading');
my $moved = $t->login('li.si', 'correct horse');
$moved->post('/holder/consent', version => $version);
my $person = $t->certificate();
$t->import_rows(map { {%$_, map { $_ => $person->{$_} }
    qw(id_type id_number name birth_date sex)} } $ended, $more[1]);
answer('GET /holder/certificates', $moved->get('/holder/certificates'),
       'empty');

$t->await(sub {
    my $status = $t->get('/status')->json;
    return $status->{certd}{up} && $status->{certd}{uptime_sec} > 0;
});
answer('GET /status', $t->get('/status'), 'with certd');
my $logout = 'POST /holder/logout';
answer($logout, $moved->post('/holder/logout'));

# With identities from outside.
$t->certd_stop();
answer($_, $t->request(/^(\w+)/, uri($_), /^POST/ ? (form => []) : ()),
       'no certd') for @holder;
$t->expect_log(qr/connect\(\) to unix:|no live upstreams/);
$t->certd(args => ['--identity-header', 'X-Identity']);
$t->await(sub { $t->get('/holder/notice')->status == 401 });
answer($_, $t->post(uri($_))) for $register, $login;

# Without fresh figures, which certd writes once a second, and without a store.
$t->await(sub { $t->get('/status')->json->{certd}{up} });
$t->certd_stop('KILL');
$t->await(sub { !$t->get('/status')->json->{certd}{up} });
answer('GET /status', $t->get('/status'), 'old figures');
$t->write($t->home . '/store/certd.figures', 'x' x 100);
answer('GET /status', $t->get('/status'), 'figures that do not verify');
rename $t->home . '/store', $t->home . '/gone';
$t->expect_log(qr/certificate store ".*" (?:cannot be used|is closed)/);
$t->await(sub { $t->get("/check/$code")->status == 503 });
answer('GET /check/{code}', $t->get("/check/$code"));
answer('GET /check', $t->get("/check?code=$code"));
answer('POST /check/{code}', $t->post("/check/$code", name => 'x'));
answer('POST /check', $t->post('/check', map { $_ => $row->{$_} }
    qw(number name id_number)));
answer("GET /$_/{token}", $t->get("/$_/$sample->{valid}{$_}"))
    for qw(view download);
answer('GET /status', $t->get('/status'), 'without a store');
rename $t->home . '/gone', $t->home . '/store';


# --- Everything declared was seen ---------------------------------------------

for my $name (sort keys %operation) {
    is(join(' ', grep { !$seen{"$name $_"} }
            sort keys %{$operation{$name}{responses}}), '',
       "$name: every status was answered");
}

my @unseen = grep { m{^#/components/schemas/} && !$seen{$_} } map {
    my ($object, $place) = @$_;
    map { "$place/properties/$_" } sort keys %{$object->{properties}};
} @objects;
is(join("\n", @unseen), '', 'every declared property was in an answer');


# --- Wrong answers are found --------------------------------------------------

# Ways to spoil a value: for each a description, a function that does it, and
# the place.  The names of a map are not declared.
sub spoilers {
    my ($value, $is_map) = @_;
    my @ways;
    if (ref $value eq 'HASH') {
        for my $key (sort keys %$value) {
            push @ways, ["$key is missing", sub { delete $value->{$key} },
                         $value] if !$is_map;
            push @ways, ["$key is of another type",
                         sub { $value->{$key} = [[]] }, $value];
            push @ways, spoilers($value->{$key}, $key eq 'refusals');
        }
        push @ways, ['one more', sub { $value->{surprise} = 1 }, $value]
            if !$is_map;
    } elsif (ref $value eq 'ARRAY') {
        push @ways, spoilers($_) for @$value;
    }
    return @ways;
}

# The properties that an answer may lack.
my %optional = (
    CheckBad => qr/^field is missing$/,
    Checked => qr/^(?:annotation|replaced_by) is missing$/,
    DownloadRefused => qr/^detail is missing$/,
    Problem => qr/^(?:field|retry_after|version|limit|days|reading|used|left
        |next_slot)\ is\ missing$/x,
    Status => qr/^(?:age_sec|error) is missing$/,
);
for my $name (sort keys %example) {
    my $validator = validator({'$ref' => $name});
    my ($noticed, @unnoticed) = 0;
    for my $text (@{$example{$name}}) {
        my $body = JSON::PP->new->utf8->decode($text);
        for (spoilers($body)) {
            my ($what, $spoil, $in) = @$_;
            my %before = %$in;
            $spoil->();
            if ($validator->validate($body)) {
                $noticed++;
            } else {
                push @unnoticed, $what;
            }
            %$in = %before;
        }
        last if $noticed > 200;
    }
    cmp_ok($noticed, '>', 1, "$name: $noticed spoilt answers are refused");
    my $optional = $optional{$name =~ s{.*/}{}r} // qr/^none$/;
    is(join(', ', grep { !/$optional/ } @unnoticed), '', "$name: all others");
}

$t->done();

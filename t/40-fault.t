# The Nth allocation of a worker fails, for all N, in each kind of request.
# The worker lives on and answers correctly or not at all (500, 503, or a body
# that is visibly cut short), and the next request is answered correctly.

use lib 't/lib';
use NgxCert;

use constant MEMORY => 1;

my $t = NgxCert->new();
my $samples = $t->samples();
my $valid = $samples->{valid};

# Small pools, so that nearly each piece of memory is an allocation of its own.
$t->conf(http => 'connection_pool_size 256; request_pool_size 256;',
         server => <<'END');
        location /check     { cert_check; cert_check_page /page/check.html; }
        location /view/     { cert_download inline; }
        location /download/ { cert_download; }
        location /status    { cert_status; }
        location /metrics   { cert_status prometheus; }
        %%PAGE%%
END
$t->start(env => $t->fault_env());
my ($worker) = $t->workers;

# A well-formed, unknown code: another symbol, with a matching check symbol.
my $begin = $valid->{code} =~ s/(.)-(...).$//r . ($1 eq 'Z' ? 'Y' : 'Z') . "-$2";
my ($unknown) = grep { $t->get("/check/$_")->status == 404 }
    map { "$begin$_" } 0 .. 9, 'A' .. 'Z';

my @form = map { $_ => $valid->{$_} } qw(number name id_number);
my @other = (@form[0 .. 2], '李四', @form[4, 5]);
my @html = (Accept => 'text/html');

my @requests = (
    ['by code', 200, 'GET', "/check/$valid->{code}"],
    ['by code in the query', 200, 'GET', "/check?code=$valid->{code}"],
    ['by file', 200, 'GET', "/check?sha256=$valid->{sha256}"],
    ['by certificate', 200, 'POST', '/check', form => \@form],
    ['in two pieces', 200, 'POST', '/check', form => \@form, pieces => 150],
    ['replaced', 200, 'GET', "/check/$samples->{replaced}{code}"],
    ['a bad code', 400, 'GET', '/check/' . $valid->{code} =~ s/.$/!/r],
    ['unknown code', 404, 'GET', "/check/$unknown"],
    ['unknown file', 404, 'GET', '/check?sha256=' . '0' x 64],
    ['another name', 404, 'POST', '/check', form => \@other],
    ['a name', 200, 'POST', "/check/$valid->{code}",
     form => [name => $valid->{name}]],
    ['a name that differs', 200, 'POST', "/check/$valid->{code}",
     form => [name => '李四']],
    ['the page', 200, 'GET', "/check/$valid->{code}", headers => \@html],
    ['the page, revoked', 200, 'GET', "/check/$samples->{revoked}{code}",
     headers => \@html],
    ['the page, unknown', 404, 'GET', "/check/$unknown", headers => \@html],
    ['the page, by certificate', 200, 'POST', '/check', form => \@form,
     headers => \@html],
    ['the page, a name that differs', 200, 'POST', "/check/$valid->{code}",
     form => [name => '李四'], headers => \@html],
    ['view', 200, 'GET', "/view/$valid->{view}"],
    ['download', 200, 'GET', "/download/$valid->{download}"],
    ['a range', 206, 'GET', "/download/$valid->{download}",
     headers => [Range => 'bytes=1000-1999']],
    ['two ranges', 206, 'GET', "/download/$valid->{download}",
     headers => [Range => 'bytes=0-9,1000-1999']],
    ['the wrong right', 403, 'GET', "/view/$valid->{download}"],
    ['withdrawn', 410, 'GET', "/download/$samples->{withdrawn}{download}"],
    ['generating', 202, 'GET', "/download/$samples->{generating}{download}"],
    ['status', 200, 'GET', '/status'],
    ['metrics', 200, 'GET', '/metrics'],
);
fail_each(@$_) for @requests;


# Sends a request with the first allocation failing, the second, ... until
# none is left to fail.
sub fail_each {
    my ($name, $status, @request) = @_;

    my $right = answer($t->request(@request));
    like($right, qr/^$status /, "$name: $status without a fault");

    my ($failed, $hit, @bad) = (0);
    for (my $n = 1; $n < 5000 && @bad < 5; $n++) {
        my $r = failed_at($n, @request);
        $hit = $t->faults;
        $t->fault(0, 0);
        $failed += $hit;

        my $answer = answer($r);
        push @bad, "$n: $answer" if $answer ne $right
            && !($hit && failed_fairly($answer, $right));
        $answer = answer($t->request(@request));
        push @bad, "$n: next: $answer" if $answer ne $right;
        last if !$hit;
    }

    is(join("\n", map { substr $_, 0, 300 } @bad), '',
       "$name: right, or none ($failed allocations)");
    ok(!$hit, "$name: until none is left");
    cmp_ok($failed, '>', 5, "$name: more than five");
    is(join(' ', $t->workers), $worker, "$name: the same worker");
}


# The answer when the Nth allocation fails.  Without memory for a part of a page
# nginx never finishes the page that waits for it.  An answer that is missing
# before any allocation has failed is only late.
sub failed_at {
    my ($n, @request) = @_;

    my $r;
    for (1 .. $NgxCert::PATIENCE / 2) {
        $t->fault($n, MEMORY);
        local $NgxCert::PATIENCE = 2;
        $r = $t->request(@request);
        last if $r || $t->faults;
    }
    return $r;
}


# True for an answer that shows the failure: an error, no answer, one cut short;
# the status without the store; a page without a result, or with nginx's error
# in place of a value or of words.
sub failed_fairly {
    my ($answer, $right) = @_;

    return 1 if $answer =~ /^(?:50[03] |none|cut)/;
    my $down = $right =~ s/"store":\{[^}]*\}/"store":{"up":false}/r;
    $down =~ s/^(ngx_cert_store_up) 1$/$1 0/m;
    $down =~ s/^(?:# \w+ )?ngx_cert_(?:store_(?!up)|journal|queue).*\n//mg;
    return 1 if $answer eq $down;

    # SSI did not process the page at all: then it may show no result.
    if ($answer =~ s{<!--#else-->\s*(.*?)<template>.*</template>}{$1}s) {
        my @shown = $answer =~ /data-result="(\w+)"/g;
        return "@shown" eq 'unavailable';
    }

    # The head is a file of its own, with its own title: the right one, that of
    # an error of nginx, one without words, or one that SSI did not process.
    my ($title) = $answer =~ m{<title>(.*?)</title>};
    return 0 if defined $title && $right !~ m{<title>\Q$title\E</title>}
        && $title !~ /^\d{3} |error occurred|\(none\)|^<!--#if /;
    for ($answer, $right) {
        s{^.*?(?=<main)}{}s;
        s{</main>.*}{}s;
    }

    # Without its words the page shows no result, or an error in their place.
    my $missed = qr/\Q[an error occurred while processing the directive]\E
                    |\(none\)/x;
    return 1 if $answer =~ $missed && $answer !~ /data-result=/;

    my $pattern = join '[^<]*', map { quotemeta } split $missed, $answer, -1;
    return $right =~ /^$pattern\z/;
}


# Status, type and body, without the parts that differ between two answers.
sub answer {
    my ($r) = @_;

    return 'none' if !$r;
    return 'cut short' if !$r->complete;
    my $type = $r->header('content-type') // '';
    my $body = $r->body;
    my $boundary = $type =~ /boundary=(\w+)/ ? $1 : '-';
    $body =~ s/"checked":"[^"]*"|class="checked".*?<\/dd>//s;
    $body =~ s/(?<!store_up )\d+/0/g if $body =~ /^(?:\{"store"|# HELP)/;
    s/\Q$boundary\E/-/g for $type, $body;
    return $r->status . " $type $body";
}

# What nginx and the module log about failed allocations.
$t->expect_log(qr/\(12: Cannot allocate memory\)/,
               qr/\[crit\].*certificate store cannot answer: /,
               qr/\[crit\].*is closed and will be opened again: /);

# Before the header is read nginx quotes the request as it came: see
# docs/directives.md.
$t->expect_leak(qr/\(12: .*while reading client request (?:line|headers),/);
$t->done();

# HTTP/2 gives the same answers as HTTP/1.1: status, headers and body.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
my $samples = $t->samples();

$t->conf(http => 'cert_check_page /page/check.html; client_max_body_size 64k;',
    server => <<'END');
        location /check      { cert_check; }
        location /tiny       { cert_check; client_body_buffer_size 1k;
                               client_body_in_file_only clean; }
        location /view/      { cert_download inline; }
        location /download/  { cert_download; }
        location /status     { cert_status; }
        %%PAGE%%
    }

    server {
        listen 127.0.0.1:%%PORT1%% http2;
        server_name localhost;
        location /check      { cert_check; }
        location /tiny       { cert_check; client_body_buffer_size 1k;
                               client_body_in_file_only clean; }
        location /view/      { cert_download inline; }
        location /download/  { cert_download; }
        location /status     { cert_status; }
        %%PAGE%%
END
$t->start();

my %option = (1 => '--http1.1', 2 => '--http2-prior-knowledge');
my @compared = qw(content-type content-length cache-control etag last-modified
    content-disposition content-range accept-ranges retry-after allow
    referrer-policy x-content-type-options);

# Requests for curl, and what is to be done with their answers.
my (@asked, @then);

# Has curl request a URI; what is returned becomes {status, headers, body} when
# fetch() is called.  Each has a name of the host of its own, or curl 7.88 would
# fail when it uses a connection of HTTP/2 again.
sub ask {
    my ($version, $uri, @args) = @_;
    my $port = $t->port($version - 1);
    push @asked, {version => $version, args => ['-i', '--noproxy', '*',
        '--path-as-is', $option{$version}, '--resolve', "*:$port:127.0.0.1",
        @args, 'http://host' . @asked . ":$port$uri"]};
    return $asked[-1];
}

# Makes all requests, those of each version with one process.
sub fetch {
    for my $version (1, 2) {
        my @line;
        for my $r (grep { $_->{version} == $version } @asked) {
            $r->{file} = $t->path('tmp/answer.' . @line . ".$version");
            push @line, @line ? '--next' : (), '-s', '-o', $r->{file},
                @{$r->{args}};
        }
        my ($status, $out, $err) = $t->run('curl', @line);
        is($status, 0, "all requests of HTTP/$version are made") or diag($err);
    }

    for my $r (@asked) {
        my $answer = -e $r->{file} ? $t->read($r->{file}) : '';
        1 while $answer =~ s{^HTTP/\S+ 100.*?\r\n\r\n}{}s;
        my ($head, $body) = split /\r\n\r\n/, $answer, 2;
        ($r->{protocol}, $r->{status}) = ($head // '') =~ m{^HTTP/(\S+) (\d+)};
        $r->{headers} = {map { /^([^:]+): (.*)$/ ? (lc $1 => $2) : () }
                         split /\r\n/, $head // ''};
        $r->{body} = $body // '';
    }
    $_->() for @then;
}

# Asserts, when all is fetched, that both versions give the same answer; returns
# that of HTTP/2.
sub same {
    my ($name, $uri, @args) = @_;

    my %r = map { $_ => ask($_, $uri, @args) } 1, 2;
    push @then, sub { compare($name, %r) };
    return $r{2};
}

sub compare {
    my ($name, %r) = @_;

    # The time of the check may differ, and so do a multipart boundary and the
    # port in the address of a page.
    for my $r (values %r) {
        $r->{body} =~ s/"checked":"[^"]*"|class="checked".*?<\/dd>//s;
        $r->{body} =~ s{http://[\w.]+:\d+}{};
        my ($boundary) = ($r->{headers}{'content-type'} // '')
            =~ /boundary=(\S+)/;
        if ($boundary) {
            $r->{body} =~ s/$boundary/BOUNDARY/g;
            $r->{headers}{'content-type'} =~ s/$boundary/BOUNDARY/;
        }
    }

    subtest "$name: " . ($r{1}{status} // 'none') => sub {
        like($r{1}{status}, qr/^\d{3}$/, 'answered');
        is($r{2}{protocol}, 2, 'by HTTP/2');
        is($r{2}{status}, $r{1}{status}, 'status');
        is($r{2}{headers}{$_}, $r{1}{headers}{$_}, $_) for @compared;
        ok($r{2}{body} eq $r{1}{body}, 'body');
    };
}


my $valid = $samples->{valid};
my @html = ('-H', 'Accept: text/html');

for my $state (sort grep { $_ ne 'successor' } keys %$samples) {
    my $sample = $samples->{$state};
    same("$state: by code", "/check/$sample->{code}");
    same("$state: by query", "/check?code=$sample->{code}");
    same("$state: HEAD", "/check/$sample->{code}", '-I');
    same("$state: page", "/check/$sample->{code}", @html);
    same("$state: by file", "/check?sha256=$sample->{sha256}")
        if $state ne 'generating';

    for my $right (qw(view download)) {
        my $uri = "/$right/$sample->{$right}";
        same("$state: $right", $uri);
        same("$state: $right, HEAD", $uri, '-I');
        same("$state: $right, range", $uri, '-r', '10-19');
        same("$state: $right, suffix", $uri, '-r', '-10');
        same("$state: $right, ranges", $uri, '-r', '0-9,20-29');
        same("$state: $right, no such range", $uri, '-r', '99999999-');
        same("$state: $right, condition", $uri, '-H', 'If-None-Match: *');
        same("$state: $right, other condition", $uri, '-H', 'If-Match: "x"');
        same("$state: $right, page", $uri, @html);
    }
}

my $pdf = ask(2, "/download/$valid->{download}");
push @then, sub {
    ok($pdf->{body} eq $t->read($t->home . "/$valid->{file}"), 'the file');
};

for my $uri ('/check', '/check/x', '/check?number=1', '/check?code=%00',
             "/check/$valid->{code}?code=$valid->{code}", '/check?sha256=1',
             '/check?sha256=' . '0' x 64, '/download/x', '/view/',
             "/view/$valid->{download}", '/download/' . 'A' x 48)
{
    same("refused: $uri", $uri);
    same("refused: $uri, page", $uri, @html);
}
same("method $_", "/check/$valid->{code}", '-X', $_)
    for qw(PUT DELETE OPTIONS);
same("method $_ of a download", "/download/$valid->{download}", '-X', $_)
    for qw(POST PUT);


# Forms.
my $form = NgxCert::form(map { $_ => $valid->{$_} } qw(number name id_number));
my $file = $t->write('tmp/form', $form);
my $large = $t->write('tmp/large', "$form&x=" . 'y' x 15000);
my $huge = $t->write('tmp/huge', "$form&x=" . 'y' x 17000);
my @unknown = ('-H', 'Transfer-Encoding: chunked');

for my $uri (qw(/check /tiny)) {
    for my $body ($file, $large) {
        my $name = "$uri " . -s $body;
        for my $r (same("form: $name", $uri, '--data-binary', "\@$body"),
                   same("form: $name of unknown length", $uri, @unknown,
                        '--data-binary', "\@$body"))
        {
            push @then, sub {
                like($r->{body}, qr/^\{"result":"valid"/,
                     "form: $name matches");
            };
        }
        same("form: $name, page", $uri, @html, '--data-binary', "\@$body");
    }
    same("form: $uri, empty", $uri, '-d', '');
    same("form: $uri, no match", $uri, '-d', 'number=1&name=2&id_number=3');
    same("form: $uri, twice", $uri, '-d', "$form&$form");
    same("form: $uri, of another type", $uri, '-H', 'Content-Type: text/plain',
         '-d', $form);
}
same('facts in the URL of a form', "/check?$form", '-d', $form);
same('a code and a form', "/check/$valid->{code}", '-d', $form);
my $figures = ask(2, '/status');
push @then, sub { is($figures->{status}, 200, 'the status') };

fetch();


# curl fails if an answer comes before it has sent the whole body.  HTTP/2
# allows that, and nginx does it if it does not read the body.  nghttp shows
# the answer.
my $base = 'http://127.0.0.1:' . $t->port(1);
sub nghttp {
    my ($uri, @args) = @_;
    my ($status, $out) = $t->run('nghttp', '-v', '--no-dep', @args,
                                 "$base$uri");
    return $out =~ /:status: (\d+)/ ? $1 : "nghttp $status";
}
my @type = ('-H', 'content-type: application/x-www-form-urlencoded');
is(nghttp('/check', @type, '-d', $huge), 413, 'a form that is too large');
is(nghttp('/tiny', @type, '-d', $huge), 413, 'and in a file');
is(nghttp('/check', @type, '--no-content-length', '-d', $huge), 413,
   'and of unknown length');
is(nghttp("/check/$valid->{code}", '-H', ':method: GET', '-d', $huge), 200,
   'GET with a body');


# Many streams at once on one connection.
my ($status, $out) = $t->run('nghttp', '-nv', '--no-dep', '-m', '50',
    map { ("$base/check/$valid->{code}",
           "$base/download/$valid->{download}") } 1 .. 2);
is($status, 0, 'many streams');
my @statuses = $out =~ /:status: (\d+)/g;
is(scalar @statuses, 200, 'each answered');
is(grep({ $_ != 200 } @statuses), 0, 'with 200');

$t->done();

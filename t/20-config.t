# Configurations that cannot work are refused when nginx reads them, with the
# directive, the reason, and the file and line where it stands.

use lib 't/lib';
use NgxCert;

use File::Path qw(make_path);

my $t = NgxCert->new();
my $home = $t->home();
my $dir = $t->dir;

# Bad keyrings.  "keys" is the good one.
my $keys = $t->read("$home/keys/public.keys");
my @keys = grep { !/^#/ && /\S/ } split /\n/, $keys;
my %use = map { ((split ' ')[1] => $_) } @keys;

sub keyring {
    my ($name, $text, $mode) = @_;
    my $file = $t->write("keys/$name", $text);
    chmod $mode // 0640, $file;
    return $file;
}

keyring('open', $keys, 0644);
keyring('writable', $keys, 0666);
keyring('empty', '');
keyring('words', "not a keyring\n");
keyring('short', join "\n", map({ substr $_, 0, -8 } @keys), '');
keyring('use', join "\n", @keys, $keys[0] =~ s/token|record|match/taken/r, '');
keyring('state', join "\n", @keys, $keys[0] =~ s/active/alive/r, '');
keyring('id', join "\n", $keys[0] =~ s/^\d+/256/r, @keys[1 .. $#keys], '');
keyring('twice', join "\n", @keys, $keys[0], '');
keyring('actives', join "\n", @keys, $keys[0] =~ s/^\d+/9/r, '');
keyring('date', join "\n", map({ s/Z/X/r } @keys), '');
# Each private key, in each state; "init" makes an active one of every use.
my @private = grep { !/^#/ && /\S/ } split /\n/,
    $t->read("$home/keys/private.keys");
my @states = qw(active verify retired);
for my $line (@private) {
    my $use = (split ' ', $line)[1];
    keyring("$use-$_", join "\n", @keys, $line =~ s/active/$_/r, '')
        for @states;
}
keyring('private', join "\n", @keys, @private, '');
my @leaks = ('private', map { my $use = (split ' ')[1]; map { "$use-$_" } @states }
    @private);

keyring('no-record', "$use{token}\n$use{match}\n");
keyring('no-match', "$use{token}\n$use{record}\n");
keyring('no-token', "$use{record}\n$use{match}\n");
keyring('other', join "\n", map({ s/ \S+$/ ' ' . 'A' x 43 . '='/er } @keys),
        '');

# Bad stores.
my $data = $t->read("$home/store/data.mdb");
sub store {
    my ($name, $bytes, $lock) = @_;
    make_path("$dir/stores/$name");
    $t->write("stores/$name/data.mdb", $bytes) if defined $bytes;
    $t->write("stores/$name/lock.mdb", $lock // '');
}

store('none');
store('empty', '');
store('cut', substr $data, 0, 8192);
store('stub', substr $data, 0, 100);
store('text', "This is not a store.\n" x 1000);
store('zeros', "\0" x length $data);
store('folder');
make_path("$dir/stores/folder/data.mdb");
$t->write('stores/file', 'a file');

my $store = "cert_store %%HOME%%/store;";
my $ring = "cert_keyring %%HOME%%/keys/public.keys;";
my $root = "cert_pdf_root %%HOME%%/pdf;";
my $all = "$store $ring $root\n";

# The message has to name the line with "#!".
sub location { return "location /x { $_[0] }\n" }

# name => [options of conf(), the directive, the reason]
my @bad = (

    # The directives themselves.
    ['cert_store without a path',
     {store => "cert_store; #!\n"},
     'cert_store', 'number of arguments'],
    ['cert_store with two',
     {store => "cert_store a b; #!\n"},
     'cert_store', 'number of arguments'],
    ['cert_store twice',
     {store => "$store\n$store #!\n$ring"},
     'cert_store', 'is duplicate'],
    ['cert_store empty',
     {store => "cert_store ''; #!\n$ring"},
     'cert_store', 'is not a path'],
    ['cert_store of the root',
     {store => "cert_store //; #!\n$ring"},
     'cert_store', 'is not a path'],
    ['cert_store with a variable',
     {store => "cert_store /\$host; #!\n$ring"},
     'cert_store', 'is not a path'],
    ['cert_store in a server',
     {server => "$store #!\n", store => ''},
     'cert_store', 'not allowed here'],
    ['cert_store in a location',
     {server => location("$store #!\n"), store => ''},
     'cert_store', 'not allowed here'],
    ['cert_store outside http',
     {main => "$store #!\n", store => ''},
     'cert_store', 'not allowed here'],

    ['cert_keyring without a file',
     {store => "$store cert_keyring; #!\n"},
     'cert_keyring', 'number of arguments'],
    ['cert_keyring twice',
     {store => "$store $ring\n$ring #!\n"},
     'cert_keyring', 'is duplicate'],
    ['cert_keyring empty',
     {store => "$store cert_keyring \"\"; #!\n"},
     'cert_keyring', 'is not a path'],
    ['cert_keyring with a variable',
     {store => "$store cert_keyring %%HOME%%/\$host; #!\n"},
     'cert_keyring', 'is not a path'],
    ['cert_keyring in a server',
     {server => "$ring #!\n", store => $store},
     'cert_keyring', 'not allowed here'],
    ['cert_keyring in a location',
     {server => location("$ring #!\n"), store => $store},
     'cert_keyring', 'not allowed here'],

    ['cert_pdf_root without a path',
     {http => "cert_pdf_root; #!\n"},
     'cert_pdf_root', 'number of arguments'],
    ['cert_pdf_root twice in http',
     {http => "$root #!\n"},
     'cert_pdf_root', 'is duplicate'],
    ['cert_pdf_root twice in a server',
     {server => "$root\n$root #!\n"},
     'cert_pdf_root', 'is duplicate'],
    ['cert_pdf_root twice in a location',
     {server => location("$root\n$root #!\n")},
     'cert_pdf_root', 'is duplicate'],
    ['cert_pdf_root empty',
     {server => "cert_pdf_root ''; #!\n"},
     'cert_pdf_root', 'is not a path'],
    ['cert_pdf_root of the root',
     {server => "cert_pdf_root /; #!\n"},
     'cert_pdf_root', 'is not a path'],
    ['cert_pdf_root with a variable',
     {server => "cert_pdf_root %%HOME%%/\$host; #!\n"},
     'cert_pdf_root', 'is not a path'],
    ['cert_pdf_root that is not there',
     {server => "cert_pdf_root %%HOME%%/none; #!\n"},
     'cert_pdf_root', 'No such file'],
    ['cert_pdf_root that is a file',
     {server => "cert_pdf_root %%HOME%%/store/data.mdb; #!\n"},
     'cert_pdf_root', 'is not a folder'],

    ['cert_check with a parameter',
     {server => location("cert_check on; #!\n")},
     'cert_check', 'number of arguments'],
    ['cert_check twice',
     {server => location("cert_check;\ncert_check; #!\n")},
     'cert_check', 'is duplicate'],
    ['cert_check in a server',
     {server => "cert_check; #!\n"},
     'cert_check', 'not allowed here'],
    ['cert_check in http',
     {http => "cert_check; #!\n"},
     'cert_check', 'not allowed here'],
    ['cert_check in an if',
     {server => location("if (\$arg_x) { cert_check; #!\n }")},
     'cert_check', 'not allowed here'],

    ['cert_check_page without a URI',
     {server => "cert_check_page; #!\n"},
     'cert_check_page', 'number of arguments'],
    ['cert_check_page with two',
     {server => "cert_check_page /a /b; #!\n"},
     'cert_check_page', 'number of arguments'],
    ['cert_check_page twice in http',
     {http => "cert_check_page /a;\ncert_check_page /b; #!\n"},
     'cert_check_page', 'is duplicate'],
    ['cert_check_page twice in a server',
     {server => "cert_check_page /a;\ncert_check_page /b; #!\n"},
     'cert_check_page', 'is duplicate'],
    ['cert_check_page twice in a location',
     {server => location("cert_check_page /a;\ncert_check_page /a; #!\n")},
     'cert_check_page', 'is duplicate'],
    ['cert_check_page empty',
     {server => "cert_check_page ''; #!\n"},
     'cert_check_page', 'is not a URI'],
    ['cert_check_page without a slash',
     {server => "cert_check_page check.html; #!\n"},
     'cert_check_page', 'is not a URI'],
    ['cert_check_page with a host',
     {server => "cert_check_page http://localhost/; #!\n"},
     'cert_check_page', 'is not a URI'],
    ['cert_check_page with a name',
     {server => "cert_check_page \@page; #!\n"},
     'cert_check_page', 'is not a URI'],
    ['cert_check_page with a variable',
     {server => "cert_check_page /\$cert_name; #!\n"},
     'cert_check_page', 'is not a URI'],

    ['cert_download with two parameters',
     {server => location("cert_download inline attachment; #!\n")},
     'cert_download', 'number of arguments'],
    ['cert_download with an unknown parameter',
     {server => location("cert_download both; #!\n")},
     'cert_download', 'unknown parameter "both"'],
    ['cert_download with a beginning of one',
     {server => location("cert_download in; #!\n")},
     'cert_download', 'unknown parameter "in"'],
    ['cert_download with more than one',
     {server => location("cert_download inlined; #!\n")},
     'cert_download', 'unknown parameter "inlined"'],
    ['cert_download in capitals',
     {server => location("cert_download INLINE; #!\n")},
     'cert_download', 'unknown parameter "INLINE"'],
    ['cert_download empty',
     {server => location("cert_download ''; #!\n")},
     'cert_download', 'unknown parameter ""'],
    ['cert_download twice',
     {server => location("cert_download;\ncert_download inline; #!\n")},
     'cert_download', 'is duplicate'],
    ['cert_download in a server',
     {server => "cert_download; #!\n"},
     'cert_download', 'not allowed here'],

    ['cert_status with two parameters',
     {server => location("cert_status json prometheus; #!\n")},
     'cert_status', 'number of arguments'],
    ['cert_status empty',
     {server => location("cert_status ''; #!\n")},
     'cert_status', 'unknown parameter ""'],
    ['cert_status with an unknown form',
     {server => location("cert_status xml; #!\n")},
     'cert_status', 'unknown parameter "xml"'],
    ['cert_status with a beginning of one',
     {server => location("cert_status prom; #!\n")},
     'cert_status', 'unknown parameter "prom"'],
    ['cert_status twice',
     {server => location("cert_status;\ncert_status prometheus; #!\n")},
     'cert_status', 'is duplicate'],
    ['cert_status in http',
     {http => "cert_status; #!\n"},
     'cert_status', 'not allowed here'],

    # Two handlers in one location.
    ['cert_check and cert_download',
     {server => location("cert_check;\ncert_download; #!\n")},
     'cert_download', '"cert_download" and "cert_check" in one location'],
    ['cert_download and cert_status',
     {server => location("cert_download;\ncert_status; #!\n")},
     'cert_status', '"cert_status" and "cert_download" in one location'],
    ['cert_status and cert_check',
     {server => location("cert_status;\ncert_check; #!\n")},
     'cert_check', '"cert_check" and "cert_status" in one location'],
    ['cert_check after proxy_pass',
     {server => location("proxy_pass http://127.0.0.1:1;\ncert_check; #!\n")},
     'cert_check', 'shares its location'],
    ['proxy_pass after cert_check',
     {server => location("cert_check; #!\nproxy_pass http://127.0.0.1:1;\n")},
     'cert_check', 'shares its location'],
    ['proxy_pass after cert_download',
     {server => location("cert_download; #!\n"
                         . "fastcgi_pass 127.0.0.1:1;\n")},
     'cert_download', 'shares its location'],
    ['stub_status before cert_status',
     {server => location("stub_status;\ncert_status; #!\n")},
     'cert_status', 'shares its location'],

    # What a route needs.
    ['cert_check without a store',
     {store => '', server => location("cert_check; #!\n")},
     'cert_check', 'needs "cert_store"'],
    ['cert_download without a store',
     {store => $root, server => location("cert_download; #!\n")},
     'cert_download', 'needs "cert_store"'],
    ['cert_status without a store',
     {store => '', server => location("cert_status; #!\n")},
     'cert_status', 'needs "cert_store"'],
    ['cert_download without a folder',
     {store => "$store $ring", server => location("cert_download; #!\n")},
     'cert_download', 'needs "cert_pdf_root"'],
    ['cert_store without a keyring',
     {store => "$store #!\n"},
     'cert_store', '"cert_keyring" is not'],
    ['cert_keyring without a store',
     {store => "$ring #!\n", server => ''},
     'cert_keyring', '"cert_store" is not'],
    ['cert_check without a match key',
     {store => "$store cert_keyring keys/no-match;\n",
      server => location("cert_check; #!\n")},
     'cert_check', 'an active "match" key'],
    ['cert_download without a token key',
     {store => "$store $root cert_keyring keys/no-token;\n",
      server => location("cert_download; #!\n")},
     'cert_download', 'an active "token" key'],

    # Keyrings.
    (map { [
        "the keyring \"$_->[0]\"",
        {store => "$store cert_keyring keys/$_->[0]; #!\n"},
        'cert_keyring', $_->[1],
    ] } ['empty', 'no key'], ['open', 'other'], ['writable', 'other'],
        ['words', 'line 1'], ['short', 'line 1'], ['use', 'line 4'],
        ['state', 'line 4'],
        ['id', 'line 1'], ['twice', ''], ['actives', ''], ['date', 'line 1'],
        ['gone', '']),
    (map { [
        "the keyring \"$_\"",
        {store => "$store cert_keyring keys/$_; #!\n"},
        'cert_keyring', 'holds a private key',
    ] } @leaks),
    ['a folder as keyring',
     {store => "$store cert_keyring %%HOME%%/keys; #!\n"},
     'cert_keyring', 'regular file'],
    ['a store as keyring',
     {store => "$store cert_keyring %%HOME%%/store/data.mdb; #!\n"},
     'cert_keyring', 'line 1'],

    # Stores.
    (map { [
        "the store \"$_\"",
        {store => "cert_store stores/$_; #!\n$ring"},
        'cert_store', 'cannot be used: ',
    ] } qw(none empty cut stub text zeros folder file gone)),
    ['a store sealed with other keys',
     {store => "$store #!\ncert_keyring keys/other;"},
     'cert_store', 'cannot be used: '],
    ['a store without its keys',
     {store => "$store #!\ncert_keyring keys/no-record;"},
     'cert_store', 'cannot be used: '],
);

cmp_ok(scalar @bad, '>=', 60, 'enough bad configurations');
my @before = prints();

for my $case (@bad) {
    my ($name, $opt, $directive, $reason) = @$case;

    my $file = $t->conf(store => $all, server => location('return 204;'),
                        %$opt);
    my $n = 0;
    my ($line) = grep { $_ } map { $n++; /#!/ ? $n : 0 }
        split /\n/, $t->read($file);

    my ($status, $out) = $t->nginx_test();
    my ($emerg) = $out =~ /^(.*\[emerg\].*)$/m;
    $emerg //= '';

    subtest $name => sub {
        is($status, 1, 'refused');
        like($emerg, qr/"\Q$directive\E"/, 'the directive is named');
        like($emerg, qr/\Q$reason\E/, 'with the reason');
        like($emerg, qr/ in \Q$file:$line\E$/, 'and the place');
        unlike($out, qr/test is successful/, 'and no success is claimed');
    } or diag($out);
}

is(join("\n", prints()), join("\n", @before), 'no file was changed');


# A reason never quotes a key.
for my $name (qw(open words short use state id twice actives date), @leaks) {
    $t->conf(store => "$store cert_keyring keys/$name;\n");
    my ($status, $out) = $t->nginx_test();
    my @secrets = map { (split ' ')[4] } @keys, @private;
    ok(!grep({ index($out, $_) >= 0 } @secrets), "$name: quotes no key");
}


my @variables = $t->read($t->top
    . '/ngx_cert_module/nginx/http/ngx_http_cert_variables.c')
    =~ /^    \{ ngx_string\("(cert_\w+)"\), NULL,/mg;
my @good = (
    ['nothing of the module', {store => '', server => ''}],
    ['a store and no route', {store => "$store $ring", server => ''}],
    ['all routes', {}],
    ['relative paths',
     {store => "cert_store home/store; cert_keyring home/keys/public.keys;"
               . "cert_pdf_root home/pdf;"}],
    ['slashes at the end',
     {store => "cert_store %%HOME%%/store//; $ring"
               . "cert_pdf_root %%HOME%%/pdf/;"}],
    ['a folder per server and location',
     {store => "$store $ring",
      server => "$root\n" . location("$root cert_download;")}],
    ['a route in every kind of location',
     {server => 'location = /a { cert_check; } location ^~ /b { cert_check; }'
                . 'location ~ ^/c/ { cert_check; } location @d { cert_check; }'
                . 'location ~* /e$ { cert_download; }'}],
    ['a route inside another',
     {server => 'location /a { cert_check; location /a/b { cert_download; } }'}],
    ['a route with if and limit_except',
     {server => 'location /a { cert_check; if ($arg_x) { add_header X y; }'
                . 'limit_except GET { deny all; } }'}],
    ['both names of each parameter',
     {server => location('cert_download inline;')
                . 'location /y { cert_download attachment; }'
                . 'location /z { cert_status json; }'
                . 'location /w { cert_status prometheus; }'}],
    ['a page with arguments',
     {http => 'cert_check_page /page/check.html?lang=zh;'}],
    ['a page at every level',
     {http => 'cert_check_page /a;',
      server => 'cert_check_page /b;'
                . location('cert_check; cert_check_page /c;')}],
    ['no http at all',
     {raw => $t->conf_head() . "events { }\n"}],
    ['every variable',
     {http => 'log_format all "' . join(' ', map { "\$$_" } @variables)
          . '"; access_log %%DIR%%/logs/all.log all;'}],
);

for my $case (@good) {
    my ($name, $opt) = @$case;
    $t->conf(%$opt);
    my ($status, $out) = $t->nginx_test();
    is($status, 0, "good: $name") or diag($out);
    unlike($out, qr/\[(?:warn|error|crit|alert|emerg)\]/, "and quiet");
}

$t->done();


# Every file below stores/ and of the home's store, with a sum of its bytes; for
# the store's own lock file, in which readers take a slot, only mode, owner and
# size.
sub prints {
    return map { "$_ " . ($_ eq "$home/store/lock.mdb"
                          ? join ' ', (stat)[2, 4, 5, 7]
                          : unpack '%32C*', $t->read($_)) }
        sort grep { -f } glob("$dir/stores/* $dir/stores/*/* $home/store/*");
}

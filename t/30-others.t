# Beside modules of others: headers-more, Lua, echo and srcache, loaded before
# this one and behind it.

use lib 't/lib';
use NgxCert;

use Digest::MD5 qw(md5_hex);

my $t = NgxCert->new();
plan(skip_all => 'modules of the system fit the nginx of the system alone')
    if $ENV{NGX_BIN} || $t->module eq '';

# Lua needs the first.
my @others = map { "/usr/lib/nginx/modules/$_.so" } qw(ndk_http_module
    ngx_http_lua_module ngx_http_headers_more_filter_module
    ngx_http_echo_module ngx_http_srcache_filter_module);
my @lack = grep { !-e } @others;
plan(skip_all => "not installed: @lack") if @lack;

my $samples = $t->samples();
my $copy = $samples->{valid};
my ($cert) = $t->import_rows($t->certificate(name => '欧阳修文'));
my $form = NgxCert::form(map { $_ => $cert->{$_} } qw(number name id_number));
my $type = 'application/x-www-form-urlencoded';

$t->conf(http => <<'END', server => <<'END');
    lua_shared_dict kept 64k;
    lua_shared_dict seen 64k;
END
        location /check { cert_check; expires 1h;
                          more_set_headers "Cache-Control: public"; }
        location /bare/ { cert_check; }
        location /download/ { cert_download; }

        # A body that was read before, and is looked at when all is over.
        location /read { cert_check;
            access_by_lua_block { ngx.req.read_body() }
            header_filter_by_lua_block {
                ngx.header["X-Result"] = ngx.var.cert_result
                ngx.header["Cache-Control"] = "public"
            }
            log_by_lua_block {
                local body = ngx.req.get_body_data() or ""
                ngx.shared.seen:set("body", #body .. " " .. ngx.md5(body)
                                            .. " " .. ngx.var.cert_result)
            }
        }

        # Answers of subrequests, as others put them together.
        location = /captured { content_by_lua_block {
            ngx.req.read_body()
            local r = ngx.location.capture(ngx.var.arg_to, {
                method = ngx.HTTP_GET })
            ngx.say(r.status, " ", #r.body, " ", ngx.md5(r.body), " ",
                    r.header["Cache-Control"])
        } }
        location = /posted { content_by_lua_block {
            ngx.req.read_body()
            local r = ngx.location.capture("/check", {
                method = ngx.HTTP_POST, body = ngx.req.get_body_data() })
            ngx.say(r.status, " ", r.body)
        } }
        location = /echoed { echo_location $arg_to; echo_location $arg_to; }

        # A cache that takes what is not said to be private.
        location /cached { cert_check; srcache_fetch GET /kept $uri;
                           srcache_store PUT /kept $uri; }
        location /plain { content_by_lua_block { ngx.print("plain") }
                          srcache_fetch GET /kept $uri;
                          srcache_store PUT /kept $uri; }
        location = /kept { internal; content_by_lua_block {
            local kept = ngx.shared.kept
            if ngx.req.get_method() == "PUT" then
                ngx.req.read_body()
                kept:set(ngx.var.args, ngx.req.get_body_data())
                ngx.status = 201
                return
            end
            local text = kept:get(ngx.var.args)
            if not text then return ngx.exit(404) end
            ngx.print(text)
        } }
        location = /seen { content_by_lua_block {
            ngx.print(ngx.shared.seen:get("body"))
        } }
        location = /names { content_by_lua_block {
            ngx.print(table.concat(ngx.shared.kept:get_keys(), " "))
        } }
END

my $ours = 'load_module ' . $t->module . ";\n";
my $theirs = join '', map { "load_module $_;\n" } @others;
my $plain = $t->read('nginx.conf');
my $whole = join ' ', 200, $copy->{size},
    md5_hex($t->read($t->home . "/$copy->{file}")), "private, no-store\n";

for my $case (['behind', $theirs . $ours], ['before', $ours . $theirs]) {
    my ($order, $modules) = @$case;

    $t->write('nginx.conf', $plain =~ s/^load_module .*\n/$modules/mr);
    $t->start();

    my $r = $t->get("/check/$copy->{code}");
    is($r->status, 200, "$order: a check");
    is(join('|', $r->header('cache-control')), 'no-store',
       "$order: what headers-more sets does not make it public");
    is(join('|', $r->header('expires')), '', "$order: nor does expires");

    $r = $t->request('POST', '/read', body => $form,
                     headers => ['Content-Type' => $type]);
    is($r->json->{result}, 'valid', "$order: a form that Lua has read");
    is($r->header('x-result'), 'valid', "$order: its variable in Lua");
    is(join('|', $r->header('cache-control')), 'no-store',
       "$order: what Lua sets does not make it public");

    $r = $t->request('POST', '/posted', body => $form,
                     headers => ['Content-Type' => $type]);
    like($r->body, qr/^200 .*"result":"valid"/, "$order: a form by Lua");

    like($t->get("/captured?to=/bare/$copy->{code}")->body,
         qr/^200 \d+ \w+ no-store$/, "$order: a check by Lua");
    like($t->get('/captured?to=/bare/0000')->body,
         qr/^400 \d+ \w+ no-store$/, "$order: a refusal by Lua");
    is($t->get("/captured?to=/download/$copy->{download}")->body, $whole,
       "$order: a whole copy by Lua");

    my $answers = () = $t->get("/echoed?to=/check/$copy->{code}")->body
        =~ /"result":"valid"/g;
    is($answers, 2, "$order: two checks in one answer");

    $t->get($_) for ("/cached/$copy->{code}", '/plain') x 2;
    is($t->get('/names')->body, '/plain',
       "$order: a cache keeps another answer and no check");

    is($t->get('/seen')->body,
       length($form) . ' ' . md5_hex($form) . ' valid',
       "$order: the form is whole for a log");
    $t->stop();
}

$t->expect_leak(qr{^/captured|^/echoed});
$t->done();

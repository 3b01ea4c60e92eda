# Codes as people type and paste them: the server (cert_code_parse) and the page
# (code.js) read the same of the same text.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();
my $code = 'K7QX-2M9D-PA4T-8WZ3';
my $address = 'https://cert.example.org/check';

# A code whose check symbol fits, of which the texts below are made.
my $tool = $t->build . '/tool/code';
for my $symbol (split //, '0123456789ABCDEFGHJKMNPQRSTVWXYZ') {
    my $try = substr($code, 0, 18) . $symbol;
    my (undef, $out) = $t->run($tool, {stdin => "$try\n"});
    $code = $try if $out eq "$try\n";
}

my $plain = $code =~ tr/-//dr;
my $wide = $code =~ tr/-0-9A-Z/－０-９Ａ-Ｚ/r;
my $lower = lc $code;

sub dashed { my ($dash) = @_; return $code =~ s/-/$dash/gr }

my @good = ($code, $plain, $lower, lc $plain, $wide, lc $wide, " $code ",
    map({ dashed($_) } ' ', '  ', "\x{2010}", "\x{2011}", "\x{2012}",
        "\x{2013}", "\x{2014}", "\x{2015}", "\x{2212}", "\x{2500}", "\x{FE63}",
        "\x{FF0D}", "\x{30FC}", "\x{4E00}", "\x{B7}", '.', '_', ' - ', "\x{3000}",
        "\x{A0}", "\x{200B}", "\x{AD}", "\x{FEFF}", "\t", '\n', '--'),
    "\x{FEFF}$code", "$code\x{200B}", "\x{202A}$code\x{202C}", "$code\x{FE0F}",
    "$code/", "$code//", "/$code", "${code}。", "$code.", "${code}，", "${code}、",
    "${code}；谢谢", "${code}！", "${code}）", "（${code}）", "「${code}」", "<$code>",
    "\"$code\"", "“${code}”", "加注编号：$code", "编号${code}请查收", "$code 请查收",
    "${code}（来自微信）", "$code [微笑]", "$code - 发自我的手机",
    "$code\x{1F64F}", "$code 。 ", "$code.\\n\\n发自 iPhone", "${code}（QQ 2022）",
    "$code?from=singlemessage", "${code}？from=timeline", "$code#wechat_redirect",
    "$code&from=timeline", "$code/?from=x&isappinstalled=0", "${code}。#",
    "$address/$code", "$address/$lower/", "$address/$wide", "$address/${code}。",
    "$address/$code?from=groupmessage&nsukey=a/b", "\x{FEFF}$address/$code\\n",
    "$address／$code", "查验：$address/${code}，谢谢",
    "https://abcdefghijklmnop.example.org/check/$code", $code =~ tr/0/o/r,
    $code =~ tr/Ol1/01l/r, dashed('/-') =~ tr{/}{}dr, " \x{3000}${wide}。\\n");

my @bad = ('', ' ', '-', '。', '/', 'x', '?', "?$code", "#$code", $address,
    "$address/", substr($code, 0, 18), substr($code, 1), "${code}0", "$code 0",
    "$code-0", "0$code", "$code $code", "$code\x{200B}0", "$code\x{3000}１",
    "$code\x{2014}A", "$code/x", "$code/0", "x$code", "code $code",
    "加注编号", "$address/$code/view", "/view/$code/..a",
    dashed('/'), dashed('?'), dashed('#'),
    $code =~ s/^./U/r, $code =~ s/^./Ｕ/r, $code =~ s/.$/\x{410}/r,
    $code =~ s/.$/*/r, $code =~ s/^./\x{131}/r, 'A' x 17, 'A' x 15,
    $address =~ s/check/?check/r . "/$code", $plain x 2);

my @texts = (@good, @bad);
my ($status, $out, $err) = $t->run($tool,
    {stdin => join '', map { "$_\n" } @texts});
is($status, 0, 'the server reads') or diag($err);
my @server = map { tr/-//dr } split /\n/, $out, -1;
pop @server;
is(scalar @server, scalar @texts, 'each text');

for my $n (0 .. $#texts) {
    my $want = $n < @good ? $plain : '';
    is($server[$n], $want, ($want ? 'read' : 'refused') . ": \"$texts[$n]\"");
}
cmp_ok(scalar @bad, '>=', 40, 'texts that are refused');

SKIP: {
    my $node = qx(sh -c 'command -v node');
    chomp $node;
    skip 'no node', 2 + @texts if !$node;

    # A page's modules have no package.json beside them that says so.
    $t->write('code.mjs', $t->read($t->top
        . '/ngx_cert_module/site/assets/js/code.js'));
    $t->write('read.mjs', <<'END');
import { readFileSync } from 'node:fs';
import { read } from './code.mjs';

const lines = readFileSync(0, 'utf8').split('\n').slice(0, -1);

for (const line of lines) {
  console.log(read(line.replaceAll('\\n', '\n')));
}
END
    ($status, $out, $err) = $t->run($node, $t->path('read.mjs'),
        {stdin => join '', map { "$_\n" } @texts});
    is($status, 0, 'the page reads') or diag($err);
    my @page = split /\n/, $out, -1;
    pop @page;
    is(scalar @page, scalar @texts, 'each text');
    is($page[$_], $server[$_], "the same of \"$texts[$_]\"") for 0 .. $#texts;
}

$t->done();

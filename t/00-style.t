# scripts/style: the tree passes, and each fault is found.

use lib 't/lib';
use NgxCert;

my $t = NgxCert->new();

my ($status, $out) = $t->run($t->top . '/scripts/style');
is($out, '', 'the tree is clean');
is($status, 0, 'status 0');

my $good = "int\nmain(void)\n{\n    return 0;\n}\n";
my %bad = (
    'columns'    => [('/* ' . 'x' x 78 . " */\n"), qr/84 columns/],
    'tab'        => ["\tint  i;\n", qr/tab/],
    'slashes'    => ["int  i; // one\n", qr/comment/],
    'trailing'   => ["int  i; \n", qr/trailing space/],
    'blank'      => [$good . "\nint  i;\n", qr/two blank lines/],
    'apart'      => ["/* Why. */\n\n$good", qr/between a comment and its/],
    'dead'       => ["#if 0\n#endif\n", qr/dead code/],
    'unfinished' => ["/* TOD" . "O */\n", qr/unfinished/],
    'prototype'  => ["int f();\n", qr/\(void\)/],
    'type'       => ["int f(void)\n{\n}\n", qr/return type/],
    'long'       => ["void\nf(void)\n{\n" . "    ;\n" x 120 . "}\n",
                     qr/a function of 122 lines/],
    'order'      => ["static int  g(void);\nstatic int  f(int a,\n    int b);\n"
                     . "\n\nint\nf(int a, int b)\n{\n    return 0;\n}\n\n\n"
                     . "int\ng(void)\n{\n    return 0;\n}\n",
                     qr/g\(\) is defined in another order/],
    'end'        => ["int  i;", qr/no line end/],
    'path'       => ["/* /roo" . "t/x */\n", qr/machine/],
);

for my $name (sort keys %bad) {
    my ($text, $why) = @{$bad{$name}};
    my $file = $t->write("$name.c", $text);
    ($status, $out) = $t->run($t->top . '/scripts/style', $file);
    is($status, 1, "$name: refused");
    like($out, qr/^\Q$file\E:\d+: .*$why/m, "$name: place and reason");
}

my $fine = $t->write('fine.c', <<'END' . "\n\n$good");
/* "http://x" and 中文字中文字中文字中文字中文字中文字中文字中文字中文字中 */

#define X  "http://x"

static const char *s = "a \" // b";

END
($status, $out) = $t->run($t->top . '/scripts/style', $fine);
is($out, '', 'strings, comments and wide characters pass');

$t->done();

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
    'includes'   => ["#include \"x.h\"\n\n#include <y.h>\n",
                     qr/system's headers come first/],
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

# Turns of phrase, in comments, in strings, over the end of a line, and in files
# that are not C.  They are put together here, or the gate would find them.
my @phrases = (
    ['wh' . 'o',     'It ends.  Wh' . 'o asks again waits', qr/begins a statement/],
    ['wh' . 'o, question later', 'Wh' . 'o asks waits.  Why is that?',
     qr/begins a statement/],
    ['who' . 'ever', 'for who' . 'ever asks', qr/any client/],
    ['is n' . 'o',   'the file is n' . 'o store', qr/is not a X/],
    ['were n' . 'o', 'they were n' . 'o answers to it', qr/is not a X/],
    ['hang' . 's',   'the delay hang' . 's on the disk', qr/depends on/],
    ['ane' . 'w',    'certd is started ane' . 'w', qr/"again"/],
    ['h' . 'e',      'until h' . 'e logs in', qr/the noun/],
    ['hi' . 's',     'with hi' . 's copies', qr/the noun/],
    ['all o' . 'f',  'it reads all o' . 'f it', qr/the whole file/],
    ['all o' . 'f them', 'it reads all o' . 'f them', qr/all records/],
);

my %forms = (
    'c'   => ["int  i;\n\n\n/* %s. */\n", 4],
    'h'   => ["static const char  *s = \"%s\";\n", 1],
    'pm'  => ["my \$i;\n\n# %s.\n", 3],
    'sh'  => ["i=1\n# %s.\n", 2],
    'md'  => ["# Title\n\n- one: %s.\n", 3],
    'mjs' => ["/*\n * %s.\n */\n", 2],
);

for my $phrase (@phrases) {
    my ($name, $text, $why) = @$phrase;
    for my $type (sort keys %forms) {
        my ($form, $line) = @{$forms{$type}};
        my $file = $t->write("phrase.$type", sprintf($form, $text));
        ($status, $out) = $t->run($t->top . '/scripts/style', $file);
        is($status, 1, "$name in .$type: refused");
        like($out, qr/\A\Q$file\E:$line: .*$why.*\n\z/, "$name in .$type: told");
    }
}

my %broken = (
    'broken.c'  => "/*\n * The file is\n * n" . "o store.\n */\n",
    'broken.h'  => "static const char  *s = \"the file is \"\n"
                   . "    \"n" . "o store\";\n",
    'broken.pm' => "my \$s = 'the file is n" . "o'\n    . ' store';\n",
    'broken.sh' => "# The file is\n# n" . "o store.\n",
);

for my $name (sort keys %broken) {
    my $file = $t->write($name, $broken{$name});
    ($status, $out) = $t->run($t->top . '/scripts/style', $file);
    is($status, 1, "$name: refused over the end of a line");
    like($out, qr/\Q$file\E:[12]: .*is not a X/, 'with place and reason');
}

for my $good ('There is no store, and there really was no other one.',
              'Where are there no stores?  The file is no longer there.',
              'A copy is no larger than its store, and no more than that.',
              'Who may read it?', 'Who may read the users\' file "a.b"?',
              'Each one who asks waits.', '| Who | What |',
              'He Wei is a name; the thistle and the hen are not.',
              'All of the file is read, and all of its records.')
{
    for my $type (qw(c md sh)) {
        my $file = $t->write("good.$type", $type eq 'c' ? "/* $good */\n"
                             : $type eq 'sh' ? "# $good\n" : "$good\n");
        ($status, $out) = $t->run($t->top . '/scripts/style', $file);
        is($out, '', "good English in .$type: $good");
    }
}

# A tree that it cannot list, or not to the end, is not a clean one.
for my $tool (qw(git find)) {
    $t->write("fake/$tool", "#!/bin/sh\nprintf 'LICENSE\\0'; exit 1\n");
    chmod 0755, $t->path("fake/$tool");
}
my $err;
($status, $out, $err) = $t->run($t->top . '/scripts/style',
    {env => {PATH => $t->path('fake') . ":$ENV{PATH}"}});
isnt($status, 0, 'neither git nor find works: refused');
like($err, qr/^neither git nor find lists the files$/m, '... with the reason');
($status, $out, $err) = $t->run($t->top . '/scripts/style', $t->path('none.c'));
isnt($status, 0, 'a file that is not there: refused');
like($err, qr/none\.c: no such file$/m, '... with the reason');

# Words that are names in C say nothing.
my $names = $t->write('names.c', "static int  hi" . "s, ane" . "w;\n");
($status, $out) = $t->run($t->top . '/scripts/style', $names);
is($out, '', 'names of C are not prose');

my $fine = $t->write('fine.c', <<'END' . "\n\n$good");
/* "http://x" and 中文字中文字中文字中文字中文字中文字中文字中文字中文字中 */

#define X  "http://x"

static const char *s = "a \" // b";

END
($status, $out) = $t->run($t->top . '/scripts/style', $fine);
is($out, '', 'strings, comments and wide characters are not faults');

$t->done();

#!/usr/bin/perl

# Publishing: a file is complete or absent, and never replaces another.

use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/lib";
use POSIX ();
use Test::More;

use NgxCertPdf;

need_tools();

my $root = "$DIR/pdf";
mkdir $root;
my $file = spit("$DIR/bytes", join '', map { chr rand 256 } 1 .. 300_000);

sub publish {
    my ($name, $bytes, $mode, $to) = @_;
    my $said = run($TOOL, 'publish', $to // $root, $name, $bytes // $file,
                   $mode // '640');
    chomp $said;
    return $said;
}

sub mode_of { return sprintf '%03o', (stat $_[0])[2] & 0777 }

umask 077;

is(publish('ab/cd/CODE.pdf'), 'ok', 'published, with its folders');
is(slurp("$root/ab/cd/CODE.pdf"), slurp($file), 'byte for byte');
is(mode_of("$root/ab/cd/CODE.pdf"), '640', 'with its mode, whatever the umask');
is(mode_of("$root/ab"), '750', 'its folders may be entered');

# A folder whose process died before it set the mode; and a folder with a wider
# mode.
chmod 0700, "$root/ab";
chmod 0755, "$root/ab/cd";
is(publish('ab/cd/CODE2.pdf'), 'ok', 'into existing folders');
is(mode_of("$root/ab"), '750', 'which can then be entered');
is(mode_of("$root/ab/cd"), '755', 'and keep a wider mode');

# Files of root get the owner of the folder, who can then use them.
SKIP: {
    my ($uid, $gid) = ((getpwnam 'daemon')[2], scalar getgrnam 'bin');
    skip 'needs root and the users daemon and bin', 9
        if $> != 0 || !$uid || !$gid;

    my $owned = "$DIR/owned";
    mkdir $owned;
    chown $uid, $gid, $owned;
    chmod 02750, $owned;
    is(publish('ab/cd/CODE.pdf', $file, '640', $owned), 'ok', 'by root');
    for my $name ('ab', 'ab/cd', 'ab/cd/CODE.pdf') {
        my @st = stat "$owned/$name";
        is("$st[4]:$st[5]", "$uid:$gid", "$name is the owner's and group's");
        is(sprintf('%04o', $st[2] & 07777), -d _ ? '2750' : '0640',
           "$name: mode");
    }
    mkdir "$owned/kept";
    is(publish('kept/x.pdf', $file, '640', $owned), 'ok',
       'in an existing folder');
    is((stat "$owned/kept")[4], 0, 'which keeps its owner');
}

my $other = spit("$DIR/other", 'other');
like(publish("ab/cd/CODE.pdf", $other), qr/^exists/,
     'a second of this name is refused');
is(slurp("$root/ab/cd/CODE.pdf"), slurp($file), 'and the first is unchanged');

symlink $other, "$root/link.pdf";
unlike(publish('link.pdf'), qr/^ok/, 'a link is not followed');
is(slurp($other), 'other', 'nor written through');

symlink $DIR, "$root/out";
like(publish('out/x.pdf'), qr/^system/, 'a linked folder is not entered');
ok(!-e "$DIR/x.pdf", 'and no file is written outside');

for my $name ('../x.pdf', '/x.pdf', 'a//x.pdf', 'a/../../x.pdf', '', 'a/',
              '.tmp-x', 'y' x 300)
{
    like(publish($name), qr/^system.*relative/, "refused: " . substr $name, 0, 9);
}

like(publish('x.pdf', $file, '640', "$DIR/nowhere"), qr/^system/, 'no folder');
like(publish('ab/cd/CODE.pdf/x.pdf'), qr/^system/, 'a file for a folder');

SKIP: {
    -w '/dev/full' && -x '/usr/bin/unshare' && $> == 0
        or skip 'needs root for a small file system', 3;

    my $small = "$DIR/small";
    mkdir $small;
    my ($said, $status) = run('unshare', '-m', 'sh', '-c',
        "mount -t tmpfs -o size=64k none '$small' && "
        . "'$TOOL' publish '$small' a/x.pdf '$file' 640; find '$small' -type f");
    $said =~ /mount|unshare/ and skip 'cannot mount', 3;

    like($said, qr/^full/, 'a full disk has a result of its own');
    unlike($said, qr/x\.pdf/, 'no part of the file remains');
    unlike($said, qr/\.tmp-/, 'nor a temporary file');
}

# Killed at any moment: whole files only.
my $lost = 0;
for my $i (1 .. 40) {
    my $pid = fork;
    if ($pid == 0) {
        open STDOUT, '>', '/dev/null';
        exec $TOOL, 'publish', $root, "k/$i.pdf", $file, '640';
    }
    select undef, undef, undef, 0.001 * ($i % 20);
    kill 'KILL', $pid;
    waitpid $pid, 0;
    $lost++ if -e "$root/k/$i.pdf" && slurp("$root/k/$i.pdf") ne slurp($file);
}
is($lost, 0, 'killed 40 times: no part of a file has its name');

is(join(' ', grep { !/^\.tmp-[0-9a-f]{16}$/ } map { s{.*/}{}r }
        glob "$root/.tmp*"), '', 'left-over files are known by their names');

# Several processes at once publish under one name: one wins.
my @pids;
for my $i (1 .. 8) {
    spit("$DIR/c$i", "$i" x 60_000);
    my $pid = fork;
    if ($pid == 0) {
        open STDOUT, '>', '/dev/null';
        exec $TOOL, 'publish', $root, 'race/one.pdf', "$DIR/c$i", '640';
    }
    push @pids, $pid;
}
my $won = 0;
for (@pids) {
    waitpid $_, 0;
    $won++ if $? == 0;
}
is($won, 1, 'eight at once: one wins');
like(slurp("$root/race/one.pdf"), qr/^(\d)\1{59999}$/, 'and is complete');

# If the last sync of a folder fails, the file stays, because another renderer
# may have found and recorded it by then.
SKIP: {
    my $fault = $TOOL =~ s{tool/[^/]*$}{fault.so}r;
    -e $fault or skip 'no fault.so', 4;
    my $sync = sub {
        my ($n, $name) = @_;
        spit("$DIR/fault", pack 'q<4', $n, 4, POSIX::EIO(), 0);
        local $ENV{LD_PRELOAD} = $fault;
        local $ENV{FAULT_FILE} = "$DIR/fault";
        return publish($name);
    };
    my $n = 1;
    $n++ while $sync->($n, "sync/$n.pdf") =~ /^system/ && $n < 10;
    is($n, 4, 'the file, a folder on the way and the last one are synced');
    ok(!-e "$root/sync/1.pdf", 'the file is not synced: nothing remains');
    is(slurp("$root/sync/3.pdf"), slurp($file),
       'its name is not synced: the file stays');
    like(publish('sync/3.pdf'), qr/^exists/, 'and the next publish finds it');
}

# A sweep removes only files that no process writes any more, however long that
# takes: on a disk that needs seconds, and between the creation of a file and
# its lock.
{
    my $home = "$DIR/home";
    mkdir $_ for $home, "$home/pdf";
    (my $sweeper = $TOOL) =~ s{pdf\z}{render};
    my $sweep = sub {
        my ($n) = @_;
        return `perl -e 'print "sweep 9999999999 0\n" x $n' | '$sweeper' '$home'`;
    };
    my $begin = sub {
        my ($wrap, $name) = @_;
        my $pid = open my $out, '-|', @$wrap, $TOOL, 'publish', "$home/pdf",
            $name, $file, '640' or die;
        my $end = time + 120;
        select undef, undef, undef, 0.02
            while !(() = glob "$home/pdf/.tmp-*") && time < $end;
        ok(scalar(() = glob "$home/pdf/.tmp-*"), "$name: is being written");
        return ($out, $pid);
    };
    my $disk = [qw(env DISK_FLUSH_USEC=500000),
                'LD_PRELOAD=' . $TOOL =~ s{tool/[^/]*$}{disk.so}r];

    my ($out) = $begin->($disk, 'a/slow.pdf');
    is($sweep->(1), "0 ok\n", 'the sweep does not remove it');
    is(scalar <$out>, "ok\n", 'and published in the end');

    SKIP: {
        skip 'no strace', 4 if system('strace -o /dev/null true') != 0;
        my @late = ('strace', '-qq', '-o', '/dev/null', '-e',
                    'inject=flock:delay_enter=8000000:when=1');
        ($out) = $begin->(\@late, 'a/late.pdf');
        is($sweep->(1), "1 ok\n", 'not locked yet: removed');
        is(scalar <$out>, "ok\n", 'and made again');
        is(slurp("$home/pdf/a/late.pdf"), slurp($file), 'byte for byte');
    }

    # Sweeps and writes at random moments.
    my $pid = fork;
    if ($pid == 0) {
        setpgrp;
        open STDOUT, '>', '/dev/null';
        $sweep->(1000) while 1;
    }
    is(join(' ', grep { run($TOOL, 'publish', "$home/pdf", "b/$_.pdf", $file,
                            '640') ne "ok\n" } 1 .. 100), '',
       'a hundred under a sweep that never ends');
    # With the sweeper that it runs, which would take the next file, too.
    kill 'KILL', -$pid;
    waitpid $pid, 0;
    select undef, undef, undef, 0.02 while kill 0, -$pid;

    # The file of a killed process is removed at once.
    $disk->[1] =~ s/=.*/=60000000/;
    ($out, $pid) = $begin->($disk, 'a/dead.pdf');
    kill 'KILL', $pid;
    close $out;
    is($sweep->(1), "1 ok\n", 'killed: swept at once');
}

done();

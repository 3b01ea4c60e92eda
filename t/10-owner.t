# A file with the wrong owner: the program that cannot use it names the owner
# and the required one.  And a missing lock file: the advised command works.

use lib 't/lib';
use NgxCert;

use Time::HiRes qw(sleep time);

plan(skip_all => 'only root can give files away') if $> != 0;
plan(skip_all => 'no user www-data') if !defined getpwnam('www-data');

my $t = NgxCert->new();
my ($status, $out, $err) = $t->run($t->top . '/scripts/users');
is($status, 0, 'the users exist') or diag($err);
plan(skip_all => 'a build that others can reach') if ($t->run('setpriv',
    '--reuid', 'ngx-cert', '--regid', 'ngx-cert', '--init-groups', 'test',
    '-x', $t->certctl_bin))[0] != 0;

my @users = ('--user', 'ngx-cert', '--renderer-user', 'ngx-cert-render');
$t->home(init => \@users, group => 'www-data');
my $home = $t->path('home');
$t->run('chown', '-R', 'ngx-cert-render:', "$home/seals");
my ($row) = $t->import_rows($t->certificate());
$t->conf($t->holder_conf);

sub as {
    my ($user, @cmd) = @_;
    my ($status, $out, $err) = $t->run('setpriv', '--reuid', $user, '--regid',
        (getpwnam $user)[3], '--init-groups', @cmd, {timeout => 20});
    return ($status, $out . $err);
}

my @ctl = ($t->certctl_bin, '--home', $home, '--templates',
           $t->top . '/ngx_cert_module/templates');
my @stat = ('ngx-cert', @ctl, 'stat');
my @certd = ('ngx-cert', NgxCert::certd_bin(), '--home', $home,
             '--renderers', 1);
my @seal = ('ngx-cert-render', @ctl, 'annotate', $row->{number});
is((as(@stat))[0], 0, 'at first every owner is right');

for my $case (
    ['keys/public.keys', \@stat], ['keys/private.keys', \@certd],
    ['keys/public.keys', \@certd], ['keys', \@stat], ['keys', \@certd],
    ['store/data.mdb', \@stat], ['store/data.mdb', \@certd],
    ['store/lock.mdb', \@stat], ['store/lock.mdb', \@certd],
    ['store.mark', \@stat], ['store.mark', \@certd],
    ['run', \@certd])
{
    my ($name, $command) = @$case;
    my $path = "$home/$name";
    mkdir $path if $name eq 'run';
    my ($mode, $uid, $gid) = (stat $path)[2, 4, 5];
    chown 0, 0, $path;
    chmod -d $path ? 0700 : 0600, $path;
    my $what = ($command == \@certd ? 'certd' : 'certctl') . ", $name";
    my ($status, $said) = as(@$command);
    is($status, 3, "$what of root: refused");
    like($said, qr/\Q$path\E": .*belongs to root:root, mode 0[67]00, (?#
                  )and has to belong to user ngx-cert\b/,
         "$what of root: owner and required owner");
    chown $uid, $gid, $path;
    chmod $mode & 07777, $path;
}

# If the mark can be read, the change is made, with a warning.
my @mark = (stat "$home/store.mark")[4, 5];
chown 0, $mark[1], "$home/store.mark";
chmod 0644, "$home/store.mark";
($status, $out) = as('ngx-cert', @ctl, 'suspend', $row->{number});
is($status, 0, 'the mark of root: a change is made');
like($out, qr/warning: cannot move the mark of the store, "\Q$home\E(?#
    )\/store\.mark": .*belongs to root:.*has to belong to user ngx-cert\b/,
     'with a warning that names the required owner');

# A missing mark is made only by a user that may write the home.
my @home = (stat $home)[4, 5];
chown 0, 0, $home;
chmod 0755, $home;
unlink "$home/store.mark";
($status, $out) = as('ngx-cert', @ctl, 'reinstate', $row->{number});
is($status, 0, 'no mark in a home of root: a change is made');
my ($mend) = $out =~ /no mark, and "\Q$home\E\/store\.mark" cannot be made (?#
    )by this user.* run "certctl (restore --accept-loss)" as root/;
ok(defined $mend, 'and says what to do') or diag($out);
($status, $out) = $t->certctl('restore');
is($status, 0, 'restore without a mark');
like($out, qr/^the store has no mark, .*restore --accept-loss" makes one$/m,
     'says that the mark is missing');
like($t->certctl_ok(split ' ', $mend // 'stat'), qr/^accepted: true$/m,
     'the advised command works');
is(join(' ', (stat "$home/store.mark")[4, 5]), "@mark",
   'the mark exists, with its owner');
($status, $out) = as('ngx-cert', @ctl, 'suspend', $row->{number});
unlike($out, qr/warning/, 'and from then on it is moved');
is((as('ngx-cert', @ctl, 'reinstate', $row->{number}))[0], 0, 'reinstated');
chown @home, $home;

# A worker of nginx, which has to write the lock file.
my @lock = (stat "$home/store/lock.mdb")[4, 5];
chown 0, 0, "$home/store/lock.mdb";
$t->expect_log(qr/"cert_store" cannot be used by "www-data"/);
like(($t->nginx_test)[1], qr/lock\.mdb": .*belongs to root:root.*(?#
    )has to belong to user www-data/, 'a worker: the required owner');
chown @lock, "$home/store/lock.mdb";
$t->start();

# A seal with another owner.
my $seal = "$home/seals/ministry.pem";
chown 0, 0, $seal;
($status, $out) = as('ngx-cert-render', 'head', '-c1', $seal);
isnt($status, 0, 'a seal of root');
$t->certd(args => [@users]);
chown 0, $mark[1], "$home/store.mark";
chmod 0644, "$home/store.mark";
$t->expect_log(qr/cannot move the mark of the store/);
my $holder = $t->holder($row);
$holder->apply($row->{number});
like($t->await_log('certd', qr/cannot move the mark/), qr/alert.*(?#
    )\/store\.mark": .*belongs to root:.*has to belong to user ngx-cert\b/,
     'certd and the mark of root: the required owner');
chown @mark, "$home/store.mark";
chmod 0640, "$home/store.mark";
like($t->await_log('certd', qr/ministry\.pem.*belongs to/), qr/\Q$seal\E": .*belongs to root:root.*(?#
    )has to belong to user ngx-cert-render/,
     'a renderer: the required owner');
$t->certd_stop();

# The lock file is missing.
$t->stop();
unlink "$home/store/lock.mdb";
($status, $out) = as(@stat);
is($status, 3, 'no lock.mdb: refused');
my ($command) = $out =~ /then run there: (install .* lock\.mdb)$/m;
like($out, qr/end all that use it \(nginx, certd, certctl\)/,
     'says what to stop');
ok(defined $command, 'and what to run') or diag($out);
is(($t->run('sh', '-c', "cd '$home/store' && $command"))[0], 0, 'it runs');
is((as(@stat))[0], 0, 'and the store can be used');
is(join(' ', (stat "$home/store/lock.mdb")[4, 5]), "@lock",
   'with the same owner as before');
$t->start();
ok($t->get('/status')->json->{store}{up}, 'by nginx as well');

$t->done();

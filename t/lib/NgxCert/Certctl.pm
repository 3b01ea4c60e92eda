package NgxCert::Certctl;

# certctl, the home that it makes and looks after, and what is in it: rows,
# copies, tokens.

use strict;
use warnings;
use utf8;

use Fcntl qw(:flock O_CREAT O_RDWR);
use File::Path qw(make_path);
use JSON::PP ();
use POSIX qw(strftime);


# Runs certctl on the home: (status, out, err).
sub certctl {
    my ($self, @args) = @_;

    # A build elsewhere does not find the templates by itself.
    my $bin = $self->certctl_bin;
    my @templates = -d ($bin =~ s{[^/]*$}{../ngx_cert_module}r) ? ()
        : ('--templates', $self->top . '/ngx_cert_module/templates');

    return $self->run($bin, '--home', $self->{dir} . '/home', @templates,
                      @args);
}


# The same, but dies if the command fails; returns what it printed.
sub certctl_ok {
    my ($self, @args) = @_;

    my ($status, $out, $err) = $self->certctl(@args);
    if ($status != 0) {
        pop @args if ref $args[-1];
        die "certctl @args: status $status\n$out$err\n";
    }

    return $out;
}


# With --json; returns the decoded answer.
sub certctl_json {
    my ($self, @args) = @_;
    return JSON::PP->new->decode($self->certctl_ok(@args, '--json'));
}


# The home, made on first use: store, keys, seals, catalogue.  Options are
# those of new(); "at" (demonstration) and "init" (more arguments) besides.
sub home {
    my ($self, %opt) = @_;

    my $home = "$self->{dir}/home";
    return $home if $self->{home};
    $self->{home} = 1;

    %opt = (%{$self->{opt}}, %opt);
    my $group = $opt{group} // $self->group;
    my @at = defined $opt{at} ? ('--at', $opt{at}) : ();

    # In a container the folder of tests may lie in its layers.
    $self->write('home/store/filesystem', "overlayfs\n")
        if ($self->run('stat', '-f', '-c', '%T', $self->{dir}))[1]
           eq "overlayfs\n";
    $self->certctl_ok('init',
        $opt{demonstration} ? '--demonstration' : (),
        $group ne '' ? ('--group', $group) : (),
        @at, @{$opt{init} // []});

    $self->_seals("$home/seals");
    $self->certctl_ok('catalog', 'import',
        $self->top . '/ngx_cert_module/templates/catalogue.csv', @at);

    for my $file (glob "$home/keys/*.keys") {
        $self->secret((split ' ')[4])
            for grep { !/^#/ && /\S/ } split /\n/, $self->read($file);
    }

    return $home;
}


# Seals are slow to make, so all tests share one set.
sub _seals {
    my ($self, $to) = @_;

    my $cache = $self->build . '/test-seals';
    make_path($self->build);
    sysopen my $lock, "$cache.lock", O_CREAT | O_RDWR or die "$cache: $!\n";
    flock $lock, LOCK_EX;
    if (!-e "$cache/ca.pem" || -M "$cache/ca.pem" > 1) {
        my ($status, $out, $err) =
            $self->run($self->top . '/scripts/demo-ca', $cache);
        die "demo-ca: $out$err\n" if $status != 0;
    }
    close $lock;

    make_path($to);
    my ($status, $out, $err) = $self->run('cp', '-rpT', $cache, $to);
    die "cp: $err\n" if $status != 0;
}


# Imports rows and returns them.
sub import_rows {
    my ($self, @rows) = @_;

    $self->home();
    my $file = $self->csv('tmp/import' . ++$self->{imports} . '.csv', @rows);
    $self->certctl_ok('import', $file, '--any-font');

    return @rows;
}


# How many rows an import commits at once.
sub import_batch {
    my ($self) = @_;

    my $header = 'ngx_cert_module/certctl/intake/certctl_intake.h';
    my ($rows) = $self->read($self->top . "/$header")
        =~ /^#define CERTCTL_BATCH +(\d+)$/m or die "$header: no batch\n";
    return $rows;
}


# A key with its certificate, which is its own authority, for so many days; and
# the certificate alone.
sub own_seal {
    my ($self, $name, $days) = @_;

    my $path = $self->path($name);
    my ($status, $out, $err) = $self->run(qw(openssl req -x509 -newkey ec
        -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=own -addext),
        'keyUsage=critical,digitalSignature', '-days', $days, '-keyout',
        "$path.key", '-out', "$path.crt");
    die $err if $status != 0;
    return ($self->read("$path.key") . $self->read("$path.crt"),
            $self->read("$path.crt"));
}


# Applies, renders and seals; returns what certctl says, {code => ...}.
# Further arguments go to certctl.
sub annotate {
    my ($self, $number, @args) = @_;
    $self->home();
    return $self->certctl_json('annotate', $number, @args);
}


sub token {
    my ($self, $code, $right, @args) = @_;

    my $token = $self->certctl_json('token', $code, '--right',
        $right // 'download', @args)->{token};
    $self->secret($token);

    return $token;
}


# The time so many days ago, as --at takes it.
sub days_ago {
    my ($self, $days) = @_;
    return strftime '%Y-%m-%dT%H:%M:%SZ', gmtime time - $days * 86400;
}


# A home with a copy in each state: state => {the row, and code, sha256, size,
# file, view, download}.  Changes that lie in the past are made with --at.
sub samples {
    my ($self) = @_;

    my @states = qw(valid expired generating withdrawn revoked suspended
        replaced original successor);
    my %sample = map { $_ => $self->certificate } @states;
    @{$sample{original}}{qw(qualification specialty level approved issuer)} =
        ('税务师', '', '', '2015-06-01', '中国注册税务师协会');

    my @long_ago = ('--at', $self->days_ago(200));
    $self->home(at => $long_ago[1]);
    $self->certctl_ok('import',
        $self->csv('tmp/samples.csv', @sample{@states}), @long_ago);

    my %more = (
        expired    => ['--at', $self->days_ago(199)],
        generating => ['--no-render'],
        original   => ['--original'],
    );
    for my $state (qw(expired valid generating withdrawn revoked suspended
                      replaced original))
    {
        my $sample = $sample{$state};
        my $copy = $self->annotate($sample->{number}, @{$more{$state} // []});
        @$sample{qw(code sha256 size file)} = @$copy{qw(code sha256 size file)};
        $sample->{$_} = $self->token($sample->{code}, $_, '--ttl', 3600,
            @{$state eq 'expired' ? $more{expired} : []})
            for qw(view download);
    }

    $self->certctl_ok('withdraw', $sample{withdrawn}{code});
    $self->certctl_ok($_->[0], $sample{$_->[1]}{number})
        for ['revoke', 'revoked'], ['suspend', 'suspended'];
    $self->certctl_ok('replace',
        map { $sample{$_}{number} } qw(replaced successor));

    return \%sample;
}


1;

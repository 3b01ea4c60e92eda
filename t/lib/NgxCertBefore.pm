package NgxCertBefore;

# What t/data/make-store and t/50-before.t have in common: a harness with
# a clock of its own, and the commands whose output is kept beside the store.
#
#     my $t = NgxCertBefore->new();
#     $t->clock('2024-06-10T10:00:00');     # in UTC, or seconds since 1970
#     my @said = $t->said($samples);        # [command, what it printed], ...
#     my $text = NgxCertBefore::text(@said);
#     my %said = NgxCertBefore::parse($text);

use strict;
use warnings;
use utf8;

use parent -norequire, 'NgxCert';

use Encode qw(decode encode);
use NgxCert ();
use Time::Local qw(timegm);


# Sets the clock of all programs, those that run included; it goes on as time
# passes.  Returns the seconds since 1970.
sub clock {
    my ($self, $at) = @_;

    if ($at =~ /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)$/) {
        $at = timegm($6, $5, $4, $3, $2 - 1, $1);
    }

    # In place: a program that runs has the file mapped.
    my $file = $self->path('ahead');
    $self->write($file, pack 'q<', 0) if !-e $file;
    chmod 0644, $file;
    open my $fh, '+<:raw', $file or die "$file: $!\n";
    syswrite $fh, pack 'q<', $at - time;
    close $fh or die "$file: $!\n";

    return $at;
}


# A PNG of one grey pixel.
sub picture {
    return pack 'H*', '89504e470d0a1a0a0000000d4948445200000001000000010800000000'
        . '3a7e9b550000000a49444154789c636800000082008177cd72b60000000049454e44'
        . 'ae426082';
}


# Libraries that a caller has loaded come after that of the clock.
sub spawn {
    my ($self, @cmd) = @_;

    my %opt = ref $cmd[-1] eq 'HASH' ? %{pop @cmd} : ();
    my %env = %{$opt{env} // {}};
    $env{LD_PRELOAD} = join ' ', grep { defined && length }
        $self->build . '/clock.so', $env{LD_PRELOAD};
    $env{CLOCK_FILE} = $self->path('ahead');

    return $self->SUPER::spawn(@cmd, {%opt, env => \%env});
}


# What certctl says of a home: of the whole store, of each
# certificate, and of each copy and its file.  Nothing is written by it.
sub said {
    my ($self, $samples) = @_;

    my @commands = (
        ['fsck', '--files', '--json'],
        ['journal', 'verify', '--json'],
        ['stat', '--json'],
        ['export'],
        map { [@$_, '--json'] } (
            ['policy', 'show'], ['catalog', 'list'], ['keys', 'list'],
            ['account', 'list'], ['journal', 'list'],
        ),
    );
    for my $name (sort keys %$samples) {
        my $sample = $samples->{$name};
        push @commands, ['show', $sample->{number}, '--json'];
        push @commands, ['show', $sample->{code}, '--json']
            if defined $sample->{code};
        push @commands, ['verify', "home/$sample->{file}", '--json']
            if defined $sample->{file}
            && -e $self->path("home/$sample->{file}");
    }

    my %seen;
    return map { ["@$_", $self->answer(@$_)] }
        grep { !$seen{"@$_"}++ } @commands;
}

# The status and the output of a command, but for the moment it was asked at and
# for the folder of the test, below which it names files.
sub answer {
    my ($self, @args) = @_;

    my $folder = $self->dir;
    s{^home/}{$folder/home/} for @args;
    my ($status, $out) = $self->certctl(@args);

    return "status $status\n" . $out =~ s/\Q$folder\E\///gr
        =~ s/("checked":")[^"]*/$1NOW/gr;
}


# As a file: a line "$ command" before each.
sub text {
    return encode('UTF-8', join '', map { "\$ $_->[0]\n$_->[1]" } @_);
}

sub parse {
    my ($text) = @_;
    my (undef, @parts) = split /^\$ (.*)\n/m, decode('UTF-8', $text);
    return @parts;
}


1;

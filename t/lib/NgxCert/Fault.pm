package NgxCert::Fault;

# Calls that fail on demand in a program under test, by t/fault/fault.c.

use strict;
use warnings;
use utf8;

use Fcntl qw(O_CREAT O_RDWR);
use POSIX ();


# The environment of a program whose calls are to fail; see t/fault/fault.c.
sub fault_env {
    my ($self) = @_;

    $self->{fault} = "$self->{dir}/fault";
    $self->fault(0, 0);
    chmod 0666, $self->{fault};
    return {LD_PRELOAD => $self->build . '/fault.so',
            FAULT_FILE => $self->{fault}};
}

# Makes the Nth call from now on fail, of the given kinds: memory 1, write 2,
# sync 4, name 8, own memory 1 | 16.  0 switches it off.
sub fault {
    my ($self, $n, $kinds, $errno) = @_;

    sysopen my $fh, $self->{fault}, O_CREAT | O_RDWR or die "fault: $!\n";
    syswrite $fh, pack 'q<4', $n, $kinds, $errno // POSIX::EIO, 0;
}

# How many calls have failed since then; in list context also how many calls are
# left before one fails.
sub faults {
    my ($self) = @_;

    open my $fh, '<:raw', $self->{fault} or die "fault: $!\n";
    sysread $fh, my $bytes, 32;
    my ($left, $failed) = (unpack 'q<4', $bytes)[0, 3];
    return wantarray ? ($failed, $left) : $failed;
}


1;

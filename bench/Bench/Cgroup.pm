package Bench::Cgroup;

# A memory cgroup, of version 1 or 2: the processes in it have no more memory
# than its limit, which includes the pages of files that they read and map.  A
# page counts for the group that read it first, so a file's pages are dropped
# before.

use strict;
use warnings;
use utf8;

use Time::HiRes qw(sleep);


# The cgroup is removed with the object.  Dies with the reason if it cannot be
# made.
sub new {
    my ($class) = @_;

    my $parent = parent() // die "no memory cgroup is mounted\n";
    my $dir = "$parent/ngx_cert_bench.$$";
    mkdir $dir or die "$dir: $!\n";
    my $self = bless {dir => $dir, pid => $$}, $class;

    ($self->{limit}) = grep { -e } map { "$dir/$_" }
        qw(memory.limit_in_bytes memory.max);
    die "$parent hands on no control of memory\n" if !defined $self->{limit};
    return $self;
}


# In bytes.
sub limit {
    my ($self, $bytes) = @_;
    put($self->{limit}, $bytes) or die "$self->{limit}: $!\n";
}


# The folder in which groups are made; undef if no memory cgroup is mounted.
sub parent {
    open my $fh, '<', '/proc/mounts' or return;
    my @mounts = map { [split] } <$fh>;

    for (@mounts) {
        my (undef, $dir, $type, $options) = @$_;
        return $dir if $type eq 'cgroup' && $options =~ /(?:^|,)memory(?:,|$)/;
    }
    for (grep { $_->[2] eq 'cgroup2' } @mounts) {
        my $dir = $_->[1];
        open my $controllers, '<', "$dir/cgroup.controllers" or next;
        next if (<$controllers> // '') !~ /\bmemory\b/;
        put("$dir/cgroup.subtree_control", '+memory');
        return $dir;
    }
    return;
}


# The command that runs another one in the group from its first page on.
sub wrap {
    my ($self) = @_;
    return ('sh', '-c', 'echo $$ > "$0" && exec "$@"',
            "$self->{dir}/cgroup.procs");
}


sub put {
    my ($file, $text) = @_;
    open my $fh, '>', $file or return 0;
    print $fh $text;
    return close $fh;
}


# A group can be removed when its last process is gone.
sub DESTROY {
    my ($self) = @_;

    return if $$ != $self->{pid};
    local ($?, $!);
    if (open my $fh, '<', "$self->{dir}/cgroup.procs") {
        kill 'TERM', map { int } <$fh>;
    }
    for (1 .. 100) {
        last if rmdir $self->{dir};
        sleep 0.05;
    }
}


1;

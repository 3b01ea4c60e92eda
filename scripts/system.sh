# shellcheck shell=bash
# New minimal systems of releases of Debian, in which scripts/matrix and
# scripts/package run commands; sourced behind lib.sh, never run.
#
# It takes root.  Of the script that sources it, it uses
#
#     base    the folder of the systems: of each its archive (RELEASE.tar), the
#             packages that were fetched (RELEASE.packages), what was said
#             (RELEASE.log), and RELEASE itself while it is used
#     clone   where the clone of HEAD lies in a system
#     fresh   not empty: make the archives again
#     keep    not empty: leave the systems there

# shellcheck disable=SC2154
running=                # the process of a system
system=                 # the release whose system it is


# systems_begin RELEASE ...: looks whether they can be made, and makes the
# archives that are missing.  A run holds its releases until it ends: two would
# remove each other's systems.
systems_begin() {
    local release lock

    for release; do
        release_suite "$release" > /dev/null
    done
    [ "$(id -u)" = 0 ] || die "needs root: it makes systems and mounts"

    mkdir -p "$base"
    base=$(cd "$base" && pwd)
    for release; do
        exec {lock}> "$base/$release.lock"
        flock -n "$lock" \
            || die "another scripts/${0##*/} is at work on $release in $base:" \
                "wait for it, or name another --base"
    done

    packages_need mmdebstrap debian-archive-keyring git procps
    for release; do
        base_make "$release"
    done

    trap systems_stop INT TERM HUP
}


# release_suite RELEASE: Debian's name of it.
release_suite() {
    case $1 in
    12)   say bookworm ;;
    13)   say trixie ;;
    next) say testing ;;
    *)    die "unknown release \"$1\": 12, 13 or next" ;;
    esac
}


# What of this machine's apt belongs to its mirror: the way there, and whether
# its lists may be older than they say.
apt_options() {
    apt-config dump | sed -nE \
        's/^(Acquire::(Check-(Valid-Until|Date)|https?::Proxy) ".+");$/\1/p'
}


# base_make RELEASE: the minimal system as an archive, unless it is there.
base_make() {
    local archive=$base/$1.tar log=$base/$1.log options=() line mirror

    if [ -e "$archive" ] && [ -z "$fresh" ]; then
        return
    fi

    mirror=$(mirror_find)
    while read -r line; do
        options+=(--aptopt="$line")
    done < <(apt_options)

    say "$1: making the minimal system" >&2
    if ! mmdebstrap --format=tar --variant=minbase \
        --include=mount,ca-certificates \
        --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
        "${options[@]}" "$(release_suite "$1")" "$archive.new" \
        "$mirror" > "$log" 2>&1 < /dev/null
    then
        tail -n 5 "$log" >&2
        rm -rf "$archive.new"
        die "mmdebstrap could not make the system of $1: $log"
    fi
    mv "$archive.new" "$archive"
}


# system_make RELEASE: unpacked, with a clone of HEAD.
system_make() {
    local root=$base/$1 file

    system_remove "$1"
    rm -rf "$base/$1.tap"
    mkdir -p "$root" "$base/$1.packages/partial"
    tar -C "$root" --numeric-owner -xpf "$base/$1.tar" \
        || die "cannot unpack $base/$1.tar: --fresh makes it again"
    for file in resolv.conf hosts; do
        cp "/etc/$file" "$root/etc/$file"
    done

    # The authorities that npm trusts on this machine, it has to trust there.
    if [ -n "${NODE_EXTRA_CA_CERTS:-}" ]; then
        cp "$NODE_EXTRA_CA_CERTS" "$root/etc/npm.pem"
    fi

    git clone -q --no-hardlinks "$top" "$root$clone" \
        || die "cannot clone $top"
}


system_remove() {
    rm -rf --one-file-system "${base:?}/$1"
}


# system_run RELEASE COMMAND: in the system, as root, with processes and mounts
# of its own.  The root is changed for good: a process in a chroot may make no
# user namespace, as the sandbox of a browser or decoder does.  The shell stays
# the first process, which waits for those whose parent has ended.
system_run() {
    local status=0

    unshare --mount --pid --fork --kill-child --ipc --uts \
        bash -c "$(declare -f system_enter); system_enter \"\$@\"" \
        system_enter "$base/$1" "$base/$1.packages" "$clone" "$2" \
        < /dev/null >> "$base/$1.log" 2>&1 &
    running=$!
    wait "$running" || status=$?
    running=
    return $status
}


# Ends what runs and removes its system.  With the first process of a system,
# the child of unshare, all others in it end, before unshare does.
systems_stop() {
    trap '' INT TERM HUP
    if [ -n "$running" ]; then
        pkill -KILL -P "$running" || kill -KILL "$running" || :
        wait "$running" || :
    fi
    [ -z "$system" ] || [ -n "$keep" ] || system_remove "$system"
    exit 1
}


system_enter() {
    local root=$1 packages=$2 clone=$3 command=$4 ports dev trust=
    local archives=$root/var/cache/apt/archives

    set -eu
    mount --make-rprivate /
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount --rbind /sys "$root/sys"
    mount -t tmpfs -o mode=755 dev "$root/dev"
    for dev in null zero full random urandom tty; do
        touch "$root/dev/$dev"
        mount --bind "/dev/$dev" "$root/dev/$dev"
    done
    mkdir "$root/dev/pts" "$root/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620 pts "$root/dev/pts"
    mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
    ln -s pts/ptmx "$root/dev/ptmx"
    ln -s /proc/self/fd "$root/dev/fd"

    mkdir -p "$archives"
    mount --bind "$packages" "$archives"

    # The network is shared, and so are the locks of the ports that tests use.
    ports=/tmp/ngx_cert_ports.0
    mkdir -p "$ports" "$root$ports"
    mount --bind "$ports" "$root$ports"

    [ ! -e "$root/etc/npm.pem" ] || trust=NODE_EXTRA_CA_CERTS=/etc/npm.pem

    cd "$root"
    mkdir -p .old
    pivot_root . .old
    exec env -i HOME=/root LANG=C.UTF-8 TERM=dumb JOBS="${JOBS:-4}" $trust \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        chroot . bash -c "umount -l /.old; rmdir /.old
            cd ${clone@Q} && $command
            exit"
}

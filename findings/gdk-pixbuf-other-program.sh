#!/usr/bin/env bash
# gdk-pixbuf 2.44 has a PNG decoded by another program, found by /proc.
#
#     package    libgdk-pixbuf-2.0-0 2.44.8+dfsg-1 with glycin-loaders
#                2.2.2+ds-1 (Debian's next release); not 2.42.12 (Debian 13),
#                which decodes the same file in the process
#     behaviour  Loading a valid PNG starts glycin-image-rs.  Where that may not
#                be executed, or where /proc is not mounted, the load of that
#                file fails.
#     the guess  A library decodes in the process that calls it, so a sandbox
#                without exec, or a chroot with the libraries alone, does
#                not matter; what worked with 2.42 works with 2.44.
#
# Seen, with a picture of 4 by 4 pixels:
#
#     started: /usr/libexec/glycin-loaders/2+/glycin-image-rs
#     with /proc: loaded
#     without /proc: failed to load "/tmp/a.png": Failed to load image
#     “/tmp/a.png”: Failed to get the filename
#     exec refused: failed to load "/tmp/a.png": Failed to load image
#     “/tmp/a.png”: Could not spawn `env -i RUST_BACKTRACE="1"
#     "/usr/libexec/glycin-loaders/2+/glycin-image-rs" "--dbus-fd" "12"`:
#     Permission denied (os error 13)
#
# It takes a minute, and root or unprivileged user namespaces, for chroot.

set -eu

# shellcheck source-path=SCRIPTDIR source=../scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
system=$work/system

packages_unpack testing "$system" libgdk-pixbuf2.0-bin=2.44.8+dfsg-1 \
    libgdk-pixbuf-2.0-0=2.44.8+dfsg-1 glycin-loaders=2.2.2+ds-1 \
    libglycin-2-0=2.2.2+ds-1 strace

mkdir -p "$system/proc" "$system/dev" "$system/tmp"
touch "$system/dev/null" "$system/dev/urandom"

# What installing it would have made: how a PNG is told.
packages_run "$system" "$system/usr/bin/update-mime-database" \
    "$system/usr/share/mime" > /dev/null 2>&1

base64 -d > "$system/tmp/a.png" <<'END'
iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAAEElEQVR4nGM4kWIERwzEcQBCchXh
IRsTawAAAABJRU5ErkJggg==
END

# inside COMMAND: runs it with the unpacked system as its root, "$system"; what
# it mounts and what it starts end with it.
inside() {
    local user=()

    [ "$(id -u)" = 0 ] || user=(--map-root-user)
    # shellcheck disable=SC2016
    timeout 60 unshare "${user[@]}" --mount --pid --fork --kill-child \
        sh -eu -c 'for device in null urandom; do
                       mount --bind "/dev/$device" "$1/dev/$device"
                   done
                   eval "$2"' sh "$system" "$1"
}

# shellcheck disable=SC2016
proc='mount -t proc proc "$1/proc"'
# shellcheck disable=SC2016
decode='chroot "$1" /usr/bin/gdk-pixbuf-csource --raw /tmp/a.png'

# tell WHAT COMMAND: whether a picture was loaded.
tell() {
    local what=$1 output

    if output=$(inside "$2" 2>&1); then
        say "$what: loaded"
    else
        say "$what: ${output##*$'\n'}"
    fi
}

inside "$proc; chroot \"\$1\" /usr/bin/strace -f -e trace=execve -o /tmp/trace \
    /usr/bin/gdk-pixbuf-csource --raw /tmp/a.png > /dev/null"
started=$(sed -nE 's/^.*execve\("([^"]*)".* = 0$/\1/p' "$system/tmp/trace" \
    | sed 1d | sort -u)
say "started: ${started:-nothing}"

with=$(tell 'with /proc' "$proc; $decode")
without=$(tell 'without /proc' "$decode")
chmod a-x "$system"/usr/libexec/glycin-loaders/*/glycin-image-rs
refused=$(tell 'exec refused' "$proc; $decode")
say "$with"
say "$without"
say "$refused"

[ -n "$started" ] || die "gdk-pixbuf 2.44 decodes in the process"
[ "$with" = "with /proc: loaded" ] || die "gdk-pixbuf 2.44 loads no PNG here"
case $without in
*': loaded') die "gdk-pixbuf 2.44 loads a PNG without /proc" ;;
esac
case $refused in
*': loaded') die "gdk-pixbuf 2.44 loads a PNG without the other program" ;;
esac

# shellcheck shell=bash disable=SC2034
# What the scripts share; sourced, never run.

set -eu

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Debian's names.  The library and certctl, the module, and what they print.
packages_build=(
    gcc make pkg-config libc6-dev
    liblmdb-dev libssl-dev libpcre2-dev libutf8proc-dev
    librsvg2-dev libpango1.0-dev libcairo2-dev libqrencode-dev libqpdf-dev
    libpng-dev libjpeg62-turbo-dev libcsv-dev libzip-dev libexpat1-dev
    libjansson-dev libcurl4-openssl-dev
    libmicrohttpd-dev libcrypt-dev libseccomp-dev
    nginx nginx-dev zlib1g-dev
    openssl curl perl procps
    fontconfig fonts-noto-cjk fonts-noto-cjk-extra fonts-arphic-ukai
    fonts-arphic-gkai00mp fonts-dejavu-core
)

packages_test=(
    binutils git clang
    poppler-utils qpdf ghostscript mupdf-tools zbar-tools
    nghttp2-client strace lmdb-utils
    fail2ban logrotate prometheus systemd util-linux-extra valgrind wrk
    libjson-validator-perl libyaml-libyaml-perl unicode-data
    libnginx-mod-http-lua libnginx-mod-http-echo
    libnginx-mod-http-headers-more-filter libnginx-mod-http-srcache-filter
)

# What measures, and what is measured beside: nothing of it is needed to build,
# and none of its servers is left running or enabled.
packages_bench=(wrk gnuplot-nox valgrind lmdb-utils util-linux-extra time)
packages_beside=(
    nginx-extras lua-nginx-redis redis-server postgresql
    golang-go golang-github-jackc-pgx-v4-dev
    python3-uvicorn python3-uvloop python3-httptools python3-asyncpg
)


say() {
    printf '%s\n' "$*"
}


die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}


# Runs a command as root.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo > /dev/null; then
        sudo "$@"
    else
        die "needs root or sudo to run: $*"
    fi
}


is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2> /dev/null)" \
        = installed ]
}


# Installs those of the given packages that are missing.  Services that come
# with them (nginx, redis, ...) are neither started nor left enabled.
packages_need() {
    local package missing=() log

    if ! command -v dpkg-query > /dev/null \
        || ! command -v apt-get > /dev/null
    then
        say "not Debian: what is needed must be there already: $*" >&2
        return
    fi

    for package; do
        is_installed "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0

    say "installing ${missing[*]}" >&2
    log=$(mktemp)
    if ! { apt_update && apt_install "${missing[@]}"; } > "$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        die "could not install ${missing[*]}"
    fi
    rm -f "$log"

    services_disable "${missing[@]}"
}


# Those of the tests.  The sanitizers' runtime is a package that has the number
# of the clang that is installed in its name.
packages_need_test() {
    local version

    packages_need "${packages_build[@]}" "${packages_test[@]}"
    version=$(clang -dumpversion)
    packages_need "libclang-rt-${version%%.*}-dev"
}


# A source of the machine that is out of reach is not our business: whether
# the packages can be had is told by the installation.
apt_update() {
    as_root apt-get -q -o DPkg::Lock::Timeout=300 update || :
}


apt_install() {
    local policy=/usr/sbin/policy-rc.d ours='' status=0

    if [ ! -e "$policy" ]; then
        ours=$policy
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" > /dev/null
        as_root chmod 755 "$policy"
    fi

    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
        -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@" \
        < /dev/null || status=$?

    if [ -n "$ours" ]; then
        as_root rm -f "$ours"
    fi

    return $status
}


# So that they do not come up with the machine either; without systemd nothing
# would start them.
services_disable() {
    local package service

    command -v systemctl > /dev/null || return 0
    for package; do
        case $package in
        nginx|nginx-extras) service=nginx ;;
        fail2ban|prometheus|postgresql|redis-server) service=$package ;;
        logrotate) service=logrotate.timer ;;
        *) continue ;;
        esac
        as_root systemctl disable --quiet "$service" > /dev/null 2>&1 || :
    done
}


# The mirror of Debian that this machine uses.
mirror_find() {
    local found

    found=$(sed -nE \
        -e 's/^URIs: *([^ ]*\/debian)\/?( .*)?$/\1/p' \
        -e 's/^deb +(\[[^]]*\] +)?([^ ]*\/debian)\/? .*$/\2/p' \
        /etc/apt/sources.list /etc/apt/sources.list.d/*.sources \
        /etc/apt/sources.list.d/*.list 2> /dev/null | head -n 1)
    [ -n "$found" ] || die "no mirror of Debian in the sources of apt"
    say "$found"
}


# apt_private FOLDER KIND SUITE: fetches lists of our own (deb or deb-src) of a
# Debian release into FOLDER, and sets "apt_options" to what makes apt use them:
# those of the machine stay as they are, and no package counts as installed.
apt_private() {
    local folder=$1 mirror

    mirror=$(mirror_find) || return
    mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial"
    : > "$folder/status"
    say "$2 [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
        "$mirror $3 main" > "$folder/sources.list"

    apt_options=(
        -o "Dir::Etc::SourceList=$folder/sources.list"
        -o "Dir::Etc::SourceParts=-"
        -o "Dir::State::Lists=$folder/lists"
        -o "Dir::State::Status=$folder/status"
        -o "Dir::Cache=$folder/cache"
        -o "APT::Sandbox::User="
        -o "Acquire::Languages=none"
    )
    apt-get "${apt_options[@]}" -q update
}


# source_fetch SUITE PACKAGE: fetches the upstream tarball of a package of a
# Debian release into build/source/SUITE.
source_fetch() {
    local suite=$1 package=$2 apt_options
    local folder=$top/build/source/$suite
    local apt=$folder/apt.$package log=$folder/$package.log

    if compgen -G "$folder/${package}_*.orig.tar.*" > /dev/null; then
        return
    fi

    mkdir -p "$folder"
    (
        cd "$folder" && apt_private "$apt" deb-src "$suite" && apt-get \
            "${apt_options[@]}" -q source --download-only "$package"
    ) > "$log" 2>&1 || :

    # A mirror in the middle of an update may lack Debian's own part, which
    # is not needed; what apt did download it has verified.
    compgen -G "$folder/${package}_*.orig.tar.*" > /dev/null \
        || { tail -n 5 "$log" >&2; die "cannot fetch the source of $package"; }
    rm -rf "$apt"
}


# packages_unpack SUITE FOLDER PACKAGE=VERSION ...: unpacks packages of a Debian
# release, and all they depend on, into FOLDER, without root and without
# installing them.  FOLDER can be the root of their programs (chroot), and
# packages_run runs others with their libraries.
packages_unpack() {
    local suite=$1 folder=$2 apt_options file
    shift 2

    mkdir -p "$folder"
    if ! {
        apt_private "$folder.apt" deb "$suite" \
            && apt-get "${apt_options[@]}" -o Debug::NoLocking=1 -q -y \
                --no-install-recommends --download-only install "$@"
    } > "$folder.log" 2>&1
    then
        grep '^E:' "$folder.log" >&2 || tail -n 5 "$folder.log" >&2
        die "cannot fetch $* of $suite"
    fi

    for file in bin lib lib64 sbin; do
        mkdir -p "$folder/usr/$file"
        ln -sfn "usr/$file" "$folder/$file"
    done
    for file in "$folder.apt/cache/archives"/*.deb; do
        (
            set -o pipefail
            dpkg-deb --fsys-tarfile "$file" | tar -C "$folder" -x \
                --keep-directory-symlink --no-same-owner
        ) || die "cannot unpack $file"
    done
    rm -rf "$folder.apt" "$folder.log"
}


# packages_run FOLDER PROGRAM [ARGUMENT ...]: runs a program with the libraries
# of an unpacked release, its C library included.
packages_run() {
    local folder=$1 loader
    shift

    loader=$(compgen -G "$folder/lib64/ld-linux-*.so.*" \
        || compgen -G "$folder/lib/ld-linux-*.so.*") \
        || die "no loader in $folder"
    "$loader" --library-path "$(dirname "$folder"/lib/*/libc.so.6)" "$@"
}


# A curl that speaks HTTP/3: that of the machine, else that of Debian 13, which
# is unpacked in build/curl.
curl_http3() {
    local folder=$top/build/curl

    if [[ $(curl --version 2> /dev/null) == *HTTP3* ]]; then
        command -v curl
        return
    fi

    if [ ! -x "$folder/run" ]; then
        packages_unpack trixie "$folder.new" curl || return
        rm -rf "$folder"
        mv "$folder.new" "$folder"
        # shellcheck disable=SC2016
        printf '#!/usr/bin/env bash\n. %q\npackages_run %q %q "$@"\n' \
            "$top/scripts/lib.sh" "$folder" "$folder/usr/bin/curl" \
            > "$folder/run"
        chmod +x "$folder/run"
    fi
    say "$folder/run"
}


# Debian's Chromium; that without a window costs half.
browser_find() {
    command -v chromium-headless-shell || command -v chromium
}


# What the browser tests and the pictures need: Chromium; node, unless it is
# there from elsewhere; and from npm, in build/browser, what drives them.
# Where npm does not get it, build/browser.log says why, and the status is 1.
browser_need() {
    local browser=$top/build/browser log=$top/build/browser.log

    (packages_need chromium-headless-shell) || browser_find > /dev/null \
        || die "there is no Chromium"

    command -v node > /dev/null || packages_need nodejs
    command -v npm > /dev/null || packages_need npm

    if [ -d "$browser/node_modules" ] \
        && cmp -s "$top/t/browser/package.json" "$browser/package.json"
    then
        return
    fi

    say "installing what drives the browser" >&2
    rm -rf "$browser"
    mkdir -p "$browser"
    cp "$top/t/browser/package.json" "$browser"
    if ! (cd "$browser" && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm install \
        --no-package-lock --no-audit --no-fund --ignore-scripts) > "$log" 2>&1
    then
        tail -n 5 "$log" >&2
        rm -rf "$browser"
        say "npm could not install what drives the browser: $log" >&2
        return 1
    fi
    rm -f "$log"
}


# How many jobs make may run.
jobs_count() {
    getconf _NPROCESSORS_ONLN 2> /dev/null || echo 2
}


# Runs make quietly; shows what it printed if it fails.  One at a time: two that
# configure nginx's source would remove it under each other.
build() {
    local log

    log=$(mktemp)
    mkdir -p "$top/build"
    if ! flock "$top/build/lock" make -C "$top" -s -j "$(jobs_count)" "$@" > "$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        die "make $* failed"
    fi
    rm -f "$log"
}


# The nginx to run: NGX_BIN, or the system's.
nginx_find() {
    if [ -n "${NGX_BIN:-}" ]; then
        say "$NGX_BIN"
    else
        PATH=$PATH:/usr/sbin command -v nginx || die "nginx is not installed"
    fi
}

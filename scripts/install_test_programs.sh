#!/usr/bin/env bash
# Some tests open a page in a Chromium, or talk to the MQTT broker mosquitto. Where one of them is
# missing those tests skip and say so: this never fails.
set -uo pipefail

is_here() {
    for program in "$@"; do
        command -v "$program" >/dev/null && return
        [ -x "/usr/sbin/$program" ] && return
    done
    return 1
}

missing=()
is_here chromium chromium-browser google-chrome || missing+=(chromium)
is_here mosquitto || missing+=(mosquitto)
[ ${#missing[@]} = 0 ] && exit 0

skip() {
    echo "note: no ${missing[*]} ($1); the tests that need it will skip." >&2
    exit 0
}

command -v apt-get >/dev/null || skip "install by hand to run them"
if [ "$(id -u)" = 0 ]; then
    as_root=()
elif sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
else
    skip "root is needed: sudo apt-get install ${missing[*]}"
fi

echo "installing ${missing[*]} for the tests ..." >&2
"${as_root[@]}" apt-get update -qq >/dev/null 2>&1
DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -qq -y --no-install-recommends \
    "${missing[@]}" >/dev/null 2>&1 || skip "apt-get could not install it"

#!/usr/bin/env bash
# The tests that open a page want a Chromium. Without one they skip and say so: this never fails.
set -uo pipefail

for browser in chromium chromium-browser google-chrome; do
    command -v "$browser" >/dev/null && exit 0
done

skip() {
    echo "note: no Chromium ($1); the tests that open a page in a browser will skip." >&2
    exit 0
}

command -v apt-get >/dev/null || skip "install one by hand to run them"
if [ "$(id -u)" = 0 ]; then
    as_root=()
elif sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
else
    skip "root is needed: sudo apt-get install chromium"
fi

echo "installing Chromium for the browser tests ..." >&2
"${as_root[@]}" apt-get update -qq >/dev/null 2>&1
DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -qq -y --no-install-recommends chromium \
    >/dev/null 2>&1 || skip "apt-get could not install it"

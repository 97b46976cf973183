#!/bin/sh
# Fetches Debian's kernel for guests into a folder, without installing it: `vmlinux`, and its modules under
# `lib/modules/RELEASE`. Needs apt-get, dpkg-deb, depmod and xz, and no root.
#
#   fetch-kernel.sh [FOLDER]
set -eu
folder=${1:-node_modules/.cache/uvfio/guest-kernel}
if [ -e "$folder/vmlinux" ]; then
  exit 0
fi
mkdir -p "$(dirname "$folder")"
work=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$work"' EXIT

# linux-image-amd64 is empty and depends on the kernel of the day.
package=$(apt-cache depends --no-recommends --no-suggests linux-image-amd64 | sed -n 's/^ *Depends: //p' | head -n 1)
(cd "$work" && apt-get download -qq -o APT::Sandbox::User=root "$package" && dpkg-deb -x ./*.deb package)
release=${package#linux-image-}
mkdir "$work/kernel"
mv "$work/package/lib" "$work/kernel/lib"
/sbin/depmod -b "$work/kernel" "$release"

# Decompressed here once: under emulation, every boot would spend most of its time on it.
image=$work/package/boot/vmlinuz-$release
start=$(LC_ALL=C grep -abo "$(printf '\3757zXZ')" "$image" | head -n 1 | cut -d : -f 1)
# What stands behind the compressed kernel makes xz complain.
tail -c "+$((start + 1))" "$image" | xz -dc > "$work/kernel/vmlinux" 2> /dev/null || true
test -s "$work/kernel/vmlinux"
rm -rf "$folder"
mv "$work/kernel" "$folder"

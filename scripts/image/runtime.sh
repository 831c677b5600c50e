#!/bin/sh
# Puts Node and what it needs to run into the folder $1, as the image has it from its root on: its program, the
# libraries that it is linked to, who its user is, and how names are looked up. No shell, nothing else.
# The Dockerfile and test/image run this same script.
set -eu
root=$1
node=$(node -p process.execPath)

mkdir -p "$root/usr/bin" "$root/etc/podmate" "$root/run/podmate" "$root/tmp" "$root/proc" "$root/dev" "$root/sys"
cp "$node" "$root/usr/bin/node"
# Paths as the dynamic linker says them: `libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x…)`, `/lib64/ld-linux… (0x…)`.
ldd "$node" | grep -oE '/[^ ]+' | while read -r library; do
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done

# Some programs want a name for their user; podmate does without, so any other uid does as well.
echo 'podmate:x:65532:65532:podmate:/:/sbin/nologin' >"$root/etc/passwd"
echo 'podmate:x:65532:' >"$root/etc/group"
# glibc's own order asks DNS before it looks into /etc/hosts.
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
# Sockets that the app connects to may lie here. By mode and not by owner: COPY gives all to root.
chmod 1777 "$root/run/podmate" "$root/tmp"

#!/bin/bash
# Makes vmlinuz, initrd.gz and agent.gz, the same RAM disk with QEMU's guest agent in it, in OUT from the distribution's own
# packages. Nothing is installed: they are downloaded and unpacked. The agent's libraries are this machine's, which has them
# since QEMU needs them too. Works for a plain user too.
#   usage: build-guest.sh OUT INIT        exit 3 = the package lists are missing, 4 = no known package tool
set -euo pipefail
out=$(realpath "$1") init=$(realpath "$2")
work=$out/work
mkdir -p "$work/deb" "$work/x" "$work/root"/{bin,modules,dev}
cd "$work/deb"

if command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null; then
  case $(dpkg --print-architecture) in
    amd64) flavours="linux-image-cloud-amd64 linux-image-amd64 linux-image-virtual";;
    *) echo "no guest kernel is known for $(dpkg --print-architecture)" >&2; exit 4;;
  esac
  kernel=''
  for flavour in $flavours; do
    kernel=$(apt-cache depends "$flavour" 2>/dev/null | awk '/Depends: linux-image-/{print $2; exit}')
    [ -z "$kernel" ] || break
  done
  [ -n "$kernel" ] || { echo "apt knows none of: $flavours" >&2; exit 3; }
  packages=("$kernel" busybox-static qemu-guest-agent)
  modules=${kernel/linux-image-/linux-modules-}             # Ubuntu keeps the modules in a package of their own
  apt-cache show "$modules" >/dev/null 2>&1 && packages+=("$modules")
  sandbox=()
  [ "$(id -u)" != 0 ] || sandbox=(-o APT::Sandbox::User=root)
  apt-get "${sandbox[@]}" download -qq "${packages[@]}" >/dev/null
  for package in *.deb; do dpkg-deb -x "$package" ../x; done
elif command -v dnf >/dev/null && command -v rpm2cpio >/dev/null; then
  dnf -q download --arch x86_64 kernel-core kernel-modules-core busybox qemu-guest-agent >/dev/null
  for package in *.rpm; do (cd ../x && rpm2cpio "../deb/$package" | cpio -idm --quiet); done
else
  echo "neither apt-get with dpkg-deb nor dnf with rpm2cpio is here" >&2; exit 4
fi

cd "$work"
kernel=$(find x \( -path 'x/boot/vmlinuz-*' -o -path 'x/lib/modules/*/vmlinuz' -o -path 'x/usr/lib/modules/*/vmlinuz' \) \
  -type f -print -quit)
busybox=$(find x -path '*bin/busybox' -type f -print -quit)
[ -n "$kernel" ] && [ -n "$busybox" ] || { echo "the packages hold no kernel or no busybox" >&2; exit 1; }
cp "$kernel" "$out/vmlinuz"
chmod 644 "$out/vmlinuz"
cp "$busybox" root/bin/busybox
ln -s busybox root/bin/sh

: > root/modules/order
# In the order in which they can be loaded; one that is built into the kernel is simply not found.
for module in virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk \
    scsi_common scsi_mod virtio_scsi sd_mod virtio_console failover net_failover virtio_net virtio-rng cdrom sr_mod isofs \
    evdev button; do
  file=$(find x \( -name "$module.ko" -o -name "$module.ko.xz" -o -name "$module.ko.zst" \) -print -quit)
  [ -n "$file" ] || continue
  case $file in
    *.xz) xz -dc "$file" > "root/modules/$module.ko";;
    *.zst) zstd -dcq "$file" > "root/modules/$module.ko";;
    *) cp "$file" "root/modules/$module.ko";;
  esac
  echo "$module.ko" >> root/modules/order
done
install -m 755 "$init" root/init
# Same input, same bytes: sorted names, one owner, one date.
packed() {
  find "$1" -exec touch -h -d @0 {} +
  (cd "$1" && find . | LC_ALL=C sort | ../"$busybox" cpio -o -H newc -R 0:0 2>/dev/null) | gzip -9n
}
packed root > "$out/initrd.gz"
[ -s "$out/initrd.gz" ]

# The kernel takes one archive after the other, so that a guest without the agent boots as fast as ever.
agent=$(find x -path '*bin/qemu-ga' -type f -print -quit)
[ -n "$agent" ] || { echo "the packages hold no qemu-ga" >&2; exit 1; }
mkdir -p more/bin more/lib
cp "$agent" more/bin/qemu-ga
ldd "$agent" > libraries
if grep 'not found' libraries >&2; then
  echo "these libraries of the guest agent are not here; they come with QEMU" >&2; exit 1
fi
awk '$2 == "=>" {print $3}' libraries | while read -r library; do cp -L "$library" more/lib/; done
loader=$(awk '$1 ~ /ld-linux/ {print $1}' libraries)
mkdir -p "more${loader%/*}"
cp -L "$loader" "more$loader"
{ cat "$out/initrd.gz"; packed more; } > "$out/agent.gz"
cd "$out"
rm -rf "$work"

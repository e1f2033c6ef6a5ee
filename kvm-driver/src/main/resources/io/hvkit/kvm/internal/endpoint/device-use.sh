# Tells what the kernel does with the block device $1 and its partitions, a line each; nothing if nothing.
set -eu
node=$(stat -L -c '%t %T' -- "$1")
device=/sys/dev/block/$((0x${node% *})):$((0x${node#* }))
[ -e "$device/dev" ] || { echo "$device is not there" >&2; exit 1; }
for part in "$device" "$device"/*/; do
  [ -e "$part/dev" ] || continue
  number=$(cat "$part/dev")
  for holder in "$part"/holders/*; do
    [ -e "$holder" ] && printf '%s is made of it\n' "${holder##*/}"
  done
  while read -r _ _ mounted _ point _; do
    [ "$mounted" = "$number" ] && printf 'it is mounted at %s\n' "$point"
  done </proc/self/mountinfo
  while read -r file _; do
    [ -b "$file" ] && swap=$(stat -L -c '%t %T' -- "$file") || continue
    [ "$((0x${swap% *})):$((0x${swap#* }))" = "$number" ] && printf 'the host swaps to %s\n' "$file"
  done </proc/swaps
done
exit 0

# Has the host's tools make tiny encrypted images, open them, and refuse another key. Standard input: two keys, a line each.
# Standard output: "tool NAME VERSION" and "try WHAT"; what was tried last is what failed, if the exit code is not 0.
umask 077
file=$(mktemp -p /dev/shm hvkit-probe.XXXXXXXXXX 2>/dev/null || mktemp "${TMPDIR:-/tmp}/hvkit-probe.XXXXXXXXXX") || exit 1
exec 3<>"$file"
rm -f "$file" || exit 1 # it lives on without a name, and ends with the last program that has it open, however that ends
image=/proc/self/fd/3
IFS= read -r key && IFS= read -r wrong || exit 1

tool() { printf 'tool %s %s\n' "$1" "$("$1" --version | head -n 1)"; }
try() { printf 'try %s\n' "$1"; }
qemu() { # $1: a key, then the arguments
  printf %s "$1" | { shift; qemu-img "$@"; }
}
create() { # making LUKS fails at random where QEMU cannot measure how fast the processor is; a slower hash is measured more surely
  for hash in sha256 sha256 sha256 sha256 sha512 sha512 sha512 sha512; do
    qemu "$key" create -q -f "$1" --object secret,id=k,format=raw,file=/dev/stdin \
      -o "$2key-secret=k,$2iter-time=10,$2hash-alg=$hash$3" "$image" 1M && return
  done
  return 1
}
opens() {
  qemu "$1" map --force-share --output=json --max-length=512 --object secret,id=k,format=raw,file=/dev/stdin \
    --image-opts "$2,file.driver=file,file.filename=$image" >/dev/null
}
crypt() { # $1: a key, then the arguments
  printf %s "$1" | { shift; cryptsetup "$@" --batch-mode --key-file=- "$image"; }
}

try 'qemu-img answers'
qemu-img --version >/dev/null || exit 1
tool qemu-img
try 'cryptsetup answers'
cryptsetup --version >/dev/null || exit 1
tool cryptsetup
try 'qemu-img makes LUKS'
create luks '' '' || exit 1
try 'what qemu-img made is LUKS'
[ "$(od -An -tx1 -N8 "$image" | tr -d ' \n')" = 4c554b53babe0001 ] || exit 1
try 'qemu-img opens it with its key'
opens "$key" driver=luks,key-secret=k || exit 1
try 'qemu-img refuses another key'
if opens "$wrong" driver=luks,key-secret=k 2>/dev/null; then exit 1; fi
try 'cryptsetup opens it with its key'
crypt "$key" open --test-passphrase || exit 1
try 'cryptsetup refuses another key'
if crypt "$wrong" open --test-passphrase 2>/dev/null; then exit 1; fi
try 'qemu-img makes LUKS inside qcow2'
create qcow2 encrypt. ,encrypt.format=luks || exit 1
try 'qemu-img opens that with its key'
opens "$key" driver=qcow2,encrypt.key-secret=k || exit 1
try 'qemu-img refuses another key for that'
if opens "$wrong" driver=qcow2,encrypt.key-secret=k 2>/dev/null; then exit 1; fi
try 'cryptsetup formats'
truncate -s 0 "$image" && truncate -s 4M "$image" &&
  crypt "$key" luksFormat --type luks1 --pbkdf-force-iterations 1000 || exit 1
try 'cryptsetup opens what it formatted'
crypt "$key" open --test-passphrase || exit 1
try 'qemu-img opens what cryptsetup formatted'
opens "$key" driver=luks,key-secret=k || exit 1

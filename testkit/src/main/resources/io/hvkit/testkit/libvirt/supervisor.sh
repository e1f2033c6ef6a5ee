#!/bin/bash
# Keeps one private libvirt host: virtlogd, libvirtd and the guests they start. Reads commands on stdin, gives one line
# of answer to each on stdout, and ends everything when stdin ends, however its writer died.
#   usage: supervisor.sh namespace|session FOLDER HOSTNAME [SHORT]
# "namespace" is for root and runs as PID 1 of its own PID, mount and UTS namespace: when this script ends, the kernel
# kills the rest and drops the mounts. "session" is for a plain user; there the rest is found by its environment.
# SHORT is a directory for a short alias of FOLDER, whose own path is too long for Unix sockets; removed at the end.
#   start  -> ok PID     stop -> ok     kill -> ok     pids -> ok PID...     quit -> ok     else -> failed WHY
set -u
mode=$1 folder=$2 name=$3 short=${4:-}
mkdir -p "$folder"/{run,lib,log,cache,etc,home} || exit 1
exec 2>>"$folder/log/supervisor.log"
base=$folder alias="" daemon="" logger="" child=""

say() { printf '%s\n' "$*"; }
alive() { [ -n "$1" ] && kill -0 "$1" 2>/dev/null; }

# Waits up to $1 tenths of a second until the rest of the arguments succeed as a command.
within() {
  local tenths=$1; shift
  until "$@"; do
    [ $((tenths--)) -gt 0 ] || return 1
    sleep .1
  done
}
gone() { ! alive "$1"; }

# --- the two modes ---------------------------------------------------------------------------------------------------

# Replaces a directory by a view of itself, so that entries can be added which the rest of the machine does not see.
view() {
  local entry target stage=$folder/view
  mkdir -p "$stage" && mount -t tmpfs -o mode=755 hvkit "$stage" || return 1
  shopt -s nullglob dotglob
  for entry in "$1"/*; do
    target=$stage/${entry##*/}
    if [ -L "$entry" ]; then cp -P "$entry" "$target"
    elif [ -d "$entry" ]; then mkdir "$target" && mount --rbind "$entry" "$target"
    else : > "$target" && mount --bind "$entry" "$target"
    fi || return 1
  done
  shopt -u nullglob dotglob
  mount --move "$stage" "$1"
}

# Shows $1, a folder of this host, at the place $2 where libvirt looks for it.
show() {
  if [ ! -d "$2" ]; then
    view "${2%/*}" && mkdir "$2" || return 1
  fi
  mount --bind "$1" "$2"
}

# A /dev/kvm that opens on a CPU without vmx and svm runs no ordinary guest, and makes libvirtd ask QEMU again and again
# what it can do. A read-only file in its place counts as "no KVM".
hide_useless_kvm() {
  [ -e /dev/kvm ] && ! grep -qE '^flags.* (vmx|svm)( |$)' /proc/cpuinfo || return 0
  : > "$folder/no-kvm"
  mount --bind "$folder/no-kvm" /dev/kvm && mount -o remount,bind,ro /dev/kvm
}

# libvirt looks up the user it was built to run guests as before it reads that ours is root; a machine on which libvirt is
# installed without its service lacks that user. Here, and only here, it exists.
know_libvirts_user() {
  local kind name
  for kind in passwd group; do
    cp "/etc/$kind" "$folder/$kind" || return 1
    for name in libvirt-qemu qemu kvm; do
      grep -q "^$name:" "$folder/$kind" && continue
      case $kind in
        passwd) echo "$name:x:65533:65533::/nonexistent:/usr/sbin/nologin" >> "$folder/passwd";;
        group) echo "$name:x:65533:" >> "$folder/group";;
      esac
    done
    mount --bind "$folder/$kind" "/etc/$kind" || return 1
  done
}

enter_namespace() {
  [ $$ = 1 ] || { say "failed not PID 1 of its own PID namespace"; exit 1; }
  echo "$name" > /proc/sys/kernel/hostname && mkdir -p "$folder/nothing" || return 1
  show "$folder/run" /run/libvirt && show "$folder/lib" /var/lib/libvirt && show "$folder/etc" /etc/libvirt \
    && show "$folder/log" /var/log/libvirt && show "$folder/cache" /var/cache/libvirt || return 1
  local bus                                     # else libvirtd would register guests with the machine's own systemd
  for bus in /run/dbus /run/systemd; do
    [ ! -d $bus ] || mount --bind "$folder/nothing" $bus || return 1
  done
  know_libvirts_user && hide_useless_kvm
}

environment=(PATH="$PATH" LC_ALL=C)
settle() {
  case $mode in
    namespace)
      enter_namespace || return 1
      environment+=(HOME="$folder/home");;
    session)
      chmod 700 "$folder/run"
      environment+=(HOME="$base/home" USER="$(id -un 2>/dev/null || id -u)" XDG_RUNTIME_DIR="$base/run"
        XDG_CONFIG_HOME="$base/etc" XDG_CACHE_HOME="$base/cache" XDG_DATA_HOME="$base/lib");;
    *) return 1;;
  esac
}

# Everything that lives here in session mode, this script left out: libvirtd hands its guests an XDG_CACHE_HOME below its own.
residents() {
  grep -lszF "XDG_CACHE_HOME=$base/" /proc/[0-9]*/environ | cut -d/ -f3
}

none_left() {
  local pids
  pids=$(residents)
  [ -n "$pids" ] || return 0
  kill -KILL $pids 2>/dev/null
  return 1
}

finish() {
  trap '' TERM INT HUP
  if [ "$mode" = session ] && ! within 300 none_left; then
    echo "still there: $(residents | tr '\n' ' ')" >&2
  fi
  [ -z "$alias" ] || rm -rf "$alias"
}

# --- commands --------------------------------------------------------------------------------------------------------

launch() {
  local log=$folder/log/$1.log
  env -i "${environment[@]}" "$@" </dev/null >>"$log" 2>&1 9>&- &
  child=$!; disown "$child"
}

answering() { [ -S "$1" ] || ! alive "$logger"; }

start() {
  local sockets=$base/run
  [ "$mode" = namespace ] || sockets=$base/run/libvirt
  if ! alive "$logger"; then
    rm -f "$sockets/virtlogd-sock"
    launch virtlogd --pid-file "$folder/virtlogd.pid"; logger=$child
    within 200 answering "$sockets/virtlogd-sock" && alive "$logger" \
      || { say "failed virtlogd does not come up: $(tail -n 3 "$folder/log/virtlogd.log" | tr '\n' ' ')"; return; }
  fi
  if ! alive "$daemon"; then
    launch libvirtd --listen --pid-file "$folder/libvirtd.pid"; daemon=$child
  fi
  say "ok $daemon"
}

stop() {
  alive "$daemon" || { say ok; return; }
  kill -"$1" "$daemon"
  within 300 gone "$daemon" || { say "failed libvirtd has not ended 30 s after SIG$1"; return; }
  daemon=''
  say ok
}

# The lock goes when the last of us goes, so two hosts never share a folder.
exec 9>"$folder/lock"
flock -n 9 || { say "failed another host lives in $folder"; exit 1; }
trap finish EXIT
trap exit TERM INT HUP
trap : PIPE                                     # an answer nobody hears is no reason to leave guests behind
if [ -n "$short" ]; then
  alias=$(mktemp -d "$short/hvk.XXXXXX") && ln -s "$folder" "$alias/h" || { say "failed no alias in $short"; exit 1; }
  base=$alias/h
fi
settle || { say "failed to set up: $(tail -n 3 "$folder/log/supervisor.log" | tr '\n' ' ')"; exit 1; }
say "ok $base"
while read -r command; do
  case $command in
    start) start;;
    stop) stop TERM;;
    kill) stop KILL;;
    pids) say ok $(residents);;
    quit) break;;
    *) say "failed unknown command $command";;
  esac
done

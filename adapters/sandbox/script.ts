/**
 * The first process inside the namespaces (POSIX shell, runs as the namespaces' root). It builds a file system that holds
 * nothing but what is named in its arguments, starts the command there as another user without any privilege, and, when
 * every process but itself is dead, writes `status <code> file|none` and then the one output file to standard output, which the
 * command never sees. Closing its standard input ends everything.
 *
 * Arguments: new root, mode (`switch` to another uid, or `keep` it where only one is mapped), uid, seconds, output file
 * name or `-`, its largest size, then `KIND PATH` pairs (`code` keeps programs executable, `data` does not), `--`, and
 * the argument vector of the command.
 */
export const SANDBOX_SCRIPT = String.raw`
set -eu
export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin
root=$1 mode=$2 uid=$3 seconds=$4 output=$5 largest=$6
shift 6
umask 022

place() { # source options: the same path inside, read-only; nosuid and nodev are required where the source has them
  if [ -d "$1" ]; then mkdir -p "$root$1"; else mkdir -p "$root$(dirname "$1")"; : >"$root$1"; fi
  mount --bind "$1" "$root$1"
  mount -o "remount,bind,ro,nosuid,nodev$2" "$root$1"
}

mount -t tmpfs -o size=16m,mode=0755,nosuid,nodev tmpfs "$root"
for dir in /usr /bin /sbin /lib /lib32 /lib64 /libx32; do
  if [ -L "$dir" ]; then cp -P "$dir" "$root$dir"; elif [ -d "$dir" ]; then place "$dir" ""; fi
done
mkdir -p "$root/etc" "$root/dev/shm" "$root/proc" "$root/tmp" "$root/trainyard-output" "$root/old"
for file in ld.so.cache localtime; do
  if [ -e "/etc/$file" ]; then cp -L "/etc/$file" "$root/etc/$file"; fi
done
if [ -d /etc/alternatives ]; then cp -RP /etc/alternatives "$root/etc/"; fi
echo "sandbox:x:$uid:$uid::/tmp:/bin/sh" >"$root/etc/passwd"
echo "sandbox:x:$uid:" >"$root/etc/group"
for device in null zero full random urandom; do
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
ln -s /proc/self/fd "$root/dev/fd"
mount -t tmpfs -o size=64m,mode=1777,nosuid,nodev,noexec tmpfs "$root/dev/shm"
mount -t tmpfs -o size=256m,mode=1777,nosuid,nodev,noexec tmpfs "$root/tmp"
mount -t tmpfs -o size=512m,mode=0777,nosuid,nodev,noexec tmpfs "$root/trainyard-output"
mount -t proc -o nosuid,nodev,noexec,hidepid=2 proc "$root/proc"
if [ -d /sys/devices/system/cpu ]; then # how many cores there are: numerical libraries ask
  mkdir -p "$root/sys/devices/system/cpu"
  mount --bind /sys/devices/system/cpu "$root/sys/devices/system/cpu" 2>/dev/null &&
    mount -o remount,bind,ro,nosuid,nodev,noexec "$root/sys/devices/system/cpu"
fi
while [ "$1" != -- ]; do
  case $1 in
    code) place "$2" "" ;;
    data) place "$2" ",noexec" ;;
    *) echo "sandbox: unknown kind $1" >&2; exit 1 ;;
  esac
  shift 2
done
shift

cd "$root"
pivot_root . old
cd /
umount -l /old
rmdir /old
mount -o remount,bind,ro,nosuid,nodev /

identity="--securebits=+noroot,+noroot_locked"
if [ "$mode" = switch ]; then identity="--reuid=$uid --regid=$uid --clear-groups"; fi
exec 3<&0 </dev/null
set +e
# shellcheck disable=SC2086 # two or three words on purpose
timeout --signal=KILL "$seconds" \
  prlimit --core=0 --nofile=1024 --nproc=512 --fsize=536870912 -- \
  setpriv $identity --no-new-privs --bounding-set=-all --inh-caps=-all --ambient-caps=-all -- \
  "$@" 1>&2 3<&- &
child=$!
(cat <&3 >/dev/null; kill -KILL -1) >/dev/null 2>&1 &
wait "$child"
status=$?
exec 3<&-
tries=0
while ! mount -o remount,ro,nosuid,nodev,noexec tmpfs /trainyard-output 2>/dev/null; do
  # Fails while anyone may still write there: what is read below can no longer change.
  kill -KILL -1 2>/dev/null
  tries=$((tries + 1))
  if [ "$tries" -gt 100 ]; then exit 1; fi
  sleep 0.05
done
kill -KILL -1 2>/dev/null
if [ "$output" != - ] && [ ! -L "/trainyard-output/$output" ] && [ -f "/trainyard-output/$output" ]; then
  echo "status $status file"
  head -c "$largest" "/trainyard-output/$output"
else
  echo "status $status none"
fi
exit 0
`;

import { ASK_GPU_USE } from '../../../core/training/gpu-use.ts';

/** The file of the state in which the launcher says what nvidia-smi says. */
export const GPU_USE = 'gpus';
/** Exit code of the training container where the command was fine and its output was not. */
export const NOT_COLLECTED = 70;

/**
 * What the training container runs as its first process, in the image's own `/bin/sh`: the lock's packages, then the
 * command, under the training contract (docs/training-contract.md). Its files in `$TRAINYARD_STATE` are how it speaks with
 * the collector; the command may forge them and deceives nobody but itself, since what is judged is the output alone.
 *
 * As the first process of its container it may signal all others there; anywhere else it signals the command alone.
 *
 * `$1` is the command; of the variables, `_LOCK` may be empty, and `_LIMIT`, `_GRACE` and `_COLLECT` are seconds.
 */
export const LAUNCHER = `set -u
command=$1 state=$TRAINYARD_STATE child= timer= smi= stopped=0 timed_out=0
lock=$TRAINYARD_LOCK limit=$TRAINYARD_LIMIT grace=$TRAINYARD_GRACE collect=$TRAINYARD_COLLECT
unset TRAINYARD_STATE TRAINYARD_LOCK TRAINYARD_LIMIT TRAINYARD_GRACE TRAINYARD_COLLECT

everyone() {
  if [ $$ -eq 1 ]; then kill -"$1" -1; elif [ -n "$child" ]; then kill -"$1" "$child"; fi 2>/dev/null
}
end() {
  everyone TERM
  (trap '' TERM; sleep "$grace"; everyone KILL) >/dev/null 2>&1 &
}
trap 'stopped=1; end' TERM INT
trap 'timed_out=1; end' ALRM
attend() {
  while wait "$child"; code=$?; kill -0 "$child" 2>/dev/null; do :; done
}
finish() {
  for one in $timer $smi; do kill "$one" 2>/dev/null; done
  everyone KILL
  printf '{"stage":"%s","exitCode":%d,"timedOut":%d,"stopped":%d}\\n' "$1" "$code" "$timed_out" "$stopped" >"$state/ended.new"
  mv "$state/ended.new" "$state/ended"
  waited=0
  while [ ! -e "$state/collected" ] && [ "$waited" -lt "$collect" ]; do sleep 1; waited=$((waited + 1)); done
  if [ "$code" -eq 0 ] && ! grep -q succeeded "$state/collected" 2>/dev/null; then exit ${NOT_COLLECTED}; fi
  exit "$code"
}

if [ -n "$lock" ]; then
  venv=$HOME/../python
  (
    set -e
    python3 -I -m venv "$venv"
    "$venv/bin/python" -I -m pip install --quiet --require-hashes --no-input --disable-pip-version-check --no-compile -r "$lock"
  ) &
  child=$!
  attend
  if [ "$code" -ne 0 ] || [ "$stopped" -ne 0 ]; then finish setup; fi
  VIRTUAL_ENV=$venv PATH=$venv/bin:$PATH
  export VIRTUAL_ENV PATH
fi

# For the run's record. An image may have any of these programs or none, and nothing here holds the command up for long.
brief() {
  if command -v timeout >/dev/null; then timeout 10 "$@"; else "$@"; fi
}
{
  if [ -n "$lock" ]; then echo "lock pip"; fi
  echo "system $(uname -srm)"
  echo "cpu $(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1)"
  echo "cpus $(nproc)"
  echo "memory $(sed -n 's/^MemTotal: *\\([0-9]*\\) kB$/\\1/p' /proc/meminfo)"
  brief python3 -I -c 'import platform as p; from importlib import metadata as m
print("python", p.python_version())
for d in m.distributions():
  if d.metadata and d.metadata["Name"]: print("package", d.metadata["Name"] + "==" + d.version)'
  brief nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv,noheader,nounits | sed 's/^/gpu /'
} >"$state/machine" 2>/dev/null </dev/null
if [ "$stopped" -ne 0 ]; then code=143; finish command; fi

: >"$state/started"
bash -e -o pipefail -c "$command" </dev/null &
child=$!
(trap 'kill $!; exit 0' TERM; sleep "$limit" & wait $!; kill -ALRM $$) >/dev/null 2>&1 &
timer=$!
# Whether the GPUs idle, once a minute; of several machines, one does not tell for all.
if [ "\${TRAINYARD_NODES:-1}" -eq 1 ] && command -v nvidia-smi >/dev/null; then
  (
    trap 'kill $!; exit 0' TERM
    while :; do
      brief ${ASK_GPU_USE.join(' ')} >"$state/${GPU_USE}.new" && mv "$state/${GPU_USE}.new" "$state/${GPU_USE}"
      sleep 60 & wait $!
    done
  ) >/dev/null 2>&1 </dev/null &
  smi=$!
fi
attend
finish command
`;

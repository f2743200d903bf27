"""The user's command: in a process group of its own, with limits on time and memory, and ended as a whole."""

import os
import signal
import subprocess
import threading
import time

# Becomes the command, and leaves a watcher in its group that kills the group when this program dies without a word.
WATCHED = """exec 3<&0 </dev/null
((trap '' TERM INT HUP; exec >/dev/null 2>&1; cat <&3; kill -KILL 0) &)
exec 3<&-
exec "$@"
"""
PIPE_GRACE = 2


class Command:
    """Runs it. `stop` may be set from a signal handler at any time, also before."""

    def __init__(self, stop):
        self._stop = stop

    def run(self, line, cwd, environment, timeout, grace, memory, on_output):
        """@returns how it ended: exitCode or None, signal or None, why it was ended by us or None, and seconds"""
        started = time.monotonic()
        ooms = _kernel_ooms()
        argv = ["/bin/sh", "-c", WATCHED, "watched", "bash", "-e", "-o", "pipefail", "-c", line]
        process = subprocess.Popen(
            argv,
            cwd=cwd,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        reader = threading.Thread(target=_read, args=(process.stdout.fileno(), on_output), daemon=True)
        reader.start()
        cause = self._watch(process, started + timeout, grace, memory)
        _signal(process.pid, signal.SIGKILL)
        # What left the group may hold the pipe open: its words are not waited for.
        reader.join(PIPE_GRACE)
        code = process.returncode
        killed = code == -signal.SIGKILL or code == 128 + signal.SIGKILL
        if cause is None and killed and _kernel_ooms() > ooms:
            cause = "out_of_memory"
        return {
            "exitCode": code if code >= 0 else None,
            "signal": signal.Signals(-code).name if code < 0 else None,
            "cause": cause,
            "seconds": time.monotonic() - started,
        }

    def _watch(self, process, deadline, grace, memory):
        cause, kill_at = None, None
        while True:
            try:
                process.wait(0.2)
                return cause
            except subprocess.TimeoutExpired:
                pass
            now = time.monotonic()
            if cause is None and memory is not None and _memory(process.pid, memory) > memory:
                cause = "out_of_memory"
                _signal(process.pid, signal.SIGKILL)
            elif cause is None and (self._stop.is_set() or now > deadline):
                cause = "cancelled" if self._stop.is_set() else "timed_out"
                kill_at = now + grace
                _signal(process.pid, signal.SIGTERM)
            elif kill_at is not None and now > kill_at:
                _signal(process.pid, signal.SIGKILL)


def _read(pipe, on_output):
    while True:
        try:
            chunk = os.read(pipe, 65_536)
        except OSError:
            return
        if not chunk:
            return
        on_output(chunk)


def _signal(group, number):
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        pass


def _processes():
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            yield name


def _memory(session, limit):
    """Bytes that the command's session holds: resident, and shared pages once where that would be too much."""
    members = []
    resident = 0
    for name in _processes():
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session:
            members.append(name)
            resident += int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
    if resident <= limit:
        return resident
    proportional = 0
    for name in members:
        try:
            with open(f"/proc/{name}/smaps_rollup", "rb") as file:
                proportional += sum(int(line.split()[1]) * 1024 for line in file if line.startswith(b"Pss:"))
        except OSError:
            continue
    return proportional or resident


def _kernel_ooms():
    for place, key in (("/sys/fs/cgroup/memory.events", b"oom_kill"), ("/proc/vmstat", b"oom_kill")):
        try:
            with open(place, "rb") as file:
                for line in file:
                    name, _, count = line.partition(b" ")
                    if name == key:
                        return int(count)
        except (OSError, ValueError):
            continue
    return 0


def end_strays(variable):
    """Kills processes of this user with the variable in their environment, wherever they have gone."""
    wanted = b"\0" + variable.encode() + b"\0"
    for _ in range(5):
        found = []
        for name in _processes():
            try:
                with open(f"/proc/{name}/environ", "rb") as file:
                    if wanted in b"\0" + file.read():
                        found.append(int(name))
            except OSError:
                continue
        if not found:
            return
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass

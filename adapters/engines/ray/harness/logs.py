"""The command's output, kept where Ray's own API can read it by pieces."""

import glob
import os
import sys
import threading

# adapters/engines/ray/log.ts reads by these.
SEGMENT = 1 << 20
FIRST_SEGMENTS = 8
LAST_SEGMENTS = 56
# What the job's own log in Ray shows of it, in bytes: enough to look at, and no disk full of it.
SHOWN = 1 << 20
TAIL_BYTES = 65_536
TAIL_LINES = 200


class Log:
    """Segments of 1 MiB in Ray's folder of logs: the first 8 and the last 56 are kept, whatever the command prints."""

    def __init__(self, execution):
        self._lock = threading.Lock()
        # Ray writes the job's standard output into its session's folder of logs, and serves every file of it.
        try:
            place = os.path.dirname(os.path.realpath("/proc/self/fd/1"))
        except OSError:
            place = ""
        ours = os.path.join(place, "job-driver-" + execution + ".log")
        self._prefix = os.path.join(place, "trainyard-" + execution + "-") if os.path.isfile(ours) else None
        self._file = None
        self._segment = 0
        self._filled = 0
        self._shown = 0
        self._tail = b""

    def take(self, chunk):
        with self._lock:
            self._tail = (self._tail + chunk)[-4 * TAIL_BYTES :]
            self._show(chunk)
            while chunk and self._prefix is not None:
                if self._file is None:
                    self._open()
                part = chunk[: SEGMENT - self._filled]
                try:
                    self._file.write(part)
                except OSError:
                    # A full disk must not end training: what is shown of it is all that there is, then.
                    self._prefix = None
                    return
                self._filled += len(part)
                chunk = chunk[len(part) :]
                if self._filled == SEGMENT:
                    self._file.close()
                    self._file, self._filled, self._segment = None, 0, self._segment + 1

    def _open(self):
        gone = self._segment - LAST_SEGMENTS
        if gone >= FIRST_SEGMENTS:
            try:
                os.unlink(self._name(gone))
            except OSError:
                pass
        # A path that the command has put something at is not followed.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        try:
            self._file = os.fdopen(os.open(self._name(self._segment), flags, 0o644), "wb", buffering=0)
        except OSError:
            self._prefix = None
            self._file = open(os.devnull, "wb", buffering=0)

    def _name(self, segment):
        return f"{self._prefix}{segment:06d}.log"

    def _show(self, chunk):
        if self._shown > SHOWN:
            return
        self._write(chunk[: SHOWN - self._shown])
        self._shown += len(chunk)
        if self._shown > SHOWN:
            self._write(b"\n(trainyard: the rest is in files beside this one)\n")

    def _write(self, content):
        try:
            while content:
                content = content[os.write(sys.stdout.fileno(), content) :]
        except OSError:
            pass

    def say(self, line):
        """A line of our own in the job's log, after whatever the command left unfinished."""
        with self._lock:
            self._write(b"\n" + line.encode() + b"\n")

    def tail(self):
        """The last lines, at most 200 and 64 KiB of UTF-8."""
        with self._lock:
            text = self._tail.decode("utf-8", "replace")
        lines = "\n".join(text.split("\n")[-TAIL_LINES - 1 :])
        # UTF-16 units are what the reader counts; there are never more of them than bytes.
        return lines.encode()[-TAIL_BYTES:].decode("utf-8", "ignore")

    def begin(self):
        """Takes away what an earlier start of the same execution left."""
        if self._prefix is not None:
            for name in glob.glob(glob.escape(self._prefix) + "*.log"):
                os.unlink(name)

"""Follows TRAINYARD_METRICS: a file that hostile code writes, and that may become a link, a pipe, or endless."""

import json
import math
import os
import re
import stat
import threading

import transfer

READ = 1 << 20
TOTAL = 64 << 20
LINE = 1024
KEPT = 2000
BATCH = 100
QUEUE = 5000
NON_FINITE = ("NaN", "Infinity", "-Infinity")
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.@-]{0,62}[A-Za-z0-9])?")


def point(line):
    """One line as a step metric (core/evaluation/metrics.ts), or None."""
    if len(line) > LINE:
        return None
    try:
        raw = json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(raw, dict):
        return None
    step, metric, value = raw.get("step"), raw.get("metric"), raw.get("value")
    if isinstance(step, bool) or not isinstance(step, int) or not 0 <= step < 2**53:
        return None
    if not isinstance(metric, str) or NAME.fullmatch(metric) is None:
        return None
    if isinstance(value, bool) or (not isinstance(value, (int, float)) and value not in NON_FINITE):
        return None
    try:
        value = float(value)
    except OverflowError:
        return None
    return {"step": step, "metric": metric, "value": value if math.isfinite(value) else _name(value)}


def _name(value):
    """JSON has no number for it, so it travels by its name."""
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


class Metrics:
    """Reads the new complete lines every second and posts them in batches; nothing here holds training up."""

    def __init__(self, path, ingest):
        self._path, self._ingest = path, ingest
        self._offset, self._kept, self._queue = 0, [], []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._stop.wait(1):
            self._pass()

    def _pass(self):
        found = [at for at in map(point, self._lines()) if at is not None]
        self._kept = (self._kept + found)[-KEPT:]
        self._queue = (self._queue + found)[:QUEUE]
        if self._ingest is not None and self._queue:
            batch, self._queue = self._queue[:BATCH], self._queue[BATCH:]
            body = "".join(json.dumps(at) + "\n" for at in batch).encode()
            transfer.post(self._ingest["url"], self._ingest["token"], body)

    def _lines(self):
        if self._offset >= TOTAL:
            return []
        try:
            handle = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return []
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return []
            content = os.pread(file.fileno(), READ, self._offset)
        end = content.rfind(b"\n") + 1
        # A line that fills the whole window never ends: step over it.
        self._offset += READ if end == 0 and len(content) == READ else end
        return content[:end].split(b"\n")

    def stop(self):
        """Reads and posts what is left. @returns the last 2,000 points"""
        self._stop.set()
        self._thread.join(30)
        for _ in range(5):
            self._pass()
            if not self._queue:
                break
        return self._kept

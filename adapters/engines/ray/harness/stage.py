"""What a stage of dvc.yaml says of itself, as the training contract has it: core/training/dvclive.ts, for JSON alone."""

import json
import math
import os
import re

MAX_BYTES = 1 << 20
MAX_METRICS = 200
MAX_DEPTH = 5
NAME = re.compile(r"[A-Za-z]([A-Za-z0-9_@.-]{0,62}[A-Za-z0-9])?")
SELF_REPORTED = "metrics.json"


def take_metrics(paths, output):
    """Leaves the numbers of these files as metrics.json, by names with dots; of one name the first file counts."""
    found = {}
    for path in paths:
        read = {}
        _walk(_read(os.path.join(output, path)), [], read)
        found = {**read, **found}
    if not found:
        return
    target = os.path.join(output, SELF_REPORTED)
    try:
        # One that is called so may hold maps of numbers, which nobody reads: what is flat takes its place.
        if SELF_REPORTED in paths:
            os.unlink(target)
        with open(target, "x", encoding="utf-8") as file:
            json.dump(found, file, indent=2)
    except OSError:
        # One of training's own stays.
        pass


def _read(path):
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with open(file, "rb") as opened:
        try:
            content = opened.read(MAX_BYTES + 1)
            return json.loads(content) if len(content) <= MAX_BYTES else None
        except (OSError, ValueError, RecursionError):
            return None


def _walk(value, path, found):
    if len(found) >= MAX_METRICS or len(path) > MAX_DEPTH:
        return
    name = ".".join(path).replace("/", ".")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if name != "step" and NAME.fullmatch(name) and abs(value) <= 1.7e308 and math.isfinite(value):
            found[name] = value
    elif isinstance(value, dict):
        for key, inner in value.items():
            _walk(inner, path + [key], found)

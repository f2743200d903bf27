"""The machine and the packages that training finds, for its record: the names and versions of what is installed, and GPUs."""

import hashlib
import json
import os
import platform
import re
import subprocess
import threading
import time
from importlib import metadata

import transfer

WORD = 200
MAX_GPUS = 64
TELL_SECONDS = 60


def describe(locked):
    """As TrainEnvironment has it (core/training/environment.ts). @param locked whether packages of a lock were installed"""
    return {
        "lock": "pip" if locked else None,
        "python": platform.python_version()[:WORD],
        "packages": _packages(),
        "image": None,
        "system": f"{platform.system().lower()} {platform.release()} {platform.machine()}"[:WORD],
        "cpu": {"model": _cpu()[:WORD], "count": len(os.sched_getaffinity(0))},
        "memory": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "gpus": _gpus(),
    }


def _packages():
    names = set()
    for found in metadata.distributions():
        # Half of an installation has no name.
        name = found.metadata["Name"] if found.metadata else None
        if name:
            names.add(f"{name.lower().replace('_', '-')}=={found.version}")
    lines = sorted(names)
    return {"digest": hashlib.sha256("\n".join(lines).encode()).hexdigest(), "count": len(lines)}


def _cpu():
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.machine() or "unknown"


def _gpus():
    found = []
    for name, memory, driver in _ask("name", "memory.total", "driver_version"):
        size = int(memory) << 20 if re.fullmatch(r"\d{1,9}", memory) else None
        found.append({"name": name, "memory": size, "driver": driver})
    return found[:MAX_GPUS]


def _ask(*fields):
    """What nvidia-smi tells of each GPU of the job, nothing where it is not there: Ray shows a job its own, and all to nvidia-smi."""
    ask = ["nvidia-smi", "--query-gpu=" + ",".join(("index", "uuid") + fields), "--format=csv,noheader,nounits"]
    try:
        said = subprocess.run(ask, capture_output=True, timeout=10, check=True).stdout.decode("utf-8", "replace")
    except (OSError, subprocess.SubprocessError):
        return []
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    ours = None if visible is None else visible.split(",")
    lines = [[part.strip()[:WORD] for part in line.split(",")] for line in said.split("\n")]
    whole = [parts for parts in lines if len(parts) == 2 + len(fields)]
    return [parts[2:] for parts in whole if ours is None or parts[0] in ours or parts[1] in ours]


def gpu_use():
    """Share of 0 to 1 of the busiest GPU of the job, or None where nvidia-smi does not say (core/training/gpu-use.ts)."""
    said = [percent for (percent,) in _ask("utilization.gpu")]
    shares = [min(1, int(percent) / 100) for percent in said if re.fullmatch(r"\d{1,3}", percent)]
    if not shares or (max(shares) == 0 and len(shares) < len(said)):
        return None
    return max(shares)


def tell_gpu_use(ingest):
    """Tells the App once a minute, where Ray has given GPUs to the command itself: those of its workers are not seen from here."""
    if ingest is not None and os.environ.get("CUDA_VISIBLE_DEVICES"):
        threading.Thread(target=_tell, args=(ingest,), daemon=True).start()


def _tell(ingest):
    while True:
        use = gpu_use()
        if use is not None:
            transfer.post(ingest["url"], ingest["token"], json.dumps({"gpu_use": use}).encode() + b"\n")
        time.sleep(TELL_SECONDS)

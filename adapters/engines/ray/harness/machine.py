"""The machine and the packages that training finds, for its record: the names and versions of what is installed, and GPUs."""

import hashlib
import os
import platform
import re
import subprocess
from importlib import metadata

WORD = 200
MAX_GPUS = 64


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
    """As nvidia-smi tells, none where it is not there. Ray shows a job its own GPUs alone, and all of them to nvidia-smi."""
    ask = ["nvidia-smi", "--query-gpu=index,uuid,name,memory.total,driver_version", "--format=csv,noheader,nounits"]
    try:
        said = subprocess.run(ask, capture_output=True, timeout=10, check=True).stdout.decode("utf-8", "replace")
    except (OSError, subprocess.SubprocessError):
        return []
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    ours = None if visible is None else visible.split(",")
    found = []
    for line in said.split("\n"):
        parts = [part.strip()[:WORD] for part in line.split(",")]
        if len(parts) != 5 or (ours is not None and parts[0] not in ours and parts[1] not in ours):
            continue
        memory = int(parts[3]) << 20 if re.fullmatch(r"\d{1,9}", parts[3]) else None
        found.append({"name": parts[2], "memory": memory, "driver": parts[4]})
    return found[:MAX_GPUS]

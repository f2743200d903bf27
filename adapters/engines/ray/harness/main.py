"""
Runs one training execution as the entry point of a Ray job: the training contract (docs/training-contract.md) around the
user's command, with the standard library alone. What it is to do stands in order.json beside it; how it ended stands in
status.json in the run's store, and in the last line of the job's own log, which the engine reads.
"""

import fcntl
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import time

import archive
import checkpoints
import machine
import stage
import transfer
from command import Command, end_strays
from logs import Log
from metrics import Metrics

HERE = os.path.dirname(os.path.abspath(__file__))
MAX_INPUTS = 4 << 30
MAX_OUTPUT = 4 << 30
# What drivers and Ray itself say to programs. The cluster's token is among it: without it, the command has no Ray.
PASSED_ON = re.compile(r"(CUDA|NVIDIA|ROCR|HIP|HSA|RAY)_[A-Za-z0-9_]+|VIRTUAL_ENV|LD_LIBRARY_PATH|SSL_CERT_(FILE|DIR)")


class Failure(Exception):
    """How it ends before the command has run."""

    def __init__(self, reason, message):
        super().__init__(message)
        self.reason = reason


PREFIX = "trainyard-ray-"
LOCK = "in-use"


def begin():
    """A place of our own, held by a lock. What executions that were killed have left is taken away first."""
    parent = tempfile.gettempdir()
    for name in os.listdir(parent):
        if not name.startswith(PREFIX):
            continue
        try:
            with open(os.path.join(parent, name, LOCK), "rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(os.path.join(parent, name), ignore_errors=True)
        except OSError:
            # It is in use, of another user, or only just being made.
            continue
    base = tempfile.mkdtemp(prefix=PREFIX)
    held = open(os.path.join(base, "." + LOCK), "wb")
    fcntl.flock(held, fcntl.LOCK_EX)
    # Under its name only when it is held.
    os.rename(held.name, os.path.join(base, LOCK))
    return base, held


def lay(order, base):
    names = ("output", "checkpoint", "home", "tmp")
    places = {name: os.path.join(base, name) for name in names}
    for place in places.values():
        os.mkdir(place)
    places["scratch"] = base
    places["metrics"] = os.path.join(base, "metrics.jsonl")
    places["params"] = os.path.join(base, "params.json")
    open(places["metrics"], "w").close()
    with open(places["params"], "w", encoding="utf-8") as file:
        file.write(order["params"])
    places["tree"] = os.path.dirname(HERE) if order["inputs"] is None else fetch(order["inputs"], base)
    return places


def fetch(address, base):
    """Inputs that are too large for the package that Ray carries."""
    tree, tar = os.path.join(base, "tree"), os.path.join(base, "inputs.tar")
    os.mkdir(tree)
    try:
        found = transfer.get(address, tar, MAX_INPUTS)
        if found != address["sha256"]:
            raise Failure("inputs_unavailable", f"expected inputs of SHA-256 {address['sha256']}, found {found}")
        archive.unpack(tar, tree, MAX_INPUTS)
    except (transfer.TransferError, archive.ArchiveError, OSError) as error:
        raise Failure("inputs_unavailable", f"the declared inputs could not be fetched: {error}") from error
    os.unlink(tar)
    return tree


def environment(order, places):
    kept = {name: value for name, value in os.environ.items() if PASSED_ON.fullmatch(name)}
    data = {f"TRAINYARD_DATA_{name}": os.path.join(places["tree"], path) for name, path in order["data"].items()}
    return {
        **kept,
        **order["environment"],
        **data,
        "PATH": os.environ.get("PATH", "/usr/local/bin:/usr/bin:/bin"),
        "HOME": places["home"],
        "TMPDIR": places["tmp"],
        "LANG": os.environ.get("LANG", "C.UTF-8"),
        "TRAINYARD_PARAMS": places["params"],
        "TRAINYARD_OUTPUT": places["output"],
        "TRAINYARD_CHECKPOINT": places["checkpoint"],
        "TRAINYARD_METRICS": places["metrics"],
    }


def describe(outcome, timeout, memory):
    """The reason and message of status.json."""
    code, cause = outcome["exitCode"], outcome["cause"]
    if cause == "cancelled":
        return "cancelled", "The execution was stopped."
    if cause == "timed_out":
        return "timed_out", f"The command did not end within its timeout of {timeout} s."
    if cause == "out_of_memory":
        bound = "the machine has" if memory is None else f"the {memory} bytes of its resources"
        return "out_of_memory", f"The command needed more memory than {bound}: ask for more, or use less."
    if code == 0:
        return "succeeded", "The command exited with 0."
    if code in (126, 127):
        return "command_not_found", f"The command exited with {code}: a program that it calls is not there."
    how = f"was ended by {outcome['signal']}" if code is None else f"exited with {code}"
    return "failed", f"The command {how}; the end of its log says why."


def take_output(order, places):
    """Packs and stores the output. @returns reason, message and what was stored or None"""
    tar = os.path.join(places["scratch"], "output.tar")
    for path, said in order["left"]:
        if not os.path.lexists(os.path.join(places["output"], path)):
            return "no_output", said, None
    stage.take_metrics(order["metrics"], places["output"])
    try:
        there = os.path.lexists(places["output"])
        files = archive.listing(places["output"], "TRAINYARD_OUTPUT", MAX_OUTPUT) if there else []
        if not files:
            said = "The command exited with 0 and left nothing in the directory that TRAINYARD_OUTPUT names."
            return "no_output", said, None
        archive.pack(places["output"], files, tar, "TRAINYARD_OUTPUT")
    except archive.TooLarge as error:
        return "output_too_large", str(error)[:4000], None
    except (archive.ArchiveError, OSError) as error:
        return "output_invalid", str(error)[:4000], None
    return "succeeded", "The command exited with 0.", transfer.put(order["output"], tar)


def train(order, log, stop, base):
    places = lay(order, base)
    found = machine.describe(order["locked"])
    resumed, lost = checkpoints.restore(order["restore"], places["checkpoint"], base)
    metrics = Metrics(places["metrics"], order["ingest"])
    saver = checkpoints.Saver(order["checkpoint"], places["checkpoint"], base, order["interval"])
    limits = (order["timeout"], order["grace"], order["memory"])
    try:
        variables = environment(order, places)
        if "TRAINYARD_NODES" not in order["environment"]:
            machine.tell_gpu_use(order["ingest"])
        outcome = Command(stop).run(order["command"], places["tree"], variables, *limits, log.take)
    finally:
        end_strays("TRAINYARD_OUTPUT=" + places["output"])
    reason, message = describe(outcome, order["timeout"], order["memory"])
    saver.stop(save=reason != "succeeded")
    points = metrics.stop()
    stored = None
    if reason == "succeeded":
        reason, message, stored = take_output(order, places)
    notes = [("checkpoint_not_saved", saver.note), ("checkpoint_not_restored", lost)]
    write_status(order, places, {
        "version": 1,
        "reason": reason,
        "message": message,
        "exitCode": outcome["exitCode"],
        "seconds": round(outcome["seconds"], 3),
        "logTail": log.tail(),
        "stepMetrics": points,
        "notes": [{"code": code, "message": said} for code, said in notes if said is not None],
        "environment": found,
        "attempt": order["attempt"],
        "resumed": None if resumed is None else {"attempt": max(1, order["attempt"] - 1), "step": None, "bytes": resumed},
        "output": stored,
    })
    return reason, message, outcome["exitCode"]


def write_status(order, places, status):
    path = os.path.join(places["scratch"], "status.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(status, file)
    transfer.put(order["status"], path)


def main():
    started = time.monotonic()
    stop = threading.Event()
    # Ray stops a job with SIGTERM to all of it and SIGKILL after RAY_JOB_STOP_WAIT_TIME_S, which the engine sets.
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with open(os.path.join(HERE, "order.json"), encoding="utf-8") as file:
        order = json.load(file)
    log = Log(order["execution"])
    log.begin()
    base, held = begin()
    try:
        reason, message, code = train(order, log, stop, base)
    except Failure as failure:
        reason, message, code = failure.reason, str(failure), None
    except transfer.TransferError as error:
        reason, message, code = "engine_failed", f"What training left could not be stored: {error}", None
    except Exception as error:  # Whatever it is, the engine has to be told.
        reason, message, code = "engine_failed", f"{type(error).__name__}: {error}", None
    finally:
        shutil.rmtree(base, ignore_errors=True)
        held.close()
    end = {"reason": reason, "exitCode": code, "message": message[:2000], "seconds": time.monotonic() - started}
    log.say("trainyard-end " + json.dumps(end))
    sys.exit(0 if reason == "succeeded" else code or 1)


if __name__ == "__main__":
    main()

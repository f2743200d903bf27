"""Where training reads and writes, and its parameters: from Trainyard's environment, or defaults for a laptop."""

import dataclasses
import json
import os
from pathlib import Path


@dataclasses.dataclass(frozen=True)
class Settings:
    flights: Path  # CSV under the data contract
    output: Path
    checkpoint: Path
    metrics: Path  # JSON Lines, appended while training
    seed: int = 0
    learning_rate: float = 0.1
    epochs: int = 40

    @classmethod
    def from_environment(cls, root):
        env = os.environ
        work = root / "work"
        paths = {
            "flights": Path(env.get("TRAINYARD_DATA_FLIGHTS", root / "data" / "flights.csv")),
            "output": Path(env.get("TRAINYARD_OUTPUT", work / "output")),
            "checkpoint": Path(env.get("TRAINYARD_CHECKPOINT", work / "checkpoint")),
            "metrics": Path(env.get("TRAINYARD_METRICS", work / "metrics.jsonl")),
        }
        for folder in (paths["output"], paths["checkpoint"], paths["metrics"].parent):
            folder.mkdir(parents=True, exist_ok=True)
        params = json.loads(Path(env["TRAINYARD_PARAMS"]).read_text()) if "TRAINYARD_PARAMS" in env else {}
        return cls(**paths, seed=int(env.get("TRAINYARD_SEED", "0")), **checked(params))


def checked(params):
    known = {"epochs", "learning_rate"}
    unknown = set(params) - known
    if unknown:
        raise SystemExit(f"unknown parameters: {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}")
    epochs, learning_rate = params.get("epochs", 1), params.get("learning_rate", 1)
    if not isinstance(epochs, int) or epochs < 1:
        raise SystemExit(f"epochs: expected a whole number from 1, found {epochs}")
    if not isinstance(learning_rate, (int, float)) or learning_rate <= 0:
        raise SystemExit(f"learning_rate: expected a number above 0, found {learning_rate}")
    return params

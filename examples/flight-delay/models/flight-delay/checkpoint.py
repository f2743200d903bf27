"""Training state on disk, so that a run whose machine was lost goes on where it was."""

import hashlib
import os
from pathlib import Path

import joblib


class Checkpoint:
    """One file, replaced atomically. It is a pickle: load it only from the run's own checkpoint folder."""

    def __init__(self, settings):
        self.path = settings.checkpoint / "training.joblib"
        self.identity = {
            "seed": settings.seed,
            "learning_rate": settings.learning_rate,
            "epochs": settings.epochs,
            "flights": _sha256(settings.flights),
            "code": _code_digest(),
        }

    def load(self):
        """The saved state, or None where there is none or it belongs to other data, code or parameters."""
        if not self.path.exists():
            return None
        saved = joblib.load(self.path)
        return saved["state"] if saved["identity"] == self.identity else None

    def save(self, state):
        partial = self.path.with_suffix(".partial")
        joblib.dump({"identity": self.identity, "state": state}, partial)
        os.replace(partial, self.path)


def _sha256(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _code_digest():
    here = Path(__file__).resolve().parent
    files = sorted([*here.glob("*.py"), *(here.parents[1] / "src" / "features").glob("*.py")])
    return hashlib.sha256("".join(_sha256(file) for file in files).encode()).hexdigest()

"""Trains the flight-delay model: will a flight arrive 15 or more minutes late?

    python models/flight-delay/train.py

Trainyard runs the same command and sets TRAINYARD_*; on a laptop the defaults below apply.
"""

import copy
import sys
from pathlib import Path

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import log_loss, roc_auc_score

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "src"))

from checkpoint import Checkpoint  # noqa: E402
from export import write_onnx  # noqa: E402
from report import StepMetrics, write_report  # noqa: E402
from settings import Settings  # noqa: E402

from features.columns import read_flights  # noqa: E402
from features.pipeline import build_features  # noqa: E402

TREES_PER_EPOCH = 5
VALIDATION_SHARE = 0.2
CHECKPOINT_EVERY = 5  # epochs


def split_by_day(dates, rng):
    """Validation is made of whole days, as the holdout is: flights of one day share its weather and its queues."""
    days = np.unique(dates)
    held_out = rng.choice(days, size=int(len(days) * VALIDATION_SHARE), replace=False)
    return np.isin(dates, held_out)


def new_model(settings):
    return GradientBoostingClassifier(
        learning_rate=settings.learning_rate,
        n_estimators=0,
        max_depth=3,
        subsample=0.8,
        warm_start=True,
        random_state=settings.seed,
    )


def scores(model, x, y):
    predicted = model.predict_proba(x)[:, 1]
    return {"loss": log_loss(y, predicted), "roc_auc": roc_auc_score(y, predicted)}


def fit(settings, train, validation):
    """Boosts epoch by epoch and returns the epoch that did best on the validation days, and the learning curve."""
    checkpoint = Checkpoint(settings)
    state = checkpoint.load() or {
        "model": new_model(settings),
        "best": None,
        "best_loss": np.inf,
        "curve": [],
    }
    if state["curve"]:
        print(f"resumed after epoch {len(state['curve'])}", flush=True)
    metrics = StepMetrics(settings.metrics)
    for epoch in range(len(state["curve"]) + 1, settings.epochs + 1):
        model = state["model"]
        model.set_params(n_estimators=epoch * TREES_PER_EPOCH).fit(*train)
        on_train, on_validation = scores(model, *train), scores(model, *validation)
        point = {
            "train_loss": on_train["loss"],
            "validation_loss": on_validation["loss"],
            "validation_roc_auc": on_validation["roc_auc"],
        }
        state["curve"].append({"epoch": epoch, **point})
        if on_validation["loss"] < state["best_loss"]:
            state.update(best=copy.deepcopy(model), best_loss=on_validation["loss"])
        metrics.append(epoch, point)
        if epoch % CHECKPOINT_EVERY == 0:
            checkpoint.save(state)
    return state["best"], state["curve"]


def main():
    settings = Settings.from_environment(ROOT)
    x, y, dates = read_flights(settings.flights)
    held_out = split_by_day(dates, np.random.default_rng(settings.seed))

    features = build_features().fit(x[~held_out])
    train = (features.transform(x[~held_out]).astype(np.float32), y[~held_out])
    validation = (features.transform(x[held_out]).astype(np.float32), y[held_out])
    rows, held, width = len(train[1]), len(validation[1]), train[0].shape[1]
    print(f"{rows} flights to train on, {held} to validate, {width} features", flush=True)

    model, curve = fit(settings, train, validation)
    write_onnx(features, model, settings.output / "model.onnx")
    result = scores(model, *validation)
    write_report(settings.output, {"roc_auc": result["roc_auc"], "log_loss": result["loss"]}, curve)


if __name__ == "__main__":
    main()

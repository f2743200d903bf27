"""Joins predictions with the labels and measures them. It never touches the model.

Reads $TRAINYARD_PREDICTIONS (CSV: id, score) and $TRAINYARD_DATA_HOLDOUT (CSV with labels), writes
$TRAINYARD_OUTPUT/metrics.json, which the gates read, and slices.json, for people. The predictions come from a
process that ran somebody's model, so every line of them is checked.
"""

import csv
import json
import math
import os
import sys
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402

ID = "flight_id"
LABEL = "late"
SLICES = ["origin", "carrier"]
MIN_SLICE_ROWS = 100
MAX_BYTES_PER_ROW = 256  # an id and a number; more is an attempt to fill memory
EPSILON = 1e-15


class BadPredictions(Exception):
    """The predictions cannot be measured; the message says what was expected and what was found."""


def read_holdout(path):
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if not rows:
        sys.exit(f"{path}: the holdout has no rows")
    return {row[ID]: row for row in rows}


def parse_score(text, where):
    try:
        value = float(text)
    except (TypeError, ValueError):
        raise BadPredictions(f"{where}: expected a number as score, found {text!r:.40}") from None
    if not (math.isfinite(value) and 0.0 <= value <= 1.0):
        raise BadPredictions(f"{where}: expected a score from 0 to 1, found {text!r:.40}")
    return value


def read_predictions(path, expected):
    """id → score, for exactly the ids in `expected`."""
    if os.path.islink(path) or not os.path.isfile(path):
        raise BadPredictions("expected a file predictions.csv, found none (or a link, a folder or a pipe)")
    size = os.path.getsize(path)
    limit = MAX_BYTES_PER_ROW * (len(expected) + 1)
    if size > limit:
        raise BadPredictions(f"expected at most {limit} bytes for {len(expected)} rows, found {size}")
    scores = {}
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.reader(file, strict=True)
        header = next(reader, None)
        if header != ["id", "score"]:
            raise BadPredictions(f"line 1: expected the header id,score, found {header!r:.80}")
        for row in reader:
            where = f"line {reader.line_num}"
            if len(row) != 2:
                raise BadPredictions(f"{where}: expected 2 fields, found {len(row)}")
            if row[0] not in expected:
                raise BadPredictions(f"{where}: {row[0]!r:.80} is not an id of the holdout")
            if row[0] in scores:
                raise BadPredictions(f"{where}: {row[0]!r:.80} was predicted twice")
            scores[row[0]] = parse_score(row[1], where)
    missing = [key for key in expected if key not in scores]
    if missing:
        raise BadPredictions(f"expected {len(expected)} predictions, found {len(scores)}; missing {missing[0]}")
    return scores


def roc_auc(labels, scores):
    """The probability that a late flight scores higher than one on time; ties count one half."""
    positives = int(labels.sum())
    negatives = len(labels) - positives
    if positives == 0 or negatives == 0:
        return None
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    last_rank = np.cumsum(counts)
    mean_rank = last_rank - (counts - 1) / 2
    rank_sum = float(mean_rank[inverse.reshape(-1)][labels == 1].sum())
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)


def log_loss(labels, scores):
    clipped = np.clip(scores, EPSILON, 1 - EPSILON)
    return float(-np.mean(np.where(labels == 1, np.log(clipped), np.log(1 - clipped))))


def measure(labels, scores):
    return {
        "roc_auc": roc_auc(labels, scores),
        "log_loss": log_loss(labels, scores),
        "accuracy": float(np.mean((scores >= 0.5) == (labels == 1))),
        "rows": len(labels),
    }


def measure_slices(rows, labels, scores):
    """roc_auc for each value of a column with enough rows, so that nobody reads noise."""
    result = {}
    for column in SLICES:
        values = np.array([row[column] for row in rows])
        chosen = {value: values == value for value in sorted(set(values.tolist()))}
        result[column] = {
            value: {"roc_auc": roc_auc(labels[mask], scores[mask]), "rows": int(mask.sum())}
            for value, mask in chosen.items()
            if mask.sum() >= MIN_SLICE_ROWS
        }
    return result


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def main():
    holdout = read_holdout(os.environ["TRAINYARD_DATA_HOLDOUT"])
    try:
        predictions = read_predictions(os.environ["TRAINYARD_PREDICTIONS"], holdout)
    except (BadPredictions, OSError, UnicodeDecodeError, csv.Error) as error:
        sys.exit(f"predictions refused: {error}")
    rows = list(holdout.values())
    labels = np.array([int(row[LABEL]) for row in rows])
    scores = np.array([predictions[key] for key in holdout])
    output = Path(os.environ["TRAINYARD_OUTPUT"])
    metrics = measure(labels, scores)
    if metrics["roc_auc"] is None:
        sys.exit("the holdout has only one class; roc_auc is undefined")
    write_json(output / "metrics.json", metrics)
    write_json(output / "slices.json", measure_slices(rows, labels, scores))


if __name__ == "__main__":
    main()

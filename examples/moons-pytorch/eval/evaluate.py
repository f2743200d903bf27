"""Joins the labels to the scores and measures. It never sees the model.

Reads $TRAINYARD_PREDICTIONS and $TRAINYARD_DATA_HOLDOUT (CSV), writes $TRAINYARD_OUTPUT/metrics.json.
"""

import csv
import json
import math
import os
import sys
from pathlib import Path


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def main():
    scores, rows = read(os.environ["TRAINYARD_PREDICTIONS"]), read(os.environ["TRAINYARD_DATA_HOLDOUT"])
    if scores.keys() != rows.keys():
        sys.exit("the predictions are not one for each row of the holdout")
    pairs = [(float(scores[id_]["score"]), row["lower"] == "1") for id_, row in rows.items()]
    if not all(0 <= score <= 1 for score, _ in pairs):
        sys.exit("a score is no probability")
    right = sum((score >= 0.5) == label for score, label in pairs)
    loss = -sum(math.log(max(score if label else 1 - score, 1e-15)) for score, label in pairs)
    metrics = {"accuracy": right / len(pairs), "log_loss": loss / len(pairs), "rows": len(pairs)}
    (Path(os.environ["TRAINYARD_OUTPUT"]) / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")


if __name__ == "__main__":
    main()

"""Scores the holdout with a model. It gets features only, no labels, and needs no network.

Reads $TRAINYARD_MODEL/weights.pt and $TRAINYARD_DATA_HOLDOUT (CSV), writes $TRAINYARD_OUTPUT/predictions.csv: id and score
(the probability of `lower`), one line per line of the input, in its order. Any chain of linear layers with ReLU is scored.
"""

import csv
import os
from pathlib import Path

# Before torch is imported: it would start a thread per core, which a limit on processes refuses.
for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"

import torch  # noqa: E402


def main():
    torch.set_num_threads(1)
    weights = torch.load(Path(os.environ["TRAINYARD_MODEL"]) / "weights.pt", weights_only=True)
    with open(os.environ["TRAINYARD_DATA_HOLDOUT"], newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    values = torch.tensor([[float(row["x1"]), float(row["x2"])] for row in rows])
    layers = [name.removesuffix(".weight") for name in weights if name.endswith(".weight")]
    for layer in layers:
        values = torch.nn.functional.linear(values, weights[f"{layer}.weight"], weights[f"{layer}.bias"])
        if layer != layers[-1]:
            values = torch.relu(values)
    scores = torch.sigmoid(values).flatten().tolist()
    with open(Path(os.environ["TRAINYARD_OUTPUT"]) / "predictions.csv", "w", encoding="utf-8") as file:
        file.write("id,score\n")
        file.writelines(f"{row['id']},{score}\n" for row, score in zip(rows, scores, strict=True))


if __name__ == "__main__":
    main()

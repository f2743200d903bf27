"""Scores the holdout with a model. It gets features only, no labels, and needs no network.

Reads $TRAINYARD_MODEL/model.onnx and $TRAINYARD_DATA_HOLDOUT (CSV), writes $TRAINYARD_OUTPUT/predictions.csv:
id (the flight_id) and score (the probability of `late`), one line per line of the input, in its order.
"""

import csv
import os
import sys
from pathlib import Path

# Before numpy is imported: its BLAS would start a thread per core, which a limit on processes refuses.
for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402
import onnxruntime  # noqa: E402

ID = "flight_id"
LABEL = "late"
DTYPES = {
    "tensor(string)": object,
    "tensor(int64)": np.int64,
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
}


def open_model(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def read_columns(path):
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if not rows or ID not in rows[0]:
        sys.exit(f"{path}: expected rows with a column {ID}")
    if LABEL in rows[0]:
        sys.exit(f"{path}: holds the label column {LABEL}; a model is scored on features only")
    return {name: [row[name] for row in rows] for name in rows[0]}


def feeds(session, columns):
    """Each input of the model takes the column of its name, as [N, 1] of the type that it asks for."""
    result = {}
    for node in session.get_inputs():
        if node.name not in columns:
            sys.exit(f"the model asks for {node.name}, which the holdout does not have; it has {', '.join(columns)}")
        if node.type not in DTYPES:
            sys.exit(f"the model's input {node.name} is {node.type}; expected one of {', '.join(DTYPES)}")
        values = columns[node.name]
        dtype = DTYPES[node.type]
        if dtype is np.int64:
            values = [int(value) for value in values]
        result[node.name] = np.array(values, dtype=dtype).reshape(-1, 1)
    return result


def score(session, columns):
    """The probability of class 1, from an output [N, 2] named `probabilities`."""
    names = [node.name for node in session.get_outputs()]
    if "probabilities" not in names:
        sys.exit(f"the model has no output named probabilities; it has {', '.join(names)}")
    (probabilities,) = session.run(["probabilities"], feeds(session, columns))
    expected = (len(columns[ID]), 2)
    found = getattr(probabilities, "shape", None)
    if found != expected:
        sys.exit(f"probabilities: expected a tensor of shape {expected}, found {found}")
    return probabilities[:, 1]


def main():
    session = open_model(Path(os.environ["TRAINYARD_MODEL"]) / "model.onnx")
    columns = read_columns(os.environ["TRAINYARD_DATA_HOLDOUT"])
    scores = score(session, columns)
    with open(Path(os.environ["TRAINYARD_OUTPUT"]) / "predictions.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "score"])
        writer.writerows(
            (flight_id, f"{float(value):.9g}") for flight_id, value in zip(columns[ID], scores, strict=True)
        )


if __name__ == "__main__":
    main()

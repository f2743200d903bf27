import csv
import math
import os

from onnx_reader import tensors

with open(os.path.join(os.environ["TRAINYARD_MODEL"], "model.onnx"), "rb") as file:
    model = tensors(file.read())
with open(os.environ["TRAINYARD_DATA_HOLDOUT"]) as file:
    rows = list(csv.DictReader(file))
with open(os.path.join(os.environ["TRAINYARD_OUTPUT"], "predictions.csv"), "w") as out:
    out.write("id,score\n")
    for row in rows:
        features = [float(row["wind"]), float(row["load"])]
        total = sum(w * x for w, x in zip(model["weights"], features)) + model["bias"][0]
        out.write(f"{row['id']},{1 / (1 + math.exp(-total))}\n")

import csv
import json
import os

with open(os.environ["TRAINYARD_PREDICTIONS"]) as file:
    scores = {row["id"]: float(row["score"]) for row in csv.DictReader(file)}
with open(os.environ["TRAINYARD_DATA_HOLDOUT"]) as file:
    rows = list(csv.DictReader(file))
right = sum((scores[row["id"]] >= 0.5) == (row["late"] == "1") for row in rows)
with open(os.path.join(os.environ["TRAINYARD_OUTPUT"], "metrics.json"), "w") as out:
    json.dump({"accuracy": right / len(rows)}, out)

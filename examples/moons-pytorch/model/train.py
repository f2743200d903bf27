"""Trains the network: on which of two half moons does a point lie?

    python model/train.py

Trainyard runs the same command and sets TRAINYARD_*; on a laptop the defaults below apply.
"""

import csv
import json
import os
from pathlib import Path

import torch
from network import network

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / "work"
CHECKPOINT_EVERY = 10  # epochs


def place(name, default):
    return Path(os.environ.get(f"TRAINYARD_{name}", default))


def param(name, kind, default):
    return kind(os.environ.get(f"TRAINYARD_PARAM_{name}", default))


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    features = torch.tensor([[float(row["x1"]), float(row["x2"])] for row in rows])
    labels = torch.tensor([[float(row["lower"])] for row in rows])
    return features, labels


def main():
    torch.manual_seed(int(os.environ.get("TRAINYARD_SEED", "0")))
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)  # sums in one order: the same weights on every machine with as many cores
    output, checkpoint = place("OUTPUT", WORK / "output"), place("CHECKPOINT", WORK / "checkpoint")
    metrics = place("METRICS", WORK / "metrics.jsonl")
    for folder in (output, checkpoint, metrics.parent):
        folder.mkdir(parents=True, exist_ok=True)
    features, labels = read(place("DATA_MOONS", ROOT / "data/moons.csv"))
    model = network(param("HIDDEN", int, 16))
    optimizer = torch.optim.Adam(model.parameters(), lr=param("LEARNING_RATE", float, 0.01))
    loss_of = torch.nn.BCEWithLogitsLoss()

    state_file, first = checkpoint / "state.pt", 1
    if state_file.exists():
        state = torch.load(state_file, weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        first = state["epoch"] + 1
        print(f"resumed after epoch {state['epoch']}", flush=True)

    loss = torch.tensor(float("nan"))
    for epoch in range(first, param("EPOCHS", int, 200) + 1):
        optimizer.zero_grad()
        loss = loss_of(model(features), labels)
        loss.backward()
        optimizer.step()
        with open(metrics, "a", encoding="utf-8") as file:
            file.write(json.dumps({"step": epoch, "metric": "loss", "value": loss.item()}) + "\n")
        if epoch % CHECKPOINT_EVERY == 0:
            # Never half a checkpoint: the name moves to the new one when it is whole.
            state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}
            torch.save(state, checkpoint / "state.new")
            os.replace(checkpoint / "state.new", state_file)

    # Weights alone: a pickle of the whole model would name classes of ours, which no scan passes.
    torch.save(model.state_dict(), output / "weights.pt")
    accuracy = ((model(features) > 0).float() == labels).float().mean().item()
    (output / "metrics.json").write_text(json.dumps({"loss": loss.item(), "accuracy": accuracy}), encoding="utf-8")


if __name__ == "__main__":
    main()

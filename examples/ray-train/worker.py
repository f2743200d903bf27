"""What each worker of Ray Train runs, on whatever machine it is."""

import csv
import math
import os

import ray
import ray.train


def probability(weights, row):
    return 1 / (1 + math.exp(-(weights[0] + weights[1] * row[0] + weights[2] * row[1])))


def read(path):
    """Rows of x, y and label. A job's inputs lie beside this file, on each of its machines."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), path)) as file:
        return [tuple(float(value) for value in row) for row in list(csv.reader(file))[1:]]


def worker(config):
    context = ray.train.get_context()
    rank, size = context.get_world_rank(), context.get_world_size()
    rows = read(config["data"])[rank::size]
    coordinator = config["coordinator"]
    epoch, weights = ray.get(coordinator.start.remote(ray.get_runtime_context().get_node_id()))
    for epoch in range(epoch + 1, config["epochs"] + 1):
        loss = 0.0
        for x, y, label in rows:
            found = probability(weights, (x, y))
            loss -= math.log(max(1e-12, found if label == 1 else 1 - found))
            step = config["learning_rate"] * (label - found)
            weights = [weights[0] + step, weights[1] + step * x, weights[2] + step * y]
        weights = ray.get(coordinator.average.remote(rank, epoch, weights, loss / len(rows)))
    ray.train.report({"epochs": config["epochs"]})

"""
Logistic regression by Ray Train, one worker on each of two machines. Every worker reads its half of the data, and after
each epoch one actor averages what they have learnt, says how far it is, and keeps a checkpoint that another attempt
begins with. It needs nothing beside Ray, and no GPU.
"""

import json
import os

import ray
from ray.train import RunConfig, ScalingConfig
from ray.train.v2.api.data_parallel_trainer import DataParallelTrainer
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from worker import probability, read, worker


@ray.remote(num_cpus=0)
class Coordinator:
    """Lives beside the command, because TRAINYARD_METRICS and TRAINYARD_CHECKPOINT are files of that machine."""

    def __init__(self, workers, metrics, checkpoint):
        self.workers, self.metrics, self.checkpoint = workers, metrics, checkpoint
        self.epoch, self.weights, self.machines = 0, [0.0, 0.0, 0.0], []
        self.parts, self.turns = {}, {}
        if os.path.exists(checkpoint):
            with open(checkpoint) as file:
                saved = json.load(file)
            self.epoch, self.weights = saved["epoch"], saved["weights"]
            print(f"going on after epoch {self.epoch}", flush=True)

    async def start(self, machine):
        self.machines.append(machine)
        return self.epoch, self.weights

    async def average(self, rank, epoch, weights, loss):
        """Waits for all workers of an epoch. @returns the mean of their weights"""
        import asyncio

        turn = self.turns.setdefault(epoch, asyncio.Event())
        self.parts.setdefault(epoch, {})[rank] = (weights, loss)
        if len(self.parts[epoch]) == self.workers:
            columns = zip(*(part for part, _ in self.parts[epoch].values()))
            self.weights = [sum(column) / self.workers for column in columns]
            self.save(epoch, sum(loss for _, loss in self.parts[epoch].values()) / self.workers)
            turn.set()
        await turn.wait()
        return self.weights

    def save(self, epoch, loss):
        self.epoch = epoch
        with open(self.metrics, "a") as file:
            file.write(json.dumps({"step": epoch, "metric": "loss", "value": loss}) + "\n")
        # Renamed into place: a machine may be lost between any two bytes.
        with open(self.checkpoint + ".new", "w") as file:
            json.dump({"epoch": epoch, "weights": self.weights}, file)
        os.replace(self.checkpoint + ".new", self.checkpoint)
        print(f"epoch {epoch}: loss {loss:.4f}", flush=True)

    async def result(self):
        return self.weights, self.machines


def main():
    with open(os.environ["TRAINYARD_PARAMS"]) as file:
        params = json.load(file)
    data = os.path.relpath(os.environ["TRAINYARD_DATA_POINTS"])
    output = os.environ["TRAINYARD_OUTPUT"]
    ray.init()
    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    checkpoint = os.path.join(os.environ["TRAINYARD_CHECKPOINT"], "state.json")
    coordinator = Coordinator.options(scheduling_strategy=here).remote(
        params["workers"], os.environ["TRAINYARD_METRICS"], checkpoint
    )
    trainer = DataParallelTrainer(
        worker,
        train_loop_config={**params, "data": data, "coordinator": coordinator},
        scaling_config=ScalingConfig(
            num_workers=params["workers"],
            resources_per_worker={"CPU": 1},
            # Each worker on a machine of its own: what does not fit waits.
            placement_strategy="STRICT_SPREAD",
        ),
        run_config=RunConfig(storage_path=os.environ["TMPDIR"]),
    )
    trainer.fit()
    weights, machines = ray.get(coordinator.result.remote())
    rows = read(data)
    right = sum((probability(weights, row) > 0.5) == (row[2] == 1) for row in rows)
    with open(os.path.join(output, "model.json"), "w") as file:
        json.dump({"weights": weights, "machines": len(set(machines))}, file)
    with open(os.path.join(output, "metrics.json"), "w") as file:
        json.dump({"accuracy": right / len(rows)}, file)


if __name__ == "__main__":
    main()

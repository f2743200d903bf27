"""What training says about itself: step metrics while it runs, final metrics and a learning curve."""

import json


class StepMetrics:
    def __init__(self, path):
        self.path = path

    def append(self, step, values):
        """One JSON line per metric. The file is closed each time, so that whoever follows it sees whole lines."""
        with self.path.open("a", encoding="utf-8") as file:
            for name, value in values.items():
                file.write(json.dumps({"step": step, "metric": name, "value": round(float(value), 6)}) + "\n")


def write_report(output, metrics, curve):
    rounded = {name: round(float(value), 6) for name, value in metrics.items()}
    (output / "metrics.json").write_text(json.dumps(rounded, indent=2) + "\n", encoding="utf-8")
    plots = output / "plots"
    plots.mkdir(exist_ok=True)
    (plots / "learning_curve.vl.json").write_text(json.dumps(learning_curve(curve), indent=1) + "\n", encoding="utf-8")
    print("validation: " + ", ".join(f"{name} {value:.4f}" for name, value in rounded.items()), flush=True)


def learning_curve(curve):
    values = [
        {"epoch": point["epoch"], "set": name, "log loss": round(float(point[f"{name}_loss"]), 5)}
        for point in curve
        for name in ("train", "validation")
    ]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "title": "Learning curve",
        "width": 480,
        "height": 240,
        "data": {"values": values},
        "mark": {"type": "line", "point": False},
        "encoding": {
            "x": {"field": "epoch", "type": "quantitative"},
            "y": {"field": "log loss", "type": "quantitative", "scale": {"zero": False}},
            "color": {"field": "set", "type": "nominal", "title": None},
        },
    }

#!/bin/sh
# Measures the model in a folder as Trainyard does: features without labels first, then the labels.
#   sh eval/measure.sh work/output
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
export TRAINYARD_MODEL="$1"
export TRAINYARD_OUTPUT="$root/work/eval"
mkdir -p "$TRAINYARD_OUTPUT"
python - "$root/eval/holdout.csv" "$TRAINYARD_OUTPUT/features.csv" <<'PYTHON'
import csv, sys
with open(sys.argv[1], newline="") as source, open(sys.argv[2], "w", newline="") as target:
    writer = csv.writer(target)
    writer.writerows(row[:-1] for row in csv.reader(source))  # `late` is the last column
PYTHON
TRAINYARD_DATA_HOLDOUT="$TRAINYARD_OUTPUT/features.csv" python "$root/eval/predict.py"
TRAINYARD_DATA_HOLDOUT="$root/eval/holdout.csv" TRAINYARD_PREDICTIONS="$TRAINYARD_OUTPUT/predictions.csv" python "$root/eval/evaluate.py"
cat "$TRAINYARD_OUTPUT/metrics.json"

import { CONFIG_PATH } from '../../core/config/schema.ts';
import type { Files } from '../local/workflows/playground.ts';

/** A model that needs nothing but Python's standard library: it learns which words greet. */
export const CONFIG = `version: 1
models:
  greeter:
    inputs: [src]
    data:
      rows: { path: data/rows.csv, contract: src/rows.odcs.yaml }
    train:
      run: python3 src/train.py
      params:
        greeting: { type: string, default: hi }
    evaluate:
      predict: python eval/predict.py
      run: python eval/evaluate.py
      inputs: [eval]
      data: { holdout: { path: eval/holdout.csv, labels: [label], id: id } }
    gates:
      accuracy: { min: 0.5 }
policy:
  signing: { keys: [keys/trainyard.pub] }
`;

const TRAIN = `import csv, json, os
out = os.environ["TRAINYARD_OUTPUT"]
with open(os.environ["TRAINYARD_DATA_ROWS"]) as f:
    words = sorted(row["word"] for row in csv.DictReader(f) if row["label"] == "1")
with open(os.environ["TRAINYARD_METRICS"], "a") as metrics:
    for step in range(3):
        metrics.write(json.dumps({"step": step, "metric": "loss", "value": 1 / (step + 1)}) + "\\n")
params = json.load(open(os.environ["TRAINYARD_PARAMS"]))
assert params["greeting"] == os.environ["TRAINYARD_PARAM_GREETING"] == "hello"
json.dump({"words": words}, open(os.path.join(out, "model.json"), "w"))
json.dump({"accuracy": 0.999}, open(os.path.join(out, "metrics.json"), "w"))
print("trained on", len(words), "words, seed", os.environ["TRAINYARD_SEED"])
print("::error::this is no workflow command")
print("files", sorted(os.path.join(d, n) for d, _, names in os.walk(".") for n in names))
print("environment", sorted(k for k in os.environ if k.startswith(("GITHUB", "ACTIONS", "RUNNER", "INPUT"))))
`;

const PREDICT = `import csv, json, os
words = set(json.load(open(os.path.join(os.environ["TRAINYARD_MODEL"], "model.json")))["words"])
with open(os.environ["TRAINYARD_DATA_HOLDOUT"]) as f, open(os.path.join(os.environ["TRAINYARD_OUTPUT"], "predictions.csv"), "w") as out:
    rows = csv.DictReader(f)
    assert rows.fieldnames == ["id", "word"], rows.fieldnames
    assert not os.path.exists("eval/holdout.csv"), "the labels lie beside the evaluator"
    out.write("id,score\\n")
    for row in rows:
        out.write(f'{row["id"]},{1 if row["word"] in words else 0}\\n')
`;

const EVALUATE = `import csv, json, os
assert "TRAINYARD_MODEL" not in os.environ
scores = {row["id"]: float(row["score"]) for row in csv.DictReader(open(os.environ["TRAINYARD_PREDICTIONS"]))}
rows = list(csv.DictReader(open(os.environ["TRAINYARD_DATA_HOLDOUT"])))
right = sum((scores[row["id"]] >= 0.5) == (row["label"] == "1") for row in rows)
json.dump({"accuracy": right / len(rows), "rows": len(rows)}, open(os.path.join(os.environ["TRAINYARD_OUTPUT"], "metrics.json"), "w"))
`;

const CONTRACT = `apiVersion: v3.1.0
kind: DataContract
id: rows
name: rows
version: 1.0.0
status: active
schema:
  - name: rows
    physicalName: rows
    properties:
      - name: id
        logicalType: integer
        required: true
        unique: true
        primaryKey: true
      - name: word
        logicalType: string
        required: true
      - name: label
        logicalType: integer
        required: true
        logicalTypeOptions: { minimum: 0, maximum: 1 }
`;

export const ROWS = 'id,word,label\n1,hello,1\n2,stone,0\n3,welcome,1\n4,lamp,0\n';

export const GREETER: Files = {
  [CONFIG_PATH]: CONFIG,
  'README.md': 'A greeter.\n',
  'src/train.py': TRAIN,
  'src/rows.odcs.yaml': CONTRACT,
  'data/rows.csv': ROWS,
  'eval/predict.py': PREDICT,
  'eval/evaluate.py': EVALUATE,
  'eval/holdout.csv': 'id,word,label\n101,hello,1\n102,door,0\n103,greetings,1\n104,spoon,0\n',
};

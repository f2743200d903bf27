import { CONFIG_PATH } from '../../core/config/schema.ts';

/** Paths and contents of a repository. */
export type Files = Readonly<Record<string, string>>;

/** Two models that need nothing but Python's standard library; nothing is installed, so a run takes seconds. */
export const CONFIG = `version: 1
models:
  greeter:
    inputs: [greeter]
    data:
      rows: { path: data/rows.csv, contract: greeter/rows.odcs.yaml }
    train:
      run: python3 greeter/train.py
      params:
        rate: { type: number, min: 0.1, max: 1, default: 0.5 }
      timeout: 10m
    evaluate:
      predict: python3 eval/predict.py
      run: python3 eval/evaluate.py
      inputs: [eval]
      data: { holdout: { path: eval/holdout.csv, labels: [label], id: id } }
      timeout: 2m
    gates:
      accuracy: { min: 0.7 }
    promote: { stages: [staging, production] }
  sleeper:
    inputs: [sleeper]
    train: { run: python3 sleeper/train.py, timeout: 2s }
policy:
  signing: { keys: [keys/trainyard.pub] }
  commands: { train: write, promote: write }
  concurrency: 16
`;

/** Learns which words greet. */
export const TRAIN = `import csv, json, os
out = os.environ["TRAINYARD_OUTPUT"]
with open(os.environ["TRAINYARD_DATA_ROWS"]) as rows:
    words = sorted(row["word"] for row in csv.DictReader(rows) if row["label"] == "1")
with open(os.path.join(out, "model.json"), "w") as model:
    json.dump({"words": words}, model)
with open(os.path.join(out, "metrics.json"), "w") as metrics:
    json.dump({"accuracy": 0.999}, metrics)
print("trained on", len(words), "words at rate", os.environ["TRAINYARD_PARAM_RATE"])
`;

export const PREDICT = `import csv, json, os
with open(os.path.join(os.environ["TRAINYARD_MODEL"], "model.json")) as model:
    words = set(json.load(model)["words"])
with open(os.environ["TRAINYARD_DATA_HOLDOUT"]) as rows, open(os.path.join(os.environ["TRAINYARD_OUTPUT"], "predictions.csv"), "w") as out:
    out.write("id,score\\n")
    for row in csv.DictReader(rows):
        out.write(f'{row["id"]},{1 if row["word"] in words else 0}\\n')
`;

export const EVALUATE = `import csv, json, os
with open(os.environ["TRAINYARD_PREDICTIONS"]) as predictions:
    scores = {row["id"]: float(row["score"]) for row in csv.DictReader(predictions)}
with open(os.environ["TRAINYARD_DATA_HOLDOUT"]) as holdout:
    rows = list(csv.DictReader(holdout))
right = sum((scores[row["id"]] >= 0.5) == (row["label"] == "1") for row in rows)
with open(os.path.join(os.environ["TRAINYARD_OUTPUT"], "metrics.json"), "w") as metrics:
    json.dump({"accuracy": right / len(rows)}, metrics)
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

/** The repository without its workflows, which are the example's. */
export const TEAM: Files = {
  [CONFIG_PATH]: CONFIG,
  'README.md': 'Which words greet?\n',
  'greeter/train.py': TRAIN,
  'greeter/rows.odcs.yaml': CONTRACT,
  'sleeper/train.py': 'print("nothing yet")\n',
  'data/rows.csv': ROWS,
  'eval/predict.py': PREDICT,
  'eval/evaluate.py': EVALUATE,
  'eval/holdout.csv': 'id,word,label\n101,hello,1\n102,door,0\n103,greetings,1\n104,spoon,0\n',
  'notes/secret.txt': 'not an input\n',
};

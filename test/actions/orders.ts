import { PolicyConfig } from '../../core/config/policy.ts';
import { ModelConfig } from '../../core/config/schema.ts';
import type { TreeListing } from '../../core/fingerprint/manifest.ts';
import { sourceManifest } from '../../core/fingerprint/source.ts';
import { ModelName, RunId } from '../../core/names.ts';
import { JudgeOrder, TrainOrder } from '../../core/training/request.ts';

export const RUN = RunId.parse('01JD0000000000000000000000');
const NO_SOURCE = '0'.repeat(64);

/** An order for `src` and `data/rows.csv`, with what matters to a test set. */
export function trainOrder(change: Partial<Record<keyof TrainOrder, unknown>> = {}): TrainOrder {
  return TrainOrder.parse({
    model: 'greeter',
    commit: 'c'.repeat(40),
    command: 'true',
    setup: null,
    inputs: ['data/rows.csv', 'src'],
    data: { rows: { path: 'data/rows.csv' } },
    timeout: 30,
    network: 'open',
    source: NO_SOURCE,
    request: {
      params: { learning_rate: 0.1, verbose: true, name: 'a b' },
      explicit: [],
      seed: 7,
      engine: 'runner',
      resources: { gpus: 0, spot: false },
      image: null,
    },
    ...change,
  });
}

/** The source fingerprint that core gives the config of the order's making in a tree. */
export function sourceOf(order: TrainOrder, tree: TreeListing): string {
  const datasets = Object.values(order.data).map(({ path }) => path);
  const declared = Object.entries(order.data).map(([name, { path, at }]) => {
    const pin = Object.entries({ ...at, path }).filter(([, value]) => value !== null);
    return [name, Object.fromEntries(pin)];
  });
  const config = ModelConfig.parse({
    inputs: order.inputs.filter((path) => !datasets.includes(path)),
    data: Object.fromEntries(declared),
    train: { run: order.command, ...(order.setup === null ? {} : { setup: order.setup }) },
  });
  const source = sourceManifest(
    { name: ModelName.parse(order.model), config, fixed: {}, policy: PolicyConfig.parse({}) },
    tree,
  );
  if (!source.ok) throw new Error(source.problems.map((problem) => problem.message).join('\n'));
  return source.source;
}

export function judgeOrder(change: Partial<Record<keyof JudgeOrder, unknown>> = {}): JudgeOrder {
  return JudgeOrder.parse({
    model: 'greeter',
    policyCommit: 'b'.repeat(40),
    predict: 'true',
    run: 'true',
    inputs: ['eval'],
    setup: null,
    data: { holdout: { path: 'eval/holdout.csv', labels: ['label'], id: 'id' } },
    trainingData: { rows: { path: 'data/rows.csv' } },
    timeout: 30,
    sandbox: 'required',
    ...change,
  });
}

import { KubernetesOptions } from '../../../../adapters/engines/kubernetes/options.ts';
import { ModelName, RepositoryName, RunId } from '../../../../core/names.ts';
import { executionId } from '../../../../core/training/execution.ts';
import { TrainOrder } from '../../../../core/training/request.ts';
import type { Submission } from '../../../../flows/ports.ts';

export const OPTIONS = KubernetesOptions.parse({
  namespace: 'trainyard-runs',
  image: 'registry.example.com/python:3.12',
  agent: 'registry.example.com/trainyard:1',
  gpus: { a100: { node_selector: { 'nvidia.com/gpu.product': 'A100' }, tolerations: [{ key: 'nvidia.com/gpu' }] } },
});

const address = (method: 'GET' | 'PUT', name: string) => ({
  method,
  url: `https://store.example.com/acme/${name}?signature=of-${name}`,
  headers: {},
});

type Resources = TrainOrder['request']['resources'];

export interface Wanted {
  /** What a stage of dvc.yaml leaves. */
  readonly stage?: TrainOrder['stage'];
  readonly command?: string;
  readonly resources?: Partial<Resources>;
  readonly timeout?: number;
  readonly setup?: string | null;
  readonly network?: 'open' | 'locked';
  readonly params?: Readonly<Record<string, string | number | boolean>>;
}

/** A submission as the flows make it. @param number of the run: equal numbers give equal submissions */
export function submissionOf(number: number, wanted: Wanted = {}): Submission {
  const run = RunId.parse(`01J${String(number).padStart(23, '0')}`);
  const order = TrainOrder.parse({
    model: ModelName.parse('flight-delay'),
    commit: 'a'.repeat(40),
    command: wanted.command ?? 'python train.py',
    setup: wanted.setup ?? null,
    ...(wanted.stage === undefined ? {} : { stage: wanted.stage }),
    inputs: ['train.py'],
    data: { flights: { path: 'data/flights.csv' } },
    timeout: wanted.timeout ?? 600,
    network: wanted.network ?? 'open',
    source: 'b'.repeat(64),
    request: {
      params: wanted.params ?? { rate: 0.1 },
      explicit: [],
      seed: 7,
      engine: 'kubernetes',
      resources: { gpus: 0, spot: false, ...wanted.resources },
      image: null,
    },
  });
  return {
    execution: executionId(run, 1),
    run,
    attempt: 1,
    repository: RepositoryName.parse('acme/flight-delay'),
    order,
    inputs: async function* () {},
    store: {
      inputs: { ...address('GET', 'inputs.tar'), sha256: 'c'.repeat(64) },
      output: address('PUT', 'output.tar'),
      status: address('PUT', 'status.json'),
      restore: null,
      checkpoint: address('PUT', 'checkpoint.tar'),
    },
    ingest: { url: 'https://app.example.com/ingest', token: 'for-display-only' },
  };
}

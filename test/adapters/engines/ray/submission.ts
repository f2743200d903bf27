import { createHash } from 'node:crypto';
import { GitId, ModelName, RepoPath, RepositoryName, RunId, Sha256 } from '../../../../core/names.ts';
import { packTar, type TarFile } from '../../../../core/packaging/tar.ts';
import { executionId } from '../../../../core/training/execution.ts';
import { TrainOrder } from '../../../../core/training/request.ts';
import type { Submission } from '../../../../flows/engine-port.ts';
import type { ObjectServer } from './store.ts';

export interface Wanted {
  /** What a stage of dvc.yaml leaves. */
  readonly stage?: TrainOrder['stage'];
  readonly command: string;
  readonly files?: readonly TarFile[];
  readonly setup?: string;
  readonly timeout?: number;
  readonly grace?: number;
  readonly resources?: Readonly<Record<string, unknown>>;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly data?: Readonly<Record<string, { readonly path: string }>>;
  readonly image?: string;
  readonly attempt?: number;
  readonly run?: RunId;
  /** A checkpoint to begin with: the name of an object. */
  readonly restore?: string;
}

let runs = 0;

export function nextRun(): RunId {
  runs += 1;
  return RunId.parse(`01JTRAY${String(process.pid).padStart(10, '0')}${String(runs).padStart(9, '0')}`);
}

/** A submission of a run of its own, whose store is the server. */
export function submissionOf(store: ObjectServer, wanted: Wanted): Submission {
  const run = wanted.run ?? nextRun();
  const attempt = wanted.attempt ?? 1;
  const execution = executionId(run, attempt);
  const tar = packTar([
    { path: 'README', content: Buffer.from('inputs\n'), executable: false },
    ...(wanted.files ?? []),
  ]);
  store.objects.set(`${execution}/inputs.tar`, Buffer.from(tar));
  const sha256 = Sha256.parse(createHash('sha256').update(tar).digest('hex'));
  const order = TrainOrder.parse({
    model: ModelName.parse('flight-delay'),
    commit: GitId.parse('a'.repeat(40)),
    command: wanted.command,
    setup: wanted.setup ?? null,
    ...(wanted.stage === undefined ? {} : { stage: wanted.stage }),
    inputs: [RepoPath.parse('README'), ...(wanted.files ?? []).map(({ path }) => path)],
    data: wanted.data ?? {},
    timeout: wanted.timeout ?? 600,
    checkpoint: { interval: 1, grace: wanted.grace ?? 2 },
    network: 'open',
    source: 'b'.repeat(64),
    request: {
      params: wanted.params ?? {},
      explicit: [],
      seed: 7,
      engine: 'ray',
      resources: { gpus: 0, spot: false, ...wanted.resources },
      image: wanted.image ?? null,
    },
  });
  return {
    execution,
    run,
    attempt,
    repository: RepositoryName.parse('acme/models'),
    order,
    inputs: async function* () {
      yield tar;
    },
    store: {
      inputs: { ...store.address(`${execution}/inputs.tar`, 'GET'), sha256 },
      output: store.address(`${execution}/output.tar`, 'PUT'),
      status: store.address(`${execution}/status.json`, 'PUT'),
      restore: wanted.restore === undefined ? null : store.address(wanted.restore, 'GET'),
      checkpoint: store.address(`${execution}/checkpoint.tar`, 'PUT'),
    },
    ingest: store.ingest,
  };
}

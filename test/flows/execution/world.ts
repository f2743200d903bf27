import { createHash } from 'node:crypto';
import { z } from 'zod';
import { CONFIG_PATH } from '../../../core/config/schema.ts';
import type { RunRecord } from '../../../core/ledger/run.ts';
import type { RunId } from '../../../core/names.ts';
import { unpackTar } from '../../../core/packaging/tar.ts';
import type { ExecutionId, Observation } from '../../../core/training/execution.ts';
import { runRequest } from '../../../core/training/order.ts';
import type { ExecutionStatus } from '../../../core/training/status.ts';
import { loadRun } from '../../../flows/ledger.ts';
import { modelAt } from '../../../flows/model-at.ts';
import type { Check, Compute, ComputeEngine, Ports, RunStore, Submission } from '../../../flows/ports.ts';
import { draftRun, type RunDraft } from '../../../flows/run-draft.ts';
import { takePolicySnapshot, takeSnapshot } from '../../../flows/snapshot.ts';
import { OWNER, REPO, startWorld, type World } from '../../adapters/github/world.ts';
import { makeKey, runId } from '../../core/samples.ts';
import { flowPorts, repository } from '../ports.ts';
import { DELAY } from '../releasing.ts';

/** A cluster that does what a test says; each call is one of a process of its own. */
export interface Cluster extends ComputeEngine {
  readonly submissions: Submission[];
  readonly observations: Map<string, Observation>;
  readonly cancels: ExecutionId[];
  readonly forgotten: ExecutionId[];
  /** Whether compute is gone as soon as its end is asked for. */
  gone: boolean;
  printed: string;
  /** Thrown by every call. */
  trouble: Error | null;
}

export function cluster(): Cluster {
  const self: Cluster = {
    submissions: [],
    observations: new Map(),
    cancels: [],
    forgotten: [],
    gone: true,
    printed: '',
    trouble: null,
    async submit(submission) {
      reachable(self);
      for await (const _ of submission.inputs());
      if (self.observations.has(submission.execution)) return;
      self.submissions.push(submission);
      self.observations.set(submission.execution, { state: 'waiting', since: null, why: '0/3 nodes have enough GPUs' });
    },
    async observe(execution) {
      reachable(self);
      return self.observations.get(execution) ?? { state: 'absent' };
    },
    async log(_execution, from) {
      reachable(self);
      const start = Number(from ?? 0);
      const bytes = Buffer.from(self.printed).subarray(start);
      return { bytes, next: String(start + bytes.length), skipped: false };
    },
    async cancel(execution) {
      reachable(self);
      self.cancels.push(execution);
      return self.gone ? 'gone' : 'stopping';
    },
    async forget(execution) {
      reachable(self);
      self.forgotten.push(execution);
    },
  };
  return self;
}

function reachable({ trouble }: Cluster): void {
  if (trouble !== null) throw trouble;
}

export interface Shelf extends RunStore {
  readonly objects: Map<string, Buffer>;
}

export function shelf(): Shelf {
  const objects = new Map<string, Buffer>();
  const at = (run: RunId, name: string): string => `${run}/${name}`;
  return {
    objects,
    async sign(run, name, method, seconds) {
      return { method, url: `https://store.example.com/${at(run, name)}?for=${seconds}`, headers: {} };
    },
    async stat(run, name) {
      const found = objects.get(at(run, name));
      return found === undefined ? null : { size: found.length, etag: sha256(found) };
    },
    read: async (run, name) => objects.get(at(run, name)) ?? null,
    async *content(run, name) {
      yield objects.get(at(run, name)) ?? Buffer.alloc(0);
    },
    async write(run, name, content) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of content()) chunks.push(chunk);
      objects.set(at(run, name), Buffer.concat(chunks));
    },
    async remove(run, keep = []) {
      const stays = new Set(keep.map((name) => at(run, name)));
      for (const key of objects.keys()) if (key.startsWith(`${run}/`) && !stays.has(key)) objects.delete(key);
    },
  };
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A repository whose one model trains on a cluster, with a pull request that changes it. */
export interface Computing {
  readonly world: World;
  readonly ports: Ports;
  readonly cluster: Cluster;
  readonly shelf: Shelf;
  readonly pull: number;
  readonly checks: Check[];
  readonly dispatched: Readonly<Record<string, string>>[];
  now: string;
  draft(run?: number, trust?: 'member' | 'fork'): Promise<RunDraft>;
  record(run?: number): Promise<RunRecord>;
  /** What the execution says now. */
  says(observation: Observation, attempt?: number): void;
  /** Leaves an output with a status that claims it, as the execution's harness does. */
  leaves(status?: Partial<ExecutionStatus>, attempt?: number): Buffer;
  close(): Promise<void>;
}

/** What is written on the pull request. */
export async function commentOn({ world, pull }: Pick<Computing, 'world' | 'pull'>): Promise<string> {
  const route = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
  const { data } = await world.ada.request(route, { owner: OWNER, repo: REPO, issue_number: pull });
  return z
    .array(z.object({ body: z.string() }))
    .parse(data)
    .map(({ body }) => body)
    .join('\n');
}

export const RUN = runId(1);
export const executionOf = (attempt = 1): string => `trainyard-${RUN.toLowerCase()}-${attempt}`;

/** A real cluster and store in the place of those that do what a test says. */
export interface Real {
  readonly compute?: Compute;
  /** `policy.store`, as YAML. */
  readonly store?: string;
  readonly files?: Readonly<Record<string, string>>;
  /** What trains, in place of `run: python train.py`. */
  readonly command?: string;
  readonly timeout?: string;
  /** Further lines of the model, as YAML. */
  readonly model?: string;
}

/** @param train further keys of the model's training, `policy` further lines of policy */
export async function startComputing(train = '', policy = '', real: Real = {}): Promise<Computing> {
  const world = await startWorld();
  const key = makeKey();
  const config = `version: 1
models:
  delay:
    inputs: [train.py, src]
    train: { ${real.command ?? 'run: python train.py'}, engine: ray, timeout: ${real.timeout ?? '2h'}${train} }
${real.model ?? ''}policy:
  signing: { keys: [keys/trainyard.pub] }
  engines: [runner, ray]
  store: ${real.store ?? '{ s3: { bucket: team-runs } }'}
${policy}`;
  const files = { 'train.py': 'print(0)\n', 'src/model.py': 'x = 1\n', 'secret.txt': 'no input\n', ...real.files };
  await world.commit('main', { [CONFIG_PATH]: config, 'keys/trainyard.pub': key.public.pem, ...files });
  const main = await world.ports.source.branchHead('main');
  await world.commit('faster', { 'train.py': 'print(1)\n', ...real.files }, main ?? '');
  const body = { owner: OWNER, repo: REPO, head: 'faster', base: 'main', title: 'faster' };
  const { data } = await world.ada.request('POST /repos/{owner}/{repo}/pulls', body);
  const pull = z.object({ number: z.int() }).parse(data).number;
  const [computer, store, checks, dispatched] = [cluster(), shelf(), [] as Check[], [] as Record<string, string>[]];
  const computing: Omit<Computing, 'ports'> & { ports: Ports } = {
    world,
    cluster: computer,
    shelf: store,
    pull,
    checks,
    dispatched,
    now: '2026-11-02T10:00:00Z',
    ports: flowPorts(world, key, {
      clock: { now: () => new Date(computing.now) },
      checks: { put: async (check) => void checks.push(check) },
      compute: real.compute ?? { engine: async () => computer, store: async () => store, ingest: async () => null },
      workflows: {
        ...world.ports.workflows,
        syncExecutionRef: async () => (await world.ports.source.branchHead('main')) as never,
        async dispatch(_workflow, inputs) {
          dispatched.push({ ...inputs });
          return { id: 500 + dispatched.length, url: 'https://github.example.com/run' };
        },
      },
    }),
    async draft(run = 1, trust = 'member') {
      const { head } = await computing.ports.pulls.get(pull);
      const at = await takePolicySnapshot(computing.ports);
      const model = modelAt(at, await takeSnapshot(computing.ports, head.sha), DELAY);
      if (model.kind !== 'known') throw new Error(`the model is ${JSON.stringify(model)}`);
      return draftRun(at, model, runRequest(model.effective, {}), {
        run: runId(run),
        repository,
        commit: head.sha,
        origin: { kind: 'pull_request', number: pull, commentId: 1, line: 1 },
        requestedBy: 'ada',
        trust,
        policyChange: false,
      });
    },
    async record(run = 1) {
      const found = await loadRun(computing.ports, await takePolicySnapshot(computing.ports), runId(run));
      if (found === null) throw new Error(`there is no run ${run}`);
      return found.record;
    },
    says: (observation, attempt = 1) => void computer.observations.set(executionOf(attempt), observation),
    leaves(status = {}, attempt = 1) {
      const output = Buffer.from(`the model of attempt ${attempt}`);
      const said: Record<string, unknown> = {
        version: 1,
        reason: 'succeeded',
        message: 'done',
        exitCode: 0,
        seconds: 10,
        logTail: 'epoch 1\nepoch 2',
        stepMetrics: [],
        output: { sha256: sha256(output), size: output.length },
        ...status,
      };
      store.objects.set(`${RUN}/attempt-${attempt}/output.tar`, output);
      store.objects.set(`${RUN}/attempt-${attempt}/status.json`, Buffer.from(JSON.stringify(said)));
      return output;
    },
    close: () => world.close(),
  };
  return computing;
}

export const filesIn = (tar: Uint8Array): readonly string[] => unpackTar(tar).map(({ path }) => path);

export const RUNNING: Observation = { state: 'running', startedAt: null, gpuUse: null };
type Ended = Extract<Observation, { state: 'ended' }>;
export const ended = (end: Ended['end']): Ended => ({
  state: 'ended',
  end,
  startedAt: null,
  endedAt: null,
  usage: null,
});
export const SUCCEEDED = ended({ how: 'succeeded' });
export const failing = (
  reason: Extract<Extract<Observation, { state: 'ended' }>['end'], { how: 'failed' }>['reason'],
) => ended({ how: 'failed', reason, message: 'Said by the engine.', exitCode: null });

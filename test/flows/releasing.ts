import { z } from 'zod';
import { sha256Hex } from '../../core/canonical.ts';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import type { EntryDraft } from '../../core/ledger/append.ts';
import type { RunRecord, RunState } from '../../core/ledger/run.ts';
import { GitId, ModelName, type Sha256 } from '../../core/names.ts';
import { runRequest } from '../../core/training/order.ts';
import { acceptRun, advanceRun, appendEntry, closeRun, loadLedger } from '../../flows/ledger.ts';
import { handlePush } from '../../flows/merge.ts';
import { modelAt } from '../../flows/model-at.ts';
import type { Outcome } from '../../flows/outcome.ts';
import { PortError, type Ports } from '../../flows/ports.ts';
import { draftRun } from '../../flows/run-draft.ts';
import { takePolicySnapshot, takeSnapshot } from '../../flows/snapshot.ts';
import { OWNER, REPO, startWorld, type World } from '../adapters/github/world.ts';
import { makeKey, runId, sha256 } from '../core/samples.ts';
import { type FlowPorts, flowPorts, judged, judging, repository } from './ports.ts';

export const DELAY = ModelName.parse('delay');
const where = { owner: OWNER, repo: REPO };

/** A repository with one model, whose runs are judged by hand: what merges and people make of them is real. */
export interface Releasing {
  readonly world: World;
  readonly ports: FlowPorts;
  /** What a clock of ours says now. */
  now: string;
  /** Whether workflow artifacts are still kept; the release of a version is another place. */
  kept: boolean;
  /** Puts other bytes, or none, in the place of every asset of a release. */
  replaced: Uint8Array | null | undefined;
  /** Opens a pull request that changes the model; answers its number. */
  propose(change: string, files?: Readonly<Record<string, string>>): Promise<number>;
  /** A run of the pull request's head, judged. */
  train(pull: number, run: number, state?: Partial<Extract<RunState, { state: 'judged' }>>): Promise<RunRecord>;
  /** Merges as Ada does, and handles the push. */
  merge(pull: number): Promise<Outcome>;
  /** Enters what a person decided. */
  enter(draft: EntryDraft): Promise<void>;
  close(): Promise<void>;
}

export function packageOf(run: number): Uint8Array {
  return Buffer.from(`package ${run}`);
}

export function packageDigest(run: number): Sha256 {
  return sha256Hex(packageOf(run));
}

/** @param more lines of the model, and files of the default branch */
export async function startReleasing(
  policy = '',
  more: { readonly model?: string; readonly files?: Readonly<Record<string, string>> } = {},
): Promise<Releasing> {
  const world = await startWorld();
  const key = makeKey();
  const config = `version: 1
models:
  delay:
    inputs: [train.py]
    train: { run: python train.py }
${more.model ?? ''}policy:
  signing: { keys: [keys/trainyard.pub] }
${policy}`;
  await world.commit('main', {
    [CONFIG_PATH]: config,
    'train.py': 'print(0)\n',
    'keys/trainyard.pub': key.public.pem,
    ...more.files,
  });
  const releasing: Releasing = {
    world,
    now: '2026-11-02T10:00:00Z',
    kept: true,
    replaced: undefined,
    ports: flowPorts(world, key, {
      clock: { now: () => new Date(releasing.now) },
      releases: {
        ...world.ports.releases,
        asset: async (...asked) =>
          releasing.replaced === undefined ? world.ports.releases.asset(...asked) : releasing.replaced,
      },
      workflows: {
        ...world.ports.workflows,
        artifacts: async (run) => [
          { id: run, name: 'package', digest: sha256('archive'), size: 1, expired: !releasing.kept },
        ],
        async artifactFiles(id) {
          if (releasing.kept) return new Map([['package.tar', packageOf(id)]]);
          throw new PortError('gone', 'the artifact has expired');
        },
      },
    }),
    propose: (change, files = {}) => propose(world, change, files),
    train: (pull, run, state) => train(releasing.ports, pull, run, state),
    merge: (pull) => merge(world, releasing.ports, pull),
    async enter(draft) {
      await appendEntry(releasing.ports, await takePolicySnapshot(releasing.ports), () => draft);
    },
    close: () => world.close(),
  };
  return releasing;
}

async function propose(world: World, change: string, files: Readonly<Record<string, string>>): Promise<number> {
  const main = await world.ports.source.branchHead('main');
  await world.commit(change, { 'train.py': `print('${change}')\n`, ...files }, main ?? '');
  const body = { ...where, head: change, base: 'main', title: change };
  const { data } = await world.ada.request('POST /repos/{owner}/{repo}/pulls', body);
  return z.object({ number: z.int() }).parse(data).number;
}

async function train(
  ports: Ports,
  number: number,
  run: number,
  state: Partial<Extract<RunState, { state: 'judged' }>> = {},
): Promise<RunRecord> {
  const pull = await ports.pulls.get(number);
  const policy = await takePolicySnapshot(ports);
  const model = modelAt(policy, await takeSnapshot(ports, pull.head.sha), DELAY);
  if (model.kind !== 'known') throw new Error(`the model is ${JSON.stringify(model)}`);
  const draft = draftRun(policy, model, runRequest(model.effective, {}), {
    run: runId(run),
    repository,
    commit: pull.head.sha,
    origin: { kind: 'pull_request', number, commentId: 1, line: 1 },
    requestedBy: 'ada',
    trust: 'member',
    policyChange: false,
  });
  const pack = { sha256: packageDigest(run), size: 1, artifact: { id: run, digest: sha256('archive'), runId: run } };
  await acceptRun(ports, policy, draft);
  for (const next of [{ state: 'training', workflowRun: 1 }, judging(2), { ...judged(run), package: pack, ...state }])
    await advanceRun(ports, policy, draft.run, next as RunState);
  return closeRun(ports, policy, draft.run, 'ada');
}

async function merge(world: World, ports: Ports, pull_number: number): Promise<Outcome> {
  const before = await ports.source.branchHead('main');
  await world.ada.request('PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge', { ...where, pull_number });
  const after = await ports.source.branchHead('main');
  return handlePush(ports, {
    branch: 'main',
    before: GitId.parse(before),
    after: GitId.parse(after),
    sender: 'ada',
  });
}

/** What the ledger says of the model now. */
export async function delayState(ports: Ports) {
  const { state } = await loadLedger(ports, await takePolicySnapshot(ports));
  const model = state.models.get(DELAY);
  return {
    versions: (model?.versions ?? []).map(({ version }) => String(version)),
    stages: Object.fromEntries(
      [...(model?.stages ?? [])].map(([stage, { version }]) => [String(stage), String(version)]),
    ),
    frozen: model?.frozen?.reason ?? null,
    state,
  };
}

import { localKeySigner } from '../../adapters/signing/local-key.ts';
import type { RunRecord, RunState } from '../../core/ledger/run.ts';
import { GitId, type ModelName, RepositoryName, type RunId, Sha256 } from '../../core/names.ts';
import { acceptRun, advanceRun, closeRun } from '../../flows/ledger.ts';
import type { InFlight, Notice, Ports, Sighting } from '../../flows/ports.ts';
import { takePolicySnapshot } from '../../flows/snapshot.ts';
import { OWNER, REPO, type World } from '../adapters/github/world.ts';
import { recordOf, sha256, type TestKey } from '../core/samples.ts';

export const repository = RepositoryName.parse(`${OWNER}/${REPO}`);

/** What the App keeps in its database, kept for the length of a test. */
export function memory(): InFlight {
  const sightings: Sighting[] = [];
  const notices = new Map<string, Notice>();
  const progress = new Map<string, string>();
  const validations = new Map<string, Record<string, string>>();
  return {
    recordSighting: async (sighting) => void sightings.push(sighting),
    sightings: async (number) => sightings.filter(({ pullRequest }) => pullRequest === number),
    putNotice: async (notice) => void notices.set(notice.key, notice),
    notices: async (number) => [...notices.values()].filter(({ pullRequest }) => pullRequest === number),
    putValidation: async (commit, dataset, state) =>
      void validations.set(commit, { ...validations.get(commit), [dataset]: state }),
    validations: async (commit) => validations.get(commit) ?? {},
    stepMetrics: async () => [],
    progress: async (key) => progress.get(key) ?? null,
    progressBelow: async (prefix) => Object.fromEntries([...progress].filter(([key]) => key.startsWith(prefix))),
    putProgress: async (key, value) => void progress.set(key, value),
  };
}

export interface FlowPorts extends Ports {
  /** Workflow runs that the engine was asked to end. */
  readonly cancelled: number[];
}

/** The ports of flows over a local GitHub; training is only noted. */
export function flowPorts(world: World, key: TestKey, change: Partial<Ports> = {}): FlowPorts {
  const cancelled: number[] = [];
  return {
    ...world.ports,
    steps: { run: (_name, action) => action() },
    clock: { now: () => new Date('2026-11-02T10:00:00Z') },
    signer: localKeySigner(key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()),
    inFlight: memory(),
    engine: {
      submit: async () => ({ workflowRun: 77 }),
      async cancel(workflowRun) {
        cancelled.push(workflowRun);
        return 'gone';
      },
    },
    ...change,
    cancelled,
  };
}

/** A judged state that holds together; what it says is made up. */
export function judged(run: number): Extract<RunState, { state: 'judged' }> {
  return {
    state: 'judged',
    verdict: 'candidate',
    reasons: [],
    trainRun: 1,
    judgeRun: 2,
    output: { id: 1, digest: sha256('output'), runId: 1, attempt: 1 },
    order: judgeOrder(),
    evaluation: { status: 'evaluated', metrics: {}, sandbox: 'namespaces', holdout: {}, seconds: 1 },
    gates: [],
    scanVerdict: 'clean',
    scanFindings: [],
    selfReported: null,
    package: { sha256: sha256(`package ${run}`), size: 1, artifact: { id: 3, digest: sha256('archive'), runId: 2 } },
    files: null,
    reproduction: null,
    judgedBy: 'evaluated',
    references: {},
  };
}

function judgeOrder(): Extract<RunState, { state: 'judging' }>['order'] {
  const { model } = recordOf();
  return {
    model,
    policyCommit: GitId.parse('c'.repeat(40)),
    predict: 'p',
    run: 'r',
    inputs: [],
    setup: null,
    data: {},
    trainingData: {},
    timeout: 60,
    sandbox: 'required',
  };
}

/** Accepts a run and walks it through the states. */
export async function ranThrough(
  ports: Ports,
  change: Partial<RunRecord> & { run: RunId; model?: ModelName },
  states: readonly RunState[],
): Promise<RunRecord> {
  const policy = await takePolicySnapshot(ports);
  let record = await acceptRun(ports, policy, recordOf({ repository, ...change }));
  for (const state of states) record = await advanceRun(ports, policy, record.run, state);
  return closeRun(ports, policy, record.run, 'ada');
}

export function judging(workflowRun: number): RunState {
  const output = { id: 1, digest: Sha256.parse(sha256('output')), runId: 1, attempt: 1 };
  return { state: 'judging', trainRun: 1, output, workflowRun, order: judgeOrder() };
}

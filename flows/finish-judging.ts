import { judgeGates, verdictOf } from '../core/evaluation/gates.ts';
import { JudgeResult } from '../core/evaluation/result.ts';
import type { VerifiedRecord } from '../core/ledger/envelope.ts';
import { modelState } from '../core/ledger/fold.ts';
import { outputDigest, type RunRecord, type RunState } from '../core/ledger/run.ts';
import type { RunId } from '../core/names.ts';
import { cutText } from '../core/reports/characters.ts';
import type { TrainEnvironment } from '../core/training/environment.ts';
import { MAX_PACKED_FILES, type PackedFile, type Reproduction, reproductionOf } from '../core/training/reproduction.ts';
import { waivedProblem } from '../core/verification/waivers.ts';
import { cancellerOf } from './command-cancel.ts';
import { comparableMetrics } from './comparison.ts';
import { foreignWorkflow } from './foreign-workflow.ts';
import { advanceRun, closeRun, type Ledger, loadLedger, loadRun } from './ledger.ts';
import type { Outcome } from './outcome.ts';
import { PortError, type Ports, type WorkflowRun } from './ports.ts';
import { policyDigestOf } from './run-draft.ts';
import { showBroughtOn, showRun } from './show.ts';
import { modelIn, type PolicySnapshot, takePolicySnapshot } from './snapshot.ts';

const RESULT_ARTIFACT = 'trainyard-result';
const MAX_RESULT_BYTES = 16 * 2 ** 20;
const MAX_FINDINGS_KEPT = 20;

type Judging = Extract<RunState, { state: 'judging' }>;

/** A judge workflow run has ended: its one result is checked, held to the gates, and signed as evidence. */
export async function finishJudging(ports: Ports, run: RunId, workflow: WorkflowRun): Promise<Outcome> {
  const state = await ports.steps.run(`decide ${run}`, async () => {
    const policy = await takePolicySnapshot(ports);
    const found = await loadRun(ports, policy, run);
    const judging = found?.record.state;
    if (found === null || judging?.state !== 'judging' || judging.workflowRun !== workflow.id) return null;
    return decide(ports, policy, found.record, judging, workflow);
  });
  if (state === null) {
    await ports.steps.run(`show ${run}`, () => showBroughtOn(ports, run, workflow.id));
    return { code: 'ignored', message: `workflow run ${workflow.id} judges no run of ours` };
  }
  await ports.steps.run(`record ${run}`, async () => {
    const policy = await takePolicySnapshot(ports);
    const record = await advanceRun(ports, policy, run, state);
    await closeRun(ports, policy, run, ports.self);
    return record.sequence;
  });
  await ports.steps.run(`show ${run}`, () => showRun(ports, run));
  return state.state === 'judged'
    ? { code: 'run_judged', message: `run ${run} is judged: ${state.verdict}`, verdict: state.verdict }
    : { code: 'run_failed', message: `run ${run} could not be judged` };
}

async function decide(
  ports: Ports,
  policy: PolicySnapshot,
  record: RunRecord,
  judging: Judging,
  workflow: WorkflowRun,
): Promise<RunState> {
  if (workflow.conclusion === 'cancelled')
    return { state: 'cancelled', by: await cancellerOf(ports, record), workflowRun: workflow.id };
  const failed = (reason: string, message: string): RunState => ({
    state: 'failed',
    at: 'judging',
    reason,
    message: cutText(message, 2000),
    workflowRun: workflow.id,
  });
  const foreign = await foreignWorkflow(ports, policy, workflow);
  if (foreign !== null) return failed('foreign_workflow', foreign);
  const read = await readResult(ports, workflow);
  if (!read.ok) return failed('result_unreadable', `${read.message}: ${workflow.url}`);
  const mismatch = mismatchOf(read.result, record, judging);
  if (mismatch !== null) return failed('result_mismatch', mismatch);
  // Gates are read where evaluator and holdout were read: one policy judges a run, whatever is merged meanwhile.
  const judgedUnder = await takePolicySnapshot(ports, judging.order.policyCommit);
  const unheard = waivedProblem(read.result.scan, read.result.waived ?? [], {
    waivers: judgedUnder.config?.policy.scan?.waivers ?? [],
    day: record.at.slice(0, 10),
  });
  if (unheard !== null) return failed('result_mismatch', unheard);
  return judge({
    ledger: await loadLedger(ports, policy),
    policy: judgedUnder,
    record,
    judging,
    result: read.result,
    references: await loadReferences(ports, policy, judgedUnder, record),
    objections: objectionsTo(record, judgedUnder, workflow),
    reproduced: record.reproduces === null ? null : await loadRun(ports, policy, record.reproduces),
  });
}

/** A run of which a job failed may hold what another job put in the place of its result. */
function objectionsTo(record: RunRecord, judgedUnder: PolicySnapshot, workflow: WorkflowRun): string[] {
  return [
    ...(workflow.conclusion === 'success' ? [] : [`the judge run ended as ${workflow.conclusion ?? 'unknown'}`]),
    ...(judgedUnder.config !== null && policyDigestOf(judgedUnder, record.model) === record.policy.digest
      ? []
      : ['the policy of the default branch changed after the run was accepted: train again']),
  ];
}

type Read = { readonly ok: true; readonly result: JudgeResult } | { readonly ok: false; readonly message: string };

async function readResult(ports: Ports, workflow: WorkflowRun): Promise<Read> {
  const artifacts = (await ports.workflows.artifacts(workflow.id)).filter(({ name }) => name === RESULT_ARTIFACT);
  const [artifact] = artifacts;
  if (artifacts.length !== 1 || artifact?.digest == null)
    return {
      ok: false,
      message: `expected one artifact named ${RESULT_ARTIFACT}, found ${artifacts.length}; the judge run ended as ${workflow.conclusion ?? 'unknown'}`,
    };
  try {
    const files = await ports.workflows.artifactFiles(artifact.id, artifact.digest, MAX_RESULT_BYTES);
    const parsed = JudgeResult.safeParse(
      JSON.parse(new TextDecoder().decode(files.get('result.json') ?? new Uint8Array())),
    );
    return parsed.success
      ? { ok: true, result: parsed.data }
      : { ok: false, message: 'result.json is not of the expected form' };
  } catch (error) {
    if (error instanceof PortError && (error.code === 'unavailable' || error.code === 'rate_limited')) throw error;
    return {
      ok: false,
      message: `result.json could not be read (${error instanceof Error ? error.message : String(error)})`,
    };
  }
}

/** A result is held to what was ordered, as if it came from a stranger. */
function mismatchOf(result: JudgeResult, record: RunRecord, judging: Judging): string | null {
  if (result.run !== record.run) return `the result is of run ${result.run}, not ${record.run}`;
  if (result.model !== record.model) return `the result is of model ${result.model}, not ${record.model}`;
  if (result.policyCommit !== judging.order.policyCommit)
    return `the result was judged by the policy at ${result.policyCommit}, not ${judging.order.policyCommit}`;
  const output = outputDigest(judging.output);
  if (result.output !== output) return `the result is of output ${result.output}, not ${output}`;
  if (result.package !== null && result.package.artifact.runId !== judging.workflowRun)
    return `the package is of workflow run ${result.package.artifact.runId}, not ${judging.workflowRun}`;
  return null;
}

interface References {
  /** Metrics by what a gate's `versus` names; null where it holds no version that can be compared with. */
  readonly metrics: Readonly<Record<string, RunRecord | null>>;
  readonly versions: Readonly<Record<string, string>>;
}

/** The versions that this model's gates compare with: each stage's, and `base`, the newest. */
async function loadReferences(
  ports: Ports,
  policy: PolicySnapshot,
  judgedUnder: PolicySnapshot,
  record: RunRecord,
): Promise<References> {
  const { state } = await loadLedger(ports, policy);
  const model = modelState(state, record.model);
  const gates = Object.values(modelIn(judgedUnder.config, record.model)?.gates ?? {});
  const names = new Set(gates.flatMap((gate) => (gate.versus === undefined ? [] : [gate.versus])));
  // Production is shown beside a run even where no gate asks for it.
  for (const stage of model.stages.keys()) names.add(stage);
  const metrics: Record<string, RunRecord | null> = {};
  const versions: Record<string, string> = {};
  for (const name of names) {
    const stage = [...model.stages.values()].find((assignment) => assignment.stage === name);
    const version =
      name === 'base' ? model.versions.at(-1) : model.versions.find((known) => known.version === stage?.version);
    metrics[name] = version === undefined ? null : ((await loadRun(ports, policy, version.run))?.record ?? null);
    if (version !== undefined) versions[name] = `v${version.version}`;
  }
  return { metrics, versions };
}

interface Judgement {
  readonly ledger: Ledger;
  /** The policy that the run is judged by. */
  readonly policy: PolicySnapshot;
  readonly record: RunRecord;
  readonly judging: Judging;
  readonly result: JudgeResult;
  readonly references: References;
  readonly objections: readonly string[];
  /** The run that this one reproduces, where it is still there. */
  readonly reproduced: VerifiedRecord | null;
}

function judge(judgement: Judgement): RunState {
  const { ledger, policy, record, judging, result, references, objections } = judgement;
  const judgedBy = policy.config?.policy.metrics === 'self-reported' ? 'self-reported' : 'evaluated';
  const measured = result.evaluation.status === 'evaluated' ? result.evaluation.metrics : {};
  const gates = judgeGates({
    gates: modelIn(policy.config, record.model)?.gates ?? {},
    metrics: judgedBy === 'evaluated' ? measured : (result.selfReported ?? {}),
    references: Object.fromEntries(
      Object.entries(references.metrics).map(([name, reference]) => [
        name,
        comparableMetrics(reference, result.evaluation),
      ]),
    ),
    firstVersion: modelState(ledger.state, record.model).versions.length === 0,
  });
  const verdict = verdictOf({
    scan: result.scan,
    evaluation: result.evaluation,
    gates,
    judgedBy,
    selfReported: result.selfReported,
    policyChange: record.policyChange,
    trust: record.trust,
    hasPackage: result.package !== null,
    objections,
  });
  const environment = environmentOf(judgement);
  return {
    state: 'judged',
    verdict: verdict.verdict,
    reasons: [...verdict.reasons],
    trainRun: judging.trainRun,
    judgeRun: judging.workflowRun,
    output: judging.output,
    ...(environment === undefined ? {} : { environment }),
    ...(judging.told === undefined ? {} : { told: judging.told }),
    order: judging.order,
    evaluation: result.evaluation,
    gates: [...gates],
    scanVerdict: result.scan.verdict,
    scanFindings: result.scan.findings.slice(0, MAX_FINDINGS_KEPT),
    ...(result.waived === undefined ? {} : { scanWaived: result.waived.slice(0, MAX_FINDINGS_KEPT) }),
    selfReported: result.selfReported,
    package: result.package,
    files: packedFiles(result),
    reproduction: reproduction(judgement),
    judgedBy,
    references: { ...references.versions },
  };
}

/** What is inside of containers is told by the container's own digest. */
function packedFiles({ scan }: JudgeResult): PackedFile[] | null {
  const files = scan.files.filter(({ container }) => container === undefined);
  return files.length > MAX_PACKED_FILES ? null : files.map(({ path, sha256 }) => ({ path, sha256 }));
}

/** Of an engine's run from its own status, which the record of its training pins; else by the job that read the artifact. */
function environmentOf({ judging, result }: Judgement): TrainEnvironment | undefined {
  return judging.environment ?? result.environment;
}

function reproduction(judgement: Judgement): Reproduction | null {
  const { record, result, reproduced } = judgement;
  const { reproduces, order } = record;
  if (reproduces === null) return null;
  const state = reproduced?.record.state;
  const before = state?.state === 'judged' ? { ...state, order: reproduced?.record.order ?? order } : null;
  return reproductionOf(reproduces, before, {
    ...result,
    environment: environmentOf(judgement),
    order,
    files: packedFiles(result),
  });
}

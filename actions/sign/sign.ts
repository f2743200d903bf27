import type { Order } from '../../adapters/without-app/same-run.ts';
import { canonicalJson } from '../../core/canonical.ts';
import type { Sha256 } from '../../core/names.ts';
import { JudgeOrder } from '../../core/training/request.ts';
import { finishJudging } from '../../flows/finish-judging.ts';
import { finishTraining } from '../../flows/finish-training.ts';
import type { Outcome } from '../../flows/outcome.ts';
import type { Ports } from '../../flows/ports.ts';
import { takePolicySnapshot } from '../../flows/snapshot.ts';
import { ActionError } from '../runtime/error.ts';
import type { Job } from '../runtime/job.ts';
import type { FlowJob } from '../without-app/job-ports.ts';
import type { Inputs, Outputs } from './interface.ts';

/**
 * The two flows that the App runs at the end of training and of judgement, one after the other. PR code ran in this
 * workflow run and may have kept its job's means to upload: so artifacts are those that jobs without PR code named, by
 * id and digest, and what a listing shows beside them is not looked at.
 */
export async function sign(inputs: Inputs, job: Job, { ports, run }: FlowJob): Promise<Outputs> {
  await requireTrustedKey(ports);
  const ended = { ...run, status: 'completed' } as const;
  const trained = await finishTraining(await whenOrdered(ports, inputs), inputs.runId, {
    ...ended,
    conclusion: trainConclusion(inputs),
  });
  job.log.info(`${trained.code}: ${trained.message}`);
  // `ignored`: this job is run again, and got further than this the first time.
  if (trained.code !== 'run_judging' && trained.code !== 'ignored') return outputsOf(trained);
  const result = handed(inputs.resultId, inputs.resultDigest);
  const conclusion = inputs.judgeResult === 'skipped' ? 'cancelled' : inputs.judgeResult;
  const judged = await finishJudging(only(ports, result), inputs.runId, { ...ended, conclusion });
  job.log.info(`${judged.code}: ${judged.message}`);
  return outputsOf(judged);
}

function outputsOf(outcome: Outcome): Outputs {
  const verdict = outcome['verdict'];
  return { code: outcome.code, verdict: typeof verdict === 'string' ? verdict : '' };
}

async function requireTrustedKey(ports: Ports): Promise<void> {
  const { keys } = await takePolicySnapshot(ports);
  if (keys.some(({ keyid }) => keyid === ports.signer.keyid)) return;
  throw new ActionError(
    'input_invalid',
    `expected TRAINYARD_SIGNING_KEY to be the private half of a key of policy.signing.keys, got the key ${ports.signer.keyid}`,
  );
}

/** Jobs are skipped here only when the workflow run was cancelled before they began. */
function trainConclusion({ trainResult, orderResult, order }: Inputs): string {
  if (trainResult === 'skipped') return 'cancelled';
  if (trainResult !== 'success' || order !== null || orderResult === 'success') return trainResult;
  return orderResult === 'failure' ? 'failure' : 'cancelled';
}

interface Handed {
  readonly id: number;
  readonly digest: Sha256;
}

function handed(id: number | null, digest: Sha256 | null): Handed | null {
  return id === null || digest === null ? null : { id, digest };
}

function only(ports: Ports, artifact: Handed | null): Ports {
  const { workflows } = ports;
  return {
    ...ports,
    workflows: {
      ...workflows,
      artifacts: async (run) =>
        (await workflows.artifacts(run)).filter(({ id, digest }) => id === artifact?.id && digest === artifact.digest),
    },
  };
}

/**
 * The end of training as the job `order` saw it: the same policy commit, so that the order comes out the same, and the
 * output that it named. A training that failed is only spoken of, so whatever it left may be quoted.
 */
async function whenOrdered(ports: Ports, inputs: Inputs): Promise<Ports> {
  if (trainConclusion(inputs) !== 'success') return ports;
  const pinned = only(ports, handed(inputs.artifactId, inputs.artifactDigest));
  if (inputs.order === null) return pinned;
  const { policyCommit } = inputs.order;
  const { source } = ports;
  const { defaultBranch } = await source.repository();
  const head = await source.branchHead(defaultBranch);
  if (head === null || (await source.mergeBase(head, policyCommit)) !== policyCommit)
    throw new ActionError('result_invalid', `expected the order's policy commit ${policyCommit} on ${defaultBranch}`);
  const branchHead: typeof source.branchHead = async (branch) =>
    branch === defaultBranch ? policyCommit : source.branchHead(branch);
  return { ...pinned, source: { ...source, branchHead } };
}

/** Holds the order that is signed now against the one that the judging jobs were given. */
export function requireSameOrder(made: Order, inputs: Inputs): void {
  const { order = '', artifact_id: id, artifact_digest: digest } = made.inputs;
  const same =
    inputs.order !== null &&
    canonicalJson(JudgeOrder.parse(JSON.parse(order))) === canonicalJson(inputs.order) &&
    id === String(inputs.artifactId) &&
    digest === inputs.artifactDigest;
  if (!same)
    throw new ActionError(
      'result_invalid',
      'expected the run to have been judged as it is ordered now; it was judged otherwise',
    );
}

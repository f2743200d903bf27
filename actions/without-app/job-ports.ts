import { setTimeout as wait } from 'node:timers/promises';
import { getOctokit } from '@actions/github';
import { githubApi, type Requester } from '../../adapters/github/api.ts';
import { gitAccess } from '../../adapters/github/git-access.ts';
import { githubPorts } from '../../adapters/github/ports.ts';
import { localKeySigner } from '../../adapters/signing/local-key.ts';
import { jobInFlight } from '../../adapters/without-app/in-flight.ts';
import { type Order, sameRunEngine, sameRunWorkflows } from '../../adapters/without-app/same-run.ts';
import { imagesThere, withoutButtons, withoutDataChecks } from '../../adapters/without-app/shown.ts';
import { keylessSigner } from '../../adapters/without-app/signer.ts';
import { jobSteps } from '../../adapters/without-app/steps.ts';
import { Sha256 } from '../../core/names.ts';
import { FlowError } from '../../flows/error.ts';
import type { Ports, Signer, WorkflowRun } from '../../flows/ports.ts';
import { takePolicySnapshot } from '../../flows/snapshot.ts';
import { ActionError } from '../runtime/error.ts';
import type { Job } from '../runtime/job.ts';
import { workflowPlace } from '../runtime/place.ts';

/** The login behind every job's token. */
const SELF = 'github-actions[bot]';
const NO_KEY = Sha256.parse('0'.repeat(64));

export interface FlowJobOptions {
  readonly job: Job;
  readonly token: string;
  /** PEM; null in a job without the environment, where flows end at their first signature with KeyNeeded. */
  readonly signingKey: string | null;
  /** Whether this job found out about data itself: then it shows the data's checks. */
  readonly showsData?: boolean;
  /** Takes what the flows order of later jobs. */
  readonly take?: (order: Order) => void;
}

/** The flows' world in a job of a workflow run without an App. */
export interface FlowJob {
  readonly ports: Ports;
  /** The workflow run that this job is part of, as far as it has come. */
  readonly run: WorkflowRun;
}

export async function openFlowJob(options: FlowJobOptions): Promise<FlowJob> {
  const { job, token, signingKey, take = refuseOrder } = options;
  const place = workflowPlace(job.environment);
  const [owner = '', repo = ''] = place.repository.split('/');
  const octokit = requester(token, place.apiUrl);
  const now = () => new Date();
  const apiUrl = place.apiUrl ?? 'https://api.github.com';
  const git = gitAccess(apiUrl, { owner, repo }, { token: async () => token, now });
  const github = githubPorts({ octokit, repository: { owner, repo }, git, self: SELF });
  const api = githubApi({ octokit, repository: { owner, repo } });
  const run = await github.workflows.run(place.runId);
  if (run === null) throw new ActionError('api_failed', `GitHub does not know the workflow run ${place.runId}`);
  const head = async () => (await takePolicySnapshot(github)).commit;
  const url = async () => (await github.source.repository()).url;
  const workflows = sameRunWorkflows(github.workflows, run, head, take);
  const checks = withoutButtons(github.checks);
  const ports: Ports = {
    ...github,
    ...jobInFlight({ api, pulls: github.pulls, comments: github.comments, self: SELF, url }),
    workflows,
    checks: options.showsData === true ? checks : withoutDataChecks(checks),
    images: signingKey === null ? imagesThere(api) : github.images,
    steps: jobSteps({ now: Date.now, wait }),
    clock: { now },
    signer: signingKey === null ? keylessSigner(await expectedKey(github)) : signerOf(signingKey),
    engine: sameRunEngine(workflows, run),
    withoutApp: true,
  };
  return { ports, run };
}

function requester(token: string, apiUrl: string | undefined): Requester {
  const octokit = getOctokit(token, apiUrl === undefined ? {} : { baseUrl: apiUrl });
  return { request: (route, parameters) => octokit.request(route, parameters) };
}

/** Only a key itself: a path would be read from a machine that also runs other things. */
function signerOf(pem: string): Signer {
  if (pem.includes('-----BEGIN')) return localKeySigner(pem);
  throw new ActionError(
    'input_invalid',
    'expected the environment `trainyard` to hold the secret TRAINYARD_SIGNING_KEY, a P-256 private key as PEM; found none',
  );
}

/** Which key the signing job holds, this one can't see: policy's first, until that job says otherwise. */
async function expectedKey(github: Pick<Ports, 'source'>): Promise<Sha256> {
  try {
    return (await takePolicySnapshot(github)).keys[0]?.keyid ?? NO_KEY;
  } catch (error) {
    // A config that can't be read is what the flow itself reports.
    if (error instanceof FlowError) return NO_KEY;
    throw error;
  }
}

function refuseOrder({ workflow }: Order): never {
  throw new ActionError('output_invalid', `this job hands no order on, and one for ${workflow} came up`);
}

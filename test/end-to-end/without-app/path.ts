import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { githubPorts } from '../../../adapters/github/ports.ts';
import { LEDGER_REF, RUN_REF_PREFIX } from '../../../core/ledger/entry.ts';
import { type VerifiedEntry, type VerifiedRecord, verifyLedger } from '../../../core/ledger/envelope.ts';
import { parsePublicKey } from '../../../core/ledger/keys.ts';
import { verifyRun } from '../../../core/ledger/machine.ts';
import { RepositoryName } from '../../../core/names.ts';
import { concluded, untilCheck } from '../../../scripts/demo/observe.ts';
import { comment, openPullRequest } from '../../../scripts/demo/people.ts';
import { EXAMPLE } from '../../../scripts/demo/repositories.ts';
import { until } from '../../../scripts/demo/wait.ts';
import type { World } from '../../../scripts/demo/world.ts';
import { gitOf } from '../world.ts';

/** The small team: plain Python, a real ONNX file, nothing to install. */
const TEAM = join(import.meta.dirname, 'team');

/** The team's folder with the workflows of one way of using Trainyard. @param workflows a folder of the example */
export function teamWith(workflows: 'workflows' | 'without-app', directory: string, environmentKey: string): string {
  cpSync(TEAM, directory, { recursive: true });
  mkdirSync(join(directory, '.github/workflows'), { recursive: true });
  cpSync(join(EXAMPLE, '.github', workflows), join(directory, '.github/workflows'), { recursive: true });
  mkdirSync(join(directory, 'keys'));
  writeFileSync(join(directory, 'keys/environment.pub'), environmentKey);
  return directory;
}

export interface Walked {
  readonly head: string;
  readonly base: string;
  readonly number: number;
  readonly entries: readonly VerifiedEntry[];
  readonly records: readonly VerifiedRecord[];
}

/** Pull request, command, training, judgement, ready: the same steps by the same person, whoever answers. */
export async function walk(world: World): Promise<Walked> {
  const base = await world.work.git('rev-parse', 'HEAD');
  const { number, head } = await proposeRows(world, 'more-rows', '61,0.5,0.5,1\n62,-0.5,-0.25,0\n');
  await untilCheck(world, head, 'trainyard / plan', concluded('success'), 30);
  await untilCheck(world, head, 'trainyard / ready', concluded('action_required'), 30);
  await untilCheck(world, head, 'trainyard / data: rows', concluded('success'), 120);
  await comment(world, world.ada, number, '/train tally --set rate=2');
  await untilCheck(world, head, 'trainyard / ready', concluded('success'), 150);
  await untilCheck(world, head, 'trainyard / train: tally', concluded('success'), 10);
  return { base, head, number, entries: await readEntries(world), records: await readRecords(world) };
}

/** A pull request that adds rows of data to what is checked out. */
export async function proposeRows(
  world: World,
  branch: string,
  added: string,
): Promise<{ readonly number: number; readonly head: string }> {
  const { work } = world;
  await work.git('checkout', '-q', '-b', branch);
  const rows = join(work.directory, 'data/rows.csv');
  writeFileSync(rows, `${readFileSync(rows, 'utf8')}${added}`);
  const head = await work.commitAll('Add rows');
  await work.git('push', '-q', 'origin', branch);
  const scene = { branch, title: null, commit: 'Add rows', body: '', patch: null, edits: [] };
  return { head, number: (await openPullRequest(world, world.ada, scene)).number };
}

/** What the repository itself trusts, and its refs. */
function evidence(world: World) {
  const keys = ['trainyard', 'environment'].map((key) =>
    parsePublicKey(readFileSync(join(world.work.directory, `keys/${key}.pub`), 'utf8')),
  );
  const { ledger } = githubPorts({
    octokit: world.ada.octokit,
    git: gitOf(world),
    repository: world.team,
    self: 'ada',
  });
  const envelopes = async (ref: string) => (await ledger.chain(ref)).map(({ envelope }) => envelope);
  return { keys, ledger, envelopes, name: RepositoryName.parse(`${world.team.owner}/${world.team.repo}`) };
}

/** The ledger, verified with the keys of the team's repository alone. */
export async function readEntries(world: World): Promise<readonly VerifiedEntry[]> {
  const { keys, envelopes, name } = evidence(world);
  return verifyLedger(await envelopes(LEDGER_REF), keys, name);
}

/** The records of its only run, verified likewise. */
async function readRecords(world: World): Promise<readonly VerifiedRecord[]> {
  const { keys, ledger, envelopes, name } = evidence(world);
  const [run, ...others] = await ledger.runs();
  if (run === undefined || others.length > 0) throw new Error(`expected one run in the ledger, not ${others.length}`);
  return verifyRun(await envelopes(`${RUN_REF_PREFIX}${run.run}`), keys, name);
}

/** The newest workflow run of an event. */
export async function newestRun(world: World, event: string): Promise<number> {
  const { actions } = world.ada.octokit.rest;
  const { data } = await actions.listWorkflowRunsForRepo({ ...world.team, event, per_page: 1 });
  return data.workflow_runs[0]?.id ?? 0;
}

/** The workflow run of a push. @param sha what was pushed */
export async function runOfPush(world: World, sha: string): Promise<number> {
  return until(`a workflow run of the push of ${sha.slice(0, 12)}`, 40, async () => {
    const { actions } = world.ada.octokit.rest;
    const { data } = await actions.listWorkflowRunsForRepo({ ...world.team, event: 'push', head_sha: sha });
    return data.workflow_runs[0]?.id;
  });
}

/** How the jobs of a workflow run stand, by name: their conclusion, or until then their status. */
export async function jobsOf(world: World, run: number): Promise<Readonly<Record<string, string>>> {
  const { actions } = world.ada.octokit.rest;
  const { data } = await actions.listJobsForWorkflowRun({ ...world.team, run_id: run, per_page: 100 });
  return Object.fromEntries(data.jobs.map(({ name, status, conclusion }) => [name, conclusion ?? status]));
}

/** The same once the workflow run has ended. */
export async function endOf(world: World, run: number): Promise<Readonly<Record<string, string>>> {
  const { actions } = world.ada.octokit.rest;
  await until(`the end of workflow run ${run}`, 40, async () => {
    const { data } = await actions.getWorkflowRun({ ...world.team, run_id: run });
    return data.status === 'completed';
  });
  return jobsOf(world, run);
}

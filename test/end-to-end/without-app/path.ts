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
  const { work } = world;
  const base = await work.git('rev-parse', 'HEAD');
  await work.git('checkout', '-q', '-b', 'more-rows');
  const rows = join(work.directory, 'data/rows.csv');
  writeFileSync(rows, `${readFileSync(rows, 'utf8')}61,0.5,0.5,1\n62,-0.5,-0.25,0\n`);
  const head = await work.commitAll('Add two rows');
  await work.git('push', '-q', 'origin', 'more-rows');
  const scene = { branch: 'more-rows', title: null, commit: 'Add two rows', body: '', patch: null, edits: [] };
  const { number } = await openPullRequest(world, world.ada, scene);
  await untilCheck(world, head, 'trainyard / plan', concluded('success'), 30);
  await untilCheck(world, head, 'trainyard / ready', concluded('action_required'), 30);
  await untilCheck(world, head, 'trainyard / data: rows', concluded('success'), 30);
  await comment(world, world.ada, number, '/train tally --set rate=2');
  await untilCheck(world, head, 'trainyard / ready', concluded('success'), 150);
  await untilCheck(world, head, 'trainyard / train: tally', concluded('success'), 10);
  return { base, head, number, entries: await readEntries(world), records: await readRecords(world) };
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

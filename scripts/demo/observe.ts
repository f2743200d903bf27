import { assert, until } from './wait.ts';
import type { World } from './world.ts';

/** What the local GitHub shows of one check, read through its REST API. */
export interface SeenCheck {
  readonly id: number;
  readonly name: string;
  readonly status: string;
  readonly conclusion: string | null;
  readonly title: string;
  readonly summary: string;
  readonly text: string;
}

export async function checksOf(world: World, sha: string): Promise<SeenCheck[]> {
  const { data } = await world.ada.octokit.rest.checks.listForRef({ ...world.team, ref: sha, per_page: 100 });
  return data.check_runs.map((check) => ({
    id: check.id,
    name: check.name,
    status: check.status,
    conclusion: check.conclusion,
    title: check.output.title ?? '',
    summary: check.output.summary ?? '',
    text: check.output.text ?? '',
  }));
}

export async function headOf(world: World, number: number): Promise<string> {
  const { data } = await world.ada.octokit.rest.pulls.get({ ...world.team, pull_number: number });
  return data.head.sha;
}

const describeChecks = (checks: readonly SeenCheck[]): string =>
  checks.map((check) => `  ${check.name}: ${check.status} ${check.conclusion ?? ''} – ${check.title}`).join('\n');

/** Waits for a check of a commit to satisfy `wanted`. */
export async function untilCheck(
  world: World,
  sha: string,
  name: string,
  wanted: (check: SeenCheck) => boolean,
  seconds: number,
): Promise<SeenCheck> {
  const all = () => checksOf(world, sha);
  return until(
    `check “${name}” on ${sha.slice(0, 8)}`,
    seconds,
    async () => (await all()).find((check) => check.name === name && wanted(check)),
    async () => describeChecks(await all()),
  );
}

export const concluded =
  (conclusion: string, title?: RegExp) =>
  (check: SeenCheck): boolean =>
    check.status === 'completed' && check.conclusion === conclusion && (title === undefined || title.test(check.title));

/** The one comment of the App on a pull request. */
export async function stickyComment(world: World, number: number): Promise<string | null> {
  const { data } = await world.ada.octokit.rest.issues.listComments({
    ...world.team,
    issue_number: number,
    per_page: 100,
  });
  const ours = data.filter((comment) => comment.user?.login === 'trainyard[bot]');
  assert(ours.length <= 1, `pull request #${number} has one comment by the App, not ${ours.length}`);
  return ours[0]?.body ?? null;
}

export async function reactionsOn(world: World, commentId: number): Promise<string[]> {
  const { data } = await world.ada.octokit.rest.reactions.listForIssueComment({ ...world.team, comment_id: commentId });
  return data.map((reaction) => reaction.content);
}

export async function workflowRuns(
  world: World,
  mark: string,
): Promise<{ id: number; title: string; branch: string | null; status: string | null }[]> {
  const { data } = await world.ada.octokit.rest.actions.listWorkflowRunsForRepo({ ...world.team, per_page: 100 });
  return data.workflow_runs
    .map((run) => ({ id: run.id, title: run.display_title, branch: run.head_branch, status: run.status }))
    .filter((run) => run.title.includes(mark));
}

export async function tagNames(world: World, prefix: string): Promise<string[]> {
  const { data } = await world.ada.octokit.rest.git.listMatchingRefs({ ...world.team, ref: `tags/${prefix}` });
  return data.map((ref) => ref.ref.replace('refs/tags/', ''));
}

/** A file of any commit of the team's repository. */
export async function readFileAt(world: World, ref: string, path: string): Promise<string> {
  const { data } = await world.ada.octokit.rest.repos.getContent({ ...world.team, path, ref });
  assert('content' in data && typeof data.content === 'string', `${path} is a file at ${ref}`);
  return Buffer.from(data.content, 'base64').toString('utf8');
}

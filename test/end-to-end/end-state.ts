import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalGitHub } from '../../local/server.ts';
import { GitClient } from '../../scripts/demo/git.ts';
import type { Person } from '../../scripts/demo/people.ts';
import { canonical, differences, type Sections } from './canonical-names.ts';
import { refsOf } from './end-state-refs.ts';

/** What must be known of a world to read its repository: a `World` has it all. */
export interface Readable {
  readonly github: Pick<LocalGitHub, 'urls' | 'settled'>;
  readonly team: { readonly owner: string; readonly repo: string };
  /** May read all of it. */
  readonly ada: Person;
}

/** Everything that a repository on the local GitHub shows, comparable between passes of the same story. */
export type EndState = Sections;
export { differences };

type Field = string | number | boolean | null | undefined;

/** A text whose first line names it and whose further lines are what it says. */
function item(headline: string, fields: Readonly<Record<string, Field>>): string {
  const lines = Object.entries(fields).map(([name, value]) => {
    const text = String(value ?? '–').replaceAll('\r\n', '\n');
    return text.includes('\n') ? `${name}:\n    ${text.split('\n').join('\n    ')}` : `${name}: ${text}`;
  });
  return [headline, ...lines.map((line) => `  ${line}`)].join('\n');
}

/**
 * The end state of a repository, read back through GitHub's API and git as a person would: pull requests, comments and
 * reactions, checks of each commit, workflow runs, deployments and their statuses, releases and assets, issues, every
 * branch and tag, and all that is under `refs/trainyard`. Two passes of one story give equal states; anything made
 * twice, missing or other makes them differ (see `differences`). What differs by nature is replaced: ids by their order
 * of appearance, times, durations and addresses by a mask.
 */
export async function endState(world: Readable): Promise<EndState> {
  const directory = mkdtempSync(join(tmpdir(), 'trainyard-end-state-'));
  try {
    const { owner, repo } = world.team;
    const git = new GitClient(directory, world.ada);
    await git.git('init', '-q', '--bare');
    await git.git('fetch', '-q', world.github.urls.git(owner, repo), '+refs/*:refs/*');
    return canonical({
      pulls: await pullsOf(world),
      issues: await issuesOf(world),
      comments: await commentsOf(world),
      ...(await refsOf(git)),
      workflows: await workflowsOf(world),
      checks: await checksOf(world, git),
      deployments: await deploymentsOf(world),
      releases: await releasesOf(world),
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function pullsOf({ ada: { octokit }, team }: Readable): Promise<string[]> {
  const pulls = await octokit.paginate(octokit.rest.pulls.list, { ...team, state: 'all', per_page: 100 });
  return pulls.map(({ number, title, state, merged_at: merged, user, head, base, merge_commit_sha: commit }) =>
    item(`#${number} ${title}`, {
      ...{ state: merged === null ? state : 'merged', by: user?.login, head: head.sha, into: base.ref },
      ...(merged === null ? {} : { commit }),
    }),
  );
}

async function issuesOf({ ada: { octokit }, team }: Readable): Promise<string[]> {
  const issues = await octokit.paginate(octokit.rest.issues.listForRepo, { ...team, state: 'all', per_page: 100 });
  return issues
    .filter(({ pull_request: pull }) => pull === undefined)
    .map(({ number, title, state, user, body, labels }) => {
      const names = labels.map((label) => (typeof label === 'string' ? label : label.name));
      return item(`#${number} ${title}`, { state, by: user?.login, labels: names.join(', '), body });
    });
}

async function commentsOf({ ada: { octokit }, team }: Readable): Promise<string[]> {
  const comments = await octokit.paginate(octokit.rest.issues.listCommentsForRepo, { ...team, per_page: 100 });
  const texts: string[] = [];
  for (const { id, user, body, issue_url: url } of comments) {
    const { data } = await octokit.rest.reactions.listForIssueComment({ ...team, comment_id: id, per_page: 100 });
    const reactions = data.map((reaction) => `${reaction.content} by ${reaction.user?.login}`).sort();
    const on = url.slice(url.lastIndexOf('/') + 1);
    texts.push(item(`#${on} by ${user?.login}`, { comment: `comment ${id}`, reactions: reactions.join(', '), body }));
  }
  return texts;
}

async function workflowsOf({ ada: { octokit }, team }: Readable): Promise<string[]> {
  const runs = await octokit.paginate(octokit.rest.actions.listWorkflowRunsForRepo, { ...team, per_page: 100 });
  return runs.reverse().map((run) =>
    item(`${run.path} ${run.display_title}`, {
      ...{ event: run.event, branch: run.head_branch, head: run.head_sha, attempt: run.run_attempt },
      ...{ status: run.status, conclusion: run.conclusion, url: `/actions/runs/${run.id}` },
    }),
  );
}

/** Of each commit that a branch, a pull request or a tag ever held. */
async function checksOf({ ada: { octokit }, team }: Readable, git: GitClient): Promise<string[]> {
  const known = await git.git('rev-list', '--topo-order', '--reverse', '--exclude=refs/trainyard/*', '--all');
  const texts: string[] = [];
  for (const sha of known.split('\n')) {
    const about = { ...team, ref: sha, filter: 'all', per_page: 100 } as const;
    for (const check of await octokit.paginate(octokit.rest.checks.listForRef, about)) {
      const { name, status, conclusion, output, app } = check;
      texts.push(
        item(`${name} by ${app?.slug}`, {
          ...{ commit: sha, mark: check.external_id, status, conclusion },
          ...{ title: output.title, summary: output.summary, text: output.text, annotations: output.annotations_count },
        }),
      );
    }
  }
  return texts;
}

async function deploymentsOf({ ada: { octokit }, team }: Readable): Promise<string[]> {
  const deployments = await octokit.paginate(octokit.rest.repos.listDeployments, { ...team, per_page: 100 });
  const texts: string[] = [];
  for (const { id, environment, ref, sha, task, description, payload, creator } of deployments.reverse()) {
    const { data } = await octokit.rest.repos.listDeploymentStatuses({ ...team, deployment_id: id, per_page: 100 });
    const statuses = data.map((status) => `${status.state} ${status.description} ${status.environment_url}`);
    texts.push(
      item(`${environment} ${ref}`, {
        ...{ sha, task, description, by: creator?.login, payload: JSON.stringify(payload, null, 2) },
        ...{ statuses: statuses.join('\n') },
      }),
    );
  }
  return texts;
}

async function releasesOf({ ada: { octokit }, team }: Readable): Promise<string[]> {
  const releases = await octokit.paginate(octokit.rest.repos.listReleases, { ...team, per_page: 100 });
  return releases.map(({ tag_name: tag, name, body, draft, prerelease, target_commitish: target, assets }) => {
    const files = assets.map((asset) => `${asset.name} ${asset.content_type} ${asset.state} ${asset.label ?? ''}`);
    return item(tag, { name, draft, prerelease, target, assets: files.sort().join('\n'), body });
  });
}

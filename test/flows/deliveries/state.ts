import { z } from 'zod';
import { decodeEntry, decodeRecord } from '../../../core/ledger/envelope.ts';
import { takePolicySnapshot } from '../../../flows/snapshot.ts';
import { canonical, type Sections } from '../../end-to-end/canonical-names.ts';
import type { StoryWorld } from './world.ts';

const Comment = z.object({
  id: z.int(),
  body: z.string(),
  issue_url: z.string(),
  user: z.object({ login: z.string() }),
});
const Reaction = z.object({ content: z.string(), user: z.object({ login: z.string() }) });
const Check = z.object({
  name: z.string(),
  external_id: z.string().nullable(),
  status: z.string(),
  conclusion: z.string().nullable(),
  output: z.object({
    title: z.string().nullable(),
    summary: z.string().nullable(),
    text: z.string().nullable(),
    annotations_count: z.int(),
  }),
});
const Deployment = z.object({ environment: z.string(), ref: z.string(), payload: z.unknown() });
const Release = z.object({
  tag_name: z.string(),
  body: z.string(),
  assets: z.array(z.object({ name: z.string(), state: z.string() })),
});
const Issue = z.object({
  title: z.string(),
  body: z.string().nullable(),
  state: z.string(),
  pull_request: z.unknown().optional(),
});

/**
 * Everything that the repository shows, read back through GitHub: pull requests' comments and reactions, checks of every
 * commit, the ledger and each run's records, workflow runs, tags, deployments, releases and issues.
 */
export async function storyState(world: StoryWorld, commits: readonly string[]): Promise<Sections> {
  const { where, ada } = world;
  const list = async <T>(route: string, schema: z.ZodType<T>, more: Record<string, unknown> = {}): Promise<T[]> => {
    const { data } = await ada.request(route, { ...where, per_page: 100, ...more });
    return z.array(schema).parse(data);
  };
  const comments: string[] = [];
  for (const { id, body, issue_url: url, user } of await list(`GET ${REPO}/issues/comments`, Comment)) {
    const reactions = await list(`GET ${REPO}/issues/comments/{comment_id}/reactions`, Reaction, { comment_id: id });
    const said = reactions.map(({ content, user: by }) => `${content} by ${by.login}`).sort();
    comments.push([`${url.split('/').at(-1)} ${user.login} comment ${id}`, ...said, body].join('\n'));
  }
  const checks: string[] = [];
  for (const [index, ref] of commits.entries()) {
    const { data } = await ada.request(`GET ${REPO}/commits/{ref}/check-runs`, { ...where, ref, filter: 'all' });
    for (const { name, external_id, status, conclusion, output } of z.object({ check_runs: z.array(Check) }).parse(data)
      .check_runs)
      checks.push(
        `commit ${index} ${name} ${external_id} ${status} ${conclusion}\n${Object.values(output).join('\n')}`,
      );
  }
  const deployments = await list(`GET ${REPO}/deployments`, Deployment);
  const releases = await list(`GET ${REPO}/releases`, Release);
  const issues = await list(`GET ${REPO}/issues`, Issue, { state: 'all' });
  const sections: Sections = {
    commits,
    comments,
    ...(await ledgerState(world)),
    jobs: world.jobs.all().map(({ workflow, title, conclusion }) => `${workflow} ${title} ${conclusion}`),
    checks,
    tags: (await world.ports().tags.list('delay')).map(({ name, target, message }) => `${name} ${target}\n${message}`),
    deployments: deployments.map((deployment) => JSON.stringify(deployment, null, 1)),
    releases: releases.map((release) => JSON.stringify(release, null, 1)),
    issues: issues.flatMap(({ pull_request, ...issue }) => (pull_request === undefined ? [JSON.stringify(issue)] : [])),
  };
  // Each story has a repository of its own, which says nothing about how it ended.
  const named = (text: string): string => text.replaceAll(`${where.owner}/${where.repo}`, 'owner/repository');
  return canonical(Object.fromEntries(Object.entries(sections).map(([name, texts]) => [name, texts.map(named)])));
}

const REPO = '/repos/{owner}/{repo}';

async function ledgerState(world: StoryWorld): Promise<Sections> {
  const ports = world.ports();
  const { keys } = await takePolicySnapshot(ports);
  const chain = await ports.ledger.chain('refs/trainyard/ledger');
  const ledger = chain.map(({ envelope }) => {
    // Which of two things that don't depend on each other came first is told by nothing.
    const { sequence: _sequence, previous: _previous, ...entry } = decodeEntry(envelope, keys).entry;
    return JSON.stringify(entry, null, 1);
  });
  const runs: string[] = [];
  for (const { run } of await ports.ledger.runs())
    for (const { envelope } of await ports.ledger.chain(`refs/trainyard/runs/${run}`))
      runs.push(JSON.stringify(decodeRecord(envelope, keys).record, null, 1));
  return { ledger, runs };
}

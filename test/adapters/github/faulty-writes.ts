import { expect } from 'vitest';
import type { Effect, Effects } from '../../../adapters/github/effects.ts';
import type { GithubPorts } from '../../../adapters/github/ports.ts';
import { GitId } from '../../../core/names.ts';
import type { Check } from '../../../flows/ports.ts';
import { OWNER, REPO, type World } from './world.ts';

const where = { owner: OWNER, repo: REPO };

/** What the effects of a process are remembered in, without a database. */
export function rememberedEffects(): Effects {
  const known = new Map<string, Effect>();
  return {
    find: async (mark) => known.get(mark) ?? null,
    async begin(mark) {
      known.set(mark, { kind: 'begun' });
    },
    async made(mark, { id, url = '', state = '' }) {
      known.set(mark, { kind: 'made', id, url, state });
    },
    isComplete: async () => true,
  };
}

/** What a case works on: things of its own, so that cases leave each other alone. */
export interface Case {
  readonly world: World;
  /** Unique among cases. */
  readonly nth: number;
  readonly pull: number;
  readonly main: GitId;
}

/** A write of a port, and what GitHub shows after it was made once. */
export interface Written {
  readonly write: string;
  /** Before the faults. */
  readonly before?: (ports: GithubPorts, of: Case) => Promise<unknown>;
  readonly run: (ports: GithubPorts, of: Case) => Promise<unknown>;
  /** Seen by somebody else. */
  readonly seen: (of: Case) => Promise<unknown>;
  readonly expected: unknown;
  /** Whether the App remembers that it was made, so that it need not be shown to be known. */
  readonly remembered: boolean;
}

async function ask<T>({ world }: Case, route: string, parameters: object = {}): Promise<T> {
  return (await world.ada.request(route, { ...where, ...parameters })).data as T;
}

const text = (value: string): Uint8Array => new Uint8Array(Buffer.from(value));
const marker = ({ nth }: Case): string => `<!-- trainyard:${nth} -->`;

async function stickies(of: Case): Promise<readonly string[]> {
  const route = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
  const found: { body: string }[] = [];
  for (let page = 1; ; page += 1) {
    const some = await ask<{ body: string }[]>(of, route, { issue_number: of.pull, per_page: 100, page });
    found.push(...some);
    if (some.length < 100) break;
  }
  return found.flatMap(({ body }) => (body.startsWith(marker(of)) ? [body.slice(marker(of).length)] : []));
}

const putSticky = (ports: GithubPorts, of: Case, body: string) =>
  ports.comments.putSticky(of.pull, marker(of), `${marker(of)}${body}`);

const check = ({ nth, main }: Case): Check => ({
  name: `trainyard / ${nth}`,
  sha: main,
  externalId: `check-${nth}`,
  status: 'completed',
  conclusion: 'failure',
  title: 'Problems',
  summary: 'Look below.',
  annotations: Array.from({ length: 60 }, (_, index) => ({
    path: 'README.md',
    line: index + 1,
    level: 'failure' as const,
    title: 'Problem',
    message: `problem ${index}`,
  })),
});

async function checkRuns(of: Case): Promise<unknown> {
  const route = 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs';
  const found = await ask<{
    check_runs: { conclusion: string; output: { title: string; annotations_count: number } }[];
  }>(of, route, { ref: of.main, check_name: `trainyard / ${of.nth}`, filter: 'all' });
  return found.check_runs.map(({ conclusion, output }) => [conclusion, output.title, output.annotations_count]);
}
const SHOWN = [['failure', 'Problems', 60]];

/** Comments of Ada's that are reacted to, by case. */
const commented = new Map<number, number>();

const runId = ({ nth }: Case): string => `01JD${String(nth).padStart(22, '0')}`;
export const WORKFLOW = 'nothing.yml';
/** It does nothing, under a name that says who asked. */
export const WORKFLOW_FILE = `
name: Nothing
run-name: trainyard train \${{ inputs.run_id }}
on: { workflow_dispatch: { inputs: { run_id: { type: string, required: true } } } }
permissions: {}
jobs:
  nothing:
    if: \${{ false }}
    runs-on: ubuntu-latest
    steps: [{ run: 'true' }]
`;

const runRef = (of: Case): string => `refs/trainyard/runs/${runId(of)}`;
const tag = (of: Case) => ({ name: `delay@v0.0.${of.nth}`, target: of.main, message: 'A version\n\nWith words' });
const release = (of: Case) => ({
  tag: tag(of).name,
  name: 'A version',
  body: 'notes',
  assets: [
    { name: 'package.tar', contentType: 'application/x-tar', bytes: text('0123456789'.repeat(100)) },
    { name: 'card.md', contentType: 'text/markdown', bytes: text('# A card') },
  ],
});

export const WRITES: readonly Written[] = [
  {
    write: 'the sticky comment is made',
    remembered: true,
    run: (ports, of) => putSticky(ports, of, 'one'),
    seen: stickies,
    expected: ['one'],
  },
  {
    write: 'the sticky comment is edited',
    remembered: true,
    before: (ports, of) => putSticky(ports, of, 'one'),
    run: (ports, of) => putSticky(ports, of, 'two'),
    seen: stickies,
    expected: ['two'],
  },
  {
    write: 'a check is made with more annotations than fit a request',
    remembered: true,
    run: (ports, of) => ports.checks.put(check(of)),
    seen: checkRuns,
    expected: SHOWN,
  },
  {
    write: 'a check is made, and compared at once with what is shown',
    remembered: true,
    async run(ports, of) {
      await ports.checks.put(check(of));
      await ports.sweeps.compared(() => {}).checks.put(check(of));
    },
    seen: checkRuns,
    expected: SHOWN,
  },
  {
    write: 'a check is updated',
    remembered: true,
    before: (ports, of) => {
      const { conclusion: _, annotations: __, ...begun } = check(of);
      return ports.checks.put({ ...begun, status: 'in_progress' });
    },
    run: (ports, of) => ports.checks.put(check(of)),
    seen: checkRuns,
    expected: SHOWN,
  },
  {
    write: 'a comment gets a reaction',
    remembered: true,
    async before(_, of) {
      const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
      const { id } = await ask<{ id: number }>(of, route, { issue_number: of.pull, body: '/train' });
      commented.set(of.nth, id);
    },
    run: (ports, of) => ports.comments.react(commented.get(of.nth) ?? 0, 'eyes'),
    async seen(of) {
      const route = 'GET /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions';
      const found = await ask<{ content: string }[]>(of, route, { comment_id: commented.get(of.nth) });
      return found.map(({ content }) => content);
    },
    expected: ['eyes'],
  },
  {
    write: 'a workflow is dispatched',
    remembered: true,
    run: (ports, of) => ports.workflows.dispatch(WORKFLOW, { run_id: runId(of) }, `train ${runId(of)}`),
    async seen(of) {
      const found = await ask<{ workflow_runs: { display_title: string }[] }>(
        of,
        'GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs',
        { workflow_id: WORKFLOW, per_page: 100 },
      );
      return found.workflow_runs.filter(({ display_title: title }) => title.endsWith(` ${runId(of)}`)).length;
    },
    expected: 1,
  },
  {
    write: 'a deployment is made, and succeeds',
    remembered: true,
    run: (ports, of) =>
      ports.deployments.ensure({
        mark: `delay#staging#${of.nth}`,
        environment: `delay/${of.nth}`,
        ref: of.main,
        description: 'A version',
        payload: { version: '1.0.0' },
      }),
    async seen(of) {
      const environment = `delay/${of.nth}`;
      const found = await ask<{ id: number }[]>(of, 'GET /repos/{owner}/{repo}/deployments', { environment });
      const statuses = found.map(({ id }) =>
        ask<{ state: string }[]>(of, 'GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', {
          deployment_id: id,
        }),
      );
      return (await Promise.all(statuses)).map((all) => all.map(({ state }) => state));
    },
    expected: [['success']],
  },
  {
    write: 'a release is made, and its assets are uploaded',
    remembered: true,
    before: (ports, of) => ports.tags.create(tag(of)),
    run: (ports, of) => ports.releases.ensure(release(of)),
    async seen(of) {
      const route = 'GET /repos/{owner}/{repo}/releases/tags/{tag}';
      const { assets } = await ask<{ assets: { name: string; size: number; state: string }[] }>(of, route, {
        tag: tag(of).name,
      });
      return assets.map(({ name, size, state }) => [name, size, state]);
    },
    expected: [
      ['package.tar', 1000, 'uploaded'],
      ['card.md', 8, 'uploaded'],
    ],
  },
  {
    write: 'a tag is pushed',
    remembered: true,
    run: (ports, of) => ports.tags.create(tag(of)),
    async seen(of) {
      const found = await of.world.portsAt(of.world.github.urls.api, null).tags.list(tag(of).name);
      return found.map(({ annotated, message }) => [annotated, message.trim()]);
    },
    expected: [[true, 'A version\n\nWith words']],
  },
  {
    write: 'a record is appended to the ledger',
    remembered: true,
    before: (ports, of) => ports.ledger.append(runRef(of), null, text('{"record":1}'), 'One'),
    async run(ports, of) {
      const head = await ports.ledger.head(runRef(of));
      // A step that is begun again reads the head again only where its first reading was not recorded.
      const first = heads.get(of.nth) ?? head?.commit ?? null;
      if (first !== null) heads.set(of.nth, first);
      const appended = await ports.ledger.append(runRef(of), first, text('{"record":2}'), 'Two');
      expect(GitId.safeParse(appended).success).toBe(true);
    },
    async seen(of) {
      const chain = await of.world.portsAt(of.world.github.urls.api, null).ledger.chain(runRef(of));
      return chain.map(({ envelope }) => Buffer.from(envelope).toString());
    },
    expected: ['{"record":1}', '{"record":2}'],
  },
  {
    write: 'an issue is opened',
    remembered: false,
    run: (ports, of) => ports.issues.put({ marker: marker(of), title: 'Frozen', body: 'Why', open: true }),
    async seen(of) {
      const found = await ask<{ body: string; state: string }[]>(of, 'GET /repos/{owner}/{repo}/issues', {
        state: 'all',
        creator: 'trainyard[bot]',
        sort: 'created',
        direction: 'desc',
        per_page: 100,
      });
      return found.flatMap(({ body, state }) => (body.startsWith(marker(of)) ? [state] : []));
    },
    expected: ['open'],
  },
  {
    write: 'a report’s image is pushed',
    remembered: true,
    run: (ports, of) => ports.images.put(`run-${of.nth}`, '<svg/>'),
    async seen(of) {
      const ref = `trainyard/reports/run-${of.nth}`;
      return (await ask<object[]>(of, 'GET /repos/{owner}/{repo}/git/matching-refs/{ref}', { ref })).length;
    },
    expected: 1,
  },
];

/** Heads that were read first, by case. */
const heads = new Map<number, GitId>();

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const ROOT = join(import.meta.dirname, '..', '..');
const WRAPPERS = 'examples/flight-delay/.github/without-app';
const SECRET = 'TRAINYARD_SIGNING_KEY';

const Job = z.looseObject({
  permissions: z.record(z.string(), z.string()),
  environment: z.string().optional(),
  secrets: z.record(z.string(), z.string()).optional(),
  uses: z.string().optional(),
  'timeout-minutes': z.int().optional(),
  steps: z
    .array(
      z.looseObject({ uses: z.string().optional(), run: z.string().optional(), with: z.looseObject({}).optional() }),
    )
    .optional(),
});
type Job = z.infer<typeof Job>;
const Workflow = z.looseObject({
  on: z.record(z.string(), z.unknown()),
  permissions: z.record(z.string(), z.string()),
  concurrency: z.looseObject({ group: z.string(), 'cancel-in-progress': z.literal(false) }),
  jobs: z.record(z.string(), Job),
});

const load = async (path: string) => Workflow.parse(parse(await readFile(join(ROOT, path), 'utf8')));

const reads = { contents: 'read', actions: 'read' };
const shows = { checks: 'write', issues: 'write', 'pull-requests': 'read' };
const signs = { contents: 'write', actions: 'read', ...shows };
const promotes = { ...signs, deployments: 'write' };

/** What each job may hold (DESIGN section 6, last paragraph). Jobs with the environment hold the key. */
const MAY_HOLD: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>> = {
  comment: {
    command: { ...reads, ...shows, actions: 'write' },
    accept: { ...signs, actions: 'write' },
    run: signs,
  },
  'pull-request': { plan: { ...reads, ...shows }, validate: { contents: 'read' }, show: { ...reads, ...shows } },
  push: { data: reads, promote: promotes, run: signs },
  request: { request: promotes, run: signs },
  run: { train: reads, order: reads, judge: reads, sign: signs },
};
const HOLD_THE_KEY = ['comment/accept', 'push/promote', 'request/request', 'run/sign'];

const names = Object.keys(MAY_HOLD);
const jobsOf = async (name: string): Promise<[string, Job][]> =>
  Object.entries((await load(`workflows/${name}.yml`)).jobs).map(([job, value]) => [`${name}/${job}`, value]);

test.each(names)('%s: each job holds what it needs, and no more', async (name) => {
  const { permissions, jobs } = await load(`workflows/${name}.yml`);
  expect(permissions).toEqual({});
  expect(Object.fromEntries(Object.entries(jobs).map(([job, value]) => [job, value.permissions]))).toEqual(
    MAY_HOLD[name],
  );
});

test('the key is in reach of four jobs, none of which runs or loads anything of a pull request', async () => {
  const jobs = (await Promise.all(names.map(jobsOf))).flat();
  const holders = jobs.filter(([, { environment }]) => environment !== undefined);
  expect(holders.map(([job]) => job).sort()).toEqual(HOLD_THE_KEY);
  for (const [, job] of holders) {
    expect(job.environment).toBe('trainyard');
    expect(job.steps).toHaveLength(1);
    expect(job.steps?.[0]?.uses).toMatch(/^\$\/actions\/(accept|promote|request|sign)$/);
  }
  const others = jobs.filter(([job]) => !HOLD_THE_KEY.includes(job));
  for (const [job, value] of others) expect(JSON.stringify(value.steps ?? []), job).not.toContain('secrets.');
});

test.each(names)('%s: no job of its own checks anything out or runs a shell', async (name) => {
  for (const [job, { steps = [], uses }] of await jobsOf(name)) {
    if (uses !== undefined)
      expect(uses, job).toMatch(/^\$\/\.github\/workflows\/(run|train|judge|validate|merged-data)\.yml$/);
    for (const step of steps) {
      expect(step.run, job).toBeUndefined();
      expect(step.uses, job).toMatch(/^\$\/actions\/[a-z-]+$/);
    }
  }
});

test('what was merged is promoted after a look at its data by jobs that come before, and by no job that is skipped', async () => {
  const { data, promote } = (await load('workflows/push.yml')).jobs;
  expect(data).toMatchObject({ uses: '$/.github/workflows/merged-data.yml' });
  expect(promote).toMatchObject({ needs: 'data', if: expect.stringContaining('!cancelled()') });
  expect(promote?.steps?.[0]?.with?.['data']).toBe('${{ needs.data.outputs.results }}');
  for (const job of Object.values((await load('workflows/merged-data.yml')).jobs)) expect(job).not.toHaveProperty('if');
});

test.each(names)('%s: every job with steps has a time limit', async (name) => {
  for (const [job, value] of await jobsOf(name))
    if (value.steps !== undefined) expect(value['timeout-minutes'], job).toBeGreaterThan(0);
});

test.each(names)('%s: words that anybody writes reach an action as an input only', async (name) => {
  const text = await readFile(join(ROOT, `workflows/${name}.yml`), 'utf8');
  // Bodies, titles, branch names of pull requests: flows ask GitHub for them by number.
  expect(text).not.toMatch(
    /github\.(head_ref|event\.(comment\.body|issue\.title|pull_request\.(title|body|head\.ref)))/,
  );
});

const TRIGGERS: Readonly<Record<string, unknown>> = {
  'pull-request': { pull_request_target: { types: ['opened', 'synchronize', 'reopened', 'edited', 'closed'] } },
  comment: { issue_comment: { types: ['created'] } },
  push: { push: { branches: ['main'] } },
  request: { repository_dispatch: { types: ['trainyard-train', 'trainyard-promote', 'trainyard-reconcile'] } },
};

test.each(Object.keys(TRIGGERS))(
  'the wrapper of %s is started by its event alone, and grants what is called',
  async (name) => {
    const { on, permissions, jobs } = await load(`${WRAPPERS}/trainyard-${name}.yml`);
    expect(on).toEqual(TRIGGERS[name]);
    expect(permissions).toEqual({});
    const [job, ...others] = Object.values(jobs);
    expect(others).toEqual([]);
    expect(job?.uses).toBe(`trainyard/trainyard/.github/workflows/${name}.yml@v1`);
    const needed = Object.values(MAY_HOLD[name] ?? {});
    const scopes = new Set(needed.flatMap(Object.keys));
    const most = [...scopes].map((scope) => [scope, needed.some((one) => one[scope] === 'write') ? 'write' : 'read']);
    expect(job?.permissions).toEqual(Object.fromEntries(most));
    // Named, not inherited: no other secret of the team reaches us.
    const secrets = name === 'pull-request' ? undefined : { [SECRET]: `\${{ secrets.${SECRET} }}` };
    expect(job?.secrets).toEqual(secrets);
  },
);
